package app

import (
	"context"
	"fmt"
	"path/filepath"

	"retable/actors"
	"retable/internal/index"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// indexTask makes a session's index: full text, and vectors where there is a
// model for them. It works in a folder that outlives an attempt, so that what
// was killed goes on where it was.
func (s *Service) indexTask(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	var none actors.Outcome
	var m *index.Manifest
	var revision, dir, base string
	defer func() { s.building.Delete(dir); s.building.Delete(base) }()
	about, err := s.latestOf(ctx, j.SessionID)
	if err != nil {
		return none, err
	}
	err = s.withTables(ctx, j.SessionID, func(path string, a *retable.Artifact) (err error) {
		db, err := tabledb.Open(path)
		if err != nil {
			return err
		}
		defer db.Close()
		changes, err := s.changeCards(ctx, j.SessionID)
		if err != nil {
			return err
		}
		revision = a.SHA256
		dir = s.workDir(j.SessionID, revision, about)
		s.building.Store(dir, true)
		base = s.baseIndex(ctx, j.SessionID)
		m, err = s.makeIndex(ctx, dir, base, index.Source{Session: j.SessionID, Revision: revision, Tables: db, Changes: changes}, report)
		return err
	})
	if err != nil {
		return none, indexError(ctx, err, "indexing the tables")
	}
	report(actors.Report{Progress: 96, Message: "storing the index", Left: -1})
	blob, err := s.packIndex(ctx, dir, madeBy(j)+"index.tar")
	if err != nil {
		return none, explained(ctx, err, "storing the index")
	}
	if err := s.keepIndex(dir, s.indexDir(j.SessionID, blob.SHA256)); err != nil {
		s.dropBlobs(ctx, []string{blob.Key})
		return none, explained(ctx, err, "storing the index")
	}
	chunks := m.Chunks + m.Cards
	return actors.Outcome{
		Result:  map[string]any{"indexed_chunks": chunks, "vectors": m.Vectors != nil, "comparison": about},
		Message: fmt.Sprintf("%d chunks indexed", chunks),
		Commit: func(ctx context.Context, tx retable.Tx) error {
			tables, err := newest(ctx, tx, retable.ArtifactFilter{SessionID: j.SessionID, Kind: retable.ArtifactTables})
			if err != nil {
				return err
			}
			if tables == nil || tables.SHA256 != revision {
				return retable.Errorf(retable.Conflict, "The tables have been made anew meanwhile; index the session again.")
			}
			old, err := tx.Artifacts().Find(ctx, retable.ArtifactFilter{SessionID: j.SessionID, Kind: retable.ArtifactIndex})
			if err != nil {
				return err
			}
			for i := range old {
				if err := tx.Artifacts().Delete(ctx, old[i].ID); err != nil {
					return err
				}
			}
			return s.addArtifact(ctx, tx, j, retable.Artifact{
				SessionID: j.SessionID, Kind: retable.ArtifactIndex, Format: modelOf(m), OptionsHash: revision, Name: "index.tar", MediaType: "application/x-tar",
				Key: blob.Key, SHA256: blob.SHA256, Bytes: blob.Bytes,
			})
		},
		Discard: func() { s.dropBlobs(context.Background(), []string{blob.Key}) },
	}, nil
}

// maxVectorCache bounds the cache of vectors: about 130,000 texts at 512
// dimensions.
const maxVectorCache = 256 << 20

// makeIndex builds the set in dir, and its vectors. base is the set before, ""
// for none: what is the same in it, or in any set of this machine, isn't made
// again.
func (s *Service) makeIndex(ctx context.Context, dir, base string, src index.Source, report func(actors.Report)) (*index.Manifest, error) {
	if err := makeRoot(filepath.Dir(dir)); err != nil {
		return nil, err
	}
	steps := forward(report, s.clock, 0, 60, func(p Progress) string { return fmt.Sprintf("full text: %d of %d rows", p.Done, p.Total) })
	m, err := index.Build(ctx, dir, src, index.BuildOptions{Base: base, Progress: func(p index.Progress) {
		steps(Progress{Phase: string(p.Stage), Done: p.Done, Total: p.Total})
	}})
	if err != nil {
		return nil, err
	}
	embedder := s.models.embedder(ctx)
	if embedder == nil {
		return m, nil
	}
	cache, err := s.vectorCache()
	if err != nil {
		s.log.WarnContext(ctx, "vectors are made without their cache", "err", err)
	} else {
		defer cache.Close() //nolint:errcheck // what it holds can be made again
	}
	vectors := forward(report, s.clock, 60, 95, func(p Progress) string { return fmt.Sprintf("meaning: %d of %d texts", p.Done, p.Total) })
	with, err := index.Embed(ctx, dir, src.Tables, index.EmbedOptions{Embedder: embedder, Base: base, Cache: cache, Progress: func(p index.Progress) {
		vectors(Progress{Phase: string(p.Stage), Done: p.Done, Total: p.Total})
	}})
	if err != nil && ctx.Err() == nil && transientModel(err) {
		// Words find without meaning; a later index adds it.
		s.log.WarnContext(ctx, "no vectors were made", "err", err)
		return m, nil
	}
	return with, err
}

// vectorCache opens the vectors of the texts that were embedded on this machine
// last, by their hashes: the next delivery holds most of them again.
func (s *Service) vectorCache() (*index.Cache, error) {
	dir := s.cacheDir("vectors")
	if err := makeRoot(dir); err != nil {
		return nil, err
	}
	return index.OpenCache(filepath.Join(dir, "vectors.sqlite"), maxVectorCache)
}

// transientModel reports whether it is the model's server that failed.
func transientModel(err error) bool {
	switch retable.CodeOf(err) {
	case retable.Unavailable, retable.Busy, retable.RateLimited, retable.NotFound:
		return true
	}
	return false
}

// packIndex stores a set as one blob.
func (s *Service) packIndex(ctx context.Context, dir, key string) (retable.BlobInfo, error) {
	w, err := s.blobs.Create(ctx, key)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	defer w.Abort()
	if err := index.Pack(ctx, dir, w); err != nil {
		return retable.BlobInfo{}, err
	}
	return w.Commit(ctx)
}
