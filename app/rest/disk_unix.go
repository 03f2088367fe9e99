//go:build unix

package rest

import "golang.org/x/sys/unix"

// diskOf is how much of a disk is free for us, and its size.
func diskOf(dir string) (free, total int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, 0, err
	}
	size := int64(st.Bsize)                                      //nolint:unconvert // of another type elsewhere
	return int64(st.Bavail) * size, int64(st.Blocks) * size, nil // #nosec G115 -- disks are smaller than 8 EB
}
