package xmltable

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"retable/internal/xmltok"
)

// The generator draws documents in two ways: by a random grammar, as real
// formats are (records that repeat, optional parts, wrappers, recursion), and
// freely from very few names, where everything clashes with everything.

// kindOf is an element of a random grammar.
type kindOf struct {
	name  xmltok.Name
	attrs []xmltok.Name
	kids  []kidOf
	text  int // 0 none, 1 always, 2 sometimes
	mixed bool
}

type kidOf struct {
	kind *kindOf
	most int // 1: optional; more: repeats
	sure bool
}

var genSpaces = []xmltok.Name{
	{}, {}, {}, {}, {}, {Space: "urn:1"}, {Space: "urn:1", Prefix: "p"}, {Space: "urn:2", Prefix: "q"}, {Space: "urn:2", Prefix: "p"},
}

func genName(t *rapid.T, locals []string) xmltok.Name {
	n := rapid.SampledFrom(genSpaces).Draw(t, "space")
	n.Local = rapid.SampledFrom(locals).Draw(t, "local")
	return n
}

var genAttrNames = []xmltok.Name{
	{Local: "id"}, {Local: "x"}, {Local: "_k"}, {Local: "é"}, {Local: "x", Space: "urn:1", Prefix: "p"}, {Local: "x", Space: "urn:2", Prefix: "q"},
	{Local: "nil", Space: xsiSpace, Prefix: "xsi"}, {Local: "space", Space: xmlSpace, Prefix: "xml"},
	{Local: "schemaLocation", Space: xsiSpace, Prefix: "xsi"}, {Local: "type"}, {Local: "value"},
}

var genValues = []string{
	"", "", "0", "1", "17", "-3", "007", "3.50", "1e5", "true", "false", "2024-02-29", "2024-02-30", "2024-02-29T10:00:00Z",
	"text", "two words", " edge ", "a,b", "\"quoted\"", "line\nbreak", "tab\there", "cr\rhere", "<&>", "]]>", "=1+1", "日本語", "🙂", "é",
	"[\"json\"]", "a;b", "far" + strings.Repeat(" ", 200) + "apart", strings.Repeat("\t ", 99), "\\", "9007199254740993", "null", "_", "   ", "\n",
}

func genValue(t *rapid.T) string {
	if rapid.IntRange(0, 40).Draw(t, "long") == 40 {
		v := rapid.SampledFrom(genValues[2:]).Draw(t, "piece")
		for len(v) < 300 {
			v += v
		}
		return v
	}
	return rapid.SampledFrom(genValues).Draw(t, "value")
}

func genAttrs(t *rapid.T, of xmltok.Name, names []xmltok.Name) []treeAttr {
	var out []treeAttr
	for _, n := range names {
		if n.Prefix != "" && n.Prefix == of.Prefix && n.Space != of.Space {
			continue // one tag cannot bind a prefix twice
		}
		if !rapid.Bool().Draw(t, "attr") {
			continue
		}
		v := genValue(t)
		switch {
		case n.Space == xsiSpace && n.Local == "nil":
			v = rapid.SampledFrom([]string{"true", "1", "false"}).Draw(t, "nil")
		case n.Space == xmlSpace:
			v = rapid.SampledFrom([]string{"preserve", "preserve", "default"}).Draw(t, "space")
		}
		out = append(out, treeAttr{n, v})
	}
	return out
}

// genGrammar draws a grammar and returns its root.
func genGrammar(t *rapid.T) *kindOf {
	locals := []string{"a", "b", "c", "d", "rec", "item", "_x", "né"}
	kinds := make([]*kindOf, rapid.IntRange(2, 8).Draw(t, "kinds"))
	for i := range kinds {
		k := &kindOf{name: genName(t, locals), text: rapid.IntRange(0, 2).Draw(t, "text")}
		for _, at := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(genAttrNames)-1), 0, 3, rapid.ID[int]).Draw(t, "attrs") {
			k.attrs = append(k.attrs, genAttrNames[at])
		}
		kinds[i] = k
	}
	for i, k := range kinds {
		for range rapid.IntRange(0, 4).Draw(t, "kids") {
			var to int
			if rapid.IntRange(0, 7).Draw(t, "back") == 0 {
				to = rapid.IntRange(0, i).Draw(t, "ancestor")
			} else {
				to = rapid.IntRange(min(i+1, len(kinds)-1), len(kinds)-1).Draw(t, "kid")
			}
			k.kids = append(k.kids, kidOf{
				kinds[to], rapid.SampledFrom([]int{1, 1, 1, 3, 8}).Draw(t, "most"), rapid.Bool().Draw(t, "sure"),
			})
		}
		k.mixed = rapid.IntRange(0, 7).Draw(t, "mixed") == 0
	}
	return kinds[0]
}

// genTree draws a document of a grammar. budget bounds its elements.
func genTree(t *rapid.T, k *kindOf, depth int, budget *int) *tree {
	e := &tree{name: k.name, attrs: genAttrs(t, k.name, k.attrs)}
	*budget--
	if depth < 9 {
		for _, kid := range k.kids {
			n := 1
			if kid.most > 1 {
				n = rapid.IntRange(0, kid.most).Draw(t, "times")
			} else if !kid.sure && rapid.Bool().Draw(t, "absent") {
				n = 0
			}
			for range n {
				if *budget <= 0 {
					break
				}
				if k.mixed && rapid.Bool().Draw(t, "between") {
					e.addText(genValue(t))
				}
				e.content = append(e.content, genTree(t, kid.kind, depth+1, budget))
			}
		}
	}
	if len(e.kids()) > 1 && rapid.IntRange(0, 5).Draw(t, "swap") == 0 {
		last := len(e.content) - 1
		e.content[0], e.content[last] = e.content[last], e.content[0]
	}
	kids := len(e.kids()) > 0
	switch {
	case kids && k.mixed, !kids && (k.text == 1 || k.text == 2 && rapid.Bool().Draw(t, "some text")):
		e.addText(genValue(t))
	case kids && rapid.IntRange(0, 60).Draw(t, "stray") == 60:
		e.addText("stray")
	}
	return e
}

// genFree draws a document without any grammar.
func genFree(t *rapid.T, depth int, budget *int) *tree {
	e := &tree{name: genName(t, []string{"a", "b", "c"})}
	*budget--
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(genAttrNames)-1), 0, 2, rapid.ID[int]).Draw(t, "attrs") {
		e.attrs = append(e.attrs, genAttrs(t, e.name, genAttrNames[i:i+1])...)
	}
	if depth < 7 {
		for range rapid.IntRange(0, 4).Draw(t, "content") {
			if *budget <= 0 {
				break
			}
			if rapid.IntRange(0, 3).Draw(t, "text") == 0 {
				e.addText(genValue(t))
				continue
			}
			e.content = append(e.content, genFree(t, depth+1, budget))
		}
	}
	if len(e.content) == 0 && rapid.Bool().Draw(t, "leaf text") {
		e.addText(genValue(t))
	}
	return e
}

// genBundle draws some documents, mostly of one kind.
func genBundle(t *rapid.T, most int) []*tree {
	n := rapid.IntRange(1, most).Draw(t, "documents")
	out := make([]*tree, n)
	budget := 120
	if rapid.IntRange(0, 3).Draw(t, "free") == 0 {
		for i := range out {
			out[i] = genFree(t, 0, &budget)
		}
		return out
	}
	g := genGrammar(t)
	for i := range out {
		out[i] = genTree(t, g, 0, &budget)
	}
	return out
}

// genRegular draws a document with many records of one shape, the last ones
// sometimes with something new.
func genRegular(t *rapid.T) *tree {
	g := genGrammar(t)
	root := &tree{name: xmltok.Name{Local: "root"}}
	if rapid.Bool().Draw(t, "header") {
		root.content = append(root.content, &tree{name: xmltok.Name{Local: "header"}, content: []any{genValue(t)}})
	}
	record := func() *tree {
		budget := 8
		return genTree(t, g, 4, &budget)
	}
	shapes := []*tree{record(), record()}
	for range rapid.IntRange(8, 30).Draw(t, "records") {
		if rapid.IntRange(0, 40).Draw(t, "other") == 40 {
			root.content = append(root.content, record())
			continue
		}
		root.content = append(root.content, rapid.SampledFrom(shapes).Draw(t, "shape").clone())
	}
	if rapid.Bool().Draw(t, "trailer") {
		root.content = append(root.content, &tree{name: xmltok.Name{Local: "trailer"}, content: []any{genValue(t)}})
	}
	return root
}

// docsOf writes trees as documents, each in its own cosmetic way.
func docsOf(t *rapid.T, trees []*tree) []doc {
	docs := make([]doc, len(trees))
	for i, e := range trees {
		s := plainStyle()
		if rapid.Bool().Draw(t, "cosmetic") {
			s = cosmeticStyle(rapid.Uint64().Draw(t, "seed"), e)
		}
		docs[i] = doc{fmt.Sprintf("%02d.xml", i), s.xml(e)}
	}
	return docs
}

// genOptions draws a plan's options.
func genOptions(t *rapid.T) Options {
	return Options{
		Mode:    rapid.SampledFrom([]Mode{Flat, Flat, Relational}).Draw(t, "mode"),
		Lineage: rapid.SampledFrom([]Lineage{LineageNone, LineageLine, LineageFull}).Draw(t, "lineage"),
		Lists:   rapid.SampledFrom([]ListForm{ListJSON, ListJSON, ListJoin, ListSpread}).Draw(t, "lists"),
		Join:    rapid.SampledFrom([]string{";", ", ", "a"}).Draw(t, "join"),
	}
}
