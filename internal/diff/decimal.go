package diff

import (
	"bytes"
	"math/big"
	"strconv"
)

// decimal is a number as it is written: sign, digits without outer zeros, and
// a power of ten. It aliases nothing.
type decimal struct {
	negative bool
	digits   []byte // "" for zero
	exponent int64
}

// maxExponent bounds what tolerances calculate with: 1e999999999 is a number,
// but not one to be written out.
const maxExponent = 4096

// parseDecimal reads XSD decimals and doubles but for INF and NaN. A
// superfluous leading zero makes it a text: 007 is a code.
func parseDecimal(v []byte) (decimal, bool) {
	var d decimal
	ok := d.parse(v)
	return d, ok
}

// parse is parseDecimal into d, whose memory is used again.
func (d *decimal) parse(v []byte) bool {
	d.negative, d.digits, d.exponent = false, d.digits[:0], 0
	if len(v) == 0 {
		return false
	}
	if v[0] == '-' || v[0] == '+' {
		d.negative = v[0] == '-'
		v = v[1:]
	}
	if len(v) > 1 && v[0] == '0' && isDigit(v[1]) {
		return false
	}
	i := 0
	for i < len(v) && isDigit(v[i]) {
		i++
	}
	whole := v[:i]
	var fraction []byte
	if i < len(v) && v[i] == '.' {
		j := i + 1
		for j < len(v) && isDigit(v[j]) {
			j++
		}
		fraction = v[i+1 : j]
		i = j
	}
	if len(whole)+len(fraction) == 0 {
		return false
	}
	if i < len(v) {
		if v[i] != 'e' && v[i] != 'E' || i+1 == len(v) {
			return false
		}
		digits := v[i+1:]
		if digits[0] == '+' || digits[0] == '-' {
			digits = digits[1:]
		}
		for _, c := range digits {
			if !isDigit(c) {
				return false
			}
		}
		e, err := strconv.ParseInt(string(v[i+1:]), 10, 48)
		if err != nil {
			return false
		}
		d.exponent = e
	}
	d.exponent -= int64(len(fraction))
	d.digits = append(append(d.digits, whole...), fraction...)
	lead := 0
	for lead < len(d.digits) && d.digits[lead] == '0' {
		lead++
	}
	end := len(d.digits)
	for end > lead && d.digits[end-1] == '0' {
		end--
		d.exponent++
	}
	n := copy(d.digits, d.digits[lead:end])
	if d.digits = d.digits[:n]; n == 0 {
		d.negative, d.exponent = false, 0
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// appendTo writes the one form that all spellings of the number share. It is
// a spelling itself: that of plainInteger if the number is one.
func (d *decimal) appendTo(dst []byte) []byte {
	if len(d.digits) == 0 {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	dst = append(dst, d.digits...)
	switch {
	case d.exponent > 0 && int64(len(d.digits))+d.exponent <= plainDigits:
		for range d.exponent {
			dst = append(dst, '0')
		}
	case d.exponent != 0:
		dst = append(dst, 'e')
		dst = strconv.AppendInt(dst, d.exponent, 10)
	}
	return dst
}

// rat is the number as a fraction; false if its exponent is out of bounds.
func (d *decimal) rat(into *big.Rat) bool {
	if d.exponent > maxExponent || d.exponent < -maxExponent {
		return false
	}
	var n big.Int
	if len(d.digits) > 0 {
		if _, ok := n.SetString(string(bytes.TrimSpace(d.digits)), 10); !ok {
			return false
		}
	}
	if d.negative {
		n.Neg(&n)
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(max(d.exponent, -d.exponent)), nil)
	if d.exponent >= 0 {
		into.SetInt(n.Mul(&n, power))
	} else {
		into.SetFrac(&n, power)
	}
	return true
}

// near tells whether |a-b| <= abs + rel*max(|a|,|b|).
func (t *tolerance) near(a, b *decimal) bool {
	var x, y, distance, most big.Rat
	if !a.rat(&x) || !b.rat(&y) {
		return false
	}
	distance.Abs(distance.Sub(&x, &y))
	x.Abs(&x)
	y.Abs(&y)
	if most.Set(&x); y.Cmp(&x) > 0 {
		most.Set(&y)
	}
	most.Mul(&most, t.rel)
	most.Add(&most, t.abs)
	return distance.Cmp(&most) <= 0
}
