package xmltable

import (
	"retable/internal/table"
	"retable/internal/xmltok"
)

// opening is what a start tag sets off.
type opening uint8

const (
	openPlain opening = iota
	openSpine         // an ancestor of records: a scope that holds cells for their rows
	openRow           // a row of a table
	openXML           // mixed content: string value and inner XML
	openJSON          // a subtree as one JSON cell
)

// step is one element path of the plan. Recursion is a step that is its own
// descendant's child.
type step struct {
	id   int
	node *Node
	name string // of a folded element: as in headers
	open opening
	// simple: neither opens anything nor repeats; the flattener's fast path
	simple  bool
	scope   int // of openSpine: its position among the open scopes
	table   int // of openRow and openSpine (its orphans)
	group   *group
	text    *value        // own text, or an openJSON's or openXML's whole value
	xml     *value        // inner XML of openXML
	inner   *value        // the own text that an openXML or openJSON element covers
	rank    int           // position among its siblings' columns
	covered bool          // inside a captured subtree
	scoped  []xmltok.Decl // of openXML and openJSON: what prefixes mean inside
	folded  bool          // part of its parent's row in relational mode
	lent    []int32       // of openSpine: the values its cells show, -1 if counted late
	tops    []*group      // of openRow and openSpine: the groups directly inside
	kids    map[nodeKey]*step
	atts    map[nodeKey]*value
	any     *step // for every child name (names are data)
}

// value is one attribute or text path: where it goes and its tally's id.
type value struct {
	id   int
	node *Node
	skip bool // metadata of the file
	role role
	col  int // in the row of the innermost scope; -1: covered by a captured subtree
	list *column
	late bool // counted when put, not by the cell that shows it
	text bool // an element's own text
	cell bool // a cell of its own in the row: the common case
	// excluded: the user's recipe leaves its column out
	excluded bool
	table    *Table
	// whole is where the statistics of a captured subtree's cells go: only
	// rows tell them, as the profile knows no more than its parts
	whole *table.Stats
	expect
}

// expect is what the profile counted.
type expect struct{ n, sum uint64 }

// group is a repeating element inside a row.
type group struct {
	id      int
	most    uint64 // occurrences in one parent
	direct  []*column
	nested  []*group
	all     []*column // direct and nested ones'
	pending []pendingColumn
}

// column is a list column: its cells gather over a row.
type column struct {
	id, col int
	depth   int
	form    ListForm
	sep     string
	raw     bool // entries are JSON already
	k       int  // ListSpread: columns
	group   int
	stride  int // ListSpread: from one occurrence's column to the next one's
}

// newValue registers one attribute or text path for the proof.
func (pl *Plan) newValue(n *Node, text bool) *value {
	v := &value{id: len(pl.values), node: n, col: -1, text: text, role: n.role, skip: n.role == metadata}
	if n.text != nil {
		v.expect = expect{n.text.n, n.text.sum}
	}
	pl.values = append(pl.values, v)
	return v
}

// cover plans what a captured subtree holds: nothing but tallies. The
// element's own attributes may be columns already.
func (pl *Plan) cover(s *step, n *Node, attributes bool) {
	if attributes {
		for _, a := range n.attributes() {
			s.atts[keyOf(a)] = pl.covered(a)
		}
	}
	for _, k := range n.elements() {
		inside := pl.newStep(k)
		inside.covered = true
		pl.cover(inside, k, true)
		inside.text = pl.covered(k)
		s.adopt(k, inside)
	}
}

func (pl *Plan) covered(n *Node) *value {
	v := pl.newValue(n, !n.Attr)
	v.late = true
	return v
}

// newWhole is a value that shows a captured subtree as a whole; what it holds
// is registered by cover.
func (pl *Plan) newWhole(n *Node) *value {
	return &value{id: -1, node: n, col: -1, late: true, text: true, whole: &table.Stats{}}
}

func keyOf(n *Node) nodeKey { return nodeKey{n.Name.Space, n.Name.Local, n.Attr} }
