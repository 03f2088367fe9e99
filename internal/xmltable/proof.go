package xmltable

import (
	"cmp"
	"slices"

	"retable/internal/table"
)

// Proof shows that flattening lost nothing: per path, the number of values
// the profile counted and the running hash over them against those emitted.
type Proof struct {
	Kind       string      `json:"kind"`
	Values     uint64      `json:"values"`             // in the documents
	Accounted  uint64      `json:"accounted"`          // emitted, or in Incomplete
	Incomplete uint64      `json:"incomplete"`         // in rows that were open where a malformed document ended
	Excluded   uint64      `json:"excluded,omitempty"` // in columns that the recipe leaves out
	Lost       []PathProof `json:"lost,omitempty"`
}

// PathProof is one path whose counts or hashes disagree.
type PathProof struct {
	Path     string `json:"path"`
	Expected uint64 `json:"expected"`
	Emitted  uint64 `json:"emitted"`
	SameHash bool   `json:"same_hash"`
}

// Holds reports whether every value is accounted for.
func (p *Proof) Holds() bool { return len(p.Lost) == 0 && p.Values == p.Accounted }

// Prove compares a plan's profile with what flatteners emitted. All of the
// kind's documents must have been through one of them.
func Prove(pl *Plan, flatteners ...*Flattener) *Proof {
	proof := &Proof{Kind: pl.Kind}
	sums := make([]tally, len(pl.values))
	for _, f := range flatteners {
		if ps := f.plans[pl.Kind]; ps != nil {
			for i, t := range ps.emitted {
				sums[i].n += t.n
				sums[i].sum += t.sum
			}
		}
	}
	for i, v := range pl.values {
		if v.skip {
			continue
		}
		if v.excluded {
			proof.Excluded += v.n
			continue
		}
		got := sums[i]
		proof.Values += v.n
		proof.Accounted += min(got.n, v.n)
		if got.n != v.n || got.sum != v.sum {
			proof.Lost = append(proof.Lost, PathProof{pathOf(v.node), v.n, got.n, got.sum == v.sum})
		}
	}
	slices.SortFunc(proof.Lost, func(a, b PathProof) int { return cmp.Compare(a.Path, b.Path) })
	return proof
}

// Rows returns the rows delivered per table of a plan.
func (f *Flattener) Rows(pl *Plan) []uint64 {
	if ps := f.plans[pl.Kind]; ps != nil {
		return ps.rows
	}
	return make([]uint64, len(pl.Tables))
}

// FillStats completes the schemas' statistics with what only rows tell: how
// many cells of a column are null, and what stands in those that show a
// captured subtree. Columns that show one path, such as an ancestor's in
// several tables, leave here with statistics of their own.
func FillStats(pl *Plan, flatteners ...*Flattener) {
	wholes := wholeStats(pl, flatteners)
	for ti, t := range pl.Tables {
		var rows uint64
		present := make([]uint64, len(t.inner))
		for _, f := range flatteners {
			ps := f.plans[pl.Kind]
			if ps == nil {
				continue
			}
			rows += ps.rows[ti]
			for i, n := range ps.present[ti] {
				present[i] += n
			}
		}
		for o := range t.Schema.Columns {
			i := o
			if t.picked != nil {
				i = t.picked[o]
			}
			c := &t.Schema.Columns[o]
			if c.Stats == nil {
				continue
			}
			own := *c.Stats
			if w := wholes[c.Stats]; w != nil {
				own = *w.stats(0)
			}
			own.Nulls = rows - present[i]
			c.Stats = &own
		}
	}
}

// wholeStats merges what the flatteners learned of captured subtrees.
func wholeStats(pl *Plan, flatteners []*Flattener) map[*table.Stats]*valueStats {
	out := map[*table.Stats]*valueStats{}
	for _, f := range flatteners {
		ps := f.plans[pl.Kind]
		if ps == nil {
			continue
		}
		for at, st := range ps.wholes {
			if out[at] == nil {
				out[at] = &valueStats{typ: table.Text}
			}
			out[at].merge(st)
		}
	}
	return out
}
