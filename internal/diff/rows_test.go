package diff_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"retable/internal/diff"
	"retable/internal/table"
)

// people are rows with an id, names that repeat and a city.
func people(n int, change func(i int, cells []string) []string) []string {
	out := []string{"@id|name|city|amount"}
	for i := range n {
		cells := []string{fmt.Sprintf("P%03d", i), fmt.Sprintf("name %d", i*7%13), fmt.Sprintf("city %d", i*5%11), fmt.Sprint(i * 17 % 101)}
		if change != nil {
			if cells = change(i, cells); cells == nil {
				continue
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out
}

func reversed(lines []string) []string {
	out := slices.Clone(lines)
	slices.Reverse(out[1:])
	return out
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestKeyedRows(t *testing.T) {
	base := people(40, nil)
	t.Run("row order is no difference", func(t *testing.T) {
		res, r := compare(t, grid("a", "t", base...), grid("b", "t", reversed(base)...), diff.Options{})
		if want(t, r.ops()); !res.Same() {
			t.Error("not the same")
		}
	})
	t.Run("column order is no difference", func(t *testing.T) {
		var turned []string
		for _, l := range base {
			c := split(l)
			slices.Reverse(c)
			turned = append(turned, strings.Join(c, "|"))
		}
		_, r := compare(t, grid("a", "t", base...), grid("b", "t", turned...), diff.Options{})
		want(t, r.ops())
	})
	t.Run("changes, removed and added rows, in order", func(t *testing.T) {
		second := people(40, func(i int, c []string) []string {
			switch i {
			case 3:
				return nil
			case 7:
				c[2] = "elsewhere"
			case 20:
				c[3] = "-"
			}
			return c
		})
		second = reversed(append(second, "P999|new|place|5"))
		res, r := compare(t, grid("a", "t", base...), grid("b", "t", second...), diff.Options{})
		want(t, r.ops(),
			`row_removed @id=P003`,
			`cell_changed @id=P007 [city] "city 2">"elsewhere"`,
			`cell_changed @id=P020 [amount] "37">null`,
			`row_added @id=P999`)
		n := res.Tables[0].Counts
		if n.RowsMatched != 39 || n.RowsChanged != 2 || n.RowsAdded != 1 || n.RowsRemoved != 1 || n.CellsChanged != 2 {
			t.Errorf("%+v", n)
		}
		if c := r.changes[1]; c.RowA != 7 || c.RowB != 33 || c.LineA != 9 || c.LineB != 35 || c.FileA != "a" || c.FileB != "b" {
			t.Errorf("lineage: %+v", c)
		}
	})
	t.Run("duplicates of a near key are matched by most equal cells", func(t *testing.T) {
		lines := people(200, nil)
		first := append(slices.Clone(lines), "P005|twin|there|1")
		second := append(slices.Clone(lines), "P005|twin|there|2")
		_, r := compare(t, grid("a", "t", first...), grid("b", "t", reversed(second)...), diff.Options{})
		want(t, r.ops(), `cell_changed @id=P005 [amount] "1">"2"`)
	})
	t.Run("compound keys are hashed with lengths", func(t *testing.T) {
		a := grid("a", "t", "x|y|v", "ab|c|1", "a|bc|2", "a|b|3")
		b := grid("b", "t", "x|y|v", "a|bc|2", "ab|c|1", "a|b|4")
		_, r := compare(t, a, b, diff.Options{Rules: diff.Rules{Key: []string{"x", "y"}}})
		want(t, r.ops(), `cell_changed x=a y=b [v] "3">"4"`)
	})
	t.Run("only spelling changed", func(t *testing.T) {
		second := people(40, func(i int, c []string) []string {
			if i == 4 {
				c[3] += ".0"
			}
			return c
		})
		res, r := compare(t, grid("a", "t", base...), grid("b", "t", second...), diff.Options{})
		want(t, r.ops(), `cell_changed @id=P004 [amount] "68">"68.0" format`)
		if !res.Same() || res.Similarity() != 1 || res.Tables[0].RowsFormatOnly != 1 {
			t.Errorf("S=%v %+v", res.Similarity(), res.Tables[0].Counts)
		}
	})
	t.Run("ignored columns and tolerances by glob and name", func(t *testing.T) {
		second := people(40, func(i int, c []string) []string {
			c[2] = "any"
			if i == 4 {
				c[3] = "69"
			}
			if i == 5 {
				c[3] = "95"
			}
			return c
		})
		_, r := compare(t, grid("a", "t", base...), grid("b", "t", second...), diff.Options{Tables: map[string]diff.Rules{
			"t*": {Ignore: []string{"ci?y"}, Tolerances: map[string]diff.Tolerance{"amount": {Abs: "1"}}},
		}})
		want(t, r.ops(), `cell_changed @id=P004 [amount] "68">"69" format`, `cell_changed @id=P005 [amount] "85">"95"`)
	})
}

func TestKeyDetection(t *testing.T) {
	key := func(t *testing.T, a, b *memory, opts diff.Options) diff.Key {
		t.Helper()
		res, _ := compare(t, a, b, opts)
		return res.Tables[0].Key
	}
	t.Run("a row number that poses as a key is refused", func(t *testing.T) {
		number := func(skip int) []string {
			out, n := []string{"nr|name|city|zip|street"}, 0
			for i := range 300 {
				if i == skip {
					continue
				}
				n++
				out = append(out, fmt.Sprintf("%d|n%d|c%d|z%d|s%d", n, i*31%97, i*17%89, i*13%83, i*7%79))
			}
			return out
		}
		a, b := grid("a", "t", number(-1)...), grid("b", "t", number(2)...)
		k := key(t, a, b, diff.Options{})
		for _, c := range k.Candidates {
			if slices.Equal(c.Columns, []string{"nr"}) && c.Refused == "" {
				t.Errorf("taken: %+v", c)
			}
		}
		if slices.Equal(k.Columns, []string{"nr"}) {
			t.Errorf("the key is %+v", k)
		}
		res, _ := compare(t, a, b, diff.Options{})
		if n := res.Tables[0].Counts; n.RowsRemoved != 1 || n.RowsAdded != 0 {
			t.Errorf("%+v", n)
		}
	})
	t.Run("a compound key is found where no column is unique", func(t *testing.T) {
		var lines []string
		lines = append(lines, "store|day|v")
		for s := range 20 {
			for d := range 20 {
				lines = append(lines, fmt.Sprintf("S%d|D%d|%d", s, d, (s*7+d*3)%5))
			}
		}
		k := key(t, grid("a", "t", lines...), grid("b", "t", reversed(lines)...), diff.Options{})
		if !slices.Equal(k.Columns, []string{"store", "day"}) {
			t.Errorf("%+v", k)
		}
	})
	t.Run("a column with nulls is no key", func(t *testing.T) {
		a := people(50, func(i int, c []string) []string {
			if i == 9 {
				c[0] = "-"
			}
			return c
		})
		if k := key(t, grid("a", "t", a...), grid("b", "t", a...), diff.Options{}); slices.Contains(k.Columns, "@id") {
			t.Errorf("%+v", k)
		}
	})
	t.Run("an id goes before other unique columns", func(t *testing.T) {
		var lines []string
		lines = append(lines, "title|@id|v")
		for i := range 50 {
			lines = append(lines, fmt.Sprintf("title %d|%d|%d", i, i+1000, i%3))
		}
		if k := key(t, grid("a", "t", lines...), grid("b", "t", reversed(lines)...), diff.Options{}); !slices.Equal(k.Columns, []string{"@id"}) {
			t.Errorf("%+v", k)
		}
	})
	t.Run("a key that repeats too often is refused by the join, and the next is taken", func(t *testing.T) {
		lines := []string{"code|name|city|zip"}
		for i := range 300 {
			code := i
			if i < 7 {
				code = 0 // one value of 294 repeats: hardly any, but for 2 % of the rows
			}
			lines = append(lines, fmt.Sprintf("K%d|n%d|c%d|z%d", code, i%23, i%29, i))
		}
		k := key(t, grid("a", "t", lines...), grid("b", "t", reversed(lines)...), diff.Options{})
		if !slices.Equal(k.Columns, []string{"zip"}) || k.DuplicateLeft > 0 {
			t.Errorf("%+v", k)
		}
		i := slices.IndexFunc(k.Candidates, func(c diff.KeyCandidate) bool { return slices.Equal(c.Columns, []string{"code"}) })
		if i < 0 || !strings.Contains(k.Candidates[i].Refused, "2.0 %") {
			t.Errorf("%+v", k.Candidates)
		}
	})
	t.Run("a given key is taken, by either side's name", func(t *testing.T) {
		k := key(t, grid("a", "t", people(9, nil)...), grid("b", "t", people(9, nil)...), diff.Options{Rules: diff.Rules{Key: []string{"amount"}}})
		if !slices.Equal(k.Columns, []string{"amount"}) || !k.Given {
			t.Errorf("%+v", k)
		}
	})
	t.Run("a given key that isn't there is an error with the names that are", func(t *testing.T) {
		_, err := diff.Compare(context.Background(), grid("a", "t", people(3, nil)...), grid("b", "t", people(3, nil)...),
			diff.Options{Rules: diff.Rules{Key: []string{"ID"}}}, &record{})
		if !errors.Is(err, diff.ErrNoColumn) || !strings.Contains(err.Error(), `"ID"`) || !strings.Contains(err.Error(), "@id, name") {
			t.Errorf("got %v", err)
		}
	})
}

func TestRenamedColumns(t *testing.T) {
	base := people(60, nil)
	t.Run("by the values of aligned rows", func(t *testing.T) {
		second := slices.Clone(base)
		second[0] = "@id|name|Ort|amount"
		res, r := compare(t, grid("a", "t", base...), grid("b", "t", reversed(second)...), diff.Options{})
		want(t, r.ops(), `column_renamed [city>Ort]`)
		for _, c := range res.Tables[0].Columns {
			if c.Left == "city" && (c.How != diff.ColumnRename || c.Agreement != 1 || c.Score < 0.6 || c.Margin < 0.15) {
				t.Errorf("%+v", c)
			}
		}
		if res.Similarity() != 1 || res.Same() {
			t.Errorf("S=%v same=%v", res.Similarity(), res.Same())
		}
	})
	t.Run("two that trade places with each other's values are told apart", func(t *testing.T) {
		second := slices.Clone(base)
		second[0] = "@id|label|place|amount"
		_, r := compare(t, grid("a", "t", base...), grid("b", "t", second...), diff.Options{})
		want(t, r.ops(), `column_renamed [name>label]`, `column_renamed [city>place]`)
	})
	t.Run("the key itself", func(t *testing.T) {
		second := slices.Clone(base)
		second[0] = "number|name|city|amount"
		second[5] = strings.Replace(second[5], "city", "village", 1)
		_, r := compare(t, grid("a", "t", base...), grid("b", "t", reversed(second)...), diff.Options{})
		want(t, r.ops(), `column_renamed [@id>number]`, `cell_changed @id=P004 [city] "city 9">"village 9"`)
	})
	t.Run("a new column with other values is no rename", func(t *testing.T) {
		second := slices.Clone(base)
		second[0] = "@id|name|email|amount"
		for i := range second[1:] {
			c := split(second[i+1])
			c[2] = fmt.Sprintf("user%d@example.org", i)
			second[i+1] = strings.Join(c, "|")
		}
		_, r := compare(t, grid("a", "t", base...), grid("b", "t", second...), diff.Options{})
		want(t, r.ops(diff.ColumnRenamed, diff.ColumnAdded, diff.ColumnRemoved), `column_removed [city>]`, `column_added [>email]`)
		if n := len(r.ops(diff.CellAdded)); n != 60 {
			t.Errorf("%d values of the new column", n)
		}
	})
	t.Run("case and space in headers", func(t *testing.T) {
		second := slices.Clone(base)
		second[0] = "@ID|Name|CITY|amount"
		_, r := compare(t, grid("a", "t", base...), grid("b", "t", second...), diff.Options{})
		want(t, r.ops(), `column_renamed [@id>@ID] format`, `column_renamed [name>Name] format`, `column_renamed [city>CITY] format`)
	})
	t.Run("a list that was a value is the same column", func(t *testing.T) {
		a := grid("a", "t", "@id|tag|v", "1|x|1", "2|y|2")
		b := grid("b", "t", `@id|tag[*]|v`, `1|["x"]|1`, `2|["y","z"]|2`)
		b.column("tag[*]").Form = table.List
		_, r := compare(t, a, b, diff.Options{})
		want(t, r.ops(), `column_renamed [tag>tag[*]] format`,
			`cell_changed @id=1 [tag>tag[*]] "x">"[\"x\"]" format`, `cell_changed @id=2 [tag>tag[*]] "y">"[\"y\",\"z\"]"`)
	})
}

func TestKeylessRows(t *testing.T) {
	lines := []string{"name|city|zip|phone"}
	for i := range 120 {
		lines = append(lines, fmt.Sprintf("n%d|c%d|z%d|p%d", i*7%40, i*3%25, i*11%60, i*13%70))
	}
	keyless := diff.Options{Rules: diff.Rules{Keyless: true}}
	t.Run("equal rows are matched with their counts", func(t *testing.T) {
		a := append(slices.Clone(lines), "n|c|z|p", "n|c|z|p", "n|c|z|p")
		b := append(slices.Clone(lines), "n|c|z|p", "n|c|z|p")
		_, r := compare(t, grid("a", "t", a...), grid("b", "t", reversed(b)...), keyless)
		want(t, r.ops(), `row_removed "n" "c" "z" "p"`)
	})
	t.Run("a changed row is found by what is left of it", func(t *testing.T) {
		b := slices.Clone(lines)
		b[10] = "n23|c2|z39|other"
		b = append(b, "entirely|new|row|here")
		_, r := compare(t, grid("a", "t", lines...), grid("b", "t", reversed(b)...), keyless)
		want(t, r.ops(), `cell_changed [phone] "p47">"other"`, `row_added "entirely" "new" "row" "here"`)
	})
	t.Run("rows below the threshold are removed and added", func(t *testing.T) {
		_, r := compare(t, grid("a", "t", "x|y", "a|b"), grid("b", "t", "x|y", "c|d"), keyless)
		want(t, r.ops(), `row_removed "a" "b"`, `row_added "c" "d"`)
	})
	t.Run("large groups go through blocks, with the same answer", func(t *testing.T) {
		var a, b []string
		a, b = append(a, "name|city|zip|phone"), append(b, "name|city|zip|phone")
		for i := range 3000 {
			row := []string{fmt.Sprint("n", i*7%400), fmt.Sprint("c", i*3%250), fmt.Sprint("z", i*11%600), fmt.Sprint("p", i*13%700)}
			a = append(a, strings.Join(row, "|"))
			row[i%4] += "x"
			b = append(b, strings.Join(row, "|"))
		}
		res, _ := compare(t, grid("a", "t", a...), grid("b", "t", reversed(b)...), keyless)
		n := res.Tables[0].Counts
		if n.RowsChanged < 2950 || n.CellsChanged > 3100 {
			t.Errorf("%+v", n)
		}
		tight := keyless
		tight.MemoryBytes = 1 << 20
		res, _ = compare(t, grid("a", "t", a...), grid("b", "t", reversed(b)...), tight)
		if res.Tables[0].Counts != n {
			t.Errorf("through scratch: %+v, in memory: %+v", res.Tables[0].Counts, n)
		}
	})
}

func TestAllDuplicateKeys(t *testing.T) {
	for _, n := range []int{30, 3000} {
		var a, b []string
		a, b = append(a, "k|v|w"), append(b, "k|v|w")
		for i := range n {
			a = append(a, fmt.Sprintf("same|%d|%d", i, i%7))
			b = append(b, fmt.Sprintf("same|%d|%d", i, (i+i/(n-1))%7)) // the last one differs
		}
		b = append(b, "same|extra|1")
		for _, memory := range []int64{0, 1 << 20} {
			res, r := compare(t, grid("a", "t", a...), grid("b", "t", reversed(b)...),
				diff.Options{Rules: diff.Rules{Key: []string{"k"}}, MemoryBytes: memory})
			if c := res.Tables[0].Counts; c.RowsAdded != 1 || c.CellsChanged != 1 || len(res.Tables[0].Notes) == 0 {
				t.Errorf("%d rows: %+v %v %v", n, c, res.Tables[0].Notes, r.ops()[:min(len(r.ops()), 4)])
			}
			if k := res.Tables[0].Key; k.DuplicateLeft != int64(n-1) || k.DuplicateRight != int64(n) {
				t.Errorf("%d rows: %+v", n, k)
			}
		}
	}
}
