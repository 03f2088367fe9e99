package diff_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"retable/internal/diff"
)

// bundle makes a source of files with rows of one table each; the rows of
// file f are people numbered from starts[f].
func bundle(name string, files map[string]int, order []string, edit func(file string, i int, cells []string)) *memory {
	m := newMemory(name)
	for i, f := range order {
		m.files = append(m.files, diff.File{ID: i + 1, Path: f, Kind: "k"})
		lines := people(1000, nil)
		var mine []string
		for n := range 40 {
			cells := split(lines[1+files[f]+n])
			cells[1] = fmt.Sprintf("%s of %d", cells[1], files[f]+n)
			if edit != nil {
				edit(f, n, cells)
			}
			mine = append(mine, strings.Join(cells, "|"))
		}
		m.add("t", i, append([]string{lines[0]}, mine...)...)
	}
	return m
}

func TestFilePairing(t *testing.T) {
	starts := map[string]int{"n/a-01.xml": 0, "n/b-01.xml": 100, "s/c-01.xml": 200, "n/a-02.xml": 0, "x/b-01.xml": 100, "s/zzz.xml": 200, "n/new.xml": 500}
	first := []string{"n/a-01.xml", "n/b-01.xml", "s/c-01.xml"}
	touch := func(_ string, i int, c []string) {
		if i == 3 {
			c[2] = "touched"
		}
	}
	pairs := func(t *testing.T, b *memory, opts diff.Options) (map[string]diff.FilePair, *diff.Result) {
		t.Helper()
		res, _ := compare(t, bundle("a", starts, first, nil), b, opts)
		out := map[string]diff.FilePair{}
		for _, p := range res.Files {
			name := func(f *diff.File) string {
				if f == nil {
					return "-"
				}
				return f.Path
			}
			out[name(p.Left)+" = "+name(p.Right)] = p
		}
		return out, res
	}
	stage := func(t *testing.T, got map[string]diff.FilePair, pair string, want diff.Stage) {
		t.Helper()
		if p, ok := got[pair]; !ok || p.Stage != want {
			t.Errorf("%s: got %q (there: %v), want %q; pairs %v", pair, p.Stage, ok, want, sortedNames(got))
		}
	}
	t.Run("identical content goes before the path", func(t *testing.T) {
		swapped := map[string]int{"n/a-01.xml": 100, "n/b-01.xml": 0, "s/c-01.xml": 200}
		got, res := pairs(t, bundle("b", swapped, first, nil), diff.Options{})
		stage(t, got, "n/a-01.xml = n/b-01.xml", diff.StageIdentical)
		stage(t, got, "n/b-01.xml = n/a-01.xml", diff.StageIdentical)
		stage(t, got, "s/c-01.xml = s/c-01.xml", diff.StageIdentical)
		if res.Similarity() != 1 || res.Tables[0].RowsMatched != 120 {
			t.Errorf("S=%v %+v", res.Similarity(), res.Tables[0].Counts)
		}
	})
	t.Run("the same path", func(t *testing.T) {
		got, _ := pairs(t, bundle("b", starts, first, touch), diff.Options{})
		stage(t, got, "n/a-01.xml = n/a-01.xml", diff.StagePath)
	})
	t.Run("but not if a rival has the content", func(t *testing.T) {
		swapped := map[string]int{"n/a-01.xml": 100, "n/b-01.xml": 0, "s/c-01.xml": 200}
		got, _ := pairs(t, bundle("b", swapped, first, touch), diff.Options{})
		stage(t, got, "n/a-01.xml = n/b-01.xml", diff.StageLikeness)
		stage(t, got, "n/b-01.xml = n/a-01.xml", diff.StageLikeness)
	})
	t.Run("a moved file by its base name, a renamed one by likeness", func(t *testing.T) {
		got, _ := pairs(t, bundle("b", starts, []string{"n/a-02.xml", "x/b-01.xml", "s/zzz.xml"}, touch), diff.Options{})
		stage(t, got, "n/b-01.xml = x/b-01.xml", diff.StageBasename)
		stage(t, got, "n/a-01.xml = n/a-02.xml", diff.StageLikeness)
		stage(t, got, "s/c-01.xml = s/zzz.xml", diff.StageLikeness)
		if p := got["s/c-01.xml = s/zzz.xml"]; p.Content < 0.5 || p.RunnerUp == "" || p.Margin <= 0 || p.Score < 0.5 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("a new file is not taken for a dropped one", func(t *testing.T) {
		got, res := pairs(t, bundle("b", starts, []string{"n/a-01.xml", "n/b-01.xml", "n/new.xml"}, touch), diff.Options{})
		stage(t, got, "s/c-01.xml = -", diff.StageNone)
		stage(t, got, "- = n/new.xml", diff.StageNone)
		if p := got["s/c-01.xml = -"]; p.Tally.Similarity() != 0 || p.Tally.RemovedRows == 0 {
			t.Errorf("%+v", p.Tally)
		}
		if want := (got["n/a-01.xml = n/a-01.xml"].Tally.Similarity() + got["n/b-01.xml = n/b-01.xml"].Tally.Similarity()) / 4; res.Mean != want {
			t.Errorf("mean %v, want %v", res.Mean, want)
		}
	})
	t.Run("pins join and part", func(t *testing.T) {
		got, _ := pairs(t, bundle("b", starts, first, touch), diff.Options{Pins: []diff.PairPin{
			{Left: "n/a-01.xml", Right: "s/c-01.xml"}, {Left: "n/b-01.xml", Right: "n/b-01.xml", Apart: true}, {Left: "s/c-01.xml", Apart: true},
		}})
		stage(t, got, "n/a-01.xml = s/c-01.xml", diff.StagePinned)
		stage(t, got, "n/b-01.xml = -", diff.StageNone)
		stage(t, got, "s/c-01.xml = -", diff.StageNone)
	})
	t.Run("a pin that names no file is an error", func(t *testing.T) {
		_, err := diff.Compare(context.Background(), bundle("a", starts, first, nil), bundle("b", starts, first, nil),
			diff.Options{Pins: []diff.PairPin{{Left: "nowhere", Right: "n/a-01.xml"}}}, &record{})
		if !errors.Is(err, diff.ErrNoFile) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a row in another file of the pair is moved", func(t *testing.T) {
		b := bundle("b", starts, first, nil)
		a := bundle("a", starts, first, nil)
		a.row(a.schemas[0], 0, 99, []string{"WANDERER", "w", "c", "1"})
		b.row(b.schemas[0], 1, 77, []string{"WANDERER", "w", "c", "2"})
		_, r := compare(t, a, b, diff.Options{})
		want(t, r.ops(), `row_moved @id=WANDERER [_file] "n/a-01.xml">"n/b-01.xml"`, `cell_changed @id=WANDERER [amount] "1">"2"`)
	})
	t.Run("ids that count anew in each file are told apart by it", func(t *testing.T) {
		renumber := func(_ string, i int, c []string) { c[0] = fmt.Sprint(i + 1) }
		a := bundle("a", starts, first, renumber)
		b := bundle("b", starts, first, func(f string, i int, c []string) {
			renumber(f, i, c)
			touch(f, i, c)
		})
		res, r := compare(t, a, b, diff.Options{})
		if k := res.Tables[0].Key; k.Scope != diff.ScopeFile && len(k.Columns) < 2 && k.Columns[0] == "@id" || len(r.changes) != 3 {
			t.Errorf("%+v %v", k, r.ops())
		}
	})
}

func TestFilesBeyondTheHungarianMethod(t *testing.T) {
	if testing.Short() {
		t.Skip("compares 1,200 files")
	}
	make := func(name string, prefix string) *memory {
		m := newMemory(name)
		for f := range 600 {
			m.files = append(m.files, diff.File{ID: f + 1, Path: fmt.Sprintf("%s/%x.xml", prefix, f*7919%600)})
			lines := []string{"@id|v"}
			for i := range 5 {
				lines = append(lines, fmt.Sprintf("%d-%d|%s", f, i, map[bool]string{true: prefix, false: fmt.Sprint(f * i)}[i == 4]))
			}
			m.add("t", f, lines...)
		}
		return m
	}
	a, b := make("a", "first"), make("b", "second")
	for i := range b.files { // other names, so that only content tells
		b.files[i].Path = fmt.Sprintf("second/n%d.xml", i)
	}
	res, _ := compare(t, a, b, diff.Options{})
	right := 0
	for _, p := range res.Files {
		if p.Left != nil && p.Right != nil && p.Left.ID == p.Right.ID {
			right++
		}
	}
	if right < 595 || len(res.Notes) == 0 {
		t.Errorf("%d of 600 right, notes %v", right, res.Notes)
	}
}
