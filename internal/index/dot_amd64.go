package index

import "golang.org/x/sys/cpu"

// dotAVX2 multiplies two vectors of n values; n is a multiple of flatWidth.
//
//go:noescape
func dotAVX2(a *int16, b *int8, n int) int32

func dot(a []int16, b []int8) int32 {
	if n := len(a); n > 0 && n%flatWidth == 0 && len(b) >= n && cpu.X86.HasAVX2 {
		return dotAVX2(&a[0], &b[0], n)
	}
	return dotGeneric(a, b)
}
