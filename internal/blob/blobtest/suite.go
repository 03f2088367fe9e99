package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
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
