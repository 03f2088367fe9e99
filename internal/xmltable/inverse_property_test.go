package xmltable

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestTablesGiveTheDocumentsBack is the proof by the inverse: what relational
// mode writes is enough to make every document again.
func TestTablesGiveTheDocumentsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trees := genBundle(t, 3)
		docs := docsOf(t, trees)
		s := setup{opts: Options{Mode: Relational}}
		c, err := s.convert(docs)
		if err != nil {
			t.Fatalf("%v\n%+v", err, docs)
		}
		for i := range docs {
			if d := inverse(c, i, trees[i], docs[i].text); d != "" {
				t.Fatalf("document %d: %s\n%s\n%s", i, d, docs[i].text, c.text())
			}
		}
	})
}

// inverse rebuilds one document and tells how it differs from its model.
func inverse(c *conversion, index int, model *tree, text string) string {
	for _, pl := range c.plans {
		if pl.Kind != Clark(model.name) {
			continue
		}
		docs, _, err := rebuild(pl, c.rows.rows)
		if err != nil {
			return err.Error()
		}
		again := docs[fmt.Sprint(index+1)]
		if again == nil {
			return "no row of the root"
		}
		// the model as it stands in the document, layout included
		written, err := readTree(text, setup{}.tok)
		if err != nil {
			return err.Error()
		}
		if model.canonical() != written.canonical() {
			return "the document is not its model: " + firstDifference(model.canonical(), written.canonical())
		}
		return differs(written, again, false, "")
	}
	return "no plan"
}

// TestNotedOrderIsTheSameEveryTime: a way back to an outer element has that
// element's rank, which must not pass for one of the row's own parts.
func TestNotedOrderIsTheSameEveryTime(t *testing.T) {
	const text = `<r><a><x>1</x><y>2</y><a><y>3</y><x>4</x><a><x>5</x></a></a></a><a><x>6</x></a></r>`
	for range 20 {
		c := mustConvert(t, setup{opts: Options{Mode: Relational}}, []doc{{"a.xml", text}})
		if d := inverse(c, 0, mustTree(t, text), text); d != "" {
			t.Fatal(d)
		}
	}
}
