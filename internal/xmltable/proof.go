package xmltable

import (
	"cmp"
	"slices"
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
// many cells are null.
func FillStats(pl *Plan, flatteners ...*Flattener) {
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
			if st := t.Schema.Columns[o].Stats; st != nil {
				st.Nulls = rows - present[i]
			}
		}
	}
}
