//go:build unix

package blob

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}
func isReadOnly(err error) bool  { return errors.Is(err, unix.EROFS) }
func isOtherDisk(err error) bool { return errors.Is(err, unix.EXDEV) }
func isNotDir(err error) bool    { return errors.Is(err, unix.ENOTDIR) }

// fileIdentity tells a file from another one of the same name, size and time.
func fileIdentity(st fs.FileInfo) string {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(sys.Ino), 10) //nolint:unconvert // its type differs among systems
	}
	return "-"
}

// freeBytes is what a user may still write to the disk of dir.
func freeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(uint64(st.Bavail) * uint64(st.Bsize)), nil //nolint:unconvert,gosec // types differ among systems
}

// syncDir makes renames in a folder lasting.
func (d *Dir) syncDir(dir string) error {
	f, err := d.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed again by somebody
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lockFile takes the lock of a file without waiting. It ends with the process.
func lockFile(f *os.File) bool {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}
