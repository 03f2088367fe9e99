package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"retable/internal/format"
)

// FuzzComparisonRecipes reads recipes that people have edited: those that are
// taken say the same after they were written.
func FuzzComparisonRecipes(f *testing.F) {
	f.Add([]byte(`{"retable":"` + ComparisonFormat + `"}`))
	f.Add([]byte(`[{"retable":"` + ComparisonFormat + `","tables":[]},null]`))
	f.Add([]byte(`{"retable":"x"}{}`))
	f.Add([]byte(" ["))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := ParseComparisonRecipes(raw)
		if err != nil {
			return
		}
		written, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseComparisonRecipes(written)
		if err != nil {
			t.Fatalf("%q was taken, written as %q and refused: %v", raw, written, err)
		}
		if twice, err := json.Marshal(again); err != nil || string(twice) != string(written) {
			t.Fatalf("%q becomes %q (%v)", written, twice, err)
		}
	})
}

// FuzzDataPackage opens a converted folder whose description was changed: its
// tables lie in the folder, or it is refused.
func FuzzDataPackage(f *testing.F) {
	for _, text := range []string{
		`{"retable":{"mode":"flat"},"resources":[{"name":"t","path":"t.csv","format":"csv","schema":{"fields":[{"name":"a","type":"string"}]}}]}`,
		`{"retable":{"mode":"flat"},"resources":[{"name":"t","path":"../../etc/passwd","format":"csv","schema":{"fields":[{"name":"a"}]}}]}`,
		`{"retable":{"mode":"flat"},"resources":[{"name":"t","path":"/etc/passwd"},{"name":"t","path":"C:\\x"}]}`,
		`{"retable":{}}`, `{"retable":null}`, `[]`, ``,
	} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(filepath.Join(dir, format.PackageName), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := readPackage(dir)
		if err != nil || p == nil {
			return
		}
		s, err := packageSide(dir, p)
		if err != nil {
			return
		}
		for name, w := range s.where {
			if rel, err := filepath.Rel(dir, w.path); err != nil || !filepath.IsLocal(rel) {
				t.Fatalf("table %q is read from %q", name, w.path)
			}
		}
	})
}
