package app

import (
	"context"

	"retable/internal/retable"
)

// PairOfSessions names two sessions.
type PairOfSessions struct {
	LeftID  string `json:"left_session_id"`
	RightID string `json:"right_session_id"`
}

// FilePin is a person's word on a pair of files: they belong together, or
// (Apart) they don't. A side that is empty has no counterpart.
type FilePin struct {
	LeftPath  string `json:"left_path,omitempty"`
	RightPath string `json:"right_path,omitempty"`
	Apart     bool   `json:"apart"`
}

// FilePins are the pins of two sessions.
type FilePins struct {
	Pins []FilePin `json:"pins"`
}

// PinRequest pins a pair of files.
type PinRequest struct {
	PairOfSessions
	FilePin
}

// ListPins lists what people have said about the pairs of two sessions.
func (s *Service) ListPins(ctx context.Context, req PairOfSessions) (*FilePins, error) {
	out := &FilePins{Pins: []FilePin{}}
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if err := bothSessions(ctx, tx, p, req, false); err != nil {
			return err
		}
		pins, err := tx.Comparisons().Pins(ctx, req.LeftID, req.RightID)
		for _, x := range pins {
			out.Pins = append(out.Pins, FilePin{x.LeftPath, x.RightPath, x.Apart})
		}
		return err
	})
	return out, err
}

func bothSessions(ctx context.Context, tx retable.Tx, p *retable.Principal, pair PairOfSessions, write bool) error {
	for _, id := range []string{pair.LeftID, pair.RightID} {
		if _, err := session(ctx, tx, p, id, write); err != nil {
			return err
		}
	}
	return nil
}

// PutPin says that two files belong together, or don't. It takes effect with
// the next comparison.
func (s *Service) PutPin(ctx context.Context, req PinRequest) (*FilePin, error) {
	if req.LeftPath == "" && req.RightPath == "" {
		return nil, &retable.Error{Code: retable.Unprocessable, Detail: "A pin needs a file on at least one side."}
	}
	err := s.changePins(ctx, req.PairOfSessions, func(tx retable.Tx) error {
		return tx.Comparisons().Pin(ctx, &retable.Pin{LeftID: req.LeftID, RightID: req.RightID, LeftPath: req.LeftPath, RightPath: req.RightPath, Apart: req.Apart, CreatedAt: s.clock.Now()})
	})
	if err != nil {
		return nil, err
	}
	return &req.FilePin, nil
}

// DeletePin takes it back.
func (s *Service) DeletePin(ctx context.Context, req PinRequest) (*Success, error) {
	err := s.changePins(ctx, req.PairOfSessions, func(tx retable.Tx) error {
		return tx.Comparisons().Unpin(ctx, &retable.Pin{LeftID: req.LeftID, RightID: req.RightID, LeftPath: req.LeftPath, RightPath: req.RightPath})
	})
	if err != nil {
		return nil, err
	}
	return done(), nil
}

func (s *Service) changePins(ctx context.Context, pair PairOfSessions, change func(retable.Tx) error) error {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx retable.Tx) error {
		if err := bothSessions(ctx, tx, p, pair, true); err != nil {
			return err
		}
		return change(tx)
	})
}
