package diff_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"retable/internal/diff"
	"retable/internal/table"
)

func TestBadInput(t *testing.T) {
	people9 := people(9, nil)
	t.Run("a side without tables", func(t *testing.T) {
		res, r := compare(t, newMemory("nothing"), grid("b", "t", people9...), diff.Options{})
		if res.Similarity() != 0 || res.Same() || len(res.Notes) == 0 || len(r.ops(diff.RowAdded)) != 9 {
			t.Errorf("S=%v %v %v", res.Similarity(), res.Notes, r.ops())
		}
		want(t, r.ops(diff.TableAdded, diff.FileAdded), "file_added", "table_added")
	})
	t.Run("two sides without anything are the same", func(t *testing.T) {
		res, _ := compare(t, newMemory("a"), newMemory("b"), diff.Options{})
		if res.Similarity() != 1 || !res.Same() || res.Mean != 1 {
			t.Errorf("%+v", res)
		}
	})
	t.Run("empty tables compare by their headers", func(t *testing.T) {
		res, _ := compare(t, grid("a", "t", "x|y"), grid("b", "t", "x|y"), diff.Options{})
		if res.Similarity() != 1 || !res.Same() {
			t.Errorf("%+v", res.Tally)
		}
		res, r := compare(t, grid("a", "t", "x|y"), grid("b", "t", "x|z"), diff.Options{})
		if res.Similarity() != 0.5 || len(r.ops()) != 2 {
			t.Errorf("S=%v %v", res.Similarity(), r.ops())
		}
	})
	t.Run("an empty table against a full one", func(t *testing.T) {
		res, r := compare(t, grid("a", "t", people9[0]), grid("b", "t", people9...), diff.Options{})
		if res.Similarity() != 0 || len(r.ops(diff.RowAdded)) != 9 {
			t.Errorf("S=%v %v", res.Similarity(), r.ops())
		}
	})
	t.Run("a table of one column", func(t *testing.T) {
		_, r := compare(t, grid("a", "t", "x", "1", "2", "3"), grid("b", "t", "x", "3", "4", "1"), diff.Options{})
		want(t, r.ops(), `row_removed x=2`, `row_added x=4`)
	})
	t.Run("a table without columns", func(t *testing.T) {
		_, r := compare(t, grid("a", "t", "", "", ""), grid("b", "t", "", ""), diff.Options{})
		want(t, r.ops(), `row_removed`)
	})
	t.Run("all columns ignored", func(t *testing.T) {
		res, _ := compare(t, grid("a", "t", people9...), grid("b", "t", people9[:5]...), diff.Options{Rules: diff.Rules{Ignore: []string{"*"}}})
		if res.Tables[0].RowsRemoved != 5 {
			t.Errorf("%+v", res.Tables[0].Counts)
		}
	})
	t.Run("a partial file is noted", func(t *testing.T) {
		b := grid("b", "t", people9[:4]...)
		b.files[0].Partial = true
		res, _ := compare(t, grid("a", "t", people9...), b, diff.Options{})
		if !slices.ContainsFunc(res.Notes, func(n string) bool { return strings.Contains(n, "not read whole") }) {
			t.Errorf("%v", res.Notes)
		}
	})
	t.Run("different kinds share nothing", func(t *testing.T) {
		a, b := grid("a", "Orders~Order", "@id|v", "1|2"), grid("b", "Invoices~Invoice", "@no|w|z", "1|2|3")
		a.schemas[0].Kind, b.schemas[0].Kind = "Orders", "Invoices"
		res, r := compare(t, a, b, diff.Options{})
		if res.Similarity() != 0 || len(res.Notes) == 0 {
			t.Errorf("S=%v, notes %v", res.Similarity(), res.Notes)
		}
		want(t, r.ops(diff.TableAdded, diff.TableRemoved), "table_removed", "table_added")
	})
	t.Run("one table under another name", func(t *testing.T) {
		res, r := compare(t, grid("a", "old", people9...), grid("b", "new", people9...), diff.Options{})
		want(t, r.ops(), "table_renamed")
		if res.Similarity() != 1 {
			t.Errorf("S=%v", res.Similarity())
		}
	})
	t.Run("headers twice are paired in order", func(t *testing.T) {
		_, r := compare(t, grid("a", "t", "@id|x|x", "1|a|b", "2|c|d"), grid("b", "t", "@id|x|x", "1|a|B", "2|c|d"), diff.Options{})
		want(t, r.ops(), `cell_changed @id=1 [x#2] "b">"B"`)
	})
	t.Run("headers twice on one side only", func(t *testing.T) {
		_, r := compare(t, grid("a", "t", "@id|x", "1|a", "2|c"), grid("b", "t", "@id|x|x", "1|a|q", "2|c|-"), diff.Options{})
		want(t, r.ops(), `column_added [>x#2]`, `cell_added @id=1 [>x#2] null>"q"`)
	})
	t.Run("10,000 columns", func(t *testing.T) {
		header, cells := []string{"@id"}, []string{"k"}
		for i := range 10_000 {
			header = append(header, fmt.Sprint("c", i))
			cells = append(cells, fmt.Sprint(i))
		}
		other := slices.Clone(cells)
		other[5000] = "changed"
		_, r := compare(t, grid("a", "t", strings.Join(header, "|"), strings.Join(cells, "|")),
			grid("b", "t", strings.Join(header, "|"), strings.Join(other, "|")), diff.Options{})
		want(t, r.ops(diff.CellChanged), `cell_changed @id=k [c4999] "4999">"changed"`)
	})
	t.Run("10,000 columns, all renamed", func(t *testing.T) {
		wide := func(prefix string) string {
			var h []string
			for i := range 10_000 {
				h = append(h, fmt.Sprint(prefix, i))
			}
			return strings.Join(h, "|")
		}
		res, _ := compare(t, grid("a", "t", wide("a"), wide("v")), grid("b", "t", wide("b"), wide("v")), diff.Options{})
		if res.Similarity() != 0 || len(res.Tables[0].Notes) == 0 {
			t.Errorf("S=%v, notes %v", res.Similarity(), res.Tables[0].Notes)
		}
	})
	t.Run("cells of 1 MB", func(t *testing.T) {
		long := strings.Repeat("x", 1<<20)
		a := grid("a", "t", "@id|v", "1|"+long, "2|"+long, "3|"+long)
		b := grid("b", "t", "@id|v", "3|"+long, "2|"+long+"y", "1|"+long)
		_, r := compare(t, a, b, diff.Options{MemoryBytes: 1 << 20})
		if len(r.changes) != 1 || len(r.changes[0].New) != 1<<20+1 {
			t.Errorf("%d changes", len(r.changes))
		}
	})
	t.Run("rows with a wrong number of cells", func(t *testing.T) {
		a := grid("a", "t", people9...)
		var row table.Row
		row.Reset(2)
		a.rows["t"].Write(table.AppendRow(nil, &row))
		_, err := diff.Compare(context.Background(), a, grid("b", "t", people9...), diff.Options{}, &record{})
		if err == nil || !strings.Contains(err.Error(), "table t of a") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("rows of a file that nobody lists", func(t *testing.T) {
		a := bundle("a", map[string]int{"x": 0, "y": 50}, []string{"x", "y"}, nil)
		a.row(a.schemas[0], 7, 1, []string{"1", "2", "3", "4"})
		_, err := diff.Compare(context.Background(), a, a, diff.Options{}, &record{})
		if !errors.Is(err, diff.ErrNoFile) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("rows that don't say which file they are from", func(t *testing.T) {
		a := bundle("a", map[string]int{"x": 0, "y": 50}, []string{"x", "y"}, nil)
		a.row(a.schemas[0], 0, 0, []string{"1", "2", "3", "4"})
		_, err := diff.Compare(context.Background(), a, a, diff.Options{}, &record{})
		if !errors.Is(err, diff.ErrNoFile) || !strings.Contains(err.Error(), "lineage") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("options that can't be", func(t *testing.T) {
		for _, o := range []diff.Options{
			{Rules: diff.Rules{Key: []string{"x"}, Keyless: true}},
			{Rules: diff.Rules{Tolerances: map[string]diff.Tolerance{"x": {Abs: "much"}}}},
			{Pins: []diff.PairPin{{Left: "a"}}},
		} {
			_, err := diff.Compare(context.Background(), grid("a", "t", people9...), grid("b", "t", people9...), o, &record{})
			if !errors.Is(err, diff.ErrOption) {
				t.Errorf("%+v: got %v", o, err)
			}
		}
	})
	t.Run("a table listed twice", func(t *testing.T) {
		a := grid("a", "t", people9...)
		a.schemas = append(a.schemas, a.schemas[0])
		if _, err := diff.Compare(context.Background(), a, a, diff.Options{}, &record{}); err == nil {
			t.Error("taken")
		}
	})
	t.Run("no scratch directory where one is needed", func(t *testing.T) {
		big := &generated{20_000, false, true}
		_, err := diff.Compare(context.Background(), big, big, diff.Options{MemoryBytes: 1 << 20}, &discard{})
		if !errors.Is(err, diff.ErrNoScratch) {
			t.Errorf("got %v", err)
		}
	})
}

func TestFailuresEndTheComparison(t *testing.T) {
	broken := errors.New("broken")
	lines := people(50, nil)
	t.Run("of a reader", func(t *testing.T) {
		a := grid("a", "t", lines...)
		a.fails = broken
		_, err := diff.Compare(context.Background(), a, grid("b", "t", lines...), diff.Options{}, &record{})
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("of the sink", func(t *testing.T) {
		_, err := diff.Compare(context.Background(), grid("a", "t", lines...), grid("b", "t", lines[:9]...), diff.Options{}, &record{stop: broken})
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
	for _, phase := range []string{"read", "pair", "match", "explain"} {
		t.Run("by cancelling while it is to "+phase, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			dir := t.TempDir()
			_, err := diff.Compare(ctx, &generated{30_000, false, true}, &generated{30_000, true, true}, diff.Options{
				Scratch: dir, MemoryBytes: 1 << 20, Workers: 1,
				Progress: func(p diff.Progress) {
					if p.Phase == phase {
						cancel(broken)
					}
				},
			}, &discard{})
			if !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("scratch still holds %v (%v)", left, err)
			}
		})
	}
}

func TestScratchIsRemoved(t *testing.T) {
	dir := t.TempDir()
	a, b := &generated{40_000, false, true}, &generated{40_000, true, true}
	res, err := diff.Compare(context.Background(), a, b, diff.Options{Scratch: dir, MemoryBytes: 1 << 20}, &discard{})
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("scratch still holds %v (%v)", left, err)
	}
	big, err := diff.Compare(context.Background(), a, b, diff.Options{MemoryBytes: 1 << 30}, &discard{})
	if err != nil {
		t.Fatal(err)
	}
	if big.Tally != res.Tally || big.Tables[0].Counts != res.Tables[0].Counts {
		t.Errorf("memory changes the result: %+v, %+v", big.Tables[0].Counts, res.Tables[0].Counts)
	}
}
