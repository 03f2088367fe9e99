package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"retable/internal/diff"
	"retable/internal/format"
)

func TestGoldens(t *testing.T) {
	left, right := shop()
	h := head(left, right, shopOptions)
	var lines, long, page, sum bytes.Buffer
	csvReport, err := NewCSV(&long, h, true)
	if err != nil {
		t.Fatal(err)
	}
	html, err := NewHTML(&page, h, t.TempDir(), HTMLOptions{Elsewhere: "changes.csv"})
	if err != nil {
		t.Fatal(err)
	}
	daff := files{}
	res := compare(t, left, right, shopOptions, NewJSONL(&lines, h), csvReport, html, NewSummary(&sum, h), NewDaff(t.Context(), left, daff.create))
	golden(t, "shop.jsonl", lines.Bytes())
	golden(t, "shop.csv", long.Bytes())
	golden(t, "shop.html", page.Bytes())
	golden(t, "shop.json", sum.Bytes())
	for name, b := range daff {
		golden(t, "shop-"+name, b.Bytes())
	}
	if want := []string{"found.daff.csv", "lost.daff.csv", "orders.daff.csv"}; len(daff) != len(want) {
		t.Errorf("got %d daff files, want %q", len(daff), want)
	}
	if res.Same() {
		t.Error("the two sides are not the same")
	}
}

// TestLinesAreChanges: every line is an object with an op, options stand
// first and the result last, and changes say old and new.
func TestLinesAreChanges(t *testing.T) {
	left, right := shop()
	var b bytes.Buffer
	compare(t, left, right, shopOptions, NewJSONL(&b, head(left, right, shopOptions)))
	var ops []string
	for line := range strings.Lines(b.String()) {
		var o struct {
			Op      string    `json:"op"`
			Options []Setting `json:"options"`
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, o.Op)
		if o.Op == "comparison" && !slices.Contains(o.Options, Setting{"key (table orders)", "@id"}) {
			t.Errorf("the options lack the key: %v", o.Options)
		}
	}
	if ops[0] != "comparison" || ops[len(ops)-1] != "result" {
		t.Errorf("got %s first and %s last", ops[0], ops[len(ops)-1])
	}
	for _, op := range []diff.Op{
		diff.FileAdded, diff.FileRemoved, diff.TableAdded, diff.TableRemoved, diff.ColumnAdded, diff.ColumnRemoved,
		diff.ColumnRenamed, diff.RowAdded, diff.RowRemoved, diff.CellChanged, diff.CellAdded,
	} {
		if !slices.Contains(ops, string(op)) {
			t.Errorf("no line of op %s", op)
		}
	}
}

// TestLongCSV: nulls and empty values are told apart, formulas are defused
// where asked.
func TestLongCSV(t *testing.T) {
	left, right := shop()
	for _, guard := range []bool{true, false} {
		var b bytes.Buffer
		r, err := NewCSV(&b, head(left, right, diff.Options{}), guard)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, left, right, diff.Options{Rules: diff.Rules{Tolerances: shopOptions.Rules.Tolerances}}, r)
		rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows[0]) != colCount || rows[1][colOp] != "option" {
			t.Errorf("got the head %q and the first row %q", rows[0], rows[1])
		}
	}
}

// TestWorkbook: four sheets, and what they say.
func TestWorkbook(t *testing.T) {
	left, right := shop()
	dir, err := format.CreateDir(filepath.Join(t.TempDir(), "out"), format.DirOptions{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Abort()
	x, err := NewXLSX(dir, "comparison", head(left, right, shopOptions), nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, left, right, shopOptions, x)
	if err := format.WritePackage(dir, format.Package{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := dir.Commit(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(filepath.Join(dir.Path(), "comparison.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := f.GetSheetList(), []string{"Summary", "Files", "Columns", "Changes"}; !slices.Equal(got, want) {
		t.Fatalf("got the sheets %q, want %q", got, want)
	}
	say := func(sheet string, want ...string) {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if len(row) >= len(want) && slices.Equal(row[:len(want)], want) {
				return
			}
		}
		t.Errorf("sheet %s has no row %q in %q", sheet, want, rows)
	}
	say("Summary", "left", "old")
	say("Summary", "key (table orders)", "@id")
	say("Summary", "rows added", "3")
	say("Files", "orders.xml", "orders.xml", "path")
	say("Columns", "orders", "zip", "postcode", "renamed")
	say("Changes", "row_removed", "content", "orders", "orders.xml")
}

func TestAbandonedWorkbook(t *testing.T) {
	dir, err := format.CreateDir(filepath.Join(t.TempDir(), "out"), format.DirOptions{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	x, err := NewXLSX(dir, "comparison", Head{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	dir.Abort()
}

var errFull = errors.New("no space left on device")

// full is a disk that takes n bytes.
type full struct{ n int }

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func (f *full) Close() error { return nil }

// TestFullDisk: a write that fails is told, by every report.
func TestFullDisk(t *testing.T) {
	left, right := shop()
	h := head(left, right, shopOptions)
	for name, open := range map[string]func(w *full) (Report, error){
		"jsonl": func(w *full) (Report, error) { return NewJSONL(w, h), nil },
		"csv":   func(w *full) (Report, error) { return NewCSV(w, h, false) },
		"json":  func(w *full) (Report, error) { return NewSummary(w, h), nil },
		"html":  func(w *full) (Report, error) { return NewHTML(w, h, t.TempDir(), HTMLOptions{}) },
		"daff": func(w *full) (Report, error) {
			return NewDaff(context.Background(), left, func(string) (io.WriteCloser, error) { return w, nil }), nil
		},
	} {
		r, err := open(&full{10})
		if err == nil {
			var res *diff.Result
			res, err = diff.Compare(t.Context(), left, right, diff.Options{Scratch: t.TempDir()}, r)
			if err == nil {
				err = r.Finish(res)
			}
			if cerr := r.Close(); cerr != nil && name != "daff" {
				t.Errorf("%s: close: %v", name, cerr)
			}
		}
		if !errors.Is(err, errFull) {
			t.Errorf("%s: got %v, want %v", name, err, errFull)
		}
	}
	if _, err := NewHTML(&full{}, h, filepath.Join(t.TempDir(), "nowhere"), HTMLOptions{}); err == nil {
		t.Error("a scratch folder that isn't there was taken")
	}
}

func TestKinds(t *testing.T) {
	for _, k := range Kinds() {
		if got, err := LookupKind(" " + strings.ToUpper(k.Name)); err != nil || got != k {
			t.Errorf("%s: got %v, %v", k.Name, got, err)
		}
	}
	if _, err := LookupKind("pdf"); err == nil || !strings.Contains(err.Error(), "html, xlsx, jsonl, csv, daff, json") {
		t.Errorf("got %v", err)
	}
}

func TestSettings(t *testing.T) {
	got := Settings(diff.Options{
		Rules: diff.Rules{Keyless: true, Ignore: []string{"stamp", "@rev*"}, Tolerances: map[string]diff.Tolerance{"when": {DateSeconds: 60}, "x": {}}},
		Tables: map[string]diff.Rules{"t": {
			Key: []string{"a", "b"}, Cells: diff.CellRules{IgnoreCase: true, CollapseSpace: true, AsText: true, NullTokens: []string{"NA"}},
			Columns: map[string]diff.CellRules{"c": {Trim: true}, "d": {}},
		}},
		Pins: []diff.PairPin{{Left: "a.xml", Right: "b.xml"}, {Left: "c.xml", Apart: true}},
	})
	want := []Setting{
		{"key", "none: rows are matched by likeness"},
		{"ignored columns", "stamp, @rev*"},
		{"tolerance of when", "60 seconds"},
		{"tolerance of x", "0"},
		{"equal values", "case and space count; spellings of one number, date or Unicode text are the same value"},
		{"key (table t)", "a + b"},
		{"equal values (table t)", `case is ignored; runs of space count as one; compared as text, not as numbers or dates; ["NA"] count as null`},
		{"equal values in c (table t)", "outer space is ignored"},
		{"equal values in d (table t)", "as they are"},
		{"paired files", "a.xml = b.xml"},
		{"files kept apart", "c.xml from all others"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestSummaryIsCertain: a partial file makes the answer uncertain, unless the
// other side has the same bytes.
func TestSummaryIsCertain(t *testing.T) {
	for name, tt := range map[string]struct {
		sum  [2]string
		gaps bool
		want bool
	}{
		"same bytes": {[2]string{"ab", "ab"}, false, true}, "other bytes": {[2]string{"ab", "cd"}, false, false},
		"not known": {[2]string{"", ""}, false, false}, "files are missing": {[2]string{"ab", "ab"}, true, false},
	} {
		left, right := newSource("a", "x.xml").add("t", "k", "1"), newSource("b", "x.xml").add("t", "k", "1")
		left.files[0].Partial, left.files[0].SHA256, right.files[0].SHA256 = true, tt.sum[0], tt.sum[1]
		res := compare(t, left, right, diff.Options{})
		if got := Summarise(Head{Left: Side{Gaps: tt.gaps}}, res).Certain; got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestScratchIsSwept(t *testing.T) {
	dir := t.TempDir()
	r, err := NewHTML(&bytes.Buffer{}, Head{}, dir, HTMLOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
