package diff

import (
	"bytes"

	"retable/internal/table"
)

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
		s.decimal = plainDecimal(v) || len(v) <= 64 && s.number.parse(v)
	}
	if s.date {
		ok := plainDate(v)
		if !ok {
			_, ok = parseInstant(v)
		}
		s.date = ok && len(v) >= 10 && v[4] == '-'
		s.time = s.time && s.date && len(v) > 10 && (v[10] == 'T' || v[10] == ' ')
	}
	s.text = !s.decimal && !s.date
}

// plainDigits is how many digits fit an int64, whatever they are.
const plainDigits = 18

// plainInteger tells integers that fit, without plus sign and leading zeros.
func plainInteger(v []byte) bool {
	if len(v) > 1 && v[0] == '-' {
		v = v[1:]
	}
	if len(v) > plainDigits || v[0] == '0' && len(v) > 1 {
		return false
	}
	return allDigits(v)
}

// The commonest spellings are told without being read: 12.50, 2006-01-02 and
// 2006-01-02T15:04:05Z, of days that every month has.

func plainDecimal(v []byte) bool {
	point := bytes.IndexByte(v, '.')
	return point > 0 && point+1 < len(v) && plainInteger(v[:point]) && allDigits(v[point+1:]) && len(v) <= 64
}

func plainDate(v []byte) bool {
	if len(v) != 10 && (len(v) != 20 || v[10] != 'T' || v[19] != 'Z' || !plainClock(v[11:19])) {
		return false
	}
	month, day := twoDigits(v[5:]), twoDigits(v[8:])
	return allDigits(v[:4]) && v[0] != '0' && v[4] == '-' && v[7] == '-' && 1 <= month && month <= 12 && 1 <= day && day <= 28
}

func plainClock(v []byte) bool {
	return v[2] == ':' && v[5] == ':' && twoDigits(v) < 24 && twoDigits(v[3:]) < 60 && twoDigits(v[6:]) < 60
}

func allDigits(v []byte) bool {
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// twoDigits is the number that v begins with; over 99 if it doesn't.
func twoDigits(v []byte) int {
	a, b := v[0]-'0', v[1]-'0'
	if a > 9 || b > 9 {
		return 100
	}
	return int(a)*10 + int(b)
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
