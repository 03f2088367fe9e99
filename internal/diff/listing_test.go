package diff_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/diff"
	"retable/internal/table"
)

// listed keeps what a comparison tells, rows among it. A note is the number
// of a row's end, from 1.
type listed struct {
	record
	ends []rowEnd // by note - 1
	rows map[string][]diff.ListedRow
	from int
}

type rowEnd struct {
	a, b    int64
	changes []diff.Change
}

var _ diff.Lister = (*listed)(nil)

func (l *listed) Table(t *diff.TableResult) error {
	if l.rows == nil {
		l.rows = map[string][]diff.ListedRow{}
	}
	l.rows[t.Name()] = nil
	return l.record.Table(t)
}

func (l *listed) Row(a, b int64) (uint64, error) {
	for l.from < len(l.changes) && l.changes[l.from].RowA < 0 && l.changes[l.from].RowB < 0 {
		l.from++ // of files, tables and columns
	}
	l.ends = append(l.ends, rowEnd{a, b, l.changes[l.from:]})
	l.from = len(l.changes)
	return uint64(len(l.ends)), nil
}

func (l *listed) Rows(rows []diff.ListedRow) error {
	name := l.tables[len(l.tables)-1].Name()
	l.rows[name] = append(l.rows[name], rows...)
	return nil
}

// cellsOf reads a table's rows, by column; null is "∅".
func cellsOf(t rapid.TB, m *memory, s *table.Schema) (rows []map[string]string) {
	if s == nil {
		return nil
	}
	r, err := m.Open(context.Background(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	var row table.Row
	for r.Read(&row) == nil {
		cells := map[string]string{}
		for i := range s.Columns {
			v, ok := row.Value(i)
			cells[s.Columns[i].Name] = orNull(string(v), !ok)
		}
		rows = append(rows, cells)
	}
	return rows
}

func orNull(v string, null bool) string {
	if null {
		return "∅"
	}
	return v
}

// rebuilt is a row of the right as the left one and its changes have it.
func rebuilt(res *diff.TableResult, left map[string]string, changes []diff.Change) map[string]string {
	out := map[string]string{}
	for i := range res.Columns {
		if p := &res.Columns[i]; p.Right != "" && p.How != diff.ColumnIgnored {
			out[p.Right] = "∅"
			if p.Left != "" {
				out[p.Right] = left[p.Left]
			}
		}
	}
	for i := range changes {
		switch c := &changes[i]; c.Op {
		case diff.CellChanged, diff.CellAdded:
			out[c.ColumnB] = orNull(c.New, c.NewNull)
		case diff.RowAdded:
			for _, v := range c.Cells {
				out[v.Column] = orNull(v.Value, v.Null)
			}
		}
	}
	return out
}

// checkListing: all rows are there once, in their order, and each right row is
// what its left one becomes by its changes.
func checkListing(t rapid.TB, l *listed, res *diff.TableResult, a, b *memory) {
	left, right := cellsOf(t, a, res.Left), cellsOf(t, b, res.Right)
	nextB, seen := int64(0), map[int64]bool{}
	before := map[int64]int64{} // of the left rows that are still there: their right row
	for _, r := range l.rows[res.Name()] {
		if r.RowB >= 0 && r.RowA >= 0 {
			before[r.RowA] = r.RowB
		}
	}
	var last int64 = -1 // right row that stands before
	for _, r := range l.rows[res.Name()] {
		var changes []diff.Change
		if r.Note > 0 {
			end := l.ends[r.Note-1]
			changes = end.changes
			if end.a != r.RowA || end.b != r.RowB {
				t.Fatalf("%+v has the note of %d and %d", r, end.a, end.b)
			}
			for i := range changes {
				if c := &changes[i]; c.RowA != r.RowA || c.RowB != r.RowB {
					t.Fatalf("%+v got a change of %d and %d", r, c.RowA, c.RowB)
				}
			}
		} else if r.RowA < 0 || r.RowB < 0 {
			t.Fatalf("%+v has no note", r)
		}
		if r.RowA >= 0 {
			if seen[r.RowA] {
				t.Fatalf("left row %d stands twice", r.RowA)
			}
			seen[r.RowA] = true
		}
		if r.RowB < 0 {
			want := int64(-1)
			for k := r.RowA - 1; k >= 0; k-- {
				if at, ok := before[k]; ok {
					want = at
					break
				}
			}
			if want != last {
				t.Fatalf("removed row %d stands behind right row %d, not %d", r.RowA, last, want)
			}
			continue
		}
		if r.RowB != nextB {
			t.Fatalf("right row %d comes where %d should", r.RowB, nextB)
		}
		nextB, last = nextB+1, r.RowB
		var from map[string]string
		if r.RowA >= 0 {
			from = left[r.RowA]
		}
		if got, want := fmt.Sprint(rebuilt(res, from, changes)), fmt.Sprint(right[r.RowB]); got != want {
			t.Fatalf("row %d is %s, rebuilt from row %d it is %s", r.RowB, want, r.RowA, got)
		}
	}
	if int(nextB) != len(right) || len(seen) != len(left) {
		t.Fatalf("%d of %d left rows and %d of %d right rows were told", len(seen), len(left), nextB, len(right))
	}
}

func TestListingsAreWhatTheChangesSay(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		first := drawDelivery(t)
		second := edit(t, first)
		if rapid.IntRange(0, 2).Draw(t, "same file") == 0 && len(second.files) > 1 && len(second.tables) == len(first.tables) {
			keepFile(first, &second)
		}
		a, b := first.source("a"), second.source("b")
		opts := drawOptions(t)
		opts.Scratch = scratch
		opts.Workers = rapid.IntRange(1, 3).Draw(t, "workers")
		var l listed
		res, err := diff.Compare(context.Background(), a, b, opts, &l)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range res.Tables {
			checkListing(t, &l, x, a, b)
		}
		// The wish for rows changes nothing else.
		var plain record
		again, err := diff.Compare(context.Background(), a, b, opts, &plain)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal([]any{again, plain.changes})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal([]any{res, l.changes}); err != nil || string(got) != string(want) {
			t.Fatalf("with rows it is\n%s\nwithout\n%s\n%v", got, want, err)
		}
	})
}

// keepFile gives the second delivery the last file of the first as it is, so
// that there are identical files; the rows come in their own order.
func keepFile(first delivery, second *delivery) {
	file := len(first.files) - 1
	for i := range second.tables {
		s := &second.tables[i]
		s.columns = first.tables[i].columns
		rows := s.rows[:0]
		for _, r := range s.rows {
			if r.file != file {
				r.cells = append(r.cells, make([]string, len(s.columns))...)[:len(s.columns)]
				rows = append(rows, r)
			}
		}
		for k := range first.tables[i].rows {
			if r := first.tables[i].rows[len(first.tables[i].rows)-1-k]; r.file == file {
				rows = append(rows, r)
			}
		}
		s.rows = rows
	}
}

func TestListingsOfBigTables(t *testing.T) {
	t.Parallel()
	n := 60_000
	if testing.Short() {
		n = 8_000
	}
	a, b := newMemory("a"), newMemory("b")
	a.files, b.files = []diff.File{{ID: 1, Path: "x"}}, []diff.File{{ID: 1, Path: "x"}}
	a.add("t", 0, "@id|v|w")
	b.add("t", 0, "@id|v|w")
	put := func(m *memory, i, v int) {
		m.row(m.schemas[0], 0, int64(i), []string{fmt.Sprint("k", i), fmt.Sprint(v), "w"})
	}
	for i := range n {
		if i%101 != 7 {
			put(a, i, i)
		}
	}
	for k := range n { // another order
		if i := k * 7919 % n; i%103 != 9 {
			v := i
			if i%100 == 3 {
				v = -1
			}
			put(b, i, v)
		}
	}
	var l listed
	res, err := diff.Compare(t.Context(), a, b, diff.Options{Scratch: t.TempDir(), Workers: 2, MemoryBytes: 1}, &l)
	if err != nil {
		t.Fatal(err)
	}
	if res.Tables[0].RowsChanged == 0 || res.Tables[0].RowsAdded == 0 || res.Tables[0].RowsRemoved == 0 {
		t.Fatalf("got %+v", res.Tables[0].Counts)
	}
	checkListing(t, &l, res.Tables[0], a, b)
}
