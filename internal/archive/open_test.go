package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestKinds(t *testing.T) {
	tarred := makeTar(t, tar.Header{Name: "./d/", Typeflag: tar.TypeDir}, tar.Header{Name: "./d/a.xml"}, tar.Header{Name: "b.txt"})
	inTar := []string{"b.txt", "d/a.xml"}
	for _, c := range []struct {
		claim, name string
		data        []byte
		kind        string
		paths       []string
		body        string
	}{
		{"a ZIP", "b.zip", makeZip(t, xmlFile("a.xml")), KindZip, []string{"a.xml"}, sample},
		{"a ZIP by another name", "b.dat", makeZip(t, xmlFile("a.xml")), KindZip, []string{"a.xml"}, sample},
		{"a ZIP after a program", "setup.exe", append([]byte("MZ program "), makeZip(t, xmlFile("a.xml"))...), KindZip, []string{"a.xml"}, sample},
		{"a tar", "b.tar", tarred, KindTar, inTar, sample},
		{"a gzipped tar", "b.tar.gz", gzipOf(tarred), KindTar, inTar, sample},
		{"a gzipped tar, short name", "b.tgz", gzipOf(tarred), KindTar, inTar, sample},
		{"a Zstandard tar", "b.tar.zst", zstdOf(tarred), KindTar, inTar, sample},
		{"an XML", "a.xml", []byte(sample), KindFile, []string{"a.xml"}, sample},
		{"an XML of any extension", "a.invoice", []byte(" \r\n" + sample), KindFile, []string{"a.invoice"}, " \r\n" + sample},
		{"an XML in UTF-16", "a", []byte("\xff\xfe<\x00a\x00/\x00>\x00"), KindFile, []string{"a"}, "\xff\xfe<\x00a\x00/\x00>\x00"},
		{"an .xml that is none is for the tokenizer", "a.xml", []byte("not XML"), KindFile, []string{"a.xml"}, "not XML"},
		{"one that begins like bzip2", "a.xml", []byte("BZh, not XML"), KindFile, []string{"a.xml"}, "BZh, not XML"},
		{"gzip", "a.xml.gz", gzipOf([]byte(sample)), KindGzip, []string{"a.xml.gz"}, sample},
		{"gzip of two members", "a.xml.gz", append(gzipOf([]byte("<a>")), gzipOf([]byte("</a>"))...), KindGzip, []string{"a.xml.gz"}, "<a></a>"},
		{"gzip under an XML name", "a.xml", gzipOf([]byte(sample)), KindGzip, []string{"a.xml"}, sample},
		{"plain XML under a gzip name", "a.xml.gz", []byte(sample), KindFile, []string{"a.xml.gz"}, sample},
		{"bzip2", "a.xml.bz2", bzip2Sample(), KindBzip2, []string{"a.xml.bz2"}, "<a>bzip2</a>"},
		{"Zstandard", "a.xml.zst", zstdOf([]byte(sample)), KindZstd, []string{"a.xml.zst"}, sample},
	} {
		t.Run(c.claim, func(t *testing.T) {
			check := func(b *Bundle, err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				defer b.Close()
				if b.Kind() != c.kind || b.Name() != c.name {
					t.Errorf("got kind %q, name %q, want %q, %q", b.Kind(), b.Name(), c.kind, c.name)
				}
				wantPaths(t, b, c.paths...)
				for path, body := range contents(b) {
					if body != c.body && !strings.HasSuffix(c.name, ".dat") {
						t.Errorf("%s: got %q, want %q", path, body, c.body)
					}
				}
				wantRefused(t, b)
			}
			check(OpenReader(t.Context(), bytes.NewReader(c.data), "dir/"+c.name, Options{}))
			check(Open(t.Context(), writeFile(t, t.TempDir(), c.name, c.data), Options{}))
			if c.name != "setup.exe" {
				check(OpenReader(t.Context(), unseekable{bytes.NewReader(c.data)}, c.name, Options{Scratch: t.TempDir()}))
				check(OpenReader(t.Context(), unseekable{iotest.OneByteReader(bytes.NewReader(c.data))}, c.name, Options{Spool: true}))
			}
		})
	}
}

func TestSkippedAndSniffed(t *testing.T) {
	inner := string(makeZip(t, xmlFile("k.kml")))
	b := mustOpen(t, makeZip(t,
		xmlFile("a.xml"), xmlFile("map.svg"), xmlFile("UPPER.XSD"), xmlFile("noext"), xmlFile("data.txt"),
		file{name: "utf16", body: "\xfe\xff\x00<\x00a\x00/\x00>"},
		file{name: "packed.gz", body: string(gzipOf([]byte(sample)))},
		file{name: "packed.csv.gz", body: string(gzipOf([]byte("a,b")))},
		file{name: "wrong.xml", body: "no XML"},
		file{name: "empty.xml"}, file{name: "empty"},
		file{name: "page.html", body: "<html/>"}, file{name: "x.json", body: "{}"}, file{name: "x.csv", body: "a"},
		file{name: "letter.docx", body: inner}, file{name: "old", body: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."},
		file{name: "place.kmz", body: inner},
		file{name: "readme", body: "Hello"},
		file{name: "__MACOSX/._a.xml", body: "\x00\x05\x16\x07"}, file{name: "d/._a.xml", body: "\x00\x05\x16\x07"},
		file{name: ".hidden.xml", body: sample},
		file{name: "folder/"},
		file{name: "secret.pdf", body: "x", raw: true, change: func(h *zip.FileHeader) { h.Flags |= flagEncrypted }},
	), "b.zip", Options{})
	wantPaths(t, b, ".hidden.xml", "UPPER.XSD", "a.xml", "data.txt", "empty.xml", "map.svg", "noext", "packed.gz", "place.kmz/k.kml", "utf16", "wrong.xml")
	wantRefused(t, b)
	var got []string
	for _, s := range b.Skipped() {
		got = append(got, s.Path+": "+s.Reason)
	}
	want := []string{
		"__MACOSX/._a.xml: macOS file attributes",
		"d/._a.xml: macOS file attributes",
		"empty: empty",
		"letter.docx: an office document",
		"old: an office document",
		`packed.csv.gz: no XML: it begins with "a,b"`,
		"page.html: an HTML page",
		`readme: no XML: it begins with "Hello"`,
		"secret.pdf: a PDF document",
		"x.csv: data in another format (csv)",
		"x.json: data in another format (json)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("skipped:\ngot  %q\nwant %q", got, want)
	}
	if got := contents(b)["packed.gz"]; got != sample {
		t.Errorf("packed.gz: got %q", got)
	}
}

func TestReadsByAnyBuffer(t *testing.T) {
	packed := gzipOf([]byte(sample))
	b := mustOpen(t, makeZip(t, xmlFile("a.xml"), file{name: "b.xml", body: string(packed), method: zip.Deflate},
		file{name: "c.xml", body: "PK but text"}, file{name: "d.xml", body: "(", method: zip.Deflate}, file{name: "e.xml", body: string(packed)}), "b.zip", Options{})
	want := []string{sample, sample, "PK but text", "(", sample}
	for i, e := range b.Entries() {
		for _, size := range []int{1, 2, 7, 511, 513, 64 << 10} {
			r, err := e.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			p := make([]byte, size)
			for err == nil {
				var n int
				n, err = r.Read(p)
				got = append(got, p[:n]...)
			}
			if err != io.EOF || string(got) != want[i] {
				t.Errorf("%s by %d bytes: got %q, %v", e.Path, size, got, err)
			}
			r.Close()
		}
	}
}

func TestEntryFacts(t *testing.T) {
	when := time.Date(2024, 5, 6, 7, 8, 10, 0, time.UTC)
	body := strings.Repeat(sample, 100)
	b := mustOpen(t, makeZip(t, file{name: "a.xml", body: body, method: zip.Deflate, change: func(h *zip.FileHeader) { h.Modified = when }},
		file{name: "b.xml.gz", body: string(gzipOf([]byte(body)))}), "b.zip", Options{})
	a, gz := b.Entries()[0], b.Entries()[1]
	if a.Size != int64(len(body)) || a.Packed <= 0 || a.Packed >= a.Size || !a.Modified.Equal(when) {
		t.Errorf("got %d, %d, %v", a.Size, a.Packed, a.Modified)
	}
	if gz.Size != -1 {
		t.Errorf("got size %d for a compressed file, want -1", gz.Size)
	}
	if want := a.Packed + gz.Packed; b.Size() != want || b.Consumed() != 0 {
		t.Errorf("got size %d, consumed %d, want %d, 0", b.Size(), b.Consumed(), want)
	}
	contents(b)
	if b.Consumed() != b.Size() {
		t.Errorf("got %d consumed, want %d", b.Consumed(), b.Size())
	}
}
