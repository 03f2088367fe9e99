package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"retable/internal/sample"
)

// binary builds the program as users get it, once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "retable-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "retable")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	cmd := exec.Command("go", "build", "-tags", "sqlite_fts5", "-o", path, ".")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", &buildError{err, string(out)}
	}
	return path, nil
})

type buildError struct {
	err error
	out string
}

func (e *buildError) Error() string { return e.err.Error() + "\n" + e.out }

// TestMain removes the program again.
func TestMain(m *testing.M) {
	if beWorker() {
		return
	}
	code := m.Run()
	if path := built.Load(); path != nil {
		os.RemoveAll(filepath.Dir(*path))
	}
	os.Exit(code)
}

// built is where the program lies; tests ask for it side by side.
var built atomic.Pointer[string]

// program is the path of the built program.
func program(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("build the program: %v", err)
	}
	built.Store(&path)
	return path
}

// records makes a document of customers of that size.
func records(t *testing.T, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "customers.xml")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Records(f, size, 1); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// listing names what is in a folder, hidden files included.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, f := range found {
		names = append(names, f.Name())
	}
	return names
}
