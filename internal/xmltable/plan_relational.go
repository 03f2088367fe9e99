package xmltable

import (
	"slices"
	"strings"

	"retable/internal/table"
)

// relational builds the plan of relational mode: the root and every
// repeating element are tables, what occurs once is folded into its parent's
// row, recursion folds into the table of its first occurrence.
type relational struct {
	*Plan
	names naming
	steps map[*Node]*step
	back  map[*Node]map[nodeKey]*Node // child that re-enters an ancestor
	moved map[*Node]*Node             // absorbed by
	ends  map[*Node]bool              // where ways back end
}

func newRelational(pl *Plan) *relational {
	return &relational{Plan: pl, names: naming{}, steps: map[*Node]*step{}, back: map[*Node]map[nodeKey]*Node{}, moved: map[*Node]*Node{}, ends: map[*Node]bool{}}
}

func (b *relational) build() {
	for b.fold(b.profile.Root) {
	}
	for b.separate(b.profile.Root) {
	}
	b.root = b.row(b.profile.Root, "")
	b.close()
}

// fold makes one element that re-enters an ancestor a part of it, and reports
// whether there was one.
func (b *relational) fold(n *Node) bool {
	for _, k := range n.elements() {
		if b.captured(k) {
			continue
		}
		if a := k.reenters(); a != nil {
			most := max(a.Max, k.Max, 2)
			b.leadBack(n, keyOf(k), a)
			a = b.now(a)
			a.Max = max(a.Max, most)
			return true
		}
		if b.fold(k) {
			return true
		}
	}
	return false
}

// leadBack makes n's child of that key a way back to the ancestor a.
func (b *relational) leadBack(n *Node, key nodeKey, a *Node) {
	if b.back[n] == nil {
		b.back[n] = map[nodeKey]*Node{}
	}
	b.back[n][key] = a
	b.ends[a] = true
	if k := n.by[key]; k != nil {
		delete(n.by, key)
		n.kids = slices.DeleteFunc(slices.Clone(n.kids), func(s *Node) bool { return s == k })
		b.absorb(a, k)
	}
}

// absorb adds an element that was taken out of the trie to n, with all below
// it and all its ways back. Either may move in the meantime, where a way back
// meets a branch: hence now.
func (b *relational) absorb(n, k *Node) {
	b.moved[k] = n
	if b.ends[k] {
		b.ends[n] = true
	}
	n.mergeOwn(k)
	for _, c := range byFirst(k.atts) {
		b.now(n).place(c).mergeOwn(c)
	}
	for _, c := range byFirst(k.kids) {
		at := b.now(n)
		if a, ok := b.back[at][keyOf(c)]; ok {
			b.absorb(b.now(a), c)
			continue
		}
		b.absorb(at.place(c), c)
	}
	at := b.now(n)
	for _, c := range k.kids {
		if mine := at.by[keyOf(c)]; mine != nil {
			mine.after |= at.translate(c.after, k.kids)
		}
	}
	for key, a := range b.back[k] {
		b.leadBack(b.now(n), key, b.now(a))
	}
	delete(b.back, k)
}

// now is the node that has absorbed n, or n.
func (b *relational) now(n *Node) *Node {
	for b.moved[n] != nil {
		n = b.moved[n]
	}
	return n
}

// captured reports whether an element becomes a cell of inner XML. Where a
// way back starts or ends inside, it stays elements, and its text stray.
func (b *relational) captured(n *Node) bool { return n.isMixed() && !b.recurs(n) }

func (b *relational) recurs(n *Node) bool {
	return len(b.back[n]) > 0 || b.ends[n] || slices.ContainsFunc(n.kids, b.recurs)
}

// separate gives elements that would be folded rows of their own where
// otherwise two of one row could hold rows of the same table: a row's parent
// must say where it stood. It reports whether there were any.
func (b *relational) separate(row *Node) bool {
	holders := map[*Node][]*Node{} // by table: the elements of this row that hold its rows
	var rows []*Node
	var visit func(n *Node)
	visit = func(n *Node) {
		if b.captured(n) {
			return
		}
		for _, a := range b.back[n] {
			holders[b.now(a)] = append(holders[b.now(a)], n)
		}
		for _, k := range n.kids {
			if k.Repeats() || k.Name.Local == wildcard {
				holders[k] = append(holders[k], n)
				rows = append(rows, k)
				continue
			}
			visit(k)
		}
	}
	visit(row)
	found := false
	for _, in := range holders {
		for _, n := range in {
			if len(in) > 1 && n != row {
				n.Max = max(n.Max, 2)
				found = true
			}
		}
	}
	return found || slices.ContainsFunc(rows, b.separate)
}

// row plans a table.
func (b *relational) row(n *Node, parent string) *step {
	s := b.newStep(n)
	b.steps[n] = s
	s.open, s.table = openRow, len(b.Tables)
	t := &Table{
		Schema: table.Schema{Name: b.names.tableName(n), Kind: b.Kind, Path: pathOf(n), Parent: parent},
		own:    noOwnColumns(), line: true,
	}
	b.Tables = append(b.Tables, t)
	b.bookkeeping(t, n)
	var below []placed
	if b.captured(n) {
		b.mixed(t, s, n, "")
	} else {
		b.attributesAndText(t, s, n, "")
		b.children(t, s, n, "", &below)
	}
	for _, at := range below {
		at.parent.adopt(at.node, b.row(at.node, t.Schema.Name))
	}
	return s
}

func (b *relational) bookkeeping(t *Table, n *Node) {
	t.own.id = t.addOwn("_id", table.Integer)
	t.own.parent = t.addOwn("_parent_id", table.Integer)
	t.own.fileID = t.addOwn("_file_id", table.Integer)
	t.own.pos = t.addOwn("_pos", table.Integer)
	t.own.ord = t.addOwn("_ord", table.Integer)
	t.own.lineNo = t.addOwn("_line", table.Integer)
	t.own.offsetNo = t.addOwn("_offset", table.Integer)
	t.own.hash_ = t.addOwn("_hash", table.Text)
	t.own.order = t.addOwn("_order", table.Text)
	if n.Name.Local == wildcard {
		t.own.name = t.addOwn("_name", table.Text)
	}
}

// close leads the ways back to their tables, whose rows then have parents in
// several ones.
func (b *relational) close() {
	for n, edges := range b.back {
		for key, target := range edges {
			to := b.steps[b.now(target)]
			b.steps[n].kids[key] = to
			t := b.Tables[to.table]
			t.Schema.Parent = ""
			if t.own.parentTable < 0 {
				t.own.parentTable = t.addOwn("_parent_table", table.Text)
			}
		}
	}
}

func (b *relational) children(t *Table, s *step, n *Node, prefix string, below *[]placed) {
	for _, k := range n.elements() {
		if k.Repeats() || k.Name.Local == wildcard {
			*below = append(*below, placed{s, k})
			continue
		}
		s.adopt(k, b.folded(t, k, prefix+b.names.of(k)+"/", below))
	}
}

// folded plans an element that occurs once: its values are its parent's.
func (b *relational) folded(t *Table, n *Node, prefix string, below *[]placed) *step {
	s := b.newStep(n)
	b.steps[n] = s
	s.folded, s.name = true, b.names.of(n)
	if b.captured(n) {
		s.open = openXML
		b.mixed(t, s, n, prefix)
		return s
	}
	b.attributesAndText(t, s, n, prefix)
	b.children(t, s, n, prefix, below)
	s.simple = true
	return s
}

func (b *relational) attributes(t *Table, s *step, n *Node, prefix string) {
	for _, a := range n.attributes() {
		v := b.newValue(a, false)
		if !v.skip {
			b.put(t, v, prefix+"@"+b.names.of(a), table.Scalar)
		}
		s.atts[keyOf(a)] = v
	}
}

func (b *relational) attributesAndText(t *Table, s *step, n *Node, prefix string) {
	b.attributes(t, s, n, prefix)
	if n.textMatters() {
		v := b.newValue(n, true)
		v.late = n.Mixed > 0
		s.text = b.put(t, v, ownPath(prefix), table.Scalar)
	}
}

func (b *relational) mixed(t *Table, s *step, n *Node, prefix string) {
	b.attributes(t, s, n, prefix)
	s.text = b.put(t, b.newWhole(n), ownPath(prefix), table.Scalar)
	s.xml = b.put(t, b.newWhole(n), prefix+"#xml", table.XML)
	s.inner, s.scoped = b.covered(n), scoped(n)
	b.cover(s, n, false)
}

func (b *relational) put(t *Table, v *value, name string, form table.Form) *value {
	col := table.Column{
		Name: escapeOwn(name), XPath: escapeOwn(strings.ReplaceAll(name, "[*]", "")),
		Path: pathOf(v.node), Form: form, Type: table.Text, Stats: &table.Stats{},
	}
	shows := v.id
	v.table = t
	if v.late {
		shows = -1
	}
	switch {
	case v.whole != nil:
		col.Stats = v.whole
	case v.node.text != nil:
		if form == table.Scalar && v.id >= 0 {
			col.Type = v.node.text.columnType()
		}
		col.Stats = v.node.text.stats(0)
	}
	v.col = t.addColumn(col, shows)
	return v
}
