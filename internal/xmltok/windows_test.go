package xmltok

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestEveryWindowGivesTheSame reads the suite and the real documents through
// windows around the sizes at which something changes.
func TestEveryWindowGivesTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	var docs [][]byte
	t.Run("W3C", func(t *testing.T) {
		for _, c := range readW3C(t) {
			docs = append(docs, c.read(t, c.URI))
		}
	})
	t.Run("corpus", func(t *testing.T) {
		root := corpus(t)
		for _, name := range corpusFiles(t, root) {
			if data, err := os.ReadFile(filepath.Join(root, name)); err == nil && len(data) < 50_000 {
				docs = append(docs, data)
			}
		}
	})
	opts := Options{Comments: true, Entities: EntitiesKeep}
	normal := New(opts)
	for _, window := range []int{1, 2, 63, 64, 65, 128, 1000} {
		opts.Window = window
		small := New(opts)
		for _, doc := range docs {
			want := verdict(read(normal, bytes.NewReader(doc)))
			if got := verdict(read(small, bytes.NewReader(doc))); got != want {
				t.Errorf("a window of %d bytes on %.60q: got\n%.300s, want\n%.300s", window, doc, got, want)
			}
		}
	}
}
