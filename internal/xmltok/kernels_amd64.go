package xmltok

import (
	"unicode/utf8"

	"golang.org/x/sys/cpu"
)

//go:noescape
func classifyAVX2(buf, t, q, c, n *byte, high *uint64, blocks int)

//go:noescape
func validAVX2(p *byte, n int) bool

// kernels returns the fastest classification and validation for this machine.
func kernels() (func([]byte, bitmaps, []uint64), func([]byte, []uint64, int, int) (int, bool)) {
	if !cpu.X86.HasAVX2 {
		return classifyGeneric, valid
	}
	return classifyFast, validFast
}

// classifyFast is classifyGeneric by AVX2.
func classifyFast(buf []byte, m bitmaps, high []uint64) {
	n := len(high)
	if n == 0 || len(buf) < n*blockSize || min(len(m.T), len(m.Q), len(m.C), len(m.N)) < 8*n {
		return
	}
	classifyAVX2(&buf[0], &m.T[0], &m.Q[0], &m.C[0], &m.N[0], &high[0], n)
}

// validFast is valid by AVX2: the kernel looks at runs of blocks that need
// it; validUntil does their edges, and finds the place of an error.
func validFast(buf []byte, high []uint64, p, end int) (int, bool) {
	const step = 32
	for p < end {
		if high[uint(p)>>6] == 0 {
			p = min(end, (p|(blockSize-1))+1)
			continue
		}
		stop := (p | (blockSize - 1)) + 1
		for stop < end && high[uint(stop)>>6] != 0 {
			stop += blockSize
		}
		stop = min(stop, end)
		limit := stop
		if n := (stop - p) / step; n > 0 && p < 3 {
			limit = p + 3 // the kernel looks back
		} else if n > 0 && validAVX2(&buf[p], n) {
			p = cutBack(buf, p, p+n*step)
		}
		q, ok := validUntil(buf, high, p, limit, end)
		if !ok || q < limit {
			return q, ok
		}
		p = q
	}
	return p, true
}

// cutBack returns the start of the last character before buf[q] if it is cut
// off there (or is none: the kernel has not seen what should follow), or q.
func cutBack(buf []byte, p, q int) int {
	for k := q - 1; k >= p && k >= q-3; k-- {
		if utf8.RuneStart(buf[k]) {
			if r, n := utf8.DecodeRune(buf[k:q]); r == utf8.RuneError && n == 1 {
				return k
			}
			return q
		}
	}
	return q
}
