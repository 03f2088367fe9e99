package app

import (
	"context"
	"os"

	"retable/internal/retable"
)

func openNamed(path string) (*os.File, error) { return os.Open(path) }

// withOriginal gives fn the session's bundle as it came. The caller has
// checked that it may be read.
func (s *Service) withOriginal(ctx context.Context, sessionID string, fn func(Source) error) error {
	var (
		a    *retable.Artifact
		name string
	)
	err := s.store.View(ctx, func(tx retable.Tx) error {
		x, err := tx.Sessions().Get(ctx, sessionID)
		if err != nil {
			return err
		}
		name = x.Name
		a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactOriginal})
		return err
	})
	if err != nil {
		return err
	}
	if a == nil {
		return retable.Errorf(retable.NotFound, "The original of %s is not kept any more.", name)
	}
	return s.withBlob(ctx, a.Key, func(path string) error {
		f, err := openNamed(path)
		if err != nil {
			return retable.Fault(err, "opening a stored bundle")
		}
		defer f.Close()
		// The name it came with: a single file's is in its rows.
		return fn(Source{Reader: f, Name: a.Name, Limits: s.cfg.Limits, Parse: s.cfg.Parse})
	})
}

// withTables gives fn the path of the session's tables.sqlite.
func (s *Service) withTables(ctx context.Context, sessionID string, fn func(path string, a *retable.Artifact) error) error {
	var a *retable.Artifact
	err := s.store.View(ctx, func(tx retable.Tx) (err error) {
		a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactTables})
		return err
	})
	if err != nil {
		return err
	}
	if a == nil {
		return &retable.Error{Code: retable.Conflict, Reason: "not_converted", Detail: "This session has no tables yet: convert it first."}
	}
	return s.withBlob(ctx, a.Key, func(path string) error { return fn(path, a) })
}

func (s *Service) withBlob(ctx context.Context, key string, fn func(path string) error) error {
	path, release, err := s.blobs.Local(ctx, key)
	if err != nil {
		return err
	}
	defer release()
	return fn(path)
}

// newest is the newest artifact that fits, nil if none does.
func newest(ctx context.Context, tx retable.Tx, f retable.ArtifactFilter) (*retable.Artifact, error) {
	l, err := tx.Artifacts().Find(ctx, f)
	if err != nil || len(l) == 0 {
		return nil, err
	}
	return &l[0], nil
}
