package xmltok

import "unicode/utf8"

// nameStartASCII and nameASCII are bit sets of the ASCII characters of
// [4] NameStartChar and [4a] NameChar.
var (
	nameStartASCII = [4]uint64{1 << ':', 0x07FFFFFE_87FFFFFE, 0, 0}
	nameASCII      = [4]uint64{0x3FF<<'0' | 1<<':' | 1<<'-' | 1<<'.', 0x07FFFFFE_87FFFFFE, 0, 0}
)

func isNameStartASCII(c byte) bool { return nameStartASCII[c>>6]>>(c&63)&1 != 0 }
func isNameASCII(c byte) bool      { return nameASCII[c>>6]>>(c&63)&1 != 0 }

// mayStartName is true for every byte a name can start with; bytes from 0x80
// on are looked at more closely when the name is scanned.
func mayStartName(c byte) bool { return c >= 0x80 || isNameStartASCII(c) }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// nameStartRanges are the ranges of [4] NameStartChar beyond ASCII.
var nameStartRanges = [...][2]rune{
	{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF},
	{0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF},
	{0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
}

func isNameStart(r rune) bool {
	if r < 0x80 {
		return isNameStartASCII(byte(r)) //nolint:gosec // below 0x80
	}
	for _, x := range nameStartRanges {
		if r <= x[1] {
			return r >= x[0]
		}
	}
	return false
}

func isName(r rune) bool {
	if r < 0x80 {
		return isNameASCII(byte(r)) //nolint:gosec // below 0x80
	}
	return r == 0xB7 || (r >= 0x300 && r <= 0x36F) || r == 0x203F || r == 0x2040 || isNameStart(r)
}

// scanName returns the end of the [5] Name that starts at buf[p], or p if
// none does. buf must be valid UTF-8 with a byte that is no NameChar (the
// zero after the end) behind it.
func scanName(buf []byte, p int) int {
	c := buf[p]
	if c < 0x80 {
		if !isNameStartASCII(c) {
			return p
		}
		p++
	} else {
		r, n := utf8.DecodeRune(buf[p:])
		if !isNameStart(r) {
			return p
		}
		p += n
	}
	return scanNmtoken(buf, p)
}

// scanNmtoken returns the end of the NameChars from buf[p] on.
func scanNmtoken(buf []byte, p int) int {
	for {
		c := buf[p]
		if c < 0x80 {
			if !isNameASCII(c) {
				return p
			}
			p++
			continue
		}
		r, n := utf8.DecodeRune(buf[p:])
		if !isName(r) {
			return p
		}
		p += n
	}
}

// isChar is [2] Char.
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	}
	return (r >= 0xE000 && r <= 0xFFFD) || (r >= 0x10000 && r <= 0x10FFFF)
}
