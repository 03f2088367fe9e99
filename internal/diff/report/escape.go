package report

import (
	"bufio"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxShown bounds a value on the page, in characters.
const maxShown = 400

// writeText writes s as the text of an element or a quoted attribute.
// Markup is escaped. What can't be seen is made visible: control characters
// by their pictures, others by their code points, among them those that
// reverse the writing direction. Tabs and line ends stay as they are.
func writeText(w *bufio.Writer, s string) {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			writeASCII(w, c)
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if unseen(r) {
			fmt.Fprintf(w, "⟨U+%04X⟩", r)
			continue
		}
		w.WriteRune(r)
	}
}

func writeASCII(w *bufio.Writer, c byte) {
	switch {
	case c == '&':
		w.WriteString("&amp;")
	case c == '<':
		w.WriteString("&lt;")
	case c == '>':
		w.WriteString("&gt;")
	case c == '"':
		w.WriteString("&#34;")
	case c == '\'':
		w.WriteString("&#39;")
	case c == '\t' || c == '\n' || c >= 0x20 && c < 0x7f:
		w.WriteByte(c)
	case c == 0x7f:
		w.WriteRune('\u2421')
	default:
		w.WriteRune(0x2400 + rune(c))
	}
}

// unseen tells characters without a picture of their own.
func unseen(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, r == 0xad, r == 0x2028, r == 0x2029, r == 0xfeff, r >= 0xfff9 && r <= 0xfffc:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Noncharacter_Code_Point)
}

// shorten cuts s to most characters and tells how many it had, 0 if it was
// not cut.
func shorten(s string, most int) (string, int) {
	if len(s) <= most {
		return s, 0
	}
	n, at := 0, -1
	for i := range s {
		if n == most {
			at = i
		}
		n++
	}
	if at < 0 {
		return s, 0
	}
	return s[:at], n
}
