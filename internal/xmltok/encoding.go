package xmltok

import (
	"bytes"
	"errors"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// A detected encoding family, by the byte order mark or the first bytes
// (Appendix F of the specification).
type family struct {
	name string
	bom  int
	dec  decoder
}

func detect(head []byte) family {
	has := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	switch {
	case has("\xEF\xBB\xBF"):
		return family{name: "UTF-8", bom: 3}
	case has("\x00\x00\xFE\xFF"):
		return family{"UTF-32BE", 4, utf32Decoder{true}}
	case has("\xFF\xFE\x00\x00"):
		return family{"UTF-32LE", 4, utf32Decoder{false}}
	case has("\xFE\xFF"):
		return family{"UTF-16BE", 2, utf16Decoder{true}}
	case has("\xFF\xFE"):
		return family{"UTF-16LE", 2, utf16Decoder{false}}
	case has("\x00\x00\x00<"):
		return family{"UTF-32BE", 0, utf32Decoder{true}}
	case has("<\x00\x00\x00"):
		return family{"UTF-32LE", 0, utf32Decoder{false}}
	case has("\x00<"):
		return family{"UTF-16BE", 0, utf16Decoder{true}}
	case has("<\x00"):
		return family{"UTF-16LE", 0, utf16Decoder{false}}
	case has("\x4C\x6F\xA7\x94"):
		return family{"EBCDIC", 0, newByteDecoder("EBCDIC", charmapTable(charmap.CodePage037, false))}
	}
	return family{name: "UTF-8"}
}

// openEncoding chooses the decoder by the first bytes and the XML declaration.
func (t *Tokenizer) openEncoding() status {
	src := &t.win.src
	head := src.head()
	f := detect(head)
	src.pos += f.bom
	t.win.origin, t.win.markOrigin = int64(f.bom), int64(f.bom)
	head = head[f.bom:]
	src.dec = f.dec
	t.doc.Encoding = f.name

	declared := declaredEncoding(ascii(head, f))
	t.doc.DeclaredEncoding = declared
	if declared == "" {
		if f.name == "EBCDIC" {
			return t.fail(0, CodeEncodingUnknown, "this looks like EBCDIC, and an EBCDIC document must declare its encoding")
		}
		return again
	}
	name := strings.ReplaceAll(strings.ToUpper(declared), "UTF_", "UTF-")
	switch {
	case f.name == "UTF-8" && f.bom > 0:
		if name != "UTF-8" && name != "UTF8" {
			return t.fail(0, CodeEncodingMismatch, "the byte order mark says UTF-8, the XML declaration says %s; correct the declaration", declared)
		}
		return again
	case strings.HasPrefix(f.name, "UTF-"):
		if f.dec == nil {
			break
		}
		return t.checkWide(f, name, declared)
	}
	if isWide(name) {
		// The declaration could not be read if it were true (erratum E61).
		bytesAre := "in an encoding like ASCII, perhaps UTF-8"
		if f.name == "EBCDIC" {
			bytesAre = "EBCDIC"
		}
		return t.fail(0, CodeEncodingMismatch, "the XML declaration says %s, but the bytes are %s; correct the declaration", declared, bytesAre)
	}
	known, ok := t.encodings[name]
	if !ok {
		var err error
		if known.dec, known.name, err = lookupEncoding(name); err != nil {
			return t.fail(0, CodeEncodingUnknown, "the encoding %q is not supported; convert the file to UTF-8", declared)
		}
		if t.encodings == nil {
			t.encodings = map[string]knownEncoding{}
		}
		t.encodings[name] = known
	}
	if d, ok := known.dec.(*textDecoder); ok {
		d.restart()
	}
	src.dec, t.doc.Encoding = known.dec, known.name
	return again
}

// A knownEncoding is kept for the next document: its tables are large.
type knownEncoding struct {
	name string
	dec  decoder
}

var errEncoding = errors.New("not supported")

// checkWide compares the declared name with the family found by the bytes.
func (t *Tokenizer) checkWide(f family, name, declared string) status {
	generic := map[string]string{
		"UTF16": "UTF-16", "UCS-2": "UTF-16", "UCS2": "UTF-16", "ISO-10646-UCS-2": "UTF-16", "CSUNICODE": "UTF-16", "UNICODE": "UTF-16",
		"UTF16LE": "UTF-16LE", "UTF16BE": "UTF-16BE",
		"UTF32": "UTF-32", "UCS-4": "UTF-32", "UCS4": "UTF-32", "ISO-10646-UCS-4": "UTF-32", "UTF32LE": "UTF-32LE", "UTF32BE": "UTF-32BE",
	}
	if g, ok := generic[name]; ok {
		name = g
	}
	if name == f.name || name == f.name[:6] {
		return again
	}
	return t.fail(0, CodeEncodingMismatch, "the bytes are %s, the XML declaration says %s; correct the declaration", f.name, declared)
}

// isWide is true for names of encodings no ASCII-like declaration can be in.
func isWide(name string) bool {
	for _, s := range []string{"UTF-16", "UTF16", "UTF-32", "UTF32", "UCS-2", "UCS2", "UCS-4", "UCS4", "ISO-10646-UCS", "CSUNICODE", "UNICODE"} {
		if strings.HasPrefix(name, s) {
			return true
		}
	}
	return false
}

// ascii gives the head in ASCII, as far as that goes, for reading the declaration.
func ascii(head []byte, f family) []byte {
	if f.dec == nil {
		return head
	}
	out, wid := make([]byte, 4*headSize), make([]uint8, 4*headSize)
	n, _, _ := f.dec.decode(out, wid, head[:min(len(head), 4*headSize)], false)
	return out[:n]
}

// declaredEncoding finds the encoding name in an XML declaration, without
// checking the declaration: that is done when it is parsed.
func declaredEncoding(head []byte) string {
	if !bytes.HasPrefix(head, []byte("<?xml")) {
		return ""
	}
	end := bytes.IndexByte(head, '>')
	if end < 0 {
		return ""
	}
	head = head[:end]
	i := bytes.Index(head, []byte("encoding"))
	if i < 0 {
		return ""
	}
	rest := bytes.TrimLeft(head[i+len("encoding"):], " \t\r\n")
	if len(rest) == 0 || rest[0] != '=' {
		return ""
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) < 2 || (rest[0] != '"' && rest[0] != '\'') {
		return ""
	}
	stop := bytes.IndexByte(rest[1:], rest[0])
	if stop < 0 || !isEncName(rest[1:1+stop]) {
		return ""
	}
	return string(rest[1 : 1+stop])
}

// isEncName is [81] EncName.
func isEncName(s []byte) bool {
	for i, c := range s {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')) {
			return false
		}
	}
	return len(s) > 0
}

// lookupEncoding finds the decoder for a name in upper case. The IANA index comes
// first: the index of HTML reads ISO-8859-1 as windows-1252.
func lookupEncoding(name string) (decoder, string, error) {
	switch name {
	case "UTF-8", "UTF8":
		return nil, "UTF-8", nil
	case "US-ASCII", "ASCII", "ANSI_X3.4-1968", "ISO646-US", "ISO-646-US", "ISO_646.IRV:1991", "CP367", "IBM367":
		return newByteDecoder("US-ASCII", lowTable(0x80)), "US-ASCII", nil
	case "ISO-8859-1", "ISO_8859-1", "ISO8859-1", "ISO88591", "ISO-8859_1", "LATIN1", "LATIN-1", "L1", "CP819", "IBM819":
		return newByteDecoder("ISO-8859-1", lowTable(0x100)), "ISO-8859-1", nil
	}
	e, err := ianaindex.IANA.Encoding(name)
	if err != nil || e == nil {
		e, err = htmlindex.Get(strings.ToLower(name))
	}
	if (err != nil || e == nil) && strings.HasPrefix(name, "CP") {
		if e, err = htmlindex.Get("windows-" + name[2:]); err != nil {
			e, err = ianaindex.IANA.Encoding("IBM" + name[2:])
		}
	}
	if err != nil || e == nil {
		return nil, "", errEncoding
	}
	canonical, err := ianaindex.MIME.Name(e)
	if err != nil || canonical == "" {
		canonical = name
	}
	canonical = strings.ToUpper(canonical)
	if m, ok := e.(*charmap.Charmap); ok {
		return newByteDecoder(canonical, charmapTable(m, isLatin(canonical))), canonical, nil
	}
	stateless := e != japanese.ISO2022JP && e != simplifiedchinese.HZGB2312
	if e == encoding.Replacement || isWide(canonical) {
		return nil, "", errEncoding
	}
	return newTextDecoder(canonical, e, stateless), canonical, nil
}

// lowTable maps the bytes below n to the same code points.
func lowTable(n int) *[256]rune {
	var table [256]rune
	for i := range table {
		table[i] = rune(i)
		if i >= n {
			table[i] = -1
		}
	}
	return &table
}

func charmapTable(m *charmap.Charmap, controls bool) *[256]rune {
	var table [256]rune
	for i := range table {
		table[i] = m.DecodeByte(byte(i))
		if table[i] != '\uFFFD' {
			continue
		}
		table[i] = -1
		if controls && i >= 0x80 && i < 0xA0 {
			table[i] = rune(i)
		}
	}
	return &table
}

// isLatin tells the parts of ISO 8859, whose bytes 80 to 9F are the C1
// controls by their registrations with IANA; x/text leaves them out.
func isLatin(name string) bool {
	return strings.HasPrefix(name, "ISO-8859-") || strings.HasPrefix(name, "ISO_8859-")
}
