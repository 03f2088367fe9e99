package diff_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/diff"
)

// checkSymmetry compares both ways.
func checkSymmetry(t rapid.TB, first, second delivery, opts diff.Options) {
	a, b := first.source("a"), second.source("b")
	ab, err := diff.Compare(context.Background(), a, b, opts, &record{})
	if err != nil {
		t.Fatal(err)
	}
	ba, err := diff.Compare(context.Background(), b, a, opts, &record{})
	if err != nil {
		t.Fatal(err)
	}
	if ab.Tally.Exact().Cmp(ba.Tally.Exact()) != 0 || ab.Mean != ba.Mean {
		t.Fatalf("S is %v one way and %v the other, means %v and %v, of\n%+v\n%+v",
			ab.Similarity(), ba.Similarity(), ab.Mean, ba.Mean, first, second)
	}
}

func TestSimilarityIsSymmetric(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		first := drawDelivery(t)
		second := edit(t, first)
		opts := drawOptions(t)
		opts.Scratch = scratch
		checkSymmetry(t, first, second, opts)
	})
}

// Where there are few values, choices are close: what decides between equals
// must not know which side is the left.
func TestSimilarityOfTinyDeliveriesIsSymmetric(t *testing.T) {
	scratch := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		first := drawTinyDelivery(t)
		second := edit(t, first)
		if rapid.Bool().Draw(t, "exchange files") {
			slices.Reverse(second.files)
		}
		for i := range second.tables {
			if rapid.Bool().Draw(t, "reverse columns") {
				second.tables[i].reverse()
			}
		}
		opts := drawOptions(t)
		opts.Scratch = scratch
		checkSymmetry(t, first, second, opts)
	})
}

func (s *sheet) reverse() {
	slices.Reverse(s.columns)
	for k := range s.rows {
		slices.Reverse(s.rows[k].cells)
	}
}

func drawTinyDelivery(t *rapid.T) delivery {
	var d delivery
	for i := range rapid.IntRange(1, 3).Draw(t, "files") {
		d.files = append(d.files, fmt.Sprintf("dir/f%d.xml", i))
	}
	for i := range rapid.IntRange(1, 2).Draw(t, "tables") {
		d.tables = append(d.tables, drawTinySheet(t, fmt.Sprintf("t%d", i), len(d.files)))
	}
	return d
}

func drawTinySheet(t *rapid.T, name string, files int) sheet {
	s := sheet{name: name}
	keyed := rapid.Bool().Draw(t, "keyed")
	if keyed {
		s.columns = append(s.columns, "@id")
	}
	n := rapid.IntRange(1, 5).Draw(t, "columns")
	for i := range n {
		s.columns = append(s.columns, fmt.Sprintf("c%d", i))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "rows") {
		r := line{file: rapid.IntRange(0, files-1).Draw(t, "file")}
		if keyed {
			r.cells = append(r.cells, fmt.Sprintf("k%d", i))
		}
		for range n {
			r.cells = append(r.cells, rapid.SampledFrom([]string{"-", "", "1", "a", "A", "2025-01-01"}).Draw(t, "value"))
		}
		s.rows = append(s.rows, r)
	}
	return s
}

// What the properties above have found.
func TestSimilarityIsSymmetricWhere(t *testing.T) {
	t.Parallel()
	table := func(name, columns string, rows ...string) sheet {
		s := sheet{name: name, columns: strings.Fields(columns)}
		for _, r := range rows {
			cells := strings.Split(r, "|")
			s.rows = append(s.rows, line{int(cells[0][0] - '0'), cells[1:]})
		}
		return s
	}
	one, two := []string{"f0.xml"}, []string{"f0.xml", "f1.xml"}
	for name, c := range map[string]struct{ first, second delivery }{
		"the types of a key differ": {
			delivery{one, []sheet{table("t", "@id c0 c1 c2 c3", "0|k0|-||-|-", "0|k1|-|1|-|-", "0|k2|-|2025-01-01||-")}},
			delivery{one, []sheet{table("t", "@id c0 c1 c2 c3new", "0||-|2025-01-01||-")}},
		},
		"the types of a key differ in several files": {
			delivery{two, []sheet{table("t", "@id c0 c1", "1|k0|1|-", "0|k1||-", "1|k2|2025-01-01|")}},
			delivery{[]string{"g0.xml", "f1.xml"}, []sheet{table("t", "@id c0 c1", "0|k1||-", "1||2025-01-01|")}},
		},
		"files are listed in another order": {
			delivery{[]string{"f0.xml", "f1.xml", "f2.xml"}, []sheet{table("t", "c0 c1 c2", "0|-|-|-", "0|-||-", "2|-||-")}},
			delivery{[]string{"f2.xml", "f1.xml", "g0.xml"}, []sheet{table("t", "c0 c1 c2new extra", "0|-|-|-|-", "0|-||-|", "2|-||-|")}},
		},
		"two names differ in case alone": {
			delivery{one, []sheet{table("Ab", "c0 c1", "0|1|2"), table("AB", "c0 c1", "0|1|2"), table("x", "c5", "0|1")}},
			delivery{one, []sheet{table("ab", "c0 c1", "0|1|2"), table("y", "c7", "0|2")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkSymmetry(t, c.first, c.second, diff.Options{Scratch: t.TempDir()})
		})
	}
}
