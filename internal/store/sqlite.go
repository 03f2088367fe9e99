package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// openSQLite opens one connection that writes and some that read. All writing
// goes through the one, so that transactions of this process wait for each
// other in Go, where a context can end the wait; busy_timeout is for other
// processes.
func (s *Store) openSQLite(ctx context.Context) error {
	s.d = sqliteDialect()
	if err := s.createFile(); err != nil {
		return err
	}
	writer, err := sqliteConnector(s.cfg, "_txlock=immediate")
	if err != nil {
		return s.d.explain(err, "opening the database")
	}
	reader, err := sqliteConnector(s.cfg, "_query_only=true")
	if err != nil {
		return s.d.explain(err, "opening the database")
	}
	s.write, s.read = sql.OpenDB(writer), sql.OpenDB(reader)
	s.write.SetMaxOpenConns(1)
	s.read.SetMaxOpenConns(s.cfg.Readers)
	s.read.SetMaxIdleConns(s.cfg.Readers)
	s.notifier = newLocalNotifier()
	// The writer's first connection makes the file and switches it to WAL.
	var pages int64
	if err := s.write.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&pages); err != nil {
		err = s.d.explain(err, "opening the database")
		_ = s.Close() // the reason to give is the one above
		return err
	}
	return nil
}

// createFile makes a new database for its owner's eyes only; SQLite gives the
// same rights to the files beside it.
func (s *Store) createFile() error {
	file, err := os.OpenFile(s.cfg.Path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case err == nil:
		return file.Close()
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		r := refusals[faultReadOnly]
		r.Err = err
		return &r
	}
	return rootFailed(err, filepath.Dir(s.cfg.Path))
}

// sqliteConnector names a driver of its own, without the process-wide registry.
func sqliteConnector(cfg Config, params string) (driver.Connector, error) {
	uri, err := fileURI(cfg.Path)
	if err != nil {
		return nil, err
	}
	sync := "FULL" // what was committed outlives a power failure
	if cfg.NoSync {
		sync = "OFF"
	}
	return &connector{
		drv: &sqlite3.SQLiteDriver{},
		dsn: fmt.Sprintf("%s?_journal_mode=WAL&_synchronous=%s&_foreign_keys=on&_busy_timeout=%d&_cache_size=-8000&_stmt_cache_size=64&%s",
			uri, sync, cfg.BusyTimeout/time.Millisecond, params),
	}, nil
}

// fileURI names a file for SQLite, which takes what follows ? as parameters.
func fileURI(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	path = filepath.ToSlash(path)
	if path[0] != '/' { // a drive of Windows
		path = "/" + path
	}
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path), nil
}

type connector struct {
	dsn string
	drv *sqlite3.SQLiteDriver
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.drv.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.drv }

// openPool is a pool of at most n connections.
func openPool(c driver.Connector, n int) *sql.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	return db
}

// copyConnector opens a copy that nobody writes.
func copyConnector(path string) (driver.Connector, error) {
	uri, err := fileURI(path)
	return &connector{drv: &sqlite3.SQLiteDriver{}, dsn: uri + "?mode=ro&immutable=1&_query_only=true"}, err
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
