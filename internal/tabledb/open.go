package tabledb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"retable/internal/table"
)

// The refusals of a reader.
var (
	ErrNotTables = errors.New("not a file of Retable's tables")
	ErrVersion   = errors.New("written by a newer version of Retable")
	ErrNoTable   = errors.New("no such table")
	ErrNoColumn  = errors.New("no such column")
	ErrFilter    = errors.New("filter can't be applied")
)

// DB reads a file. It is safe for use by several goroutines; the caller
// closes it after the readers and views that came from it.
type DB struct {
	path   string
	pool   *sql.DB
	file   *os.File // for reading rows from its pages
	tables []Info
	byName map[string]int

	mu      sync.Mutex
	schemas map[int]*layout
}

// Info is what is known of a table without its columns.
type Info struct {
	Name, SQLName, ViewName string
	Kind, Path, Parent      string
	Rows                    int64
	Columns                 int

	id int
}

// layout is a table's schema with its names in SQL.
type layout struct {
	info        Info
	schema      *table.Schema
	sqlColumns  []string // "_extra" for those that stand there
	viewColumns []string // "" for those that the view lacks
	inSQL       int      // columns outside _extra
	root        uint32   // page of the table's tree, 0 until it is asked for
}

// ReadParams are the connection parameters that keep SQLite from writing.
// The file never changes, so no lock is needed either.
const ReadParams = "mode=ro&immutable=1&_query_only=1"

// Open opens a file that a Writer has committed.
func Open(path string) (*DB, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open tables: %w", err)
	}
	c, err := newConnector(path, ReadParams, Functions)
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("open tables: %w", err)
	}
	db := &DB{path: path, pool: sql.OpenDB(c), file: file, byName: map[string]int{}, schemas: map[int]*layout{}}
	db.pool.SetMaxOpenConns(8)
	db.pool.SetMaxIdleConns(2)
	if err := db.load(context.Background()); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open tables in %s: %w", path, err)
	}
	return db, nil
}

// Close closes the file.
func (db *DB) Close() error { return errors.Join(db.pool.Close(), db.file.Close()) }

// Path is the file's.
func (db *DB) Path() string { return db.path }

func (db *DB) load(ctx context.Context) error {
	version, err := db.Meta(ctx, "format_version")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotTables, err)
	}
	n, err := strconv.Atoi(version)
	if err != nil {
		return fmt.Errorf("%w: format version %q", ErrNotTables, version)
	}
	if n > FormatVersion {
		return fmt.Errorf("%w: its format is %d, this version reads up to %d: update Retable", ErrVersion, n, FormatVersion)
	}
	return db.query(ctx, `SELECT table_id, name, sql_name, view_name, kind, path, parent, rows, columns
		FROM _retable_tables ORDER BY table_id`, nil, func(scan func(...any) error) error {
		var t Info
		if err := scan(&t.id, &t.Name, &t.SQLName, &t.ViewName, &t.Kind, &t.Path, &t.Parent, &t.Rows, &t.Columns); err != nil {
			return err
		}
		db.byName[t.Name] = len(db.tables)
		db.tables = append(db.tables, t)
		return nil
	})
}

// query runs a statement and calls each with every row's Scan.
func (db *DB) query(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	rows, err := db.pool.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Meta returns a value of _retable_meta, sql.ErrNoRows if there is none.
func (db *DB) Meta(ctx context.Context, key string) (string, error) {
	var value string
	err := db.pool.QueryRowContext(ctx, "SELECT value FROM _retable_meta WHERE key = ?", key).Scan(&value)
	return value, err
}

// Tables lists the tables in the order they were written. The caller must not
// change the list.
func (db *DB) Tables() []Info { return db.tables }

// Table finds a table by its name.
func (db *DB) Table(name string) (Info, error) {
	i, ok := db.byName[name]
	if !ok {
		return Info{}, fmt.Errorf("%w: %s", ErrNoTable, name)
	}
	return db.tables[i], nil
}

// Schema returns a table's schema as it was written, with statistics. It is
// shared: the caller must not change it.
func (db *DB) Schema(ctx context.Context, name string) (*table.Schema, error) {
	l, err := db.layout(ctx, name)
	if err != nil {
		return nil, err
	}
	return l.schema, nil
}

// ViewColumns returns the names that a table's columns have in its view, ""
// for those that stand in _extra alone.
func (db *DB) ViewColumns(ctx context.Context, name string) ([]string, error) {
	l, err := db.layout(ctx, name)
	if err != nil {
		return nil, err
	}
	return l.viewColumns, nil
}

// layout loads and keeps a table's columns.
func (db *DB) layout(ctx context.Context, name string) (*layout, error) {
	info, err := db.Table(name)
	if err != nil {
		return nil, err
	}
	db.mu.Lock()
	l := db.schemas[info.id]
	db.mu.Unlock()
	if l != nil {
		return l, nil
	}
	l = &layout{info: info, schema: &table.Schema{Name: info.Name, Kind: info.Kind, Path: info.Path, Parent: info.Parent}}
	err = db.query(ctx, `SELECT name, sql_column, ifnull(view_column,''), xpath, path, type, form, role,
		"values", nulls, empty, "distinct", min, max, longest, examples
		FROM _retable_columns WHERE table_id = ? ORDER BY position`, []any{info.id}, l.addColumn)
	if err != nil {
		return nil, fmt.Errorf("columns of table %s: %w", name, err)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if known := db.schemas[info.id]; known != nil {
		return known, nil
	}
	db.schemas[info.id] = l
	return l, nil
}

func (l *layout) addColumn(scan func(...any) error) error {
	var c table.Column
	var sqlColumn, viewColumn, typ, form, role string
	var values, nulls, empty, distinct, longest sql.NullInt64
	var least, most, examples sql.NullString
	if err := scan(&c.Name, &sqlColumn, &viewColumn, &c.XPath, &c.Path, &typ, &form, &role,
		&values, &nulls, &empty, &distinct, &least, &most, &longest, &examples); err != nil {
		return err
	}
	for t := table.Unknown; t <= table.Text; t++ {
		if t.String() == typ {
			c.Type = t
		}
	}
	for i, name := range formNames {
		if name == form {
			c.Form = table.Form(i)
		}
	}
	if role == roleNames[table.Bookkeeping] {
		c.Role = table.Bookkeeping
	}
	if values.Valid {
		c.Stats = &table.Stats{
			Values: uint64(values.Int64), Nulls: uint64(nulls.Int64), Empty: uint64(empty.Int64), //nolint:gosec // counts for people to read: a damaged one misleads nothing
			Distinct: uint64(distinct.Int64), Min: least.String, Max: most.String, Longest: int(longest.Int64), //nolint:gosec // the same
		}
		if err := json.Unmarshal([]byte(examples.String), &c.Stats.Examples); err != nil {
			return fmt.Errorf("examples of column %s: %w", c.Name, err)
		}
	}
	l.schema.Columns = append(l.schema.Columns, c)
	l.sqlColumns = append(l.sqlColumns, sqlColumn)
	l.viewColumns = append(l.viewColumns, viewColumn)
	if sqlColumn != "_extra" {
		l.inSQL = len(l.sqlColumns)
	}
	return nil
}

// Files lists the source files by id.
func (db *DB) Files(ctx context.Context) ([]File, error) {
	var files []File
	err := db.query(ctx, `SELECT file_id, path, sha256, bytes, kind, encoding, doctype, status, error, warnings, rows
		FROM _retable_files ORDER BY file_id`, nil, func(scan func(...any) error) error {
		var f File
		var warnings string
		if err := scan(&f.ID, &f.Path, &f.SHA256, &f.Bytes, &f.Kind, &f.Encoding, &f.DocType, &f.Status, &f.Error, &warnings, &f.Rows); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(warnings), &f.Warnings); err != nil {
			return fmt.Errorf("warnings of %s: %w", f.Path, err)
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

// Proofs lists the completeness proofs; each Report is a json.RawMessage.
func (db *DB) Proofs(ctx context.Context) ([]Proof, error) {
	var proofs []Proof
	err := db.query(ctx, "SELECT kind, complete, report FROM _retable_proof ORDER BY kind", nil, func(scan func(...any) error) error {
		var p Proof
		var report string
		if err := scan(&p.Kind, &p.Complete, &report); err != nil {
			return err
		}
		p.Report = json.RawMessage(report)
		proofs = append(proofs, p)
		return nil
	})
	return proofs, err
}

// RowsOf counts a table's rows by file id.
func (db *DB) RowsOf(ctx context.Context, name string) (map[int64]int64, error) {
	info, err := db.Table(name)
	if err != nil {
		return nil, err
	}
	counts := map[int64]int64{}
	err = db.query(ctx, "SELECT file_id, sum(rows) FROM _retable_spans WHERE table_id = ? GROUP BY file_id", []any{info.id},
		func(scan func(...any) error) error {
			var file, rows int64
			if err := scan(&file, &rows); err != nil {
				return err
			}
			counts[file] = rows
			return nil
		})
	return counts, err
}
