package format

// grow returns b with room for n more bytes, at least doubling it.
func grow(b []byte, n int) []byte {
	bigger := make([]byte, len(b), max(2*cap(b), len(b)+n))
	copy(bigger, b)
	return bigger
}
