package rag

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"retable/internal/retable"
)

const (
	citedRows  = 100 // row ids that a citation of an aggregate lists
	excerptMax = 300 // bytes
)

// citeRows cites the rows behind a figure: a query that can be run again, how
// many rows it finds, the first of them.
func (s *session) citeRows(ctx context.Context, f *frame, extra *node) (retable.Citation, error) {
	c := retable.Citation{SessionID: s.id, Table: f.base.Name, SQL: f.rowsSQL(extra)}
	for _, col := range f.used() {
		c.Columns = append(c.Columns, col.header)
	}
	var err error
	if c.Total, err = s.integer(ctx, f.countSQL(extra)); err != nil {
		return c, err
	}
	err = s.guard.run(ctx, c.SQL+limitSQL(citedRows), func([]string) {}, func(row []any) bool {
		if id, ok := row[0].(int64); ok {
			c.Rows = append(c.Rows, id)
		}
		return true
	})
	if len(s.files) == 1 {
		c.File, c.SHA256 = s.files[0].Path, s.files[0].SHA256
	}
	return c, err
}

// integer runs a query of one number.
func (s *session) integer(ctx context.Context, query string) (int64, error) {
	var n int64
	err := s.guard.run(ctx, query, func([]string) {}, func(row []any) bool {
		n, _ = row[0].(int64)
		return false
	})
	return n, err
}

// used are the columns that a frame's figure depends on.
func (f *frame) used() []*column {
	var out []*column
	add := func(c *column) {
		if c != nil && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	add(f.measure)
	f.where.each(func(p *predicate) { add(p.column) })
	for _, g := range f.groups {
		add(g.column)
	}
	if f.order != nil {
		add(f.order.column)
	}
	return out
}

// place is where a row stands in its source.
type place struct {
	file, line int64
	id, parent int64
	pos        int64
	owner      string // _parent_table, where the rows of a table have several
}

func (s *session) place(ctx context.Context, t *tableInfo, where string) (place, bool, error) {
	columns := []string{"_file_id", "_line", "0", "0", "0", "''"}
	if t.hasParent {
		columns[2], columns[3], columns[4] = "_id", "_parent_id", "_pos"
	}
	if t.recursive {
		columns[5] = "_parent_table"
	}
	var p place
	found := false
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + ident(t.ViewName) + " WHERE " + where
	err := s.guard.run(ctx, query, func([]string) {}, func(row []any) bool {
		found = true
		for i, target := range []*int64{&p.file, &p.line, &p.id, &p.parent, &p.pos} {
			*target, _ = row[i].(int64)
		}
		p.owner = textOf(row[5])
		return false
	})
	return p, found, err
}

// xpath leads to a row: the path of its table with the position at each
// repeating element.
func (s *session) xpath(ctx context.Context, t *tableInfo, p place) (string, error) {
	tail := ""
	for range 64 {
		parent := t.parent
		if p.owner != "" {
			parent = s.tableNamed(p.owner)
		}
		if parent == nil || p.parent == 0 {
			return t.Path + tail, nil
		}
		step := "//" + t.Path[strings.LastIndexByte(t.Path, '/')+1:]
		switch rest, ok := strings.CutPrefix(t.Path, parent.Path+"/"); {
		case ok:
			step = "/" + rest
		case parent == t:
			step = step[1:]
		}
		tail = fmt.Sprintf("%s[%d]%s", step, p.pos, tail)
		above, found, err := s.place(ctx, parent, fmt.Sprintf("_id = %d", p.parent))
		if err != nil {
			return "", err
		}
		if t, p = parent, above; !found {
			return t.Path + tail, nil
		}
	}
	return t.Path + tail, nil
}

func (s *session) tableNamed(name string) *tableInfo {
	i := slices.IndexFunc(s.tables, func(t *tableInfo) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return s.tables[i]
}

// citeRow cites one row: file, line, path, and what is in it.
func (s *session) citeRow(ctx context.Context, t *tableInfo, rid int64) (retable.Citation, error) {
	c := retable.Citation{SessionID: s.id, Table: t.Name, Row: rid}
	p, found, err := s.place(ctx, t, fmt.Sprintf("_rid = %d", rid))
	if err != nil || !found {
		return c, err
	}
	c.Line = p.line
	if i := slices.IndexFunc(s.files, func(f fileInfo) bool { return f.ID == p.file }); i >= 0 {
		c.File, c.SHA256 = s.files[i].Path, s.files[i].SHA256
	}
	if c.XPath, err = s.xpath(ctx, t, p); err != nil {
		return c, err
	}
	cells, err := s.rowCells(ctx, t, rid, 12)
	if err != nil {
		return c, err
	}
	var lines []string
	for _, x := range cells {
		c.Columns = append(c.Columns, x.column.header)
		lines = append(lines, x.column.name+": "+capText(plain(x.value), 80))
	}
	c.Excerpt = capText(strings.Join(lines, "; "), excerptMax)
	return c, nil
}

// rowCell is a value of a row.
type rowCell struct {
	column *column
	value  string
}

// rowCells reads the first values of a row that aren't empty.
func (s *session) rowCells(ctx context.Context, t *tableInfo, rid int64, most int) ([]rowCell, error) {
	var columns []*column
	var names []string
	for _, c := range t.columns {
		if c.longest <= maxSampledCell && len(columns) < 200 {
			columns = append(columns, c)
			name := ident(c.name)
			if c.exact != "" {
				name = ident(c.exact)
			}
			names = append(names, name)
		}
	}
	if len(columns) == 0 {
		return nil, nil
	}
	var out []rowCell
	query := fmt.Sprintf("SELECT %s FROM %s WHERE _rid = %d", strings.Join(names, ", "), ident(t.ViewName), rid)
	err := s.guard.run(ctx, query, func([]string) {}, func(row []any) bool {
		for i, v := range row {
			if text := textOf(v); text != "" && len(out) < most {
				out = append(out, rowCell{columns[i], columns[i].show(text)})
			}
		}
		return false
	})
	return out, err
}

// show writes a value as people expect it.
func (c *column) show(text string) string {
	if c.kind == booleanKind {
		switch text {
		case "1":
			return "true"
		case "0":
			return "false"
		}
	}
	return text
}
