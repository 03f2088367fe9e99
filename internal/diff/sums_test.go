package diff_test

import (
	"math/big"
	"testing"

	"retable/internal/diff"
)

// checkSums holds the laws of similarity for a result, in fractions.
func checkSums(t testing.TB, res *diff.Result) {
	t.Helper()
	var pooled diff.Tally
	check := func(name string, y diff.Tally) {
		sum := new(big.Rat)
		for _, part := range y.ExactWaterfall() {
			if part.Sign() < 0 {
				t.Errorf("%s: a part of the waterfall is negative: %+v", name, y)
			}
			sum.Add(sum, part)
		}
		sum.Add(sum, y.Exact())
		if sum.Cmp(big.NewRat(1, 1)) != 0 {
			t.Errorf("%s: S and the waterfall add up to %v: %+v", name, sum, y)
		}
		if s := y.Similarity(); s < 0 || s > 1 || (s == 1) != y.Same() {
			t.Errorf("%s: S is %v: %+v", name, s, y)
		}
	}
	for _, tb := range res.Tables {
		check(tb.Name(), tb.Tally)
		pooled.Add(tb.Tally)
	}
	for i := range res.Files {
		check("file", res.Files[i].Tally)
	}
	if pooled != res.Tally {
		t.Errorf("the tables pool to %+v, the result has %+v", pooled, res.Tally)
	}
	if res.Mean < 0 || res.Mean > 1 {
		t.Errorf("mean %v", res.Mean)
	}
}
