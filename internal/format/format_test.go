package format

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoldens keeps the bytes of the line formats.
func TestGoldens(t *testing.T) {
	samples := hostile()
	short := samples[0].rows[:len(samples[0].rows)-1]
	samples[0].rows = short
	for _, f := range All() {
		if f.Line == nil {
			continue
		}
		for _, s := range []sample{samples[0], samples[1], samples[4]} {
			enc := f.Line(s.schema, Options{Guard: true})
			got := enc.AppendHeader(nil)
			for _, r := range s.rows {
				got = enc.AppendRow(got, rowOf(r...))
			}
			golden(t, strings.TrimPrefix(s.schema.Name, "Root~")+f.Ext, got)
		}
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	a, b := bufio.NewScanner(bytes.NewReader(got)), bufio.NewScanner(bytes.NewReader(want))
	for line := 1; a.Scan() && b.Scan(); line++ {
		if a.Text() != b.Text() {
			t.Fatalf("%s:%d: got %q, want %q", name, line, a.Text(), b.Text())
		}
	}
	t.Fatalf("%s: the length differs", name)
}

func TestLookup(t *testing.T) {
	for _, name := range []string{"csv", "CSV", ".csv", " xlsx "} {
		if f, err := Lookup(name); err != nil || !strings.Contains(strings.ToLower(name), f.Name) {
			t.Errorf("%q: %v, %v", name, f.Name, err)
		}
	}
	for name, want := range map[string]string{
		"cvs": "did you mean csv?", "excel": "did you mean xlsx?", "parqet": "did you mean parquet?", "json": "did you mean jsonl?",
		"pdf": "known: csv, tsv, jsonl, parquet, xlsx, sqlite", "sqlit": "did you mean sqlite?", "": "known:",
	} {
		if _, err := Lookup(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, f := range All() {
		if (f.Line == nil) == (f.Open == nil) || f.Ext[0] != '.' || f.MediaType == "" || f.Summary == "" {
			t.Errorf("%s is not whole", f.Name)
		}
	}
}

func TestOptionsAreValidated(t *testing.T) {
	f, _ := Lookup("csv")
	for _, o := range []Options{
		{Separator: '"'}, {Separator: '\''}, {Separator: '\n'}, {Separator: 'a'}, {Separator: 0xe9}, {Separator: 1}, {Compression: "lzma"},
		{SheetRows: 1}, {SheetRows: maxSheetRows + 1}, {SheetColumns: -1},
	} {
		if _, err := f.OpenSet(nil, "", o); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
}

func TestRowsOfAnotherWidthAreRefused(t *testing.T) {
	for _, name := range []string{"parquet", "xlsx", "sqlite"} {
		f, _ := Lookup(name)
		dir := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{})
		set, err := f.OpenSet(dir, "x", Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer set.Abort()
		w, err := set.Table(columnsOf("a", "b"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rowOf("1")); err == nil {
			t.Errorf("%s took it", name)
		}
		w.Close()
	}
}

// failing is a data set whose n-th call fails.
type failing struct {
	Dir
	left int
}

var errFull = errors.New("full")

func (f *failing) Create(name string) (io.WriteCloser, error) {
	w, err := f.Dir.Create(name)
	return &failingFile{w, f}, err
}

type failingFile struct {
	io.WriteCloser
	dir *failing
}

func (f *failingFile) Write(b []byte) (int, error) {
	if f.dir.left -= len(b); f.dir.left < 0 {
		return 0, errFull
	}
	return f.WriteCloser.Write(b)
}

func TestWriteErrorsReachTheCaller(t *testing.T) {
	s := hostile()[0]
	for _, f := range All() {
		if f.Name == "sqlite" {
			continue // writes to its own file; see package tabledb
		}
		for _, after := range []int{0, 500, 1_500} {
			t.Run(fmt.Sprintf("%s after %d bytes", f.Name, after), func(t *testing.T) {
				dir := newDir(t, filepath.Join(t.TempDir(), "out"), DirOptions{NoSync: true})
				err := func() error {
					set, err := f.OpenSet(&failing{dir, after}, "x", Options{})
					if err != nil {
						return err
					}
					defer set.Abort()
					w, err := set.Table(s.schema)
					if err != nil {
						return err
					}
					for i := range 3000 {
						if err := w.Write(rowOf(s.rows[i%(len(s.rows)-1)]...)); err != nil {
							w.Close()
							return err
						}
					}
					if err := w.Close(); err != nil {
						return err
					}
					return set.Close()
				}()
				if !errors.Is(err, errFull) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}
