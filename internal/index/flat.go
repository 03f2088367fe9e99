package index

import (
	"context"
	"math"
	"runtime"
	"sync"
)

// flatSet compares a question with every vector, which lie one after the
// other in memory, as int8: a quarter of the bytes, and what is slow about
// brute force is reading them. The question keeps 14 bits, so a cosine is off
// by a few thousandths at most (ADR 0032).
type flatSet struct {
	dimensions int
	width      int // dimensions, rounded up for the kernel
	ids        []int64
	scales     []float32 // by vector: what 1 stands for
	values     []int8
}

var _ vectorSet = (*flatSet)(nil)

// flatWidth is what the kernels read at once.
const flatWidth = 16

func newFlatSet(dimensions, count int) *flatSet {
	width := (dimensions + flatWidth - 1) / flatWidth * flatWidth
	return &flatSet{
		dimensions: dimensions, width: width,
		ids: make([]int64, 0, count), scales: make([]float32, 0, count), values: make([]int8, 0, count*width),
	}
}

func (s *flatSet) len() int { return len(s.ids) }

func (s *flatSet) add(v int64, x []float32) error {
	x, err := unitVector(x, s.dimensions)
	if err != nil {
		return err
	}
	scale := largest(x) / math.MaxInt8
	s.ids = append(s.ids, v)
	s.scales = append(s.scales, scale)
	for _, f := range x {
		s.values = append(s.values, int8(math.RoundToEven(float64(f/scale))))
	}
	s.values = append(s.values, make([]int8, s.width-s.dimensions)...)
	return nil
}

func largest(x []float32) (most float32) {
	for _, f := range x {
		most = max(most, f, -f)
	}
	return most
}

// flatQuestion is a question as the kernels take it. With 14 bits the sum of
// 16,000 products still fits.
type flatQuestion struct {
	values []int16
	scale  float32
}

func (s *flatSet) question(x []float32) flatQuestion {
	q := flatQuestion{make([]int16, s.width), largest(x) / (1<<13 - 1)}
	for i, f := range x {
		q.values[i] = int16(math.RoundToEven(float64(f / q.scale)))
	}
	return q
}

// flatStep is how many vectors are compared between two looks at the context.
const flatStep = 4096

func (s *flatSet) search(ctx context.Context, x []float32, n int) ([]scored, error) {
	x, err := unitVector(x, s.dimensions)
	if err != nil {
		return nil, err
	}
	q := s.question(x)
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

func (s *flatSet) searchPart(ctx context.Context, q flatQuestion, to *best, from, end int) {
	for i := from; i < end; i++ {
		if i%flatStep == 0 && ctx.Err() != nil {
			return
		}
		product := dot(q.values, s.values[i*s.width:(i+1)*s.width])
		to.offer(scored{s.ids[i], float32(product) * q.scale * s.scales[i]})
	}
}

// dotGeneric multiplies two vectors of the same length.
func dotGeneric(a []int16, b []int8) int32 {
	b = b[:len(a)]
	var s0, s1 int32
	i := 0
	for ; i+2 <= len(a); i += 2 {
		s0 += int32(a[i]) * int32(b[i])
		s1 += int32(a[i+1]) * int32(b[i+1])
	}
	if i < len(a) {
		s0 += int32(a[i]) * int32(b[i])
	}
	return s0 + s1
}
