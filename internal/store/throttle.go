package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"retable/internal/retable"
)

type throttle struct{ *tx }

func (t throttle) Failures(ctx context.Context, key string) (n int, latest retable.Millis, err error) {
	err = t.one(ctx, func(row scanner) error { return row.Scan(&n, &latest) },
		"SELECT failures, latest_at FROM throttle WHERE throttle_key = $1", key)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return n, latest, err
}

// Fail counts a failure. What nobody failed at for keep is forgotten, of other
// keys too, so that strangers can't fill the table.
func (t throttle) Fail(ctx context.Context, key string, at retable.Millis, keep time.Duration) error {
	if _, err := t.exec(ctx, "DELETE FROM throttle WHERE expires_at <= $1", at); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		INSERT INTO throttle (throttle_key, failures, latest_at, expires_at) VALUES ($1, 1, $2, $3)
		ON CONFLICT (throttle_key) DO UPDATE SET failures = throttle.failures + 1,
			latest_at = excluded.latest_at, expires_at = excluded.expires_at`, key, at, at.Add(keep))
	return err
}

func (t throttle) Reset(ctx context.Context, key string) error {
	_, err := t.exec(ctx, "DELETE FROM throttle WHERE throttle_key = $1", key)
	return err
}
