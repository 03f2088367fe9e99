package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"retable/internal/diff"
	"retable/internal/format"
	"retable/internal/table"
)

// changeSchema is the long form of changes: one per row.
func changeSchema() *table.Schema {
	s := &table.Schema{Name: "Changes"}
	for _, c := range []struct {
		name string
		typ  table.Type
	}{
		{"op", table.Text}, {"class", table.Text}, {"table", table.Text}, {"file_a", table.Text}, {"file_b", table.Text},
		{"key", table.Text}, {"row_a", table.Integer}, {"row_b", table.Integer}, {"line_a", table.Integer}, {"line_b", table.Integer},
		{"xpath_a", table.Text}, {"xpath_b", table.Text}, {"column", table.Text}, {"column_b", table.Text}, {"old", table.Text}, {"new", table.Text},
	} {
		s.Columns = append(s.Columns, table.Column{Name: c.name, XPath: c.name, Type: c.typ})
	}
	return s
}

// The columns of changeSchema that are set by name elsewhere.
const (
	colOp     = 0
	colColumn = 12
	colNew    = 15
	colCount  = 16
)

// fillChange puts a change into a row of changeSchema. The values of a row
// that was added or removed stand in new or old as a JSON object.
func fillChange(row *table.Row, c *diff.Change) error {
	row.Reset(colCount)
	text := func(i int, v string) {
		if v != "" {
			row.SetString(i, v)
		}
	}
	number := func(i int, n, none int64) {
		if n != none {
			row.SetString(i, strconv.FormatInt(n, 10))
		}
	}
	text(colOp, string(c.Op))
	text(1, string(c.Class))
	text(2, c.Table)
	text(3, c.FileA)
	text(4, c.FileB)
	text(5, keyText(c.Key))
	number(6, c.RowA, -1)
	number(7, c.RowB, -1)
	number(8, c.LineA, 0)
	number(9, c.LineB, 0)
	text(10, c.XPathA)
	text(11, c.XPathB)
	text(colColumn, c.Column)
	text(13, c.ColumnB)
	switch c.Op {
	case diff.CellChanged, diff.CellAdded, diff.RowMoved:
		if !c.OldNull && c.Op != diff.CellAdded {
			row.SetString(14, c.Old)
		}
		if !c.NewNull {
			row.SetString(colNew, c.New)
		}
	case diff.RowAdded, diff.RowRemoved:
		values, err := cellsObject(c.Cells)
		if err != nil {
			return err
		}
		if c.Op == diff.RowAdded {
			row.SetString(colNew, values)
		} else {
			row.SetString(14, values)
		}
	default:
		text(14, c.Old)
		text(colNew, c.New)
	}
	return nil
}

// keyText is a key for people: the value alone, or with names if there are
// several.
func keyText(key []diff.Value) string {
	var b strings.Builder
	for i := range key {
		if i > 0 {
			b.WriteString("; ")
		}
		if len(key) > 1 {
			b.WriteString(key[i].Column + "=")
		}
		b.WriteString(key[i].Value)
	}
	return b.String()
}

// cellsObject is a row as a JSON object, columns in their order.
func cellsObject(cells []diff.Value) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	put := func(v any) error {
		err := enc.Encode(v)
		b.Truncate(b.Len() - 1) // the encoder's line end
		return err
	}
	b.WriteByte('{')
	for i := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := put(cells[i].Column); err != nil {
			return "", err
		}
		b.WriteByte(':')
		if cells[i].Null {
			b.WriteString("null")
			continue
		}
		if err := put(cells[i].Value); err != nil {
			return "", err
		}
	}
	b.WriteByte('}')
	return b.String(), nil
}

// NewCSV writes one change per line. The options stand first, as lines of op
// "option". With guard, cells that a spreadsheet would run as formulas are
// defused.
func NewCSV(w io.Writer, h Head, guard bool) (Report, error) {
	f, err := format.Lookup("csv")
	if err != nil {
		return nil, err
	}
	c := &csvReport{rows: format.NewLineWriter(writerOnly{w}, f.Line(changeSchema(), format.Options{Guard: guard}))}
	for _, o := range headSettings(h) {
		c.row.Reset(colCount)
		c.row.SetString(colOp, "option")
		c.row.SetString(colColumn, o.Name)
		c.row.SetString(colNew, o.Value)
		if err := c.rows.Write(&c.row); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// headSettings is the head as settings, for reports that are tables.
func headSettings(h Head) []Setting {
	out := []Setting{{"left", h.Left.Name}, {"right", h.Right.Name}}
	if h.Version != "" {
		out = append(out, Setting{"version", h.Version})
	}
	if h.Created != "" {
		out = append(out, Setting{"created", h.Created})
	}
	return append(out, h.Options...)
}

// writerOnly hides a Close: files are closed by who made them.
type writerOnly struct{ io.Writer }

type csvReport struct {
	silent
	rows table.RowWriter
	row  table.Row
}

func (r *csvReport) Change(c *diff.Change) error {
	if err := fillChange(&r.row, c); err != nil {
		return err
	}
	return r.rows.Write(&r.row)
}

func (r *csvReport) Finish(*diff.Result) error { return r.rows.Close() }
