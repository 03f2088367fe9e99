package diff_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/diff"
	"retable/internal/table"
)

// element is a row of a relational table with the rows below it.
type element struct {
	cells []string
	kids  []*element
}

func (e *element) clone() *element {
	c := &element{cells: slices.Clone(e.cells)}
	for _, k := range e.kids {
		c.kids = append(c.kids, k.clone())
	}
	return c
}

// treeTables are root, parent and child tables as relational mode makes them.
func treeTables() []*table.Schema {
	own := func(name string) table.Column {
		return table.Column{Name: name, XPath: name, Type: table.Integer, Role: table.Bookkeeping}
	}
	make := func(name, parent, path string, data ...string) *table.Schema {
		s := &table.Schema{Name: name, Parent: parent, Path: path, Kind: "r"}
		for _, c := range []string{"_id", "_parent_id", "_file_id", "_pos", "_line"} {
			s.Columns = append(s.Columns, own(c))
		}
		for _, c := range data {
			s.Columns = append(s.Columns, table.Column{Name: c, XPath: c, Type: table.Text})
		}
		return s
	}
	return []*table.Schema{
		make("r", "", "/r", "v"), make("r~p", "r", "/r/p", "@id", "v"), make("r~p~c", "r~p", "/r/p/c", "@n", "v"),
	}
}

// tree makes a source of files that each hold one root.
func tree(name string, roots []*element, paths []string) *memory {
	m := newMemory(name)
	for _, s := range treeTables() {
		m.table(s)
	}
	for f, root := range roots {
		m.files = append(m.files, diff.File{ID: f + 1, Path: paths[f], Kind: "r"})
		next := 0
		var put func(e *element, depth, parent, pos int)
		put = func(e *element, depth, parent, pos int) {
			next++
			id := (f+1)*1000 + next
			own := []string{strconv.Itoa(id), strconv.Itoa(parent), strconv.Itoa(f + 1), strconv.Itoa(pos), strconv.Itoa(next)}
			if depth == 0 {
				own[1] = "-"
			}
			for i, k := range e.kids {
				put(k, depth+1, id, i+1)
			}
			m.row(m.schemas[depth], f, int64(next), append(own, e.cells...))
		}
		put(root, 0, 0, 1)
	}
	return m
}

func drawTree(t *rapid.T) ([]*element, []string) {
	values := []string{"a", "b", "c", "d", "-", ""}
	unique := rapid.Bool().Draw(t, "unique ids")
	var roots []*element
	var paths []string
	n := 0
	for f := range rapid.IntRange(1, 3).Draw(t, "files") {
		root := &element{cells: []string{fmt.Sprint("root ", f)}}
		for range rapid.IntRange(0, 5).Draw(t, "parents") {
			n++
			id := fmt.Sprint("P", n)
			if !unique {
				id = rapid.SampledFrom(values).Draw(t, "id")
			}
			p := &element{cells: []string{id, rapid.SampledFrom(values).Draw(t, "v")}}
			for k := range rapid.IntRange(0, 4).Draw(t, "children") {
				no := fmt.Sprint(k + 1)
				if !unique {
					no = rapid.SampledFrom(values).Draw(t, "n")
				}
				p.kids = append(p.kids, &element{cells: []string{no, rapid.SampledFrom(values).Draw(t, "w")}})
			}
			root.kids = append(root.kids, p)
		}
		roots, paths = append(roots, root), append(paths, fmt.Sprintf("f%d.xml", f))
	}
	return roots, paths
}

// shuffleTree puts the elements into another order; ids follow.
func shuffleTree(t *rapid.T, roots []*element) []*element {
	var out []*element
	for _, r := range roots {
		c := r.clone()
		c.kids = rapid.Permutation(c.kids).Draw(t, "parents' order")
		for _, p := range c.kids {
			p.kids = rapid.Permutation(p.kids).Draw(t, "children's order")
		}
		out = append(out, c)
	}
	return out
}

func TestTreesInAnotherOrderAreTheSame(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		roots, paths := drawTree(t)
		ids := map[string]bool{}
		for _, r := range roots {
			for _, p := range r.kids {
				if ids[p.cells[0]+p.cells[1]] {
					t.Skip("parents that are alike and have other children can't be told apart")
				}
				ids[p.cells[0]+p.cells[1]] = true
			}
		}
		var r record
		res, err := diff.Compare(context.Background(), tree("a", roots, paths), tree("b", shuffleTree(t, roots), paths), diff.Options{Scratch: scratch}, &r)
		if err != nil {
			t.Fatal(err)
		}
		if !res.Same() || len(r.changes) > 0 {
			t.Fatalf("S=%v %v", res.Similarity(), r.ops())
		}
	})
}

func TestTreesApplyAndSymmetry(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		roots, paths := drawTree(t)
		second := shuffleTree(t, roots)
		for range rapid.IntRange(0, 5).Draw(t, "edits") {
			r := second[rapid.IntRange(0, len(second)-1).Draw(t, "root")]
			if len(r.kids) == 0 {
				continue
			}
			at := rapid.IntRange(0, len(r.kids)-1).Draw(t, "parent")
			p := r.kids[at]
			switch rapid.IntRange(0, 4).Draw(t, "edit") {
			case 0:
				r.kids = slices.Delete(r.kids, at, at+1)
			case 1:
				to := second[rapid.IntRange(0, len(second)-1).Draw(t, "to")]
				r.kids = slices.Delete(r.kids, at, at+1)
				to.kids = append(to.kids, p)
			case 2:
				p.cells[1] = "changed"
			case 3:
				p.kids = append(p.kids, &element{cells: []string{"9", "new"}})
			case 4:
				if len(p.kids) > 0 {
					p.kids[0].cells[1] = "other"
				}
			}
		}
		a, b := tree("a", roots, paths), tree("b", second, paths)
		opts := diff.Options{Scratch: scratch, MemoryBytes: 1 << 20}
		patch := diff.NewPatch()
		ab, err := diff.Compare(context.Background(), a, b, opts, patch)
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
		if want := dataRows(t, b); !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
		ba, err := diff.Compare(context.Background(), b, a, opts, &record{})
		if err != nil {
			t.Fatal(err)
		}
		if ab.Tally.Exact().Cmp(ba.Tally.Exact()) != 0 {
			t.Fatalf("S is %v one way and %v the other", ab.Similarity(), ba.Similarity())
		}
	})
}

// dataRows is rowsOf without bookkeeping columns.
func dataRows(t *rapid.T, m *memory) []string {
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
				if s.Columns[i].Role == table.Data {
					v, ok := row.Value(i)
					cells = append(cells, diff.Value{Column: s.Columns[i].Name, Value: string(v), Null: !ok})
				}
			}
			out = append(out, rowText(s.Name, m.files[row.Pos.File].Path, cells))
		}
	}
	slices.Sort(out)
	return out
}
