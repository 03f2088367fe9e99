package app

import (
	"context"
	"os"

	"retable/internal/retable"
)

// Probes are looks at the parts that answers need. Nothing else stops without
// them, so one that is down is degraded. A part that isn't set up is well.
func (s *Service) Probes() []Probe {
	return []Probe{
		{Name: "index", Optional: true, Check: s.checkIndexes},
		{Name: "vectors", Optional: true, Check: s.checkEmbedder},
		{Name: "model", Optional: true, Check: s.checkModel},
	}
}

// checkIndexes writes where indexes are unpacked.
func (s *Service) checkIndexes(context.Context) error {
	dir := s.cacheDir("indexes")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unwritable(err)
	}
	f, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return unwritable(err)
	}
	if err := f.Close(); err != nil {
		return unwritable(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return unwritable(err)
	}
	return nil
}

func unwritable(err error) error {
	return &retable.Error{Code: retable.Unavailable, Detail: "The folder of unpacked indexes can't be written to.", Err: err}
}

// checkEmbedder asks the embedder which model it has.
func (s *Service) checkEmbedder(ctx context.Context) error {
	e := s.models.embedder(ctx)
	if e == nil {
		return nil
	}
	_, err := e.Model(ctx)
	return err
}

// checkModel asks whether the model that answers can be asked.
func (s *Service) checkModel(ctx context.Context) error {
	r := s.models.current()
	if r == nil {
		return nil
	}
	return r.ChatReady(ctx)
}
