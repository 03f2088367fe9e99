package eval

import (
	"fmt"
	"slices"
	"strings"
)

// The words of facts, shared by what is true and what was found.
func pairFact(a, b string) string          { return a + " = " + b }
func renameFact(table, a, b string) string { return table + ": " + a + " > " + b }
func cellFact(table, row, column, before, after string) string {
	return fmt.Sprintf("%s: %s of (%s): %s > %s", table, column, row, before, after)
}

func (c cell) String() string {
	if c.null {
		return "null"
	}
	return fmt.Sprintf("%q", c.text)
}

// placed is a row with the file and table that it is in.
type placed struct {
	row
	file  *fileModel
	table int
}

// text identifies a row by all that can be seen of it: rows that are alike in
// everything are as good as each other.
func (p placed) text() string {
	parts := []string{p.file.path}
	for _, c := range p.cells {
		parts = append(parts, c.String())
	}
	return strings.Join(parts, " ")
}

// inOrder lists the rows of each table as a comparison reads them.
func (b *bundle) inOrder() [][]placed {
	out := make([][]placed, len(b.tables))
	for i := range b.files {
		f := &b.files[i]
		for _, x := range f.rows {
			out[f.table] = append(out[f.table], placed{x, f, f.table})
		}
	}
	return out
}

// truth tells by the hidden numbers what leads from a to b. Keys are told only
// of tables that differ in files that are on both sides: others need none.
func truth(a, b *bundle, keyless bool) facts {
	out := facts{}
	pairedWith := map[int]string{}
	for i := range a.files {
		for k := range b.files {
			if a.files[i].id == b.files[k].id {
				pairedWith[a.files[i].id] = b.files[k].path
				out.add(filePairs, pairFact(a.files[i].path, b.files[k].path))
			}
		}
	}
	left, right := a.inOrder(), b.inOrder()
	for t := range a.tables {
		name := a.tables[t].name
		columnTruth(out, name, &a.tables[t], &b.tables[t])
		less := keyless || a.tables[t].keyless
		needed := false
		byID := map[int]placed{}
		for _, y := range right[t] {
			byID[y.id] = y
		}
		for _, x := range left[t] {
			y, there := byID[x.id]
			if !there {
				needed = needed || pairedWith[x.file.id] != ""
				out.add(rowsRemoved.in(less), name+": "+x.text())
				continue
			}
			delete(byID, x.id)
			if y.file.path != pairedWith[x.file.id] {
				needed = true
				out.add(rowsMoved.in(less), name+": "+x.text()+" > "+y.file.path)
			}
			needed = cellTruth(out, less, &a.tables[t], &b.tables[t], x, y) || needed
		}
		for _, y := range right[t] {
			if _, still := byID[y.id]; still {
				needed = needed || pairedWith[y.file.id] != ""
				out.add(rowsAdded.in(less), name+": "+y.text())
			}
		}
		if !less && needed {
			out.add(keysFound, keyFact(name, keyOf(&a.tables[t])))
		}
	}
	return out
}

func columnTruth(out facts, name string, a, b *tableModel) {
	for _, c := range a.columns {
		i := b.at(c.id)
		if i < 0 {
			out.add(otherColumns, name+" lost "+c.name)
		} else if to := b.columns[i].name; to != c.name {
			out.add(renames, renameFact(name, c.name, to))
		}
	}
	for _, c := range b.columns {
		if a.at(c.id) < 0 {
			out.add(otherColumns, name+" got "+c.name)
		}
	}
}

// cellTruth tells which cells of a row differ, and whether any does.
func cellTruth(out facts, keyless bool, a, b *tableModel, x, y placed) (differ bool) {
	for i, c := range a.columns {
		k := b.at(c.id)
		if k < 0 {
			continue
		}
		p, q := x.cells[i], y.cells[k]
		kind := cellsChanged
		switch {
		case p == q:
			continue
		case p.null == q.null && p.sense == q.sense:
			kind = formatOnly
		}
		differ = true
		out.add(kind.in(keyless), cellFact(a.name, x.text(), c.name, p.String(), q.String()))
	}
	return differ
}

// at finds a column by its hidden number.
func (m *tableModel) at(id int) int {
	return slices.IndexFunc(m.columns, func(c column) bool { return c.id == id })
}

func keyOf(m *tableModel) []string {
	var out []string
	for _, c := range m.columns {
		if c.key {
			out = append(out, c.name)
		}
	}
	return out
}

func keyFact(table string, columns []string) string {
	columns = slices.Clone(columns)
	slices.Sort(columns)
	return table + " by " + strings.Join(columns, ", ")
}
