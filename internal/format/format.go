// Package format writes tables in the forms other programs read: CSV, TSV,
// JSON Lines, Parquet, XLSX and SQLite, with a data dictionary and a
// datapackage.json beside them, into a folder, a file or a zip archive
// that appears complete or not at all.
//
// Formats come in two shapes. A line format gives an encoder that turns one
// row into bytes and knows nothing of the other rows, so parallel workers
// encode for themselves. A set format takes the rows of its tables in order.
// Format.OpenSet gives both the face of a set, for callers that don't mind.
//
// Adding a format takes one file in this package and one line in all.go.
package format

import (
	"fmt"

	"retable/internal/table"
)

// Format describes one output format. Exactly one of Line and Open is set.
type Format struct {
	Name      string // what the user types: "csv"
	Ext       string // file ending with its dot: ".csv"
	MediaType string
	Summary   string // one line for help texts

	// Line returns an encoder for the rows of one table.
	Line func(schema *table.Schema, opts Options) LineEncoder
	// Open starts a data set in dir. A format that holds all tables in one
	// file names it base + Ext; one with a file per table names each after
	// its table and leaves base aside.
	Open func(dir Dir, base string, opts Options) (Set, error)
}

// LineEncoder turns rows of one table into bytes. It keeps no state from row
// to row but its count, so the bytes of a table are the same however many
// encoders shared its rows. One goroutine uses an encoder at a time.
//
// Values are taken to be valid UTF-8 and pass through unchanged but for the
// quoting and escaping each encoder documents.
type LineEncoder interface {
	// AppendHeader appends what comes before the first row, perhaps nothing.
	AppendHeader(dst []byte) []byte
	// AppendRow appends one row with its line end.
	AppendRow(dst []byte, row *table.Row) []byte
	// Guarded counts the cells that the formula guard has changed so far.
	Guarded() uint64
}

// Set takes the tables of one data set. A Set and its writers belong to one
// goroutine at a time; writers of several tables may be open and take turns.
type Set interface {
	// Table starts a table. The caller closes the writer before the set.
	Table(schema *table.Schema) (table.RowWriter, error)
	// Close finishes the data set. After an error the caller aborts.
	Close() error
	// Abort gives up what is unfinished. After Close it does nothing.
	Abort()
}

// Filer is a Set with a file per table.
type Filer interface {
	// TableFiles maps the names of the files begun so far to their tables.
	TableFiles() map[string]*table.Schema
}

// Options choose among the variants of the formats. Each format takes what
// concerns it; the zero value is the default of all.
type Options struct {
	// Guard prefixes cells that a spreadsheet would run as a formula
	// (csv, tsv); see Guard.
	Guard bool
	// BOM writes a byte order mark ahead of the header (csv, tsv).
	BOM bool
	// CRLF ends lines by CR LF instead of LF (csv).
	CRLF bool
	// Separator replaces the comma (csv): any ASCII character but a quote,
	// a line end, a letter or a digit. 0 is the comma.
	Separator byte
	// Strings writes every scalar as a JSON string (jsonl).
	Strings bool
	// Compression of Parquet: "snappy" (default), "zstd", "gzip" or "none".
	Compression string
	// Engine is the version of the program, for formats that record it.
	Engine string
	// SheetRows and SheetColumns lower the limits of an XLSX sheet; 0 means
	// the format's own, 1,048,576 and 16,384.
	SheetRows, SheetColumns int
	// Warn hears of everything that a format could not hold as it was. Nil
	// drops the warnings.
	Warn func(Warning)
}

// Warning tells that a format holds something in another shape than asked.
type Warning struct {
	Code   string // stable: "sheet-split", "long-cell", "columns-split", "columns-extra"
	Table  string
	Detail string // for people: what happened and where the data stands
}

func (o Options) warn(code, tableName, detail string, args ...any) {
	if o.Warn != nil {
		o.Warn(Warning{Code: code, Table: tableName, Detail: fmt.Sprintf(detail, args...)})
	}
}

// Validate reports the first option that no format could honour.
func (o Options) Validate() error {
	s := o.Separator
	if s == '"' || s == '\'' || s == '\n' || s == '\r' || s >= 0x80 || isAlnum(s) {
		return fmt.Errorf("separator %q can't divide CSV cells; use , ; | or a tab", s)
	}
	if s != 0 && s < 0x20 && s != '\t' {
		return fmt.Errorf("separator %q is a control character; use , ; | or a tab", s)
	}
	switch o.Compression {
	case "", "snappy", "zstd", "gzip", "none":
	default:
		return fmt.Errorf("compression %q is unknown; use snappy, zstd, gzip or none", o.Compression)
	}
	if o.SheetRows < 0 || o.SheetRows == 1 || o.SheetRows > maxSheetRows {
		return fmt.Errorf("a sheet holds 2 to %d rows, not %d", maxSheetRows, o.SheetRows)
	}
	if o.SheetColumns < 0 || o.SheetColumns > maxSheetColumns {
		return fmt.Errorf("a sheet holds 1 to %d columns, not %d", maxSheetColumns, o.SheetColumns)
	}
	return nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
