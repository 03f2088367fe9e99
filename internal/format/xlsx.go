package format

import (
	"errors"
	"os"

	"retable/internal/table"
)

// XLSX: one workbook, a sheet per table, the header in bold in its first row.
//
//   - Null is no cell; the empty string is a cell with an empty text.
//   - A value is a number only in an Integer or Decimal column and only if
//     it comes back from a double as the same text (at most 15 digits, no
//     superfluous zero, no exponent); 79500.00 and 007 are texts. true and
//     false of a Boolean column are booleans. Everything else is text, dates
//     too: inline strings, which no spreadsheet runs as a formula.
//   - Characters that XML can't hold are written _xHHHH_, as Excel does, and
//     so is the underscore of a text that looks like one.
//   - A table with more than 1,048,575 rows goes on in further sheets, each
//     with the header; columns past 16,384 stand in sheets of their own,
//     row for row beside the first ones.
//   - A text over 32,767 characters stands, in parts, in the sheet _long with
//     sheet, cell, table, column and part number; its cell says where.
//     Nothing is cut.
//   - If any name or place is not the plain one, the sheet _tables lists
//     which table stands where.
//
// The workbook is written as a stream, by 600 lines here instead of a
// spreadsheet library: those hold up to 16 MB per sheet in memory until the
// end, which for a thousand tables is all there is. The first open sheet
// goes straight into the file, others wait in the scratch folder.
func xlsxFormat() Format {
	return Format{
		Name:      "xlsx",
		Ext:       ".xlsx",
		MediaType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		Summary:   "one Excel workbook, a sheet per table; long tables and cells are split, never cut",
		Open:      openXLSX,
	}
}

// The limits of a sheet.
const (
	maxSheetRows    = 1 << 20
	maxSheetColumns = 1 << 14
	maxCellText     = 32767 // UTF-16 units
)

type xlsxSet struct {
	opts    Options
	rows    int // per sheet, the header included
	columns int
	file    interface {
		Write([]byte) (int, error)
		Close() error
	}
	scratch string
	zip     *ZipDir
	names   sheetNames
	sheets  []sheetRef // by number
	places  []place
	long    *longSheet
	odd     bool // _tables is needed
	closed  bool
}

// sheetRef is a sheet of the workbook: a table's or one of Retable's own.
type sheetRef struct {
	name string
	own  bool
}

// place is where a part of a table stands.
type place struct {
	table, sheet  string
	first, rows   int64 // first row of the table here, and how many
	column, width int
}

var _ Set = (*xlsxSet)(nil)

func openXLSX(dir Dir, base string, opts Options) (Set, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	scratch, err := dir.Scratch()
	if err != nil {
		return nil, err
	}
	if scratch, err = os.MkdirTemp(scratch, "xlsx-"); err != nil {
		return nil, outputError("create", scratch, err)
	}
	file, err := dir.Create(FileName(base, ".xlsx"))
	if err != nil {
		os.RemoveAll(scratch)
		return nil, err
	}
	s := &xlsxSet{opts: opts, rows: opts.SheetRows, columns: opts.SheetColumns, file: file, scratch: scratch, zip: NewZip(file, scratch)}
	if s.rows == 0 {
		s.rows = maxSheetRows
	}
	if s.columns == 0 {
		s.columns = maxSheetColumns
	}
	if err := s.part("[Content_Types].xml", contentTypes); err != nil {
		s.Abort()
		return nil, err
	}
	return s, nil
}

// part writes one of the workbook's small files.
func (s *xlsxSet) part(name, content string) error {
	w, err := s.zip.create(name)
	if err != nil {
		return err
	}
	_, err = w.Write([]byte(content))
	return errors.Join(err, w.Close())
}

// Table starts the first sheet of each group of columns.
func (s *xlsxSet) Table(schema *table.Schema) (table.RowWriter, error) {
	t := &xlsxTable{set: s, schema: schema}
	for from := 0; from == 0 || from < len(schema.Columns); from += s.columns {
		to := min(len(schema.Columns), from+s.columns)
		g := &xlsxGroup{t: t, from: from, to: to}
		for i := from; i < to; i++ {
			g.letters = append(g.letters, columnLetters(i-from))
		}
		if err := g.nextSheet(); err != nil {
			return nil, err
		}
		t.groups = append(t.groups, g)
	}
	if len(t.groups) > 1 {
		s.odd = true
		s.opts.warn("columns-split", schema.Name, "%d columns stand in %d sheets of up to %d, row for row beside each other",
			len(schema.Columns), len(t.groups), s.columns)
	}
	return t, nil
}

// Close writes the sheets that tell where things are, and the workbook's
// frame.
func (s *xlsxSet) Close() error {
	if s.closed {
		return nil
	}
	err := s.finish()
	if err == nil {
		err = s.zip.Commit()
	}
	err = errors.Join(err, s.file.Close())
	if removed := os.RemoveAll(s.scratch); removed != nil && err == nil {
		err = outputError("remove", s.scratch, removed)
	}
	s.closed = err == nil
	return err
}

func (s *xlsxSet) finish() error {
	if s.long != nil {
		if err := s.long.close(); err != nil {
			return err
		}
	}
	if s.odd || len(s.sheets) == 0 {
		if err := s.writePlaces(); err != nil {
			return err
		}
	}
	for _, p := range []struct{ name, content string }{
		{"_rels/.rels", packageRels},
		{"xl/workbook.xml", workbookXML(s.sheets)},
		{"xl/_rels/workbook.xml.rels", workbookRels(len(s.sheets))},
		{"xl/styles.xml", stylesXML},
	} {
		if err := s.part(p.name, p.content); err != nil {
			return err
		}
	}
	return nil
}

func (s *xlsxSet) writePlaces() error {
	w, err := s.newSheet("_tables", true)
	if err != nil {
		return err
	}
	w.textRow(boldStyle, "table", "sheet", "first_row", "rows", "first_column", "columns")
	for _, p := range s.places {
		w.beginRow()
		w.text(0, p.table)
		w.text(1, p.sheet)
		w.number(2, p.first)
		w.number(3, p.rows)
		w.number(4, int64(p.column)+1)
		w.number(5, int64(p.width))
		w.endRow()
	}
	return w.close()
}

func (s *xlsxSet) Abort() {
	if s.closed {
		return
	}
	s.closed = true
	s.zip.Abort()
	_ = s.file.Close()
	_ = os.RemoveAll(s.scratch)
}
