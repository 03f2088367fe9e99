package store

import (
	"context"
	"io/fs"
	"time"
)

// WithPlan returns the configuration with other migrations and backfills.
func WithPlan(cfg Config, files fs.FS, backfills ...Backfill) Config {
	cfg.plan = &plan{files: files, backfills: backfills}
	return cfg
}

// WithIdle returns the configuration with another time after which a silent
// connection is tested.
func WithIdle(cfg Config, idle time.Duration) Config {
	cfg.idle = idle
	return cfg
}

// Migrations are the program's own.
func Migrations() (fs.FS, error) { return fs.Sub(embedded, "migrations") }

// OpenUnchecked opens a database whatever its schema is.
func OpenUnchecked(ctx context.Context, cfg Config) (*Store, error) { return open(ctx, cfg) }
