package app

import (
	"context"
	"time"

	"retable/internal/event"
	"retable/internal/retable"
)

// ErrorReport is a fault that a door has met, such as a panic in a handler.
type ErrorReport struct {
	Source string // "request GET /api/jobs"
	Err    error
	Stack  string
}

// RecordError keeps a fault for operators. What can't be kept is logged.
func (s *Service) RecordError(ctx context.Context, r ErrorReport) {
	e := &retable.ErrorEvent{
		ID: retable.NewID(), At: s.clock.Now(), Source: r.Source, CorrelationID: retable.CorrelationFrom(ctx),
		Code: retable.CodeOf(r.Err), Message: r.Err.Error(), Stack: r.Stack,
	}
	if p, err := retable.PrincipalFrom(ctx); err == nil {
		e.UserID = p.UserID
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.store.Update(ctx, func(tx retable.Tx) error { return tx.ErrorEvents().Add(ctx, e) }); err != nil {
		s.log.ErrorContext(ctx, "an error event could not be kept", "source", r.Source, "err", err)
	}
}

// DirectLink is a link that leads a client to the store of blobs itself; ""
// where the store takes no clients.
func (s *Service) DirectLink(ctx context.Context, d *Download, ttl time.Duration) (string, error) {
	p, ok := s.blobs.(retable.Presigner)
	if !ok {
		return "", nil
	}
	return p.PresignGet(ctx, d.Key, d.Name, ttl)
}

// ListenToJob gives the events of one job that the caller may see, until ctx
// ends.
func (s *Service) ListenToJob(ctx context.Context, id int64) (<-chan retable.Event, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	if err := s.store.View(ctx, func(tx retable.Tx) error {
		_, err := job(ctx, tx, p, id, false)
		return err
	}); err != nil {
		return nil, err
	}
	return s.events.Subscribe(ctx, event.Filter{JobID: id}), nil
}
