package app

import (
	"context"
	"encoding/json"
	"time"

	"retable/internal/retable"
)

// sums are figures over all sessions and all jobs that are over. Adding them up
// reads every row: seconds for ten million, and every replica is asked every
// few seconds by who watches it.
type sums struct {
	At       retable.Millis        `json:"at"`
	TookMS   int64                 `json:"took_ms"`
	Sessions retable.SessionTotals `json:"sessions"`
	Over     []retable.QueueStats  `json:"over"`
}

const (
	sumsKey = "stats/sums" // in the settings, for all replicas
	// What took so long is good for a hundred times as long: adding up takes the
	// database one part in a hundred of its time, however many ask.
	sumsQuick = 100 * time.Millisecond
	sumsWorth = 100
)

// totals adds up, or tells what somebody has added up not long ago.
func (s *Service) totals(ctx context.Context) (*sums, error) {
	var now sums
	err := s.store.View(ctx, func(tx retable.Tx) error {
		raw, err := tx.Settings().Get(ctx, sumsKey)
		if err != nil {
			return ignoreMissing(err)
		}
		return json.Unmarshal(raw, &now)
	})
	if err != nil {
		return nil, err
	}
	if age := int64(s.clock.Now() - now.At); age >= 0 && age < now.TookMS*sumsWorth {
		return &now, nil
	}
	began := time.Now()
	err = s.store.View(ctx, func(tx retable.Tx) (err error) {
		if now.Sessions, err = tx.Sessions().Totals(ctx); err == nil {
			now.Over, err = tx.Jobs().Over(ctx)
		}
		return err
	})
	took := time.Since(began)
	if err != nil || took < sumsQuick {
		return &now, err
	}
	now.At, now.TookMS = s.clock.Now(), took.Milliseconds()
	raw, err := json.Marshal(now)
	if err != nil {
		return nil, err
	}
	return &now, s.store.Update(ctx, func(tx retable.Tx) error { return tx.Settings().Set(ctx, sumsKey, raw, now.At) })
}
