package blobtest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"retable/internal/retable"
)

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
