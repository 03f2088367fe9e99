package app

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/diff"
	"retable/internal/retable"
)

// item is a row of a generated delivery: an element with attributes and values.
type item struct {
	id   string
	file int
	vals []string // by column; "-" is missing
}

var itemColumns = []string{"Name", "Price", "Note"}

// itemsBundle packs items as XML. Note is renamed by note.
func itemsBundle(t *testing.T, items []item, note string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for file := range 2 {
		w, err := z.Create(fmt.Sprintf("part-%d.xml", file))
		if err != nil {
			t.Fatal(err)
		}
		var x strings.Builder
		x.WriteString("<Items>\n")
		for _, it := range items {
			if it.file != file {
				continue
			}
			fmt.Fprintf(&x, "<Item id=%q>", it.id)
			for i, name := range append(slices.Clone(itemColumns[:2]), note) {
				if it.vals[i] != "-" {
					fmt.Fprintf(&x, "<%s>%s</%s>", name, it.vals[i], name)
				}
			}
			x.WriteString("</Item>\n")
		}
		x.WriteString("</Items>")
		if _, err := w.Write([]byte(x.String())); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compareAll compares two bundles and waits.
func (s *served) compareAll(t *testing.T, ctx context.Context, left, right string, options *CompareSettings) *CompareStarted {
	t.Helper()
	c, err := s.Compare(ctx, CompareSessionsRequest{LeftID: left, RightID: right, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.WaitJob(ctx, c.JobID, 5*time.Minute)
	if err != nil || j.Status != string(retable.JobSuccess) {
		t.Fatalf("the comparison's job is %+v, %v", j, err)
	}
	return c
}

// numberOf finds a table of a comparison that has the column.
func (s *served) numberOf(t *testing.T, ctx context.Context, id, table string) *DiffTable {
	t.Helper()
	var names []string
	for n := int64(1); ; n++ {
		x, err := s.GetDiffTable(ctx, DiffTableRef{id, n})
		if err != nil {
			t.Fatalf("table %s of %q: %v", table, names, err)
		}
		names = append(names, x.Name)
		if x.Name == table {
			return x
		}
	}
}

func (s *served) diffPage(t *testing.T, ctx context.Context, ref DiffTableRef, q DiffQuery, offset, limit int64) *DiffPage {
	t.Helper()
	p, err := s.GetDiffRows(ctx, DiffRowsRequest{DiffTableRef: ref, DiffQuery: q, Offset: offset, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wholeList reads a list page by page.
func (s *served) wholeList(t *testing.T, ctx context.Context, ref DiffTableRef, q DiffQuery, step int64) []DiffRow {
	t.Helper()
	rows := []DiffRow{}
	for at := int64(0); ; at += step {
		p := s.diffPage(t, ctx, ref, q, at, step)
		rows = append(rows, p.Rows...)
		if at+step >= p.Total {
			if int64(len(rows)) != p.Total {
				t.Fatalf("%d rows of %d", len(rows), p.Total)
			}
			return rows
		}
	}
}

func rowTexts(rows []DiffRow) []string {
	out := make([]string, len(rows))
	for i := range rows {
		b, _ := json.Marshal(&rows[i])
		out[i] = string(b)
	}
	return out
}

// TestRowsSideBySide: the rows of a small pair of deliveries, to the letter.
func TestRowsSideBySide(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	left := []item{{"1", 0, []string{"Ann", "1.0", "x"}}, {"2", 0, []string{"Bo", "2", "y"}}, {"3", 0, []string{"Cy", "3", "-"}}, {"4", 0, []string{"Dee", "4", "z"}}, {"5", 1, []string{"Eve", "5", "w"}}}
	right := []item{{"4", 0, []string{"Dee", "4", "z"}}, {"1", 0, []string{"Ann", "1.00", "x"}}, {"3", 0, []string{"Cyd", "3", "-"}}, {"6", 1, []string{"Flo", "6", "v"}}, {"5", 1, []string{"Eve", "5", "w"}}}
	a := s.take(t, s.ctx, "items-1.zip", itemsBundle(t, left, "Note"))
	b := s.take(t, s.ctx, "items-2.zip", itemsBundle(t, right, "Note"))
	c := s.compareAll(t, s.ctx, a.SessionID, b.SessionID, &CompareSettings{CompareOptions: CompareOptions{Keys: []TableColumns{{Columns: []string{"@id"}}}}})
	x := s.numberOf(t, s.ctx, c.ComparisonID, "Items~Item")
	ref := DiffTableRef{c.ComparisonID, x.Number}
	if x.LeftTableID != s.tableID(t, a.SessionID, "Items~Item") || x.RightTableID != s.tableID(t, b.SessionID, "Items~Item") {
		t.Errorf("the tables are %d and %d", x.LeftTableID, x.RightTableID)
	}
	name := func(v string) string { return strings.TrimPrefix(v, "@") }
	var columns []string
	for _, c := range x.GridColumns {
		columns = append(columns, name(c.Left))
		if c.Left == "@id" && !c.Key {
			t.Error("@id is not marked as key")
		}
	}
	if fmt.Sprint(columns) != "[id Name Price Note]" || len(x.Candidates)+len(x.Key.Columns) == 0 {
		t.Fatalf("got columns %v, key %+v", columns, x.Key)
	}
	want := []string{
		`{"op":"same","rid_a":4,"rid_b":1,"file_b":"part-0.xml","new":["4","Dee","4","z"],"marks":"...."}`,
		`{"op":"format_only","rid_a":1,"rid_b":2,"file_a":"part-0.xml","file_b":"part-0.xml","old":["1","Ann","1.0","x"],"new":["1","Ann","1.00","x"],"marks":"..f."}`,
		`{"op":"removed","rid_a":2,"file_a":"part-0.xml","old":["2","Bo","2","y"],"marks":"rrrr"}`,
		`{"op":"changed","rid_a":3,"rid_b":3,"file_a":"part-0.xml","file_b":"part-0.xml","old":["3","Cy","3",null],"new":["3","Cyd","3",null],"marks":".c.."}`,
		`{"op":"added","rid_b":4,"file_b":"part-1.xml","new":["6","Flo","6","v"],"marks":"aaaa"}`,
		`{"op":"same","rid_a":5,"rid_b":5,"file_b":"part-1.xml","new":["5","Eve","5","w"],"marks":"...."}`,
	}
	if got := rowTexts(s.wholeList(t, s.ctx, ref, DiffQuery{}, 100)); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, q := range []struct {
		DiffQuery
		want []int
	}{
		{DiffQuery{OnlyChanges: true}, []int{1, 2, 3, 4}},
		{DiffQuery{Ops: "added, removed"}, []int{2, 4}},
		{DiffQuery{Ops: "same"}, []int{0, 5}},
		{DiffQuery{Ops: "same", OnlyChanges: true}, nil},
		{DiffQuery{Column: "Name"}, []int{3}},
		{DiffQuery{Column: "Price"}, []int{1}},
		{DiffQuery{Search: " eVe"}, []int{5}},
		{DiffQuery{Search: "cy"}, []int{3}},
		{DiffQuery{Search: "6", OnlyChanges: true}, []int{4}},
		{DiffQuery{Search: "nothing has this"}, nil},
	} {
		exp := []string{}
		for _, i := range q.want {
			exp = append(exp, want[i])
		}
		if got := rowTexts(s.wholeList(t, s.ctx, ref, q.DiffQuery, 2)); !slices.Equal(got, exp) {
			t.Errorf("%+v gives\n%s", q.DiffQuery, strings.Join(got, "\n"))
		}
	}
	if p := s.diffPage(t, s.ctx, ref, DiffQuery{}, 100, 10); p.Total != 6 || len(p.Rows) != 0 {
		t.Errorf("beyond the end is %+v", p)
	}
	short, err := s.GetDiffRows(s.ctx, DiffRowsRequest{DiffTableRef: ref, Limit: 1, MaxCell: 2})
	if err != nil || *short.Rows[0].New[1] != "De" {
		t.Errorf("cut to %+v, %v", short, err)
	}
	for _, bad := range []DiffRowsRequest{
		{DiffTableRef: ref, Limit: -1}, {DiffTableRef: ref, Limit: 1001}, {DiffTableRef: ref, Limit: 1, Offset: -1},
		{DiffTableRef: ref, Limit: 1, DiffQuery: DiffQuery{Ops: "gone"}}, {DiffTableRef: ref, Limit: 1, DiffQuery: DiffQuery{Column: "Prize"}},
	} {
		if _, err := s.GetDiffRows(s.ctx, bad); !retable.Is(err, retable.Unprocessable) {
			t.Errorf("%+v gives %v", bad, err)
		}
	}
	if _, err := s.GetDiffTable(s.ctx, DiffTableRef{c.ComparisonID, 99}); !retable.Is(err, retable.NotFound) {
		t.Errorf("table 99 gives %v", err)
	}
}

// gridCase is a generated pair of deliveries, and what is asked of its grid.
type gridCase struct {
	left, right []item
	note        string // what the last column is called on the right
	column      int    // that the query chooses by, with byColumn
	byColumn    bool
	query       DiffQuery
}

func drawGrid(t *rapid.T) gridCase {
	edit := func(items []item) []item {
		var out []item
		for _, it := range items {
			if rapid.IntRange(0, 7).Draw(t, "drop") == 0 {
				continue
			}
			it.vals = slices.Clone(it.vals)
			if rapid.IntRange(0, 3).Draw(t, "edit") == 0 {
				it.vals[rapid.IntRange(0, 2).Draw(t, "cell")] = rapid.SampledFrom([]string{"1.0", "1.00", "Q", "-", "deep"}).Draw(t, "value")
			}
			if rapid.IntRange(0, 7).Draw(t, "move") == 0 {
				it.file = 1 - it.file
			}
			out = append(out, it)
		}
		return out
	}
	var base []item
	for i := range 30 {
		price := rapid.SampledFrom([]string{"1.0", "2", "x"}).Draw(t, "price")
		base = append(base, item{fmt.Sprint("k", i), i % 2, []string{fmt.Sprint("name ", i), price, fmt.Sprint("note ", i)}})
	}
	return gridCase{
		left: edit(base), right: rapid.Permutation(edit(base)).Draw(t, "order"), note: rapid.SampledFrom([]string{"Note", "Remark"}).Draw(t, "name"),
		column: rapid.IntRange(0, 3).Draw(t, "column"), byColumn: rapid.Bool().Draw(t, "by column"),
		query: DiffQuery{
			OnlyChanges: rapid.Bool().Draw(t, "only changes"),
			Ops:         rapid.SampledFrom([]string{"", "changed", "added,removed", "same,moved", "format_only"}).Draw(t, "ops"),
			Search:      rapid.SampledFrom([]string{"", "NOTE 1", "deep"}).Draw(t, "search"),
		},
	}
}

// TestGridsAgreeWithTheChanges: over generated deliveries, the grid says what
// the JSON Lines report says, pages make up the whole, and filters choose what
// they say.
func TestGridsAgreeWithTheChanges(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	n := 30
	if testing.Short() {
		n = 6
	}
	for i := range n {
		x := rapid.Custom(drawGrid).Example(i)
		a := s.take(t, s.ctx, fmt.Sprintf("l%d.zip", i), itemsBundle(t, x.left, "Note"))
		b := s.take(t, s.ctx, fmt.Sprintf("r%d.zip", i), itemsBundle(t, x.right, x.note))
		c := s.compareAll(t, s.ctx, a.SessionID, b.SessionID, nil)
		s.checkGrid(t, &x, c, s.numberOf(t, s.ctx, c.ComparisonID, "Items~Item"))
	}
}

func (s *served) checkGrid(t *testing.T, drawn *gridCase, c *CompareStarted, x *DiffTable) {
	t.Helper()
	ref := DiffTableRef{c.ComparisonID, x.Number}
	all := s.wholeList(t, s.ctx, ref, DiffQuery{}, 1000)
	if got := s.wholeList(t, s.ctx, ref, DiffQuery{}, 7); !slices.Equal(rowTexts(got), rowTexts(all)) {
		t.Fatal("pages of 7 are not the whole")
	}
	counts := map[string]int64{}
	for _, r := range all {
		counts[r.Op]++
	}
	if counts["added"] != x.RowsAdded || counts["removed"] != x.RowsRemoved || counts["moved"] != x.RowsMoved || counts["changed"] > x.RowsChanged {
		t.Fatalf("got %v of %+v", counts, x.Counts)
	}
	link, err := s.ReportTicket(s.ctx, ReportRequest{JobID: c.JobID, Format: "jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	_, lines := s.download(t, link.URL)
	if got, want := cellsOfGrid(x, all), cellsOfReport(t, lines, "Items~Item"); !slices.Equal(got, want) {
		t.Fatalf("the grid has\n%s\nthe report\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	q := drawn.query
	if column := x.GridColumns[drawn.column]; drawn.byColumn {
		q.Column = cmp.Or(column.Left, column.Right)
	}
	for _, q := range []DiffQuery{q, {}, {Search: "NOTE 1"}} {
		list := s.wholeList(t, s.ctx, ref, q, 5)
		if want := s.chosen(t, x, all, q); !slices.Equal(rowTexts(list), rowTexts(want)) {
			t.Fatalf("%+v gives\n%s\nwant\n%s", q, strings.Join(rowTexts(list), "\n"), strings.Join(rowTexts(want), "\n"))
		}
		s.checkFind(t, ref, q, list)
	}
}

// checkFind looks for changes from each row of a list.
func (s *served) checkFind(t *testing.T, ref DiffTableRef, q DiffQuery, list []DiffRow) {
	t.Helper()
	for from := -1; from <= len(list); from++ {
		next, previous := -1, -1
		for i := range list {
			if list[i].Op != "same" && i > from && next < 0 {
				next = i
			}
			if list[i].Op != "same" && i < from {
				previous = i
			}
		}
		for direction, want := range map[string]int{"next": next, "previous": previous} {
			got, err := s.FindChange(s.ctx, FindChangeRequest{DiffTableRef: ref, DiffQuery: q, From: int64(from), Direction: direction})
			if want < 0 && !retable.Is(err, retable.NotFound) || want >= 0 && (err != nil || got.Index != int64(want)) {
				t.Fatalf("%s of %d in %+v is %v, %v; not %d", direction, from, q, got, err, want)
			}
		}
	}
}

// chosen filters rows as the words of the API say.
func (s *served) chosen(t *testing.T, x *DiffTable, all []DiffRow, q DiffQuery) []DiffRow {
	t.Helper()
	holds := func(cells []*string) bool {
		for _, v := range cells {
			if v != nil && strings.Contains(strings.ToLower(*v), strings.ToLower(q.Search)) {
				return true
			}
		}
		return false
	}
	var out []DiffRow
	for _, r := range all {
		at := slices.IndexFunc(x.GridColumns, func(c DiffColumn) bool { return c.Left == q.Column || c.Right == q.Column })
		if q.OnlyChanges && r.Op == "same" || q.Ops != "" && !slices.Contains(strings.Split(q.Ops, ","), r.Op) ||
			q.Column != "" && r.Marks[at] != 'c' && r.Marks[at] != 'f' || q.Search != "" && !holds(r.Old) && !holds(r.New) {
			continue
		}
		out = append(out, r)
	}
	return out
}

// cellsOfGrid lists what differs according to the grid.
func cellsOfGrid(x *DiffTable, rows []DiffRow) []string {
	text := func(v *string) string {
		if v == nil {
			return "-"
		}
		return strconv.Quote(*v)
	}
	var out []string
	for _, r := range rows {
		switch r.Op {
		case "added", "removed", "moved":
			out = append(out, fmt.Sprintf("%s %d %d", r.Op, r.RIDA, r.RIDB))
		}
		for i := range x.GridColumns {
			if m := r.Marks[i]; m == 'c' || m == 'f' {
				out = append(out, fmt.Sprintf("%c %d %d %s %s>%s", m, r.RIDA, r.RIDB, x.GridColumns[i].Left, text(r.Old[i]), text(r.New[i])))
			}
		}
	}
	slices.Sort(out)
	return out
}

// cellsOfReport lists it according to the JSON Lines report.
func cellsOfReport(t *testing.T, lines []byte, table string) []string {
	text := func(v string, null bool) string {
		if null {
			return "-"
		}
		return strconv.Quote(v)
	}
	var out []string
	for line := range bytes.Lines(lines) {
		var c diff.Change
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if c.Table != table {
			continue
		}
		switch c.Op {
		case diff.RowAdded, diff.RowRemoved, diff.RowMoved:
			out = append(out, fmt.Sprintf("%s %d %d", strings.TrimPrefix(string(c.Op), "row_"), c.RowA+1, c.RowB+1))
		case diff.CellChanged:
			mark := "c"
			if c.Class == diff.FormatOnly {
				mark = "f"
			}
			out = append(out, fmt.Sprintf("%s %d %d %s %s>%s", mark, c.RowA+1, c.RowB+1, c.Column, text(c.Old, c.OldNull), text(c.New, c.NewNull)))
		}
	}
	slices.Sort(out)
	return out
}
