package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"retable/internal/table"
	"retable/internal/xmltable"
)

// rowStore keeps the rows of all tables of one side in one scratch file: runs
// of rows per table, in the order of the source files.
type rowStore struct {
	file   *os.File
	size   int64
	tables []storedTable // by slot
	first  map[*xmltable.Plan]int
}

// storedTable is a table of the plan and what a side has of it.
type storedTable struct {
	schema *table.Schema
	runs   []run
	rows   int64
	filled []int64 // cells with a value, by column
}

// run is a stretch of the file with rows of one table.
type run struct{ off, size int64 }

func newRowStore(scratch string, plans []*xmltable.Plan) (*rowStore, error) {
	f, err := os.CreateTemp(scratch, "rows-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("keep the rows of a side: %w", err)
	}
	s := &rowStore{file: f, first: map[*xmltable.Plan]int{}}
	for _, p := range plans {
		s.first[p] = len(s.tables)
		for _, schema := range p.Schemas() {
			s.tables = append(s.tables, storedTable{schema: schema, filled: make([]int64, len(schema.Columns))})
		}
	}
	return s, nil
}

func (s *rowStore) close() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// flush implements slotWriter.
func (s *rowStore) flush(slot int, b []byte) error {
	if _, err := s.file.Write(b); err != nil {
		return fmt.Errorf("keep the rows of a side: %w", err)
	}
	t := &s.tables[slot]
	if n := len(t.runs); n > 0 && t.runs[n-1].off+t.runs[n-1].size == s.size {
		t.runs[n-1].size += int64(len(b))
	} else {
		t.runs = append(t.runs, run{s.size, int64(len(b))})
	}
	s.size += int64(len(b))
	return nil
}

// open reads a table's rows with the columns that keep picks.
func (s *rowStore) open(ctx context.Context, slot int, schema *table.Schema, keep []int) table.RowReader {
	t := &s.tables[slot]
	runs := &runReader{ctx: ctx, file: s.file, runs: t.runs}
	return &storedReader{in: bufio.NewReaderSize(runs, 64<<10), schema: schema, keep: keep, width: len(t.schema.Columns)}
}

// runReader reads runs one after the other.
type runReader struct {
	ctx  context.Context
	file io.ReaderAt
	runs []run
	at   int64 // within the first run
}

func (r *runReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	for len(r.runs) > 0 && r.at == r.runs[0].size {
		r.runs, r.at = r.runs[1:], 0
	}
	if len(r.runs) == 0 {
		return 0, io.EOF
	}
	here := r.runs[0]
	n, err := r.file.ReadAt(p[:min(int64(len(p)), here.size-r.at)], here.off+r.at)
	r.at += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// storedReader is a table.RowReader over scratch rows.
type storedReader struct {
	in     *bufio.Reader
	schema *table.Schema
	keep   []int
	width  int
}

func (r *storedReader) Schema() *table.Schema { return r.schema }

func (r *storedReader) Read(row *table.Row) error {
	if err := table.ReadRow(r.in, row, r.width); err != nil {
		return err
	}
	for to, from := range r.keep {
		row.Cells[to] = row.Cells[from]
	}
	row.Cells = row.Cells[:len(r.keep)]
	return nil
}

func (r *storedReader) Close() error { return nil }

// rowSink is a worker's xmltable.Sink: it encodes rows into the part of the
// file at hand, and counts.
type rowSink struct {
	store *rowStore
	part  *part
	seen  []storedTable // counts alone
}

func newRowSink(s *rowStore) *rowSink {
	k := &rowSink{store: s, seen: make([]storedTable, len(s.tables))}
	for i := range k.seen {
		k.seen[i].filled = make([]int64, len(s.tables[i].filled))
	}
	return k
}

// Row implements xmltable.Sink.
func (k *rowSink) Row(p *xmltable.Plan, ti int, row *table.Row) error {
	slot := k.store.first[p] + ti
	seen := &k.seen[slot]
	seen.rows++
	for i := range row.Cells {
		if row.Cells[i].Flags&table.Present != 0 {
			seen.filled[i]++
		}
	}
	before := len(k.part.bufs[slot])
	k.part.bufs[slot] = table.AppendRow(k.part.bufs[slot], row)
	return k.part.grown(len(k.part.bufs[slot]) - before)
}

// add adds a worker's counts up.
func (s *rowStore) add(k *rowSink) {
	for i := range s.tables {
		s.tables[i].rows += k.seen[i].rows
		for c, n := range k.seen[i].filled {
			s.tables[i].filled[c] += n
		}
	}
}
