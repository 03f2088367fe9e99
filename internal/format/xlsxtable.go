package format

import (
	"errors"
	"fmt"
	"strconv"

	"retable/internal/table"
)

// xlsxTable writes a table over its groups of columns.
type xlsxTable struct {
	set    *xlsxSet
	schema *table.Schema
	groups []*xlsxGroup
	long   int // cells whose text stands in _long
	closed bool
	err    error
}

// xlsxGroup is a range of columns that fits a sheet.
type xlsxGroup struct {
	t        *xlsxTable
	from, to int
	letters  []string
	sheet    *sheet
	place    int // index in places
	written  int64
}

var _ table.RowWriter = (*xlsxTable)(nil)

func (t *xlsxTable) Write(row *table.Row) error {
	if t.err != nil {
		return t.err
	}
	if len(row.Cells) != len(t.schema.Columns) {
		return fmt.Errorf("table %s has %d columns, the row has %d", t.schema.Name, len(t.schema.Columns), len(row.Cells))
	}
	for _, g := range t.groups {
		if t.err = g.write(row); t.err != nil {
			return t.err
		}
	}
	return nil
}

func (t *xlsxTable) Close() error {
	if t.closed {
		return t.err
	}
	t.closed = true
	for _, g := range t.groups {
		t.err = errors.Join(t.err, g.endSheet())
	}
	if t.long > 0 {
		t.set.opts.warn("long-cell", t.schema.Name, "%d texts of more than %d characters stand in sheet _long", t.long, maxCellText)
	}
	return t.err
}

// nextSheet starts a sheet and writes the header.
func (g *xlsxGroup) nextSheet() error {
	s, name := g.t.set, g.t.schema.Name
	w, err := s.newSheet(name, false)
	if err != nil {
		return err
	}
	if w.name != name {
		s.odd = true
	}
	g.sheet, g.place = w, len(s.places)
	s.places = append(s.places, place{table: name, sheet: w.name, first: g.written + 1, column: g.from, width: g.to - g.from})
	w.beginRow()
	for i := g.from; i < g.to; i++ {
		header := g.t.schema.Columns[i].Name
		w.style = boldStyle
		if err := g.textCell(i, []byte(header)); err != nil {
			return err
		}
	}
	w.style = 0
	w.endRow()
	return w.err
}

func (g *xlsxGroup) endSheet() error {
	if g.sheet == nil {
		return nil
	}
	p := &g.t.set.places[g.place]
	p.rows = g.written + 1 - p.first
	w := g.sheet
	g.sheet = nil
	return w.close()
}

func (g *xlsxGroup) write(row *table.Row) error {
	if g.sheet.row >= g.t.set.rows {
		if err := g.endSheet(); err != nil {
			return err
		}
		if g.written+1 == int64(g.t.set.rows) && g.from == 0 {
			g.t.set.opts.warn("sheet-split", g.t.schema.Name, "more than %d rows: they go on in further sheets", g.written)
		}
		g.t.set.odd = true
		if err := g.nextSheet(); err != nil {
			return err
		}
	}
	g.written++
	w := g.sheet
	w.beginRow()
	for i := g.from; i < g.to; i++ {
		v, ok := row.Value(i)
		if !ok {
			continue
		}
		c := &g.t.schema.Columns[i]
		switch {
		case c.Form != table.Scalar:
		case (c.Type == table.Integer || c.Type == table.Decimal) && isSheetNumber(v):
			w.openCell(g.letters[i-g.from], `><v>`)
			w.buf = append(append(w.buf, v...), `</v></c>`...)
			continue
		case c.Type == table.Boolean && (string(v) == "true" || string(v) == "false"):
			w.openCell(g.letters[i-g.from], ` t="b"><v>`)
			w.buf = append(w.buf, '0')
			if v[0] == 't' {
				w.buf[len(w.buf)-1] = '1'
			}
			w.buf = append(w.buf, `</v></c>`...)
			continue
		}
		if err := g.textCell(i, v); err != nil {
			return err
		}
	}
	w.endRow()
	return w.err
}

// textCell writes a text, or where it stands if it is too long for a cell.
func (g *xlsxGroup) textCell(column int, v []byte) error {
	w, letters := g.sheet, g.letters[column-g.from]
	if len(v) <= maxCellText || utf16Length(v) <= maxCellText {
		w.openCell(letters, ` t="inlineStr"><is><t xml:space="preserve">`)
		w.buf = appendSheetText(w.buf, v)
		w.buf = append(w.buf, `</t></is></c>`...)
		return nil
	}
	s := g.t.set
	if s.long == nil {
		s.long = &longSheet{set: s}
		s.odd = true
	}
	cell := letters + strconv.Itoa(w.row)
	at, err := s.long.put(w.name, cell, g.t.schema.Name, g.t.schema.Columns[column].Name, v)
	if err != nil {
		return err
	}
	g.t.long++
	w.openCell(letters, ` t="inlineStr"><is><t xml:space="preserve">`)
	w.buf = appendSheetText(w.buf, fmt.Appendf(nil, "[%d characters: see sheet %s]", utf16Length(v), at))
	w.buf = append(w.buf, `</t></is></c>`...)
	return nil
}

// isSheetNumber reports whether v is a decimal number that a double gives
// back as the same text.
func isSheetNumber(v []byte) bool {
	i := 0
	if i < len(v) && v[i] == '-' {
		i++
	}
	whole := digits(v, i)
	if whole == 0 || whole > 1 && v[i] == '0' {
		return false
	}
	zero := v[i] == '0'
	significant := whole
	i += whole
	if i < len(v) && v[i] == '.' {
		n := digits(v, i+1)
		if n == 0 || v[i+n] == '0' {
			return false
		}
		significant += n
		i += 1 + n
	} else if zero && v[0] == '-' {
		return false // -0
	}
	return i == len(v) && significant <= 15
}

// longSheet holds the texts that no cell can, in parts.
type longSheet struct {
	set   *xlsxSet
	sheet *sheet
}

// put writes the parts of a text and says where they stand.
func (l *longSheet) put(sheetName, cell, tableName, column string, v []byte) (string, error) {
	first := ""
	for part := 1; len(v) > 0; part++ {
		if l.sheet == nil || l.sheet.row >= l.set.rows {
			if err := l.close(); err != nil {
				return "", err
			}
			w, err := l.set.newSheet("_long", true)
			if err != nil {
				return "", err
			}
			l.sheet = w
			w.textRow(boldStyle, "sheet", "cell", "table", "column", "part", "text")
		}
		n := cutUTF16(v, maxCellText)
		w := l.sheet
		w.beginRow()
		w.text(0, sheetName)
		w.text(1, cell)
		w.text(2, tableName)
		w.text(3, shorten(column))
		w.number(4, int64(part))
		w.text(5, string(v[:n]))
		w.endRow()
		if w.err != nil {
			return "", w.err
		}
		if first == "" {
			first = w.name + " from row " + strconv.Itoa(w.row)
		}
		v = v[n:]
	}
	return first, nil
}

// shorten bounds a header that is itself too long.
func shorten(s string) string { return s[:cutUTF16([]byte(s), 1000)] }

func (l *longSheet) close() error {
	if l.sheet == nil {
		return nil
	}
	w := l.sheet
	l.sheet = nil
	return w.close()
}
