package tabledb

import (
	"container/list"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"retable/internal/table"
)

// Options are the choices of Create.
type Options struct {
	Engine string // version of the program, kept in _retable_meta
	// DataColumns is the number of columns a table may have before the rest
	// goes to _extra; 0 means 1,900, which is also the most.
	DataColumns int
	// CacheBytes bounds SQLite's page cache; 0 means 16 MB.
	CacheBytes int
}

// Writer writes one file. Its tables may be written by several goroutines,
// each table by one. Commit or Abort ends it.
type Writer struct {
	path, temp string
	opts       Options

	mu      sync.Mutex
	conn    *conn
	tables  []*tableWriter
	sqlName names // of tables
	stmts   *list.List
	spans   []span
	proofs  []Proof
	files   []File
	meta    map[string]string
	err     error
	ended   bool
}

// Create starts the file at path, whose folder must exist. It is written
// under a hidden name and appears, complete and checked, with Commit. The
// indexes of large tables are sorted in SQLite's temporary folder.
func Create(path string, opts Options) (*Writer, error) {
	if opts.DataColumns <= 0 || opts.DataColumns > maxDataColumns {
		opts.DataColumns = maxDataColumns
	}
	if opts.CacheBytes <= 0 {
		opts.CacheBytes = 16 << 20
	}
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	folder, base := filepath.Split(path)
	temp := filepath.Join(folder, ".retable-"+base+"-"+hex.EncodeToString(random[:])+".tmp")
	w := &Writer{
		path: path, temp: temp, opts: opts, sqlName: names{}, stmts: list.New(),
		meta: map[string]string{},
	}
	if err := w.open(); err != nil {
		w.Abort()
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	return w, nil
}

// open takes every safety off while the file is built: a crash leaves a
// hidden file that nobody reads.
func (w *Writer) open() error {
	// Created here, so that a missing folder or permission is told as such.
	f, err := os.OpenFile(w.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if w.conn, err = openConn(w.temp, "mode=rw"); err != nil {
		return err
	}
	ctx := context.Background()
	for _, sql := range []string{
		"PRAGMA page_size = 8192", // of 4, 8, 16 and 32 KiB the fastest to fill
		"PRAGMA encoding = 'UTF-8'",
		"PRAGMA journal_mode = OFF",
		"PRAGMA synchronous = OFF",
		"PRAGMA locking_mode = EXCLUSIVE",
		fmt.Sprintf("PRAGMA cache_size = -%d", max(1, w.opts.CacheBytes>>10)),
		"BEGIN EXCLUSIVE",
		metaTables,
	} {
		if err := w.conn.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// Table starts a table. Types and statistics of the schema's columns are
// read at Commit, so they may be filled until then; names and forms are
// fixed now.
func (w *Writer) Table(schema *table.Schema) (table.RowWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil, fmt.Errorf("%w: %s", ErrClosed, w.path)
	}
	if w.err != nil {
		return nil, w.err
	}
	for _, t := range w.tables {
		if t.schema.Name == schema.Name {
			return nil, fmt.Errorf("%w: %s", ErrTable, schema.Name)
		}
	}
	t := newTableWriter(w, schema)
	if err := w.conn.exec(context.Background(), t.createSQL()); err != nil {
		return nil, w.fail(fmt.Errorf("create table %s: %w", schema.Name, err))
	}
	w.tables = append(w.tables, t)
	return t, nil
}

// The refusals of a Writer.
var (
	ErrClosed = errors.New("the file is finished")
	ErrTable  = errors.New("the table exists already")
)

// fail remembers the first failure, after which Commit refuses.
func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return err
}

// Commit writes the views, the indexes and what is known of the tables,
// checks the file, makes it lasting and gives it its name. The tables must be
// closed. After a failure the caller aborts.
func (w *Writer) Commit(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.ended:
		return fmt.Errorf("%w: %s", ErrClosed, w.path)
	case w.err != nil:
		return w.err
	}
	for _, t := range w.tables {
		if !t.closed {
			return fmt.Errorf("commit %s: table %s is still open", w.path, t.schema.Name)
		}
	}
	if err := w.finish(ctx); err != nil {
		return w.fail(fmt.Errorf("commit %s: %w", w.path, err))
	}
	w.ended = true
	return nil
}

func (w *Writer) finish(ctx context.Context) error {
	if err := w.writeMeta(ctx); err != nil {
		return err
	}
	if err := w.createIndexes(ctx); err != nil {
		return err
	}
	w.closeStmts()
	if err := w.conn.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	found, err := w.conn.text(ctx, "PRAGMA quick_check(1)")
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("the file is damaged: %s", strings.Join(found, "; "))
	}
	err = w.conn.Close()
	w.conn = nil
	if err != nil {
		return err
	}
	if err := syncFile(w.temp); err != nil {
		return err
	}
	if err := os.Rename(w.temp, w.path); err != nil {
		return err
	}
	// The name lasts once its folder does; not every system can sync one.
	_ = syncFile(filepath.Dir(w.path))
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// createIndexes adds the few indexes that readers and joins need, once the
// rows are there: that is faster, and packs them tight.
func (w *Writer) createIndexes(ctx context.Context) error {
	parents := map[string]bool{}
	for _, t := range w.tables {
		parents[t.schema.Parent] = true
	}
	for i, t := range w.tables {
		for _, column := range []string{"_file_id", "_parent_id", "_id"} {
			if !t.has(column) || column == "_file_id" && !t.manyFiles ||
				column == "_id" && !parents[t.schema.Name] {
				continue
			}
			sql := fmt.Sprintf("CREATE INDEX %s ON %s (%s)",
				quote(fmt.Sprintf("_retable_%d%s", i+1, column)), quote(t.sqlName), column)
			if err := w.conn.exec(ctx, sql); err != nil {
				return fmt.Errorf("index %s of table %s: %w", column, t.schema.Name, err)
			}
		}
	}
	return nil
}

// Abort removes what was written. After Commit it does nothing.
func (w *Writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.ended = true
	if w.conn != nil {
		w.closeStmts()
		_ = w.conn.Close()
		w.conn = nil
	}
	_ = os.Remove(w.temp)
}
