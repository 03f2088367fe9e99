package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// vectorSet finds the vectors that point most nearly where a question's does.
// It is filled by one goroutine, then searched by any number.
type vectorSet interface {
	// add takes a vector of the set's dimensions. Anything that would spoil the
	// set is an errVector: another length, NaN, infinity, nothing but zeros.
	add(v int64, x []float32) error
	// search returns the n nearest by cosine (all, if there are fewer), nearest
	// first, and of equal ones the one with the lower number first.
	search(ctx context.Context, q []float32, n int) ([]scored, error)
	len() int
}

// scored is a vector with its cosine to the question's.
type scored struct {
	v      int64
	cosine float32
}

// errVector: a vector can't be used.
var errVector = errors.New("unusable vector")

// manyVectors is where brute force overtakes chromem-go, which walks a map of
// documents (ADR 0032).
const manyVectors = 50_000

// newVectorSet returns a set for that many vectors.
func newVectorSet(dimensions int, count int64) (vectorSet, error) {
	if count > manyVectors {
		return newFlatSet(dimensions, int(count)), nil
	}
	return newChromemSet(dimensions)
}

// unitVector returns x with the length one: both sets and the files hold only
// such.
func unitVector(x []float32, dimensions int) ([]float32, error) {
	if len(x) != dimensions {
		return nil, fmt.Errorf("%w: %d dimensions, expected %d", errVector, len(x), dimensions)
	}
	sum := 0.0
	for _, f := range x {
		sum += float64(f) * float64(f)
	}
	if !(sum > 1e-24) || math.IsInf(sum, 0) { // NaN compares to nothing
		return nil, fmt.Errorf("%w: its square length is %g", errVector, sum)
	}
	if math.Abs(sum-1) < 1e-6 {
		return x, nil
	}
	out, r := make([]float32, len(x)), 1/math.Sqrt(sum)
	for i, f := range x {
		out[i] = float32(float64(f) * r)
	}
	return out, nil
}

func byCosine(a, b scored) int { return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.v, b.v)) }

// best keeps the n nearest that it was offered.
type best struct {
	n   int
	all []scored // once full, a heap with the farthest at its top
}

func (b *best) offer(s scored) {
	if len(b.all) < b.n {
		b.all = append(b.all, s)
		for i := len(b.all) - 1; i > 0 && byCosine(b.all[i], b.all[(i-1)/2]) > 0; i = (i - 1) / 2 {
			b.all[i], b.all[(i-1)/2] = b.all[(i-1)/2], b.all[i]
		}
		return
	}
	if b.n == 0 || byCosine(s, b.all[0]) >= 0 {
		return
	}
	b.all[0] = s
	for i := 0; ; {
		far := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(b.all); c++ {
			if byCosine(b.all[c], b.all[far]) > 0 {
				far = c
			}
		}
		if far == i {
			return
		}
		b.all[i], b.all[far] = b.all[far], b.all[i]
		i = far
	}
}

func (b *best) sorted() []scored {
	slices.SortFunc(b.all, byCosine)
	return b.all
}
