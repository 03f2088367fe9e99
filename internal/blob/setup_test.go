package blob

import (
	"io"
	"strings"
	"testing"

	"retable/internal/retable"
)

func newDir(t *testing.T, dir string, reserved ...string) *Dir {
	t.Helper()
	d, err := OpenDir(dir, reserved...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func store(t *testing.T, s retable.BlobStore, key, text string) retable.BlobInfo {
	t.Helper()
	w, err := s.Create(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	info, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func sum(text string) string {
	s, _ := hashOf(strings.NewReader(text))
	return s
}
