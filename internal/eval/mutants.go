package eval

import (
	"fmt"
	"math/rand/v2"

	"retable/internal/diff"
)

// scenario is a sort of mutants.
type scenario struct {
	name    string
	what    string
	edits   edits
	xml     bool // through XML and the converter
	keyless bool // no key may be used
	unlucky bool // one table only, where a text is unique by chance
	// hard tells of a known weakness: it is measured, but no target is set.
	hard bool
}

// scenarios go from single edits to all of them at once.
func scenarios() []scenario {
	mixed := edits{
		added: 0.02, removed: 0.02, changed: 0.05, moved: 0.01, renameColumns: 1, dropColumns: 1, newColumns: 1, swapColumns: true,
		renameFiles: 2, splitFiles: 1, dropFiles: 1, newFiles: 1, shuffle: true,
	}
	rows := edits{added: 0.02, removed: 0.02, changed: 0.05, shuffle: true}
	return []scenario{
		{name: "nothing", what: "rows in another order only", edits: edits{shuffle: true}},
		{name: "cosmetic", what: "XML written in other bytes", edits: edits{shuffle: true, cosmetic: true}, xml: true},
		{name: "columns swapped", what: "columns in another order", edits: edits{swapColumns: true, shuffle: true}},
		{name: "numbers respelt", what: "12.5 as 12.50, +12.5 or 12.5e0", edits: edits{respell: number, shuffle: true}},
		{name: "dates respelt", what: "other zones, fractions and separators", edits: edits{respell: date, shuffle: true}},
		{name: "dates day first", what: "2025-03-13 as 13/03/2025", edits: edits{dayFirst: true, shuffle: true}},
		{name: "rows added", what: "2 % more", edits: edits{added: 0.02, shuffle: true}},
		{name: "rows removed", what: "2 % fewer", edits: edits{removed: 0.02, shuffle: true}},
		{name: "rows changed", what: "a value or two in 5 %", edits: edits{changed: 0.05, shuffle: true}},
		{name: "rows moved", what: "3 % into another file", edits: edits{moved: 0.03, shuffle: true}},
		{name: "columns renamed", what: "1 a table, some of them keys, and 2 % of the rows changed", edits: edits{renameColumns: 1, changed: 0.02, shuffle: true}},
		{name: "columns renamed, 2", what: "2 a table, and 2 % of the rows changed", edits: edits{renameColumns: 2, changed: 0.02, shuffle: true}},
		{name: "columns dropped", what: "1 a table", edits: edits{dropColumns: 1, shuffle: true}},
		{name: "columns new", what: "1 a table, and 1 dropped: no rename", edits: edits{dropColumns: 1, newColumns: 1, shuffle: true}},
		{name: "files renamed", what: "4 of 15, and 2 % of the rows changed", edits: edits{renameFiles: 4, changed: 0.02, shuffle: true}},
		{name: "files split", what: "2 of 15: the last 30 % of the rows are in a new file", edits: edits{splitFiles: 2, shuffle: true}},
		{name: "files gone and new", what: "2 and 2 of 15", edits: edits{dropFiles: 2, newFiles: 2, shuffle: true}},
		{name: "duplicate keys", what: "0.3 % of the keys are there twice; rows edited", edits: edits{duplicate: 0.003, added: 0.02, removed: 0.02, changed: 0.05, shuffle: true}},
		{name: "unique text", what: "a compound key beside a text that is unique by chance; 5 % of the rows changed", unlucky: true, hard: true,
			edits: edits{changed: 0.05, shuffle: true}},
		{name: "all rows' edits, XML", what: "2 % added, 2 % removed, 5 % changed, 1 % moved, in other bytes", xml: true,
			edits: edits{added: 0.02, removed: 0.02, changed: 0.05, moved: 0.01, cosmetic: true, shuffle: true}},
		{name: "rows and files", what: "all edits of rows and files at once", edits: edits{
			added: 0.02, removed: 0.02, changed: 0.05, moved: 0.01, renameFiles: 2, splitFiles: 1, dropFiles: 1, newFiles: 1, shuffle: true,
		}},
		{name: "files and columns renamed", what: "4 of 15 files and a column a table, and 2 % of the rows changed", hard: true,
			edits: edits{renameFiles: 4, renameColumns: 1, changed: 0.02, shuffle: true}},
		{name: "everything", what: "all edits of rows, columns and files at once", hard: true, edits: mixed},
		{name: "no keys allowed", what: "2 % added, 2 % removed, 5 % changed, matched by likeness alone", edits: rows, keyless: true},
		{name: "everything, no keys", what: "all edits at once, matched by likeness alone", edits: mixed, keyless: true, hard: true},
	}
}

// run compares a pair of mutants.
func (sc scenario) run(seed uint64, rows int, scratch string) (*score, error) {
	r := rand.New(rand.NewPCG(seed, 0x7265746162))
	tables := schemas()
	if sc.unlucky {
		tables = unlucky()
	}
	a := newBundle(r, tables, rows, 3)
	if sc.edits.duplicate > 0 {
		a.duplicateKeys(r, sc.edits.duplicate)
	}
	b := a.edit(r, sc.edits)
	left, right := a.asSource("first"), b.asSource("second")
	if sc.xml {
		var err error
		if left, err = a.asXML("first", nil, scratch); err != nil {
			return nil, err
		}
		if right, err = b.asXML("second", r, scratch); err != nil {
			return nil, err
		}
	}
	opts := diff.Options{}
	opts.Rules.Keyless = sc.keyless
	res, list, err := compare(left, right, opts, scratch)
	if err != nil {
		return nil, err
	}
	s := newScore()
	is := truth(a, b, sc.keyless)
	s.measure(found(a, b, res, list, is, sc.keyless), is, fmt.Sprintf(" [seed %d]", seed))
	return s, nil
}

// mutants scores all scenarios over the seeds.
func mutants(seeds []uint64, rows int, scratch string) (map[string]*score, error) {
	out := map[string]*score{}
	for _, sc := range scenarios() {
		out[sc.name] = newScore()
		for _, seed := range seeds {
			s, err := sc.run(seed, rows, scratch)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", sc.name, seed, err)
			}
			out[sc.name].plus(s)
		}
	}
	return out, nil
}
