package index

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// EmbedOptions are the choices of Embed.
type EmbedOptions struct {
	Embedder retable.Embedder
	Base     string // another set, "" for none: its vectors of the same texts and model are taken
	Cache    *Cache // nil for none
	// Limit is how many distinct texts get vectors, 0 meaning DefaultVectors.
	// Cards come first; what is left out is found by words.
	Limit    int64
	Progress func(Progress)
}

// DefaultVectors is how many distinct texts get vectors: 100 MB in memory at
// 512 dimensions.
const DefaultVectors = 200_000

// embedBatch is how many texts a model is given at once.
const embedBatch = 64

// Embed makes the vectors of the set in dir with a model, beside those that it
// has, and puts the manifest that names them in place of the old. Snapshots
// that are open go on with what they have. Cards and rows with sentences are
// embedded; codes and numbers are found by words. If the set has that model's
// vectors already, nothing is done. What was ended or killed goes on.
func Embed(ctx context.Context, dir string, tables *tabledb.DB, opts EmbedOptions) (*Manifest, error) {
	m, err := embed(ctx, dir, tables, &opts)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("embed the index in %s: %w", dir, err)
	}
	return m, nil
}

// errModelChanged: the model became another one while it was at work.
var errModelChanged = errors.New("the embedding model has changed in the meantime")

func embed(ctx context.Context, dir string, tables *tabledb.DB, opts *EmbedOptions) (*Manifest, error) {
	s, err := Open(ctx, dir, tables, OpenOptions{})
	if err != nil {
		return nil, err
	}
	defer s.Release() //nolint:errcheck // only read from
	m := *s.manifest
	model, err := opts.Embedder.Model(ctx)
	if err != nil {
		return nil, err
	}
	fingerprint := Fingerprint(model)
	if m.Vectors != nil && m.Vectors.Fingerprint == fingerprint {
		return &m, nil
	}
	name := vectorsName(fingerprint)
	work := filepath.Join(dir, "."+name+".part")
	w, err := openVectors(ctx, work, m.Words.SHA256, fingerprint)
	if err != nil {
		return nil, err
	}
	e := &embedding{s: s, w: w, opts: opts, model: model, fingerprint: fingerprint, waiting: map[textHash]string{}, resume: w.done, left: w.left, limit: cmp.Or(opts.Limit, DefaultVectors)}
	info := VectorInfo{Fingerprint: fingerprint, Model: model}
	if err := errors.Join(e.run(ctx), e.count(ctx, &info)); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	if err := finishWork(ctx, w.db, work); err != nil {
		return nil, err
	}
	if now, err := opts.Embedder.Model(ctx); err != nil || Fingerprint(now) != fingerprint {
		return nil, errors.Join(errModelChanged, err)
	}
	if err := os.Rename(work, filepath.Join(dir, name)); err != nil {
		return nil, err
	}
	if info.FileInfo, err = describe(dir, name); err != nil {
		return nil, err
	}
	m.Vectors = &info
	return &m, m.write(dir)
}

// Prune removes the vectors that the manifest of dir doesn't name: of earlier
// models, and work that was given up. Call it when nobody opens the old set
// any more.
func Prune(dir string) error {
	m, err := ReadManifest(dir)
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*vectors-*.sqlite*"))
	if err != nil {
		return err
	}
	hidden, err := filepath.Glob(filepath.Join(dir, ".vectors-*"))
	if err != nil {
		return err
	}
	for _, path := range append(old, hidden...) {
		if m.Vectors == nil || filepath.Base(path) != m.Vectors.File {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return nil
}
