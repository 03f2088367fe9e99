package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// edits say what becomes of a bundle; the zero value changes nothing. Shares
// are of rows, numbers are of columns by table or of files by bundle.
type edits struct {
	added, removed, changed, moved, duplicate float64
	renameColumns, dropColumns, newColumns    int
	swapColumns                               bool
	renameFiles, splitFiles                   int
	dropFiles, newFiles                       int
	respell                                   spelling // all values of the sort
	dayFirst                                  bool     // all dates
	shuffle, cosmetic                         bool
}

// duplicateKeys gives some rows of the first delivery a neighbour of the same
// key and other values.
func (b *bundle) duplicateKeys(r *rand.Rand, share float64) {
	for f := range b.files {
		file := &b.files[f]
		t := &b.tables[file.table]
		if t.keyless {
			continue
		}
		for k := range len(file.rows) {
			if r.Float64() >= share {
				continue
			}
			twin := b.newRow(r, t, 0)
			for i := range t.columns {
				if t.columns[i].key {
					twin.cells[i] = file.rows[k].cells[i]
				}
			}
			file.rows = append(file.rows, twin)
		}
	}
}

// edit returns the second delivery.
func (b *bundle) edit(r *rand.Rand, e edits) *bundle {
	c := b.clone()
	c.editRows(r, e)
	c.moveRows(r, e.moved)
	c.editFiles(r, e)
	for t := range c.tables {
		c.editColumns(r, t, e)
	}
	if e.respell != plainText || e.dayFirst {
		c.respell(r, e)
	}
	if e.shuffle {
		for i := range c.files {
			rows := c.files[i].rows
			r.Shuffle(len(rows), func(x, y int) { rows[x], rows[y] = rows[y], rows[x] })
		}
	}
	return c
}

func (b *bundle) editRows(r *rand.Rand, e edits) {
	for f := range b.files {
		file := &b.files[f]
		t := &b.tables[file.table]
		var kept []row
		for k := range file.rows {
			x := file.rows[k]
			switch u := r.Float64(); {
			case u < e.removed:
				continue
			case u < e.removed+e.changed:
				changeRow(r, t, &x)
			}
			kept = append(kept, x)
			if r.Float64() < e.added {
				kept = append(kept, b.newRow(r, t, 900_000+b.rows))
			}
		}
		file.rows = kept
	}
}

// changeRow gives one value, rarely two, a new content. Keys stay.
func changeRow(r *rand.Rand, t *tableModel, x *row) {
	for range 1 + r.IntN(5)/4 {
		at := r.IntN(len(t.columns))
		if c := &t.columns[at]; !c.key {
			x.cells[at] = c.make(r, 0)
		}
	}
}

// moveRows takes rows into another file of their table.
func (b *bundle) moveRows(r *rand.Rand, share float64) {
	if share == 0 {
		return
	}
	moved := make([][]row, len(b.files))
	for f := range b.files {
		file := &b.files[f]
		var others []int
		for i := range b.files {
			if i != f && b.files[i].table == file.table {
				others = append(others, i)
			}
		}
		file.rows = slices.DeleteFunc(file.rows, func(x row) bool {
			if len(others) == 0 || r.Float64() >= share {
				return false
			}
			to := others[r.IntN(len(others))]
			moved[to] = append(moved[to], x)
			return true
		})
	}
	for f := range b.files {
		b.files[f].rows = append(b.files[f].rows, moved[f]...)
	}
}

func (b *bundle) editFiles(r *rand.Rand, e edits) {
	order := r.Perm(len(b.files))
	take := func() *fileModel {
		f := &b.files[order[0]]
		order = order[1:]
		return f
	}
	for i := range e.renameFiles {
		f := take()
		f.path = fmt.Sprintf("2026/%s-ex%02d.xml", b.tables[f.table].name, i)
	}
	var more []fileModel
	for range e.splitFiles {
		f := take()
		cut := len(f.rows) * 7 / 10
		more = append(more, fileModel{id: 1000 + f.id, path: strings.TrimSuffix(f.path, ".xml") + "_part2.xml", table: f.table, rows: slices.Clone(f.rows[cut:])})
		f.rows = f.rows[:cut]
	}
	for i := range e.newFiles {
		like := b.files[r.IntN(len(b.files))]
		f := fileModel{id: 2000 + i, path: fmt.Sprintf("east/%s_new_%d.xml", b.tables[like.table].name, i), table: like.table}
		for range like.rows {
			f.rows = append(f.rows, b.newRow(r, &b.tables[like.table], 1_500_000+b.rows))
		}
		more = append(more, f)
	}
	dropped := map[int]bool{}
	for range e.dropFiles {
		dropped[take().id] = true
	}
	b.files = slices.DeleteFunc(append(b.files, more...), func(f fileModel) bool { return dropped[f.id] })
}

func (b *bundle) editColumns(r *rand.Rand, t int, e edits) {
	m := &b.tables[t]
	order := r.Perm(len(m.columns))
	for range min(e.renameColumns, len(order)) {
		c := &m.columns[order[0]]
		c.name = c.alias[r.IntN(len(c.alias))]
		order = order[1:]
	}
	var gone []int
	for _, i := range order {
		if len(gone) < e.dropColumns && !m.columns[i].key {
			gone = append(gone, i)
		}
	}
	places := make([]int, 0, len(m.columns)+e.newColumns)
	for i := range m.columns {
		if !slices.Contains(gone, i) {
			places = append(places, i)
		}
	}
	for i := range e.newColumns {
		m.columns = append(m.columns, column{id: 100 + i, name: fmt.Sprintf("extra%d", i), make: []func(*rand.Rand, int) cell{sentence, below(100)}[i%2]})
		places = append(places, len(m.columns)-1)
	}
	if e.swapColumns {
		r.Shuffle(len(places), func(x, y int) { places[x], places[y] = places[y], places[x] })
	}
	columns := m.columns
	m.columns = nil
	for _, p := range places {
		m.columns = append(m.columns, columns[p])
	}
	for f := range b.files {
		if b.files[f].table != t {
			continue
		}
		for k := range b.files[f].rows {
			x := &b.files[f].rows[k]
			cells := make([]cell, 0, len(places))
			for _, p := range places {
				if p < len(x.cells) {
					cells = append(cells, x.cells[p])
				} else {
					cells = append(cells, columns[p].make(r, 0))
				}
			}
			x.cells = cells
		}
	}
}

// respell writes values in another form, three in four of them.
func (b *bundle) respell(r *rand.Rand, e edits) {
	for f := range b.files {
		t := &b.tables[b.files[f].table]
		for k := range b.files[f].rows {
			for i, x := range b.files[f].rows[k].cells {
				c := &t.columns[i]
				switch {
				case e.dayFirst && c.kind == date && len(x.text) == 10:
					b.files[f].rows[k].cells[i] = dayFirst(r, x)
				case c.spell != nil && c.kind == e.respell && r.IntN(4) > 0:
					b.files[f].rows[k].cells[i] = c.spell(r, x)
				}
			}
		}
	}
}
