package blobtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"retable/internal/retable"
)

func listing(t *testing.T, open Opener) {
	s := open(t)
	n := 1100 // more than one page of S3
	if testing.Short() {
		n = 150
	}
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("many/%05d", i))
	}
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := w; i < n; i += 8 {
				put(t, s, want[i], []byte{byte(i)})
			}
		})
	}
	writers.Wait()
	if got := keys(t, s, "many"); !slices.Equal(got, want) {
		t.Errorf("got %d keys, want %d", len(got), n)
	}
	seen := 0
	for info, err := range s.List(t.Context(), "many") {
		if err != nil || info.Bytes != 1 || info.ModTime == 0 {
			t.Fatalf("%+v, %v", info, err)
		}
		if seen++; seen == 3 {
			break
		}
	}
	if err := s.DeletePrefix(t.Context(), "many"); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, s, ""); len(got) > 0 {
		t.Errorf("%d are left", len(got))
	}
}

func ranges(t *testing.T, open Opener) {
	s := open(t)
	data := content(6<<20+17, 3)
	put(t, s, "r/r", data)
	r, err := s.Open(t.Context(), "r/r")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := iotest.TestReader(struct{ io.Reader }{io.LimitReader(r, 1000)}, data[:1000]); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ from, n int }{{0, 1}, {0, len(data)}, {len(data) - 1, 1}, {5<<20 - 3, 7}, {12345, 100000}} {
		p := make([]byte, c.n)
		if n, err := r.ReadAt(p, int64(c.from)); n != c.n || err != nil && err != io.EOF || !bytes.Equal(p, data[c.from:c.from+c.n]) {
			t.Errorf("ReadAt %v: %d, %v", c, n, err)
		}
		if at, err := r.Seek(int64(c.from), io.SeekStart); at != int64(c.from) || err != nil {
			t.Errorf("Seek %v: %d, %v", c, at, err)
		}
		if _, err := io.ReadFull(r, p); err != nil || !bytes.Equal(p, data[c.from:c.from+c.n]) {
			t.Errorf("Seek and read %v: %v", c, err)
		}
	}
	p := make([]byte, 10)
	if n, err := r.ReadAt(p, int64(len(data))-4); n != 4 || err != io.EOF {
		t.Errorf("over the end: %d, %v", n, err)
	}
	if n, err := r.ReadAt(p, int64(len(data))+4); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d, %v", n, err)
	}
	if _, err := r.ReadAt(p, -1); err == nil || err == io.EOF {
		t.Errorf("before the beginning: %v", err)
	}
	if at, err := r.Seek(-4, io.SeekEnd); at != int64(len(data))-4 || err != nil {
		t.Errorf("seek from the end: %d, %v", at, err)
	}
	if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, data[len(data)-4:]) {
		t.Errorf("the end is %d bytes, %v", len(rest), err)
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("a place before the beginning was taken")
	}
	var readers sync.WaitGroup
	for i := range 8 {
		readers.Go(func() {
			p := make([]byte, 1000)
			from := i * 700_000
			if _, err := r.ReadAt(p, int64(from)); err != nil || !bytes.Equal(p, data[from:from+1000]) {
				t.Errorf("at once with others: %v", err)
			}
		})
	}
	readers.Wait()
}

func sameKey(t *testing.T, open Opener) {
	const key, writers, rounds = "same/key", 4, 5
	stores := []Store{open(t), open(t)}
	put(t, stores[0], key, content(1000, 0))
	known := map[string]bool{hashOf(content(1000, 0)): true}
	for i := range writers * rounds {
		known[hashOf(content(1000+i%3, uint64(i)))] = true
	}
	var work sync.WaitGroup
	done := make(chan struct{})
	for w := range writers {
		work.Go(func() {
			for i := range rounds {
				n := w*rounds + i
				put1(t, stores[w%2], key, content(1000+n%3, uint64(n)))
			}
		})
	}
	var readers sync.WaitGroup
	for i := range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				r, err := stores[i].Open(t.Context(), key)
				if err != nil {
					t.Errorf("the blob is gone for a moment: %v", err)
					return
				}
				data, err := io.ReadAll(r)
				if err = errors.Join(err, r.Close()); retable.Is(err, retable.Conflict) {
					continue // replaced, and says so
				}
				if err != nil || !known[hashOf(data)] || r.Info().SHA256 != hashOf(data) {
					t.Errorf("read something that nobody wrote: %d bytes, %v", len(data), err)
					return
				}
			}
		})
	}
	work.Wait()
	close(done)
	readers.Wait()
	st, err := stores[0].Stat(t.Context(), key)
	if data := get(t, stores[1], key); err != nil || st.SHA256 != hashOf(data) {
		t.Errorf("the hash is not that of the content (%v)", err)
	}
}

// put1 is put for goroutines of a test.
func put1(t *testing.T, s retable.BlobStore, key string, data []byte) {
	w, err := s.Create(t.Context(), key)
	if err != nil {
		t.Error(err)
		return
	}
	defer w.Abort()
	_, err = w.Write(data)
	_, commitErr := w.Commit(t.Context())
	if err := errors.Join(err, commitErr); err != nil {
		t.Error(err)
	}
}

func large(t *testing.T, open Opener) {
	s := open(t)
	size := int64(200 << 20)
	if testing.Short() {
		size = 60 << 20
	}
	w, err := s.Create(t.Context(), "large/one")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	source := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{1}), size) }
	runtime.GC()
	peak := &heap{}
	before := peak.look()
	sum := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(w, sum, peak)}, source(), make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	info, err := w.Commit(t.Context())
	if err != nil || info.Bytes != size || info.SHA256 != hex.EncodeToString(sum.Sum(nil)) {
		t.Fatalf("got %+v, %v", info, err)
	}
	r, err := s.Open(t.Context(), "large/one")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	back := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(back, peak)}, struct{ io.Reader }{r}, make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back.Sum(nil), sum.Sum(nil)) {
		t.Error("it comes back otherwise")
	}
	if grown := int64(peak.most) - int64(before); grown > 100<<20 {
		t.Errorf("memory grew by %d MB", grown>>20)
	}
}

// heap looks at the memory in use now and then.
type heap struct {
	since int
	most  uint64
}

func (h *heap) Write(p []byte) (int, error) {
	if h.since += len(p); h.since > 4<<20 {
		h.since = 0
		h.look()
	}
	return len(p), nil
}

func (h *heap) look() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.most = max(h.most, m.HeapInuse)
	return m.HeapInuse
}
