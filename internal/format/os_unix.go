//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package format

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the owner's lock of an open file; false means that
// a living process holds it. The lock ends with the file's closing.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// canLock tells that a lock held by nobody proves its owner's end.
const canLock = true

func isDiskFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

func isReadOnly(err error) bool { return errors.Is(err, unix.EROFS) }

func isTooManyFiles(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}
