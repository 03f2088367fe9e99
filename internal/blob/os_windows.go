package blob

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
func isReadOnly(err error) bool  { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
func isOtherDisk(err error) bool { return errors.Is(err, windows.ERROR_NOT_SAME_DEVICE) }
func isNotDir(err error) bool    { return errors.Is(err, windows.ERROR_DIRECTORY) }

// fileIdentity: size and time (100 ns) have to do.
func fileIdentity(fs.FileInfo) string { return "-" }

func freeBytes(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(min(free, 1<<62)), nil
}

// syncDir: NTFS keeps the order of renames by its journal.
func (d *Dir) syncDir(string) error { return nil }

func lockFile(f *os.File) bool {
	var at windows.Overlapped
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at) == nil
}
