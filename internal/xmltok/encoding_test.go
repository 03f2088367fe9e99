package xmltok

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// A fuzzEncoding is an encoding with the decoder it is held to.
type fuzzEncoding struct {
	name string
	enc  encoding.Encoding // nil: UTF-16
}

var fuzzEncodings = []fuzzEncoding{
	{"ISO-8859-15", charmap.ISO8859_15}, {"windows-1251", charmap.Windows1251}, {"KOI8-R", charmap.KOI8R},
	{"GB18030", simplifiedchinese.GB18030}, {"GBK", simplifiedchinese.GBK}, {"Big5", traditionalchinese.Big5},
	{"Shift_JIS", japanese.ShiftJIS}, {"EUC-JP", japanese.EUCJP}, {"EUC-KR", korean.EUCKR},
	{"UTF-16LE", nil}, {"UTF-16BE", nil},
}

// reference decodes body; ok is false if a byte means nothing.
func (e fuzzEncoding) reference(body []byte) (string, bool) {
	if isLatin(e.name) { // one byte, one character; x/text leaves out the C1 controls
		var out strings.Builder
		ok := true
		for _, b := range body {
			r, err := e.enc.NewDecoder().Bytes([]byte{b})
			if b >= 0x80 && b < 0xA0 {
				r = []byte(string(rune(b)))
			}
			ok = ok && err == nil && string(r) != "\uFFFD"
			out.Write(r)
		}
		return out.String(), ok
	}
	if e.enc != nil {
		out, err := e.enc.NewDecoder().Bytes(body)
		ok := err == nil
		if bytes.Contains(out, []byte("\uFFFD")) {
			ok = e.name == "GB18030" && bytes.Count(out, []byte("\uFFFD")) == bytes.Count(body, gbReplacement)
		}
		return string(out), ok
	}
	var units []uint16
	for i := 0; i+1 < len(body); i += 2 {
		if e.name == "UTF-16BE" {
			units = append(units, binary.BigEndian.Uint16(body[i:]))
		} else {
			units = append(units, binary.LittleEndian.Uint16(body[i:]))
		}
	}
	runes := utf16.Decode(units)
	ok := len(body)%2 == 0
	for _, u := range units {
		ok = ok && u != 0xFFFD // Decode's replacement
	}
	for _, r := range runes {
		ok = ok && r != 0xFFFD
	}
	return string(runes), ok
}

// encodeASCII puts ASCII text around a body that is encoded already.
func encodeASCII(e fuzzEncoding, before string, body []byte, after string) []byte {
	wide := func(s string) []byte {
		if e.enc != nil {
			return []byte(s)
		}
		var out []byte
		for i := range len(s) {
			if e.name == "UTF-16BE" {
				out = append(out, 0, s[i])
			} else {
				out = append(out, s[i], 0)
			}
		}
		return out
	}
	return append(append(wide(before), body...), wide(after)...)
}

func TestEncodings(t *testing.T) {
	big := func(s string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		return string(b)
	}
	little := func(s string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return string(b)
	}
	quad := func(s string) string {
		var b []byte
		for _, r := range s {
			b = binary.LittleEndian.AppendUint32(b, uint32(r))
		}
		return string(b)
	}
	quadBig := func(s string) string {
		var b []byte
		for _, r := range s {
			b = binary.BigEndian.AppendUint32(b, uint32(r))
		}
		return string(b)
	}
	ebcdic, _ := charmap.CodePage037.NewEncoder().String("<?xml version='1.0' encoding='IBM037'?><a>caf\u00e9</a>")
	jis, _ := japanese.ISO2022JP.NewEncoder().String("日本")
	for _, c := range []struct{ name, doc, want, encoding string }{
		{"UTF-8 with a byte order mark", "\xEF\xBB\xBF<a>é</a>", "é", "UTF-8"},
		{"utf8 as a name", "<?xml version='1.0' encoding='utf8'?><a>é</a>", "é", "UTF-8"},
		{"UTF-16LE with a mark", "\xFF\xFE" + little("<a>é😀</a>"), "é😀", "UTF-16LE"},
		{"UTF-16BE with a mark", "\xFE\xFF" + big("<a>é😀</a>"), "é😀", "UTF-16BE"},
		{"UTF-16LE without", little("<?xml version='1.0' encoding='UTF-16'?><a>é😀</a>"), "é😀", "UTF-16LE"},
		{"UTF-16BE declared as utf16", big("<?xml version='1.0' encoding='utf16'?><a>é😀</a>"), "é😀", "UTF-16BE"},
		{"UTF-16BE declared as utf_16", big("<?xml version='1.0' encoding='utf_16'?><a>é</a>"), "é", "UTF-16BE"},
		{"UTF-32LE", "\xFF\xFE\x00\x00" + quad("<a>é😀</a>"), "é😀", "UTF-32LE"},
		{"UTF-32BE", quadBig("<?xml version='1.0' encoding='UTF-32'?><a>é😀</a>"), "é😀", "UTF-32BE"},
		{"EBCDIC", ebcdic, "café", "IBM037"},
		{"ISO-8859-1 is not windows-1252", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9\x85</a>", "é\u0085", "ISO-8859-1"},
		{"latin1 as a name", "<?xml version='1.0' encoding='latin1'?><a>\xe9</a>", "é", "ISO-8859-1"},
		{"windows-1252", "<?xml version='1.0' encoding='windows-1252'?><a>\x93\xe9\x94</a>", "“é”", "WINDOWS-1252"},
		{"cp1252 as a name", "<?xml version='1.0' encoding='cp1252'?><a>\x93</a>", "“", "WINDOWS-1252"},
		{"ISO-8859-9", "<?xml version='1.0' encoding='ISO-8859-9'?><a>\xfe</a>", "ş", "ISO-8859-9"},
		{"US-ASCII", "<?xml version='1.0' encoding='us-ascii'?><a>x</a>", "x", "US-ASCII"},
		{"gb2312 as a name", "<?xml version='1.0' encoding='gb2312'?><a>\xc4\xe3</a>", "你", "GBK"},
		{"GB18030, four bytes", "<?xml version='1.0' encoding='GB18030'?><a>\xc4\xe3\x81\x30\x81\x30</a>", "你\u0080", "GB18030"},
		{"GB18030, U+FFFD itself", "<?xml version='1.0' encoding='GB18030'?><a>\x84\x31\xa4\x37</a>", "\uFFFD", "GB18030"},
		{"Big5", "<?xml version='1.0' encoding='Big5'?><a>\xa4\xa4</a>", "中", "BIG5"},
		{"Shift_JIS", "<?xml version='1.0' encoding='Shift_JIS'?><a>\x93\xfa\x96\x7b\xb1</a>", "日本ｱ", "SHIFT_JIS"},
		{"EUC-JP", "<?xml version='1.0' encoding='EUC-JP'?><a>\xc6\xfc\xcb\xdc</a>", "日本", "EUC-JP"},
		{"EUC-KR", "<?xml version='1.0' encoding='EUC-KR'?><a>\xc7\xd1</a>", "한", "EUC-KR"},
		{"ISO-2022-JP", "<?xml version='1.0' encoding='ISO-2022-JP'?><a>" + jis + "</a>", "日本", "ISO-2022-JP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events, err := checkSame(t, Options{}, []byte(c.doc))
			if err != nil {
				t.Fatal(err)
			}
			if got := text(events); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			tok := New(Options{})
			if _, err := read(tok, strings.NewReader(c.doc)); err != nil || tok.Document().Encoding != c.encoding {
				t.Errorf("encoding %q, want %q", tok.Document().Encoding, c.encoding)
			}
		})
	}
}

func TestWrongBytesAreErrorsWithTheirOffset(t *testing.T) {
	decl := func(name string) string { return "<?xml version='1.0' encoding='" + name + "'?>\n<a>" }
	for _, c := range []struct {
		name, doc string
		code      Code
		offset    int
	}{
		{"UTF-8", "<a>é\xC3(</a>", CodeEncodingBytes, 5},
		{"UTF-8, overlong", "<a>\xC0\xAF</a>", CodeEncodingBytes, 3},
		{"UTF-8, surrogate", "<a>\xED\xA0\x80</a>", CodeEncodingBytes, 3},
		{"UTF-8, cut off", "<a>\xE6\xBC", CodeEncodingBytes, 3},
		{"ASCII", decl("ASCII") + "é</a>", CodeEncodingBytes, len(decl("ASCII"))},
		{"ISO-8859-3", decl("ISO-8859-3") + "x\xa5</a>", CodeEncodingBytes, len(decl("ISO-8859-3")) + 1},
		{"Shift_JIS", decl("Shift_JIS") + "\x93\xfa\x81\x01</a>", CodeEncodingBytes, len(decl("Shift_JIS")) + 2},
		{"EUC-JP", decl("EUC-JP") + "\xc6\xfc\xff</a>", CodeEncodingBytes, len(decl("EUC-JP")) + 2},
		{"GB18030", decl("GB18030") + "\xc4\xe3\xff</a>", CodeEncodingBytes, len(decl("GB18030")) + 2},
		{"UTF-16, lone surrogate", "\xFF\xFE<\x00a\x00>\x00\x00\xDC<\x00", CodeEncodingBytes, 8},
		{"UTF-16, cut off", "\xFF\xFE<\x00a\x00>\x00x", CodeEncodingBytes, 8},
		{"a control character", "<a>\x01</a>", CodeChar, 3},
		{"U+FFFE", "<a>\xEF\xBF\xBE</a>", CodeChar, 3},
		{"a zero behind the end", "<a/>\x00", CodeChar, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := checkSame(t, Options{}, []byte(c.doc))
			e, ok := err.(*Error)
			if !ok || e.Code != c.code || e.Offset != int64(c.offset) {
				t.Errorf("got %v, want %s at %d", err, c.code, c.offset)
			}
		})
	}
}

func TestEncodingRefusals(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		code      Code
	}{
		{"an unknown name", "<?xml version='1.0' encoding='no-such'?><a/>", CodeEncodingUnknown},
		{"EBCDIC without declaration", "\x4c\x6f\xa7\x94\x93\x6f\x6e", CodeEncodingUnknown},
		{"a mark that contradicts", "\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a/>", CodeEncodingMismatch},
		{"UTF-16 that is none", "<?xml version='1.0' encoding='UTF-16'?><a/>", CodeEncodingMismatch},
		{"UTF-8 that is UTF-16", "\xFF\xFE" + strings.ReplaceAll("<?xml version='1.0' encoding='UTF-8'?><a/>", "", "\x00")[1:], CodeEncodingMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := checkSame(t, Options{}, []byte(c.doc))
			if e, ok := err.(*Error); !ok || e.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func TestOffsetsAreThoseOfTheOriginal(t *testing.T) {
	doc := "<?xml version='1.0' encoding='Shift_JIS'?>\n<a>\x93\xfa\x96\x7b\n<b/>\xb1<c>\x93\xfa</c></a>"
	tok := New(Options{Window: 97})
	tok.Reset(strings.NewReader(doc))
	for {
		x, err := tok.Next()
		if err != nil {
			break
		}
		if x.Kind != Start && x.Kind != Leaf {
			continue
		}
		want := strings.Index(doc, "<"+x.Node.Name.Local)
		if x.Node.Name.Local == "a" {
			want = strings.Index(doc, "<a")
		}
		line := strings.Count(doc[:want], "\n") + 1
		if got := tok.Offset(); got != int64(want) || tok.Line() != int64(line) {
			t.Errorf("%s: offset %d line %d, want %d, %d", x.Node.Name.Local, got, tok.Line(), want, line)
		}
	}
}
