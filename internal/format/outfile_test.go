package format

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

func TestSingleFile(t *testing.T) {
	parent := t.TempDir()
	final := filepath.Join(parent, "t.csv")
	write := func(content string, opts DirOptions) (File, error) {
		f, err := CreateFile(final, opts)
		if err != nil {
			return File{}, err
		}
		defer f.Abort()
		io.WriteString(f, content)
		return f.Commit()
	}
	if info, err := write("one", DirOptions{}); err != nil || info.Bytes != 3 || info.Name != "t.csv" {
		t.Fatal(info, err)
	}
	if _, err := write("two", DirOptions{}); !errors.Is(err, ErrOccupied) {
		t.Errorf("got %v", err)
	}
	if _, err := write("two", DirOptions{Overwrite: true, fs: &faulty{fails: map[string]error{"write": syscall.ENOSPC}}}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	if got := contents(t, parent); len(got) != 1 || got["t.csv"] != "one" {
		t.Errorf("got %v", got)
	}
	if _, err := write("two", DirOptions{Overwrite: true}); err != nil || contents(t, parent)["t.csv"] != "two" {
		t.Error(err)
	}
	os.Mkdir(filepath.Join(parent, "d"), 0o755)
	if _, err := CreateFile(filepath.Join(parent, "d"), DirOptions{Overwrite: true}); !errors.Is(err, ErrOccupied) {
		t.Errorf("got %v", err)
	}
}

func TestZip(t *testing.T) {
	archive := func(t *testing.T, order []int) []byte {
		parent := t.TempDir()
		final := filepath.Join(parent, "out.zip")
		z, err := CreateZip(final, DirOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer z.Abort()
		var writers []io.WriteCloser
		for i := range 4 {
			w, err := z.Create(fmt.Sprintf("t%d.csv", i))
			if err != nil {
				t.Fatal(err)
			}
			writers = append(writers, w)
		}
		scratch, _ := z.Scratch()
		os.WriteFile(filepath.Join(scratch, "x"), []byte("adopted"), 0o600)
		if err := z.Adopt("t.sqlite", filepath.Join(scratch, "x")); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for i, w := range writers {
				fmt.Fprintf(w, "row of %d\n", i)
			}
		}
		if err := z.Commit(); err == nil {
			t.Error("committed with open entries")
		}
		for _, i := range order {
			fmt.Fprintf(writers[i], "last of %d\n", i)
			if err := writers[i].Close(); err != nil {
				t.Fatal(err)
			}
		}
		put(t, z, "t.parquet", "stored")
		if err := z.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, parent); len(got) != 1 {
			t.Errorf("left: %v", got)
		}
		if files := z.Files(); len(files) != 6 || files[2].Bytes != 37 {
			t.Errorf("got %v", files)
		}
		b, _ := os.ReadFile(final)
		return b
	}
	first := archive(t, []int{0, 1, 2, 3})
	if !bytes.Equal(first, archive(t, []int{3, 1, 0, 2})) {
		t.Error("the archive depends on the order of closing")
	}
	r, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		rc, _ := f.Open()
		b, err := io.ReadAll(rc)
		if err != nil {
			t.Error(err)
		}
		names = append(names, f.Name)
		if f.Name == "t2.csv" && string(b) != "row of 2\nrow of 2\nrow of 2\nlast of 2\n" {
			t.Errorf("got %q", b)
		}
	}
	if want := []string{"t0.csv", "t1.csv", "t2.csv", "t3.csv", "t.sqlite", "t.parquet"}; !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
}

func TestZipFaults(t *testing.T) {
	for _, op := range []string{"write", "open", "mkdir"} {
		t.Run(op, func(t *testing.T) {
			parent := t.TempDir()
			z, err := CreateZip(filepath.Join(parent, "out.zip"), DirOptions{fs: &faulty{fails: map[string]error{op: syscall.ENOSPC}}})
			if err == nil {
				defer z.Abort()
				for i := 0; err == nil && i < 3; i++ {
					var w io.WriteCloser
					if w, err = z.Create(fmt.Sprint(i)); err == nil {
						defer w.Close()
						_, err = w.Write(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
					}
				}
				if err == nil {
					err = z.Commit()
				} else if z.Commit() == nil {
					t.Error("committed after a failure")
				}
				z.Abort()
			}
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("got %v", err)
			}
			if got := contents(t, parent); len(got) != 0 {
				t.Errorf("left: %v", got)
			}
		})
	}
}

func TestWhatIsReadIsNeverReplaced(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	bundle, folder := filepath.Join(parent, "b.zip"), filepath.Join(parent, "tables")
	if err := os.WriteFile(bundle, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bundle, filepath.Join(parent, "link.zip")); err != nil {
		t.Fatal(err)
	}
	if err := written(t, folder, "old", DirOptions{}); err != nil {
		t.Fatal(err)
	}
	reading := func(path string) DirOptions { return DirOptions{Overwrite: true, Inputs: []string{path}} }
	for name, create := range map[string]func() error{
		"a file":           func() error { _, err := CreateFile(bundle, reading(bundle)); return err },
		"an archive":       func() error { _, err := CreateZip(bundle, reading(bundle)); return err },
		"behind a link":    func() error { _, err := CreateFile(bundle, reading(filepath.Join(parent, "link.zip"))); return err },
		"a folder":         func() error { _, err := CreateDir(folder, reading(folder)); return err },
		"a file's folder":  func() error { _, err := CreateDir(folder, reading(filepath.Join(folder, PackageName))); return err },
		"a missing file's": func() error { _, err := CreateDir(folder, reading(filepath.Join(folder, "gone.csv"))); return err },
	} {
		var told *OutputError
		if err := create(); !errors.Is(err, ErrInput) || !errors.As(err, &told) || told.Cure == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := written(t, folder, "new", reading(bundle)); err != nil {
		t.Errorf("an input elsewhere: %v", err)
	}
	if got := contents(t, parent)["b.zip"]; got != "precious" {
		t.Errorf("the bundle is %q", got)
	}
}
