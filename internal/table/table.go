// Package table holds the words that conversion, comparison and questions
// share about tables: schemas, columns, rows, readers and writers.
// A row is a set of spans into one arena, so that a table of any length
// passes through a fixed amount of memory.
package table

import "io"

// Type is the narrowest type that holds every value of a column. Values
// themselves stay the verbatim text of the source.
type Type uint8

// The types, from "no value seen" to "anything".
const (
	Unknown  Type = iota
	Boolean       // true, false (1 and 0 are integers)
	Integer       // fits int64, no leading zero or plus sign
	Decimal       // XSD decimal or double, no superfluous leading zero
	Date          // 2006-01-02
	DateTime      // RFC 3339 or XSD dateTime, zone optional
	Time          // 15:04:05 with optional fraction and zone
	Text
)

// String returns the Frictionless name of the type.
func (t Type) String() string {
	return [...]string{"any", "boolean", "integer", "number", "date", "datetime", "time", "string"}[t]
}

// Form tells how a cell of the column holds its source nodes.
type Form uint8

const (
	Scalar Form = iota // the text of one attribute or element
	List               // a JSON array (nested per repeating level), one entry per occurrence, null where missing
	JSON               // a subtree as JSON (recursive content, key/value content)
	XML                // inner XML of mixed content, canonical
)

// Role tells data columns from Retable's own.
type Role uint8

const (
	Data        Role = iota
	Bookkeeping      // _id, _file_id, _line ...: never compared as content
)

// Column describes one column.
type Column struct {
	Name  string // header: XPath from the row, [*] marking lists; own columns begin with _
	XPath string // identity: Name without [*]; stable when other data changes
	Path  string // absolute XPath of the source nodes with prefixes, "" for own columns
	Type  Type
	Form  Form
	Role  Role
	Stats *Stats // nil when not gathered
}

// Stats are what the profile knows of a column's values.
type Stats struct {
	Values   uint64   // values present, empty ones included
	Nulls    uint64   // rows without a value
	Empty    uint64   // values that are the empty string
	Distinct uint64   // estimate, exact up to 64
	Min, Max string   // by type: numbers by value, others by code point
	Longest  int      // bytes
	Examples []string // first few distinct values
}

// Schema describes one table.
type Schema struct {
	Name    string // unique within a data set
	Kind    string // root element's expanded name in Clark notation, "" where not from XML
	Path    string // absolute XPath of the row element(s)
	Columns []Column
	// Parent is the table that _parent_id refers to ("" for none or several).
	Parent string
}

// Index returns the position of the column of that name, or -1.
func (s *Schema) Index(name string) int {
	for i := range s.Columns {
		if s.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// Cell is one cell: a span of its row's arena. The zero Cell is null.
type Cell struct {
	Off, Len uint32
	Flags    CellFlags
}

// CellFlags qualify a Cell.
type CellFlags uint8

const (
	// Present: the cell has a value, perhaps an empty one. Not set: null.
	Present CellFlags = 1 << iota
	// Plain: the value certainly holds none of , " CR LF TAB.
	Plain
)

// Row is one row: Cells[i] belongs to Schema.Columns[i], its bytes stand
// in Data. A Row is reused: what it holds is valid until the next read.
type Row struct {
	Data  []byte
	Cells []Cell
	Pos   Position
}

// Position is a row's place in its source.
type Position struct {
	File   int   // index of the source file in its bundle
	Line   int64 // 1-based
	Offset int64 // bytes of the decompressed original
}

// Reset empties the row and sizes it for n columns.
func (r *Row) Reset(n int) {
	r.Data = r.Data[:0]
	if cap(r.Cells) < n {
		r.Cells = make([]Cell, n)
		return
	}
	r.Cells = r.Cells[:n]
	clear(r.Cells)
}

// Value returns the bytes of cell i, nil and false if it is null.
func (r *Row) Value(i int) ([]byte, bool) {
	c := r.Cells[i]
	if c.Flags&Present == 0 {
		return nil, false
	}
	return r.Data[c.Off : c.Off+c.Len : c.Off+c.Len], true
}

// Set appends v to the arena and points cell i at it.
func (r *Row) Set(i int, v []byte, flags CellFlags) {
	off := len(r.Data)
	r.Data = append(r.Data, v...)
	r.Cells[i] = Cell{Off: uint32(off), Len: uint32(len(v)), Flags: flags | Present}
}

// SetString is Set for a string.
func (r *Row) SetString(i int, v string) {
	off := len(r.Data)
	r.Data = append(r.Data, v...)
	r.Cells[i] = Cell{Off: uint32(off), Len: uint32(len(v)), Flags: Present}
}

// RowReader reads a table front to back.
type RowReader interface {
	Schema() *Schema
	// Read fills row with the next row; io.EOF after the last.
	Read(row *Row) error
	io.Closer
}

// RowWriter writes a table front to back. Close ends the table and reports
// the first error that was held back.
type RowWriter interface {
	Write(row *Row) error
	io.Closer
}
