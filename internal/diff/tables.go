package diff

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/cases"

	"retable/internal/table"
)

// tablePair is a table of both sides on its way through the comparison, or of
// one side: the other spool is nil then.
type tablePair struct {
	index       int
	left, right *spool
	res         *TableResult
	rules       Rules

	cols     []col // compared
	onlyLeft int   // compared columns that only the left has
	extra    []int // of the right's spool: those that only the right has

	place      placeKind
	filesLeft  []uint64 // identity of each file, equal within a pair
	filesRight []uint64
	skipLeft   []bool // files that are identical: their rows match as they are
	skipRight  []bool
	rowsLeft   int64 // to be matched
	rowsRight  int64
	skipped    int64 // rows of identical files

	parents   []*tablePair // whose rows are this table's parents
	isParent  bool
	depth     int
	key       *candidate // nil: keyless
	ranked    []*candidate
	joined    *joined
	leftIDs   *idIndex // id -> identity, on the left the place in the spool too
	rightIDs  *idIndex
	rightRows *idIndex // id -> place in the spool
	changedIn map[filesOfRow]changedCount
}

// changedCount counts matched rows that were compared cell by cell.
type changedCount struct{ rows, cells int64 }

func (t *tablePair) both() bool { return t.left != nil && t.right != nil }

func (t *tablePair) close() {
	t.joined.close()
	t.leftIDs.close()
	t.rightIDs.close()
	t.rightRows.close()
}

// placer tells where rows of a side belong.
func (t *tablePair) placer(left bool) *placer {
	p := &placer{kind: t.place, files: t.filesRight}
	if left {
		p.files = t.filesLeft
	}
	for _, parent := range t.parents {
		x := parent.rightIDs
		if left {
			x = parent.leftIDs
		}
		if x != nil {
			p.parents.in = append(p.parents.in, x)
		}
	}
	return p
}

const (
	tableLikeness = 0.7
	tableMargin   = 0.1
)

// pairTables pairs tables by name, by name without regard to case, a single
// table with a single one, and then by their columns.
func pairTables(left, right []*table.Schema) (pairs [][2]*table.Schema) {
	takenA, takenB := make([]bool, len(left)), make([]bool, len(right))
	partner := make([]int, len(left))
	take := func(i, k int) { takenA[i], takenB[k], partner[i] = true, true, k }
	for _, name := range []func(string) string{strings.Clone, cases.Fold().String} { // unique on both sides
		index := func(tables []*table.Schema, taken []bool) map[string][]int {
			m := map[string][]int{}
			for i, s := range tables {
				if !taken[i] {
					m[name(s.Name)] = append(m[name(s.Name)], i)
				}
			}
			return m
		}
		inLeft, inRight := index(left, takenA), index(right, takenB)
		for n, l := range inLeft {
			if r := inRight[n]; len(l) == 1 && len(r) == 1 {
				take(l[0], r[0])
			}
		}
	}
	if len(left) == 1 && len(right) == 1 && !takenA[0] &&
		(left[0].Kind == right[0].Kind || schemaDice(left[0], right[0]) >= 0.5) {
		take(0, 0)
	}
	type fit struct {
		i, k int
		like float64
	}
	var fits []fit
	for i, a := range left {
		for k, b := range right {
			if !takenA[i] && !takenB[k] {
				if like := schemaDice(a, b); like >= tableLikeness-tableMargin {
					fits = append(fits, fit{i, k, like})
				}
			}
		}
	}
	slices.SortStableFunc(fits, func(x, y fit) int { return cmp.Compare(y.like, x.like) })
	alone := func(f fit) bool {
		return f.like >= tableLikeness && !takenA[f.i] && !takenB[f.k] && !slices.ContainsFunc(fits, func(o fit) bool {
			return o != f && (o.i == f.i && !takenB[o.k] || o.k == f.k && !takenA[o.i]) && o.like > f.like-tableMargin
		})
	}
	for equals := range runs(fits, func(x, y fit) bool { return x.like == y.like }) {
		var chosen []fit
		for _, f := range equals {
			if alone(f) {
				chosen = append(chosen, f)
			}
		}
		for _, f := range chosen {
			take(f.i, f.k)
		}
	}
	for i, a := range left {
		if takenA[i] {
			pairs = append(pairs, [2]*table.Schema{a, right[partner[i]]})
		} else {
			pairs = append(pairs, [2]*table.Schema{a, nil})
		}
	}
	for k, b := range right {
		if !takenB[k] {
			pairs = append(pairs, [2]*table.Schema{nil, b})
		}
	}
	return pairs
}

// schemaDice is the overlap of two tables' data columns by name and type.
// Tables of one column have too little to go by.
func schemaDice(a, b *table.Schema) float64 {
	columns := func(s *table.Schema) map[string]table.Type {
		m := map[string]table.Type{}
		for i := range s.Columns {
			if c := &s.Columns[i]; c.Role == table.Data || holdsContent(c) {
				m[c.XPath] = c.Type
			}
		}
		return m
	}
	x, y := columns(a), columns(b)
	if len(x) < 2 || len(y) < 2 {
		return 0
	}
	both := 0.0
	for name, kind := range x {
		if other, ok := y[name]; ok {
			both += 0.5 + 0.5*typeLikeness(kind, other)
		}
	}
	return rounded(2 * both / float64(len(x)+len(y)))
}

// link finds each table's parents, and with them the order of work.
func link(tables []*tablePair) {
	byName := map[string]*tablePair{}
	for _, t := range tables {
		if t.both() {
			byName[t.left.schema.Name] = t
		}
	}
	for _, t := range tables {
		if !t.both() || t.left.own.parent < 0 || t.right.own.parent < 0 {
			continue
		}
		p := byName[t.left.schema.Parent]
		if p != nil && p != t && p.right.schema.Name == t.right.schema.Parent && p.left.own.id >= 0 && p.right.own.id >= 0 {
			t.parents = []*tablePair{p}
		}
	}
	for _, t := range tables { // rows with parents in several tables: those of shorter paths
		if !t.both() || t.left.own.parentTable < 0 || t.right.own.parentTable < 0 {
			continue
		}
		for _, p := range tables {
			if p.both() && p != t && p.left.own.id >= 0 && p.right.own.id >= 0 && len(p.left.schema.Path) < len(t.left.schema.Path) &&
				strings.HasPrefix(t.left.schema.Path, p.left.schema.Path) && p.left.schema.Kind == t.left.schema.Kind {
				t.parents = append(t.parents, p)
			}
		}
	}
	for _, t := range tables {
		for _, p := range t.parents {
			p.isParent = true
		}
		t.depth = t.rank(0)
	}
}

// rank is the length of the longest chain of parents.
func (t *tablePair) rank(guard int) int {
	deepest := 0
	if guard > 1000 {
		return deepest
	}
	for _, p := range t.parents {
		deepest = max(deepest, 1+p.rank(guard+1))
	}
	return deepest
}
