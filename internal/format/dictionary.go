package format

import (
	"io"
	"strconv"

	"retable/internal/table"
)

// DictionaryName is the usual name of the dictionary's file.
const DictionaryName = "dictionary.csv"

// dictionarySchema is the dictionary as a table: a row per column of each
// table of the data set.
func dictionarySchema() *table.Schema {
	s := &table.Schema{Name: "dictionary"}
	for _, c := range []struct {
		name string
		typ  table.Type
	}{
		{"table", table.Text}, {"column", table.Text}, {"xpath", table.Text}, {"path", table.Text},
		{"type", table.Text}, {"form", table.Text}, {"role", table.Text},
		{"values", table.Integer}, {"nulls", table.Integer}, {"empty", table.Integer}, {"distinct", table.Integer},
		{"min", table.Text}, {"max", table.Text}, {"longest", table.Integer}, {"examples", table.Text},
	} {
		s.Columns = append(s.Columns, table.Column{Name: c.name, XPath: c.name, Type: c.typ})
	}
	s.Columns[len(s.Columns)-1].Form = table.List
	return s
}

// WriteDictionary writes the dictionary of the tables as CSV: table, column,
// XPath, path, type, form, role, and where statistics were gathered the
// counts, extremes, longest value in bytes and examples as a JSON array.
func WriteDictionary(w io.Writer, schemas []*table.Schema, opts Options) error {
	enc := newCSV(dictionarySchema(), opts)
	buf := enc.AppendHeader(nil)
	var row table.Row
	for _, s := range schemas {
		for i := range s.Columns {
			fillDictionary(&row, s.Name, &s.Columns[i], len(enc.schema.Columns))
			buf = enc.AppendRow(buf, &row)
		}
		if len(buf) > 64<<10 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}

func fillDictionary(row *table.Row, tableName string, c *table.Column, width int) {
	row.Reset(width)
	row.SetString(0, tableName)
	row.SetString(1, c.Name)
	row.SetString(2, c.XPath)
	if c.Path != "" {
		row.SetString(3, c.Path)
	}
	row.SetString(4, c.Type.String())
	row.SetString(5, formName(c.Form))
	row.SetString(6, roleName(c.Role))
	s := c.Stats
	if s == nil {
		return
	}
	for i, n := range []uint64{s.Values, s.Nulls, s.Empty, s.Distinct} {
		row.SetString(7+i, strconv.FormatUint(n, 10))
	}
	if s.Values > s.Empty {
		row.SetString(11, s.Min)
		row.SetString(12, s.Max)
	}
	row.SetString(13, strconv.Itoa(s.Longest))
	if len(s.Examples) > 0 {
		row.Set(14, exampleList(s.Examples), 0)
	}
}

// exampleList is a JSON array that people read: <, > and & as they are.
func exampleList(examples []string) []byte {
	list := []byte{'['}
	for i, e := range examples {
		if i > 0 {
			list = append(list, ',')
		}
		list = appendJSONString(list, []byte(e))
	}
	return append(list, ']')
}

// DictionaryResource describes a dictionary's file for the package.
func DictionaryResource(written File, schemas []*table.Schema, opts Options) Resource {
	var rows int64
	for _, s := range schemas {
		rows += int64(len(s.Columns))
	}
	return csvFormat().NewResource(dictionarySchema(), written, rows, opts)
}
