package index

import (
	"cmp"
	"slices"
)

// The measures of retrieval.
const (
	// Depth is how many chunks each way of searching offers.
	Depth = 50
	// DefaultLimit is how many chunks come out.
	DefaultLimit = 12
	// DenseWeight is the default weight of meaning against words: more of it
	// was measured to harm (docs/adr/0033).
	DenseWeight = 0.3

	fuseK = 60
)

// ranked is a list of chunks, best first, that counts with a weight.
type ranked struct {
	chunks []int64
	weight float64
}

// fused is a chunk with its score.
type fused struct {
	n     int64
	score float64
}

// fuse merges lists by weighted reciprocal ranks: a chunk scores the sum of
// weight / (60 + rank). Of equal ones the one with the lower number is first.
func fuse(lists ...ranked) []fused {
	scores := map[int64]float64{}
	for _, l := range lists {
		if l.weight <= 0 {
			continue
		}
		for i, n := range l.chunks {
			scores[n] += l.weight / float64(fuseK+i+1)
		}
	}
	out := make([]fused, 0, len(scores))
	for n, score := range scores {
		out = append(out, fused{n, score})
	}
	slices.SortFunc(out, func(a, b fused) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.n, b.n)) })
	return out
}
