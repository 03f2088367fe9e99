package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// refusalCase makes a bundle in which something is refused, and says what.
type refusalCase struct {
	claim string
	code  Code
	data  func(t *testing.T) []byte
	name  string // bundle.zip unless set
	opts  Options
	want  string // path of the refused entry; "" when the bundle is refused as a whole
	text  string // must be in the message
}

func zipWith(files ...file) func(*testing.T) []byte {
	return func(t *testing.T) []byte { return makeZip(t, append(files, xmlFile("good.xml"))...) }
}

func limited(l Limits) Options { return Options{Limits: l} }

func refusalCases() []refusalCase {
	spaces := strings.Repeat(" ", 100_000)
	mode := func(m fs.FileMode) func(*zip.FileHeader) {
		return func(h *zip.FileHeader) { h.SetMode(m | 0o644) }
	}
	flag := func(bits uint16) func(*zip.FileHeader) {
		return func(h *zip.FileHeader) { h.Flags |= bits }
	}
	inner := func(t *testing.T) string { return string(makeZip(t, xmlFile("b.xml"))) }
	return []refusalCase{
		{claim: "more files than allowed", code: CodeEntries, data: zipWith(xmlFile("1.xml"), xmlFile("2.xml")), opts: limited(Limits{Entries: 2}), text: "RET_MAX_ENTRIES"},
		{claim: "an entry that declares too much", code: CodeEntryBytes, data: zipWith(file{name: "big.xml", body: spaces, method: zip.Deflate}), opts: limited(Limits{EntryBytes: 5000}), want: "big.xml", text: "5 kB (RET_MAX_ENTRY_BYTES): raise the limit or split the file"},
		{claim: "an entry that inflates to too much, undeclared", code: CodeEntryBytes, data: zipWith(file{name: "big.xml.gz", body: string(gzipOf([]byte(spaces)))}), opts: limited(Limits{EntryBytes: 5000}), want: "big.xml.gz", text: `entry "big.xml.gz" inflates past 5 kB`},
		{claim: "a bundle that declares too much in all", code: CodeTotalBytes, data: zipWith(file{name: "z.xml", body: spaces}), opts: limited(Limits{TotalBytes: 50_000}), want: "z.xml", text: "RET_MAX_TOTAL_BYTES"},
		{claim: "a bundle that inflates to too much in all", code: CodeTotalBytes, data: zipWith(file{name: "z.xml.gz", body: string(gzipOf([]byte(spaces)))}), opts: limited(Limits{TotalBytes: 50_000}), want: "z.xml.gz", text: "50 kB"},
		{claim: "a ratio too high", code: CodeRatio, data: zipWith(file{name: "bomb.xml", body: spaces, method: zip.Deflate}), opts: limited(Limits{Ratio: 100, RatioAfter: 1000}), want: "bomb.xml", text: "RET_MAX_RATIO"},
		{claim: "a ZIP in a ZIP in a ZIP", code: CodeNesting, data: func(t *testing.T) []byte {
			middle := makeZip(t, file{name: "in.zip", body: inner(t)}, xmlFile("ok.xml"))
			return makeZip(t, file{name: "out.zip", body: string(middle)}, xmlFile("good.xml"))
		}, want: "out.zip/in.zip", text: "more than 1 deep in archives (RET_MAX_NESTING)"},
		{claim: "any ZIP in a ZIP, when none is allowed", code: CodeNesting, data: func(t *testing.T) []byte {
			return makeZip(t, file{name: "out.zip", body: inner(t)}, xmlFile("good.xml"))
		}, opts: limited(Limits{Nesting: -1}), want: "out.zip"},
		{claim: "reading that takes too long", code: CodeTime, name: "slow.xml", data: func(*testing.T) []byte { return []byte(sample) }, opts: Options{Limits: Limits{Time: time.Minute}, Now: hourglass()}, want: "slow.xml", text: "RET_MAX_READ_TIME"},
		{claim: "a scratch directory that isn't there", code: CodeScratch, data: func(t *testing.T) []byte {
			return makeZip(t, file{name: "in.zip", method: zip.Deflate, body: inner(t) + string(makeNoise(smallSpool)) + inner(t)}, xmlFile("good.xml"))
		}, opts: Options{Scratch: "/nonexistent/scratch"}, want: "in.zip", text: "scratch directory"},

		{claim: "a path that climbs", code: CodeTraversal, data: zipWith(file{name: "../../etc/a.xml", body: sample}), want: "../../etc/a.xml", text: ".."},
		{claim: "a path that climbs within", code: CodeTraversal, data: zipWith(file{name: "a/../b.xml", body: sample}), want: "a/../b.xml"},
		{claim: "an absolute path", code: CodeAbsolute, data: zipWith(file{name: "/etc/a.xml", body: sample}), want: "/etc/a.xml"},
		{claim: "a drive letter", code: CodeAbsolute, data: zipWith(file{name: "C:a.xml", body: sample}), want: "C:a.xml"},
		{claim: "backslashes", code: CodeBackslash, data: zipWith(file{name: `..\a.xml`, body: sample}), want: `..\a.xml`},
		{claim: "a NUL in the name", code: CodeName, data: zipWith(file{name: "a.xml\x00.png", body: sample}), want: "a.xml\x00.png"},
		{claim: "a control character in the name", code: CodeName, data: zipWith(file{name: "a\x1b[2J.xml", body: sample}), want: "a\x1b[2J.xml"},
		{claim: "no name", code: CodeName, data: zipWith(file{name: "", body: sample}), want: "", text: "has no name"},
		{claim: "a name that is only a dot", code: CodeName, data: zipWith(file{name: ".", body: sample}), want: "."},
		{claim: "a second entry of one name", code: CodeDuplicate, data: zipWith(file{name: "a.xml", body: sample}, file{name: "a.xml", body: "<evil/>"}), want: "a.xml"},
		{claim: "one name in two spellings", code: CodeDuplicate, data: zipWith(file{name: "d/a.xml", body: sample}, file{name: "./d//a.xml", body: "<evil/>"}), want: "d/a.xml"},
		{claim: "a symbolic link", code: CodeSymlink, data: zipWith(file{name: "l.xml", body: "/etc/passwd", change: mode(fs.ModeSymlink)}), want: "l.xml"},
		{claim: "a link in a tar", code: CodeSymlink, name: "b.tar", data: func(t *testing.T) []byte {
			return makeTar(t, tar.Header{Name: "l.xml", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}, tar.Header{Name: "good.xml"})
		}, want: "l.xml"},
		{claim: "a device", code: CodeSpecial, data: zipWith(file{name: "d.xml", change: mode(fs.ModeDevice)}), want: "d.xml"},
		{claim: "a pipe", code: CodeSpecial, data: zipWith(file{name: "p.xml", change: mode(fs.ModeNamedPipe)}), want: "p.xml"},
		{claim: "a socket", code: CodeSpecial, data: zipWith(file{name: "s.xml", change: mode(fs.ModeSocket)}), want: "s.xml"},
		{claim: "a folder with content", code: CodeSpecial, data: func(t *testing.T) []byte {
			return patch(makeZip(t, file{name: "dx", body: sample}, xmlFile("good.xml")), "dx", nil, func(h []byte) { h[recordLength+1] = '/' })
		}, want: "d"},
		{claim: "a pipe in a tar", code: CodeSpecial, name: "b.tar", data: func(t *testing.T) []byte {
			return makeTar(t, tar.Header{Name: "p.xml", Typeflag: tar.TypeFifo}, tar.Header{Name: "good.xml"})
		}, want: "p.xml"},
		{claim: "two records of one piece of data", code: CodeOverlap, data: func(t *testing.T) []byte {
			data := makeZip(t, xmlFile("a.xml"), xmlFile("b.xml"), xmlFile("good.xml"))
			return patch(data, "b.xml", nil, func(h []byte) { binary.LittleEndian.PutUint32(h[42:], 0) })
		}, want: "b.xml", text: `shares its data with "a.xml"`},
		{claim: "data that the local header moves into the next entry", code: CodeOverlap, data: func(t *testing.T) []byte {
			data := makeZip(t, xmlFile("a.xml"), xmlFile("good.xml"))
			return patch(data, "a.xml", func(h []byte) { binary.LittleEndian.PutUint16(h[28:], 60) }, nil)
		}, want: "a.xml", text: "with the next entry"},
		{claim: "a ZIP named as XML", code: CodeDisguised, data: func(t *testing.T) []byte {
			return makeZip(t, file{name: "a.xml", body: inner(t)}, xmlFile("good.xml"))
		}, want: "a.xml", text: "zip archive"},
		{claim: "a gzip in a gzip", code: CodeDisguised, data: zipWith(file{name: "a.xml.gz", body: string(gzipOf(gzipOf([]byte(sample))))}), want: "a.xml.gz"},
		{claim: "a gzipped ZIP", code: CodeDisguised, data: func(t *testing.T) []byte {
			return makeZip(t, file{name: "a.gz", body: string(gzipOf([]byte(inner(t))))}, xmlFile("good.xml"))
		}, want: "a.gz"},

		{claim: "an encrypted entry", code: CodeEncrypted, data: zipWith(file{name: "secret.xml", body: sample, change: flag(flagEncrypted), raw: true}), want: "secret.xml", text: "password"},
		{claim: "an entry encrypted by AES", code: CodeEncrypted, data: zipWith(file{name: "secret.xml", body: sample, raw: true, change: func(h *zip.FileHeader) { h.Method = 99 }}), want: "secret.xml"},
		{claim: "an unsupported method", code: CodeMethod, data: zipWith(file{name: "l.xml", body: sample, raw: true, change: func(h *zip.FileHeader) { h.Method = 14 }}), want: "l.xml", text: "LZMA"},
		{claim: "a wrong checksum", code: CodeChecksum, data: zipWith(file{name: "c.xml", body: sample, raw: true, change: func(h *zip.FileHeader) { h.CRC32++ }}), want: "c.xml"},
		{claim: "a wrong checksum in a gzip", code: CodeChecksum, name: "c.xml.gz", data: func(t *testing.T) []byte {
			data := gzipOf([]byte(sample))
			data[len(data)-6] ^= 1
			return data
		}, want: "c.xml.gz"},
		{claim: "more content than declared", code: CodeSize, data: zipWith(file{name: "s.xml", body: sample, raw: true, change: func(h *zip.FileHeader) { h.UncompressedSize64 -= 5 }}), want: "s.xml"},
		{claim: "less content than declared", code: CodeTruncated, data: zipWith(file{name: "s.xml", body: sample, raw: true, change: func(h *zip.FileHeader) { h.UncompressedSize64 += 5 }}), want: "s.xml"},
		{claim: "a deflate stream that breaks off", code: CodeTruncated, data: func(t *testing.T) []byte {
			half := deflateOf(makeNoise(1000))[:400]
			return makeZip(t, file{name: "t.xml", body: string(half), raw: true, change: func(h *zip.FileHeader) { h.Method = zip.Deflate; h.UncompressedSize64 = 1000 }}, xmlFile("good.xml"))
		}, want: "t.xml"},
		{claim: "garbage for a deflate stream", code: CodeCorrupt, data: zipWith(file{name: "g.xml", body: strings.Repeat("\xff", 50), raw: true, change: func(h *zip.FileHeader) { h.Method = zip.Deflate }}), want: "g.xml"},
		{claim: "garbage for a Zstandard stream", code: CodeCorrupt, data: zipWith(file{name: "g.xml", body: strings.Repeat("\xff", 50), raw: true, change: func(h *zip.FileHeader) { h.Method = uint16(zstded) }}), want: "g.xml"},
		{claim: "garbage for a bzip2 stream", code: CodeCorrupt, data: zipWith(file{name: "g.xml", body: strings.Repeat("\xff", 50), raw: true, change: func(h *zip.FileHeader) { h.Method = uint16(bzipped) }}), want: "g.xml"},
		{claim: "an entry outside the file", code: CodeCorrupt, data: func(t *testing.T) []byte {
			data := makeZip(t, xmlFile("far.xml"), xmlFile("good.xml"))
			return patch(data, "far.xml", nil, func(h []byte) { binary.LittleEndian.PutUint32(h[42:], 1<<30) })
		}, want: "far.xml"},
		{claim: "an entry without its local header", code: CodeCorrupt, data: func(t *testing.T) []byte {
			data := makeZip(t, xmlFile("lost.xml"), xmlFile("good.xml"))
			return patch(data, "lost.xml", func(h []byte) { h[0] = 'X' }, nil)
		}, want: "lost.xml"},
		{claim: "a nested ZIP that is damaged", code: CodeDirectory, data: func(t *testing.T) []byte {
			return makeZip(t, file{name: "in.zip", body: inner(t)[:20]}, xmlFile("good.xml"))
		}, want: "in.zip"},
		{claim: "an empty nested ZIP", code: CodeEmpty, data: func(t *testing.T) []byte {
			return makeZip(t, file{name: "in.zip", body: string(makeZip(t))}, xmlFile("good.xml"))
		}, want: "in.zip"},

		{claim: "a ZIP cut off in its first entry", code: CodeDirectory, data: func(t *testing.T) []byte { return makeZip(t, xmlFile("a.xml"))[:50] }, text: "cut off"},
		{claim: "a part of a split ZIP", code: CodeSplit, data: func(t *testing.T) []byte {
			data := makeZip(t, xmlFile("a.xml"))
			data[len(data)-endLength+4] = 1
			return data
		}, text: "zip -s 0"},
		{claim: "something else altogether", code: CodeNotBundle, name: "report.pdf", data: func(*testing.T) []byte { return []byte("%PDF-1.7 ...") }, text: "a PDF document"},
		{claim: "a text", code: CodeNotBundle, name: "notes", data: func(*testing.T) []byte { return []byte("Dear all, ") }, text: `it begins with "Dear all, "`},
		{claim: "a gzipped text", code: CodeNotBundle, name: "notes.gz", data: func(t *testing.T) []byte { return gzipOf([]byte("Dear all, ")) }},
		{claim: "an old office document", code: CodeNotBundle, name: "letter", data: func(*testing.T) []byte { return []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on") }, text: "an office document"},
		{claim: "a login page saved as a ZIP", code: CodeNotBundle, data: func(*testing.T) []byte { return []byte("<!DOCTYPE html><html>Please log in</html>") }, text: "login page"},
		{claim: "an empty file", code: CodeEmpty, name: "a.xml", data: func(*testing.T) []byte { return nil }, text: "0 bytes"},
		{claim: "an empty ZIP", code: CodeEmpty, data: func(t *testing.T) []byte { return makeZip(t) }},
		{claim: "an empty tar", code: CodeEmpty, name: "a.tar.gz", data: func(t *testing.T) []byte { return gzipOf(makeTar(t, tar.Header{Name: "d/", Typeflag: tar.TypeDir})) }},
		{claim: "a ZIP without XML", code: CodeNoXML, data: func(t *testing.T) []byte {
			return makeZip(t, file{name: "a.pdf", body: "%PDF"}, file{name: "b", body: "text"})
		}, text: `"a.pdf" is skipped (a PDF document); "b" is skipped (no XML: it begins with "text")`},
		{claim: "a ZIP of refused entries alone", code: CodeNoXML, data: func(t *testing.T) []byte { return makeZip(t, file{name: "/a.xml", body: sample}) }, text: "absolute path"},
		{claim: "a gzipped ZIP as the bundle", code: CodeDisguised, name: "a.zip.gz", data: func(t *testing.T) []byte { return gzipOf([]byte(inner(t))) }},
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range refusalCases() {
		t.Run(c.claim, func(t *testing.T) {
			name := c.name
			if name == "" {
				name = "bundle.zip"
			}
			b, err := openBytes(t, c.data(t), name, c.opts)
			if err != nil {
				r := wantCode(t, err, c.code)
				if !r.Whole || r.Path != name || !strings.Contains(r.Error(), c.text) {
					t.Errorf("got %+v (%v), want the whole bundle refused, saying %q", r, r, c.text)
				}
				if c.want != "" {
					t.Errorf("got the whole bundle refused (%v), want only %q", err, c.want)
				}
				return
			}
			got := contents(b)
			refused := b.Refused()
			if len(refused) != 1 || refused[0].Path != c.want || refused[0].Code != c.code {
				t.Fatalf("got %d refused %v, want only %q with %s", len(refused), refused, c.want, c.code)
			}
			checkText(t, refused[0])
			if text := refused[0].Error(); !strings.Contains(text, c.text) {
				t.Errorf("got message %q, want %q in it", text, c.text)
			}
			if strings.HasSuffix(name, ".zip") && got["good.xml"] != sample {
				t.Errorf("the good entry was lost: got %v", got)
			}
			if c.code == CodeDuplicate && got[c.want] != sample {
				t.Errorf("got %q, want the first of the two", got[c.want])
			}
		})
	}
}

// TestEveryCodeIsTested reads the list of codes from the source, so that a new
// one can't go without a case.
func TestEveryCodeIsTested(t *testing.T) {
	elsewhere := map[string]string{
		"CodeUnreadable":  "TestDirectoryUnreadable",
		"CodeSpent":       "TestStreamReadsOnce",
		"CodeSameButCase": "TestWarnings",
		"CodeSameButForm": "TestWarnings",
	}
	tested := map[Code]bool{}
	for _, c := range refusalCases() {
		tested[c.code] = true
	}
	f, err := parser.ParseFile(token.NewFileSet(), "refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return true
		}
		n++
		code := Code(strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		if name := spec.Names[0].Name; !tested[code] && elsewhere[name] == "" {
			t.Errorf("%s (%s) has no test", name, code)
		}
		return true
	})
	if n < 30 {
		t.Errorf("found only %d codes in refusal.go", n)
	}
}

func TestMessagesStayShort(t *testing.T) {
	long := strings.Repeat("é", 20_000) + ".xml"
	r := &Refusal{Path: long, Code: CodeRatio, Detail: "is bad: mend it"}
	if n := len(r.Error()); n > 300 {
		t.Errorf("got a message of %d bytes for a long name", n)
	}
	w := Warning{Path: "a.xml", Detail: "is odd"}
	if got := w.String(); got != `entry "a.xml" is odd` {
		t.Errorf("got %q", got)
	}
}

func TestSettingsNameTheLimits(t *testing.T) {
	opts := Options{Limits: Limits{Entries: 1}, Settings: Settings{Entries: "--max-entries"}}
	_, err := openBytes(t, makeZip(t, xmlFile("a.xml"), xmlFile("b.xml")), "b.zip", opts)
	if r := wantCode(t, err, CodeEntries); !strings.Contains(r.Error(), "(--max-entries)") {
		t.Errorf("got %v, want the caller's name of the setting", r)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{97: "97 bytes", 1000: "1 kB", 100 * megabyte: "100 MB", 1500 * megabyte: "1.5 GB", 2 * terabyte: "2 TB"} {
		if got := bytesText(n); got != want {
			t.Errorf("bytesText(%d): got %q, want %q", n, got, want)
		}
	}
}

// hourglass is a clock on which every look at it takes 40 seconds.
func hourglass() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time { now = now.Add(40 * time.Second); return now }
}

// makeNoise returns bytes that don't compress, the same ones every time.
func makeNoise(n int) []byte {
	var b bytes.Buffer
	x := uint64(88172645463325252)
	for b.Len() < n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b.Write(binary.LittleEndian.AppendUint64(nil, x))
	}
	return b.Bytes()[:n]
}
