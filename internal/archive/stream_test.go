package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestStreamReadsOnce(t *testing.T) {
	for name, data := range map[string][]byte{"a.xml": []byte(sample), "a.xml.gz": gzipOf([]byte(sample)), "b": []byte(sample)} {
		b, err := OpenReader(t.Context(), unseekable{bytes.NewReader(data)}, name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if b.Reopenable() || b.Size() != -1 || b.Entries()[0].Size != -1 {
			t.Errorf("%s: got reopenable %v, size %d", name, b.Reopenable(), b.Size())
		}
		if got, err := readEntry(b.Entries()[0]); err != nil || string(got) != sample {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		_, err = readEntry(b.Entries()[0])
		wantCode(t, err, CodeSpent)
	}
}

func TestStreamsAreSpooledToScratch(t *testing.T) {
	scratch := t.TempDir()
	noise := makeNoise(3 * megabyte)
	data := makeZip(t, file{name: "a.xml", body: string(noise)}, file{name: "in.zip", method: zip.Deflate, body: string(makeZip(t, file{name: "b.xml", body: string(noise)}))})
	b, err := OpenReader(t.Context(), unseekable{bytes.NewReader(data)}, "", Options{Scratch: scratch})
	if err != nil {
		t.Fatal(err)
	}
	if b.Name() != "stream" || !b.Reopenable() {
		t.Errorf("got name %q, reopenable %v", b.Name(), b.Reopenable())
	}
	if b.spools.file == nil {
		t.Error("got no scratch file")
	}
	if left, _ := os.ReadDir(scratch); len(left) != 0 && runtime.GOOS != "windows" {
		t.Errorf("got %d scratch files that a killed process would leave", len(left))
	}
	for range 2 {
		if got := contents(b); got["a.xml"] != string(noise) || got["in.zip/b.xml"] != string(noise) {
			t.Error("wrong content")
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(scratch); len(left) != 0 {
		t.Errorf("got %d scratch files after Close", len(left))
	}
}

func TestSpoolingIsBounded(t *testing.T) {
	endless := func() io.Reader { return io.MultiReader(strings.NewReader("PK\x03\x04"), zeros{}) }
	_, err := OpenReader(t.Context(), endless(), "b.zip", Options{Limits: Limits{TotalBytes: megabyte}, Scratch: t.TempDir()})
	wantCode(t, err, CodeTotalBytes)
	_, err = OpenReader(t.Context(), endless(), "b.zip", Options{})
	wantCode(t, err, CodeScratch)
	_, err = OpenReader(t.Context(), endless(), "b.zip", Options{Limits: Limits{Time: time.Second}, Now: hourglass()})
	wantCode(t, err, CodeTime)
	ctx, cancel := context.WithCancel(t.Context())
	_, err = OpenReader(ctx, io.MultiReader(strings.NewReader("PK\x03\x04"), &canceling{cancel: cancel}), "b.zip", Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type canceling struct {
	cancel func()
	n      int
}

func (c *canceling) Read(p []byte) (int, error) {
	if c.n++; c.n == 5 {
		c.cancel()
	}
	return len(p), nil
}

func TestStreamErrors(t *testing.T) {
	broken := errors.New("connection reset")
	for _, data := range [][]byte{nil, []byte(sample)} {
		_, err := OpenReader(t.Context(), io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)), "a.xml", Options{})
		if wantCode(t, err, CodeUnreadable); !errors.Is(err, broken) {
			t.Errorf("got %v, want its cause", err)
		}
	}
	b, err := OpenReader(t.Context(), io.MultiReader(strings.NewReader("<a>"+strings.Repeat(" ", 1000)), iotest.ErrReader(broken)), "a.xml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	got, err := readEntry(b.Entries()[0])
	if wantCode(t, err, CodeUnreadable); len(got) != 1003 {
		t.Errorf("got %d bytes before the error, want 1003", len(got))
	}
	_, err = OpenReader(t.Context(), unseekable{strings.NewReader("plain text")}, "notes", Options{})
	wantCode(t, err, CodeNotBundle)
	_, err = OpenReader(t.Context(), unseekable{strings.NewReader("")}, "a.xml", Options{})
	wantCode(t, err, CodeEmpty)
}

func TestRedirectedFileIsReadAtRandom(t *testing.T) {
	name := writeFile(t, t.TempDir(), "b.zip", append([]byte("skip"), makeZip(t, xmlFile("a.xml"))...))
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	b, err := OpenReader(t.Context(), f, "stdin", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if got := contents(b)["a.xml"]; got != sample || !b.Reopenable() {
		t.Errorf("got %q, reopenable %v", got, b.Reopenable())
	}
}

func TestPipeByPath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no pipes with paths")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() { io.WriteString(w, sample); w.Close() }()
	b, err := Open(t.Context(), filepath.Join("/dev/fd", itoa(int(r.Fd()))), Options{})
	if err != nil {
		t.Skipf("pipes can't be opened by path here: %v", err)
	}
	defer b.Close()
	if got, err := readEntry(b.Entries()[0]); err != nil || string(got) != sample || b.Reopenable() {
		t.Errorf("got %q, %v", got, err)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
