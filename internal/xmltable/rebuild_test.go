package xmltable

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"retable/internal/xmltok"
)

// rebuilder is the inverse of relational mode: from rows by _id, _parent_id,
// _ord and _order, folded children by column order, and inner XML spliced in,
// it makes the documents again. It knows the plan, and of the documents
// nothing but their rows.
type rebuilder struct {
	plan *Plan
	rows map[string]map[string][]int // table -> parent id -> rows
	data map[string][][]string
	byID map[string]*tree // what each row became

	paths map[*step]string
}

// rebuild returns the documents of a plan by _file_id.
func rebuild(pl *Plan, data map[string][][]string) (docs map[string]*tree, byID map[string]*tree, err error) {
	b := &rebuilder{plan: pl, rows: map[string]map[string][]int{}, data: data, byID: map[string]*tree{}}
	for _, t := range pl.Tables {
		at := map[string][]int{}
		for i, r := range data[t.Schema.Name] {
			parent := r[t.own.parent]
			if t.own.parentTable >= 0 && parent != null {
				parent += " " + r[t.own.parentTable]
			}
			at[parent] = append(at[parent], i)
		}
		b.rows[t.Schema.Name] = at
	}
	docs = map[string]*tree{}
	root := pl.Tables[pl.root.table]
	for _, i := range b.rows[root.Schema.Name][null] {
		r := data[root.Schema.Name][i]
		e, _, err := b.element(pl.root, rowRef{root, r})
		if err != nil {
			return nil, nil, err
		}
		docs[r[root.own.fileID]] = e
	}
	return docs, b.byID, nil
}

type rowRef struct {
	table *Table
	cells []string
}

func (r rowRef) id() string { return r.cells[r.table.own.id] }

// element makes the element of a step whose values stand in a row; present
// tells whether anything shows that it was there.
func (b *rebuilder) element(s *step, row rowRef) (e *tree, present bool, err error) {
	e = &tree{name: s.node.Name}
	if s.open == openRow {
		present = true
		b.byID[row.id()] = e
		if at := row.table.own.name; at >= 0 {
			e.name = xmltok.Name{Local: row.cells[at]}
		}
	}
	for _, v := range s.atts {
		if v.skip {
			continue
		}
		if c := row.cells[v.col]; c != null {
			present = true
			e.attrs = append(e.attrs, treeAttr{v.node.Name, c})
		}
	}
	if s.xml != nil {
		if c := row.cells[s.xml.col]; c != null {
			inner, err := splice(s.node, c)
			if err != nil {
				return nil, false, fmt.Errorf("%s: %w", pathOf(s.node), err)
			}
			e.content, e.exact = inner.content, true
			return e, true, nil
		}
	}
	if s.text != nil {
		if c := row.cells[s.text.col]; c != null {
			present = true
			e.addText(c)
		}
	}
	kids, err := b.children(s, row)
	if err != nil {
		return nil, false, err
	}
	for _, k := range kids {
		e.content = append(e.content, k)
	}
	return e, present || len(kids) > 0, nil
}

// children returns an element's children in order: rows at their _ord, what
// is part of the row in between.
func (b *rebuilder) children(s *step, row rowRef) ([]*tree, error) {
	folded := map[string]*tree{}
	var ranks []int
	names := map[int]string{}
	rows := map[int]*tree{}
	for _, k := range s.kids {
		switch {
		case k.covered:
		case k.open == openRow:
			t := b.plan.Tables[k.table]
			parent := row.id()
			if t.own.parentTable >= 0 {
				parent += " " + row.table.Schema.Name
			}
			for _, i := range b.rows[t.Schema.Name][parent] {
				r := b.data[t.Schema.Name][i]
				e, _, err := b.element(k, rowRef{t, r})
				if err != nil {
					return nil, err
				}
				ord, err := strconv.Atoi(r[t.own.ord])
				if err != nil {
					return nil, err
				}
				if rows[ord] != nil {
					return nil, fmt.Errorf("%s: two rows at _ord %d", pathOf(s.node), ord)
				}
				rows[ord] = e
			}
		default:
			e, present, err := b.element(k, row)
			if err != nil {
				return nil, err
			}
			if present {
				folded[k.name] = e
				ranks = append(ranks, k.rank)
				names[k.rank] = k.name
			}
		}
	}
	sort.Ints(ranks)
	var order []string
	for _, r := range ranks {
		order = append(order, names[r])
	}
	if noted, err := b.order(s, row); err != nil {
		return nil, err
	} else if noted != nil {
		order = noted
	}
	if len(order) != len(folded) {
		return nil, fmt.Errorf("%s: _order lists %v for %d elements", pathOf(s.node), order, len(folded))
	}
	var out []*tree
	for len(out) < len(folded)+len(rows) {
		if e := rows[len(out)+1]; e != nil {
			out = append(out, e)
			continue
		}
		if len(order) == 0 {
			return nil, fmt.Errorf("%s: no child stands at position %d of %d", pathOf(s.node), len(out)+1, len(folded)+len(rows))
		}
		e := folded[order[0]]
		if e == nil {
			return nil, fmt.Errorf("%s: _order lists %s, which has no values", pathOf(s.node), order[0])
		}
		out, order = append(out, e), order[1:]
	}
	return out, nil
}

// order reads what _order says about an element's folded children.
func (b *rebuilder) order(s *step, row rowRef) ([]string, error) {
	c := row.cells[row.table.own.order]
	if c == null {
		return nil, nil
	}
	var orders map[string][]string
	if err := json.Unmarshal([]byte(c), &orders); err != nil {
		return nil, fmt.Errorf("_order %q: %w", c, err)
	}
	return orders[b.pathInRow(s)], nil
}

// pathInRow is a step's path below its row, as _order names it.
func (b *rebuilder) pathInRow(s *step) string {
	if b.paths == nil {
		b.paths = map[*step]string{}
		var walk func(s *step, path string)
		walk = func(s *step, path string) {
			if _, seen := b.paths[s]; seen {
				return
			}
			if s.open == openRow {
				path = "."
			}
			b.paths[s] = path
			for _, k := range s.kids {
				walk(k, strings.TrimPrefix(path+"/"+k.name, "./"))
			}
		}
		walk(b.plan.root, ".")
	}
	return b.paths[s]
}

// splice parses inner XML. What it leaves undeclared was declared outside:
// the dictionary knows by the names around and below the path.
func splice(n *Node, inner string) (*tree, error) {
	var b strings.Builder
	b.WriteString("<x")
	for _, d := range scoped(n) {
		if d.Prefix == "" {
			fmt.Fprintf(&b, " xmlns=%q", d.Space)
		} else if d.Prefix != "xml" {
			fmt.Fprintf(&b, " xmlns:%s=%q", d.Prefix, d.Space)
		}
	}
	e, err := readTree(b.String()+">"+inner+"</x>", xmltok.Options{Entities: xmltok.EntitiesKeep})
	if err != nil {
		return nil, fmt.Errorf("inner XML %q: %w", inner, err)
	}
	e.walk(func(e *tree) { e.exact = true })
	return e, nil
}
