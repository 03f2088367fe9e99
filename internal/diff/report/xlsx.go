package report

import (
	"fmt"
	"strconv"

	"retable/internal/diff"
	"retable/internal/format"
	"retable/internal/table"
)

// NewXLSX writes a workbook base.xlsx into dir, with the sheets Summary,
// Files, Columns and Changes. What a sheet or a cell can't hold goes on in
// further ones; warn hears of it.
func NewXLSX(dir format.Dir, base string, h Head, warn func(format.Warning)) (Report, error) {
	f, err := format.Lookup("xlsx")
	if err != nil {
		return nil, err
	}
	set, err := f.OpenSet(dir, base, format.Options{Warn: warn})
	if err != nil {
		return nil, err
	}
	x := &xlsxReport{set: set, head: h}
	for _, sheet := range []struct {
		into   *table.RowWriter
		schema *table.Schema
	}{
		{&x.summary, sheetOf("Summary", "name", "value#")},
		{&x.files, sheetOf("Files", "left", "right", "stage", "score#", "similarity#", "same", "runner_up", "margin#", "partial")},
		{&x.columns, sheetOf("Columns", "table", "left", "right", "how", "key", "left_type", "right_type", "cells_changed#", "cells_format_only#", "score#", "margin#")},
		{&x.changes, changeSchema()},
	} {
		if *sheet.into, err = set.Table(sheet.schema); err != nil {
			set.Abort()
			return nil, err
		}
	}
	return x, nil
}

// sheetOf makes a schema of headers; # at the end marks numbers.
func sheetOf(name string, columns ...string) *table.Schema {
	s := &table.Schema{Name: name}
	for _, c := range columns {
		typ := table.Text
		if n := len(c) - 1; c[n] == '#' {
			c, typ = c[:n], table.Decimal
		}
		s.Columns = append(s.Columns, table.Column{Name: c, XPath: c, Type: typ})
	}
	return s
}

type xlsxReport struct {
	silent
	set                              format.Set
	head                             Head
	summary, files, columns, changes table.RowWriter
	row                              table.Row
}

func (x *xlsxReport) Change(c *diff.Change) error {
	if err := fillChange(&x.row, c); err != nil {
		return err
	}
	return x.changes.Write(&x.row)
}

// line writes cells to a sheet; an empty one is left out.
func (x *xlsxReport) line(w table.RowWriter, cells ...string) error {
	x.row.Reset(len(cells))
	for i, c := range cells {
		if c != "" {
			x.row.SetString(i, c)
		}
	}
	return w.Write(&x.row)
}

func (x *xlsxReport) Finish(r *diff.Result) error {
	s := Summarise(x.head, r)
	for _, write := range []func() error{
		func() error { return x.writeSummary(s) },
		func() error { return x.writeFiles(s) },
		func() error { return x.writeColumns(r) },
		x.summary.Close, x.files.Close, x.columns.Close, x.changes.Close, x.set.Close,
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func (x *xlsxReport) writeSummary(s *Summary) error {
	lines := append(headSettings(x.head),
		Setting{"same", yes(s.Same)}, Setting{"certain", yes(s.Certain)},
		Setting{"similarity", decimal(s.Similarity)}, Setting{"similarity, exact", s.Exact},
		Setting{"mean similarity of files", decimal(s.Mean)})
	for _, w := range s.Waterfall.Steps() {
		lines = append(lines, Setting{"lost to " + w.Label, decimal(w.Lost)})
	}
	for _, c := range s.Totals.list() {
		lines = append(lines, Setting{c.label, strconv.FormatInt(c.n, 10)})
	}
	for _, side := range []Side{s.Left, s.Right} {
		for _, p := range side.Problems {
			lines = append(lines, Setting{"problem in " + side.Name, p})
		}
	}
	for _, n := range s.Notes {
		lines = append(lines, Setting{"note", n})
	}
	for _, l := range lines {
		if err := x.line(x.summary, l.Name, l.Value); err != nil {
			return err
		}
	}
	return nil
}

func (x *xlsxReport) writeFiles(s *Summary) error {
	for i := range s.Files {
		p := &s.Files[i]
		err := x.line(x.files, p.Left, p.Right, p.Stage, decimal(p.Score), decimal(p.Similarity), yes(p.Same), p.RunnerUp, decimal(p.Margin), yes(p.Partial))
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *xlsxReport) writeColumns(r *diff.Result) error {
	for _, t := range r.Tables {
		for i := range t.Columns {
			c := &t.Columns[i]
			out := columnOf(t, c)
			err := x.line(x.columns, t.Name(), c.Left, c.Right, out.How, yes(c.Key), out.LeftType, out.RightType,
				strconv.FormatInt(c.Changed, 10), strconv.FormatInt(c.FormatOnly, 10), decimal(out.Score), decimal(out.Margin))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *xlsxReport) Close() error {
	x.set.Abort()
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// decimal writes a share with up to six digits, never rounded up to 1.
func decimal(v float64) string {
	if v > 0.999999 && v < 1 {
		v = 0.999999
	}
	return strconv.FormatFloat(round6(v), 'f', -1, 64)
}

func round6(v float64) float64 {
	out, err := strconv.ParseFloat(fmt.Sprintf("%.6f", v), 64)
	if err != nil {
		return v
	}
	return out
}

type labelled struct {
	label string
	n     int64
}

// list gives the totals with their names.
func (t *Totals) list() []labelled {
	return []labelled{
		{"files paired", int64(t.FilesPaired)}, {"files the same", int64(t.FilesSame)}, {"files renamed", int64(t.FilesRenamed)},
		{"files added", int64(t.FilesAdded)}, {"files removed", int64(t.FilesRemoved)},
		{"tables paired", int64(t.TablesPaired)}, {"tables the same", int64(t.TablesSame)},
		{"tables added", int64(t.TablesAdded)}, {"tables removed", int64(t.TablesRemoved)},
		{"columns renamed", int64(t.ColumnsRenamed)}, {"columns added", int64(t.ColumnsAdded)}, {"columns removed", int64(t.ColumnsRemoved)},
		{"rows matched", t.RowsMatched}, {"rows changed", t.RowsChanged}, {"rows moved", t.RowsMoved},
		{"rows added", t.RowsAdded}, {"rows removed", t.RowsRemoved}, {"rows changed in format only", t.RowsFormatOnly},
		{"cells changed", t.CellsChanged}, {"cells changed in format only", t.CellsFormatOnly},
	}
}
