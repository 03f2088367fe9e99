//go:build !amd64

package xmltok

// kernels returns the fastest classification and validation for this machine.
func kernels() (func([]byte, bitmaps, []uint64), func([]byte, []uint64, int, int) (int, bool)) {
	return classifyGeneric, valid
}
