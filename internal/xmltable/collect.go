package xmltable

import (
	"strconv"
	"strings"

	"retable/internal/table"
)

// collector turns the inside of one row, or the scalars of one ancestor of
// rows, into columns in trie preorder: attributes, text, children.
type collector struct {
	*flat
	table  *Table      // of the row, or
	spine  *spineScope // the ancestor
	branch *Node       // child of the ancestor that is being walked
	group  *group      // innermost repeating element
	depth  int         // repeating elements around
	rows   []placed    // rows found inside an ancestor's scalars
	tops   []*group    // repeating elements not inside others
}

// record plans the inside of a row element.
func (c *collector) record(s *step, n *Node) {
	if n.isMixed() {
		c.mixed(s, n, "")
		return
	}
	c.attributesAndText(s, n, "")
	c.children(s, n, "")
}

func (c *collector) children(s *step, n *Node, prefix string) {
	for _, k := range n.elements() {
		if c.spine != nil && c.besideRow(k) {
			c.rows = append(c.rows, placed{s, k})
			continue
		}
		s.adopt(k, c.element(k, prefix))
	}
}

// element plans an element inside a row; prefix is its parent's path from
// the row with a closing slash.
func (c *collector) element(n *Node, prefix string) *step {
	s := c.newStep(n)
	path := prefix + c.names.of(n)
	if n.Repeats() || n.Name.Local == wildcard {
		path += "[*]"
		outer := c.group
		s.group = c.openGroup(n)
		c.group = s.group
		c.depth++
		defer func() {
			c.closeGroup(s.group)
			c.group = outer
			c.depth--
			if outer != nil {
				outer.all = append(outer.all, s.group.all...)
			}
		}()
	}
	switch {
	case n.reenters() != nil || n.Name.Local == wildcard:
		s.open = openJSON
		s.text = c.put(c.newWhole(n), path, table.JSON)
		c.cover(s, n, true)
		s.inner, s.scoped = c.covered(n), scoped(n)
	case n.isMixed():
		s.open = openXML
		c.mixed(s, n, path+"/")
	default:
		c.attributesAndText(s, n, path+"/")
		c.children(s, n, path+"/")
		s.simple = s.group == nil
	}
	return s
}

// mixed plans mixed content: its string value and its inner XML. What lies
// inside is covered by them.
func (c *collector) mixed(s *step, n *Node, prefix string) {
	c.attributes(s, n, prefix)
	s.text = c.put(c.newWhole(n), ownPath(prefix), table.Scalar)
	s.xml = c.put(c.newWhole(n), prefix+"#xml", table.XML)
	s.inner, s.scoped = c.covered(n), scoped(n)
	c.cover(s, n, false)
}

func (c *collector) attributes(s *step, n *Node, prefix string) {
	for _, a := range n.attributes() {
		v := c.newValue(a, false)
		if !v.skip {
			c.put(v, prefix+"@"+c.names.of(a), table.Scalar)
		}
		s.atts[keyOf(a)] = v
	}
}

func (c *collector) attributesAndText(s *step, n *Node, prefix string) {
	c.attributes(s, n, prefix)
	if n.textMatters() {
		v := c.newValue(n, true)
		v.late = n.Mixed > 0
		s.text = c.put(v, ownPath(prefix), table.Scalar)
	}
}

// ownPath is the header of an element's own text: its path, or . for the
// row's.
func ownPath(prefix string) string {
	if prefix == "" {
		return "."
	}
	return strings.TrimSuffix(prefix, "/")
}

// put gives a value its column.
func (c *collector) put(v *value, name string, form table.Form) *value {
	col := table.Column{
		Name: escapeOwn(name), XPath: escapeOwn(strings.ReplaceAll(name, "[*]", "")),
		Path: pathOf(v.node), Form: form, Type: table.Text,
	}
	if form == table.Scalar && v.id >= 0 && v.node.text != nil {
		col.Type = v.node.text.columnType()
	}
	shows := v.id
	v.table = c.table
	if v.late {
		shows = -1
	}
	if c.group != nil {
		return c.putList(v, col)
	}
	if c.spine != nil {
		// names stay relative to the ancestor: escaping is for the row's
		col.Name, col.XPath = name, strings.ReplaceAll(name, "[*]", "")
		col.Stats = c.stats(v)
		v.col = len(c.spine.cells)
		c.spine.cells = append(c.spine.cells, spineCell{col, v, c.branch})
		return v
	}
	col.Stats = c.stats(v)
	v.col = c.table.addColumn(col, shows)
	return v
}

func (c *collector) stats(v *value) *table.Stats {
	switch {
	case v.whole != nil:
		return v.whole
	case v.node.text == nil:
		return &table.Stats{}
	}
	return v.node.text.stats(0)
}

// putList gives a value inside a repeating element a list column.
func (c *collector) putList(v *value, col table.Column) *value {
	l := &column{id: len(c.columns), depth: c.depth, group: c.group.id, raw: col.Form == table.JSON, form: ListJSON}
	if c.depth == 1 && !l.raw {
		switch c.options.Lists {
		case ListJoin:
			l.form, l.sep = ListJoin, c.options.Join
		case ListSpread:
			if c.group.most <= maxSpread {
				l.form, l.k = ListSpread, int(c.group.most)
			}
		}
	}
	if l.form != ListJoin {
		col.Form = table.List
	}
	col.Stats = c.stats(v)
	v.list, v.late = l, true
	c.columns = append(c.columns, l)
	c.group.direct = append(c.group.direct, l)
	c.group.all = append(c.group.all, l)
	if l.form == ListSpread {
		c.group.pending = append(c.group.pending, pendingColumn{l, col})
		return v
	}
	l.col = c.place(v, col)
	return v
}

// place appends a list's column to the table or the ancestor's cells.
func (c *collector) place(v *value, col table.Column) int {
	if c.spine == nil {
		return c.table.addColumn(col, -1)
	}
	c.spine.cells = append(c.spine.cells, spineCell{col, v, c.branch})
	return len(c.spine.cells) - 1
}

type pendingColumn struct {
	list *column
	col  table.Column
}

func (c *collector) openGroup(n *Node) *group {
	g := &group{id: len(c.groups), most: n.Max}
	c.groups = append(c.groups, g)
	if c.group != nil {
		c.group.nested = append(c.group.nested, g)
	} else {
		c.tops = append(c.tops, g)
	}
	return g
}

// closeGroup lays out spread columns, occurrence by occurrence.
func (c *collector) closeGroup(g *group) {
	for i := range int(g.most) {
		for _, p := range g.pending {
			col := p.col
			col.Form = table.Scalar
			col.Name = strings.Replace(col.Name, "[*]", "["+strconv.Itoa(i+1)+"]", 1)
			col.XPath = col.Name
			at := c.place(&value{list: p.list, text: true}, col)
			if i == 0 {
				p.list.col = at
				p.list.stride = len(g.pending)
			}
		}
	}
	g.pending = nil
}
