package table

// ShortCell is how far AppendSpan may write past the end of a cell.
const ShortCell = 16

// AppendSpan appends data[off:off+n]. Most cells are short: where both
// sides have the room, a fixed copy of 16 bytes, which compiles to two moves,
// takes the place of a call; the bytes past n are overwritten by what
// comes next.
func AppendSpan(dst, data []byte, off, n int) []byte {
	l := len(dst)
	if n <= ShortCell && off+ShortCell <= len(data) && l+ShortCell <= cap(dst) {
		d := dst[l : l+ShortCell]
		*(*[ShortCell]byte)(d) = *(*[ShortCell]byte)(data[off:])
		return dst[:l+n]
	}
	return append(dst, data[off:off+n]...)
}
