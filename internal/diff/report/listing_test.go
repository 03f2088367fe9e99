package report

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/diff"
)

// both writes a listing and keeps what it was told.
type both struct {
	*ListingWriter
	changes []diff.Change
	rows    [][]diff.ListedRow // by table
}

func (b *both) Table(t *diff.TableResult) error {
	b.rows = append(b.rows, nil)
	return b.ListingWriter.Table(t)
}

func (b *both) Change(c *diff.Change) error {
	b.changes = append(b.changes, *c)
	return b.ListingWriter.Change(c)
}

func (b *both) Rows(rows []diff.ListedRow) error {
	last := len(b.rows) - 1
	b.rows[last] = append(b.rows[last], rows...)
	return b.ListingWriter.Rows(rows)
}

// shown is a row of the grid as text.
func shown(op RowOp, a, b int64, marks string) string {
	return fmt.Sprint(op, " ", a, " ", b, " ", marks)
}

// expected is what the changes say of a row, in so many words.
func expected(t *diff.TableResult, changes []diff.Change, a, b int64) string {
	marks := make([]byte, len(t.Columns))
	for i := range t.Columns {
		p := &t.Columns[i]
		switch {
		case a == 0:
			marks[i] = "a."[b2i(p.Right == "")]
		case b == 0:
			marks[i] = "r."[b2i(p.Left == "")]
		case p.How == diff.ColumnAdds:
			marks[i] = 'a'
		case p.How == diff.ColumnRemoves:
			marks[i] = 'r'
		default:
			marks[i] = '.'
		}
	}
	op := RowSame
	moved, content, spelling := false, false, false
	for k := range changes {
		c := &changes[k]
		switch c.Op {
		case diff.RowMoved:
			moved = true
		case diff.CellChanged:
			for i := range t.Columns {
				if t.Columns[i].Left == c.Column && c.Column != "" {
					marks[i] = "cf"[b2i(c.Class == diff.FormatOnly)]
				}
			}
			content = content || c.Class == diff.Content
			spelling = spelling || c.Class == diff.FormatOnly
		}
	}
	switch {
	case a == 0:
		op = RowAdded
	case b == 0:
		op = RowRemoved
	case moved:
		op = RowMoved
	case content:
		op = RowChanged
	case spelling:
		op = RowFormatOnly
	}
	return shown(op, a, b, string(marks))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// drawSide makes rows of two tables in two files; words are few, so that there
// are changes of all kinds.
func drawSide(t *rapid.T, name string) *source {
	s := newSource(name, "one.xml", "two.xml")
	columns := rapid.SampledFrom([]string{"@id|price|note", "@id|note|price|more", "@id|price|Note "}).Draw(t, "columns")
	width := strings.Count(columns, "|")
	for _, name := range []string{"t", rapid.SampledFrom([]string{"u", "v"}).Draw(t, "table")} {
		var rows []string
		var files []int
		for i := range 40 {
			if rapid.IntRange(0, 9).Draw(t, "leave out") == 0 {
				continue
			}
			r := fmt.Sprintf("k%d", i)
			for range width {
				r += "|" + rapid.SampledFrom([]string{"1.0", "1.00", "1", "2", "x", null}).Draw(t, "value")
			}
			rows = append(rows, r)
			files = append(files, rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, "file"))
		}
		s.add(name, columns, rows...)
		s.fileOf[name] = files
	}
	return s
}

func listing(t rapid.TB, dir string, a, b diff.Source, key ...string) (*both, *diff.Result, string) {
	path := filepath.Join(dir, "x.listing")
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	w, err := NewListing(path, dir, Head{})
	if err != nil {
		t.Fatal(err)
	}
	w.notes.limit, w.changes.limit, w.details.limit = 256, 256, 256
	sink := &both{ListingWriter: w}
	res, err := diff.Compare(context.Background(), a, b, diff.Options{Scratch: dir, Rules: diff.Rules{Key: key}}, sink)
	if err == nil {
		err = w.Finish(res)
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Fatal(err)
	}
	return sink, res, path
}

func TestAListingGivesEachRowByItsPlace(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		sink, res, path := listing(t, dir, drawSide(t, "a"), drawSide(t, "b"))
		l, err := OpenListing(path)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if l.Tables() != len(res.Tables) {
			t.Fatalf("%d of %d tables", l.Tables(), len(res.Tables))
		}
		for i, x := range res.Tables {
			got, err := l.Table(i)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, r := range sink.rows[i] {
				var changes []diff.Change
				for k := range sink.changes {
					if c := &sink.changes[k]; c.Table == x.Name() && c.RowA == r.RowA && c.RowB == r.RowB {
						changes = append(changes, *c)
					}
				}
				want = append(want, expected(x, changes, r.RowA+1, r.RowB+1))
			}
			checkTable(t, got, x, want)
		}
	})
}

func checkTable(t *rapid.T, got *ListedTable, x *diff.TableResult, want []string) {
	if got.Summary().Name != x.Name() || got.Len() != int64(len(want)) || len(got.Columns()) != len(x.Columns) {
		t.Fatalf("table %s has %d rows, not %d", x.Name(), got.Len(), len(want))
	}
	if got.Count(RowAdded) != x.RowsAdded || got.Count(RowRemoved) != x.RowsRemoved || got.Count(RowMoved) != x.RowsMoved {
		t.Fatalf("got %v of %+v", got.meta.Ops, x.Counts)
	}
	var changed []int64
	for place, w := range want {
		if !strings.HasPrefix(w, "same") {
			changed = append(changed, int64(place))
		}
	}
	if got.Changed() != int64(len(changed)) {
		t.Fatalf("%d of %d changes", got.Changed(), len(changed))
	}
	c := got.Cursor()
	at := func(place int) {
		r, err := c.At(int64(place))
		if err != nil {
			t.Fatal(err)
		}
		if have := shown(r.Op, r.A, r.B, got.Marks(r)); have != want[place] || r.Place != int64(place) {
			t.Fatalf("at %d is %q, not %q", place, have, want[place])
		}
	}
	for place := range want {
		at(place)
	}
	for range min(len(want), 20) {
		at(rapid.IntRange(0, len(want)-1).Draw(t, "place"))
	}
	for i, place := range changed {
		if p, err := c.Place(int64(i)); err != nil || p != place {
			t.Fatalf("change %d is at %d, %v; not %d", i, p, err, place)
		}
	}
	if _, err := c.Place(int64(len(changed))); err == nil {
		t.Fatal("there is a change beyond the last")
	}
	for place := -1; place <= len(want); place++ {
		next, prev := int64(-1), int64(-1)
		for _, p := range changed {
			if p >= int64(place) && next < 0 {
				next = p
			}
			if p <= int64(place) {
				prev = p
			}
		}
		if p, ok, err := c.Next(int64(place)); err != nil || ok != (next >= 0) || ok && p != next {
			t.Fatalf("from %d on the next is %d, %v, %v; not %d", place, p, ok, err, next)
		}
		if p, ok, err := c.Previous(int64(place)); err != nil || ok != (prev >= 0) || ok && p != prev {
			t.Fatalf("up to %d the last is %d, %v, %v; not %d", place, p, ok, err, prev)
		}
	}
}

// TestADamagedListingIsRefused: whatever is wrong with the file, reading it
// ends, in rows or in an error.
func TestADamagedListingIsRefused(t *testing.T) {
	dir := t.TempDir()
	a, b := newSource("a", "x"), newSource("b", "x")
	var left, right []string
	for i := range 300 {
		left = append(left, fmt.Sprintf("k%d|%d|z", i, i))
		right = append(right, fmt.Sprintf("k%d|%d|z", 299-i, i%290))
	}
	_, _, path := listing(t, dir, a.add("t", "@id|v|w", left...), b.add("t", "@id|v|w", right...))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		raw := append([]byte(nil), whole...)
		if rapid.Bool().Draw(t, "cut") {
			raw = raw[:rapid.IntRange(0, len(raw)).Draw(t, "length")]
		}
		for range rapid.IntRange(0, 5).Draw(t, "flips") {
			if len(raw) > 0 {
				raw[rapid.IntRange(0, len(raw)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
		}
		damaged := filepath.Join(dir, "damaged")
		if err := os.WriteFile(damaged, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := OpenListing(damaged)
		if err != nil {
			return
		}
		defer l.Close()
		for i := range l.Tables() {
			x, err := l.Table(i)
			if err != nil {
				continue
			}
			c := x.Cursor()
			for place := range min(x.Len(), 1000) {
				if r, err := c.At(place); err == nil {
					_ = x.Marks(r)
				}
				_, _, _ = c.Next(place)
				_, _ = c.Place(place)
			}
		}
	})
}

func TestAListingOfManyChangesWaitsInScratch(t *testing.T) {
	dir := t.TempDir()
	a, b := newSource("a", "x"), newSource("b", "x")
	columns := "@id"
	var left, right []string
	for c := range 30 {
		columns += fmt.Sprintf("|c%d", c)
	}
	n := 3000
	for i := range n {
		left = append(left, fmt.Sprintf("k%d", i)+strings.Repeat("|1", 30))
		right = append(right, fmt.Sprintf("k%d", i*7%n)+strings.Repeat("|2", 30))
	}
	_, _, path := listing(t, dir, a.add("t", columns, left...), b.add("t", columns, right...), "@id")
	l, err := OpenListing(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	x, err := l.Table(0)
	if err != nil {
		t.Fatal(err)
	}
	c := x.Cursor()
	for place := range int64(n) {
		r, err := c.At(place)
		if err != nil {
			t.Fatal(err)
		}
		if r.Op != RowChanged || r.B != place+1 || r.A != place*7%int64(n)+1 || x.Marks(r) != "."+strings.Repeat("c", 30) {
			t.Fatalf("got %+v, %s", r, x.Marks(r))
		}
	}
	if files, err := filepath.Glob(filepath.Join(dir, "listing-*")); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
