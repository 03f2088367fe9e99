package report

import (
	"errors"
	"strings"

	"retable/internal/diff"
)

// A listing holds how the rows of all tables stand side by side, so that a
// grid reads pages of it by position. Values are not in it: rows are named by
// their numbers, from 1, and read from the sides. The file is
//
//	listingMagic
//	per table
//	  runs      12 bytes each: first place, row on the left and on the right (0: none)
//	  changes   16 bytes each: first index, first place, op and where the cells stand
//	  details   per changed row: bytes that follow, then per cell its column's
//	            distance from the one before, doubled, 1 more if format alone differs
//	  meta      JSON: listedMeta
//	directory   16 bytes per table: where its meta stands, and its length
//	trailer     directory's place (8), tables (8), CRC-32 of the directory (4), "listing\n"
//
// Numbers are little endian. Places count the rows of the listing from 0,
// indexes those whose op isn't same. A run is rows that follow each other on
// every side they are on; so two sides in one order take next to nothing. A
// change stands for one row with details, or for several of one op that follow
// each other and have none.
const (
	listingMagic = "retable listing 1\n"
	trailerMagic = "listing\n"
	runSize      = 12
	changeSize   = 16
	entrySize    = 16
	trailerSize  = 28
	mostRows     = 1<<32 - 2
)

var (
	errListing  = errors.New("the listing of the comparison is damaged")
	errTooLarge = errors.New("a table has more rows than a listing holds: four billion")
)

// RowOp says what happened to a row.
type RowOp string

// The ops. A row that was moved may have changed cells too.
const (
	RowSame       RowOp = "same"
	RowChanged    RowOp = "changed"
	RowAdded      RowOp = "added"
	RowRemoved    RowOp = "removed"
	RowMoved      RowOp = "moved"
	RowFormatOnly RowOp = "format_only"
)

// RowOps are all ops; the place of each is what stands for it in a file.
func RowOps() []RowOp {
	return []RowOp{RowSame, RowChanged, RowAdded, RowRemoved, RowMoved, RowFormatOnly}
}

func opCode(op RowOp) uint64 {
	for i, o := range RowOps() {
		if o == op {
			return uint64(i)
		}
	}
	return 0
}

// GridColumn is a column of a table's grid. Left or Right is "" where the side
// lacks it.
type GridColumn struct {
	Left    string `json:"left,omitempty"`
	Right   string `json:"right,omitempty"`
	How     string `json:"how" enum:"exact,xpath,folded,renamed,removed,added,ignored"`
	Type    string `json:"type"`
	Key     bool   `json:"key"`
	Changed int64  `json:"cells_changed"`
}

func gridColumns(t *diff.TableResult) []GridColumn {
	out := make([]GridColumn, len(t.Columns))
	for i := range t.Columns {
		p := &t.Columns[i]
		kind := p.RightType
		if p.Right == "" {
			kind = p.LeftType
		}
		out[i] = GridColumn{p.Left, p.Right, string(p.How), kind.String(), p.Key, p.Changed}
	}
	return out
}

// section is a part of the file: n entries of one size.
type section struct {
	At int64 `json:"at"`
	N  int64 `json:"n"`
}

// listedMeta is what a listing says of a table besides its rows.
type listedMeta struct {
	Table   Table           `json:"table"`
	Columns []GridColumn    `json:"grid_columns"`
	Rows    int64           `json:"rows"` // of the listing
	Ops     map[RowOp]int64 `json:"ops"`
	Runs    section         `json:"runs"`
	Changes section         `json:"changes"`
	Details section         `json:"details"` // bytes
}

// marksOf has a letter per column: what a row of the op bears in it, whatever
// its cells.
func marksOf(columns []GridColumn, op RowOp) string {
	var b strings.Builder
	for i := range columns {
		c := &columns[i]
		mark := byte('.')
		switch {
		case op == RowAdded && c.Right != "", op != RowRemoved && op != RowAdded && c.How == string(diff.ColumnAdds):
			mark = 'a'
		case op == RowRemoved && c.Left != "", op != RowRemoved && op != RowAdded && c.How == string(diff.ColumnRemoves):
			mark = 'r'
		}
		b.WriteByte(mark)
	}
	return b.String()
}
