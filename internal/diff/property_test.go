package diff_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/diff"
	"retable/internal/table"
)

// delivery is a generated side: tables of text cells.
type delivery struct {
	files  []string
	tables []sheet
}

type sheet struct {
	name    string
	columns []string
	rows    []line
}

type line struct {
	file  int
	cells []string // "-" is null
}

func (d delivery) source(name string) *memory {
	m := newMemory(name)
	for i, f := range d.files {
		m.files = append(m.files, diff.File{ID: i + 1, Path: f})
	}
	for _, s := range d.tables {
		m.add(s.name, 0, strings.Join(s.columns, "|"))
		for i, r := range s.rows {
			m.row(m.schemas[len(m.schemas)-1], r.file, int64(i+2), r.cells)
		}
	}
	return m
}

func (d delivery) clone() delivery {
	out := delivery{files: slices.Clone(d.files)}
	for _, s := range d.tables {
		c := sheet{s.name, slices.Clone(s.columns), nil}
		for _, r := range s.rows {
			c.rows = append(c.rows, line{r.file, slices.Clone(r.cells)})
		}
		out.tables = append(out.tables, c)
	}
	return out
}

var someValues = []string{
	"-", "", "a", "b", "A", " a ", "1", "1.0", "1.00", "01", "2", "2025-01-01", "2025-01-01T00:00:00Z", "2025-01-01T01:00:00+01:00",
	"03/04/2025", "caf\u00e9", "cafe\u0301", "N/A", `["1"]`, "x\ny",
}

func drawSheet(t *rapid.T, name string, files int) sheet {
	s := sheet{name: name}
	n := rapid.IntRange(1, 5).Draw(t, "columns")
	keyed := rapid.Bool().Draw(t, "keyed")
	if keyed {
		s.columns = append(s.columns, "@id")
	}
	for i := range n {
		s.columns = append(s.columns, fmt.Sprintf("c%d", i))
	}
	for i := range rapid.IntRange(0, 25).Draw(t, "rows") {
		s.rows = append(s.rows, drawLine(t, len(s.columns), keyed, i, files))
	}
	return s
}

func drawLine(t *rapid.T, columns int, keyed bool, i, files int) line {
	r := line{file: rapid.IntRange(0, files-1).Draw(t, "file")}
	for c := range columns {
		if keyed && c == 0 {
			r.cells = append(r.cells, fmt.Sprintf("k%d", i))
			continue
		}
		r.cells = append(r.cells, rapid.SampledFrom(someValues).Draw(t, "value"))
	}
	return r
}

func drawDelivery(t *rapid.T) delivery {
	d := delivery{}
	for i := range rapid.IntRange(1, 3).Draw(t, "files") {
		d.files = append(d.files, fmt.Sprintf("dir/f%d.xml", i))
	}
	for i := range rapid.IntRange(1, 2).Draw(t, "tables") {
		d.tables = append(d.tables, drawSheet(t, fmt.Sprintf("t%d", i), len(d.files)))
	}
	return d
}

// edit makes a second delivery: other cells, rows, columns, order, files.
func edit(t *rapid.T, d delivery) delivery {
	out := d.clone()
	if rapid.IntRange(0, 5).Draw(t, "rename file") == 0 {
		out.files[0] = "dir/g0.xml"
	}
	for i := range out.tables {
		s := &out.tables[i]
		if rapid.IntRange(0, 3).Draw(t, "rename column") == 0 {
			s.columns[len(s.columns)-1] += "new"
		}
		if rapid.IntRange(0, 3).Draw(t, "add column") == 0 {
			s.columns = append(s.columns, "extra")
			for k := range s.rows {
				s.rows[k].cells = append(s.rows[k].cells, rapid.SampledFrom(someValues).Draw(t, "extra"))
			}
		}
		for range rapid.IntRange(0, 6).Draw(t, "edits") {
			if len(s.rows) == 0 {
				break
			}
			at := rapid.IntRange(0, len(s.rows)-1).Draw(t, "at")
			switch rapid.IntRange(0, 4).Draw(t, "edit") {
			case 0:
				s.rows = slices.Delete(s.rows, at, at+1)
			case 1:
				s.rows = append(s.rows, line{s.rows[at].file, slices.Clone(s.rows[at].cells)})
			case 2:
				s.rows[at].file = rapid.IntRange(0, len(out.files)-1).Draw(t, "to file")
			default:
				c := rapid.IntRange(0, len(s.columns)-1).Draw(t, "cell")
				s.rows[at].cells[c] = rapid.SampledFrom(someValues).Draw(t, "new")
			}
		}
		s.rows = rapid.Permutation(s.rows).Draw(t, "order")
	}
	if rapid.IntRange(0, 9).Draw(t, "drop table") == 0 {
		out.tables = out.tables[1:]
	}
	return out
}

func drawOptions(t *rapid.T) diff.Options {
	o := diff.Options{MemoryBytes: 1 << 20}
	o.Rules.Cells = diff.CellRules{
		IgnoreCase: rapid.Bool().Draw(t, "case"), Trim: rapid.Bool().Draw(t, "trim"), CollapseSpace: rapid.Bool().Draw(t, "space"),
	}
	if rapid.Bool().Draw(t, "nulls") {
		o.Rules.Cells.NullTokens = []string{"N/A", ""}
	}
	o.Rules.Keyless = rapid.IntRange(0, 3).Draw(t, "keyless") == 0
	return o
}

// rowsOf lists a source's rows as text, columns by name, sorted.
func rowsOf(t *rapid.T, m *memory) []string {
	var out []string
	for _, s := range m.schemas {
		r, err := m.Open(context.Background(), s.Name)
		if err != nil {
			t.Fatal(err)
		}
		var row table.Row
		for r.Read(&row) == nil {
			var cells []diff.Value
			for i := range s.Columns {
				v, ok := row.Value(i)
				cells = append(cells, diff.Value{Column: s.Columns[i].Name, Value: string(v), Null: !ok})
			}
			out = append(out, rowText(s.Name, m.files[row.Pos.File].Path, cells))
		}
	}
	slices.Sort(out)
	return out
}

func rowText(table, file string, cells []diff.Value) string {
	var parts []string
	for _, c := range cells {
		parts = append(parts, fmt.Sprintf("%s=%q/%v", c.Column, c.Value, c.Null))
	}
	slices.Sort(parts)
	return table + " " + file + " " + strings.Join(parts, " ")
}

func TestApplyGivesTheRightSide(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		first := drawDelivery(t)
		a, b := first.source("a"), edit(t, first).source("b")
		opts := drawOptions(t)
		opts.Scratch = scratch
		patch := diff.NewPatch()
		res, err := diff.Compare(context.Background(), a, b, opts, patch)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = patch.Apply(context.Background(), a, func(table, file string, row []diff.Value) error {
			got = append(got, rowText(table, file, row))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if want := rowsOf(t, b); !slices.Equal(got, want) {
			t.Fatalf("got\n%s\nwant\n%s\nS=%v", strings.Join(got, "\n"), strings.Join(want, "\n"), res.Similarity())
		}
	})
}

func TestSimilarityIsOneOnlyWithoutDifference(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		first := drawDelivery(t)
		var second delivery
		if rapid.Bool().Draw(t, "edited") {
			second = edit(t, first)
		} else {
			second = first.clone()
			for i := range second.tables {
				second.tables[i].rows = rapid.Permutation(second.tables[i].rows).Draw(t, "order")
			}
		}
		opts := drawOptions(t)
		opts.Scratch = scratch
		var r record
		res, err := diff.Compare(context.Background(), first.source("a"), second.source("b"), opts, &r)
		if err != nil {
			t.Fatal(err)
		}
		content := 0
		for i := range r.changes {
			switch c := &r.changes[i]; {
			case c.Op == diff.FileRenamed, c.Op == diff.ColumnRenamed, c.Op == diff.FileAdded, c.Op == diff.FileRemoved,
				c.Op == diff.TableAdded && res.Tally.Same(), c.Class == diff.FormatOnly:
			default:
				content++
			}
		}
		if (res.Similarity() == 1) != (content == 0) {
			t.Fatalf("S is %v with %d changes: %v", res.Similarity(), content, r.ops())
		}
	})
}

func TestWorkersAndMemoryChangeNothing(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		first := drawDelivery(t)
		second := edit(t, first)
		opts := drawOptions(t)
		opts.Scratch = scratch
		var want string
		for i, w := range []int{1, 2, 7} {
			opts.Workers = w
			if i == 2 {
				opts.MemoryBytes = 64 << 20
			}
			var r record
			res, err := diff.Compare(context.Background(), first.source("a"), second.source("b"), opts, &r)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal([]any{res, r.changes})
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				want = string(raw)
			} else if got := string(raw); got != want {
				t.Fatalf("%d workers give\n%s\nnot\n%s", w, got, want)
			}
		}
	})
}
