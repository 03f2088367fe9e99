package format

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/table"
)

// readAll reads a file back; nulls are "∅".
func readAll(t testing.TB, name, content string, opts ReadOptions) (*table.Schema, [][]string, []string, error) {
	t.Helper()
	f, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.NewReader(io.NopCloser(strings.NewReader(content)), opts)
	if err != nil {
		return nil, nil, nil, err
	}
	defer r.Close()
	var rows [][]string
	var row table.Row
	for {
		err := r.Read(&row)
		if err == io.EOF {
			return r.Schema(), rows, r.Oddities(), nil
		}
		if err != nil {
			return r.Schema(), rows, nil, err
		}
		var cells []string
		for i := range row.Cells {
			v, ok := row.Value(i)
			if !ok {
				v = []byte("∅")
			}
			cells = append(cells, string(v))
		}
		rows = append(rows, cells)
	}
}

// TestReadsWhatItWrites: every line format gives back the cells that were
// written, null and empty told apart.
func TestReadsWhatItWrites(t *testing.T) {
	value := rapid.SampledFrom([]string{
		"", "∅", "a", "a,b", `say "x"`, "line\nend", "cr\r\nlf", "tab\there", `back\slash`, `\N`, `\t`, "=1+1", "'=x", "'", "-5", "-x", "@x", "été", "007", "1.50", "true", " x ", "a;b", `"`, "\t=x",
	})
	rapid.Check(t, func(rt *rapid.T) {
		schema := &table.Schema{Name: "t", Columns: []table.Column{
			{Name: "@id"}, {Name: "n", Type: table.Decimal}, {Name: `odd "name", \ ;`}, {Name: "list[*]", Form: table.List}, {Name: "b", Type: table.Boolean},
		}}
		opts := Options{
			Guard: rapid.Bool().Draw(rt, "guard"), BOM: rapid.Bool().Draw(rt, "bom"), CRLF: rapid.Bool().Draw(rt, "crlf"),
			Separator: rapid.SampledFrom([]byte{0, ';', '\t', '|'}).Draw(rt, "separator"),
		}
		var want [][]string
		for range rapid.IntRange(0, 6).Draw(rt, "rows") {
			var cells []string
			for i := range schema.Columns {
				if i == 3 {
					cells = append(cells, rapid.SampledFrom([]string{"∅", `["a",null]`, `[]`, `[["x,y"]]`}).Draw(rt, "list"))
					continue
				}
				cells = append(cells, value.Draw(rt, "cell"))
			}
			want = append(want, cells)
		}
		for _, name := range []string{"csv", "tsv", "jsonl"} {
			f, err := Lookup(name)
			if err != nil {
				rt.Fatal(err)
			}
			enc := f.Line(schema, opts)
			out := enc.AppendHeader(nil)
			for _, cells := range want {
				var row table.Row
				row.Reset(len(cells))
				for i, v := range cells {
					if v != "∅" {
						row.SetString(i, v)
					}
				}
				out = enc.AppendRow(out, &row)
			}
			_, got, odd, err := readAll(t, name, string(out), ReadOptions{Schema: schema, Separator: opts.Separator, Guarded: opts.Guard})
			if err != nil || len(odd) > 0 {
				rt.Fatalf("%s: %v %v in\n%s", name, err, odd, out)
			}
			if !slices.EqualFunc(got, want, slices.Equal) {
				rt.Fatalf("%s: got %q, want %q from\n%s", name, got, want, out)
			}
		}
	})
}

// TestForeignFiles: what other programs write.
func TestForeignFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		format, content string
		columns         string
		rows            string // cells by |, rows by /
		odd             string
	}{
		"plain":                     {"csv", "a,b\n1,2\n", "a|b", "1|2", ""},
		"BOM and CR LF":             {"csv", "\ufeffa,b\r\n1,2\r\n", "a|b", "1|2", ""},
		"no line end":               {"csv", "a,b\n1,2", "a|b", "1|2", ""},
		"quoted line ends":          {"csv", "a,b\n\"x\ny\",\"\"\"q\"\"\"\n", "a|b", "x\ny|\"q\"", ""},
		"semicolons":                {"csv", "a;b\n1,5;2\n", "a|b", "1,5|2", ""},
		"tabs":                      {"csv", "a\tb\n1\t2\n", "a|b", "1|2", ""},
		"bars":                      {"csv", "a|b|c\n1|2|3\n", "a|b|c", "1|2|3", ""},
		"separator in a header":     {"csv", "\"a;b;c\",d\n1,2\n", "a;b;c|d", "1|2", ""},
		"all empty cells are null":  {"csv", "a,b\n\"\",\n", "a|b", "∅|∅", ""},
		"short rows":                {"csv", "a,b,c\n1\n1,2,3\n", "a|b|c", "1|∅|∅/1|2|3", "fewer cells than the header: 1"},
		"blank lines":               {"csv", "a,b\n\n1,2\n\n", "a|b", "1|2", "blank lines that were passed over: 2"},
		"one column":                {"csv", "a\n1\n\"\"\n2\n", "a", "1/∅/2", ""},
		"header only":               {"csv", "a,b\n", "a|b", "", ""},
		"headers without a name":    {"csv", "a,,c\n1,2,3\n", "a|column 2|c", "1|2|3", ""},
		"headers twice":             {"csv", "a,a\n1,2\n", "a|a", "1|2", ""},
		"separator at the end":      {"csv", "a,b\n1,2,\n", "a|b", "1|2", ""},
		"quote inside a cell":       {"csv", "a,b\n5\" pipe,2\n", "a|b", "5\" pipe|2", ""},
		"tsv":                       {"tsv", "a\tb\n1\\t2\t\\N\n\t\\x\n", "a|b", "1\t2|∅/|\\x", ""},
		"tsv with blank lines":      {"tsv", "a\tb\n\n1\n", "a|b", "1|∅", "blank"},
		"tsv, backslash at the end": {"tsv", "a\nx\\\n", "a", "x\\", ""},
		"long line":                 {"csv", "a,b\n" + strings.Repeat("x", 1<<19) + ",2\n", "a|b", strings.Repeat("x", 1<<19) + "|2", ""},
	} {
		schema, rows, odd, err := readAll(t, tt.format, tt.content, ReadOptions{Name: "t"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var columns, lines []string
		for _, c := range schema.Columns {
			columns = append(columns, c.Name)
		}
		for _, r := range rows {
			lines = append(lines, strings.Join(r, "|"))
		}
		if got := strings.Join(columns, "|"); got != tt.columns {
			t.Errorf("%s: got the columns %q, want %q", name, got, tt.columns)
		}
		if got := strings.Join(lines, "/"); got != tt.rows {
			t.Errorf("%s: got %.200q, want %.200q", name, got, tt.rows)
		}
		if got := strings.Join(odd, "; "); tt.odd == "" && got != "" || !strings.Contains(got, tt.odd) {
			t.Errorf("%s: got the oddities %q, want %q", name, got, tt.odd)
		}
	}
}

// TestUnreadable: what is wrong is said with its line.
func TestUnreadable(t *testing.T) {
	schema := &table.Schema{Name: "t", Columns: []table.Column{{Name: "a"}, {Name: "b"}}}
	for name, tt := range map[string]struct {
		format, content string
		schema          *table.Schema
		says            string
	}{
		"empty":                     {"csv", "", nil, "line 1: the file is empty: not even a header"},
		"only blank lines":          {"csv", "\n\n", nil, "empty"},
		"empty tsv":                 {"tsv", "", nil, "empty"},
		"UTF-16":                    {"csv", "\xff\xfea\x00", nil, "UTF-16: save it as UTF-8"},
		"Latin-1":                   {"csv", "a,b\nM\xfcller,2\n", nil, "line 2: byte 2 (0xFC) is not UTF-8"},
		"Latin-1 tsv":               {"tsv", "a\tb\nM\xfcller\t2\n", nil, "line 2"},
		"Latin-1 tsv header":        {"tsv", "\xfc\tb\n", nil, "line 1"},
		"too many cells":            {"csv", "a,b\n1,2\n1,2,3\n", nil, "line 3: 3 cells, but the header has 2"},
		"too many cells in tsv":     {"tsv", "a\tb\n1\t2\t3\n", nil, "line 2: more cells than the 2"},
		"quote never closed":        {"csv", "a,b\n1,2\n\"x,2\n3,4\n", nil, "line 3: a quoted cell that begins here is never closed"},
		"quote in the middle":       {"csv", "a,b\n\"x\"y,2\n", nil, "line 2: a quoted cell goes on behind its closing quote"},
		"header of another":         {"csv", "a,c\n1,2\n", schema, `column 2 is called "c", datapackage.json says "b"`},
		"fewer columns":             {"csv", "a\n1\n", schema, "the header has 1 columns, datapackage.json says 2"},
		"no JSON":                   {"jsonl", "{\"a\":1}\n[\n", schema, "line 2: no JSON object"},
		"JSON of another":           {"jsonl", "{\"x\":1}\n", schema, "line 1: a member is no column"},
		"JSON in Latin-1":           {"jsonl", "{\"a\":\"\xfc\"}\n", schema, "line 1: byte 7"},
		"JSON Lines without theirs": {"jsonl", "{}\n", nil, "datapackage.json"},
		"parquet":                   {"parquet", "", nil, "only csv, tsv and jsonl can"},
	} {
		_, _, _, err := readAll(t, tt.format, tt.content, ReadOptions{Name: "t", Schema: tt.schema})
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", name, err, tt.says)
		} else if tt.format != "parquet" && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v is not ErrMalformed", name, err)
		}
	}
}

// broken is a file that can't be read further.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrClosedPipe
	}
	return n, err
}

func (broken) Close() error { return nil }

func TestReadFails(t *testing.T) {
	for _, name := range []string{"csv", "tsv"} {
		for _, content := range []string{"", "a,b\n1", "a,b\n\"x"} {
			f, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := f.NewReader(broken{strings.NewReader(content)}, ReadOptions{Name: "t"})
			if err == nil {
				err = r.Read(&table.Row{})
			}
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s %q: got %v", name, content, err)
			}
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\n\"x\n\"\"y\";\r\n", "\ufeff\"a\"\n\n", "a\tb\n\\N\t\\t\n", "\"", "a,\n,\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range []string{"csv", "tsv"} {
			schema, rows, _, err := readAll(t, name, s, ReadOptions{Name: "t"})
			if err != nil {
				if !errors.Is(err, ErrMalformed) {
					t.Fatalf("%v", err)
				}
				continue
			}
			// What was read is written and read again, the same.
			fm, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			enc := fm.Line(schema, Options{})
			var b bytes.Buffer
			b.Write(enc.AppendHeader(nil))
			for _, cells := range rows {
				var row table.Row
				row.Reset(len(cells))
				for i, v := range cells {
					if v != "∅" {
						row.SetString(i, v)
					}
				}
				b.Write(enc.AppendRow(nil, &row))
			}
			_, again, _, err := readAll(t, name, b.String(), ReadOptions{Schema: schema})
			if err != nil || len(again) != len(rows) || len(schema.Columns) > 1 && !slices.EqualFunc(again, rows, slices.Equal) {
				t.Fatalf("%q: read %q, then %q (%v)", s, rows, again, err)
			}
		}
	})
}
