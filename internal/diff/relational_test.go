package diff_test

import (
	"archive/zip"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"retable/internal/diff"
	"retable/internal/xmltable"
)

var update = flag.Bool("update", false, "write golden files anew")

// bundleOf converts the files of an archive whose names begin with prefix.
func bundleOf(t *testing.T, ar *txtar.Archive, prefix string, mode xmltable.Options) *memory {
	t.Helper()
	name := filepath.Join(t.TempDir(), strings.Trim(prefix, "/")+".zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for _, f := range ar.Files {
		if path, ok := strings.CutPrefix(f.Name, prefix); ok {
			w, err := z.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(f.Data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return convert(t, name, mode, true)
}

// TestGolden compares the documents below a/ and b/ of each archive in
// testdata and shows files, tables, keys, changes and the waterfall.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			ar := txtar.Parse(raw)
			mode := xmltable.Options{Mode: xmltable.Relational}
			if strings.Contains(string(ar.Comment), "mode: flat") {
				mode = xmltable.Options{Lineage: xmltable.LineageLine}
			}
			res, r := compare(t, bundleOf(t, ar, "a/", mode), bundleOf(t, ar, "b/", mode), diff.Options{})
			got := describe(res, r)
			for i := range ar.Files {
				if ar.Files[i].Name != "report" {
					continue
				}
				if string(ar.Files[i].Data) == got {
					return
				}
				if !*update {
					t.Errorf("got\n%s\nwant\n%s", got, ar.Files[i].Data)
					return
				}
				ar.Files[i].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Error("the archive has no report")
		})
	}
}
