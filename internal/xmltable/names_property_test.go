package xmltable

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/table"
	"retable/internal/xmltok"
)

func xsiName(local string) xmltok.Name {
	return xmltok.Name{Space: xsiSpace, Prefix: "xsi", Local: local}
}

// TestColumnsKeepTheirNamesWhenDataIsAdded is the claim that no other data
// renames a column: whatever attributes, elements and occurrences are added
// inside the records, every old identity is still there and still means the
// same path.
func TestColumnsKeepTheirNamesWhenDataIsAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genRegular(t)
		e.walk(func(e *tree) {
			if len(e.kids()) > 0 { // mixed content has a rule of its own, see below
				e.content = slices.DeleteFunc(e.content, func(c any) bool { _, is := c.(string); return is })
			}
		})
		if nested(e, map[xmltok.Name]bool{}) {
			t.Skip("a name inside itself may turn out to be recursion, see below")
		}
		docs := []doc{{"a.xml", plainStyle().xml(e)}}
		s := setup{opts: Options{Lists: rapid.SampledFrom([]ListForm{ListJSON, ListJoin}).Draw(t, "lists"), Join: ";"}}
		before, err := s.convert(docs)
		if err != nil {
			t.Fatal(err)
		}
		if before.plans[0].Choice.Records[0].Parent == nil {
			t.Skip("the document is the record")
		}
		s.opts.Records = before.plans[0].Choice.Paths()
		docs = append(docs, doc{"b.xml", plainStyle().xml(grown(t, e))})
		after, err := s.convert(docs)
		if err != nil {
			t.Fatal(err)
		}
		missing(t, before.plans[0], after.plans[0], docs)
	})
}

func missing(t *rapid.T, before, after *Plan, docs []doc) {
	was, is := &before.Tables[0].Schema, &after.Tables[0].Schema
	if was.Name != is.Name {
		t.Fatalf("table %s became %s", was.Name, is.Name)
	}
	for _, c := range was.Columns {
		if c.Role == table.Bookkeeping {
			continue
		}
		at := slices.IndexFunc(is.Columns, func(d table.Column) bool { return d.XPath == c.XPath })
		if at < 0 {
			t.Fatalf("column %s is gone\n%+v", c.XPath, docs)
		}
		if is.Columns[at].Path != c.Path {
			t.Fatalf("column %s was %s and is %s\n%+v", c.XPath, c.Path, is.Columns[at].Path, docs)
		}
	}
}

// grown returns a document with more of everything inside its records.
func grown(t *rapid.T, e *tree) *tree {
	e = e.clone()
	for i, k := range e.kids() {
		if k.name.Local == "header" || k.name.Local == "trailer" {
			continue
		}
		var all []*tree
		k.walk(func(e *tree) { all = append(all, e) })
		for range rapid.IntRange(0, 2).Draw(t, "additions") {
			at := rapid.SampledFrom(all).Draw(t, "at")
			if len(at.kids()) == 0 && strings.Trim(at.ownText(), whiteSpace) != "" {
				at.attrs = append(at.attrs, treeAttr{xmltok.Name{Local: "new" + string(rune('a'+i%26)) + string(rune('a'+len(at.attrs)))}, genValue(t)})
				continue
			}
			if kids := at.kids(); len(kids) > 0 && rapid.Bool().Draw(t, "again") {
				at.content = append(at.content, rapid.SampledFrom(kids).Draw(t, "kid").clone())
				continue
			}
			at.content = append([]any{&tree{name: xmltok.Name{Local: rapid.SampledFrom([]string{"new", "_new", "more"}).Draw(t, "name")}, content: []any{genValue(t)}}}, at.content...)
		}
	}
	return e
}

// nested reports whether an element lies inside one of its own name.
func nested(e *tree, around map[xmltok.Name]bool) bool {
	name := e.name
	name.Prefix = ""
	if around[name] {
		return true
	}
	around[name] = true
	defer delete(around, name)
	return slices.ContainsFunc(e.kids(), func(k *tree) bool { return nested(k, around) })
}

// TestWhatDoesChangeColumns lists the exceptions: data that changes not how
// much there is of an element, but what it is.
func TestWhatDoesChangeColumns(t *testing.T) {
	const old = `<r><a><p><b>1</b></p></a><a><p><b>2</b></p></a></r>`
	for _, c := range []struct {
		name, more, gone string
	}{
		{"mixed content swallows its elements", `<r><a><p>text <b>1</b></p></a></r>`, "p/b"},
		{"recursion becomes a cell", `<r><a><p><b>1</b><p><b>2</b><p/></p></p></a></r>`, ""},
		{"an attribute changes nothing", `<r><a><p x="1"><b>1</b></p></a></r>`, ""},
		{"a repeat changes nothing", `<r><a><p><b>1</b><b>2</b></p><p/></a></r>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setup{opts: Options{Records: []string{"/r/a"}}}
			got, err := s.convert([]doc{{"old.xml", old}, {"more.xml", c.more}})
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, col := range got.plans[0].Tables[0].Schema.Columns {
				have = append(have, col.XPath)
			}
			if slices.Contains(have, "p/b") == (c.gone == "p/b") {
				t.Errorf("columns are %v", have)
			}
		})
	}
}
