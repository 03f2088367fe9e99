package app

import (
	"context"

	"retable/internal/config"
	"retable/internal/retable"
	"retable/internal/store"
)

// MigrationStep is one step of the database's schema.
type MigrationStep struct {
	Version   int64  `json:"version"`
	Name      string `json:"name"`
	AppliedAt string `json:"applied_at,omitempty"` // "" if it is still to be taken
}

// migrating calls fn with the database of the settings, which nobody else runs
// jobs on meanwhile.
func migrating(cfg *config.Config, fn func(store.Config) error) error {
	if cfg.Place.Postgres() {
		return fn(store.Config{URL: cfg.Place.Database, MaxConns: cfg.Place.DatabaseMax})
	}
	if err := makeRoot(cfg.Place.RuntimeRoot); err != nil {
		return err
	}
	lock, err := store.LockRunner(cfg.Place.RuntimeRoot, store.Migrating)
	if err != nil {
		return err
	}
	err = fn(store.Config{Path: databasePath(cfg)})
	if rerr := lock.Close(); err == nil {
		err = rerr
	}
	return err
}

// MigrateUp brings the schema up to date and counts the steps that were taken.
func MigrateUp(ctx context.Context, cfg *config.Config) (steps int, err error) {
	err = migrating(cfg, func(sc store.Config) error {
		before, err := store.Status(ctx, sc)
		if err != nil {
			return err
		}
		for _, m := range before {
			if m.AppliedAt == 0 {
				steps++
			}
		}
		_, err = store.Migrate(ctx, sc)
		return err
	})
	return steps, err
}

// MigrateDown takes the last step back. An embedded database is copied before.
func MigrateDown(ctx context.Context, cfg *config.Config) error {
	return migrating(cfg, func(sc store.Config) error {
		steps, err := store.Status(ctx, sc)
		if err != nil {
			return err
		}
		var last, before int64
		for _, m := range steps {
			if m.AppliedAt > 0 {
				last, before = m.Version, last
			}
		}
		if last == 0 {
			return retable.Errorf(retable.Conflict, "No step has been taken, so none can be taken back.")
		}
		_, err = store.Rollback(ctx, sc, before)
		return err
	})
}

// MigrationSteps says how far the schema is.
func MigrationSteps(ctx context.Context, cfg *config.Config) ([]MigrationStep, error) {
	sc := store.Config{URL: cfg.Place.Database}
	if !cfg.Place.Postgres() {
		sc = store.Config{Path: databasePath(cfg)}
		if err := makeRoot(cfg.Place.RuntimeRoot); err != nil {
			return nil, err
		}
	}
	status, err := store.Status(ctx, sc)
	if err != nil {
		return nil, err
	}
	var out []MigrationStep
	for _, m := range status {
		out = append(out, MigrationStep{m.Version, m.Name, m.AppliedAt.String()})
	}
	return out, nil
}
