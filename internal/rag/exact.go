package rag

import (
	"cmp"
	"errors"
	"fmt"
	"math"
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

// number is a number with the text that it was written as. The double decides
// most comparisons; the exact value is made when two are too close for it.
type number struct {
	text  string
	near  float64
	exact *big.Rat
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
	near, err := strconv.ParseFloat(text, 64)
	if err != nil || !plausible(text) {
		return nil, fmt.Errorf("%.40q is not a number", text)
	}
	return &number{text: text, near: near}, nil
}

func (n *number) rat() *big.Rat {
	if n.exact == nil {
		n.exact, _ = new(big.Rat).SetString(n.text)
	}
	return n.exact
}

func (n *number) cmp(o *number) int {
	if gap := math.Abs(n.near - o.near); gap > 1e-12*math.Max(math.Abs(n.near), math.Abs(o.near)) {
		return cmp.Compare(n.near, o.near)
	}
	return n.rat().Cmp(o.rat())
}

// parseNumber reads XSD decimals and doubles but for INF and NaN.
func parseNumber(text string) (*big.Rat, bool) {
	if !plausible(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// plausible keeps texts out that take long to read or that Go reads but XML
// doesn't mean as numbers.
func plausible(text string) bool {
	if len(text) > maxNumberText || strings.Trim(text, "+-0123456789.eE") != "" {
		return false
	}
	at := strings.IndexAny(text, "eE")
	if at < 0 {
		return true
	}
	n, err := strconv.Atoi(text[at+1:])
	return err == nil && n <= 400 && n >= -400
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
	if e.best == nil || n.cmp(e.best)*e.sign > 0 {
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
	slices.SortFunc(m.all, (*number).cmp)
	upper := m.all[len(m.all)/2]
	if len(m.all)%2 == 1 {
		return upper.text
	}
	sum := new(big.Rat).Add(m.all[len(m.all)/2-1].rat(), upper.rat())
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
