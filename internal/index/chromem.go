package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/philippgille/chromem-go"
)

// chromemSet is chromem-go in memory behind a guard. What the library does
// that is not done here: Delete with an empty filter deletes everything,
// CreateCollection on a name that exists empties it, vectors of any length and
// NaN are taken and spoil every search, asking for more than there is fails,
// and its files lose documents. So: one collection per set, filled once, never
// deleted from, nothing but vectors of the right length, no files.
type chromemSet struct {
	dimensions int
	docs       *chromem.Collection
}

var _ vectorSet = (*chromemSet)(nil)

func newChromemSet(dimensions int) (*chromemSet, error) {
	never := func(context.Context, string) ([]float32, error) {
		return nil, errors.New("chromem-go is given vectors, not texts")
	}
	docs, err := chromem.NewDB().CreateCollection("vectors", nil, never) // a new name, so nothing is emptied
	if err != nil {
		return nil, err
	}
	return &chromemSet{dimensions: dimensions, docs: docs}, nil
}

func (s *chromemSet) len() int { return s.docs.Count() }

func (s *chromemSet) add(v int64, x []float32) error {
	x, err := unitVector(x, s.dimensions)
	if err != nil {
		return err
	}
	return s.docs.AddDocument(context.Background(), chromem.Document{ID: strconv.FormatInt(v, 10), Embedding: slices.Clone(x)})
}

func (s *chromemSet) search(ctx context.Context, q []float32, n int) ([]scored, error) {
	q, err := unitVector(q, s.dimensions)
	if err != nil {
		return nil, err
	}
	if n = min(n, s.len()); n <= 0 || ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	found, err := s.docs.QueryEmbedding(ctx, q, n, nil, nil)
	if err != nil {
		return nil, err
	}
	out := make([]scored, len(found))
	for i, f := range found {
		v, err := strconv.ParseInt(f.ID, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: id %q", errVector, f.ID)
		}
		out[i] = scored{v, f.Similarity}
	}
	slices.SortFunc(out, byCosine)
	return out, nil
}
