package xmltok

import (
	"encoding/binary"
	"math/bits"
)

// bitmaps hold what stage 1 learnt about the input, one bit per byte. The
// parser jumps from set bit to set bit and looks at no byte between. They are
// read eight bytes at once from any byte on, so what ends within 56 bytes is
// found without a second look.
type bitmaps struct {
	T []byte // stops plain text: < > & CR
	Q []byte // stops or alters an attribute value: " ' < > & TAB CR LF
	C []byte // CSV or TSV must quote: , " TAB CR LF
	N []byte // white space: space TAB CR LF
}

// blockSize is how many bytes of input stage 1 looks at together.
const blockSize = 64

// reach is how many bits one look at a bitmap shows at least.
const reach = 57

// newBitmaps has room for n blocks, and for reading eight bytes at the end.
func newBitmaps(n int) bitmaps {
	size := 8 * (n + 1)
	all := make([]byte, 4*size)
	return bitmaps{all[:size:size], all[size : 2*size : 2*size], all[2*size : 3*size : 3*size], all[3*size:]}
}

// blocks is the part of the bitmaps for the blocks [i, j).
func (m *bitmaps) blocks(i, j int) bitmaps {
	return bitmaps{m.T[8*i : 8*j], m.Q[8*i : 8*j], m.C[8*i : 8*j], m.N[8*i : 8*j]}
}

// move copies the blocks [i, j) of from to the front.
func (m *bitmaps) move(from bitmaps, i, j int) {
	copy(m.T, from.T[8*i:8*j])
	copy(m.Q, from.Q[8*i:8*j])
	copy(m.C, from.C[8*i:8*j])
	copy(m.N, from.N[8*i:8*j])
}

// seal ends all scans at byte p: from there on everything stops text and
// values and needs quotes, and nothing is white.
func (m *bitmaps) seal(p int) {
	i := p >> 6 << 3
	rest := ^uint64(0) << (uint(p) & 63)
	put := binary.LittleEndian.PutUint64
	put(m.T[i:], word(m.T, i)|rest)
	put(m.Q[i:], word(m.Q, i)|rest)
	put(m.C[i:], word(m.C, i)|rest)
	put(m.N[i:], word(m.N, i)&^rest)
	put(m.T[i+8:], ^uint64(0))
	put(m.Q[i+8:], ^uint64(0))
	put(m.C[i+8:], ^uint64(0))
	put(m.N[i+8:], 0)
}

func word(m []byte, i int) uint64 { return binary.LittleEndian.Uint64(m[i:]) }

// next returns the first position from p on whose bit is set in m.
func next(m []byte, p int) int {
	if w := word(m, int(uint(p)>>3)) >> (uint(p) & 7); w != 0 {
		return p + bits.TrailingZeros64(w)
	}
	return nextFar(m, p)
}

func nextFar(m []byte, p int) int {
	for i := p>>3 + 8; ; i += 8 {
		if w := word(m, i); w != 0 {
			return i<<3 + bits.TrailingZeros64(w)
		}
	}
}

// nextNot returns the first position from p on whose bit is not set in m.
func nextNot(m []byte, p int) int {
	if w := ^word(m, int(uint(p)>>3)) >> (uint(p) & 7); w != 0 {
		return p + bits.TrailingZeros64(w)
	}
	return nextNotFar(m, p)
}

func nextNotFar(m []byte, p int) int {
	for i := p>>3 + 8; ; i += 8 {
		if w := ^word(m, i); w != 0 {
			return i<<3 + bits.TrailingZeros64(w)
		}
	}
}

// anySet tells whether a bit of [p, q) is set in m.
func anySet(m []byte, p, q int) bool {
	w := word(m, int(uint(p)>>3)) >> (uint(p) & 7)
	if n := uint(q - p); n < reach {
		return w&(1<<n-1) != 0
	}
	return w != 0 || nextFar(m, p) < q
}

// flagsOf is what the bitmaps would tell about s.
func flagsOf(s []byte) Flags {
	if len(s) == 0 {
		return Blank
	}
	var f Flags
	if s[0] <= ' ' || s[len(s)-1] <= ' ' {
		f |= Edge
		if isBlank(s) {
			f |= Blank
		}
	}
	for _, c := range s {
		if c == ',' || c == '"' || c < ' ' {
			return f | Special
		}
	}
	return f
}

func isBlank(s []byte) bool {
	for _, c := range s {
		if c > ' ' {
			return false
		}
	}
	return true
}
