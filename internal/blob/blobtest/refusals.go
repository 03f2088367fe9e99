package blobtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

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
