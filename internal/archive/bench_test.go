package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// rows returns XML rows as exports have them, at least size bytes.
func rows(size int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "<row id=\"%d\"><name>Customer %d</name><amount>%d.%02d</amount><city>Town %d</city></row>\n", i, i*7919%10007, i*31%999, i%100, i*13%400)
	}
	return b.Bytes()
}

func smallEntries(tb testing.TB, n int) []byte {
	body := string(rows(4 << 10))
	var files []file
	for i := range n {
		files = append(files, file{name: fmt.Sprintf("delivery/%03d/invoice-%06d.xml", i/1000, i), body: body, method: zip.Deflate})
	}
	return makeZip(tb, files...)
}

// BenchmarkSmallEntries opens a ZIP of 10,000 files of 4 kB and reads them all.
func BenchmarkSmallEntries(b *testing.B) {
	const n = 10_000
	data := smallEntries(b, n)
	buf := make([]byte, 64<<10)
	b.Run("retable", func(b *testing.B) {
		b.SetBytes(n * 4 << 10)
		b.ReportAllocs()
		for b.Loop() {
			bundle, err := OpenReader(b.Context(), bytes.NewReader(data), "b.zip", Options{Limits: LocalLimits()})
			if err != nil {
				b.Fatal(err)
			}
			for _, e := range bundle.Entries() {
				r, err := e.Open(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{r}, buf); err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
			bundle.Close()
		}
	})
	b.Run("archive-zip", func(b *testing.B) {
		b.SetBytes(n * 4 << 10)
		b.ReportAllocs()
		for b.Loop() {
			readByOracle(b, data, buf)
		}
	})
}

// BenchmarkInflate reads one large entry.
func BenchmarkInflate(b *testing.B) {
	body := rows(32 << 20)
	data := makeZip(b, file{name: "big.xml", body: string(body), method: zip.Deflate})
	buf := make([]byte, 64<<10)
	for name, limits := range map[string]Limits{"retable": LocalLimits(), "retable-server": {EntryBytes: 100 * megabyte, Ratio: 200, Time: 1 << 50}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			bundle := mustOpen(b, data, "b.zip", Options{Limits: limits})
			for b.Loop() {
				r, err := bundle.Entries()[0].Open(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{r}, buf); err != nil {
					b.Fatal(err)
				}
				r.Close()
			}
		})
	}
	b.Run("archive-zip", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			readByOracle(b, data, buf)
		}
	})
}

func readByOracle(b *testing.B, data, buf []byte) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{r}, buf); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

// BenchmarkOpen lists a ZIP of 100,000 files.
func BenchmarkOpen(b *testing.B) {
	data := smallEntries(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		bundle, err := OpenReader(b.Context(), bytes.NewReader(data), "b.zip", Options{})
		if err != nil {
			b.Fatal(err)
		}
		bundle.Close()
	}
}

// TestMemoryPerEntry holds the promise of 40 MB for 100,000 entries.
func TestMemoryPerEntry(t *testing.T) {
	if testing.Short() {
		t.Skip("packs 4,000 entries")
	}
	const n = 4_000
	data := smallEntries(t, n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b := mustOpen(t, data, "b.zip", Options{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if per := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / n; per > 400 {
		t.Errorf("got %d bytes per entry, want at most 400", per)
	} else {
		t.Logf("%d bytes per entry", per)
	}
	if !strings.HasPrefix(b.Entries()[0].Path, "delivery/") {
		t.Error("wrong entries")
	}
	runtime.KeepAlive(data)
}
