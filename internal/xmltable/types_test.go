package xmltable

import (
	"fmt"
	"strings"
	"testing"

	"retable/internal/table"
)

func TestClassifies(t *testing.T) {
	for want, values := range map[table.Type][]string{
		table.Boolean:  {"true", "false"},
		table.Integer:  {"0", "1", "-1", "42", "9223372036854775807", "-9223372036854775808", "999999999999999999"},
		table.Decimal:  {"1.5", "-0.5", ".5", "-.5", "0.0", "1e5", "1E-5", "1.5e+10", "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890", "123e-123", "0.10", "-0.0"},
		table.Date:     {"2024-02-29", "1999-12-31", "0001-01-01"},
		table.DateTime: {"2024-02-29T10:00:00", "2024-02-29T10:00:00Z", "2024-02-29T10:00:00.123+02:00", "2024-02-29T23:59:59-14:00"},
		table.Time:     {"00:00:00", "23:59:59", "10:00:00.5", "10:00:00Z", "10:00:00+01:00"},
		table.Text: {
			"True", "FALSE", "yes", "truex", "a", "007", "00", "+1", "-", "-0", ".", "1.", "-.", "1e", "1e+", "1e5555", "1,5", "1 000", "0x10", "NaN", "INF",
			"01.5", "-01", "1.5.5", "1-2", "--1", "é", "2024-02-30", "2024-13-01", "2024-00-10", "2023-02-29", "2024-1-1", "20240101x", "2024-02-29Z", "2024-02-29+01:00", "12024-01-01",
			"2024-02-29 10:00:00", "2024-02-29T24:00:00", "2024-02-29T10:00", "24:00:00", "10:60:00", "10:00:60", "10:00", "10:00:00.", "10:00:00+25:00", "10:00:00Zx", "1a:00:00", "2024-0a-01",
			"2024/02/29", "29.02.2024", "2024-02-29T", "-2024-01-01", "123-4567",
		},
	} {
		for _, v := range values {
			if got := classify([]byte(v)); got != want {
				t.Errorf("%q is %v, want %v", v, got, want)
			}
		}
	}
}

func TestTypesJoin(t *testing.T) {
	all := []table.Type{table.Unknown, table.Boolean, table.Integer, table.Decimal, table.Date, table.DateTime, table.Time, table.Text}
	for _, a := range all {
		for _, b := range all {
			got := joinTypes(a, b)
			if got != joinTypes(b, a) {
				t.Errorf("joining %v and %v depends on the order", a, b)
			}
			want := table.Text
			switch {
			case a == b, b == table.Unknown:
				want = a
			case a == table.Unknown:
				want = b
			case a == table.Integer && b == table.Decimal, a == table.Decimal && b == table.Integer:
				want = table.Decimal
			}
			if got != want {
				t.Errorf("%v and %v join to %v, want %v", a, b, got, want)
			}
			for _, c := range all {
				if joinTypes(joinTypes(a, b), c) != joinTypes(a, joinTypes(b, c)) {
					t.Errorf("joining %v, %v, %v depends on the grouping", a, b, c)
				}
			}
		}
	}
}

// statsOf profiles values as one attribute and returns its statistics.
func statsOf(t *testing.T, values ...string) (table.Type, *table.Stats) {
	t.Helper()
	var s valueStats
	for i, v := range values {
		s.add([]byte(v), Order{Offset: int64(i)})
	}
	return s.columnType(), s.stats(uint64(len(values)))
}

func TestExtremesGoByType(t *testing.T) {
	for _, c := range []struct {
		values   string
		typ      table.Type
		min, max string
	}{
		{"10 9 -3 100", table.Integer, "-3", "100"},
		{"10 9.5 1e3 -2", table.Decimal, "-2", "1e3"},
		{"9007199254740993 9007199254740992 9007199254740994", table.Integer, "9007199254740992", "9007199254740994"},
		{"-9007199254740993 -9007199254740992", table.Integer, "-9007199254740993", "-9007199254740992"},
		{"9223372036854775807 9223372036854775806", table.Integer, "9223372036854775806", "9223372036854775807"},
		{"10 9 x", table.Text, "10", "x"},
		{"2024-05-01 2023-12-31", table.Date, "2023-12-31", "2024-05-01"},
		{"b a C é", table.Text, "C", "é"},
		{"true false", table.Boolean, "false", "true"},
	} {
		typ, st := statsOf(t, strings.Fields(c.values)...)
		if typ != c.typ || st.Min != c.min || st.Max != c.max {
			t.Errorf("%s: %v from %q to %q, want %v from %q to %q", c.values, typ, st.Min, st.Max, c.typ, c.min, c.max)
		}
	}
}

func TestCountsValues(t *testing.T) {
	long := strings.Repeat("é", 60)
	typ, st := statsOf(t, "b", "", "b", "a", "b", "", "c", "d", long)
	if typ != table.Text || st.Values != 9 || st.Empty != 2 || st.Distinct != 6 || st.Longest != 120 {
		t.Errorf("%v %+v", typ, st)
	}
	if fmt.Sprint(st.Examples) != "[b a c]" {
		t.Errorf("examples %v, want the first three distinct ones", st.Examples)
	}
	if st.Max != long[:80] {
		t.Errorf("longest kept is %q (%d bytes)", st.Max, len(st.Max))
	}
	if typ, st := statsOf(t, "", ""); typ != table.Text || st.Distinct != 1 || st.Min != "" {
		t.Errorf("only empty: %v %+v", typ, st)
	}
}

func TestDistinctIsExactWhileFewAndNearAfter(t *testing.T) {
	for _, n := range []int{1, 2, 63, 64, 65, 100, 1_000, 5_000, 100_000} {
		var whole, left, right valueStats
		for i := range 2 * n {
			v := fmt.Appendf(nil, "v%d", i%n)
			whole.add(v, Order{})
			if i < n {
				left.add(v, Order{})
			} else {
				right.add(v, Order{})
			}
		}
		got := whole.stats(0).Distinct
		if off := float64(got) - float64(n); n <= 64 && off != 0 || off > 0.07*float64(n) || off < -0.07*float64(n) {
			t.Errorf("%d distinct values are estimated as %d", n, got)
		}
		left.merge(&right)
		if merged := left.stats(0).Distinct; merged != got {
			t.Errorf("%d distinct values: %d in one piece, %d in two", n, got, merged)
		}
	}
}

func TestModesFormsAndTypesHaveNames(t *testing.T) {
	if Flat.String() != "flat" || Relational.String() != "relational" || table.Decimal.String() != "number" {
		t.Error("names changed")
	}
	for i, name := range []string{"json", "join", "spread"} {
		if f, err := ParseListForm(name); err != nil || f != ListForm(i) {
			t.Errorf("%s: %v %v", name, f, err)
		}
	}
	if _, err := ParseListForm("csv"); err == nil || err.Error() != `list form "csv" is unknown: use json, join or spread` {
		t.Error(err)
	}
}
