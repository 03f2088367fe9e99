package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"retable/internal/retable"
)

// Config says which database, and how it is used.
type Config struct {
	Path string // of the SQLite file; its folder must exist
	URL  string // of PostgreSQL; takes precedence

	Readers     int           // SQLite: connections that read; 0 means max(4, CPUs)
	MaxConns    int           // PostgreSQL: connections; 0 means 10
	BusyTimeout time.Duration // how long a writer waits for another process; 0 means 5 s

	// Migrate brings the schema up to date. Without it a store whose schema is
	// older or newer than the program is refused.
	Migrate    bool
	OnProgress func(Progress) // of migrations and backfills

	Slow  time.Duration // statements that take longer are told to Hooks.Slow; 0: none
	Hooks Hooks
	Clock retable.Clock // for what has no time of its own; nil means time.Now

	// NoSync trades safety at a power failure for speed: for tests.
	NoSync bool

	plan *plan // nil means the program's own
	// idle is how long nothing may come to PostgreSQL's listener before its
	// connection is tested: one that broke without a word would stay silent for good.
	idle time.Duration // 0 means 30 s
}

// Hooks are called as things happen; they must be quick. Any may be nil.
type Hooks struct {
	// Slow gets the text of a slow statement, never its values.
	Slow func(ctx context.Context, statement string, took time.Duration)
	// Error counts a failed statement by the name of its fault: busy, locked, full,
	// readonly, damaged, down, internal.
	Error func(ctx context.Context, fault string)
	// Retry tells that a transaction runs again because of a passing conflict.
	Retry func(ctx context.Context, attempt int)
}

// Store is an open database.
type Store struct {
	cfg      Config
	d        *dialect
	plan     plan
	write    *sql.DB // SQLite: one connection; PostgreSQL: the pool
	read     *sql.DB // SQLite: connections that can't write; PostgreSQL: the same pool
	active   sync.Map
	notifier *notifier
	closing  sync.Once
	closeErr error
}

var _ retable.Store = (*Store)(nil)

// Open opens the database and, if cfg.Migrate, brings its schema up to date.
// The errors are *retable.Error: Unavailable if it can't be reached or used,
// Conflict with reason "schema_older" or "schema_newer".
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s, err := open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open connects without looking at the schema.
func open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{cfg: cfg.withDefaults()}
	var err error
	if s.plan, err = cfg.migrations(); err != nil {
		return nil, retable.Fault(err, "reading the migrations")
	}
	switch {
	case cfg.URL != "":
		err = s.openPostgres(ctx)
	case cfg.Path != "":
		err = s.openSQLite(ctx)
	default:
		err = retable.Errorf(retable.Invalid, "The store needs a path or a PostgreSQL URL.")
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ready migrates if asked to, and otherwise refuses a schema that isn't this
// program's.
func (s *Store) ready(ctx context.Context) error {
	if !s.cfg.Migrate {
		return s.checkSchema(ctx)
	}
	_, err := s.migrateUp(ctx)
	return err
}

func (c Config) withDefaults() Config {
	if c.Readers <= 0 {
		c.Readers = max(4, runtime.NumCPU())
	}
	if c.MaxConns <= 0 {
		c.MaxConns = 10
	}
	c.MaxConns = max(c.MaxConns, 2) // migrating takes two
	if c.BusyTimeout <= 0 {
		c.BusyTimeout = 5 * time.Second
	}
	if c.idle <= 0 {
		c.idle = 30 * time.Second
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// Engine returns SQLite or Postgres.
func (s *Store) Engine() string { return s.d.name }

// SQL is the pool of connections that write, for the few who bring their own
// tables or statements (the limiter). Its errors are the driver's.
func (s *Store) SQL() *sql.DB { return s.write }

// Health reports whether the database answers and its schema is current.
func (s *Store) Health(ctx context.Context) error { return s.checkSchema(ctx) }

// Close ends the notifier and closes all connections. Twice is harmless.
func (s *Store) Close() error {
	s.closing.Do(func() {
		if s.notifier != nil {
			s.notifier.close()
		}
		var errs []error
		if s.read != nil && s.read != s.write {
			errs = append(errs, s.read.Close())
		}
		if s.write != nil { // last: SQLite empties its log into the file now
			errs = append(errs, s.write.Close())
		}
		if err := errors.Join(errs...); err != nil {
			s.closeErr = fmt.Errorf("close the database: %w", err)
		}
	})
	return s.closeErr
}
