package xmltok

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

func badBytes(s []byte, name string) *badInput {
	return &badInput{code: CodeEncodingBytes, message: fmt.Sprintf("the bytes % X mean nothing in %s; is the declared encoding right?", s, name)}
}

// badChar tells what is wrong with s, which does not start with a Char.
func badChar(s []byte, transcoded bool) *badInput {
	r, n := utf8.DecodeRune(s)
	if r == utf8.RuneError && n <= 1 && !transcoded {
		end := 1
		for end < len(s) && end < 4 && s[end]&0xC0 == 0x80 {
			end++
		}
		bad := badBytes(s[:end], "UTF-8")
		bad.message = fmt.Sprintf("the bytes % X are not UTF-8; if the file has another encoding, its XML declaration must name it", s[:end])
		return bad
	}
	return &badInput{code: CodeChar, message: fmt.Sprintf("the character U+%04X is not allowed in XML", r)}
}

// utf16Decoder reads UTF-16.
type utf16Decoder struct{ big bool }

func (d utf16Decoder) decode(dst []byte, wid []uint8, src []byte, last bool) (w, used int, bad *badInput) {
	lo, hi := 0, 1
	name := "UTF-16LE"
	if d.big {
		lo, hi = 1, 0
		name = "UTF-16BE"
	}
	for used+1 < len(src) && w+4 <= len(dst) {
		u := uint16(src[used+lo]) | uint16(src[used+hi])<<8
		switch {
		case u < 0x80:
			dst[w], wid[w] = byte(u), 2
			w++
			used += 2
		case u < 0xD800 || u >= 0xE000:
			w = put(dst, wid, w, rune(u), 2)
			used += 2
		case u >= 0xDC00:
			return w, used, badBytes(src[used:used+2], name)
		default:
			if used+3 >= len(src) {
				if last {
					return w, used, badBytes(src[used:], name)
				}
				return w, used, nil
			}
			v := uint16(src[used+2+lo]) | uint16(src[used+2+hi])<<8
			if v < 0xDC00 || v >= 0xE000 {
				return w, used, badBytes(src[used:used+4], name)
			}
			w = put(dst, wid, w, (rune(u)-0xD800)<<10+(rune(v)-0xDC00)+0x10000, 4)
			used += 4
		}
	}
	if last && used == len(src)-1 && w+4 <= len(dst) {
		return w, used, badBytes(src[used:], name)
	}
	return w, used, nil
}

// put writes one character and the number of bytes it came from.
func put(dst []byte, wid []uint8, w int, r rune, from uint8) int {
	n := utf8.EncodeRune(dst[w:], r)
	wid[w] = from
	for i := 1; i < n; i++ {
		wid[w+i] = 0
	}
	return w + n
}

// utf32Decoder reads UTF-32.
type utf32Decoder struct{ big bool }

func (d utf32Decoder) decode(dst []byte, wid []uint8, src []byte, last bool) (w, used int, bad *badInput) {
	for used+3 < len(src) && w+4 <= len(dst) {
		s := src[used : used+4]
		u := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		if d.big {
			u = uint32(s[3]) | uint32(s[2])<<8 | uint32(s[1])<<16 | uint32(s[0])<<24
		}
		if u > 0x10FFFF || (u >= 0xD800 && u < 0xE000) {
			return w, used, badBytes(s, "UTF-32")
		}
		w = put(dst, wid, w, rune(u), 4)
		used += 4
	}
	if rest := len(src) - used; last && rest > 0 && rest < 4 && w+4 <= len(dst) {
		return w, used, badBytes(src[used:], "UTF-32")
	}
	return w, used, nil
}

// copyASCII copies the ASCII at the beginning of src, and returns its length.
func copyASCII(dst []byte, wid []uint8, src []byte) int {
	n, i := min(len(dst), len(wid), len(src)), 0
	for ; i+8 <= n; i += 8 {
		x := binary.LittleEndian.Uint64(src[i:])
		if x&0x8080808080808080 != 0 {
			break
		}
		binary.LittleEndian.PutUint64(dst[i:], x)
		binary.LittleEndian.PutUint64(wid[i:], 0x0101010101010101)
	}
	for ; i < n && src[i] < 0x80; i++ {
		dst[i], wid[i] = src[i], 1
	}
	return i
}

// byteDecoder reads an encoding with one byte per character.
type byteDecoder struct {
	name  string
	table *[256]rune // -1: not assigned
	ascii bool       // the bytes below 0x80 stand for themselves
}

func newByteDecoder(name string, table *[256]rune) byteDecoder {
	d := byteDecoder{name: name, table: table, ascii: true}
	for i, r := range table[:0x80] {
		d.ascii = d.ascii && r == rune(i)
	}
	return d
}

func (d byteDecoder) decode(dst []byte, wid []uint8, src []byte, _ bool) (w, used int, bad *badInput) {
	for used < len(src) && w+4 <= len(dst) {
		if d.ascii && src[used] < 0x80 {
			n := copyASCII(dst[w:], wid[w:], src[used:])
			w += n
			used += n
			continue
		}
		r := d.table[src[used]]
		if r < 0 {
			return w, used, badBytes(src[used:used+1], d.name)
		}
		w = put(dst, wid, w, r, 1)
		used++
	}
	return w, used, nil
}

// textDecoder reads the encodings with several bytes per character through
// golang.org/x/text, which writes U+FFFD for a byte without meaning: those
// are found and refused. What two bytes mean is remembered.
type textDecoder struct {
	name    string
	t       transform.Transformer
	pairs   *[1 << 16]rune // characters of two bytes met before; nil if the encoding has states
	pending uint8
	out     [16]byte
}

func newTextDecoder(name string, e encoding.Encoding, stateless bool) *textDecoder {
	d := &textDecoder{name: name, t: e.NewDecoder().Transformer}
	if stateless {
		d.pairs = new([1 << 16]rune)
	}
	return d
}

// restart prepares the decoder for another document.
func (d *textDecoder) restart() {
	d.t.Reset()
	d.pending = 0
}

func (d *textDecoder) decode(dst []byte, wid []uint8, src []byte, last bool) (w, used int, bad *badInput) {
	for used < len(src) && w+len(d.out) <= len(dst) {
		if d.pairs != nil {
			if src[used] < 0x80 {
				n := copyASCII(dst[w:], wid[w:], src[used:])
				w += n
				used += n
				continue
			}
			if used+1 < len(src) {
				if r := d.pairs[uint16(src[used])<<8|uint16(src[used+1])]; r != 0 {
					w = put(dst, wid, w, r, 2)
					used += 2
					continue
				}
			}
		}
		n, got := d.step(src[used:], last)
		if n == 0 {
			if !last {
				return w, used, nil
			}
			return w, used, badBytes(src[used:], d.name)
		}
		if bytes.Contains(d.out[:got], replacement) && !(d.name == "GB18030" && bytes.Equal(src[used:used+n], gbReplacement)) {
			return w, used, badBytes(src[used:used+n], d.name)
		}
		if d.pairs != nil && n == 2 {
			if r, size := utf8.DecodeRune(d.out[:got]); size == got {
				d.pairs[uint16(src[used])<<8|uint16(src[used+1])] = r
			}
		}
		used += n
		if d.pending += uint8(n); got == 0 { //nolint:gosec // at most the longest character
			continue // an escape sequence
		}
		copy(dst[w:], d.out[:got])
		clear(wid[w : w+got])
		wid[w] = d.pending
		d.pending = 0
		w += got
	}
	return w, used, nil
}

var (
	replacement   = []byte("\uFFFD")
	gbReplacement = []byte{0x84, 0x31, 0xA4, 0x37} // U+FFFD itself
)

// step decodes one character: the shortest beginning of src that the
// transformer takes. n is zero if src holds no whole one.
func (d *textDecoder) step(src []byte, last bool) (n, got int) {
	for k := 1; k <= min(len(src), 8); k++ {
		got, n, err := d.t.Transform(d.out[:], src[:k], last && k == len(src))
		if n > 0 {
			return n, got
		}
		if !errors.Is(err, transform.ErrShortSrc) {
			break
		}
	}
	return 0, 0
}
