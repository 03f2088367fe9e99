package index

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// connector opens connections to one file without a driver name in the
// process-wide registry.
type connector struct {
	dsn string
	drv *sqlite3.SQLiteDriver
}

var _ driver.Connector = (*connector)(nil)

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.drv.Open(c.dsn) }
func (c *connector) Driver() driver.Driver                        { return c.drv }

// The connection parameters of a file that is being made, which survives a
// killed process, and of one that is done and never changes.
const (
	writeParams = "_busy_timeout=0&_synchronous=NORMAL&_locking_mode=EXCLUSIVE&_cache_size=-65536"
	readParams  = "mode=ro&immutable=1&_query_only=1&_cache_size=-16384"
)

// openSQLite opens a file with at most conns connections.
func openSQLite(path, params string, conns int) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	abs = filepath.ToSlash(abs)
	if abs[0] != '/' { // a drive of Windows
		abs = "/" + abs
	}
	dsn := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(abs) + "?" + params
	db := sql.OpenDB(&connector{dsn: dsn, drv: &sqlite3.SQLiteDriver{}})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// ErrBuilding says that another process or goroutine is making the same files.
var ErrBuilding = errors.New("the index is being made already")

// openWork opens a file that is being made, which this process has for itself
// until it closes it. The schema is run on it.
func openWork(path, schema string) (*sql.DB, error) {
	db, err := openSQLite(path, writeParams, 1)
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;" + schema); err != nil {
		_ = db.Close()
		if e := (sqlite3.Error{}); errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked) {
			err = ErrBuilding
		}
		return nil, err
	}
	return db, nil
}

// finishWork closes a file that is made: written anew without the gaps that
// the work has left, which are a third of it, in one file without a log beside
// it, and on disk.
func finishWork(ctx context.Context, db *sql.DB, path string) error {
	packed := path + ".packed"
	defer os.Remove(packed)
	_ = os.Remove(packed) // of a killed process
	_, err := db.ExecContext(ctx, "VACUUM INTO ?", packed)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := syncFile(packed); err != nil {
		return err
	}
	return os.Rename(packed, path)
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// each runs a query and calls fn with every row's Scan.
func each(ctx context.Context, db querier, query string, args []any, fn func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// openMemory opens a database in memory, with the one connection that holds it.
func openMemory() (*sql.DB, error) {
	db := sql.OpenDB(&connector{dsn: ":memory:", drv: &sqlite3.SQLiteDriver{}})
	db.SetMaxOpenConns(1)
	return db, db.Ping()
}
