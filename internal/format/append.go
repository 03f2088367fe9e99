package format

// muchMemory is how large a buffer is that grows by a quarter, not by its size.
const muchMemory = 4 << 20

// grow returns b with room for n more bytes, and some to spare.
func grow(b []byte, n int) []byte {
	more := 2 * cap(b)
	if cap(b) > muchMemory {
		more = cap(b) + cap(b)/4
	}
	bigger := make([]byte, len(b), max(more, len(b)+n))
	copy(bigger, b)
	return bigger
}
