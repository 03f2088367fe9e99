package tabledb

import (
	"encoding/json"
	"fmt"
	"strconv"

	"retable/internal/table"
)

// selection maps the columns of a table in SQL to the cells of a row.
type selection struct {
	layout *layout
	schema *table.Schema
	cells  [][]int // by column in SQL: the cells it fills
	extra  []int   // cells whose values stand in _extra
	last   int     // columns in SQL past this one are not needed
	file   int     // column in SQL of _file_id, and so on
	line   int
	offset int
	rest   int // column in SQL of _extra, or -1
}

// selection chooses columns by header, nil for all.
func (l *layout) selection(columns []string) (*selection, error) {
	s := &selection{layout: l, schema: l.schema, rest: -1}
	inSQL := 1 + l.inSQL // _rid comes first
	lineage := map[string]int{}
	for _, name := range hiddenLineage {
		if i := l.schema.Index(name); i >= 0 && i < l.inSQL {
			lineage[name] = 1 + i
			continue
		}
		lineage[name] = inSQL
		inSQL++
	}
	s.file, s.line, s.offset = lineage["_file_id"], lineage["_line"], lineage["_offset"]
	if l.inSQL < len(l.schema.Columns) {
		s.rest = inSQL
		inSQL++
	}
	s.cells = make([][]int, inSQL)
	s.last = max(s.file, s.line, s.offset)
	pick := func(cell, i int) {
		if i >= l.inSQL {
			s.extra = append(s.extra, cell)
			s.last = max(s.last, s.rest)
			return
		}
		s.cells[1+i] = append(s.cells[1+i], cell)
		s.last = max(s.last, 1+i)
	}
	if columns == nil {
		for i := range l.schema.Columns {
			pick(i, i)
		}
		return s, nil
	}
	chosen := *l.schema
	chosen.Columns = nil
	for _, name := range columns {
		i := l.schema.Index(name)
		if i < 0 {
			return nil, fmt.Errorf("%w: table %s has no %q", ErrNoColumn, l.info.Name, name)
		}
		pick(len(chosen.Columns), i)
		chosen.Columns = append(chosen.Columns, l.schema.Columns[i])
	}
	s.schema = &chosen
	return s, nil
}

// decode fills the row from a record: a header with a type for each column,
// then the values. Text is copied as one piece, the cells point into it.
func (s *selection) decode(record []byte, row *table.Row) error {
	row.Reset(len(s.schema.Columns))
	row.Pos = table.Position{File: -1}
	head, n := varint(record)
	if n == 0 || head > uint64(len(record)) || head < uint64(n) { //nolint:gosec // lengths
		return errDamaged
	}
	header, body := record[n:head], record[head:]
	row.Data = append(row.Data, body...)
	at := 0
	for column := 0; column <= s.last && len(header) > 0; column++ {
		kind, n := varint(header)
		if n == 0 {
			return errDamaged
		}
		header = header[n:]
		size, ok := sizeOf(kind)
		if !ok || size > len(body)-at {
			return errDamaged
		}
		if kind != 0 {
			if err := s.value(row, column, kind, body[at:at+size], at); err != nil {
				return err
			}
		}
		at += size
	}
	return nil
}

// sizeOf is the length of a value of the type; floats and blobs don't occur.
func sizeOf(kind uint64) (size int, ok bool) {
	switch {
	case kind <= 4:
		return int(kind), true
	case kind == 5:
		return 6, true
	case kind == 6:
		return 8, true
	case kind == 8, kind == 9:
		return 0, true
	case kind >= 13 && kind%2 == 1 && kind < maxRecord*2:
		return int(kind-13) / 2, true
	}
	return 0, false
}

// value gives a column's value to the cells that want it.
func (s *selection) value(row *table.Row, column int, kind uint64, v []byte, at int) error {
	if column == s.rest {
		if s.extra == nil {
			return nil
		}
		return s.fillExtra(v, row)
	}
	if column >= len(s.cells) {
		return errDamaged
	}
	if kind >= 13 {
		for _, cell := range s.cells[column] {
			row.Cells[cell] = table.Cell{Off: uint32(at), Len: uint32(len(v)), Flags: table.Present} //nolint:gosec // within a record of maxRecord bytes
		}
		return nil
	}
	n := integer(kind, v)
	switch column {
	case s.file:
		row.Pos.File = int(n) - 1
	case s.line:
		row.Pos.Line = n
	case s.offset:
		row.Pos.Offset = n
	}
	for _, cell := range s.cells[column] {
		start := len(row.Data)
		row.Data = strconv.AppendInt(row.Data, n, 10)
		row.Cells[cell] = table.Cell{Off: uint32(start), Len: uint32(len(row.Data) - start), Flags: table.Present | table.Plain} //nolint:gosec // a record of maxRecord bytes and numbers
	}
	return nil
}

// integer reads a big-endian two's complement; 8 and 9 are 0 and 1 themselves.
func integer(kind uint64, v []byte) int64 {
	if kind >= 8 {
		return int64(kind - 8) //nolint:gosec // 0 or 1
	}
	n := int64(int8(v[0])) //nolint:gosec // the sign of the first byte
	for _, b := range v[1:] {
		n = n<<8 | int64(b)
	}
	return n
}

// fillExtra puts the values that stand in _extra back in their places.
func (s *selection) fillExtra(raw []byte, row *table.Row) error {
	var values map[string]string
	if err := json.Unmarshal(raw, &values); err != nil {
		return fmt.Errorf("%w: _extra: %w", errDamaged, err)
	}
	for _, cell := range s.extra {
		if v, ok := values[s.schema.Columns[cell].Name]; ok {
			row.SetString(cell, v)
		}
	}
	return nil
}
