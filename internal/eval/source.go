package eval

import (
	"bufio"
	"bytes"
	"context"
	"fmt"

	"retable/internal/diff"
	"retable/internal/table"
)

// source is a side of a comparison whose tables stand in memory, encoded.
type source struct {
	name    string
	files   []diff.File
	schemas []*table.Schema
	rows    map[string]*bytes.Buffer
}

func newSource(name string) *source { return &source{name: name, rows: map[string]*bytes.Buffer{}} }

func (s *source) Name() string            { return s.name }
func (s *source) Files() []diff.File      { return s.files }
func (s *source) Tables() []*table.Schema { return s.schemas }

func (s *source) Open(_ context.Context, name string) (table.RowReader, error) {
	for _, have := range s.schemas {
		if have.Name == name {
			return &reader{have, bufio.NewReader(bytes.NewReader(s.rows[name].Bytes()))}, nil
		}
	}
	return nil, fmt.Errorf("no table %s", name)
}

type reader struct {
	schema *table.Schema
	r      *bufio.Reader
}

func (r *reader) Schema() *table.Schema     { return r.schema }
func (r *reader) Close() error              { return nil }
func (r *reader) Read(row *table.Row) error { return table.ReadRow(r.r, row, len(r.schema.Columns)) }

// asSource gives the bundle's tables to a comparison as they are.
func (b *bundle) asSource(name string) *source {
	s := newSource(name)
	for t := range b.tables {
		schema := &table.Schema{Name: b.tables[t].name}
		for _, c := range b.tables[t].columns {
			schema.Columns = append(schema.Columns, table.Column{Name: c.name, XPath: c.name})
		}
		s.schemas = append(s.schemas, schema)
		s.rows[schema.Name] = &bytes.Buffer{}
	}
	var out table.Row
	for i := range b.files {
		f := &b.files[i]
		m := &b.tables[f.table]
		s.files = append(s.files, diff.File{ID: i + 1, Path: f.path, Kind: m.name})
		for k := range f.rows {
			out.Reset(len(m.columns))
			out.Pos = table.Position{File: i, Line: int64(k + 2)}
			for c, v := range f.rows[k].cells {
				if !v.null {
					out.SetString(c, v.text)
				}
			}
			s.rows[m.name].Write(table.AppendRow(nil, &out))
		}
	}
	return s
}
