package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"retable/internal/retable"
)

// Store is what the suite tests.
type Store interface {
	retable.BlobStore
	retable.Sweeper
	Close() error
}

// Opener opens one place again and again, as several processes do.
type Opener func(*testing.T) Store

// Large is the claim about memory. It runs before the others, alone.
const Large = "a large blob needs little memory"

// Run runs the suite, but for the claims that are left out. fresh gives an
// empty place for each test.
func Run(t *testing.T, fresh func(*testing.T) Opener, leftOut ...string) {
	for _, test := range []struct {
		claim string
		check func(*testing.T, Opener)
	}{
		{Large, large},
		{"what was written is read back", readBack},
		{"nothing is there before Commit", nothingBeforeCommit},
		{"a crash before Commit leaves nothing behind a sweep", crash},
		{"a blob is replaced as a whole", replaced},
		{"hostile keys are refused by every method", hostileKeys},
		{"what isn't there is missing, and deleting it is fine", absent},
		{"folders are not prefixes of names", folders},
		{"listing is in order and complete", listing},
		{"any range can be read", ranges},
		{"many read and write the same key at once", sameKey},
		{"Local gives a file that stays", local},
		{"Import moves a file", imported},
		{"a cancelled context stops", cancelled},
		{"a writer is over after its end", overAfterEnd},
		{"it is healthy and says what is free", healthy},
	} {
		if slices.Contains(leftOut, test.claim) {
			continue
		}
		t.Run(strings.ReplaceAll(test.claim, " ", "_"), func(t *testing.T) {
			if test.claim != Large {
				t.Parallel()
			}
			test.check(t, fresh(t))
		})
	}
}

// content is n bytes that look random and are always the same.
func content(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
	r.Read(b) //nolint:errcheck // never fails
	return b
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// put stores a blob.
func put(t *testing.T, s retable.BlobStore, key string, data []byte) retable.BlobInfo {
	t.Helper()
	w, err := s.Create(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if n, err := w.Write(data); err != nil || n != len(data) {
		t.Fatalf("%d of %d bytes written: %v", n, len(data), err)
	}
	info, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// get reads a blob whole.
func get(t *testing.T, s retable.BlobStore, key string) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// keys lists a folder.
func keys(t *testing.T, s retable.BlobStore, prefix string) []string {
	t.Helper()
	var all []string
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, info.Key)
	}
	return all
}

func wantCode(t *testing.T, what string, err error, code retable.Code) {
	t.Helper()
	if !retable.Is(err, code) {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

func readBack(t *testing.T, open Opener) {
	s := open(t)
	began := retable.MillisOf(time.Now().Add(-time.Minute))
	for _, size := range []int{0, 1, 1000, 5 << 20, 5<<20 + 1, 11 << 20} {
		key, data := fmt.Sprintf("sessions/s-1/blob.%d", size), content(size, uint64(size))
		info := put(t, s, key, data)
		if info.Key != key || info.Bytes != int64(size) || info.SHA256 != hashOf(data) || info.ModTime < began {
			t.Errorf("stored as %+v", info)
		}
		other := open(t) // what another process sees
		for name, store := range map[string]Store{"the same": s, "another": other} {
			st, err := store.Stat(t.Context(), key)
			if err != nil || st != info {
				t.Errorf("%s store sees %+v, want %+v (%v)", name, st, info, err)
			}
		}
		if !bytes.Equal(get(t, other, key), data) {
			t.Errorf("%d bytes come back otherwise", size)
		}
	}
}

func nothingBeforeCommit(t *testing.T, open Opener) {
	s := open(t)
	for _, size := range []int{10, 11 << 20} {
		w, err := s.Create(t.Context(), "a/b")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content(size, 1)); err != nil {
			t.Fatal(err)
		}
		_, err = s.Stat(t.Context(), "a/b")
		wantCode(t, "before Commit", err, retable.NotFound)
		if got := keys(t, s, ""); len(got) > 0 {
			t.Errorf("%q is listed before Commit", got)
		}
		w.Abort()
		w.Abort()
		_, err = s.Open(t.Context(), "a/b")
		wantCode(t, "after Abort", err, retable.NotFound)
		if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
			t.Errorf("Abort left %d behind (%v)", n, err)
		}
	}
}

func crash(t *testing.T, open Opener) {
	for _, size := range []int{10, 11 << 20} {
		dead := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		w, err := dead.Create(ctx, "sessions/s/x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content(size, 1)); err != nil {
			t.Fatal(err)
		}
		cancel() // neither Commit nor Abort
		t.Cleanup(w.Abort)

		s := open(t)
		if got := keys(t, s, ""); len(got) > 0 {
			t.Errorf("%q is listed", got)
		}
		if n, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Errorf("what is being written was swept: %d, %v", n, err)
		}
		if _, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); err != nil {
			t.Error(err)
		}
		if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 0 || err != nil {
			t.Errorf("the sweep left %d behind (%v)", n, err)
		}
		put(t, s, "sessions/s/x", []byte("new"))
		if got := get(t, s, "sessions/s/x"); string(got) != "new" {
			t.Errorf("got %q", got)
		}
		if err := s.Delete(t.Context(), "sessions/s/x"); err != nil {
			t.Error(err)
		}
	}
}

func replaced(t *testing.T, open Opener) {
	s := open(t)
	for i, size := range []int{6 << 20, 10, 10, 0, 11 << 20, 3} {
		data := content(size, uint64(i))
		put(t, s, "k/v", data)
		st, err := s.Stat(t.Context(), "k/v")
		if err != nil || st.SHA256 != hashOf(data) || !bytes.Equal(get(t, s, "k/v"), data) {
			t.Errorf("after %d: %+v (%v)", i, st, err)
		}
	}
	if got := keys(t, s, ""); !slices.Equal(got, []string{"k/v"}) {
		t.Errorf("got %q", got)
	}
}

// hostile are keys that nobody may have.
var hostile = []string{
	"", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/../b", "a/..", "a/./b", "./a", "~/../a", "/etc/passwd", `a\b`, `..\a`, `C:\a`, "c:/a", "a:b",
	".hidden", "a/.b.sha256", ".tmp/x", "a.", "a/b.", "a b", "a\x00b", "a\nb", "a%2e%2e/b", "a?b", "a#b", "a*b", "a|b", `a"b`, "<a>", "ä", "a\u202eb", "con", "a/NUL.txt", "com1", "-a",
	strings.Repeat("a", 201), strings.Repeat("a/", 400) + "a",
}

func hostileKeys(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range hostile {
		_, err := s.Create(ctx, key)
		wantCode(t, fmt.Sprintf("Create %q", key), err, retable.Invalid)
		_, err = s.Open(ctx, key)
		wantCode(t, fmt.Sprintf("Open %q", key), err, retable.Invalid)
		_, err = s.Stat(ctx, key)
		wantCode(t, fmt.Sprintf("Stat %q", key), err, retable.Invalid)
		wantCode(t, fmt.Sprintf("Delete %q", key), s.Delete(ctx, key), retable.Invalid)
		_, _, err = s.Local(ctx, key)
		wantCode(t, fmt.Sprintf("Local %q", key), err, retable.Invalid)
		_, err = s.Import(ctx, key, file)
		wantCode(t, fmt.Sprintf("Import %q", key), err, retable.Invalid)
		if p, ok := s.(retable.Presigner); ok {
			_, err = p.PresignGet(ctx, key, "x", time.Minute)
			wantCode(t, fmt.Sprintf("PresignGet %q", key), err, retable.Invalid)
			_, _, err = p.PresignPut(ctx, key, 1, hashOf(nil), time.Minute)
			wantCode(t, fmt.Sprintf("PresignPut %q", key), err, retable.Invalid)
		}
		if key == "" {
			wantCode(t, "DeletePrefix of all", s.DeletePrefix(ctx, key), retable.Invalid)
			continue
		}
		if strings.TrimSuffix(key, "/") == "a" {
			continue // a folder
		}
		wantCode(t, fmt.Sprintf("DeletePrefix %q", key), s.DeletePrefix(ctx, key), retable.Invalid)
		for _, err := range s.List(ctx, key) {
			wantCode(t, fmt.Sprintf("List %q", key), err, retable.Invalid)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Error("a refused Import took the file")
	}
}

func absent(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	put(t, s, "a/b", []byte("x"))
	for _, key := range []string{"a", "a/c", "a/b/c", "z/z"} {
		_, err := s.Open(ctx, key)
		wantCode(t, "Open "+key, err, retable.NotFound)
		_, err = s.Stat(ctx, key)
		wantCode(t, "Stat "+key, err, retable.NotFound)
		_, _, err = s.Local(ctx, key)
		wantCode(t, "Local "+key, err, retable.NotFound)
		if err := s.Delete(ctx, key); err != nil {
			t.Errorf("Delete %s: %v", key, err)
		}
	}
	if err := s.DeletePrefix(ctx, "z"); err != nil {
		t.Error(err)
	}
	if got := keys(t, s, "z"); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	if err := errors.Join(s.Delete(ctx, "a/b"), s.Delete(ctx, "a/b")); err != nil {
		t.Error(err)
	}
	_, err := s.Stat(ctx, "a/b")
	wantCode(t, "after Delete", err, retable.NotFound)
	_, err = s.Import(ctx, "a/b", filepath.Join(t.TempDir(), "none"))
	wantCode(t, "Import of nothing", err, retable.NotFound)
	_, err = s.Import(ctx, "a/b", t.TempDir())
	wantCode(t, "Import of a folder", err, retable.Invalid)
}

func folders(t *testing.T, open Opener) {
	s, ctx := open(t), t.Context()
	for _, key := range []string{"s/1/a", "s/1/b/c", "s/12/a", "s/1.x", "t/1"} {
		put(t, s, key, []byte(key))
	}
	if got, want := keys(t, s, "s/1"), []string{"s/1/a", "s/1/b/c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := s.DeletePrefix(ctx, "s/1"); err != nil {
		t.Fatal(err)
	}
	if got, want := keys(t, s, ""), []string{"s/1.x", "s/12/a", "t/1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := s.DeletePrefix(ctx, "s/12/"); err != nil {
		t.Fatal(err)
	}
	if got, want := keys(t, s, "s/"), []string{"s/1.x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	put(t, s, "s/1/a", []byte("again"))
	if got := get(t, s, "s/1/a"); string(got) != "again" {
		t.Errorf("got %q", got)
	}
}

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

func local(t *testing.T, open Opener) {
	s := open(t)
	data := content(6<<20, 9)
	put(t, s, "l/l.db", data)
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			path, release, err := s.Local(t.Context(), "l/l.db")
			if err != nil {
				t.Error(err)
				return
			}
			defer release()
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
				t.Errorf("the file has %d bytes (%v)", len(got), err)
			}
		})
	}
	users.Wait()
	put(t, s, "l/l.db", []byte("new"))
	path, release, err := s.Local(t.Context(), "l/l.db")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("got %q, %v", got, err)
	}
	release()
	release() // twice is harmless
}

func imported(t *testing.T, open Opener) {
	s := open(t)
	for _, size := range []int{0, 10, 11 << 20} {
		data := content(size, uint64(size))
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		info, err := s.Import(t.Context(), "i/i", file)
		if err != nil || info.SHA256 != hashOf(data) || info.Bytes != int64(size) {
			t.Fatalf("got %+v, %v", info, err)
		}
		if st, err := s.Stat(t.Context(), "i/i"); err != nil || st != info {
			t.Errorf("got %+v, want %+v (%v)", st, info, err)
		}
		if !bytes.Equal(get(t, s, "i/i"), data) {
			t.Error("it comes back otherwise")
		}
		if _, err := os.Lstat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is still there (%v)", err)
		}
	}
	target := filepath.Join(t.TempDir(), "target")
	link := filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.WriteFile(target, []byte("x"), 0o600), os.Symlink(target, link)); err != nil {
		t.Skip(err)
	}
	_, err := s.Import(t.Context(), "i/link", link)
	wantCode(t, "a link", err, retable.Invalid)
}

func cancelled(t *testing.T, open Opener) {
	s := open(t)
	put(t, s, "c/c", content(6<<20, 1))
	ctx, cancel := context.WithCancel(t.Context())
	w, err := s.Create(ctx, "c/d")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	cancel()
	if _, err := w.Write(content(11<<20, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: %v", err)
	}
	_, err = w.Commit(t.Context())
	wantCode(t, "Commit", err, retable.Cancelled)
	_, err = s.Create(ctx, "c/d")
	wantCode(t, "Create", err, retable.Cancelled)
	_, _, err = s.Local(ctx, "c/c")
	wantCode(t, "Local", err, retable.Cancelled)
	for _, err := range s.List(ctx, "") {
		wantCode(t, "List", err, retable.Cancelled)
	}
	wantCode(t, "DeletePrefix", s.DeletePrefix(ctx, "c"), retable.Cancelled)
	if got := keys(t, s, ""); !slices.Equal(got, []string{"c/c"}) {
		t.Errorf("got %q", got)
	}
}

func overAfterEnd(t *testing.T, open Opener) {
	s := open(t)
	w, err := s.Create(t.Context(), "o/o")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Abort() // does nothing
	if _, err := s.Stat(t.Context(), "o/o"); err != nil {
		t.Errorf("Abort after Commit took the blob: %v", err)
	}
	_, err = w.Write([]byte("x"))
	wantCode(t, "Write", err, retable.Internal)
	_, err = w.Commit(t.Context())
	wantCode(t, "Commit", err, retable.Internal)
}

func healthy(t *testing.T, open Opener) {
	s := open(t)
	if err := s.Health(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := s.Free(t.Context()); err != nil || n == 0 || n < -1 {
		t.Errorf("%d bytes are free (%v)", n, err)
	}
}
