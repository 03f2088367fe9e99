package xmltable

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"retable/internal/xmltok"
)

// tree is an element of a document that a test made or read: the model that
// tables are compared with.
type tree struct {
	name    xmltok.Name
	attrs   []treeAttr
	content []any // string or *tree
	exact   bool  // rebuilt from inner XML: text stands where it stood
	decls   []xmltok.Decl
}

type treeAttr struct {
	name  xmltok.Name
	value string
}

func (e *tree) kids() []*tree {
	var out []*tree
	for _, c := range e.content {
		if k, ok := c.(*tree); ok {
			out = append(out, k)
		}
	}
	return out
}

// ownText is the text directly inside, joined.
func (e *tree) ownText() string {
	var b strings.Builder
	for _, c := range e.content {
		if s, ok := c.(string); ok {
			b.WriteString(s)
		}
	}
	return b.String()
}

func (e *tree) attr(space, local string) (string, bool) {
	for _, a := range e.attrs {
		if a.name.Space == space && a.name.Local == local {
			return a.value, true
		}
	}
	return "", false
}

// walk visits an element and all below it.
func (e *tree) walk(visit func(*tree)) {
	visit(e)
	for _, k := range e.kids() {
		k.walk(visit)
	}
}

// hasMixed reports whether text stands beside elements anywhere.
func (e *tree) hasMixed() bool {
	found := false
	e.walk(func(e *tree) {
		found = found || len(e.kids()) > 0 && strings.Trim(e.ownText(), whiteSpace) != ""
	})
	return found
}

const whiteSpace = " \t\r\n"

// canonical writes an element in the form that tables must preserve:
// expanded names, attributes sorted, schema locations dropped, text beside
// elements without white space and first, other text trimmed unless
// xml:space says preserve, comments and processing instructions gone.
func (e *tree) canonical() string {
	var b strings.Builder
	e.canon(&b, false, 0)
	return b.String()
}

func (e *tree) canon(b *strings.Builder, preserve bool, level int) {
	fmt.Fprintf(b, "%s%s", strings.Repeat(" ", level), Clark(e.name))
	var attrs []string
	for _, a := range e.attrs {
		if a.name.Space == xmlSpace && a.name.Local == "space" {
			preserve = a.value == "preserve"
		}
		if a.name.Space == xsiSpace && strings.HasSuffix(strings.ToLower(a.name.Local), "schemalocation") {
			continue
		}
		attrs = append(attrs, fmt.Sprintf(" %s=%q", Clark(a.name), a.value))
	}
	sort.Strings(attrs)
	b.WriteString(strings.Join(attrs, ""))
	text := e.ownText()
	kids := e.kids()
	switch {
	case len(kids) > 0:
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(whiteSpace, r) }), "")
	case !preserve:
		text = strings.Trim(text, whiteSpace)
	}
	fmt.Fprintf(b, " %q\n", text)
	for _, k := range kids {
		k.canon(b, preserve, level+1)
	}
}

// readTree parses a document into a tree.
func readTree(text string, opts xmltok.Options) (*tree, error) {
	opts.KeepSpace = true
	tok := xmltok.New(opts)
	tok.Reset(strings.NewReader(text))
	top := &tree{}
	open := []*tree{top}
	for {
		t, err := tok.Next()
		if err != nil {
			if kids := top.kids(); len(kids) == 1 && err.Error() == "EOF" {
				return kids[0], nil
			}
			return nil, err
		}
		up := open[len(open)-1]
		switch t.Kind {
		case xmltok.Text:
			up.addText(string(t.Text))
		case xmltok.End:
			open = open[:len(open)-1]
		case xmltok.Start, xmltok.Leaf:
			e := &tree{name: t.Node.Name, decls: t.Node.Decls}
			if t.Node.Overflow {
				e.name = tok.OverflowName()
			}
			for _, a := range t.Attrs {
				e.attrs = append(e.attrs, treeAttr{a.Node.Name, string(a.Value)})
			}
			up.content = append(up.content, e)
			if t.Kind == xmltok.Leaf {
				e.addText(string(t.Text))
				continue
			}
			open = append(open, e)
		}
	}
}

func (e *tree) addText(s string) {
	if s == "" {
		return
	}
	if n := len(e.content); n > 0 {
		if last, ok := e.content[n-1].(string); ok {
			e.content[n-1] = last + s
			return
		}
	}
	e.content = append(e.content, s)
}

func (e *tree) clone() *tree {
	c := &tree{name: e.name, attrs: slices.Clone(e.attrs), decls: e.decls}
	for _, x := range e.content {
		if k, ok := x.(*tree); ok {
			c.content = append(c.content, k.clone())
		} else {
			c.content = append(c.content, x)
		}
	}
	return c
}
