package diff

import "retable/internal/table"

// typeSeen finds the type of a column whose source doesn't say: every value
// must be of the type. It looks only as long as a type is possible.
type typeSeen struct {
	values           int64
	text             bool
	integer, decimal bool
	date, time       bool
	number           decimal // its memory is used again
}

func (s *typeSeen) note(v []byte) {
	if s.text || len(v) == 0 {
		return
	}
	if s.values++; s.values == 1 {
		s.integer, s.decimal, s.date, s.time = true, true, true, true
	}
	if s.decimal && !(s.integer && plainInteger(v)) {
		s.integer = false
		s.decimal = len(v) <= 64 && s.number.parse(v)
	}
	if s.date {
		_, ok := parseInstant(v)
		s.date = ok && len(v) >= 10 && v[4] == '-'
		s.time = s.time && s.date && len(v) > 10 && (v[10] == 'T' || v[10] == ' ')
	}
	s.text = !s.decimal && !s.date
}

// plainInteger tells integers that fit, without plus sign and leading zeros.
func plainInteger(v []byte) bool {
	if len(v) > 1 && v[0] == '-' {
		v = v[1:]
	}
	if len(v) > 18 || v[0] == '0' && len(v) > 1 {
		return false
	}
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

func (s *typeSeen) kind() table.Type {
	switch {
	case s.values == 0:
		return table.Unknown
	case s.text:
		return table.Text
	case s.integer:
		return table.Integer
	case s.decimal:
		return table.Decimal
	case s.time:
		return table.DateTime
	}
	return table.Date
}
