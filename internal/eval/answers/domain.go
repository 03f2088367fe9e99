package answers

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// kind is what a column holds.
type kind int

const (
	category kind = iota // few different words
	label                // a name of its own for nearly every row
	whole                // an integer
	money                // a decimal with two digits
	day                  // a date
	yesno                // true or false
)

// column is a column of an entity: how the XML and how people call it.
type column struct {
	xml, said string
	kind      kind
	words     []string // of a category
	top       int      // numbers lie in 0..top
	sparse    bool     // every fifth row has none

	most, least string // what the row with the greatest and the smallest number is called
}

// entity is a kind of row.
type entity struct {
	xml, one, many string
	key            string // XML name of the id attribute
	prefix         string // of ids
	columns        []column
	child          *entity

	rows []row
}

// row is one drawn row; a missing cell has no value.
type row struct {
	id     string
	cells  map[string]string // by XML name
	parent int
}

// domain is a schema with its rows.
type domain struct {
	name    string
	heldOut bool
	root    string
	main    *entity
}

func (e *entity) of(kinds ...kind) []*column {
	var out []*column
	for i := range e.columns {
		for _, k := range kinds {
			if e.columns[i].kind == k {
				out = append(out, &e.columns[i])
			}
		}
	}
	return out
}

// draw fills the entity with rows, and its child with some for each of them.
func (e *entity) draw(r *rand.Rand, n int) {
	for i := range n {
		e.rows = append(e.rows, e.row(r, len(e.rows), i))
	}
	if e.child == nil {
		return
	}
	for i := range e.rows {
		for range r.IntN(4) {
			e.child.rows = append(e.child.rows, e.child.row(r, len(e.child.rows), i))
		}
	}
}

func (e *entity) row(r *rand.Rand, n, parent int) row {
	x := row{id: fmt.Sprintf("%s-%04d", e.prefix, n+1), cells: map[string]string{}, parent: parent}
	for _, c := range e.columns {
		if !c.sparse || r.IntN(5) > 0 {
			x.cells[c.xml] = c.value(r)
		}
	}
	return x
}

func (c *column) value(r *rand.Rand) string {
	switch c.kind {
	case category:
		return c.words[min(r.IntN(len(c.words)), r.IntN(len(c.words)))]
	case label:
		return pick(r, firsts) + " " + pick(r, seconds) + fmt.Sprintf(" %d", 100+r.IntN(9000))
	case whole:
		return fmt.Sprint(r.IntN(c.top + 1))
	case money:
		return fmt.Sprintf("%d.%02d", r.IntN(c.top), r.IntN(100))
	case day:
		return fmt.Sprintf("%d-%02d-%02d", 2021+r.IntN(4), 1+r.IntN(12), 1+r.IntN(28))
	}
	return fmt.Sprint(r.IntN(3) > 0)
}

var (
	firsts  = []string{"Amber", "Birch", "Cobalt", "Dusk", "Ember", "Fern", "Granite", "Harbor", "Indigo", "Juniper"}
	seconds = []string{"Arrow", "Brook", "Crest", "Delta", "Field", "Grove", "Hollow", "Island", "Junction", "Knoll"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// xmlOf writes the domain as one document: attributes for the first category
// and the key, elements for the rest, children nested.
func (d *domain) xmlOf() string {
	var b strings.Builder
	b.WriteString("<" + d.root + ">\n")
	for i := range d.main.rows {
		d.main.write(&b, i, 1)
	}
	b.WriteString("</" + d.root + ">\n")
	return b.String()
}

func (e *entity) write(b *strings.Builder, n, depth int) {
	indent := strings.Repeat(" ", depth)
	x := e.rows[n]
	fmt.Fprintf(b, "%s<%s %s=%q", indent, e.xml, e.key, x.id)
	attribute := ""
	if c := e.of(category); len(c) > 0 {
		attribute = c[0].xml
		if v, ok := x.cells[attribute]; ok {
			fmt.Fprintf(b, " %s=%q", lower(attribute), v)
		}
	}
	b.WriteString(">")
	for _, c := range e.columns {
		if v, ok := x.cells[c.xml]; ok && c.xml != attribute {
			fmt.Fprintf(b, "<%s>%s</%s>", c.xml, v, c.xml)
		}
	}
	if e.child != nil {
		for i := range e.child.rows {
			if e.child.rows[i].parent == n {
				b.WriteString("\n")
				e.child.write(b, i, depth+1)
			}
		}
	}
	fmt.Fprintf(b, "</%s>\n", e.xml)
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
