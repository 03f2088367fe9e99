package format

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unTSV reads one line by the rules of PostgreSQL's COPY; nil is null.
func unTSV(line string) []any {
	var cells []any
	for _, raw := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
		if raw == `\N` {
			cells = append(cells, nil)
			continue
		}
		var b strings.Builder
		for i := 0; i < len(raw); i++ {
			if raw[i] != '\\' {
				b.WriteByte(raw[i])
				continue
			}
			i++
			switch raw[i] {
			case 't':
				b.WriteByte('\t')
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			default:
				b.WriteByte(raw[i])
			}
		}
		cells = append(cells, b.String())
	}
	return cells
}

func TestTSVRows(t *testing.T) {
	enc := tsvFormat().Line(columnsOf("a", "b\tc", `d\e`), Options{BOM: true, Guard: true})
	if got, want := string(enc.AppendHeader(nil)), "\uFEFFa\tb\\tc\td\\\\e\n"; got != want {
		t.Errorf("header: got %q, want %q", got, want)
	}
	for _, c := range []struct {
		row  []any
		want string
	}{
		{[]any{"a", nil, ""}, "a\t\\N\t\n"},
		{[]any{"a\tb\nc\rd\\e", `"q",`, `\N`}, "a\\tb\\nc\\rd\\\\e\t\"q\",\t\\\\N\n"},
		{[]any{"=1", "\t", "-1"}, "'=1\t'\\t\t-1\n"},
	} {
		if got := string(enc.AppendRow(nil, rowOf(c.row...))); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if enc.Guarded() != 2 {
		t.Errorf("got %d guarded, want 2", enc.Guarded())
	}
}

func TestTSVReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := make([]any, rapid.IntRange(1, 5).Draw(t, "columns"))
		for i := range cells {
			if rapid.Bool().Draw(t, "present") {
				cells[i] = trouble().Draw(t, "v")
			}
		}
		enc := tsvFormat().Line(columnsOf(make([]string, len(cells))...), Options{})
		line := string(enc.AppendRow(nil, rowOf(cells...)))
		if strings.Count(line, "\n") != 1 || strings.Contains(line, "\r") {
			t.Fatalf("%q is not one line", line)
		}
		got := unTSV(line)
		if len(got) != len(cells) {
			t.Fatalf("got %d cells, want %d", len(got), len(cells))
		}
		for i := range cells {
			if got[i] != cells[i] {
				t.Fatalf("cell %d: got %q, want %q", i, got[i], cells[i])
			}
		}
	})
}
