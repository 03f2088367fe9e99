package format

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"retable/internal/table"
)

// sample is a table with its rows; nil is null.
type sample struct {
	schema *table.Schema
	rows   [][]any
}

func column(name string, typ table.Type, form table.Form) table.Column {
	return table.Column{
		Name: name, XPath: strings.ReplaceAll(name, "[*]", ""), Type: typ, Form: form,
		Stats: &table.Stats{Values: 1},
	}
}

// hostile are the tables that every format must carry without loss.
func hostile() []sample {
	size := 1 << 16 // 1.1 MB
	if testing.Short() {
		size = 1 << 12
	}
	huge := strings.Repeat("0123456789 é𝄞\n", size)
	values := sample{schema: &table.Schema{Name: "Root~values", Path: "/Root/values"}}
	for _, n := range []string{"@id", "Name/First", `quo"te`, "com,ma", "list[*]/@x", "=formula", "_x0041_"} {
		values.schema.Columns = append(values.schema.Columns, column(n, table.Text, table.Scalar))
	}
	for _, v := range []any{
		nil, "", "plain", "007", "1.10", "+5", "-0", "1e5", " outer spaces ", "a,b", `"`, `""`, `say "hi"`, "'", "line\nfeed", "carriage\rreturn", "crlf\r\nend", "tab\tstop",
		"\n", "\r", "\t", ",", "\\", `\N`, `\t`, "null", "NULL", "é", "𝄞 clef", "שלום עולם", "مرحبا", "\u200f\u202eRTL", "\u00a0nbsp\u00a0", "\u2028\u2029", "\ufeffBOM", "\ufffd", "\ufffe",
		"\x01\x02\x08\x0b\x0c\x0e\x1f", "\x7f\u0085", "_x0041_", "_x000D_", "_x_", "__x0041__", "_x005F_x0041_", "=1+1", "+A1", "-A1", "@SUM(A1)", "=cmd|' /C calc'!A0",
		"12345678901234567890", "<b>&amp;</b>", "]]>", "{\"a\":1}", huge,
	} {
		// Each value meets itself, null, the empty string and text.
		values.rows = append(values.rows, []any{v, "x", v, nil, v, "", v})
	}
	typed := sample{schema: &table.Schema{Name: "Root~typed", Columns: []table.Column{
		column("i", table.Integer, table.Scalar), column("d", table.Decimal, table.Scalar), column("b", table.Boolean, table.Scalar),
		column("day", table.Date, table.Scalar), column("at", table.DateTime, table.Scalar), column("t", table.Time, table.Scalar),
	}}, rows: [][]any{
		{"0", "0", "true", "1970-01-01", "2024-02-29T12:00:00.123456789+02:00", "23:59:59Z"},
		{"-1", "-0.0", "false", "1969-12-31", "2024-02-29T12:00:00", "00:00:00"},
		{strconv.Itoa(math.MaxInt64), "79500.00", "true", "9999-12-31", "0001-01-01T00:00:00Z", "12:00:00.5"},
		{strconv.Itoa(math.MinInt64), "12345678901234567890.123456789", "false", "0001-01-01", nil, nil},
		{"9007199254740993", "1e400", nil, "2024-02-29", nil, nil},
		{"123456789012345", "0.1", nil, nil, nil, nil},
		{"1234567890123456", "INF", nil, nil, nil, nil},
		{nil, "0.000001", nil, nil, nil, nil},
		{"7", "1.5E-7", nil, nil, nil, nil},
	}}
	one := sample{schema: &table.Schema{Name: "one", Columns: []table.Column{column("only", table.Text, table.Scalar)}}, rows: [][]any{{"a"}, {nil}, {"b"}, {""}, {" "}}}
	empty := sample{schema: &table.Schema{Name: "empty", Columns: []table.Column{column("a", table.Text, table.Scalar), column("b", table.Integer, table.Scalar)}}}
	forms := sample{schema: &table.Schema{Name: "forms", Columns: []table.Column{
		column("l[*]", table.Integer, table.List), column("j", table.Text, table.JSON), column("x", table.Text, table.XML),
	}}, rows: [][]any{
		{`["1",null,"a\nb"]`, `{"a":["é",{"b":"\u0001"}],"n":"1.10"}`, "<p>a <b>b</b></p>"},
		{`[["1"],[]]`, `[]`, ""},
		{nil, nil, nil},
	}}
	wide := sample{schema: &table.Schema{Name: "wide"}}
	row, sparse := make([]any, 2100), make([]any, 2100)
	for i := range row {
		wide.schema.Columns = append(wide.schema.Columns, column(fmt.Sprintf("group/column%d", i), table.Text, table.Scalar))
		row[i] = fmt.Sprint("v", i)
	}
	sparse[0], sparse[2099] = "first", "last"
	wide.rows = [][]any{row, sparse}
	return []sample{values, typed, one, empty, forms, wide}
}

// dataset is a written data set in a folder with the files of its tables.
type dataset struct {
	folder string
	files  map[string]string // table -> path; "" for the one file of all
	warned map[string]int
}

func writeSamples(t *testing.T, f Format, opts Options, samples []sample) dataset {
	t.Helper()
	out := dataset{folder: filepath.Join(t.TempDir(), "out"), files: map[string]string{}, warned: map[string]int{}}
	opts.Warn = func(w Warning) { out.warned[w.Code]++ }
	dir := newDir(t, out.folder, DirOptions{NoSync: true})
	set, err := f.OpenSet(dir, "data", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Abort()
	var writers []table.RowWriter
	for _, s := range samples {
		w, err := set.Table(s.schema)
		if err != nil {
			t.Fatal(err)
		}
		writers = append(writers, w)
	}
	// Rows of all tables take turns, as in a conversion to relational tables.
	for r, more := 0, true; more; r++ {
		more = false
		for i, s := range samples {
			if r < len(s.rows) {
				more = true
				if err := writers[i].Write(rowOf(s.rows[r]...)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, w := range writers {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := set.Close(); err != nil {
		t.Fatal(err)
	}
	set.Abort() // does nothing after Close
	if filer, ok := set.(Filer); ok {
		for name, schema := range filer.TableFiles() {
			out.files[schema.Name] = filepath.Join(out.folder, name)
		}
	}
	if err := dir.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		if out.files[s.schema.Name] == "" {
			out.files[s.schema.Name] = filepath.Join(out.folder, "data"+f.Ext)
		}
	}
	return out
}

// reader reads a table's header and rows back; a nil header is not compared.
type reader func(t *testing.T, path string, s sample) (header []string, rows [][]any)

func TestEveryFormatCarriesEveryTable(t *testing.T) {
	samples := hostile()
	readers := map[string]map[string]reader{
		"csv":     {"python": python("csv"), "duckdb": duck("csv", samples)},
		"tsv":     {"copy rules": readTSV},
		"jsonl":   {"python": python("jsonl")},
		"parquet": {"parquet-go": readParquet, "duckdb": duck("parquet", samples)},
		"xlsx":    {"excelize": readXLSX},
		"sqlite":  {"python": python("sqlite"), "tabledb": readTabledb},
	}
	for _, f := range All() {
		t.Run(f.Name, func(t *testing.T) {
			if len(readers[f.Name]) == 0 {
				t.Fatal("no reader: a format is not done before something else can read it")
			}
			out := writeSamples(t, f, Options{}, samples)
			for name, read := range readers[f.Name] {
				for _, s := range samples {
					t.Run(name+"/"+s.schema.Name, func(t *testing.T) {
						header, rows := read(t, out.files[s.schema.Name], s)
						compare(t, f.Name, name, s, header, rows)
					})
				}
			}
		})
	}
}

func compare(t *testing.T, format, reader string, s sample, header []string, rows [][]any) {
	t.Helper()
	nameless := format == "jsonl" && len(s.rows) == 0 // only its lines have names
	if header != nil && len(header) != len(s.schema.Columns) && !nameless {
		t.Fatalf("got %d columns, want %d", len(header), len(s.schema.Columns))
	}
	for i := range header {
		if want := s.schema.Columns[i].Name; header[i] != want {
			t.Errorf("column %d: got %q, want %q", i, header[i], want)
		}
	}
	if len(rows) != len(s.rows) {
		t.Fatalf("got %d rows, want %d", len(rows), len(s.rows))
	}
	for r := range s.rows {
		for c, want := range s.rows[r] {
			got := rows[r][c]
			if b, ok := got.(bool); ok {
				got = strconv.FormatBool(b)
			}
			if n, ok := got.(float64); ok {
				got = strconv.FormatFloat(n, 'f', -1, 64)
			}
			if format == "csv" && want == nil && (reader == "python" || len(s.rows[r]) == 1) {
				want = "" // this reader, or a row that must not be blank, can't tell
			}
			if s.schema.Columns[c].Form == table.JSON || s.schema.Columns[c].Form == table.List {
				got, want = sameJSON(got), sameJSON(want)
			}
			if got != want {
				t.Errorf("row %d column %s: got %.200q, want %.200q", r, s.schema.Columns[c].Name, got, want)
			}
		}
	}
}

// sameJSON brings JSON to one spelling; formats may change its escapes.
func sameJSON(v any) any {
	text, ok := v.(string)
	var any any
	if !ok || json.Unmarshal([]byte(text), &any) != nil {
		return v
	}
	b, _ := json.Marshal(any)
	return string(b)
}
