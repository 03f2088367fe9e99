package xmltok

import "unicode/utf8"

// valid returns how far buf[p:end] holds characters of [2] Char in UTF-8.
// A sequence cut off by the end is not counted, and is not an error yet.
// high tells which blocks of buf need a look at all. p is the start of a
// character.
func valid(buf []byte, high []uint64, p, end int) (q int, ok bool) {
	return validUntil(buf, high, p, end, end)
}

// validUntil is valid for the characters that begin before limit.
func validUntil(buf []byte, high []uint64, p, limit, end int) (q int, ok bool) {
	for p < limit {
		if high[uint(p)>>6] == 0 {
			p = min(limit, (p|(blockSize-1))+1)
			continue
		}
		stop := min(limit, (p|(blockSize-1))+1)
		for p < stop {
			c := buf[p]
			switch {
			case c < 0x80:
				if c < 0x20 && !isSpace(c) {
					return p, false
				}
				p++
			case c < 0xE0: // two bytes
				if c < 0xC2 {
					return p, false
				}
				if p+1 >= end {
					return p, true
				}
				if buf[p+1]&0xC0 != 0x80 {
					return p, false
				}
				p += 2
			case c < 0xF0: // three bytes
				if p+2 >= end {
					return p, prefixOK(buf[p:end])
				}
				c1, c2 := buf[p+1], buf[p+2]
				if c1&0xC0 != 0x80 || c2&0xC0 != 0x80 ||
					c == 0xE0 && c1 < 0xA0 || c == 0xED && c1 > 0x9F ||
					c == 0xEF && c1 == 0xBF && c2 > 0xBD {
					return p, false
				}
				p += 3
			default:
				if p+3 >= end {
					return p, prefixOK(buf[p:end])
				}
				if r, n := utf8.DecodeRune(buf[p:end]); r == utf8.RuneError && n == 1 {
					return p, false
				}
				p += 4
			}
		}
	}
	return p, true
}

// prefixOK tells whether s, less than a whole character, may become one.
func prefixOK(s []byte) bool { return !utf8.FullRune(s) }
