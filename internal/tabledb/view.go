package tabledb

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"retable/internal/table"
)

// ViewSpec says which rows a View has and in which order.
type ViewSpec struct {
	Filter []Filter // all must hold
	Search string   // stands in any column that isn't bookkeeping, whatever the case
	Sort   []Sort
}

// View is a sorted and filtered table: a vector of row ids in a file, built
// once, then read by position. It is safe for use by several goroutines.
type View struct {
	db   *DB
	name string
	file *os.File
	rows int64
}

// The vector's file: this line, then four bytes per row, little endian. Row
// ids beyond 32 bits would need four billion rows.
const vectorMagic = "retable row ids 1\n"

// View builds a view and keeps its vector at path, which appears complete or
// not at all; OpenView opens it again. The context ends the building. The
// caller closes the view and removes the file.
func (db *DB) View(ctx context.Context, name string, spec ViewSpec, path string) (*View, error) {
	l, err := db.layout(ctx, name)
	if err != nil {
		return nil, err
	}
	where, err := l.where(spec.Filter)
	if err != nil {
		return nil, fmt.Errorf("view of table %s: %w", name, err)
	}
	if spec.Search != "" {
		where = where.and(l.search(spec.Search))
	}
	order, err := l.order(spec.Sort)
	if err != nil {
		return nil, fmt.Errorf("view of table %s: %w", name, err)
	}
	query := "SELECT _rid FROM " + quote(l.info.SQLName) + where.sql + order
	if err := db.writeVector(ctx, path, query, where.args); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("view of table %s: %w", name, err)
	}
	return db.OpenView(name, path)
}

func (db *DB) writeVector(ctx context.Context, path, query string, args []any) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".retable-view-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	if _, err := w.WriteString(vectorMagic); err != nil {
		return err
	}
	var b [4]byte
	var rid uint32
	err = db.query(ctx, query, args, func(scan func(...any) error) error {
		if err := scan(&rid); err != nil {
			return err
		}
		binary.LittleEndian.PutUint32(b[:], rid)
		_, err := w.Write(b[:])
		return err
	})
	if err != nil {
		return err
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// OpenView opens a vector that View wrote for the same table of the same file.
func (db *DB) OpenView(name, path string) (*View, error) {
	if _, err := db.Table(name); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open view: %w", err)
	}
	magic := make([]byte, len(vectorMagic))
	info, err := f.Stat()
	if err == nil {
		_, err = io.ReadFull(f, magic)
	}
	if err == nil && (string(magic) != vectorMagic || (info.Size()-int64(len(magic)))%4 != 0) {
		err = errors.New("the file holds no row ids")
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("open view %s: %w", path, err)
	}
	return &View{db: db, name: name, file: f, rows: (info.Size() - int64(len(magic))) / 4}, nil
}

// Len is the number of rows.
func (v *View) Len() int64 { return v.rows }

// Close closes the vector's file.
func (v *View) Close() error { return v.file.Close() }

// Rids returns the row ids from offset on, limit at most.
func (v *View) Rids(offset, limit int64) ([]int64, error) {
	if offset < 0 || limit < 0 {
		return nil, fmt.Errorf("view of table %s: offset %d and limit %d can't be negative", v.name, offset, limit)
	}
	n := max(0, min(limit, v.rows-offset))
	b := make([]byte, 4*n)
	if _, err := v.file.ReadAt(b, int64(len(vectorMagic))+4*offset); n > 0 && err != nil {
		return nil, fmt.Errorf("view of table %s: %w", v.name, err)
	}
	rids := make([]int64, n)
	for i := range rids {
		rids[i] = int64(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return rids, nil
}

// Rows reads the rows from offset on, limit at most, and calls each with row
// id and row, which is reused. Columns are chosen as for a Reader.
func (v *View) Rows(ctx context.Context, offset, limit int64, columns []string, each func(rid int64, row *table.Row) error) error {
	rids, err := v.Rids(offset, limit)
	if err != nil {
		return err
	}
	return v.db.RowsAt(ctx, v.name, rids, columns, func(i int, row *table.Row) error { return each(rids[i], row) })
}

// at reads the row of that id.
func (c *cursor) at(rid int64, sel *selection, row *table.Row) error {
	if err := c.seek(rid); err != nil {
		return err
	}
	got, record, err := c.next()
	if err == nil && got != rid || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return sel.decode(record, row)
}
