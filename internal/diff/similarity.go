package diff

import "math/big"

// Tally holds the cell counts that similarity is made of; tallies of several
// tables add up. All are numbers of cells, whole and exact.
type Tally struct {
	Left, Right    int64 // |A|, |B|: rows x compared columns
	RemovedRows    int64 // cells of rows that only the left has
	AddedRows      int64
	RemovedColumns int64 // cells of matched rows in columns that only the left has
	AddedColumns   int64
	ChangedCells   int64 // pairs of cells that differ: each loses two
}

// tally counts a table of nA x cA and nB x cB cells whose r matched rows and
// c matched columns hold x changed pairs of cells. Two tables without rows
// compare by their headers.
func tally(nA, cA, nB, cB, r, c, x int64) Tally {
	if nA == 0 && nB == 0 {
		return Tally{Left: cA, Right: cB, RemovedColumns: cA - c, AddedColumns: cB - c}
	}
	return Tally{
		Left: nA * cA, Right: nB * cB,
		RemovedRows: (nA - r) * cA, AddedRows: (nB - r) * cB,
		RemovedColumns: r * (cA - c), AddedColumns: r * (cB - c),
		ChangedCells: x,
	}
}

// Add adds o to t.
func (t *Tally) Add(o Tally) {
	t.Left += o.Left
	t.Right += o.Right
	t.RemovedRows += o.RemovedRows
	t.AddedRows += o.AddedRows
	t.RemovedColumns += o.RemovedColumns
	t.AddedColumns += o.AddedColumns
	t.ChangedCells += o.ChangedCells
}

func (t Tally) lost() int64 {
	return t.RemovedRows + t.AddedRows + t.RemovedColumns + t.AddedColumns + 2*t.ChangedCells
}

// Same tells whether nothing is lost.
func (t Tally) Same() bool { return t.lost() == 0 }

// Similarity is S = 1 - lost/(|A|+|B|); two empty sides are the same. It is
// below 1 whenever anything is lost.
func (t Tally) Similarity() float64 {
	if t.Same() {
		return 1
	}
	s := 1 - float64(t.lost())/float64(t.Left+t.Right)
	return min(max(s, 0), belowOne)
}

// belowOne is the greatest float64 below 1.
const belowOne = 1 - 1.0/(1<<53)

// Exact is S as a fraction.
func (t Tally) Exact() *big.Rat {
	if t.Left+t.Right == 0 {
		return big.NewRat(1, 1)
	}
	return big.NewRat(t.Left+t.Right-t.lost(), t.Left+t.Right)
}

// Waterfall is the way from 1 down to S, each part a share of all cells.
type Waterfall struct {
	RemovedRows, AddedRows, RemovedColumns, AddedColumns, ChangedCells float64
}

// Waterfall splits 1-S into its five parts.
func (t Tally) Waterfall() Waterfall {
	n := t.Left + t.Right
	return Waterfall{
		ratio(t.RemovedRows, n), ratio(t.AddedRows, n),
		ratio(t.RemovedColumns, n), ratio(t.AddedColumns, n), ratio(2*t.ChangedCells, n),
	}
}

// ExactWaterfall is Waterfall in fractions, which add up to 1 - Exact.
func (t Tally) ExactWaterfall() [5]*big.Rat {
	var out [5]*big.Rat
	n := max(t.Left+t.Right, 1)
	for i, part := range [5]int64{t.RemovedRows, t.AddedRows, t.RemovedColumns, t.AddedColumns, 2 * t.ChangedCells} {
		out[i] = big.NewRat(part, n)
	}
	return out
}
