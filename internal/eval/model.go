package eval

import (
	"math/rand/v2"
	"slices"
)

// cell is a value. sense stays the same when it is only spelt differently.
type cell struct {
	text, sense string
	null        bool
}

// row carries a number that no comparison sees.
type row struct {
	id    int
	cells []cell
}

// column is a column of a table, with a maker of its values.
type column struct {
	id    int
	name  string
	alias []string // what it may be renamed to
	make  func(r *rand.Rand, n int) cell
	key   bool
	spell func(r *rand.Rand, c cell) cell // writes the same value in another way; nil if there is none
	kind  spelling
}

type spelling int

const (
	plainText spelling = iota
	number
	date
)

// tableModel is a table of all files of its kind.
type tableModel struct {
	name    string
	columns []column
	keyless bool // no columns identify a row
}

// fileModel is a file, which holds rows of one table.
type fileModel struct {
	id    int
	path  string
	table int
	rows  []row
}

// bundle is one side of a comparison.
type bundle struct {
	tables []tableModel
	files  []fileModel
	rows   int // numbers given so far
}

// clone copies the bundle, so that editing the copy leaves it alone.
func (b *bundle) clone() *bundle {
	c := &bundle{tables: slices.Clone(b.tables), files: slices.Clone(b.files), rows: b.rows}
	for i := range c.tables {
		c.tables[i].columns = slices.Clone(c.tables[i].columns)
	}
	for i := range c.files {
		c.files[i].rows = slices.Clone(c.files[i].rows)
		for k := range c.files[i].rows {
			c.files[i].rows[k].cells = slices.Clone(c.files[i].rows[k].cells)
		}
	}
	return c
}

// newRow makes the nth row of a table.
func (b *bundle) newRow(r *rand.Rand, t *tableModel, n int) row {
	b.rows++
	out := row{id: b.rows, cells: make([]cell, len(t.columns))}
	for i := range t.columns {
		out.cells[i] = t.columns[i].make(r, n)
	}
	return out
}

// newBundle makes files of the tables, with about so many rows for each.
func newBundle(r *rand.Rand, tables []tableModel, rows, filesPerTable int) *bundle {
	b := &bundle{tables: tables}
	for t := range b.tables {
		m := &b.tables[t]
		for i := range m.columns {
			m.columns[i].id = i
		}
		for f := range filesPerTable {
			share := rows/filesPerTable + r.IntN(rows/filesPerTable/4+1)
			file := fileModel{id: len(b.files), path: pathOf(m.name, f), table: t}
			for k := range share {
				file.rows = append(file.rows, b.newRow(r, m, f*rows+k))
			}
			if m.keyless {
				for range share / 30 { // a log says some things twice
					b.rows++
					twin := file.rows[r.IntN(len(file.rows))]
					file.rows = append(file.rows, row{b.rows, slices.Clone(twin.cells)})
				}
			}
			b.files = append(b.files, file)
		}
	}
	return b
}
