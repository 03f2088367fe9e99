package tabledb

import (
	"errors"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Functions registers on a connection the functions that go with the views:
//
//	dec_sum(x)    exact sum as text with the most fraction digits of any x
//	dec_avg(x)    exact sum over the count, half to even, six digits more
//	dec_cmp(a, b) -1, 0 or 1 as a is below, equal to or above b
//	fold(x)       x in lower case, letters of any script
//
// x is TEXT, INTEGER or REAL; null and the empty string are passed over, and
// what is no number fails the query instead of counting as zero.
func Functions(c *sqlite3.SQLiteConn) error {
	return errors.Join(
		c.RegisterAggregator("dec_sum", func() *decSum { return &decSum{} }, true),
		c.RegisterAggregator("dec_avg", func() *decAvg { return &decAvg{} }, true),
		c.RegisterFunc("dec_cmp", decCmp, true),
		c.RegisterFunc("fold", fold, true),
	)
}

// ExactAggregates makes sum and avg themselves exact on a connection: the
// sum of integers is an INTEGER, the rest the REAL nearest to the exact
// result, so that 0.1 + 0.2 is 0.3. They take about a microsecond a row
// and, unlike SQLite's own, can't be window functions.
func ExactAggregates(c *sqlite3.SQLiteConn) error {
	return errors.Join(
		c.RegisterAggregator("sum", func() *realSum { return &realSum{} }, true),
		c.RegisterAggregator("avg", func() *realAvg { return &realAvg{} }, true),
	)
}

// total adds up exactly. Sums of int64 stay in one machine word as long as
// they fit.
type total struct {
	sum   decimal
	count int64
	real  bool // saw something else than an integer
}

func (t *total) Step(v any) error {
	d, err := decimalOf(v)
	if d == nil || err != nil {
		return err
	}
	if _, integer := v.(int64); !integer {
		t.real = true
	}
	t.count++
	t.sum.add(d)
	return nil
}

type decSum struct{ total }

func (s *decSum) Done() any {
	if s.count == 0 {
		return nil
	}
	return s.sum.String()
}

type decAvg struct{ total }

func (s *decAvg) Done() any {
	if s.count == 0 {
		return nil
	}
	return s.sum.mean(s.count).String()
}

type realSum struct{ total }

func (s *realSum) Done() (any, error) {
	if s.count == 0 {
		return nil, nil
	}
	if !s.real {
		if !s.sum.unscaled.IsInt64() {
			return nil, errors.New("integer overflow: use dec_sum")
		}
		return s.sum.unscaled.Int64(), nil
	}
	f, _ := s.sum.rat().Float64()
	return f, nil
}

type realAvg struct{ total }

func (s *realAvg) Done() any {
	if s.count == 0 {
		return nil
	}
	n := &decimal{}
	n.unscaled.SetInt64(s.count)
	f, _ := s.sum.rat().Quo(s.sum.rat(), n.rat()).Float64()
	return f
}

// decCmp compares two numbers exactly; null where one is none.
func decCmp(a, b any) any {
	x, errX := decimalOf(a)
	y, errY := decimalOf(b)
	if x == nil || y == nil || errX != nil || errY != nil {
		return nil
	}
	return int64(x.cmp(y))
}

// fold folds text; anything else, null among it, passes.
func fold(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ToLower(v)
	case []byte:
		return strings.ToLower(string(v))
	}
	return v
}
