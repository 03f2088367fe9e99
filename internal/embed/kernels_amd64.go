package embed

import "golang.org/x/sys/cpu"

// dot4AVX2 multiplies w, n values, with the four vectors of n values that
// follow each other at x; n is a multiple of eight.
//
//go:noescape
func dot4AVX2(w, x *float32, n int, out *[4]float32)

// dotAVX2 multiplies two vectors of n values; n is a multiple of eight.
//
//go:noescape
func dotAVX2(a, b *float32, n int) float32

func fast(n int) bool { return n > 0 && n%8 == 0 && cpu.X86.HasAVX2 && cpu.X86.HasFMA }

func dot(a, b []float32) float32 {
	if n := len(a); fast(n) && len(b) >= n {
		return dotAVX2(&a[0], &b[0], n)
	}
	return dotGeneric(a, b)
}

func dot4(w, x []float32, out *[4]float32) {
	if n := len(w); fast(n) && len(x) >= 4*n {
		dot4AVX2(&w[0], &x[0], n, out)
		return
	}
	dot4Generic(w, x, out)
}
