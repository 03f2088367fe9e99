package diff_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"retable/internal/diff"
	"retable/internal/table"
)

// memory is a Source whose tables stand in memory, encoded.
type memory struct {
	name    string
	files   []diff.File
	schemas []*table.Schema
	rows    map[string]*bytes.Buffer
	fails   error // of reading, after the first row
}

func (m *memory) Name() string            { return m.name }
func (m *memory) Files() []diff.File      { return m.files }
func (m *memory) Tables() []*table.Schema { return m.schemas }

func (m *memory) Open(_ context.Context, name string) (table.RowReader, error) {
	for _, s := range m.schemas {
		if s.Name == name {
			return &memoryReader{m, s, bufio.NewReader(bytes.NewReader(m.rows[name].Bytes())), 0}, nil
		}
	}
	return nil, fmt.Errorf("no table %s", name)
}

type memoryReader struct {
	m *memory
	s *table.Schema
	r *bufio.Reader
	n int
}

func (r *memoryReader) Schema() *table.Schema { return r.s }
func (r *memoryReader) Close() error          { return nil }
func (r *memoryReader) Read(row *table.Row) error {
	if r.n++; r.n > 1 && r.m.fails != nil {
		return r.m.fails
	}
	return table.ReadRow(r.r, row, len(r.s.Columns))
}

func newMemory(name string) *memory {
	return &memory{name: name, rows: map[string]*bytes.Buffer{}}
}

func (m *memory) table(s *table.Schema) *bytes.Buffer {
	m.schemas = append(m.schemas, s)
	m.rows[s.Name] = &bytes.Buffer{}
	return m.rows[s.Name]
}

// grid makes a source of one table from text: a header line, then rows, with
// | between the cells and - for null. Types are found.
func grid(name, tableName string, lines ...string) *memory {
	m := newMemory(name)
	m.files = []diff.File{{ID: 1, Path: name}}
	m.add(tableName, 0, lines...)
	return m
}

func (m *memory) add(tableName string, file int, lines ...string) *memory {
	var s *table.Schema
	for _, have := range m.schemas {
		if have.Name == tableName {
			s = have
		}
	}
	if s == nil {
		s = &table.Schema{Name: tableName}
		for _, h := range split(lines[0]) {
			s.Columns = append(s.Columns, table.Column{Name: h, XPath: strings.ReplaceAll(h, "[*]", "")})
		}
		m.table(s)
	}
	for i, line := range lines[1:] {
		m.row(s, file, int64(i+2), split(line))
	}
	return m
}

func (m *memory) row(s *table.Schema, file int, line int64, cells []string) {
	var row table.Row
	row.Reset(len(s.Columns))
	row.Pos = table.Position{File: file, Line: line}
	for c, v := range cells {
		if v != "-" {
			row.SetString(c, v)
		}
	}
	b := m.rows[s.Name]
	b.Write(table.AppendRow(nil, &row))
}

func split(line string) []string {
	if line == "" {
		return nil
	}
	parts := strings.Split(line, "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// column returns the schema's column, to be changed.
func (m *memory) column(name string) *table.Column {
	for _, s := range m.schemas {
		if i := s.Index(name); i >= 0 {
			return &s.Columns[i]
		}
	}
	panic("no column " + name)
}

// record keeps what a comparison tells.
type record struct {
	files   []diff.FilePair
	tables  []*diff.TableResult
	changes []diff.Change
	stop    error
}

func (r *record) Files(p []diff.FilePair) error     { r.files = p; return nil }
func (r *record) Table(t *diff.TableResult) error   { r.tables = append(r.tables, t); return nil }
func (r *record) Change(c *diff.Change) error       { r.changes = append(r.changes, *c); return r.stop }
func (r *record) ops(ops ...diff.Op) (out []string) { return r.where(ops) }

func (r *record) where(ops []diff.Op) (out []string) {
	for i := range r.changes {
		if c := &r.changes[i]; len(ops) == 0 || slices.Contains(ops, c.Op) {
			out = append(out, text(c))
		}
	}
	return out
}

// text writes a change in one line.
func text(c *diff.Change) string {
	var b strings.Builder
	fmt.Fprint(&b, c.Op)
	for _, k := range c.Key {
		fmt.Fprintf(&b, " %s=%s", k.Column, k.Value)
	}
	if c.Column != "" || c.ColumnB != "" {
		fmt.Fprintf(&b, " [%s", c.Column)
		if c.ColumnB != c.Column {
			fmt.Fprintf(&b, ">%s", c.ColumnB)
		}
		fmt.Fprint(&b, "]")
	}
	null := func(v string, null bool) string {
		if null {
			return "null"
		}
		return fmt.Sprintf("%q", v)
	}
	if c.Op == diff.CellChanged || c.Op == diff.CellAdded || c.Op == diff.RowMoved {
		fmt.Fprintf(&b, " %s>%s", null(c.Old, c.OldNull), null(c.New, c.NewNull))
	}
	if c.Class == diff.FormatOnly {
		fmt.Fprint(&b, " format")
	}
	if len(c.Cells) > 0 && len(c.Key) == 0 {
		for _, v := range c.Cells {
			fmt.Fprintf(&b, " %s", null(v.Value, v.Null))
		}
	}
	return b.String()
}

func compare(t testing.TB, a, b diff.Source, opts diff.Options) (*diff.Result, *record) {
	t.Helper()
	if opts.Scratch == "" {
		opts.Scratch = t.TempDir()
	}
	var r record
	res, err := diff.Compare(context.Background(), a, b, opts, &r)
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, res)
	return res, &r
}

var _ io.Closer = (*memoryReader)(nil)
