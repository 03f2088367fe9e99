package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
)

// FuzzOpen: no input panics, runs away or passes a limit; reading twice gives
// the same; and what archive/zip reads whole from a ZIP that isn't hostile,
// this package reads too.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(sample), false)
	f.Add(makeZip(f, xmlFile("a.xml"), xmlFile("b.xml"), file{name: "c", body: "text"}), false)
	f.Add(makeZip(f, file{name: "in.zip", body: string(makeZip(f, xmlFile("a.xml")))}, xmlFile("b.xml")), true)
	f.Add(makeZip(f, file{name: "a.xml.gz", body: string(gzipOf([]byte(sample)))}), false)
	f.Add(overlappingBomb(f, 20, 1000), false)
	f.Add(makeZip(f, xmlFile("a.xml"))[:60], true)
	f.Add(makeTar(f, tar.Header{Name: "a.xml"}, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/"}), false)
	f.Add(gzipOf(makeTar(f, tar.Header{Name: "a.xml"})), true)
	f.Add(bzip2Sample(), false)
	f.Add(zstdOf([]byte(sample)), true)
	f.Fuzz(func(t *testing.T, data []byte, stream bool) {
		limits := Limits{Entries: 50, EntryBytes: 100_000, TotalBytes: 300_000, Ratio: 100, RatioAfter: 10_000, Nesting: 2, Time: 20 * time.Second}
		var in io.Reader = bytes.NewReader(data)
		if stream {
			in = unseekable{in}
		}
		b, err := OpenReader(t.Context(), in, "fuzz.tgz", Options{Limits: limits})
		var refusal *Refusal
		if err != nil {
			if !errors.As(err, &refusal) || refusal.Code == "" || refusal.Detail == "" {
				t.Fatalf("got %v, want a Refusal", err)
			}
			return
		}
		defer b.Close()
		last := ""
		for i, e := range b.Entries() {
			if i > 0 && e.Path <= last {
				t.Fatalf("not sorted or not unique: %q, %q", last, e.Path)
			}
			last = e.Path
			first, err := readEntry(e)
			if err != nil && !errors.As(err, &refusal) {
				t.Fatalf("%q: got %v, want a Refusal", e.Path, err)
			}
			if int64(len(first)) > limits.EntryBytes {
				t.Fatalf("%q: read %d bytes past the limit", e.Path, len(first))
			}
			if b.Reopenable() && b.total.Load() < limits.TotalBytes {
				again, err2 := readEntry(e)
				if !bytes.Equal(first, again) || (err == nil) != (err2 == nil) {
					t.Fatalf("%q: read again gives %d bytes, %v, not %d, %v", e.Path, len(again), err2, len(first), err)
				}
			}
		}
		if b.total.Load() > limits.TotalBytes {
			t.Fatalf("%d bytes in all", b.total.Load())
		}
		if b.Kind() == KindZip && len(b.Refused()) == 0 {
			compareWithOracle(t, b, data)
		}
	})
}

// compareWithOracle reads the same ZIP by archive/zip.
func compareWithOracle(t *testing.T, b *Bundle, data []byte) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return // we are told more about damaged ones
	}
	got := contents(b)
	for _, f := range zr.File {
		body, ok := got[f.Name]
		if !ok || f.NonUTF8 {
			continue
		}
		r, err := f.Open()
		if err != nil {
			continue
		}
		want, err := io.ReadAll(io.LimitReader(r, 200_000))
		r.Close()
		if kind := contentOf(want); err == nil && !kind.compressed() && body != string(want) {
			t.Fatalf("%q: got %d bytes, archive/zip has %d", f.Name, len(body), len(want))
		}
	}
}
