package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func openDir(t *testing.T, dir string, opts Options) *Bundle {
	t.Helper()
	b, err := Open(t.Context(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "b/c/deep.xml", []byte(sample))
	writeFile(t, dir, "a.xml", []byte(sample))
	writeFile(t, dir, ".hidden/x.gpx", []byte(sample))
	writeFile(t, dir, "packed.xml.gz", gzipOf([]byte(sample)))
	writeFile(t, dir, "bundle.zip", makeZip(t, xmlFile("in.xml"), file{name: "deeper.zip", body: string(makeZip(t, xmlFile("d.xml")))}))
	writeFile(t, dir, "notes.txt", []byte("Hello"))
	b := openDir(t, dir, Options{})
	wantPaths(t, b, ".hidden/x.gpx", "a.xml", "b/c/deep.xml", "bundle.zip/deeper.zip/d.xml", "bundle.zip/in.xml", "packed.xml.gz")
	for path, got := range contents(b) {
		if got != sample {
			t.Errorf("%s: got %q", path, got)
		}
	}
	if b.Kind() != KindDirectory || b.Name() != filepath.Base(dir) || len(b.Skipped()) != 1 {
		t.Errorf("got %q, %q, %v", b.Kind(), b.Name(), b.Skipped())
	}
	wantRefused(t, b)
	_, err := Open(t.Context(), dir, Options{Limits: Limits{Entries: 5}})
	wantCode(t, err, CodeEntries)
	_, err = Open(t.Context(), t.TempDir(), Options{})
	wantCode(t, err, CodeEmpty)
}

func TestDirectoryIsNotLeftWhenFilesAreSwapped(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights here")
	}
	dir, outside := t.TempDir(), t.TempDir()
	secret := writeFile(t, outside, "secret.xml", []byte("<secret/>"))
	victim := writeFile(t, dir, "a.xml", []byte(sample))
	gone := writeFile(t, dir, "gone.xml", []byte(sample))
	folder := writeFile(t, dir, "now-folder.xml", []byte(sample))
	b := openDir(t, dir, Options{})
	if err := errors.Join(os.Remove(victim), os.Symlink(secret, victim), os.Remove(gone), os.Remove(folder), os.Mkdir(folder, 0o700)); err != nil {
		t.Fatal(err)
	}
	if got := contents(b); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	wantRefused(t, b, "a.xml UNREADABLE", "gone.xml UNREADABLE", "now-folder.xml SPECIAL_FILE")
}

func TestDirectoryUnreadable(t *testing.T) {
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "nowhere"), Options{})
	if r := wantCode(t, err, CodeUnreadable); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(r.Error(), "doesn't exist") {
		t.Errorf("got %v", err)
	}
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("everything is readable here")
	}
	dir := t.TempDir()
	writeFile(t, dir, "good.xml", []byte(sample))
	locked := writeFile(t, dir, "locked/a.xml", []byte(sample))
	if err := os.Chmod(filepath.Dir(locked), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Dir(locked), 0o700) })
	b := openDir(t, dir, Options{})
	wantPaths(t, b, "good.xml")
	wantRefused(t, b, "locked UNREADABLE")
}

func TestNamesThatAreNotUTF8AreEscaped(t *testing.T) {
	if got := escapeName("caf\xe9.xml"); got != "caf%E9.xml" {
		t.Errorf("got %q", got)
	}
	if runtime.GOOS != "linux" {
		t.Skip("file names are text here")
	}
	dir := t.TempDir()
	writeFile(t, dir, "caf\xe9/\xff.xml", []byte(sample))
	b := openDir(t, dir, Options{})
	wantPaths(t, b, "caf%E9/%FF.xml")
	if got := contents(b)["caf%E9/%FF.xml"]; got != sample {
		t.Errorf("got %q", got)
	}
}

func TestManyArchivesInAFolderKeepFewFilesOpen(t *testing.T) {
	dir := t.TempDir()
	const n = 3 * openFiles
	for i := range n {
		writeFile(t, dir, fmt.Sprintf("%03d.zip", i), makeZip(t, xmlFile("a.xml")))
	}
	b := openDir(t, dir, Options{Limits: ServerLimits()})
	done := make(chan int)
	for range 4 {
		go func() { done <- len(contents(b)) }()
	}
	for range 4 {
		if got := <-done; got != n {
			t.Errorf("got %d entries, want %d", got, n)
		}
	}
	if got := len(b.handles.open); got > openFiles {
		t.Errorf("got %d files open, want at most %d", got, openFiles)
	}
	wantRefused(t, b)
}
