package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"retable/internal/retable"
)

// openPostgres connects a pool. Sessions are in UTC and give up an idle
// transaction after a while, so that a frozen process holds no locks for good.
func (s *Store) openPostgres(ctx context.Context) error {
	s.d = postgresDialect()
	cfg, err := pgx.ParseConfig(s.cfg.URL)
	if err != nil {
		// The message of the parser may hold the password.
		return retable.Errorf(retable.Invalid, "The PostgreSQL URL is not valid; it looks like postgres://user:password@host:5432/database.")
	}
	cfg.DialFunc = dial
	params := serverSide()
	params["application_name"], params["timezone"], params["idle_in_transaction_session_timeout"] = "retable", "UTC", "60000"
	for name, value := range params {
		if _, set := cfg.RuntimeParams[name]; !set {
			cfg.RuntimeParams[name] = value
		}
	}
	s.write = stdlib.OpenDB(*cfg)
	s.write.SetMaxOpenConns(s.cfg.MaxConns)
	s.write.SetMaxIdleConns(s.cfg.MaxConns)
	s.write.SetConnMaxIdleTime(5 * time.Minute)
	s.read = s.write
	s.notifier = newPostgresNotifier(cfg, s.write, s.cfg.idle)
	if err := s.write.PingContext(ctx); err != nil {
		err = s.d.explain(err, "connecting to the database")
		_ = s.Close() // the reason to give is the one above
		return err
	}
	return nil
}

// readOnlySnapshot are the options of a View.
func readOnlySnapshot(engine string) *sql.TxOptions {
	if engine == SQLite {
		return nil // its readers can't write, and any transaction is a snapshot
	}
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}
