package diff

import (
	"context"

	"retable/internal/table"
)

// Source is one side of a comparison: tables, and the files they came from.
type Source interface {
	Name() string
	// Files lists the source files. A source without files, such as a CSV
	// table, gives one that stands for itself, and its rows need no _file_id.
	Files() []File
	// Tables lists the tables; names are unique within the source.
	Tables() []*table.Schema
	// Open reads a table front to back. It may be called several times, and
	// for several tables at once; the caller closes each reader.
	Open(ctx context.Context, tableName string) (table.RowReader, error)
}

// File is a source file of one side.
type File struct {
	ID      int    // value of the rows' _file_id; without that column, their Pos.File + 1
	Path    string // with slashes, from the bundle's root
	SHA256  string // of the content, "" if not known
	Kind    string // root element's expanded name, "" if not from XML
	Partial bool   // reading broke off: rows may be missing
}

// Sink takes what Compare finds, in order, from one goroutine: the files
// first, then each table before its changes. What it is given is its own.
type Sink interface {
	// Files tells which files belong together. Counts come with the Result.
	Files(pairs []FilePair) error
	// Table announces a table; counts and similarity are not known yet.
	Table(t *TableResult) error
	Change(c *Change) error
}

// Op says what a Change is.
type Op string

// The kinds of change. CellAdded carries a value that a matched row has in a
// column that only the right side has: it belongs to that ColumnAdded and is
// not counted as a change of its own.
const (
	FileAdded     Op = "file_added"
	FileRemoved   Op = "file_removed"
	FileRenamed   Op = "file_renamed"
	TableAdded    Op = "table_added"
	TableRemoved  Op = "table_removed"
	TableRenamed  Op = "table_renamed"
	ColumnAdded   Op = "column_added"
	ColumnRemoved Op = "column_removed"
	ColumnRenamed Op = "column_renamed"
	RowAdded      Op = "row_added"
	RowRemoved    Op = "row_removed"
	RowMoved      Op = "row_moved"
	CellChanged   Op = "cell_changed"
	CellAdded     Op = "cell_added"
)

// Class tells real changes from changes of spelling.
type Class string

// The classes. FormatOnly values differ in bytes and are equal under the
// options: 1.0 and 1.00, Unicode forms, a tolerance.
const (
	Content    Class = "content"
	FormatOnly Class = "format_only"
)

// Value is a named cell: Null tells a missing value from an empty one.
type Value struct {
	Column string `json:"column"`
	Value  string `json:"value"`
	Null   bool   `json:"null,omitempty"`
}

// Change is one difference with its lineage on both sides. Fields of a side
// that the change doesn't have are zero; Row positions count from 0 and are -1
// where there is no row.
type Change struct {
	Op      Op      `json:"op"`
	Class   Class   `json:"class,omitempty"`
	Table   string  `json:"table,omitempty"`   // the left side's name, if it is on both
	FileA   string  `json:"file_a,omitempty"`  // paths
	FileB   string  `json:"file_b,omitempty"`  //
	Key     []Value `json:"key,omitempty"`     // with ancestors' keys first, as ../@id; nil without a key
	RowA    int64   `json:"row_a"`             // position in the table
	RowB    int64   `json:"row_b"`             //
	LineA   int64   `json:"line_a,omitempty"`  // 1-based line in the file
	LineB   int64   `json:"line_b,omitempty"`  //
	XPathA  string  `json:"xpath_a,omitempty"` // of the row's element, or of the cell's
	XPathB  string  `json:"xpath_b,omitempty"` //
	Column  string  `json:"column,omitempty"`  // the left side's name, if it is on both
	ColumnB string  `json:"column_b,omitempty"`
	Old     string  `json:"old"`
	New     string  `json:"new"`
	OldNull bool    `json:"old_null,omitempty"`
	NewNull bool    `json:"new_null,omitempty"`
	Cells   []Value `json:"cells,omitempty"` // all values of a row that was added or removed, by its own side's columns
}
