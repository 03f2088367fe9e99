package index

import "context"

// Vectors is the set that searches by meaning look in, for measuring it by
// itself against others.
type Vectors struct{ set vectorSet }

// NewVectors returns an empty set of the kind that count vectors are kept in.
func NewVectors(dimensions int, count int64) (*Vectors, error) {
	set, err := newVectorSet(dimensions, count)
	return &Vectors{set}, err
}

// Add takes a vector by a number; what would spoil the set is refused.
func (v *Vectors) Add(n int64, x []float32) error { return v.set.add(n, x) }

// Nearest are the numbers of the k nearest vectors by cosine, nearest first.
func (v *Vectors) Nearest(ctx context.Context, x []float32, k int) ([]int64, error) {
	found, err := v.set.search(ctx, x, k)
	out := make([]int64, len(found))
	for i, f := range found {
		out[i] = f.v
	}
	return out, err
}
