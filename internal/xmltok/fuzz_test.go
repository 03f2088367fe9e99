package xmltok

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// oddReader gives its data in pieces of changing sizes, the last one together
// with io.EOF.
type oddReader struct {
	data []byte
	seed uint32
}

func (r *oddReader) Read(dst []byte) (int, error) {
	r.seed = r.seed*1664525 + 1013904223
	n := min(int(r.seed>>24)%7, len(r.data), len(dst))
	n = copy(dst, r.data[:n])
	r.data = r.data[n:]
	if len(r.data) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// checkSame reads data through a normal window, a tiny one, and in odd pieces;
// verdict and tokens must be the same.
func checkSame(t *testing.T, opts Options, data []byte) (events []event, err error) {
	t.Helper()
	normal := New(opts)
	events, err = read(normal, bytes.NewReader(data))
	want := verdict(events, err)
	if strings.HasPrefix(want, "no *Error") {
		t.Fatal(want)
	}
	compare := func(how string, tok *Tokenizer, r io.Reader) {
		t.Helper()
		got := verdict(read(tok, r))
		if got != want && !(tooLong(got) && err != nil || tooLong(want) && strings.HasPrefix(got, "error")) {
			t.Fatalf("%s: got\n%s, want\n%s", how, got, want)
		}
	}
	compare("with known paths", normal, bytes.NewReader(data))
	opts.Window = 97
	tiny := New(opts)
	compare("a window of 97 bytes", tiny, bytes.NewReader(data))
	compare("odd pieces", tiny, &oddReader{data: data, seed: uint32(len(data))})
	return events, err
}

// tooLong is true for the refusals that may come before or after another in
// the same piece of markup: they wait for its end where it is at hand, and
// paths known already are not counted again.
func tooLong(verdict string) bool {
	for _, code := range []Code{CodeTokenLimit, CodeDTDLimit, CodePathLimit} {
		if strings.HasPrefix(verdict, "error "+string(code)) {
			return true
		}
	}
	return false
}

// smallLimits keep a fuzz case short.
func smallLimits() Limits {
	return Limits{MaxPaths: 50, MaxDepth: 30, MaxToken: 4096, MaxAttrs: 20, MaxDTD: 4096, EntityDepth: 5, EntityBytes: 1000, EntityFactor: 5}
}

func fuzzOptions(bits byte) Options {
	opts := Options{Entities: EntityPolicy(bits & 3 % 3), Comments: bits&4 != 0, KeepSpace: bits&8 != 0}
	if bits&16 != 0 {
		opts.Limits = smallLimits()
	}
	return opts
}

func FuzzNext(f *testing.F) {
	long := strings.Repeat("long text, ", 30)
	for _, s := range []string{
		"<a/>",
		"<?xml version='1.0' encoding='utf-8' standalone='yes'?><a b='c'>d</a>",
		"<a xmlns='u' xmlns:p='v' p:b='1' b='2'><p:c/><p:c xmlns:p='w'>x</p:c></a>",
		"<a>1 &lt; 2 &#x41;&#66;\r\n<![CDATA[<>]]> ]] <!-- c --><?p i?> tail</a>",
		"<!DOCTYPE a [<!ENTITY e '<b>x</b>y'><!ENTITY f '&e;&e;'><!ATTLIST a i ID ' x  y ' xmlns:q CDATA 'z'>]><a>&f;<q:r/></a>",
		"<a b='" + long + "'>" + long + "<b>" + long + "</b><![CDATA[" + long + "]]><!--" + long + "--></a>",
		"<a>" + strings.Repeat("<b c='1'>d</b><e f=\"g\" h='i'/>\n  ", 12) + "</a>",
		"<a>&undeclared; &eacute;</a>", "<a>]]></a>", "<a b='<'/>", "<a b='1' b='2'/>", "<a></b>", "<a", "\xff\xfe<\x00a\x00/\x00>\x00",
		"<?xml version='1.0' encoding='windows-1252'?><a>\x93caf\xe9\x94</a>",
		"<a>漢字 кириллица \xF0\x9F\x98\x80</a>", "<a>\xC3</a>", "<a>\x01</a>",
	} {
		for _, bits := range []byte{0, 1 | 4 | 8, 2 | 16} {
			f.Add([]byte(s), bits)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, bits byte) {
		checkSame(t, fuzzOptions(bits), data)
	})
}

func FuzzDTD(f *testing.F) {
	for _, s := range []string{
		"<!ELEMENT r (a,(b|c)*,d?)+><!ELEMENT s (#PCDATA|a)*><!ELEMENT t EMPTY>",
		"<!ATTLIST r a CDATA #REQUIRED b (x|y) 'x' c NOTATION (n) #IMPLIED d NMTOKENS #FIXED ' p  q '>",
		"<!ENTITY % p '<!ENTITY e \"text\">'>%p;", "<!ENTITY e 'a&#38;#60;b'><!NOTATION n PUBLIC 'x' 'y'>",
		"<!ENTITY e SYSTEM 'file' NDATA n><!ENTITY f '&g;'><!ENTITY g '&f;'>", "<!-- c --><?p i?>", "<!ENTITY e '<r>&#x26;lt;</r>'>",
		"<!ENTITY % x SYSTEM 'u'> %x; <!ENTITY e 'late'>", "<!ENTITY lt '&#38;#60;'>", "<!ENTITY e '" + strings.Repeat("0123456789", 20) + "'>",
	} {
		f.Add([]byte(s), []byte("<r a='&e;'>&e;</r>"), byte(1))
		f.Add([]byte(s), []byte("<r/>"), byte(16))
	}
	f.Fuzz(func(t *testing.T, subset, root []byte, bits byte) {
		data := append(append([]byte("<!DOCTYPE r [\n"), subset...), "]>\n"...)
		checkSame(t, fuzzOptions(bits), append(data, root...))
	})
}

// FuzzEncoding holds the decoders to golang.org/x/text: what it reads without
// a replacement character is read the same, the rest is refused.
func FuzzEncoding(f *testing.F) {
	for i := range fuzzEncodings {
		f.Add(byte(i), []byte("plain"))
		f.Add(byte(i), []byte("\xa4\xa2\xe9\x93\xfa\x96\x7b\x8e\xb1"))
		f.Add(byte(i), []byte(strings.Repeat("\xb0\xa1\xc4\xe3", 60)))
		f.Add(byte(i), []byte("\x00\xd8\x00\xdc\xd8\x01\xdc\x37"))
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		e := fuzzEncodings[int(which)%len(fuzzEncodings)]
		if bytes.ContainsAny(body, "<&>]\r") || bytes.IndexByte(body, 0x1b) >= 0 {
			return
		}
		data := encodeASCII(e, "<?xml version='1.0' encoding='"+e.name+"'?><a>", body, "</a>")
		events, err := checkSame(t, Options{KeepSpace: true}, data)
		want, ok := e.reference(body)
		if err != nil {
			if code := err.(*Error).Code; ok && !strings.ContainsAny(want, "<&>]\r") && code != CodeChar {
				t.Fatalf("%s: % x is refused: %v", e.name, body, err)
			}
			return
		}
		if got := text(events); !ok || got != want {
			t.Fatalf("%s: % x gives %q, want %q (%v)", e.name, body, got, want, ok)
		}
		if got := text(events); !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
	})
}
