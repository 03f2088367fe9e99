package diff

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"retable/internal/table"
)

const null = "\x00null"

func TestCells(t *testing.T) {
	num, txt, day, stamp := table.Decimal, table.Text, table.Date, table.DateTime
	tol := func(abs, rel string, seconds int64) Tolerance { return Tolerance{abs, rel, seconds} }
	for _, c := range []struct {
		claim string
		a, b  string
		kinds [2]table.Type
		rules CellRules
		tol   Tolerance
		want  verdict
	}{
		{"equal bytes are the same", "x", "x", [2]table.Type{txt, txt}, CellRules{}, Tolerance{}, same},
		{"null is not the empty string", null, "", [2]table.Type{txt, txt}, CellRules{}, Tolerance{}, differs},
		{"null is null", null, null, [2]table.Type{txt, txt}, CellRules{}, Tolerance{}, same},
		{"a null token is null", "N/A", null, [2]table.Type{txt, txt}, CellRules{NullTokens: []string{"N/A"}}, Tolerance{}, sameButFormat},
		{"two null tokens are equal", "N/A", "-", [2]table.Type{txt, txt}, CellRules{NullTokens: []string{"N/A", "-"}}, Tolerance{}, sameButFormat},
		{"null tokens follow the case option", "n/a", null, [2]table.Type{txt, txt}, CellRules{NullTokens: []string{"N/A"}, IgnoreCase: true}, Tolerance{}, sameButFormat},
		{"without it they don't", "n/a", null, [2]table.Type{txt, txt}, CellRules{NullTokens: []string{"N/A"}}, Tolerance{}, differs},
		{"decimals are numbers", "1.0", "1.00", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"a plus sign is spelling", "+5", "5", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"an exponent is spelling", "1.5e3", "1500", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"zeros behind a whole number are digits", "1.2e3", "1200", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"the same with 18 digits", "1e17", "100000000000000000", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"and with 19", "1e18", "1000000000000000000", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"negative ones too", "-20.0", "-20", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"whole minus zero is zero", "-0", "0", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"a number may be a null token", "0", null, [2]table.Type{num, num}, CellRules{NullTokens: []string{"0"}}, Tolerance{}, sameButFormat},
		{"minus zero is zero", "-0.0", "0", [2]table.Type{num, num}, CellRules{}, Tolerance{}, sameButFormat},
		{"no binary rounding", "0.1", "0.1000000000000000000000001", [2]table.Type{num, num}, CellRules{}, Tolerance{}, differs},
		{"a column of text stays text", "1.0", "1.00", [2]table.Type{txt, txt}, CellRules{}, Tolerance{}, differs},
		{"a leading zero is a code", "007", "7", [2]table.Type{num, num}, CellRules{}, Tolerance{}, differs},
		{"as text on demand", "1.0", "1.00", [2]table.Type{num, num}, CellRules{AsText: true}, Tolerance{}, differs},
		{"within the absolute tolerance", "10.00", "10.02", [2]table.Type{num, num}, CellRules{}, tol("0.02", "", 0), sameButFormat},
		{"just outside it", "10.00", "10.020001", [2]table.Type{num, num}, CellRules{}, tol("0.02", "", 0), differs},
		{"within the relative tolerance of the greater", "100", "-99", [2]table.Type{num, num}, CellRules{}, tol("", "2", 0), sameButFormat},
		{"relative: the bound itself", "99", "100", [2]table.Type{num, num}, CellRules{}, tol("", "0.01", 0), sameButFormat},
		{"relative: beyond the bound", "98.9", "100", [2]table.Type{num, num}, CellRules{}, tol("", "0.01", 0), differs},
		{"both tolerances add up", "98.9", "100", [2]table.Type{num, num}, CellRules{}, tol("0.1", "0.01", 0), sameButFormat},
		{"a tolerance makes text numbers", "1.01", "1.02", [2]table.Type{txt, txt}, CellRules{}, tol("0.1", "", 0), sameButFormat},
		{"but not words", "a", "b", [2]table.Type{txt, txt}, CellRules{}, tol("9", "", 0), differs},
		{"absurd exponents are compared, not calculated", "1e99999999", "2e99999999", [2]table.Type{num, num}, CellRules{}, tol("1", "1", 0), differs},
		{"instants, not spellings", "2025-03-13T10:00:00+01:00", "2025-03-13T09:00:00Z", [2]table.Type{stamp, stamp}, CellRules{}, Tolerance{}, sameButFormat},
		{"the zone counts", "2025-03-13T09:00:00", "2025-03-13T09:00:00Z", [2]table.Type{stamp, stamp}, CellRules{}, Tolerance{}, differs},
		{"zeros of a fraction are spelling", "2025-03-13T09:00:00.500Z", "2025-03-13T09:00:00.5Z", [2]table.Type{stamp, stamp}, CellRules{}, Tolerance{}, sameButFormat},
		{"a day is its midnight", "2025-03-13", "2025-03-13T00:00:00", [2]table.Type{day, stamp}, CellRules{}, Tolerance{}, sameButFormat},
		{"24:00 is the next midnight", "2025-12-31T24:00:00", "2026-01-01T00:00:00", [2]table.Type{stamp, stamp}, CellRules{}, Tolerance{}, sameButFormat},
		{"an unambiguous day and month is read", "2025-04-13", "13/04/2025", [2]table.Type{day, txt}, CellRules{}, Tolerance{}, sameButFormat},
		{"the American order too, if it can be nothing else", "2025-04-13", "4/13/2025", [2]table.Type{day, txt}, CellRules{}, Tolerance{}, sameButFormat},
		{"an ambiguous one is never guessed", "2025-04-03", "03/04/2025", [2]table.Type{day, txt}, CellRules{}, Tolerance{}, differs},
		{"nor its mirror", "2025-03-04", "03/04/2025", [2]table.Type{day, txt}, CellRules{}, Tolerance{}, differs},
		{"a date that isn't stays text", "2025-02-30", "2025-03-02", [2]table.Type{day, day}, CellRules{}, Tolerance{}, differs},
		{"dates within seconds", "2025-03-13T09:00:00Z", "2025-03-13T09:00:02Z", [2]table.Type{stamp, stamp}, CellRules{}, tol("", "", 2), sameButFormat},
		{"dates beyond them by a fraction", "2025-03-13T09:00:00Z", "2025-03-13T09:00:02.1Z", [2]table.Type{stamp, stamp}, CellRules{}, tol("", "", 2), differs},
		{"NFC", "cafe\u0301", "caf\u00e9", [2]table.Type{txt, txt}, CellRules{}, Tolerance{}, sameButFormat},
		{"case matters", "Anna", "anna", [2]table.Type{txt, txt}, CellRules{}, Tolerance{}, differs},
		{"unless it is ignored", "STRASSE", "straße", [2]table.Type{txt, txt}, CellRules{IgnoreCase: true}, Tolerance{}, sameButFormat},
		{"outer space matters", " a", "a", [2]table.Type{txt, txt}, CellRules{}, Tolerance{}, differs},
		{"unless trimmed", " a\t", "a", [2]table.Type{txt, txt}, CellRules{Trim: true}, Tolerance{}, sameButFormat},
		{"trimming leaves inner space", "a  b", "a b", [2]table.Type{txt, txt}, CellRules{Trim: true}, Tolerance{}, differs},
		{"collapsing doesn't", "a \n b", "a b", [2]table.Type{txt, txt}, CellRules{CollapseSpace: true}, Tolerance{}, sameButFormat},
		{"trimmed numbers are numbers", " 1.50 ", "1.5", [2]table.Type{num, num}, CellRules{Trim: true}, Tolerance{}, sameButFormat},
	} {
		t.Run(c.claim, func(t *testing.T) {
			tol, err := c.tol.compile()
			if err != nil {
				t.Fatal(err)
			}
			if c.tol == (Tolerance{}) {
				tol = nil
			}
			r := newCellRule(c.rules, tol, c.kinds[0], c.kinds[1], table.Scalar, table.Scalar)
			var w cellWork
			value := func(s string) ([]byte, bool) { return []byte(strings.TrimPrefix(s, null)), s != null }
			a, aok := value(c.a)
			b, bok := value(c.b)
			if got := r.compare(&w, a, aok, b, bok); got != c.want {
				t.Errorf("%q and %q: got %d, want %d", c.a, c.b, got, c.want)
			}
			if got := r.compare(&w, b, bok, a, aok); got != c.want {
				t.Errorf("the other way round: got %d, want %d", got, c.want)
			}
		})
	}
	t.Run("a list of one is the value itself", func(t *testing.T) {
		r := newCellRule(CellRules{}, nil, table.Text, table.Text, table.List, table.Scalar)
		var w cellWork
		for a, want := range map[string]verdict{`["x"]`: sameButFormat, `[["x"]]`: sameButFormat, `["x","y"]`: differs, `[null]`: differs} {
			if got := r.compare(&w, []byte(a), true, []byte("x"), true); got != want {
				t.Errorf("%s and x: got %d, want %d", a, got, want)
			}
		}
	})
}

func TestNearIsExact(t *testing.T) {
	tol, err := Tolerance{Abs: "0.1"}.compile()
	if err != nil || tol.abs.Cmp(big.NewRat(1, 10)) != 0 {
		t.Fatalf("got %v, %v", tol, err)
	}
	for _, bad := range []Tolerance{{Abs: "x"}, {Rel: "-1"}, {DateSeconds: -1}, {Abs: "1e99999"}} {
		if _, err := bad.compile(); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// FuzzCells holds the laws of equality for any bytes: it is reflexive and
// symmetric, canonical forms are fixed points, and two values are equal if and
// only if these are. What is told without being read is what reading says.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"", "1.0", "1.00", "-0", "007", "1e5", "1200", "-12.50", "2025-02-28T23:59:59Z", "2025-01-01", "2025-01-01T00:00:00+01:00", "13/04/2025", " a ", "cafe\u0301", "\xff", "İ", "ß", "0001-01-01T00:00:00+14:00", "9999-12-31T24:00:00Z"} {
		f.Add([]byte(s), []byte("1"), uint8(3))
		f.Add([]byte(s), []byte("2"), uint8(1<<4))
		f.Add([]byte(s), []byte(s+" "), uint8(255))
	}
	f.Fuzz(func(t *testing.T, a, b []byte, options uint8) {
		bit := func(n int) bool { return options>>n&1 == 1 }
		kind := []table.Type{table.Text, table.Decimal, table.Date, table.DateTime}[options>>4&3]
		rules := CellRules{IgnoreCase: bit(0), Trim: bit(1), CollapseSpace: bit(2)}
		if bit(3) {
			rules.NullTokens = []string{"null", "a"}
		}
		r := newCellRule(rules, nil, kind, kind, table.Scalar, table.Scalar)
		var w cellWork
		keep := func(v []byte, side int) ([]byte, bool) {
			c, ok := r.canon(&w, side, v, true)
			return bytes.Clone(c), ok
		}
		ca, aok := keep(a, 0)
		cb, bok := keep(b, 1)
		if other, ok := keep(a, 1); ok != aok || !bytes.Equal(other, ca) {
			t.Fatalf("%q is %q on the left and %q on the right", a, ca, other)
		}
		if aok {
			if again, ok := keep(ca, 0); !ok || !bytes.Equal(again, ca) {
				t.Fatalf("%q becomes %q, and that %q", a, ca, again)
			}
		}
		if _, ok := parseDecimal(a); !ok && len(a) > 0 && (plainInteger(a) || plainDecimal(a)) {
			t.Fatalf("%q is no number", a)
		}
		if _, ok := parseInstant(a); !ok && plainDate(a) {
			t.Fatalf("%q is no date", a)
		}
		if r.compare(&w, a, true, a, true) != same {
			t.Fatalf("%q differs from itself", a)
		}
		got, back := r.compare(&w, a, true, b, true), r.compare(&w, b, true, a, true)
		if want := aok == bok && bytes.Equal(ca, cb); got != back || (got != differs) != want {
			t.Fatalf("%q and %q: %d and %d, canonical %q and %q", a, b, got, back, ca, cb)
		}
		if hash := r.hash(&w, 0, a, true, 7) == r.hash(&w, 1, b, true, 7); hash != (got != differs) {
			t.Fatalf("%q and %q: hashes equal: %v, verdict %d", a, b, hash, got)
		}
	})
}
