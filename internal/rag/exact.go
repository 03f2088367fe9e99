package rag

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// exactFunctions registers the aggregates that tabledb lacks:
//
//	dec_min(x), dec_max(x)  the smallest and greatest number, as it is written
//	dec_median(x)           the middle one; of two, the exact half of their sum
//
// Null and the empty string are passed over; what is no number fails the query.
func exactFunctions(c *sqlite3.SQLiteConn) error {
	return errors.Join(
		c.RegisterAggregator("dec_min", func() *extreme { return &extreme{sign: -1} }, true),
		c.RegisterAggregator("dec_max", func() *extreme { return &extreme{sign: 1} }, true),
		c.RegisterAggregator("dec_median", func() *median { return &median{} }, true),
	)
}

// number is a number with the text that it was written as.
type number struct {
	text string
	rat  *big.Rat
}

// maxNumberText bounds a number's text, so that none takes long to parse.
const maxNumberText = 800

func numberOf(v any) (*number, error) {
	var text string
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		text = strconv.FormatInt(v, 10)
	case float64:
		text = plainFloat(v)
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	if text == "" {
		return nil, nil
	}
	rat, ok := parseNumber(text)
	if !ok {
		return nil, fmt.Errorf("%.40q is not a number", text)
	}
	return &number{text, rat}, nil
}

// parseNumber reads XSD decimals and doubles but for INF and NaN.
func parseNumber(text string) (*big.Rat, bool) {
	if len(text) > maxNumberText || strings.Trim(text, "+-0123456789.eE") != "" {
		return nil, false
	}
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		if n, err := strconv.Atoi(text[at+1:]); err != nil || n > 400 || n < -400 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// plainFloat writes the shortest decimal that is that double, without exponent.
func plainFloat(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// extreme keeps the number furthest in the direction of sign.
type extreme struct {
	sign int
	best *number
}

// Step takes a value.
func (e *extreme) Step(v any) error {
	n, err := numberOf(v)
	if n == nil || err != nil {
		return err
	}
	if e.best == nil || n.rat.Cmp(e.best.rat)*e.sign > 0 {
		e.best = n
	}
	return nil
}

// Done returns the text of the number, nil if there was none.
func (e *extreme) Done() any {
	if e.best == nil {
		return nil
	}
	return e.best.text
}

// median keeps all numbers: a middle can't be known before the end.
type median struct{ all []*number }

// maxMedian bounds what a median may hold, about 200 bytes each.
const maxMedian = 5_000_000

// Step takes a value.
func (m *median) Step(v any) error {
	n, err := numberOf(v)
	if n == nil || err != nil {
		return err
	}
	if len(m.all) == maxMedian {
		return fmt.Errorf("more than %d numbers are too many for a median", maxMedian)
	}
	m.all = append(m.all, n)
	return nil
}

// Done returns the median's text, nil if there was no number.
func (m *median) Done() any {
	if len(m.all) == 0 {
		return nil
	}
	slices.SortFunc(m.all, func(a, b *number) int { return a.rat.Cmp(b.rat) })
	upper := m.all[len(m.all)/2]
	if len(m.all)%2 == 1 {
		return upper.text
	}
	sum := new(big.Rat).Add(m.all[len(m.all)/2-1].rat, upper.rat)
	return ratText(sum.Quo(sum, big.NewRat(2, 1)))
}

// ratText writes a rational that has a finite decimal form, all digits.
func ratText(r *big.Rat) string {
	digits, exact := r.FloatPrec()
	if !exact {
		digits = 12
	}
	return r.FloatString(digits)
}
