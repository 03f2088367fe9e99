package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const sample = `<?xml version="1.0"?><orders><order id="1"/><order id="2"/></orders>`

// file is one entry of a made archive. Fields beyond name and body make it odd.
type file struct {
	name   string
	body   string
	method uint16 // zip.Store unless set
	change func(*zip.FileHeader)
	raw    bool // body is packed already; change sets the sizes
}

func xmlFile(name string) file { return file{name: name, body: sample, method: zip.Deflate} }

func makeZip(t testing.TB, files ...file) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: f.method}
		if f.raw {
			h.CompressedSize64 = uint64(len(f.body))
			h.UncompressedSize64 = uint64(len(f.body))
			h.CRC32 = crc32.ChecksumIEEE([]byte(f.body))
		}
		if f.change != nil {
			f.change(h)
		}
		create := w.CreateHeader
		if f.raw {
			create = w.CreateRaw
		}
		e, err := create(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(e, f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func makeTar(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, h := range headers {
		body := ""
		if h.Typeflag == 0 || h.Typeflag == tar.TypeReg {
			h.Typeflag, body = tar.TypeReg, sample
			h.Size = int64(len(body))
		}
		h.Mode = 0o600
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// The packers write to memory, where nothing can fail.

func gzipOf(body []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(body)
	w.Close()
	return buf.Bytes()
}

func zstdOf(body []byte) []byte {
	var buf bytes.Buffer
	w, _ := zstd.NewWriter(&buf)
	w.Write(body)
	w.Close()
	return buf.Bytes()
}

func deflateOf(body []byte) []byte {
	var buf bytes.Buffer
	w, _ := flate.NewWriter(&buf, flate.BestCompression)
	w.Write(body)
	w.Close()
	return buf.Bytes()
}

// bzip2Sample is `<a>bzip2</a>` packed: the standard library can't write it.
func bzip2Sample() []byte {
	return []byte("BZh9" +
		"\x31\x41\x59\x26\x53\x59\x15\xad\x1d\xc7\x00\x00\x01\x99\x80\x00\x00\x90\x05\x30\x20\x40\x10\x20" +
		"\x00\x31\x06\x4c\x41\x03\x4d\x1e\xa5\xf2\xc7\x0d\xa0\x3c\x5d\xc9\x14\xe1\x42\x40\x56\xb4\x77\x1c")
}

// unseekable hides everything but Read.
type unseekable struct{ io.Reader }

func openBytes(t testing.TB, data []byte, name string, opts Options) (*Bundle, error) {
	t.Helper()
	b, err := OpenReader(t.Context(), bytes.NewReader(data), name, opts)
	if err == nil {
		t.Cleanup(func() {
			if err := b.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	return b, err
}

func mustOpen(t testing.TB, data []byte, name string, opts Options) *Bundle {
	t.Helper()
	b, err := openBytes(t, data, name, opts)
	if err != nil {
		t.Fatalf("OpenReader(%s): %v", name, err)
	}
	return b
}

func readEntry(e *Entry) ([]byte, error) {
	r, err := e.Open(context.Background())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// contents reads all entries; those that fail are missing from the result.
func contents(b *Bundle) map[string]string {
	got := map[string]string{}
	for _, e := range b.Entries() {
		if body, err := readEntry(e); err == nil {
			got[e.Path] = string(body)
		}
	}
	return got
}

func paths(b *Bundle) []string {
	var got []string
	for _, e := range b.Entries() {
		got = append(got, e.Path)
	}
	return got
}

func wantPaths(t *testing.T, b *Bundle, want ...string) {
	t.Helper()
	if got := paths(b); !slices.Equal(got, want) {
		t.Errorf("entries: got %q, want %q", got, want)
	}
	for i, e := range b.Entries() {
		if e.Index != i {
			t.Errorf("%s: got index %d, want %d", e.Path, e.Index, i)
		}
	}
}

// wantRefused checks that exactly these refusals were reported: "path CODE".
func wantRefused(t *testing.T, b *Bundle, want ...string) {
	t.Helper()
	var got []string
	for _, r := range b.Refused() {
		got = append(got, r.Path+" "+string(r.Code))
		checkText(t, r)
	}
	if !slices.Equal(got, want) {
		t.Errorf("refused: got %q, want %q", got, want)
	}
}

// checkText holds a message to the rule that it names fault and cure.
func checkText(t *testing.T, r *Refusal) {
	t.Helper()
	text := r.Error()
	if !strings.Contains(text, ": ") || strings.ContainsAny(text, "\x00\n\r") || len(text) > 1500 {
		t.Errorf("message doesn't name fault and cure in one line: %q", text)
	}
}

func wantCode(t *testing.T, err error, code Code) *Refusal {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("got error %v, want a Refusal with code %s", err, code)
	}
	if !errors.Is(err, code) {
		t.Fatalf("got %v (%s), want code %s", err, r.Code, code)
	}
	checkText(t, r)
	return r
}

func writeFile(t testing.TB, dir, name string, body []byte) string {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return full
}

// patch overwrites bytes of every record and local header named name.
func patch(data []byte, name string, local, record func(header []byte)) []byte {
	data = bytes.Clone(data)
	le := binary.LittleEndian
	for i := 0; i+recordLength < len(data); i++ {
		switch h := data[i:]; {
		case local != nil && le.Uint32(h) == localSignature && bytes.HasPrefix(h[localLength:], []byte(name)):
			local(h)
		case record != nil && le.Uint32(h) == recordSignature && bytes.HasPrefix(h[recordLength:], []byte(name)):
			record(h)
		}
	}
	return data
}
