package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"
)

func TestNamesInCodePage437(t *testing.T) {
	raw := func(name string) file {
		return file{name: name, body: sample, change: func(h *zip.FileHeader) { h.NonUTF8 = true }}
	}
	b := mustOpen(t, makeZip(t, raw("caf\x82.xml"), raw("\xe9\x9b\xaa.xml"), xmlFile("ü.xml")), "b.zip", Options{})
	wantPaths(t, b, "café.xml", "ü.xml", "雪.xml") // the second is valid UTF-8, so it is that
}

func TestManyEntries(t *testing.T) {
	const n = math.MaxUint16 + 10 // needs ZIP64
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := range n {
		e, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%05d.xml", n-i), Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write([]byte("<a/>")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "#!/bin/sh\n"} {
		b := mustOpen(t, append([]byte(prefix), buf.Bytes()...), "b.zip", Options{})
		if got := len(b.Entries()); got != n {
			t.Fatalf("got %d entries, want %d", got, n)
		}
		if got, err := readEntry(b.Entries()[n-1]); err != nil || string(got) != "<a/>" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	_, err := openBytes(t, buf.Bytes(), "b.zip", Options{Limits: ServerLimits()})
	wantCode(t, err, CodeEntries)
}

func TestZip64Sizes(t *testing.T) {
	// Sizes and offset in the extra field, where they aren't needed but allowed.
	data := makeZip(t, file{name: "a.xml", body: sample, raw: true, change: func(h *zip.FileHeader) {
		h.Extra = make([]byte, 28)
		binary.LittleEndian.PutUint16(h.Extra, 1)
		binary.LittleEndian.PutUint16(h.Extra[2:], 24)
		binary.LittleEndian.PutUint64(h.Extra[4:], uint64(len(sample)))
		binary.LittleEndian.PutUint64(h.Extra[12:], uint64(len(sample)))
	}}, xmlFile("good.xml"))
	wide := func(h []byte) {
		binary.LittleEndian.PutUint32(h[20:], math.MaxUint32)
		binary.LittleEndian.PutUint32(h[24:], math.MaxUint32)
		binary.LittleEndian.PutUint32(h[42:], math.MaxUint32)
	}
	b := mustOpen(t, patch(data, "a.xml", nil, wide), "b.zip", Options{})
	if got := contents(b); got["a.xml"] != sample || got["good.xml"] != sample {
		t.Errorf("got %q", got)
	}
	absurd := patch(data, "a.xml", nil, func(h []byte) {
		wide(h)
		binary.LittleEndian.PutUint64(h[recordLength+5+4:], math.MaxUint64)
	})
	b = mustOpen(t, absurd, "b.zip", Options{})
	wantPaths(t, b, "good.xml")
	wantRefused(t, b, "a.xml CORRUPT")
}

func TestTimes(t *testing.T) {
	ntfs := make([]byte, 36)
	le := binary.LittleEndian
	le.PutUint16(ntfs, 0x000a)
	le.PutUint16(ntfs[2:], 32)
	le.PutUint16(ntfs[8:], 1)
	le.PutUint16(ntfs[10:], 24)
	le.PutUint64(ntfs[12:], 116444736000000000+1_700_000_000*1e7)
	data := makeZip(t,
		file{name: "dos.xml", body: sample, raw: true},
		file{name: "none.xml", body: sample, raw: true},
		file{name: "ntfs.xml", body: sample, raw: true, change: func(h *zip.FileHeader) { h.Extra = ntfs }},
	)
	data = patch(data, "dos.xml", nil, func(h []byte) {
		le.PutUint16(h[12:], 7<<11|8<<5|5)
		le.PutUint16(h[14:], (2024-1980)<<9|5<<5|6)
	})
	b := mustOpen(t, data, "b.zip", Options{})
	want := []time.Time{time.Date(2024, 5, 6, 7, 8, 10, 0, time.UTC), {}, time.Unix(1_700_000_000, 0).UTC()}
	for i, e := range b.Entries() {
		if !e.Modified.Equal(want[i]) {
			t.Errorf("%s: got %v, want %v", e.Path, e.Modified, want[i])
		}
	}
}

func TestMethods(t *testing.T) {
	packed := func(name string, m method, body []byte, size int, crc uint32) file {
		return file{name: name, body: string(body), raw: true, change: func(h *zip.FileHeader) {
			h.Method, h.UncompressedSize64, h.CRC32 = uint16(m), uint64(size), crc
		}}
	}
	b := mustOpen(t, makeZip(t,
		packed("b.xml", bzipped, bzip2Sample(), 12, 0x1afe6a7e),
		packed("z.xml", zstded, zstdOf([]byte("<a>bzip2</a>")), 12, 0x1afe6a7e),
	), "b.zip", Options{})
	for range 2 { // the second time with used decompressors
		for _, e := range b.Entries() {
			if got, err := readEntry(e); string(got) != "<a>bzip2</a>" {
				t.Errorf("%s: got %q, %v", e.Path, got, err)
			}
		}
	}
	for m := range 100 {
		if method(m).String() == "" {
			t.Errorf("method %d has no name", m)
		}
	}
}

func TestSalvageOfAZipWithoutDirectory(t *testing.T) {
	noise := string(makeNoise(5000))
	streamed := func(name string) file { return file{name: name, body: sample + noise, method: zip.Deflate} } // sizes stand behind
	known := func(name string) file { return file{name: name, body: sample, raw: true} }                      // sizes stand in front
	full := makeZip(t, known("a.xml"), streamed("b.xml"), file{name: "d/"}, known("c.xml"), streamed("d/d.xml"), streamed("e.xml"))
	directory := bytes.Index(full, []byte{'P', 'K', 1, 2})

	b := mustOpen(t, full[:directory], "b.zip", Options{})
	wantPaths(t, b, "a.xml", "b.xml", "c.xml", "d/d.xml", "e.xml")
	wantRefused(t, b, "b.zip NO_DIRECTORY")
	if !b.Refused()[0].Whole {
		t.Error("the archive itself isn't named as damaged")
	}
	if got := contents(b); got["a.xml"] != sample || got["e.xml"] != sample+noise {
		t.Errorf("got %d entries", len(got))
	}
	if got, want := b.total.Load(), int64(5*len(sample)+3*len(noise)); got != want {
		t.Errorf("got %d bytes counted, want %d", got, want)
	}

	b = mustOpen(t, full[:directory-3000], "b.zip", Options{})
	wantPaths(t, b, "a.xml", "b.xml", "c.xml", "d/d.xml")
	wantRefused(t, b, "b.zip NO_DIRECTORY", "e.xml TRUNCATED")

	for cut := 0; cut < directory; cut += 17 { // wherever it is cut, what was complete is there
		b, err := openBytes(t, full[:cut], "b.zip", Options{})
		if err != nil {
			continue
		}
		for path, body := range contents(b) {
			if want := map[bool]string{true: sample, false: sample + noise}[path == "a.xml" || path == "c.xml"]; body != want {
				t.Fatalf("cut at %d: %s has %d bytes", cut, path, len(body))
			}
		}
	}
	_, err := openBytes(t, full[:directory], "b.zip", Options{Limits: Limits{Entries: 3}})
	wantCode(t, err, CodeEntries)
}

func TestDamagedDirectoryKeepsWhatItLists(t *testing.T) {
	data := makeZip(t, xmlFile("a.xml"), xmlFile("b.xml"), xmlFile("c.xml"))
	data = patch(data, "c.xml", nil, func(h []byte) { h[0] = 'X' })
	b := mustOpen(t, data, "b.zip", Options{})
	wantPaths(t, b, "a.xml", "b.xml")
	wantRefused(t, b, "b.zip NO_DIRECTORY")
}

func TestDirectoryOfNothingButFoldersTakesNoMemory(t *testing.T) {
	var files []file
	for i := range 5000 {
		files = append(files, file{name: fmt.Sprintf("%d/", i)})
	}
	b := mustOpen(t, makeZip(t, append(files, xmlFile("a.xml"))...), "b.zip", Options{Limits: Limits{Entries: 1}})
	wantPaths(t, b, "a.xml")
}

func TestTarDamage(t *testing.T) {
	full := makeTar(t, tar.Header{Name: "a.xml"}, tar.Header{Name: "../b.xml"}, tar.Header{Name: "c.xml"}, tar.Header{Name: "d.pdf"})
	b := mustOpen(t, full, "b.tar", Options{})
	wantPaths(t, b, "a.xml", "c.xml")
	wantRefused(t, b, "../b.xml PATH_TRAVERSAL")

	b = mustOpen(t, full[:4*512+512+20], "b.tar", Options{})
	wantPaths(t, b, "a.xml")
	wantRefused(t, b, "../b.xml PATH_TRAVERSAL", "b.tar TRUNCATED", "c.xml TRUNCATED")

	broken := bytes.Clone(full)
	broken[2*512+3]++ // its header's checksum is wrong now
	b = mustOpen(t, broken, "b.tar", Options{})
	wantPaths(t, b, "a.xml")
	wantRefused(t, b, "b.tar CORRUPT")

	broken = bytes.Clone(full)
	broken[3]++
	_, err := openBytes(t, broken, "b.tar", Options{})
	wantCode(t, err, CodeCorrupt)
	_, err = openBytes(t, full, "b.tar", Options{Limits: Limits{Entries: 3}})
	wantCode(t, err, CodeEntries)
	data := makeZip(t, file{name: "in.tar", body: string(full)}, xmlFile("z.xml"))
	b = mustOpen(t, data, "b.zip", Options{Limits: Limits{Entries: 3}})
	wantPaths(t, b, "z.xml")
	b = mustOpen(t, makeZip(t, file{name: "in.tgz", body: string(gzipOf(full))}), "b.zip", Options{Limits: Limits{TotalBytes: int64(len(full))}})
	if got := contents(b); got["in.tgz/a.xml"] != sample || got["in.tgz/c.xml"] != sample {
		t.Errorf("got %q, refused %v", got, b.Refused())
	}
}
