package format

// shortCell is how far appendShort may write past the end of a cell.
const shortCell = 16

// appendShort appends data[off:off+n]. Most cells are short: where both
// sides have the room, a fixed copy of 16 bytes, which compiles to two moves,
// takes the place of a call; the bytes past n are overwritten by what
// comes next.
func appendShort(dst, data []byte, off, n int) []byte {
	l := len(dst)
	if n <= shortCell && off+shortCell <= len(data) && l+shortCell <= cap(dst) {
		d := dst[l : l+shortCell]
		*(*[shortCell]byte)(d) = *(*[shortCell]byte)(data[off:])
		return dst[:l+n]
	}
	return append(dst, data[off:off+n]...)
}

// grow returns b with room for n more bytes, at least doubling it.
func grow(b []byte, n int) []byte {
	bigger := make([]byte, len(b), max(2*cap(b), len(b)+n))
	copy(bigger, b)
	return bigger
}
