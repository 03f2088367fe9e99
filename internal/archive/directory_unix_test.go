//go:build unix

package archive

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestDirectoryRefusesLinksAndPipes(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	writeFile(t, outside, "secret.xml", []byte(sample))
	writeFile(t, dir, "good.xml", []byte(sample))
	writeFile(t, dir, `back\slash.xml`, []byte(sample))
	if err := errors.Join(
		os.Symlink(filepath.Join(outside, "secret.xml"), filepath.Join(dir, "link.xml")),
		os.Symlink(outside, filepath.Join(dir, "folder")),
		syscall.Mkfifo(filepath.Join(dir, "pipe.xml"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	b := openDir(t, dir, Options{})
	wantPaths(t, b, "good.xml")
	wantRefused(t, b, `back\slash.xml BACKSLASH_IN_NAME`, "folder LINK", "link.xml LINK", "pipe.xml SPECIAL_FILE")

	// The folder itself may be a link: the user chose it.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	wantPaths(t, openDir(t, link, Options{}), "good.xml")
}
