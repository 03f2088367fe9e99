package format

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"retable/internal/table"
)

var epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

func openSheets(t *testing.T, out dataset) *excelize.File {
	t.Helper()
	f, err := excelize.OpenFile(filepath.Join(out.folder, "data.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestLongTablesGoOnInFurtherSheets(t *testing.T) {
	s := sample{schema: columnsOf("a")}
	for i := range 10 {
		s.rows = append(s.rows, []any{fmt.Sprint(i)})
	}
	exact := sample{schema: columnsOf("a"), rows: s.rows[:4]}
	exact.schema.Name = "exact"
	f, _ := Lookup("xlsx")
	out := writeSamples(t, f, Options{SheetRows: 5}, []sample{s, exact})
	x := openSheets(t, out)
	if got, want := x.GetSheetList(), []string{"t", "exact", "t (2)", "t (3)", "_tables"}; !slices.Equal(got, want) {
		t.Fatalf("got sheets %v", got)
	}
	var got []string
	for _, name := range []string{"t", "t (2)", "t (3)"} {
		rows, _ := x.GetRows(name)
		if rows[0][0] != "a" || len(rows) > 5 {
			t.Errorf("sheet %s: %v", name, rows)
		}
		for _, r := range rows[1:] {
			got = append(got, r[0])
		}
	}
	if strings.Join(got, "") != "0123456789" {
		t.Errorf("got %v", got)
	}
	places, _ := x.GetRows("_tables")
	if want := []string{"t", "t (3)", "9", "2", "1", "1"}; !slices.Equal(places[4], want) {
		t.Errorf("got places %v", places)
	}
	if out.warned["sheet-split"] != 1 {
		t.Errorf("warned %v", out.warned)
	}
}

func TestWideTablesStandInSheetsSideBySide(t *testing.T) {
	s := sample{schema: columnsOf("a", "b", "c", "d", "e"), rows: [][]any{{"1", "2", "3", "4", "5"}, {nil, nil, nil, nil, "x"}}}
	f, _ := Lookup("xlsx")
	out := writeSamples(t, f, Options{SheetColumns: 2, SheetRows: 2}, []sample{s})
	x := openSheets(t, out)
	places, _ := x.GetRows("_tables")
	cells := map[string]string{}
	for _, p := range places[1:] {
		rows, _ := x.GetRows(p[1])
		for c, v := range slices.Concat(rows[1:]...) {
			cells[p[2]+rows[0][c]] = v
		}
	}
	if cells["1a"] != "1" || cells["1d"] != "4" || cells["1e"] != "5" || cells["2e"] != "x" || out.warned["columns-split"] != 1 {
		t.Errorf("got %v, warned %v, places %v", cells, out.warned, places)
	}
}

func TestLongTextsStandInPartsOfTheirOwn(t *testing.T) {
	s := sample{schema: columnsOf("a"), rows: [][]any{
		{strings.Repeat("x", maxCellText)}, {strings.Repeat("é", maxCellText)}, {strings.Repeat("𝄞", maxCellText/2)}, {strings.Repeat("x", maxCellText+1)}, {strings.Repeat("𝄞", maxCellText)},
	}}
	f, _ := Lookup("xlsx")
	out := writeSamples(t, f, Options{}, []sample{s})
	x := openSheets(t, out)
	rows, _ := x.GetRows("t")
	for i, want := range []string{"xxx", "ééé", "𝄞𝄞", "[32768 characters: see sheet _long from row 2]", "[65534 characters: see sheet _long from row 4]"} {
		if !strings.HasPrefix(rows[i+1][0], want) {
			t.Errorf("row %d: %.60s", i, rows[i+1][0])
		}
	}
	if got := x.GetSheetList(); !slices.Equal(got, []string{"t", "_long", "_tables"}) {
		t.Errorf("got %v", got)
	}
	if out.warned["long-cell"] != 1 {
		t.Errorf("warned %v", out.warned)
	}
}

func TestSheetNames(t *testing.T) {
	var n sheetNames
	for _, c := range []struct{ in, want string }{
		{"Orders", "Orders"}, {"orders", "orders (2)"}, {"", "_"}, {"history", "history (2)"}, {"a[b]:*?/\\c", "a_b______c"},
		{"'quoted'", "quoted"}, {"Catalog~Products~Product~Prices~Price", "ts~Product~Prices~Price"},
		{strings.Repeat("𝄞", 20), strings.Repeat("𝄞", 15)}, {"x\x01", "x_"},
	} {
		got := n.of(c.in)
		if !strings.HasSuffix(got, c.want) || utf16Length([]byte(got)) > 31 {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
	if got := columnLetters(0) + columnLetters(25) + columnLetters(26) + columnLetters(701) + columnLetters(702) + columnLetters(16383); got != "AZAAZZAAAXFD" {
		t.Errorf("got %s", got)
	}
}

func TestSheetNumbers(t *testing.T) {
	for _, v := range []string{"0", "-5", "1.5", "-0.001", "123456789012345"} {
		if !isSheetNumber([]byte(v)) {
			t.Errorf("%s is a number", v)
		}
	}
	for _, v := range []string{"", "-", "-0", "007", "1.50", "-0.0", "1.", ".5", "+5", "1e5", "1234567890123456", "INF"} {
		if isSheetNumber([]byte(v)) {
			t.Errorf("%s is a text", v)
		}
	}
}

func TestAnEmptyWorkbookOpens(t *testing.T) {
	f, _ := Lookup("xlsx")
	out := writeSamples(t, f, Options{}, nil)
	if got := openSheets(t, out).GetSheetList(); !slices.Equal(got, []string{"_tables"}) {
		t.Errorf("got %v", got)
	}
}

func BenchmarkSets(b *testing.B) {
	schema := columnsOf("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
	schema.Columns[1].Type = table.Integer
	schema.Columns[1].Stats = &table.Stats{Values: 1}
	row := rowOf("plain", "12345", "Some longer text of a cell", "2024-01-31", "x", nil, "", "value 10", "value 20", "text & <more>")
	for _, f := range All() {
		b.Run(f.Name, func(b *testing.B) {
			dir, err := CreateDir(filepath.Join(b.TempDir(), "out"), DirOptions{NoSync: true})
			if err != nil {
				b.Fatal(err)
			}
			defer dir.Abort()
			set, err := f.OpenSet(dir, "x", Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer set.Abort()
			w, err := set.Table(schema)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := w.Write(row); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			if err := set.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
