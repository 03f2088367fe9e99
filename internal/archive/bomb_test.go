package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// overlappingBomb makes a ZIP of n files that share one packed kernel: each
// quotes the next one's header as stored data and runs on into it.
func overlappingBomb(t testing.TB, n, kernelSize int) []byte {
	t.Helper()
	kernelBody := bytes.Repeat([]byte{' '}, kernelSize)
	le := binary.LittleEndian
	tail, content := deflateOf(kernelBody), kernelBody
	type made struct {
		name string
		crc  uint32
		size int
		at   int // from the end of the data
	}
	var all []made
	for i := n; i >= 1; i-- {
		name := string(rune('a'+i%26)) + strings.Repeat("x", i/26) + ".xml"
		h := make([]byte, localLength, localLength+len(name))
		le.PutUint32(h, localSignature)
		le.PutUint16(h[4:], 20)
		le.PutUint16(h[8:], zip.Deflate)
		m := made{name: name, crc: crc32.ChecksumIEEE(content), size: len(content)}
		le.PutUint32(h[14:], m.crc)
		le.PutUint32(h[18:], uint32(len(tail)))
		le.PutUint32(h[22:], uint32(m.size))
		le.PutUint16(h[26:], uint16(len(name)))
		h = append(h, name...)
		tail = append(bytes.Clone(h), tail...)
		m.at = len(tail)
		all = append(all, m)
		if i > 1 { // the one before quotes this header
			quote := []byte{0, 0, 0, 0, 0}
			le.PutUint16(quote[1:], uint16(len(h)))
			le.PutUint16(quote[3:], ^uint16(len(h)))
			tail = append(quote, tail...)
			content = append(bytes.Clone(h), content...)
		}
	}
	data := tail
	start := len(data)
	for _, m := range all {
		packed := m.at - localLength - len(m.name)
		r := make([]byte, recordLength, recordLength+len(m.name))
		le.PutUint32(r, recordSignature)
		le.PutUint16(r[10:], zip.Deflate)
		le.PutUint32(r[16:], m.crc)
		le.PutUint32(r[20:], uint32(packed))
		le.PutUint32(r[24:], uint32(m.size))
		le.PutUint16(r[28:], uint16(len(m.name)))
		le.PutUint32(r[42:], uint32(start-m.at))
		data = append(append(data, r...), m.name...)
	}
	e := make([]byte, endLength)
	le.PutUint32(e, endSignature)
	le.PutUint16(e[8:], uint16(n))
	le.PutUint16(e[10:], uint16(n))
	le.PutUint32(e[12:], uint32(len(data)-start))
	le.PutUint32(e[16:], uint32(start))
	return append(data, e...)
}

func TestOverlappingBomb(t *testing.T) {
	const n, kernel = 250, 100_000
	data := overlappingBomb(t, n, kernel)
	// It is a real bomb: a common reader inflates all of it.
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var inflated int64
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		m, err := io.Copy(io.Discard, r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		inflated += m
	}
	if inflated < n*kernel {
		t.Fatalf("the sample is no bomb: %d bytes", inflated)
	}

	b := mustOpen(t, data, "bomb.zip", Options{Limits: Limits{Entries: 1000}})
	if len(b.Entries()) != 1 || len(b.Refused()) != n-1 {
		t.Fatalf("got %d entries and %d refused, want the kernel alone", len(b.Entries()), len(b.Refused()))
	}
	for _, r := range b.Refused() {
		if r.Code != CodeOverlap {
			t.Fatalf("got %v", r)
		}
	}
	contents(b)
	if got := b.total.Load(); got != kernel {
		t.Errorf("got %d bytes inflated, want %d", got, kernel)
	}
}
