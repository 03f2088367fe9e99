package format

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/table"
)

func TestJSONLRows(t *testing.T) {
	schema := &table.Schema{Columns: []table.Column{
		{Name: "t", Type: table.Text},
		{Name: "i", Type: table.Integer},
		{Name: "d", Type: table.Decimal},
		{Name: "b", Type: table.Boolean},
		{Name: "l[*]", Form: table.List, Type: table.Integer},
		{Name: "j", Form: table.JSON},
		{Name: `"x`, Form: table.XML},
	}}
	for _, c := range []struct {
		name string
		opts Options
		row  []any
		want string
	}{
		{"typed values", Options{}, []any{"007", "42", "79500.00", "true", `["1",null]`, `{"a":1}`, "<b>x</b>"},
			`{"t":"007","i":42,"d":79500.00,"b":true,"l[*]":["1",null],"j":{"a":1},"\"x":"<b>x</b>"}`},
		{"nulls and empties", Options{}, []any{nil, "", nil, "", nil, "", ""},
			`{"t":null,"i":"","d":null,"b":"","l[*]":null,"j":"","\"x":""}`},
		{"what a double can't hold stays text", Options{}, []any{"", "9007199254740993", "INF", "TRUE", "[1", "[1,\n2]", nil},
			`{"t":"","i":"9007199254740993","d":"INF","b":"TRUE","l[*]":"[1","j":[1, 2],"\"x":null}`},
		{"strings by option", Options{Strings: true}, []any{"a", "42", "1.5", "true", "[1]", "1", nil},
			`{"t":"a","i":"42","d":"1.5","b":"true","l[*]":[1],"j":1,"\"x":null}`},
		{"escapes", Options{}, []any{"\"\\\n\r\t\x01\x1f\u2028é", "1", "-0.5", "false", "[]", "{}", nil},
			`{"t":"\"\\\n\r\t\u0001\u001f` + "\u2028é" + `","i":1,"d":-0.5,"b":false,"l[*]":[],"j":{},"\"x":null}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(newJSONL(schema, c.opts).AppendRow(nil, rowOf(c.row...)))
			if got != c.want+"\n" {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if !json.Valid([]byte(got)) {
				t.Error("not valid JSON")
			}
		})
	}
	if got := string(newJSONL(&table.Schema{}, Options{}).AppendRow(nil, &table.Row{})); got != "{}\n" {
		t.Errorf("a table without columns: got %q", got)
	}
}

func TestJSONNumbers(t *testing.T) {
	for _, v := range []string{"0", "-0", "42", "-1.50", "0.001", "123456789012345", "1e5", "1E-20", "0.000000000000001"} {
		if !isJSONNumber([]byte(v)) {
			t.Errorf("%q is a number token", v)
		}
	}
	for _, v := range []string{"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1e400", "NaN", "1234567890123456", "1 ", "0x1"} {
		if isJSONNumber([]byte(v)) {
			t.Errorf("%q is no number token", v)
		}
	}
}

// decoded reads the line back with its number tokens kept.
func decoded(t fataler, line []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return m
}

func TestJSONLReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom([]table.Type{table.Text, table.Integer, table.Decimal, table.Boolean}).Draw(t, "type")
		schema := &table.Schema{Columns: []table.Column{{Name: trouble().Draw(t, "name"), Type: typ}}}
		v := rapid.OneOf(trouble(), rapid.StringMatching(`-?[0-9]{1,17}(\.[0-9]{1,3})?`)).Draw(t, "v")
		got := decoded(t, newJSONL(schema, Options{}).AppendRow(nil, rowOf(v)))[schema.Columns[0].Name]
		switch g := got.(type) {
		case string:
			if g != v {
				t.Fatalf("got %q, want %q", g, v)
			}
		case json.Number:
			if g.String() != v {
				t.Fatalf("got %s, want %s", g, v)
			}
		case bool:
			if v != map[bool]string{true: "true", false: "false"}[g] {
				t.Fatalf("got %v, want %q", g, v)
			}
		default:
			t.Fatalf("got %T", got)
		}
	})
}

func FuzzJSONL(f *testing.F) {
	f.Add("name", "12.50", uint8(2), uint8(0))
	f.Add("l", "[1,\n2]", uint8(0), uint8(1))
	f.Fuzz(func(t *testing.T, name, v string, typ, form uint8) {
		name, v = strings.ToValidUTF8(name, "?"), strings.ToValidUTF8(v, "?")
		c := table.Column{Name: name, Type: table.Type(typ % 8), Form: table.Form(form % 4)}
		line := newJSONL(&table.Schema{Columns: []table.Column{c}}, Options{}).AppendRow(nil, rowOf(v))
		if bytes.Count(line, []byte("\n")) != 1 {
			t.Fatalf("%q is not one line", line)
		}
		got := decoded(t, line)[name]
		if s, ok := got.(string); ok && c.Form == table.Scalar && s != v {
			t.Fatalf("got %q, want %q", s, v)
		}
	})
}
