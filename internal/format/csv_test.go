package format

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/table"
)

// rowOf builds a row; nil is null. Flags are those a producer would set.
func rowOf(values ...any) *table.Row {
	row := &table.Row{}
	row.Reset(len(values))
	for i, v := range values {
		if s, ok := v.(string); ok {
			var flags table.CellFlags
			if !strings.ContainsAny(s, ",\"\r\n\t") {
				flags = table.Plain
			}
			row.Set(i, []byte(s), flags)
		}
	}
	return row
}

// columnsOf builds a schema of text columns.
func columnsOf(names ...string) *table.Schema {
	s := &table.Schema{Name: "t"}
	for _, n := range names {
		s.Columns = append(s.Columns, table.Column{Name: n, XPath: n, Type: table.Text})
	}
	return s
}

func TestCSVRows(t *testing.T) {
	for _, c := range []struct {
		name string
		opts Options
		row  []any
		want string
	}{
		{"plain cells stand bare", Options{}, []any{"a", "b c", " d "}, "a,b c, d \n"},
		{"null is empty, the empty string is quoted", Options{}, []any{nil, "", "x"}, ",\"\",x\n"},
		{"grammar's characters are quoted", Options{}, []any{"a,b", `q"q`, "l\nl", "r\rr", "t\tt"}, "\"a,b\",\"q\"\"q\",\"l\nl\",\"r\rr\",t\tt\n"},
		{"a value of quotes", Options{}, []any{`""`, `"`}, "\"\"\"\"\"\",\"\"\"\"\n"},
		{"semicolons by option", Options{Separator: ';'}, []any{"a,b", "a;b", "c"}, "a,b;\"a;b\";c\n"},
		{"tabs by option", Options{Separator: '\t'}, []any{"a,b", "a\tb", "c"}, "a,b\t\"a\tb\"\tc\n"},
		{"CR LF by option", Options{CRLF: true}, []any{"a", "b"}, "a,b\r\n"},
		{"no blank line for a lone null", Options{}, []any{nil}, "\"\"\n"},
		{"formulas pass by default", Options{}, []any{"=1+1", "-x"}, "=1+1,-x\n"},
		{"formulas are guarded on request", Options{Guard: true}, []any{"=1+1", "-x", "-5", "+1e3", "@a", "'=1", "a=1"}, "'=1+1,'-x,-5,+1e3,'@a,''=1,a=1\n"},
		{"a guarded cell may need quotes too", Options{Guard: true}, []any{`=A1&","`, "\tx", "\rx"}, "\"'=A1&\"\",\"\"\",'\tx,\"'\rx\"\n"},
		{"long cells", Options{}, []any{strings.Repeat("é", 100), strings.Repeat("x", 33) + ",y"}, strings.Repeat("é", 100) + ",\"" + strings.Repeat("x", 33) + ",y\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			enc := newCSV(columnsOf(make([]string, len(c.row))...), c.opts)
			if got := string(enc.AppendRow(nil, rowOf(c.row...))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCSVHeader(t *testing.T) {
	enc := newCSV(columnsOf("a/@id", "b,c", "", "=d"), Options{Guard: true, BOM: true})
	got, want := string(enc.AppendHeader(nil)), "\uFEFFa/@id,\"b,c\",\"\",=d\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if enc.Guarded() != 0 {
		t.Error("a header is never guarded")
	}
}

func TestGuardCountsCells(t *testing.T) {
	enc := newCSV(columnsOf("a", "b"), Options{Guard: true})
	enc.AppendRow(nil, rowOf("=1", "2"))
	enc.AppendRow(nil, rowOf("+x", "@y"))
	if got := enc.Guarded(); got != 3 {
		t.Errorf("got %d guarded cells, want 3", got)
	}
}

// trouble draws strings rich in what formats stumble over.
func trouble() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("'=+-@\t\r\n,;\"\\ 0a.eé𝄞_x")), 0, 24, -1),
		rapid.String(),
	)
}

func TestGuardIsReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := trouble().Draw(t, "v")
		g := Guard(v)
		if got := Unguard(g); got != v {
			t.Fatalf("Unguard(Guard(%q)) = %q", v, got)
		}
		if g != "" && strings.ContainsRune("=+-@\t\r", rune(g[0])) && !plainNumber(g) {
			t.Fatalf("Guard(%q) = %q is a formula", v, g)
		}
	})
}

func TestPlainNumbers(t *testing.T) {
	for _, v := range []string{"-5", "+5", "-5.00", "-.5", "-5.", "-1e5", "+1E-3", "7"} {
		if !plainNumber(v) || Guard(v) != v {
			t.Errorf("%q is a plain number", v)
		}
	}
	for _, v := range []string{"-", "+", "-.", "-e5", "-5e", "-5e+", "-5-5", "-5 ", "-INF", "+1+2", "--5"} {
		if plainNumber(v) || Guard(v) != "'"+v {
			t.Errorf("%q is no plain number", v)
		}
	}
}

func TestCSVReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts := Options{
			Guard:     rapid.Bool().Draw(t, "guard"),
			CRLF:      rapid.Bool().Draw(t, "crlf"),
			Separator: rapid.SampledFrom([]byte{0, ',', ';', '\t', '|'}).Draw(t, "sep"),
		}
		n := rapid.IntRange(1, 5).Draw(t, "columns")
		enc := newCSV(columnsOf(make([]string, n)...), opts)
		var out []byte
		var want [][]string
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			cells, values := make([]any, n), make([]string, n)
			for i := range cells {
				if rapid.Bool().Draw(t, "present") {
					// encoding/csv turns CR LF inside quotes into LF
					values[i] = strings.ReplaceAll(trouble().Draw(t, "v"), "\r", "")
					cells[i] = values[i]
				}
			}
			out = enc.AppendRow(out, rowOf(cells...))
			want = append(want, values)
		}
		got := readCSV(t, out, enc.sep)
		if len(got) != len(want) {
			t.Fatalf("got %d rows, want %d from %q", len(got), len(want), out)
		}
		for i := range want {
			for j, w := range want[i] {
				g := got[i][j]
				if opts.Guard {
					g = Unguard(g)
				}
				if g != w {
					t.Fatalf("row %d cell %d: got %q, want %q", i, j, g, w)
				}
			}
		}
	})
}

type fataler interface{ Fatalf(string, ...any) }

func readCSV(t fataler, b []byte, sep byte) [][]string {
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = rune(sep)
	records, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%v in %q", err, b)
	}
	return records
}

func FuzzCSVRow(f *testing.F) {
	f.Add("a", "b,c", `"`, byte(','), false)
	f.Add("", "\n", "=1", byte(';'), true)
	f.Fuzz(func(t *testing.T, a, b, c string, sep byte, guard bool) {
		if (Options{Separator: sep}).Validate() != nil {
			t.Skip()
		}
		values := []string{a, b, c}
		for i := range values {
			values[i] = strings.ReplaceAll(strings.ToValidUTF8(values[i], "?"), "\r", "")
		}
		enc := newCSV(columnsOf("1", "2", "3"), Options{Separator: sep, Guard: guard})
		out := enc.AppendRow(nil, rowOf(values[0], values[1], values[2]))
		got := readCSV(t, out, enc.sep)
		if len(got) != 1 || len(got[0]) != 3 {
			t.Fatalf("got %q from %q", got, out)
		}
		for i, w := range values {
			g := got[0][i]
			if guard {
				g = Unguard(g)
			}
			if g != w {
				t.Fatalf("cell %d: got %q, want %q", i, g, w)
			}
		}
	})
}

func TestEncodersDoNotAllocate(t *testing.T) {
	schema := columnsOf("a", "b", "c", "d")
	schema.Columns[2].Type = table.Integer
	schema.Columns[3].Form = table.List
	row := rowOf("plain", "quo\"te,d\n", "12345", `["a","b"]`)
	buf := make([]byte, 0, 4096)
	for _, f := range All() {
		if f.Line == nil {
			continue
		}
		enc := f.Line(schema, Options{Guard: true})
		if n := testing.AllocsPerRun(100, func() { buf = enc.AppendRow(buf[:0], row) }); n > 0 {
			t.Errorf("%s: %v allocations a row", f.Name, n)
		}
	}
}

func BenchmarkAppendRow(b *testing.B) {
	plain := make([]any, 20)
	mixed := make([]any, 20)
	for i := range plain {
		plain[i] = []string{"12345", "2024-01-31", "Some longer text of a cell", "A-100", "x"}[i%5]
		mixed[i] = plain[i]
		if i%4 == 0 {
			mixed[i] = "text, with a comma and \"quotes\""
		}
	}
	names := strings.Split(strings.Repeat("column/", 20), "/")[:20]
	for i := range names {
		names[i] += string(rune('a' + i))
	}
	schema := columnsOf(names...)
	for _, f := range All() {
		if f.Line == nil {
			continue
		}
		for _, kind := range []struct {
			name string
			row  *table.Row
		}{{"plain", rowOf(plain...)}, {"mixed", rowOf(mixed...)}} {
			b.Run(f.Name+"/"+kind.name, func(b *testing.B) {
				enc := f.Line(schema, Options{})
				buf := make([]byte, 0, 64<<10)
				b.SetBytes(int64(len(enc.AppendRow(nil, kind.row))))
				for b.Loop() {
					if buf = enc.AppendRow(buf, kind.row); len(buf) > 60<<10 {
						buf = buf[:0]
					}
				}
			})
		}
	}
}
