package diff

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"retable/internal/table"
)

// spool is one table of one side in scratch, with what was learnt on the way.
type spool struct {
	schema  *table.Schema
	side    *side
	columns []int // of the schema, that are spooled: the data columns
	stats   []columnStats
	own     ownColumns
	st      *store
	rows    int64
	byFile  map[int32]int64 // rows
	prints  *printer        // nil where files need no telling apart
	marks   []mark          // where a parallel scan may begin
}

// columnStats are counted over all rows.
type columnStats struct {
	nulls   int64
	bytes   int64
	longest int
	kind    table.Type // given by the schema, or found
}

// mark is a row's beginning.
type mark struct{ off, ord int64 }

// ownColumns are the places of bookkeeping columns in the schema, -1 if missing.
type ownColumns struct {
	id, parent, fileID, file, line, offset, pos, hash, parentTable int
}

const (
	markEvery   = 1 << 20 // bytes between marks
	checkEvery  = 1 << 12 // rows between looks at the context
	maxRowBytes = 1<<31 - 1
)

// holdsContent tells the own columns that hold a name of the document.
func holdsContent(c *table.Column) bool { return c.Name == "_name" || c.Name == "_record" }

func newSpool(sd *side, s *table.Schema) *spool {
	own := func(name string) int {
		i := s.Index(name)
		if i >= 0 && s.Columns[i].Role != table.Bookkeeping {
			return -1
		}
		return i
	}
	sp := &spool{schema: s, side: sd, st: sd.sc.newStore(), byFile: map[int32]int64{}}
	sp.own = ownColumns{
		own("_id"), own("_parent_id"), own("_file_id"), own("_file"), own("_line"), own("_offset"), own("_pos"),
		own("_hash"), own("_parent_table"),
	}
	for i := range s.Columns {
		if c := &s.Columns[i]; c.Role == table.Data || holdsContent(c) {
			sp.columns = append(sp.columns, i)
			sp.stats = append(sp.stats, columnStats{kind: c.Type})
		}
	}
	if sd.telling {
		sp.prints = newPrinter(sp)
	}
	return sp
}

// column is the schema's column that is spooled as the i-th.
func (sp *spool) column(i int) *table.Column { return &sp.schema.Columns[sp.columns[i]] }

// fill reads the table.
func (sp *spool) fill(ctx context.Context, src Source, tick func(rows int64)) error {
	r, err := src.Open(ctx, sp.schema.Name)
	if err != nil {
		return fmt.Errorf("open table %s of %s: %w", sp.schema.Name, src.Name(), err)
	}
	defer r.Close()
	f := filler{spool: sp, lastMark: -markEvery, seen: make([]*typeSeen, len(sp.columns))}
	for i := range f.seen {
		if sp.stats[i].kind == table.Unknown {
			f.seen[i] = &typeSeen{}
		}
	}
	var in table.Row
	for {
		if sp.rows%checkEvery == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			tick(sp.rows)
		}
		err := r.Read(&in)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = f.row(&in)
		}
		if err != nil {
			return fmt.Errorf("read table %s of %s, row %d: %w", sp.schema.Name, src.Name(), sp.rows+1, err)
		}
	}
	tick(sp.rows)
	return f.close()
}

// filler writes rows into a spool.
type filler struct {
	*spool
	front    []byte      // of a row: all before its values
	seen     []*typeSeen // by column; nil where the type is known
	file     int32
	since    int64 // first row of the file
	lastMark int64
}

func (f *filler) row(in *table.Row) error {
	if len(in.Cells) != len(f.schema.Columns) {
		return fmt.Errorf("%d cells for %d columns", len(in.Cells), len(f.schema.Columns))
	}
	h, err := f.headOf(in)
	if err != nil {
		return err
	}
	at := f.st.size()
	if at-f.lastMark >= markEvery {
		f.marks = append(f.marks, mark{at, f.rows})
		f.lastMark = at
	}
	if err := f.write(&h, in); err != nil {
		return err
	}
	if f.prints != nil {
		f.prints.note(h.file, in)
	}
	if h.file != f.file {
		f.countFile()
		f.file, f.since = h.file, f.rows
	}
	f.rows++
	return nil
}

// write appends the row to the spool: head and lengths, then the values.
func (f *filler) write(h *head, in *table.Row) error {
	front, size := appendHead(f.front[:0], h), 0
	for i, c := range f.columns {
		cell, st := &in.Cells[c], &f.stats[i]
		if cell.Flags&table.Present == 0 {
			front = append(front, 0)
			st.nulls++
			continue
		}
		n := int(cell.Len)
		size += n
		if n < 0x7f {
			front = append(front, byte(n+1))
		} else {
			front = binary.AppendUvarint(front, uint64(n)+1)
		}
		st.bytes += int64(n)
		if n > st.longest {
			st.longest = n
		}
	}
	f.front = front
	if size > maxRowBytes {
		return fmt.Errorf("%d bytes are more than a row may have", size)
	}
	if err := f.st.room(binary.MaxVarintLen64 + len(front) + size); err != nil {
		return err
	}
	to := binary.AppendUvarint(f.st.buf, uint64(len(front)+size))
	to = append(to, front...)
	for i, c := range f.columns {
		cell := &in.Cells[c]
		if cell.Flags&table.Present == 0 {
			continue
		}
		to = table.AppendSpan(to, in.Data, int(cell.Off), int(cell.Len))
		if s := f.seen[i]; s != nil {
			if s.note(in.Data[cell.Off : cell.Off+cell.Len]); s.text {
				f.stats[i].kind, f.seen[i] = table.Text, nil // no value can change that
			}
		}
	}
	f.st.buf = to
	return nil
}

// countFile notes the run of rows of one file.
func (f *filler) countFile() {
	if n := f.rows - f.since; n > 0 {
		f.byFile[f.file] += n
	}
}

func (f *filler) close() error {
	f.countFile()
	if f.prints != nil {
		f.prints.flush()
	}
	for i, s := range f.seen {
		if s != nil {
			f.stats[i].kind = s.kind()
		}
	}
	return f.st.finish()
}

// headOf reads a row's own columns.
func (sp *spool) headOf(in *table.Row) (head, error) {
	h := head{ord: sp.rows, line: max(in.Pos.Line, 0), offset: max(in.Pos.Offset, 0)}
	number := func(i int, into *int64) {
		if i < 0 {
			return
		}
		if v, ok := in.Value(i); ok {
			if n, err := strconv.ParseInt(string(v), 10, 64); err == nil && n >= 0 {
				*into = n
			}
		}
	}
	number(sp.own.line, &h.line)
	number(sp.own.offset, &h.offset)
	number(sp.own.id, &h.id)
	number(sp.own.parent, &h.parent)
	number(sp.own.pos, &h.pos)
	id := int64(in.Pos.File) + 1
	number(sp.own.fileID, &id)
	var err error
	h.file, err = sp.side.fileOf(id, &sp.own, in)
	return h, err
}
