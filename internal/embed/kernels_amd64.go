package embed

import "golang.org/x/sys/cpu"

// tileAVX512 multiplies twelve rows of in values at x with a panel and adds
// the bias: sixteen values in each of twelve rows of out values at y. in is
// even.
//
//go:noescape
func tileAVX512(panel, x *float32, in int, bias, y *float32, out int)

// tileAVX2 is the same for six rows; in need not be even.
//
//go:noescape
func tileAVX2(panel, x *float32, in int, bias, y *float32, out int)

// axpyAVX2 adds a times from to to; n is a multiple of eight.
//
//go:noescape
func axpyAVX2(to, from *float32, a float32, n int)

// dotAVX2 multiplies two vectors of n values; n is a multiple of eight.
//
//go:noescape
func dotAVX2(a, b *float32, n int) float32

// bestTile is the fastest kernel of this machine; rows is 0 if there is none.
func bestTile() tile {
	switch {
	case !vectors():
		return tile{}
	case cpu.X86.HasAVX512F:
		return tile{12, tileAVX512}
	}
	return tile{6, tileAVX2}
}

func vectors() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA }

func fast(n int) bool { return n > 0 && n%8 == 0 && vectors() }

func dot(a, b []float32) float32 {
	if n := len(a); fast(n) && len(b) >= n {
		return dotAVX2(&a[0], &b[0], n)
	}
	return dotGeneric(a, b)
}

// axpy adds a times from to to, which is as long.
func axpy(to, from []float32, a float32) {
	if n := len(to); fast(n) && len(from) >= n {
		axpyAVX2(&to[0], &from[0], a, n)
		return
	}
	axpyGeneric(to, from, a)
}
