package report

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"retable/internal/diff"
	"retable/internal/format"
	"retable/internal/table"
)

// daff's highlighter format, one CSV file per table with differences:
//
//	!    columns: +++ added, --- removed, (name) renamed from that
//	@@   the header
//	->   a row with changed cells, old->new; a longer arrow where a cell holds one
//	+    a row that only has values in added columns
//	+++  an added row, ---  a removed one, ...  rows that are left out
//
// A null is NULL, and a text that reads so gets underscores in front. Rows of
// the left side stand in its order, added ones at the end; that rows were
// moved is not told. daff's own patch turns the left table into the right one.

// NewDaff writes a file per table by create, which names it. Unchanged cells
// of changed rows are read from the left side once more.
func NewDaff(ctx context.Context, left diff.Source, create func(name string) (io.WriteCloser, error)) Report {
	return &daffReport{ctx: ctx, left: left, create: create}
}

type daffReport struct {
	silent
	ctx    context.Context
	left   diff.Source
	create func(name string) (io.WriteCloser, error)
	names  format.Names
	table  *daffTable
}

// daffTable is the table at hand.
type daffTable struct {
	res     *diff.TableResult
	columns []daffColumn
	byLeft  map[string]int
	byRight map[string]int
	file    io.WriteCloser // nil until there is something to say
	csv     *csv.Writer
	rows    table.RowReader
	row     table.Row
	at      int64 // rows read
	told    int64 // rows told, of the left
	group   []diff.Change
}

// daffColumn is a column of the file.
type daffColumn struct {
	left, right string
	index       int // in the left table's rows, -1 for added ones
}

func (d *daffReport) Table(t *diff.TableResult) error {
	if err := d.finish(); err != nil {
		return err
	}
	d.table = newDaffTable(t)
	for i := range d.table.columns {
		if c := &d.table.columns[i]; c.left != c.right {
			return d.open()
		}
	}
	return nil
}

func newDaffTable(t *diff.TableResult) *daffTable {
	d := &daffTable{res: t, byLeft: map[string]int{}, byRight: map[string]int{}}
	places := map[string]int{}
	if t.Left != nil {
		seen := map[string]int{}
		for i := range t.Left.Columns {
			name := t.Left.Columns[i].Name
			if seen[name]++; seen[name] > 1 {
				name = fmt.Sprintf("%s#%d", name, seen[name])
			}
			if _, taken := places[name]; !taken {
				places[name] = i
			}
		}
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.How == diff.ColumnIgnored {
			continue
		}
		out := daffColumn{c.Left, c.Right, -1}
		if c.Left != "" {
			if at, ok := places[c.Left]; ok {
				out.index = at
			}
			d.byLeft[c.Left] = len(d.columns)
		}
		if c.Right != "" {
			d.byRight[c.Right] = len(d.columns)
		}
		d.columns = append(d.columns, out)
	}
	return d
}

// open starts the table's file with its head.
func (d *daffReport) open() error {
	t := d.table
	if t.file != nil {
		return nil
	}
	f, err := d.create(d.names.Of(t.res.Name(), ".daff.csv"))
	if err != nil {
		return err
	}
	t.file, t.csv = f, csv.NewWriter(f)
	schema, header, altered := []string{"!"}, []string{"@@"}, false
	both := t.res.Left != nil && t.res.Right != nil
	for _, c := range t.columns {
		mark, name := "", c.right
		switch {
		case !both:
			name = c.left + c.right
		case c.right == "":
			mark, name = "---", c.left
		case c.left == "":
			mark = "+++"
		case c.left != c.right:
			mark = "(" + c.left + ")"
		}
		altered = altered || mark != ""
		schema, header = append(schema, mark), append(header, name)
	}
	if altered {
		if err := t.csv.Write(schema); err != nil {
			return err
		}
	}
	return t.csv.Write(header)
}

func (d *daffReport) Change(c *diff.Change) error {
	t := d.table
	if t == nil {
		return nil // about files
	}
	switch c.Op {
	case diff.CellChanged, diff.CellAdded:
		if n := len(t.group); n > 0 && t.group[n-1].RowA != c.RowA {
			if err := d.flush(); err != nil {
				return err
			}
		}
		t.group = append(t.group, *c)
		return nil
	case diff.RowAdded, diff.RowRemoved:
		if err := d.flush(); err != nil {
			return err
		}
		return d.whole(c)
	}
	return nil
}

// whole writes a row that was added or removed.
func (d *daffReport) whole(c *diff.Change) error {
	if err := d.open(); err != nil {
		return err
	}
	t := d.table
	mark, by := "+++", t.byRight
	if c.Op == diff.RowRemoved {
		mark, by = "---", t.byLeft
		if err := t.skip(c.RowA); err != nil {
			return err
		}
	} else if t.res.Left != nil && t.told >= 0 {
		t.told = -1 // the left side's rest needs no mark
	}
	line := make([]string, len(t.columns)+1)
	line[0] = mark
	for _, v := range c.Cells {
		if i, ok := by[v.Column]; ok {
			line[i+1] = daffValue(v.Value, v.Null)
		}
	}
	return t.csv.Write(line)
}

// skip marks the rows of the left side that were not told up to row.
func (t *daffTable) skip(row int64) error {
	gap := row > t.told
	t.told = row + 1
	if !gap {
		return nil
	}
	line := make([]string, len(t.columns)+1)
	for i := range line {
		line[i] = "..."
	}
	return t.csv.Write(line)
}

// flush writes the row whose changes were gathered.
func (d *daffReport) flush() error {
	t := d.table
	if len(t.group) == 0 {
		return nil
	}
	group := t.group
	t.group = t.group[:0]
	if err := d.open(); err != nil {
		return err
	}
	if err := d.seek(group[0].RowA); err != nil {
		return err
	}
	if err := t.skip(group[0].RowA); err != nil {
		return err
	}
	old, now := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		old[i] = "NULL" // an added column's value is told only if there is one
		if c.index >= 0 {
			v, ok := t.row.Value(c.index)
			old[i] = daffValue(string(v), !ok)
		}
		now[i] = old[i]
	}
	mark := "+"
	changed := make([]bool, len(t.columns))
	for k := range group {
		c := &group[k]
		i, ok := t.byLeft[c.Column]
		if c.Op == diff.CellAdded || !ok {
			i, ok = t.byRight[c.ColumnB]
		}
		if !ok {
			continue
		}
		now[i] = daffValue(c.New, c.NewNull)
		if c.Op == diff.CellChanged {
			mark = "->"
			changed[i] = true
			old[i] = daffValue(c.Old, c.OldNull)
		}
	}
	if mark == "->" {
		for strings.Contains(strings.Join(old, "\x00")+"\x00"+strings.Join(now, "\x00"), mark) {
			mark = "-" + mark
		}
	}
	line := []string{mark}
	for i := range now {
		if changed[i] {
			now[i] = old[i] + mark + now[i]
		}
		line = append(line, now[i])
	}
	return t.csv.Write(line)
}

// seek reads the left table up to a row.
func (d *daffReport) seek(row int64) error {
	t := d.table
	if t.rows == nil {
		rows, err := d.left.Open(d.ctx, t.res.Left.Name)
		if err != nil {
			return fmt.Errorf("read table %s again: %w", t.res.Left.Name, err)
		}
		t.rows = rows
	}
	for ; t.at <= row; t.at++ {
		if err := t.rows.Read(&t.row); err != nil {
			return fmt.Errorf("read table %s again, row %d: %w", t.res.Left.Name, t.at+1, err)
		}
	}
	return nil
}

// daffValue tells null from the text that stands for it.
func daffValue(v string, null bool) string {
	if null {
		return "NULL"
	}
	if strings.TrimLeft(v, "_") == "NULL" {
		return "_" + v
	}
	return v
}

// finish ends the table at hand.
func (d *daffReport) finish() error {
	t := d.table
	if t == nil {
		return nil
	}
	err := d.flush()
	d.table = nil
	if t.csv != nil {
		t.csv.Flush()
		if err == nil {
			err = t.csv.Error()
		}
	}
	if cerr := t.close(); err == nil {
		err = cerr
	}
	return err
}

func (t *daffTable) close() error {
	var err error
	if t.rows != nil {
		err = t.rows.Close()
	}
	if t.file != nil {
		if cerr := t.file.Close(); err == nil {
			err = cerr
		}
	}
	t.rows, t.file = nil, nil
	return err
}

func (d *daffReport) Finish(*diff.Result) error { return d.finish() }

func (d *daffReport) Close() error {
	if d.table == nil {
		return nil
	}
	return d.table.close()
}
