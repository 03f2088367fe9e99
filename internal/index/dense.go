package index

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"

	"retable/internal/retable"
)

// dense searches the vectors of one model. They are loaded by the first
// question that needs them.
type dense struct {
	info     *VectorInfo
	embedder retable.Embedder
	db       *sql.DB

	mu  sync.Mutex
	set vectorSet // nil until it is loaded
}

func openDense(dir string, info *VectorInfo, embedder retable.Embedder) (*dense, error) {
	db, err := openSQLite(filepath.Join(dir, info.File), readParams, 4)
	if err != nil {
		return nil, err
	}
	return &dense{info: info, embedder: embedder, db: db}, nil
}

func (d *dense) close() error { return d.db.Close() }

// load returns the set with all vectors. When it fails the next question
// tries again.
func (d *dense) load(ctx context.Context) (vectorSet, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.set != nil {
		return d.set, nil
	}
	dimensions := d.info.Model.Dimensions
	set, err := newVectorSet(dimensions, d.info.Vectors)
	if err != nil {
		return nil, err
	}
	err = each(ctx, d.db, "SELECT v, vector FROM vectors ORDER BY v", nil, func(scan func(...any) error) error {
		var v int64
		var blob sql.RawBytes
		if err := scan(&v, &blob); err != nil {
			return err
		}
		x, err := blobVector(blob, dimensions)
		if err != nil {
			return err
		}
		return set.add(v, x)
	})
	if err != nil {
		return nil, fmt.Errorf("load vectors: %w", err)
	}
	d.set = set
	return set, nil
}

// neighbours are the chunks nearest to a question, nearest first.
type neighbours struct {
	chunks  []int64
	cosines map[int64]float32
}

// searchDense finds the nearest chunks. What the model's fault is, its absence
// or another model in its place, becomes a warning: words alone answer then.
func (s *Snapshot) searchDense(ctx context.Context, q *Query, scope scope, r *Result) (neighbours, error) {
	if q.DenseWeight < 0 {
		return neighbours{}, nil
	}
	if s.dense == nil {
		if s.warning != "" {
			r.Warnings = append(r.Warnings, s.warning)
		}
		return neighbours{}, nil
	}
	vector, warning := s.dense.question(ctx, q.Text)
	if ctx.Err() != nil {
		return neighbours{}, ctx.Err()
	}
	if warning != "" {
		r.Warnings = append(r.Warnings, warning+" Words alone were searched.")
		return neighbours{}, nil
	}
	r.Dense = true
	set, err := s.dense.load(ctx)
	if err != nil {
		return neighbours{}, err
	}
	// The scope is known of chunks, not of vectors: where it lets too few pass,
	// more are fetched.
	for fetch := Depth; ; fetch *= 4 {
		found, err := set.search(ctx, vector, fetch)
		if err != nil {
			return neighbours{}, err
		}
		out, err := s.chunksOf(ctx, found, scope)
		if err != nil || len(out.chunks) >= Depth || len(found) < fetch {
			return out, err
		}
	}
}

// question embeds a question; a warning says why it can't be.
func (d *dense) question(ctx context.Context, text string) (vector []float32, warning string) {
	model, err := d.embedder.Model(ctx)
	if err != nil {
		return nil, "The embedding model can't be reached."
	}
	if Fingerprint(model) != d.info.Fingerprint {
		return nil, fmt.Sprintf("The index has vectors of the model %s, not of %s, until it is made again.", d.info.Model.Name, model.Name)
	}
	text = oneLine(text)
	vectors, err := embedTexts(ctx, d.embedder, &model, []string{text[:whole(text, maxQuestion)]}, retable.ForQuery)
	if err != nil {
		return nil, "The embedding model failed."
	}
	if vectors[0] == nil {
		return nil, "The embedding model makes nothing of the question."
	}
	return vectors[0], ""
}

// chunksOf lists the chunks in which the texts of vectors stand, up to Depth.
func (s *Snapshot) chunksOf(ctx context.Context, found []scored, scope scope) (neighbours, error) {
	out := neighbours{cosines: map[int64]float32{}}
	where, args := scope.sql("value")
	for _, f := range found {
		if len(out.chunks) >= Depth {
			break
		}
		var chunks []int64
		err := each(ctx, s.dense.db, "SELECT n FROM passages WHERE v = ? ORDER BY n LIMIT ?", []any{f.v, s.most(scope)}, func(scan func(...any) error) error {
			var n int64
			err := scan(&n)
			chunks = append(chunks, n)
			return err
		})
		if err != nil {
			return out, err
		}
		if where != "" {
			list, err := json.Marshal(chunks)
			if err != nil {
				return out, err
			}
			if chunks, err = s.numbers(ctx, "SELECT value FROM json_each(?) WHERE 1"+where, append([]any{string(list)}, args...)...); err != nil {
				return out, err
			}
		}
		for _, n := range chunks {
			if _, known := out.cosines[n]; !known && len(out.chunks) < Depth {
				out.cosines[n] = f.cosine
				out.chunks = append(out.chunks, n)
			}
		}
	}
	return out, nil
}

// most is how many chunks of one text are looked at: more where some of them
// are outside of the scope.
func (s *Snapshot) most(scope scope) int {
	if scope.all {
		return Depth
	}
	return 100 * Depth
}
