package xmltable

import (
	"testing"

	"pgregory.net/rapid"
)

// TestHashIsEqualExactlyWhereSubtreesAre compares _hash with the canonical
// form of what each row's subtree was: within one document, and between two
// writings of it.
func TestHashIsEqualExactlyWhereSubtreesAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trees := genBundle(t, 2)
		for _, e := range trees {
			if e.hasMixed() {
				t.Skip("inside mixed content white space and the place of text count as well")
			}
		}
		var docs []doc
		for i, e := range trees {
			one := doc{"1.xml", plainStyle().xml(e)}
			other := doc{"2.xml", cosmeticStyle(rapid.Uint64().Draw(t, "seed"), e).xml(e)}
			docs = append(docs, one, other)
			if i == 0 {
				changed := e.clone()
				mutate(t, changed)
				docs = append(docs, doc{"3.xml", cosmeticStyle(1, changed).xml(changed)})
			}
		}
		s := setup{opts: Options{Mode: Relational}}
		c, err := s.convert(docs)
		if err != nil {
			t.Fatal(err)
		}
		byHash, byForm := map[string]string{}, map[string]string{}
		for _, pl := range c.plans {
			_, byID, err := rebuild(pl, c.rows.rows)
			if err != nil {
				t.Fatal(err)
			}
			for _, tb := range pl.Tables {
				for _, r := range c.rows.rows[tb.Schema.Name] {
					hash, form := r[tb.own.hash_], hashedForm(byID[r[tb.own.id]])
					if other, ok := byHash[hash]; ok && other != form {
						t.Fatalf("one hash %s for\n%s\nand\n%s", hash, other, form)
					}
					if other, ok := byForm[form]; ok && other != hash {
						t.Fatalf("two hashes %s and %s for\n%s\n%+v", other, hash, form, docs)
					}
					byHash[hash], byForm[form] = form, hash
				}
			}
		}
	})
}

// hashedForm is the canonical form of a subtree on its own: whether text
// counts verbatim was decided where the document was read.
func hashedForm(e *tree) string {
	verbatim := e.clone()
	verbatim.walk(func(e *tree) {
		for i, a := range e.attrs {
			if a.name.Space == xmlSpace {
				e.attrs[i].name.Local = "was-space"
			}
		}
		e.attrs = append(e.attrs, treeAttr{name: xsiName("own"), value: e.ownText()})
	})
	return verbatim.canonical()
}

// mutate changes one thing of a document that matters.
func mutate(t *rapid.T, e *tree) {
	var all []*tree
	e.walk(func(e *tree) { all = append(all, e) })
	at := rapid.SampledFrom(all).Draw(t, "element")
	switch rapid.IntRange(0, 3).Draw(t, "change") {
	case 0:
		at.attrs = append(at.attrs, treeAttr{name: xsiName("more"), value: "x"})
	case 1:
		if len(at.kids()) == 0 {
			at.content = []any{at.ownText() + "!"}
		}
	case 2:
		if len(at.attrs) > 0 {
			at.attrs = at.attrs[1:]
		}
	case 3:
		if kids := at.kids(); len(kids) > 1 {
			at.content = at.content[:len(at.content)-1]
		}
	}
}
