package index

import (
	"context"
	"runtime"
	"sync"
)

// flatSet compares a question with every vector, which lie one after the
// other in memory.
type flatSet struct {
	dimensions int
	ids        []int64
	values     []float32
}

var _ vectorSet = (*flatSet)(nil)

func newFlatSet(dimensions, count int) *flatSet {
	return &flatSet{dimensions: dimensions, ids: make([]int64, 0, count), values: make([]float32, 0, count*dimensions)}
}

func (s *flatSet) len() int { return len(s.ids) }

func (s *flatSet) add(v int64, x []float32) error {
	x, err := unitVector(x, s.dimensions)
	if err != nil {
		return err
	}
	s.ids = append(s.ids, v)
	s.values = append(s.values, x...)
	return nil
}

// flatStep is how many vectors are compared between two looks at the context.
const flatStep = 4096

func (s *flatSet) search(ctx context.Context, q []float32, n int) ([]scored, error) {
	q, err := unitVector(q, s.dimensions)
	if err != nil {
		return nil, err
	}
	workers := min(runtime.GOMAXPROCS(0), 1+len(s.ids)/flatStep)
	found := make([]best, workers)
	var group sync.WaitGroup
	for w := range workers {
		found[w].n = max(n, 0)
		group.Go(func() { s.searchPart(ctx, q, &found[w], len(s.ids)*w/workers, len(s.ids)*(w+1)/workers) })
	}
	group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, other := range found[1:] {
		for _, f := range other.all {
			found[0].offer(f)
		}
	}
	return found[0].sorted(), nil
}

func (s *flatSet) searchPart(ctx context.Context, q []float32, to *best, from, end int) {
	for i := from; i < end; i++ {
		if i%flatStep == 0 && ctx.Err() != nil {
			return
		}
		to.offer(scored{s.ids[i], dot(q, s.values[i*s.dimensions:(i+1)*s.dimensions])})
	}
}

// dot is the product of two vectors of the same length.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
