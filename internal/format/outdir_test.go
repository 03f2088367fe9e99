package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// faulty fails the operation named in fails with its error, once its
// countdown has passed.
type faulty struct {
	disk
	fails map[string]error
	after int // operations of that name that still succeed
}

func (f *faulty) fault(op, name string) error {
	err := f.fails[op]
	if err == nil {
		return nil
	}
	if f.after > 0 {
		f.after--
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

func (f *faulty) Mkdir(name string) error {
	return errors.Join(f.fault("mkdir", name), f.disk.Mkdir(name))
}

func (f *faulty) OpenFile(name string, flag int) (file, error) {
	if err := f.fault("open", name); err != nil {
		return nil, err
	}
	h, err := f.disk.OpenFile(name, flag)
	return &faultyFile{h, f, name}, err
}

func (f *faulty) Rename(from, to string) error {
	if err := f.fault("rename", to); err != nil {
		return err
	}
	return f.disk.Rename(from, to)
}

func (f *faulty) SyncDir(name string) error { return f.fault("syncdir", name) }

type faultyFile struct {
	file
	fs   *faulty
	name string
}

func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.fs.fault("write", f.name); err != nil {
		n, _ := f.file.Write(b[:len(b)/2]) // a full disk takes a part
		return n, err
	}
	return f.file.Write(b)
}

func (f *faultyFile) Sync() error  { return errors.Join(f.fs.fault("sync", f.name), f.file.Sync()) }
func (f *faultyFile) Close() error { return errors.Join(f.file.Close(), f.fs.fault("close", f.name)) }

func put(t *testing.T, d Dir, name, content string) {
	t.Helper()
	w, err := d.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func newDir(t *testing.T, final string, opts DirOptions) *OutDir {
	t.Helper()
	d, err := CreateDir(final, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Abort)
	return d
}

// contents lists a folder with what its files hold.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, e := range entries {
		b, _ := os.ReadFile(filepath.Join(folder, e.Name()))
		m[e.Name()] = string(b)
	}
	return m
}

func TestFolderAppearsAtCommit(t *testing.T) {
	parent := t.TempDir()
	final := filepath.Join(parent, "out")
	d := newDir(t, final, DirOptions{})
	put(t, d, "b.csv", "b")
	scratch, err := d.Scratch()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(scratch, "x")
	os.WriteFile(path, []byte("adopted"), 0o600)
	if err := d.Adopt("a.sqlite", path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(final); !os.IsNotExist(err) {
		t.Fatalf("the folder shows before its commit: %v", err)
	}
	if err := d.Commit(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("adopted"))
	want := File{"a.sqlite", 7, hex.EncodeToString(sum[:])}
	if files := d.Files(); len(files) != 2 || files[0] != want || files[1].Name != "b.csv" {
		t.Errorf("got files %v", files)
	}
	if got := contents(t, final); len(got) != 2 || got["a.sqlite"] != "adopted" || got["b.csv"] != "b" {
		t.Errorf("got %v", got)
	}
	if got := contents(t, parent); len(got) != 1 {
		t.Errorf("something hidden is left: %v", got)
	}
	if err := d.Commit(); !errors.Is(err, ErrClosed) {
		t.Errorf("second commit: %v", err)
	}
	if _, err := d.Create("c"); !errors.Is(err, ErrClosed) {
		t.Errorf("create after commit: %v", err)
	}
	if _, err := d.Scratch(); !errors.Is(err, ErrClosed) {
		t.Errorf("scratch after commit: %v", err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	d := newDir(t, filepath.Join(parent, "out"), DirOptions{})
	w, _ := d.Create("a.csv")
	io.WriteString(w, "half")
	d.Abort()
	d.Abort()
	if _, err := io.WriteString(w, "more"); err == nil {
		t.Error("writing after the abort succeeded")
	}
	if err := w.Close(); err == nil {
		t.Error("closing after the abort succeeded")
	}
	if got := contents(t, parent); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

func TestCommitWaitsForFiles(t *testing.T) {
	d := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{})
	w, _ := d.Create("a.csv")
	if err := d.Commit(); err == nil || !strings.Contains(err.Error(), "still open") {
		t.Errorf("got %v", err)
	}
	w.Close()
	if err := d.Commit(); err != nil {
		t.Error(err)
	}
}

func TestNamesAreRefused(t *testing.T) {
	d := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{})
	for _, name := range []string{"", ".hidden", "..", "a/b", `a\b`, "a\x00b", strings.Repeat("x", 241)} {
		if _, err := d.Create(name); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	put(t, d, "Orders.csv", "")
	if _, err := d.Create("orders.CSV"); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	if err := d.Adopt("orders.CSV", "x"); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
}

func TestManyFilesThroughFewHandles(t *testing.T) {
	final := filepath.Join(t.TempDir(), "out")
	d := newDir(t, final, DirOptions{NoSync: true, OpenFiles: 8})
	const files, rounds = 300, 5
	chunk := strings.Repeat("x", 100_000)
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			var writers []io.WriteCloser
			for i := part; i < files; i += 4 {
				w, err := d.Create(fmt.Sprintf("t%d.csv", i))
				if err != nil {
					t.Error(err)
					return
				}
				writers = append(writers, w)
			}
			for round := range rounds {
				for i, w := range writers {
					if _, err := fmt.Fprintf(w, "%d,%d,%s\n", round, i, chunk[:1000*(i%100)]); err != nil {
						t.Error(err)
						return
					}
				}
				d.pool.mu.Lock()
				if n := d.pool.recent.Len(); n > 8+4 {
					t.Errorf("%d handles open", n)
				}
				d.pool.mu.Unlock()
			}
			for _, w := range writers {
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := d.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Files() {
		b, err := os.ReadFile(filepath.Join(final, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if int64(len(b)) != f.Bytes || hex.EncodeToString(sum[:]) != f.SHA256 || bytes.Count(b, []byte("\n")) != rounds {
			t.Fatalf("%s: %d bytes do not match %+v", f.Name, len(b), f)
		}
	}
	if len(d.Files()) != files {
		t.Errorf("got %d files", len(d.Files()))
	}
}

// written commits a folder as a conversion would: its files and the package.
func written(t *testing.T, final, content string, opts DirOptions) error {
	t.Helper()
	d := newDir(t, final, opts)
	put(t, d, "a.csv", content)
	if err := WritePackage(d, Package{Name: "test"}); err != nil {
		t.Fatal(err)
	}
	return d.Commit()
}

func TestOverwriteReplacesOnlyOurOwn(t *testing.T) {
	setup := func(t *testing.T) string {
		final := filepath.Join(t.TempDir(), "out")
		if err := written(t, final, "old", DirOptions{}); err != nil {
			t.Fatal(err)
		}
		return final
	}
	t.Run("refused unless asked", func(t *testing.T) {
		final := setup(t)
		_, err := CreateDir(final, DirOptions{})
		if !errors.Is(err, ErrOccupied) || !strings.Contains(err.Error(), "overwrite") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("replaced when asked", func(t *testing.T) {
		final := setup(t)
		if err := written(t, final, "new", DirOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, final)["a.csv"]; got != "new" {
			t.Errorf("got %q", got)
		}
		if got := contents(t, filepath.Dir(final)); len(got) != 1 {
			t.Errorf("left beside it: %v", got)
		}
	})
	t.Run("an empty folder is taken", func(t *testing.T) {
		final := filepath.Join(t.TempDir(), "out")
		os.Mkdir(final, 0o755)
		if err := written(t, final, "x", DirOptions{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("through a link the folder itself is replaced", func(t *testing.T) {
		final := setup(t)
		link := filepath.Join(t.TempDir(), "link")
		os.Symlink(final, link)
		if err := written(t, link, "new", DirOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, final)["a.csv"]; got != "new" {
			t.Errorf("got %q", got)
		}
	})
	for name, spoil := range map[string]func(final string){
		"a file that somebody added":   func(final string) { os.WriteFile(filepath.Join(final, "notes.txt"), nil, 0o600) },
		"a folder that somebody added": func(final string) { os.Mkdir(filepath.Join(final, "sub"), 0o755) },
		"no package file":              func(final string) { os.Remove(filepath.Join(final, PackageName)) },
		"somebody else's package file": func(final string) { os.WriteFile(filepath.Join(final, PackageName), []byte(`{"name":"x"}`), 0o600) },
		"a broken package file":        func(final string) { os.WriteFile(filepath.Join(final, PackageName), []byte(`{`), 0o600) },
	} {
		t.Run(name+" is never deleted", func(t *testing.T) {
			final := setup(t)
			spoil(final)
			if _, err := CreateDir(final, DirOptions{Overwrite: true}); !errors.Is(err, ErrForeign) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a change before the commit is seen", func(t *testing.T) {
		final := setup(t)
		d := newDir(t, final, DirOptions{Overwrite: true})
		os.WriteFile(filepath.Join(final, "notes.txt"), nil, 0o600)
		if err := d.Commit(); !errors.Is(err, ErrForeign) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file in the way", func(t *testing.T) {
		final := filepath.Join(t.TempDir(), "out")
		os.WriteFile(final, nil, 0o600)
		if _, err := CreateDir(final, DirOptions{Overwrite: true}); !errors.Is(err, ErrOccupied) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the root", func(t *testing.T) {
		if _, err := CreateDir("/", DirOptions{Overwrite: true}); !errors.Is(err, ErrOccupied) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFaultsAreToldWithTheirCure(t *testing.T) {
	for _, c := range []struct {
		op, want string
		err      error
		after    int
	}{
		{"mkdir", "may not write", syscall.EACCES, 0},
		{"mkdir", "read-only", syscall.EROFS, 0},
		{"open", "ulimit", syscall.EMFILE, 0},
		{"open", "was removed meanwhile", syscall.ENOENT, 0},
		{"write", "disk is full", syscall.ENOSPC, 0},
		{"write", "disk is full", syscall.EDQUOT, 1},
		{"sync", "sync", syscall.EIO, 0},
		{"close", "close", syscall.EIO, 0},
		{"syncdir", "sync", syscall.EIO, 0},
		{"rename", "rename", syscall.EIO, 1},
	} {
		t.Run(c.op+" "+c.err.Error(), func(t *testing.T) {
			parent := t.TempDir()
			final := filepath.Join(parent, "out")
			err := func() error {
				fs := &faulty{fails: map[string]error{c.op: c.err}, after: c.after}
				d, err := CreateDir(final, DirOptions{fs: fs})
				if err != nil {
					return err
				}
				defer d.Abort()
				for i := range 3 {
					w, err := d.Create(fmt.Sprintf("%d.csv", i))
					if err != nil {
						if d.Commit() == nil {
							t.Error("committed after a failure")
						}
						return err
					}
					_, errW := w.Write(make([]byte, 300<<10))
					if err := errors.Join(errW, w.Close()); err != nil {
						if d.Commit() == nil {
							t.Error("committed after a failure")
						}
						return err
					}
				}
				return d.Commit()
			}()
			var out *OutputError
			if !errors.As(err, &out) || !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want one of %q", err, c.want)
			}
			if got := contents(t, parent); len(got) != 0 {
				t.Errorf("left: %v", got)
			}
		})
	}
}

func TestFailedReplaceKeepsTheOldFolder(t *testing.T) {
	parent := t.TempDir()
	final := filepath.Join(parent, "out")
	if err := written(t, final, "old", DirOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Run("renamed back", func(t *testing.T) {
		flaky := &faultyOnce{faulty: faulty{}, at: 2}
		err := written(t, final, "new", DirOptions{Overwrite: true, fs: flaky})
		if !errors.Is(err, syscall.EIO) || contents(t, final)["a.csv"] != "old" {
			t.Errorf("got %v and %v", err, contents(t, final))
		}
	})
	t.Run("or put back by the next run", func(t *testing.T) {
		fs := &faulty{fails: map[string]error{"rename": syscall.EIO}, after: 1}
		d, err := CreateDir(final, DirOptions{Overwrite: true, fs: fs})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(); !errors.Is(err, syscall.EIO) {
			t.Errorf("got %v", err)
		}
		d.Abort()
		if _, err := os.Stat(final); !os.IsNotExist(err) {
			t.Fatal("the old folder should be aside")
		}
		if swept := Sweep(parent); len(swept) != 1 || contents(t, final)["a.csv"] != "old" {
			t.Errorf("swept %v", swept)
		}
	})
}

// faultyOnce fails the at-th rename alone.
type faultyOnce struct {
	faulty
	at, n int
}

func (f *faultyOnce) Rename(from, to string) error {
	if f.n++; f.n == f.at {
		return syscall.EIO
	}
	return f.disk.Rename(from, to)
}

func TestSweepRemovesTheDeadAndSparesTheLiving(t *testing.T) {
	parent := t.TempDir()
	living := newDir(t, filepath.Join(parent, "living"), DirOptions{})
	dead := newDir(t, filepath.Join(parent, "dead"), DirOptions{})
	put(t, dead, "a.csv", "half")
	dead.owner.abandon() // as a crash does
	if swept := Sweep(parent); len(swept) != 1 || !strings.Contains(swept[0], "dead") {
		t.Errorf("swept %v", swept)
	}
	for name := range contents(t, parent) {
		if !strings.Contains(name, "living") {
			t.Errorf("left %s", name)
		}
	}
	put(t, living, "a.csv", "x")
	if err := living.Commit(); err != nil {
		t.Error(err)
	}
}

func TestMissingParentIsExplained(t *testing.T) {
	_, err := CreateDir(filepath.Join(t.TempDir(), "no", "out"), DirOptions{})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "create it") {
		t.Errorf("got %v", err)
	}
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{
		"Orders~Order": "Orders~Order.csv", "a:b/c": "a%3Ab%2Fc.csv", "": "_.csv", "con": "%63on.csv",
		"COM1.x": "%43OM1.x.csv", ".a.": "%2Ea%2E.csv", "100%": "100%25.csv", "Größe": "Größe.csv",
	} {
		if got := FileName(in, ".csv"); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	long := FileName(strings.Repeat("é", 300), ".csv")
	if len(long) > 200 || CheckName(long) != nil || long == FileName(strings.Repeat("é", 301), ".csv") {
		t.Errorf("long name: %q", long)
	}
	var n Names
	if a, b, c := n.Of("A", ".csv"), n.Of("a", ".csv"), n.Of("B", ".csv"); a != "A.csv" || b != "a~2.csv" || c != "B.csv" {
		t.Error(a, b, c)
	}
}

func TestSweepRemovesWhatWasNeverLocked(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, hiddenPrefix+"out-0123456789ab.new")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if swept := Sweep(dir); len(swept) != 1 {
		t.Errorf("swept %q", swept)
	}
	if _, err := os.Lstat(left); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}
