package tabledb

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// decimal is an exact decimal number: unscaled / 10^scale, scale >= 0.
type decimal struct {
	unscaled big.Int
	scale    int
}

var errNotNumber = errors.New("not a number")

// maxExponent keeps 1e999999999 from taking all memory.
const maxExponent = 400

// parseDecimal reads XSD decimals and doubles but for INF and NaN.
func parseDecimal(s string) (*decimal, error) {
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > maxExponent || n < -maxExponent {
			return nil, fmt.Errorf("%q: %w that fits", s, errNotNumber)
		}
		mantissa, exponent = s[:i], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole, "+-")
	if len(whole)-len(digits) > 1 || digits == "" && fraction == "" ||
		strings.Trim(digits, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" {
		return nil, fmt.Errorf("%q: %w", s, errNotNumber)
	}
	d := &decimal{scale: len(fraction) - exponent}
	if _, ok := d.unscaled.SetString(digits+fraction, 10); !ok {
		return nil, fmt.Errorf("%q: %w", s, errNotNumber)
	}
	if whole != "" && whole[0] == '-' {
		d.unscaled.Neg(&d.unscaled)
	}
	if d.scale < 0 {
		d.rescale(0)
	}
	return d, nil
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// rescale widens d to the scale.
func (d *decimal) rescale(scale int) {
	if scale > d.scale {
		d.unscaled.Mul(&d.unscaled, pow10(scale-d.scale))
		d.scale = scale
	}
}

func (d *decimal) add(o *decimal) {
	d.rescale(o.scale)
	if o.scale < d.scale {
		c := &decimal{scale: o.scale}
		c.unscaled.Set(&o.unscaled)
		c.rescale(d.scale)
		o = c
	}
	d.unscaled.Add(&d.unscaled, &o.unscaled)
}

func (d *decimal) cmp(o *decimal) int {
	var a, b decimal
	a.unscaled.Set(&d.unscaled)
	a.scale = d.scale
	b.unscaled.Set(&o.unscaled)
	b.scale = o.scale
	a.rescale(b.scale)
	b.rescale(a.scale)
	return a.unscaled.Cmp(&b.unscaled)
}

func (d *decimal) rat() *big.Rat { return new(big.Rat).SetFrac(&d.unscaled, pow10(d.scale)) }

// String writes all digits, no exponent.
func (d *decimal) String() string {
	s := d.unscaled.String()
	if d.scale == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) <= d.scale {
		s = strings.Repeat("0", d.scale-len(s)+1) + s
	}
	return sign + s[:len(s)-d.scale] + "." + s[len(s)-d.scale:]
}

// mean divides, rounding half to even at six digits more than d has; zeros
// past d's own scale are dropped.
func (d *decimal) mean(n int64) *decimal {
	q := &decimal{scale: d.scale + 6}
	var rest, doubled big.Int
	divisor := big.NewInt(n)
	q.unscaled.Mul(&d.unscaled, pow10(6))
	q.unscaled.QuoRem(&q.unscaled, divisor, &rest)
	switch c := doubled.Abs(&rest).Lsh(&doubled, 1).Cmp(divisor); {
	case c > 0, c == 0 && q.unscaled.Bit(0) == 1:
		step := int64(1)
		if rest.Sign() < 0 {
			step = -1
		}
		q.unscaled.Add(&q.unscaled, big.NewInt(step))
	}
	ten := big.NewInt(10)
	for q.scale > d.scale {
		var shorter, digit big.Int
		if shorter.QuoRem(&q.unscaled, ten, &digit); digit.Sign() != 0 {
			break
		}
		q.unscaled.Set(&shorter)
		q.scale--
	}
	return q
}

// decimalOf takes a value as SQLite hands it over. A REAL stands for the
// shortest decimal that it rounds from, so 0.1 is a tenth. Null and the empty
// string are nil.
func decimalOf(v any) (*decimal, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		d := &decimal{}
		d.unscaled.SetInt64(v)
		return d, nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil, fmt.Errorf("%v: %w that has an exact sum", v, errNotNumber)
		}
		return parseDecimal(strconv.FormatFloat(v, 'e', -1, 64))
	case string:
		return decimalText(v)
	case []byte:
		return decimalText(string(v))
	}
	return nil, fmt.Errorf("%v: %w", v, errNotNumber)
}

func decimalText(s string) (*decimal, error) {
	if s == "" {
		return nil, nil
	}
	return parseDecimal(s)
}
