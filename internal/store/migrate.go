package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"

	"retable/internal/retable"
)

// versionTable is where goose writes down what was applied.
const versionTable = "schema_version"

// floorTable holds, of each migration that contracted the schema, which schema
// a program must know since.
const floorTable = "schema_floor"

// Progress tells how far a migration or one of its backfills has come.
type Progress struct {
	Version  int64  // of the migration
	Name     string // of its file, such as "00004_jobs.sql"
	Backfill string // "" for the migration itself
	Done     int64  // rows
	Total    int64  // 0 if not known
}

// Report is what Migrate or Rollback did.
type Report struct {
	From, To int64
	Applied  []string // files, in the order in which they were applied
	Backup   string   // the file that was made before, if there was need for one
}

// Migrate brings the schema up to date and returns what was done. A migration
// that failed leaves the ones before it; repeating goes on from there.
func Migrate(ctx context.Context, cfg Config) (*Report, error) {
	return withStore(ctx, cfg, (*Store).migrateUp)
}

// Rollback undoes the migrations above version to, the newest first. On SQLite
// a backup is made before.
func Rollback(ctx context.Context, cfg Config, to int64) (*Report, error) {
	return withStore(ctx, cfg, func(s *Store, ctx context.Context) (*Report, error) { return s.migrateDown(ctx, to) })
}

func withStore[T any](ctx context.Context, cfg Config, do func(*Store, context.Context) (T, error)) (result T, err error) {
	s, err := open(ctx, cfg)
	if err != nil {
		return result, err
	}
	result, err = do(s, ctx)
	return result, errors.Join(err, s.Close())
}

// step is one migration of this engine.
type step struct {
	version   int64
	name      string
	backfills []Backfill
}

// steps reads the plan, oldest first.
func (s *Store) steps() (dialectFS, []step, error) {
	files := dialectFS{s.plan.files, s.d.name}
	names, err := files.Glob("*.sql")
	if err != nil {
		return files, nil, err
	}
	var steps []step
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return files, nil, err
		}
		of, err := files.backfillsOf(name)
		if err != nil {
			return files, nil, err
		}
		st := step{version: version, name: name}
		for _, wanted := range of {
			b, err := s.plan.backfill(wanted)
			if err != nil {
				return files, nil, fmt.Errorf("%s: %w", name, err)
			}
			st.backfills = append(st.backfills, b)
		}
		steps = append(steps, st)
	}
	return files, steps, nil
}

// schemaVersion is the newest migration that was applied, 0 of an empty database.
func (s *Store) schemaVersion(ctx context.Context) (version int64, err error) {
	there, err := s.hasTable(ctx, versionTable)
	if err != nil || !there {
		return 0, err
	}
	err = s.read.QueryRowContext(ctx, "SELECT COALESCE(max(version_id), 0) FROM "+versionTable).Scan(&version)
	return version, s.d.explain(err, "reading the schema's version")
}

func (s *Store) hasTable(ctx context.Context, name string) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
	if s.d.name == Postgres {
		query = "SELECT count(*) FROM pg_class WHERE oid = to_regclass($1)"
	}
	var n int
	err := s.read.QueryRowContext(ctx, query, name).Scan(&n)
	if err != nil {
		s.failed(ctx, err)
	}
	return n > 0, s.d.explain(err, "reading the schema")
}

// checkSchema refuses a schema that isn't the plan's.
func (s *Store) checkSchema(ctx context.Context) error {
	_, steps, err := s.steps()
	if err != nil {
		return retable.Fault(err, "reading the migrations")
	}
	have, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	if err := s.tooNew(ctx, have, newest(steps)); err != nil {
		return err
	}
	if have < newest(steps) {
		return older(fmt.Sprintf("The database has schema version %d, this program needs %d.", have, newest(steps)))
	}
	for _, st := range steps {
		for _, b := range st.backfills {
			if done, err := s.backfilled(ctx, b.Name); err != nil {
				return err
			} else if !done {
				return older(fmt.Sprintf("The data of the database is not up to date: %q of migration %d is not finished.", b.Name, st.version))
			}
		}
	}
	return nil
}

func newest(steps []step) int64 {
	if len(steps) == 0 {
		return 0
	}
	return steps[len(steps)-1].version
}

func older(what string) error {
	return &retable.Error{Code: retable.Conflict, Reason: "schema_older", Detail: what + ` Run "retable migrate up".`}
}

// tooNew refuses a schema that no longer fits a program that knows so much of
// it. A newer schema fits until a migration contracts it, and raises the floor
// (docs/adr/0065): so old replicas go on while a new one migrates, and a rollback
// of the program needs none of the schema.
func (s *Store) tooNew(ctx context.Context, have, known int64) error {
	if have <= known {
		return nil
	}
	floor, err := s.floor(ctx)
	if err != nil || floor <= known {
		return err
	}
	return &retable.Error{Code: retable.Conflict, Reason: "schema_newer", Detail: fmt.Sprintf(
		"The database was written by a newer Retable: it has schema version %d and needs a program that knows %d, this one knows %d. Install the newer version, or restore a backup of before.",
		have, floor, known)}
}

// floor is the schema that a program must know to run on this one.
func (s *Store) floor(ctx context.Context) (version int64, err error) {
	there, err := s.hasTable(ctx, floorTable)
	if err != nil || !there {
		return 0, err
	}
	err = s.read.QueryRowContext(ctx, "SELECT COALESCE(max(version), 0) FROM "+floorTable).Scan(&version)
	return version, s.d.explain(err, "reading the schema's floor")
}

// migrateUp applies what is pending, one migration after the other, each
// followed by its backfills, while no other process migrates.
func (s *Store) migrateUp(ctx context.Context) (report *Report, err error) {
	err = s.migrating(ctx, func(files dialectFS, steps []step, have int64) error {
		report = &Report{From: have, To: have}
		if report.Backup, err = s.backupBefore(ctx, steps, have); err != nil {
			return err
		}
		provider, err := s.provider(files)
		if err != nil {
			return err
		}
		for _, st := range steps {
			if st.version > have {
				s.progress(Progress{Version: st.version, Name: st.name})
				if _, err := provider.UpTo(ctx, st.version); err != nil {
					return s.migrationFailed(err, st.name)
				}
				report.Applied, report.To = append(report.Applied, st.name), st.version
			}
			for _, b := range st.backfills {
				if err := s.backfill(ctx, st, b); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return report, err
}

// migrateDown undoes migrations.
func (s *Store) migrateDown(ctx context.Context, to int64) (report *Report, err error) {
	err = s.migrating(ctx, func(files dialectFS, steps []step, have int64) error {
		report = &Report{From: have, To: have}
		if known := newest(steps); have > known {
			return retable.Errorf(retable.Conflict, "The schema has version %d, and this program knows %d: take it back with the program that brought it up.", have, known)
		}
		if to < 0 || to >= have {
			return retable.Errorf(retable.Unprocessable, "The schema has version %d: it can be rolled back to 0 … %d.", have, max(0, have-1))
		}
		if report.Backup, err = s.backupTo(ctx, have); err != nil {
			return err
		}
		if err := s.forgetBackfills(ctx, steps, to); err != nil {
			return err
		}
		provider, err := s.provider(files)
		if err != nil {
			return err
		}
		results, err := provider.DownTo(ctx, to)
		for _, r := range results {
			report.Applied = append(report.Applied, r.Source.Path)
		}
		if err != nil {
			return s.migrationFailed(err, "the way down")
		}
		report.To = to
		return nil
	})
	return report, err
}

func (s *Store) migrationFailed(err error, name string) error {
	return s.d.explain(fmt.Errorf("migration %s: %w", name, err), "migrating the database")
}

// migrating runs fn while no other process migrates the same database.
func (s *Store) migrating(ctx context.Context, fn func(files dialectFS, steps []step, have int64) error) error {
	files, steps, err := s.steps()
	if err != nil {
		return retable.Fault(err, "reading the migrations")
	}
	release, err := s.lockMigrations(ctx)
	if err != nil {
		return err
	}
	have, err := s.schemaVersion(ctx)
	if err == nil {
		err = s.tooNew(ctx, have, newest(steps))
	}
	if err == nil {
		err = fn(files, steps, have)
	}
	return errors.Join(err, release())
}

func (s *Store) provider(files dialectFS) (*goose.Provider, error) {
	dialect := goose.DialectSQLite3
	if s.d.name == Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, s.write, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, retable.Fault(err, "reading the migrations")
	}
	return p, nil
}

func (s *Store) progress(p Progress) {
	if s.cfg.OnProgress != nil {
		s.cfg.OnProgress(p)
	}
}
