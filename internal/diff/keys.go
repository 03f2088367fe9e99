package diff

import (
	"cmp"
	"slices"

	"retable/internal/table"
)

// candidate is columns that may be a key.
type candidate struct {
	cols   []int    // of tablePair.cols
	names  []string // the lesser of each column's two headers, sorted
	scoped bool     // within the row's place
	info   KeyCandidate
	pairs  [][2]int64 // sample rows with the same key
	sketch [2]*keySketch
	tested bool
	test   agreement
}

func (c *candidate) base(place uint64) uint64 {
	if c.scoped {
		return mix64(place, 0x706c616365)
	}
	return 0x6b6579
}

// hash does not depend on the order of columns, which is the left's.
func (c *candidate) hash(cells []uint64, place uint64) uint64 {
	h := c.base(place)
	for _, i := range c.cols {
		h += mix64(cells[i], 0x6b6579)
	}
	return h
}

const (
	uniqueInSample = 0.97 // least share of distinct keys in the head
	uniqueEnough   = 0.99 // least share of rows whose key is their own
	mostCandidates = 8    // measured on the whole table
	compoundOver   = 12   // columns that pairs and triples are made of
	longestKey     = 256  // bytes of a value
	averageKey     = 64
)

// candidates lists keys that look good in the heads of both sides, the best
// first: single columns, or else pairs, or else triples.
func (t *tablePair) candidates(a, b *sample) []*candidate {
	var set hashSet
	worst := func(c *candidate) float64 { return min(a.distinct(c, &set), b.distinct(c, &set)) }
	var usable []int
	for i := range t.cols {
		if t.mayBeKey(i) {
			usable = append(usable, i)
		}
	}
	scopes := []bool{false}
	if t.place != noPlace {
		scopes = append(scopes, true)
	}
	var out []*candidate
	try := func(scoped bool, cols ...int) {
		c := t.candidate(scoped, cols...)
		if c.info.Unique = worst(c); c.info.Unique >= uniqueInSample {
			out = append(out, c)
		}
	}
	if t.place != noPlace {
		try(true)
	}
	for _, scoped := range scopes {
		for _, i := range usable {
			try(scoped, i)
		}
	}
	if len(out) == 0 {
		usable = t.mostDistinct(usable, worst)
		for n := range usable {
			for m := range n {
				for _, scoped := range scopes {
					try(scoped, usable[m], usable[n])
				}
			}
		}
	}
	for n := 0; len(out) == 0 && n < len(usable); n++ {
		for m := range n {
			for k := range m {
				for _, scoped := range scopes {
					try(scoped, usable[k], usable[m], usable[n])
				}
			}
		}
	}
	slices.SortStableFunc(out, byScore)
	return out[:min(len(out), mostCandidates)]
}

// mayBeKey leaves out floats, long text, times of change, lists, and columns
// with nulls.
func (t *tablePair) mayBeKey(i int) bool {
	c := &t.cols[i]
	if c.rule.tolerance != nil || c.rule.nulls != nil {
		return false
	}
	for _, s := range []struct {
		sp *spool
		at int
	}{{t.left, c.left}, {t.right, c.right}} {
		st := &s.sp.stats[s.at]
		switch {
		case st.nulls > 0, s.sp.column(s.at).Form != table.Scalar,
			st.kind == table.Decimal, st.kind == table.DateTime, st.kind == table.Time, st.kind == table.Boolean,
			st.longest > longestKey, st.bytes > averageKey*max(s.sp.rows, 1):
			return false
		}
	}
	return true
}

func (t *tablePair) mostDistinct(usable []int, worst func(*candidate) float64) []int {
	share := map[int]float64{}
	for _, i := range usable {
		share[i] = worst(t.candidate(false, i))
	}
	out := slices.Clone(usable)
	slices.SortFunc(out, func(x, y int) int {
		return cmp.Or(cmp.Compare(share[y], share[x]), cmp.Compare(t.cols[x].seed, t.cols[y].seed))
	})
	out = out[:min(len(out), compoundOver)]
	slices.Sort(out)
	return out
}

// candidate describes a key; its overlap and uniqueness are yet to be measured.
func (t *tablePair) candidate(scoped bool, cols ...int) *candidate {
	c := &candidate{cols: cols, scoped: scoped}
	c.info.Scope = ScopeTable
	if scoped {
		c.info.Scope = ScopeFile
		if t.place == parentPlace {
			c.info.Scope = ScopeParent
		}
	}
	for _, i := range cols {
		col := &t.cols[i]
		a, b := t.left.column(col.left), t.right.column(col.right)
		pair := &t.res.Columns[col.pair]
		c.info.Columns = append(c.info.Columns, pair.Left)
		c.names = append(c.names, min(pair.Left, pair.Right))
		within := scoped && t.place == parentPlace
		c.info.Name += (nameHint(a.Name, within) + nameHint(b.Name, within)) / 2
		c.info.Place += 1 - (ratio(int64(col.left), int64(len(t.left.columns)))+ratio(int64(col.right), int64(len(t.right.columns))))/2
		c.info.Type += (t.left.typeHint(col.left) + t.right.typeHint(col.right)) / 2
	}
	slices.Sort(c.names)
	parts := float64(len(cols))
	if parts > 0 {
		c.info.Name = rounded(c.info.Name / parts)
		c.info.Place /= parts
		c.info.Type /= parts
	}
	if scoped {
		parts++
	}
	c.info.Brevity = 1 / max(parts, 1)
	c.score()
	if !scoped && t.nested() {
		switch { // see KeyCandidate.Score
		case c.info.Name < 0.5:
			c.info.Score -= 0.25
		case c.info.Name < 0.85:
			c.info.Score -= 0.15
		}
	}
	return c
}

// nested tells whether rows have parents other than the documents' roots.
func (t *tablePair) nested() bool {
	return t.place == parentPlace && !slices.ContainsFunc(t.parents, (*tablePair).oneRowPerFile)
}

func (c *candidate) score() {
	i := &c.info
	i.Score = rounded(0.35*i.Overlap + 0.25*i.Name + 0.15*i.Brevity + 0.15*i.Place + 0.10*i.Type)
}

func (sp *spool) typeHint(i int) float64 { return typeHint(sp.stats[i].kind, sp.averageLength(i)) }

func (sp *spool) averageLength(i int) float64 {
	return ratio(sp.stats[i].bytes, sp.rows-sp.stats[i].nulls)
}

// byScore puts the best first. What decides between equals is the same
// whichever side is the left.
func byScore(x, y *candidate) int {
	return cmp.Or(
		cmp.Compare(y.info.Score, x.info.Score), cmp.Compare(len(x.cols), len(y.cols)),
		slices.Compare(x.names, y.names), cmp.Compare(x.info.Scope, y.info.Scope),
	)
}
