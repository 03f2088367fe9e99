package xmltable

import (
	"errors"
	"slices"

	"retable/internal/table"
	"retable/internal/xmltok"
)

// ErrGuess says that a document does not keep to the plan that was made from
// its beginning: it has to be converted in two passes.
var ErrGuess = errors.New("the document holds something that its beginning did not show")

// guess watches a document being flattened by a plan that was made from its
// beginning, or from its beginning and its end. As long as nothing contradicts the plan, and the record would
// still be chosen at the end, the rows are exactly those of two passes.
// What contradicts: a path, a repeat, a sequence of siblings, a text where
// there was none, or another share of mixed content.
type guess struct {
	counts []uint64 // instances, by step
	mixed  []uint64 // of them, with text beside child elements
	sizes  []int64  // content bytes of rows and their ancestors
}

// maxWatched is how many siblings' sequence can be watched; elements with
// more children are converted in two passes.
const maxWatched = 64

// Guessable reports whether a document can be watched while it is flattened
// by a plan made from its beginning.
func (pl *Plan) Guessable() bool {
	if pl.Mode != Flat || len(pl.Choice.Records) != 1 || pl.options.Lists == ListSpread || pl.options.Recipe != nil {
		return false
	}
	var narrow func(n *Node) bool
	narrow = func(n *Node) bool {
		return len(n.kids) <= maxWatched && n.Name.Local != wildcard && !slices.ContainsFunc(n.kids, func(k *Node) bool { return !narrow(k) })
	}
	return narrow(pl.profile.Root) && !surprising(pl.profile.Root, pl.Choice.Records[0], false)
}

// surprising tells whether the end of a document showed what may stand before
// it as well: something new in its records, or a new attribute. What came
// first, and so the order of columns, is unknown then. Any other new element
// is a trailer, which confirm counts.
func surprising(n, record *Node, inside bool) bool {
	inside = inside || n == record
	if !n.late && slices.ContainsFunc(n.atts, func(a *Node) bool { return a.late }) {
		return true
	}
	return slices.ContainsFunc(n.kids, func(k *Node) bool {
		return inside && k.late || surprising(k, record, inside)
	})
}

// Guess makes the flattener treat its plans as guesses: no values are
// tallied for the proof, and a document that does not keep to its plan ends
// with ErrGuess.
func (f *Flattener) Guess() { f.guess = &guess{} }

func (g *guess) begin(pl *Plan) {
	g.counts = make([]uint64, pl.steps)
	g.mixed = make([]uint64, pl.steps)
	g.sizes = make([]int64, pl.steps)
}

// child checks an element's place among its siblings.
func (g *guess) child(up *open, s *step) error {
	g.counts[s.id]++
	if s.covered {
		return nil
	}
	n := s.node
	bit := uint64(1) << uint(n.index)
	if up.seen&^n.after != 0 || up.seen&bit != 0 && n.Max < 2 {
		return ErrGuess
	}
	up.seen |= bit
	return nil
}

// leaf is child, opened and closed for the fast path.
func (g *guess) leaf(up *open, s *step, t *xmltok.Token) error {
	if s.text == nil && (t.Flags&xmltok.Blank == 0 || !slices.ContainsFunc(t.Attrs, isData)) {
		return ErrGuess
	}
	return g.child(up, s)
}

func isData(a xmltok.Attr) bool { return newNode(nil, a.Node.Name, true).role != metadata }

// closed checks an element's own text and adds up sizes.
func (g *guess) closed(f *Flattener, fr *open, v []byte) error {
	s := fr.step
	f.size += ownSize(v, fr.kids > 0)
	if fr.kids > 0 && len(v) > 0 {
		g.mixed[s.id]++
	}
	if s.open == openRow || s.open == openSpine {
		g.sizes[s.id] += f.size - fr.size
	}
	if s.text == nil && !s.covered && (len(v) > 0 || fr.kids == 0 && !fr.attrs) {
		return ErrGuess
	}
	return nil
}

// confirm decides, at the end of the document, whether its whole profile
// would have led to the same plan.
func (g *guess) confirm(pl *Plan) error {
	var walk func(s *step) bool
	walk = func(s *step) bool {
		n := s.node
		if n.late && (s.covered || n.Count != g.counts[s.id]) {
			return false // it came before the end, too
		}
		if !s.covered {
			was := n.isMixed()
			n.Count = g.counts[s.id]
			n.Mixed = g.mixed[s.id]
			if n.isMixed() != was {
				return false
			}
		}
		if s.open == openRow || s.open == openSpine {
			n.Size = g.sizes[s.id]
		}
		for _, k := range s.kids {
			if !walk(k) {
				return false
			}
		}
		return true
	}
	few := pl.Choice.Records[0].Count <= descendAtMost
	g.counts[pl.root.id]++
	if !walk(pl.root) {
		return ErrGuess
	}
	if len(pl.options.Records) > 0 {
		// chosen by the user: no content can change it
		pl.Choice.Coverage = share(pl.Choice.Records[0].Size, pl.profile.Root.Size)
		return nil
	}
	if few {
		return ErrGuess // a wrapper may have been descended into
	}
	again := pl.profile.Choose()
	if !slices.Equal(again.Records, pl.Choice.Records) {
		return ErrGuess
	}
	pl.Choice = again
	return nil
}

// ForgetStats removes column types and statistics, which a beginning cannot
// know.
func (pl *Plan) ForgetStats() {
	for _, t := range pl.Tables {
		for i := range t.Schema.Columns {
			c := &t.Schema.Columns[i]
			if c.Role == table.Data {
				c.Type, c.Stats = table.Text, nil
			}
		}
	}
}

// InputBytes is how much of the current document was read, decompressed.
func (f *Flattener) InputBytes() int64 { return f.tok.InputBytes() }

// Encoding is the encoding of the current document.
func (f *Flattener) Encoding() string { return f.tok.Document().Encoding }
