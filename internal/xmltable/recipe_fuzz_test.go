package xmltable

import (
	"bytes"
	"testing"
)

// FuzzRecipe reads recipes that people have edited: one that is taken is
// written and read again the same, and a plan by it has columns, or is refused.
func FuzzRecipe(f *testing.F) {
	const doc = `<l><r id="1"><a>x</a><b><c>1</c><c>2</c></b></r><r id="2"><a/></r></l>`
	for _, text := range []string{
		`{"retable":"FORMAT"}`, `[]`, `{"retable":"FORMAT","mode":"relational","records":["/l/r"]}`, `{"retable":"FORMAT","mode":"flat","lists":"join","separator":";"}`,
		`{"retable":"FORMAT","explode":["/l/r/b/c"],"tables":{"l.r":[{"name":"@id","xpath":"@id"},{"name":"\u0000","form":"x"}]}}`,
	} {
		f.Add(bytes.Replace([]byte(text), []byte("FORMAT"), []byte(RecipeFormat), 1))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRecipe(raw)
		if err != nil {
			return
		}
		written, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRecipe(written)
		if err != nil {
			t.Fatalf("%q was taken, written as %q and refused: %v", raw, written, err)
		}
		if twice, err := again.Marshal(); err != nil || !bytes.Equal(written, twice) {
			t.Fatalf("%q becomes %q (%v)", written, twice, err)
		}
		o, err := r.Options(Options{Recipe: r})
		if err != nil {
			t.Fatal(err)
		}
		pl, err := NewPlan(profileOf(t, doc), o)
		if err != nil {
			return
		}
		for _, tb := range pl.Tables {
			if len(tb.Schema.Columns) == 0 {
				t.Fatalf("a table without columns by %q", raw)
			}
		}
		if _, err := pl.Recipe().Marshal(); err != nil {
			t.Fatal(err)
		}
	})
}
