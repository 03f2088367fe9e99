package xmltable

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"retable/internal/xmltok"
)

// FuzzConvert reads arbitrary bytes: nothing panics, the proof holds for
// whatever was read in every form, the tables give the document back, and one
// pass agrees with two. The golden documents are its seeds.
func FuzzConvert(f *testing.F) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no goldens", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range txtar.Parse(raw).Files {
			if part.Name != "tables" {
				f.Add(part.Data, uint16(len(part.Data)))
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, choice uint16) {
		tok := xmltok.Options{
			Limits:   xmltok.Limits{MaxDepth: 200, EntityBytes: 1 << 16},
			Entities: xmltok.EntityPolicy(choice % 3),
		}
		if choice&4 != 0 {
			tok.Window = 97
		}
		docs := []doc{{"fuzz.xml", string(raw)}}
		s := setup{tok: tok, opts: Options{Lists: ListForm(choice >> 3 % 3), Join: ";", Lineage: Lineage(choice >> 5 % 3)}}
		flat := mustConvert(t, s, docs)
		s.opts.Mode = Relational
		relational := mustConvert(t, s, docs)
		if fp := flat.profiles[0]; fp.Err == nil && len(fp.Warnings) == 0 {
			model, err := readTree(string(raw), tok)
			if err != nil {
				t.Fatalf("a second reading fails: %v", err)
			}
			docs, _, err := rebuild(relational.plans[0], relational.rows.rows)
			if err != nil {
				t.Fatal(err)
			}
			if d := differs(model, docs["1"], false, ""); d != "" {
				t.Errorf("the tables do not give the document back: %s", d)
			}
		}
		s.opts.Mode = Flat
		if len(raw) > 0 {
			cut := 1 + int(choice)%len(raw)
			onePass(t, s, docs, cut, int(choice>>4)%(len(raw)-cut+1))
		}
	})
}

func mustConvert(t *testing.T, s setup, docs []doc) *conversion {
	t.Helper()
	c, err := s.convert(docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.proofs {
		if !p.Holds() {
			t.Errorf("%s: the proof does not hold: %+v", s.opts.Mode, p)
		}
	}
	return c
}
