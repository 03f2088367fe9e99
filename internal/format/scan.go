package format

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes are looked at in one word: a byte of the word that equals the
// sought one turns to zero under XOR, and zeroFlags marks it in its top bit.
// A mark above the lowest one may be false (a borrow runs upwards), so only
// the lowest is used for a position.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

func zeroFlags(x uint64) uint64 { return (x - lowBits) &^ x & highBits }

// zeroBytes marks every zero byte of the word and no other, for one operation
// more.
func zeroBytes(x uint64) uint64 { return ^((x&^highBits + ^uint64(highBits)) | x | ^uint64(highBits)) }

// quoteIndex returns the position of the first separator, quote, CR or LF.
func quoteIndex(v []byte, sep byte) int {
	i := 0
	for seps := lowBits * uint64(sep); i+8 <= len(v); i += 8 {
		w := binary.LittleEndian.Uint64(v[i:])
		m := zeroFlags(w^seps) | zeroFlags(w^lowBits*'"') |
			zeroFlags(w^lowBits*'\r') | zeroFlags(w^lowBits*'\n')
		if m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(v); i++ {
		if c := v[i]; c == sep || c == '"' || c == '\r' || c == '\n' {
			return i
		}
	}
	return -1
}

// tsvIndex returns the position of the first byte that TSV escapes.
func tsvIndex(v []byte) int {
	i := 0
	for ; i+8 <= len(v); i += 8 {
		w := binary.LittleEndian.Uint64(v[i:])
		m := zeroFlags(w^lowBits*'\t') | zeroFlags(w^lowBits*'\\') |
			zeroFlags(w^lowBits*'\r') | zeroFlags(w^lowBits*'\n')
		if m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(v); i++ {
		if c := v[i]; c == '\t' || c == '\\' || c == '\r' || c == '\n' {
			return i
		}
	}
	return -1
}

// jsonIndex returns the position of the first byte that a JSON string
// escapes: a quote, a backslash or a control character.
func jsonIndex(v []byte) int {
	i := 0
	for ; i+8 <= len(v); i += 8 {
		w := binary.LittleEndian.Uint64(v[i:])
		m := zeroFlags(w^lowBits*'"') | zeroFlags(w^lowBits*'\\') |
			(w-lowBits*0x20)&^w&highBits
		if m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(v); i++ {
		if c := v[i]; c < 0x20 || c == '"' || c == '\\' {
			return i
		}
	}
	return -1
}
