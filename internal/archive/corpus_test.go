package archive

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// corpus returns the folder of real XML files, or skips.
func corpus(t testing.TB) string {
	dir := os.Getenv("RET_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no corpus of real XML at %s: set RET_CORPUS to a folder of XML files", dir)
	}
	return dir
}

func TestCorpusZippedIsTheCorpus(t *testing.T) {
	dir := corpus(t)
	root := os.DirFS(dir)
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	if err := w.AddFS(root); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	fromZip := mustOpen(t, buf.Bytes(), "corpus.zip", Options{Limits: ServerLimits()})
	fromDir := openDir(t, dir, Options{Limits: ServerLimits()})
	if len(fromZip.Entries()) != len(fromDir.Entries()) || len(fromZip.Entries()) == 0 {
		t.Fatalf("got %d entries from the ZIP, %d from the folder", len(fromZip.Entries()), len(fromDir.Entries()))
	}
	for i, e := range fromZip.Entries() {
		d := fromDir.Entries()[i]
		want, err := fs.ReadFile(root, e.Path)
		if err != nil {
			t.Fatal(err)
		}
		zipped, zipErr := readEntry(e)
		plain, dirErr := readEntry(d)
		if zipErr != nil || dirErr != nil || !bytes.Equal(zipped, want) || !bytes.Equal(plain, want) || d.Path != e.Path {
			t.Errorf("%s: zip %d bytes (%v), folder %d bytes (%v), want %d", e.Path, len(zipped), zipErr, len(plain), dirErr, len(want))
		}
	}
	wantRefused(t, fromZip)
	wantRefused(t, fromDir)
	t.Logf("%d entries, %d skipped", len(fromZip.Entries()), len(fromZip.Skipped()))
	for _, s := range fromZip.Skipped() {
		t.Logf("skipped %s: %s", s.Path, s.Reason)
	}
}
