package xmltable

import (
	"fmt"
	"slices"
	"strings"

	"retable/internal/table"
)

// flat builds the plan of flat mode.
type flat struct {
	*Plan
	names   naming
	records map[*Node]bool // rows of the main table
	base    map[*Node]bool // the records before Explode moved them down
	onSpine map[*Node]bool // strict ancestors of records
	scopes  []*spineScope  // open while walking down
	main    int
}

// spineScope gathers the cells of one ancestor of records.
type spineScope struct {
	step  *step
	node  *Node
	cells []spineCell
}

// spineCell is an ancestor's value: a column of every table below.
type spineCell struct {
	column table.Column // Name relative to the ancestor
	value  *value
	branch *Node // child of the ancestor it lies in, nil for its attributes and text
}

func newFlat(pl *Plan) (*flat, error) {
	b := &flat{Plan: pl, names: naming{}, records: map[*Node]bool{}, base: map[*Node]bool{}, onSpine: map[*Node]bool{}}
	for _, n := range pl.Choice.Records {
		b.records[n], b.base[n] = true, true
	}
	if pl.options.Explode != "" {
		n, err := b.explode(pl.options.Explode)
		if err != nil {
			return nil, err
		}
		b.records = map[*Node]bool{n: true}
	}
	for n := range b.records {
		for a := n.Parent; a != nil; a = a.Parent {
			b.onSpine[a] = true
		}
	}
	return b, nil
}

func (b *flat) explode(path string) (*Node, error) {
	record := b.Choice.Records[0]
	if !strings.HasPrefix(path, "/") {
		path = pathOf(record) + "/" + path
	}
	n := b.profile.find(path)
	if n == nil {
		return nil, &PathError{Path: path, Near: nearest(path, b.profile.allPaths(5000)), Explode: true}
	}
	for a := n.Parent; ; a = a.Parent {
		if a == nil {
			return nil, fmt.Errorf("cannot explode %s: it is not inside the record %s", path, pathOf(record))
		}
		if a == record {
			return n, nil
		}
	}
}

func (b *flat) build() {
	b.main = b.newTable(b.names.tableName(b.mainNode()), b.mainPath())
	if len(b.records) > 1 {
		t := b.Tables[b.main]
		t.own.record = t.addOwn("_record", table.Text)
	}
	b.root = b.walk(b.profile.Root)
	for _, t := range b.Tables {
		b.finish(t)
	}
}

func (b *flat) mainNode() *Node {
	for n := range b.records {
		if len(b.records) == 1 {
			return n
		}
		return n.Parent
	}
	return b.profile.Root
}

func (b *flat) mainPath() string {
	var paths []string
	for n := range b.records {
		paths = append(paths, pathOf(n))
	}
	slices.Sort(paths)
	return strings.Join(paths, " | ")
}

func (b *flat) newTable(name, path string) int {
	b.Tables = append(b.Tables, &Table{
		Schema: table.Schema{Name: name, Kind: b.Kind, Path: path},
		own:    noOwnColumns(),
	})
	return len(b.Tables) - 1
}

// walk plans an element that is a record, an ancestor of records, or rows of
// a table beside them.
func (b *flat) walk(n *Node) *step {
	switch {
	case b.records[n]:
		return b.row(n, b.main, []*Node{n})
	case b.onSpine[n]:
		return b.spineStep(n)
	}
	return b.row(n, b.newTable(b.names.tableName(n), pathOf(n)), []*Node{n})
}

// spineStep plans an ancestor of records: its scalars become ../ columns of
// every table below, so they are gathered before those are planned.
func (b *flat) spineStep(n *Node) *step {
	s := b.newStep(n)
	s.open, s.scope = openSpine, len(b.scopes)
	sc := &spineScope{step: s, node: n}
	b.scopes = append(b.scopes, sc)
	b.spine = max(b.spine, len(b.scopes))
	c := &collector{flat: b, spine: sc}
	c.attributesAndText(s, n, "")
	var below []placed
	for _, k := range n.elements() {
		if b.records[k] || b.onSpine[k] || b.besideRow(k) {
			below = append(below, placed{s, k})
			continue
		}
		c.branch = k
		s.adopt(k, c.element(k, ""))
	}
	s.tops = c.tops
	for _, cell := range sc.cells {
		shows := int32(cell.value.id)
		if cell.value.late || cell.value.list != nil {
			shows = -1
		}
		s.lent = append(s.lent, shows)
	}
	below = append(below, c.rows...)
	shared := b.sharedRow(below)
	for _, at := range below {
		if shared != nil && b.records[at.node] {
			at.parent.adopt(at.node, shared)
			continue
		}
		at.parent.adopt(at.node, b.walk(at.node))
	}
	b.orphans(sc)
	b.scopes = b.scopes[:len(b.scopes)-1]
	return s
}

// placed is a row element waiting below its parent's step.
type placed struct {
	parent *step
	node   *Node
}

// sharedRow plans a group of records as one: their columns are those of all
// of them merged.
func (b *flat) sharedRow(below []placed) *step {
	if len(b.records) < 2 {
		return nil
	}
	var group []*Node
	for _, at := range below {
		if b.records[at.node] {
			group = append(group, at.node)
		}
	}
	if len(group) == 0 {
		return nil
	}
	all := newNode(group[0].Parent, group[0].Name, false)
	all.first, all.Max = group[0].first, 2
	for _, n := range group {
		all.merge(n)
	}
	all.standFor(group)
	return b.row(all, b.main, group)
}

// standFor notes which of the elements that n merges each node below it was
// met in first.
func (n *Node) standFor(group []*Node) {
	n.real = group[0]
	for _, k := range slices.Concat(n.atts, n.kids) {
		var those []*Node
		for _, g := range group {
			if c := g.by[keyOf(k)]; c != nil {
				those = append(those, c)
			}
		}
		if len(those) > 0 {
			k.standFor(those)
		}
	}
}

// besideRow reports whether a child of the spine is rows of a table of its
// own. Inside an exploded record repeats stay lists.
func (b *flat) besideRow(k *Node) bool {
	return (k.Repeats() || k.Name.Local == wildcard) && !b.inBase(k)
}

// inBase reports whether n lies inside the record that was chosen before
// Explode moved the rows down.
func (b *flat) inBase(n *Node) bool {
	for a := n.Parent; a != nil; a = a.Parent {
		if b.base[a] {
			return true
		}
	}
	return false
}

// orphans names the table for ancestors without a single row: their values
// must stand somewhere.
func (b *flat) orphans(sc *spineScope) {
	cells := 0
	for _, s := range b.scopes {
		cells += len(s.cells)
	}
	if cells == 0 {
		return
	}
	if b.options.Explode != "" && (b.base[sc.node] || b.inBase(sc.node)) {
		sc.step.table = b.main // an outer explode: the row stays, its items null
		return
	}
	t := b.newTable(b.names.tableName(sc.node)+"~_without_rows", pathOf(sc.node))
	sc.step.table = t
	b.Tables[t].optional = true
	b.copyAncestors(b.Tables[t], nil)
}

// row plans a record element and its table's columns. rows are the elements
// it stands for.
func (b *flat) row(n *Node, t int, rows []*Node) *step {
	s := b.newStep(n)
	s.open, s.table = openRow, t
	tb := b.Tables[t]
	if n.Name.Local == wildcard {
		tb.own.name = tb.addOwn("_name", table.Text)
	}
	c := &collector{flat: b, table: tb}
	c.record(s, n)
	s.tops = c.tops
	b.copyAncestors(tb, rows)
	return s
}

// copyAncestors adds the ../ columns, nearest ancestor first, and finds out
// which rows must wait for values that come after them. Without rows the
// table shows the innermost ancestor itself.
func (b *flat) copyAncestors(t *Table, rows []*Node) {
	for i := len(b.scopes) - 1; i >= 0; i-- {
		sc := b.scopes[i]
		up := strings.Repeat("../", len(b.scopes)-1-i)
		if len(rows) > 0 {
			up = strings.Repeat("../", depth(rows[0])-depth(sc.node))
		}
		var late []copied
		for from, cell := range sc.cells {
			col := cell.column
			col.Name, col.XPath = up+col.Name, up+col.XPath
			if up == "" {
				col.Name, col.XPath = escapeOwn(col.Name), escapeOwn(col.XPath)
			}
			cp := copied{i, from, t.addColumn(col, -1)}
			t.copies = append(t.copies, cp)
			below := rows
			if len(rows) == 0 && i < len(b.scopes)-1 {
				below = []*Node{b.scopes[len(b.scopes)-1].node}
			}
			if cell.mayFollow(below, sc.node) {
				late = append(late, cp)
			}
		}
		if len(late) > 0 && (len(rows) > 0 || i < len(b.scopes)-1) {
			t.holds = append(t.holds, hold{i, late})
		}
	}
}

// mayFollow reports whether the cell's value may come after a row inside the
// ancestor.
func (c spineCell) mayFollow(rows []*Node, ancestor *Node) bool {
	if c.branch == nil {
		return c.value.text // text beside elements is whole at the end of its element
	}
	if c.value.list != nil {
		return true // a list is whole at the end of its element
	}
	for _, r := range rows {
		branch := r
		for branch.Parent != ancestor {
			branch = branch.Parent
		}
		if branch == c.branch || c.branch.follows(branch) {
			return true
		}
	}
	return false
}

// finish adds the lineage columns. A table of one column gets its rows'
// line, so that an empty row is never a blank line.
func (b *flat) finish(t *Table) {
	lineage := b.options.Lineage
	if lineage == LineageNone && len(t.Schema.Columns) > 1 {
		return
	}
	t.line = true
	if lineage != LineageNone {
		t.own.file = t.addOwn("_file", table.Text)
	}
	t.own.line = t.addOwn("_line", table.Integer)
	if lineage == LineageFull {
		t.own.offset = t.addOwn("_offset", table.Integer)
		t.own.xpath = t.addOwn("_xpath", table.Text)
	}
}

func (pl *Plan) newStep(n *Node) *step {
	pl.steps++
	return &step{id: pl.steps - 1, node: n, table: -1, kids: map[nodeKey]*step{}, atts: map[nodeKey]*value{}}
}

// adopt makes kid the step of s's child k.
func (s *step) adopt(k *Node, kid *step) {
	kid.rank = len(s.kids)
	s.kids[keyOf(k)] = kid
	if k.Name.Local == wildcard {
		s.any = kid
	}
}
