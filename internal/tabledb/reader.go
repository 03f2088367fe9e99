package tabledb

import (
	"context"
	"fmt"
	"io"

	"retable/internal/table"
)

// ReadOptions choose what a Reader returns. The zero value is everything.
type ReadOptions struct {
	Columns []string // by header, in this order; nil for all
	Offset  int64    // rows to pass over, by position: costs nothing
	Limit   int64    // 0 for no limit
	FileID  int64    // rows of this source file only, if not 0
}

// Reader reads a table in its own order. The context ends it; the caller
// closes it.
func (db *DB) Reader(ctx context.Context, name string, opts ReadOptions) (table.RowReader, error) {
	l, err := db.layout(ctx, name)
	if err != nil {
		return nil, err
	}
	sel, err := l.selection(opts.Columns)
	if err != nil {
		return nil, err
	}
	if opts.Offset < 0 || opts.Limit < 0 {
		return nil, fmt.Errorf("read table %s: offset %d and limit %d can't be negative", name, opts.Offset, opts.Limit)
	}
	rows, err := db.cursor(ctx, l)
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", name, err)
	}
	spans, err := db.spansFor(ctx, l, opts)
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", name, err)
	}
	return &reader{ctx: ctx, sel: sel, rows: rows, spans: spans}, nil
}

// cursor returns a cursor over a table's pages.
func (db *DB) cursor(ctx context.Context, l *layout) (*cursor, error) {
	db.mu.Lock()
	root := l.root
	db.mu.Unlock()
	if root == 0 {
		err := db.pool.QueryRowContext(ctx, "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?", l.info.SQLName).Scan(&root)
		if err != nil {
			return nil, err
		}
		db.mu.Lock()
		l.root = root
		db.mu.Unlock()
	}
	pages, err := openPager(db.file)
	if err != nil {
		return nil, err
	}
	overflow := *pages
	return &cursor{pages: pages, overflow: &overflow, root: root}, nil
}

// ridSpan is a range of rows, both ends included.
type ridSpan struct{ first, last int64 }

// spansFor turns the options into row-id ranges.
func (db *DB) spansFor(ctx context.Context, l *layout, opts ReadOptions) ([]ridSpan, error) {
	spans := []ridSpan{{1, l.info.Rows}}
	if l.info.Rows == 0 {
		return nil, nil
	}
	if opts.FileID != 0 {
		spans = nil
		err := db.query(ctx, "SELECT first_rid, rows FROM _retable_spans WHERE table_id = ? AND file_id = ? ORDER BY first_rid",
			[]any{l.info.id, opts.FileID}, func(scan func(...any) error) error {
				var first, rows int64
				err := scan(&first, &rows)
				spans = append(spans, ridSpan{first, first + rows - 1})
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	skip, left := opts.Offset, opts.Limit
	var out []ridSpan
	for _, s := range spans {
		n := s.last - s.first + 1
		if skip >= n {
			skip -= n
			continue
		}
		s.first += skip
		skip = 0
		if opts.Limit > 0 {
			if left == 0 {
				break
			}
			s.last = min(s.last, s.first+left-1)
			left -= s.last - s.first + 1
		}
		out = append(out, s)
	}
	return out, nil
}

// reader goes through the spans one after the other.
type reader struct {
	ctx   context.Context
	sel   *selection
	rows  *cursor
	spans []ridSpan
	last  int64 // of the span being read, 0 before the first
	count int
	err   error
}

var _ table.RowReader = (*reader)(nil)

func (r *reader) Schema() *table.Schema { return r.sel.schema }

func (r *reader) Read(row *table.Row) error {
	if r.err == nil {
		r.err = r.read(row)
	}
	if r.err == nil || r.err == io.EOF {
		return r.err
	}
	return fmt.Errorf("read table %s: %w", r.sel.schema.Name, r.err)
}

func (r *reader) read(row *table.Row) error {
	if r.count%256 == 0 && r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	r.count++
	if r.last == 0 {
		if len(r.spans) == 0 {
			return io.EOF
		}
		if err := r.rows.seek(r.spans[0].first); err != nil {
			return err
		}
		r.last = r.spans[0].last
		r.spans = r.spans[1:]
	}
	rid, record, err := r.rows.next()
	switch {
	case err == io.EOF:
		return fmt.Errorf("%w: row %d is missing", errDamaged, r.last)
	case err != nil:
		return err
	}
	if rid >= r.last {
		r.last = 0
	}
	return r.sel.decode(record, row)
}

func (r *reader) Close() error {
	if r.err == nil {
		r.err = ErrClosed
	}
	return nil
}

// Row reads one row by its row id, 1 being the first.
func (db *DB) Row(ctx context.Context, name string, rid int64, row *table.Row) error {
	if info, err := db.Table(name); err != nil {
		return err
	} else if rid < 1 || rid > info.Rows {
		return fmt.Errorf("row %d of table %s, which has %d: %w", rid, name, info.Rows, io.EOF)
	}
	r, err := db.Reader(ctx, name, ReadOptions{Offset: rid - 1, Limit: 1})
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Read(row)
}
