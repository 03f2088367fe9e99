package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"retable/internal/retable"
)

// Backup writes a consistent copy of an SQLite database to a new file, while
// others go on reading and writing. The copy is checked, lasting and whole, or
// not there at all. Of PostgreSQL its own tools make a backup: Unsupported.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.d.name != SQLite {
		return retable.Errorf(retable.Unsupported, "A backup of PostgreSQL is made with its own tools, such as pg_dump.")
	}
	if _, err := os.Lstat(path); err == nil {
		return retable.Errorf(retable.Conflict, "There is a file %q already; name another one for the backup.", path)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) { // of an interrupted backup
		return backupFailed(err, path)
	}
	defer os.Remove(part)
	if err := os.WriteFile(part, nil, 0o600); err != nil { // for its owner's eyes only
		return backupFailed(err, path)
	}
	// A connection that reads makes the copy: it needs no lock that a writer would wait for.
	if err := s.vacuumInto(ctx, part); err != nil {
		return err
	}
	if err := checkCopy(ctx, part); err != nil {
		return err
	}
	if err := syncPath(part); err != nil {
		return backupFailed(err, path)
	}
	if err := os.Rename(part, path); err != nil {
		return backupFailed(err, path)
	}
	if err := syncPath(filepath.Dir(path)); err != nil {
		return backupFailed(err, path)
	}
	return nil
}

func backupFailed(err error, path string) error {
	return &retable.Error{Code: retable.Unavailable, Reason: "backup_failed", Err: err,
		Detail: fmt.Sprintf("The backup %q could not be written. Check that its folder is there, may be written and has space.", path)}
}

// vacuumInto copies the database through a connection of its own, as readers
// may not write files.
func (s *Store) vacuumInto(ctx context.Context, path string) error {
	c, err := sqliteConnector(s.cfg, "_txlock=deferred")
	if err != nil {
		return backupFailed(err, path)
	}
	db := openPool(c, 1)
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", path)
	if err = errors.Join(err, db.Close()); err == nil {
		return nil
	}
	switch s.d.classify(err) {
	case faultDamaged, faultFull, faultLocked:
		return s.d.explain(err, "making a backup")
	}
	return backupFailed(err, path)
}

// checkCopy opens a copy and looks through it.
func checkCopy(ctx context.Context, path string) error {
	c, err := copyConnector(path)
	if err != nil {
		return backupFailed(err, path)
	}
	db := openPool(c, 1)
	defer db.Close()
	return integrity(ctx, sqliteDialect(), db)
}

// IntegrityCheck looks through the whole database: Unavailable with reason
// "database_damaged" and what is wrong in the cause. PostgreSQL checks itself
// (data checksums, amcheck); here it is asked to read every table.
func (s *Store) IntegrityCheck(ctx context.Context) error {
	if s.d.name == SQLite {
		return integrity(ctx, s.d, s.read)
	}
	return s.readEverything(ctx)
}

func integrity(ctx context.Context, d *dialect, db queryer) error {
	for _, pragma := range []string{"PRAGMA integrity_check(20)", "PRAGMA foreign_key_check"} {
		found, err := complaints(ctx, db, pragma)
		if err != nil {
			return d.explain(err, "checking the database")
		}
		if len(found) > 0 {
			r := refusals[faultDamaged]
			r.Err = fmt.Errorf("%s: %s", pragma, strings.Join(found, "; "))
			return &r
		}
	}
	return nil
}

// complaints runs a pragma whose rows are what is wrong; "ok" is nothing.
func complaints(ctx context.Context, db queryer, pragma string) ([]string, error) {
	rows, err := db.QueryContext(ctx, pragma)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var found []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		words := make([]string, len(values))
		for i, v := range values {
			words[i] = fmt.Sprint(*v.(*any))
		}
		if line := strings.Join(words, " "); line != "ok" {
			found = append(found, line)
		}
	}
	return found, rows.Err()
}

// readEverything reads each row of each table once.
func (s *Store) readEverything(ctx context.Context) error {
	rows, err := s.read.QueryContext(ctx, "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace")
	if err != nil {
		return s.d.explain(err, "checking the database")
	}
	defer rows.Close()
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return s.d.explain(err, "checking the database")
		}
		tables = append(tables, name)
	}
	if err := rows.Err(); err != nil {
		return s.d.explain(err, "checking the database")
	}
	for _, name := range tables {
		var n int64
		err := s.read.QueryRowContext(ctx, "SELECT count(t::text) FROM "+name+" t").Scan(&n)
		if err != nil {
			return s.d.explain(err, "checking the database")
		}
	}
	return nil
}
