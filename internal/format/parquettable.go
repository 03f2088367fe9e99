package format

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"retable/internal/table"
)

// parquetTable encodes one table, a batch of rows column by column.
type parquetTable struct {
	set     *parquetSet
	schema  *table.Schema
	kinds   []parquetKind
	file    io.WriteCloser
	w       *parquet.GenericWriter[any]
	columns []*parquet.ColumnWriter

	data   []byte
	cells  []table.Cell
	lines  []int64 // for a table without columns
	values []parquet.Value
	group  int64 // bytes of values since the last row group
	err    error
	closed bool
}

// parquetKind is how the cells of a column are written.
type parquetKind uint8

const (
	parquetText parquetKind = iota
	parquetInteger
	parquetBoolean
	parquetDate
)

func parquetKindOf(c *table.Column) parquetKind {
	lossless := c.Role == table.Bookkeeping || c.Stats != nil && c.Stats.Values > 0 && c.Stats.Empty == 0
	if c.Form != table.Scalar || !lossless {
		return parquetText
	}
	switch c.Type {
	case table.Integer:
		return parquetInteger
	case table.Boolean:
		return parquetBoolean
	case table.Date:
		return parquetDate
	}
	return parquetText
}

func newParquetTable(s *parquetSet, file io.WriteCloser, schema *table.Schema) (*parquetTable, error) {
	t := &parquetTable{set: s, schema: schema, file: file}
	var fields []parquet.Field
	for i := range schema.Columns {
		c := &schema.Columns[i]
		kind := parquetKindOf(c)
		t.kinds = append(t.kinds, kind)
		fields = append(fields, parquetField{parquet.Optional(parquetNode(c, kind)), c.Name})
	}
	if fields == nil { // a file needs a column
		fields = append(fields, parquetField{parquet.Optional(parquet.Int(64)), "_line"})
	}
	config, err := parquet.NewWriterConfig(
		parquet.NewSchema("table", parquetRoot{parquet.Group{}, fields}),
		parquet.Compression(s.codecOrNone()),
		parquet.CreatedBy("retable", s.opts.Engine, ""),
		parquet.DataPageVersion(1),
		// What the library holds for each column is bounded, so that
		// thousands of columns take no more than a few.
		parquet.DictionaryMaxBytes(int64(max(16<<10, min(1<<20, rowGroupBytes/len(fields))))),
		parquet.PageBufferSize(max(4<<10, min(256<<10, rowGroupBytes/(4*len(fields))))),
	)
	if err != nil {
		return nil, fmt.Errorf("parquet table %s: %w", schema.Name, err)
	}
	t.w = parquet.NewGenericWriter[any](file, config)
	t.columns = t.w.ColumnWriters()
	return t, nil
}

func parquetNode(c *table.Column, kind parquetKind) parquet.Node {
	switch kind {
	case parquetInteger:
		return parquet.Int(64)
	case parquetBoolean:
		return parquet.Leaf(parquet.BooleanType)
	case parquetDate:
		return parquet.Date()
	}
	node := parquet.String()
	if c.Form == table.List || c.Form == table.JSON {
		node = parquet.JSON()
	}
	return parquet.Encoded(node, &parquet.RLEDictionary)
}

// parquetRoot keeps its columns in their order, where parquet.Group would
// sort them by name.
type parquetRoot struct {
	parquet.Group
	fields []parquet.Field
}

func (r parquetRoot) Fields() []parquet.Field { return r.fields }

// Write buffers a row. After a failure every call reports it.
func (t *parquetTable) Write(row *table.Row) error {
	if t.err != nil {
		return t.err
	}
	if len(row.Cells) != len(t.schema.Columns) {
		return fmt.Errorf("table %s has %d columns, the row has %d", t.schema.Name, len(t.schema.Columns), len(row.Cells))
	}
	off := uint32(len(t.data)) //nolint:gosec // at most batchBytes
	t.data = append(t.data, row.Data...)
	for _, c := range row.Cells {
		c.Off += off
		t.cells = append(t.cells, c)
	}
	t.lines = append(t.lines, row.Pos.Line)
	if len(t.data) >= batchBytes || len(t.cells) >= batchValues || len(t.lines) >= batchValues {
		t.err = t.flush()
	}
	return t.err
}

// flush hands the batch over, one column after the other.
func (t *parquetTable) flush() error {
	rows, width := len(t.lines), len(t.kinds)
	if rows == 0 {
		return nil
	}
	if width == 0 {
		t.values = t.values[:0]
		for _, n := range t.lines {
			t.values = append(t.values, parquet.Int64Value(n).Level(0, 1, 0))
		}
		if _, err := t.columns[0].WriteRowValues(t.values); err != nil {
			return outputError("write", t.schema.Name, err)
		}
	}
	for i := range width {
		t.values = t.values[:0]
		for r := range rows {
			v, err := t.value(t.cells[r*width+i], i)
			if err != nil {
				return err
			}
			t.values = append(t.values, v)
		}
		if _, err := t.columns[i].WriteRowValues(t.values); err != nil {
			return outputError("write", t.schema.Name, err)
		}
	}
	t.group += int64(len(t.data) + 24*len(t.cells)) // about what the library holds
	t.data, t.cells, t.lines = t.data[:0], t.cells[:0], t.lines[:0]
	if cap(t.data) > 4*batchBytes {
		t.data = nil // a giant row passed
	}
	if t.group >= rowGroupBytes {
		return t.endGroup()
	}
	return t.set.bound()
}

func (t *parquetTable) endGroup() error {
	t.group = 0
	return outputError("write", t.schema.Name, t.w.Flush())
}

func (t *parquetTable) value(c table.Cell, column int) (parquet.Value, error) {
	if c.Flags&table.Present == 0 {
		return parquet.NullValue().Level(0, 0, column), nil
	}
	text := t.data[c.Off : c.Off+c.Len]
	var v parquet.Value
	ok := true
	switch t.kinds[column] {
	case parquetText:
		v = parquet.ByteArrayValue(text)
	case parquetInteger:
		var n int64
		if n, ok = exactInteger(text); ok {
			v = parquet.Int64Value(n)
		}
	case parquetBoolean:
		ok = string(text) == "true" || string(text) == "false"
		v = parquet.BooleanValue(string(text) == "true")
	case parquetDate:
		var days int32
		if days, ok = exactDate(text); ok {
			v = parquet.Int32Value(days)
		}
	}
	if !ok {
		c := &t.schema.Columns[column]
		return v, fmt.Errorf("%w: %q in column %s of table %s is no %s", ErrType, text, c.Name, t.schema.Name, c.Type)
	}
	return v.Level(0, 1, column), nil
}

// Close writes the last row group and the file's end.
func (t *parquetTable) Close() error {
	if t.closed {
		return t.err
	}
	t.closed = true
	if t.err == nil {
		t.err = t.flush()
	}
	if t.err == nil {
		t.err = outputError("write", t.schema.Name, t.w.Close())
	}
	t.err = errors.Join(t.err, t.file.Close())
	t.group, t.data, t.cells, t.lines, t.values, t.w, t.columns = 0, nil, nil, nil, nil, nil, nil
	return t.err
}

// exactInteger reads an int64 that prints as the same text.
func exactInteger(text []byte) (int64, bool) {
	s := unsafe.String(unsafe.SliceData(text), len(text)) //nolint:gosec // text is not written to while s lives
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, false
	}
	first := s[0]
	if first == '-' {
		return n, n != 0 && s[1] != '0'
	}
	return n, first != '+' && (first != '0' || len(s) == 1)
}
