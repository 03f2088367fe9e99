package report

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retable/internal/diff"
	"retable/internal/table"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update writes it); got:\n%s", name, got)
	}
}

// source is a side in memory. Cells that are null are "∅".
type source struct {
	name   string
	files  []diff.File
	tables []*table.Schema
	rows   map[string][][]string
	fileOf map[string][]int // file of each row
}

const null = "∅"

// newSource has one file per path given.
func newSource(name string, paths ...string) *source {
	s := &source{name: name, rows: map[string][][]string{}, fileOf: map[string][]int{}}
	for i, p := range paths {
		s.files = append(s.files, diff.File{ID: i + 1, Path: p})
	}
	return s
}

// add adds a table; file is the row's, all in the first by default.
func (s *source) add(name, columns string, rows ...string) *source {
	schema := &table.Schema{Name: name, Path: "/" + strings.ReplaceAll(name, "~", "/")}
	for _, c := range strings.Split(columns, "|") {
		schema.Columns = append(schema.Columns, table.Column{Name: c, XPath: c, Path: schema.Path + "/" + c})
	}
	s.tables = append(s.tables, schema)
	for _, r := range rows {
		s.rows[name] = append(s.rows[name], strings.Split(r, "|"))
	}
	return s
}

func (s *source) Name() string            { return s.name }
func (s *source) Files() []diff.File      { return s.files }
func (s *source) Tables() []*table.Schema { return s.tables }

func (s *source) Open(_ context.Context, name string) (table.RowReader, error) {
	for _, t := range s.tables {
		if t.Name == name {
			return &rowsReader{s: s, schema: t}, nil
		}
	}
	return nil, fmt.Errorf("no table %s", name)
}

type rowsReader struct {
	s      *source
	schema *table.Schema
	at     int
}

func (r *rowsReader) Schema() *table.Schema { return r.schema }
func (r *rowsReader) Close() error          { return nil }

func (r *rowsReader) Read(row *table.Row) error {
	rows := r.s.rows[r.schema.Name]
	if r.at == len(rows) {
		return io.EOF
	}
	row.Reset(len(r.schema.Columns))
	row.Pos = table.Position{Line: int64(r.at + 2)}
	if files := r.s.fileOf[r.schema.Name]; files != nil {
		row.Pos.File = files[r.at]
	}
	for i, v := range rows[r.at] {
		if v != null {
			row.SetString(i, v)
		}
	}
	r.at++
	return nil
}

// compare runs the engine into reports.
func compare(t *testing.T, left, right diff.Source, opts diff.Options, reports ...Report) *diff.Result {
	t.Helper()
	opts.Scratch = t.TempDir()
	opts.Workers = 2
	all := All(reports...)
	res, err := diff.Compare(t.Context(), left, right, opts, all)
	if err != nil {
		t.Fatal(err)
	}
	if err := all.Finish(res); err != nil {
		t.Fatal(err)
	}
	if err := all.Close(); err != nil {
		t.Fatal(err)
	}
	return res
}

// head is that of tests: without version and time.
func head(left, right diff.Source, opts diff.Options) Head {
	side := func(s diff.Source) Side {
		return Side{Name: s.Name(), Form: "csv", Files: len(s.Files()), Tables: len(s.Tables())}
	}
	return Head{Left: side(left), Right: side(right), Options: Settings(opts)}
}

// shop is a pair of sides with every sort of difference.
func shop() (left, right *source) {
	left = newSource("old", "orders.xml", "gone.xml").
		add("orders", "@id|customer|zip|total|note|old",
			"1|Ann|01234|10.00|first|x", "2|Bo <b>|20095|7|a->b|x", "3|Cy|80331|8.5|∅|x", "4|Dee|10115|9||x",
			"5|Eve|50667|12|quiet|x", "6|Flo|70173|13|The quick brown fox|x", "7|Gus|60311|14|NULL|x", "8|Hal|01067|15|same|x").
		add("lost", "a|b", "1|2").
		add("same", "k|v", "1|one", "2|two", "3|three")
	left.fileOf["orders"] = []int{0, 0, 0, 0, 0, 0, 0, 1}
	right = newSource("new", "orders.xml", "come.xml").
		add("orders", "@id|customer|postcode|total|note|new",
			"1|Ann|01234|10.0|first|n1", "2|Bo <b>|20095|7|a->c|n2", "3|Cy|80331|8.6||∅", "4|Dee|10115|9|∅|n4",
			"6|Flo|70173|13|The quick red fox|n6", "7|Gus|60311|14|∅|n7", "9|Ida|04109|16|NULL|n9", "10|=1+1|04109|16|_NULL|n9").
		add("found", "c", "<i>new</i>").
		add("same", "k|v", "1|one", "2|two", "3|three")
	right.fileOf["orders"] = []int{0, 0, 0, 0, 0, 0, 1, 1}
	return left, right
}

var shopOptions = diff.Options{
	Tables: map[string]diff.Rules{"orders": {Key: []string{"@id"}}},
	Rules:  diff.Rules{Tolerances: map[string]diff.Tolerance{"total": {Abs: "0.01", Rel: "0.001"}}, Cells: diff.CellRules{Trim: true}},
	Pins:   []diff.PairPin{{Left: "gone.xml", Right: "come.xml", Apart: true}},
}

// files is a folder in memory.
type files map[string]*bytes.Buffer

func (f files) create(name string) (io.WriteCloser, error) {
	b := &bytes.Buffer{}
	f[name] = b
	return nopClose{b}, nil
}

type nopClose struct{ io.Writer }

func (nopClose) Close() error { return nil }
