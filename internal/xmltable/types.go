package xmltable

import (
	"time"

	"retable/internal/table"
)

// joinTypes returns the narrowest type that holds values of both.
func joinTypes(a, b table.Type) table.Type {
	switch {
	case a == b || b == table.Unknown:
		return a
	case a == table.Unknown:
		return b
	case a == table.Integer && b == table.Decimal || a == table.Decimal && b == table.Integer:
		return table.Decimal
	}
	return table.Text
}

// classify returns the narrowest type of one non-empty value. Whatever would
// lose a character by a round trip through its type is text: leading zeros,
// plus signs, dates that do not exist.
func classify(v []byte) table.Type {
	switch c := v[0]; {
	case c >= '0' && c <= '9' || c == '-' || c == '.':
		return classifyNumeric(v)
	case c == 't' && string(v) == "true", c == 'f' && string(v) == "false":
		return table.Boolean
	}
	return table.Text
}

func classifyNumeric(v []byte) table.Type {
	if len(v) >= 8 && v[0] != '-' && (v[2] == ':' || v[4] == '-' && v[3] != 'e' && v[3] != 'E') {
		return classifyTemporal(v)
	}
	i := 0
	if v[0] == '-' {
		i = 1
	}
	start := i
	i = digits(v, i)
	whole := i - start
	if whole > 1 && v[start] == '0' {
		return table.Text
	}
	if i == len(v) {
		if whole == 0 || start == 1 && v[1] == '0' {
			return table.Text // "-", "-0"
		}
		if whole <= 18 || whole == 19 && fitsInt64(v[start:], start == 1) {
			return table.Integer
		}
		return table.Decimal
	}
	fraction := 0
	if v[i] == '.' {
		end := digits(v, i+1)
		fraction = end - i - 1
		i = end
		if fraction == 0 {
			return table.Text
		}
	}
	if whole+fraction == 0 {
		return table.Text
	}
	if i < len(v) && (v[i] == 'e' || v[i] == 'E') {
		i++
		if i < len(v) && (v[i] == '+' || v[i] == '-') {
			i++
		}
		end := digits(v, i)
		if end == i || end-i > 3 {
			return table.Text
		}
		i = end
	}
	if i != len(v) {
		return table.Text
	}
	return table.Decimal
}

func fitsInt64(d []byte, negative bool) bool {
	if negative {
		return string(d) <= "9223372036854775808"
	}
	return string(d) <= "9223372036854775807"
}

func digits(v []byte, i int) int {
	for i < len(v) && v[i] >= '0' && v[i] <= '9' {
		i++
	}
	return i
}

// classifyTemporal knows date (without zone), dateTime and time as XML Schema
// writes them; 24:00:00, years beyond four digits and bare zones stay text.
func classifyTemporal(v []byte) table.Type {
	if v[2] == ':' {
		if timeOfDay(v) {
			return table.Time
		}
		return table.Text
	}
	if len(v) < 10 || !calendarDate(v[:10]) {
		return table.Text
	}
	if len(v) == 10 {
		return table.Date
	}
	if v[10] == 'T' && timeOfDay(v[11:]) {
		return table.DateTime
	}
	return table.Text
}

func calendarDate(v []byte) bool {
	if v[4] != '-' || v[7] != '-' {
		return false
	}
	y, m, d := number(v[0:4]), number(v[5:7]), number(v[8:10])
	if y < 0 || m < 1 || m > 12 || d < 1 || d > 31 {
		return false
	}
	return d <= 28 || time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() == d
}

// timeOfDay reports whether v is hh:mm:ss with optional fraction and zone.
func timeOfDay(v []byte) bool {
	if len(v) < 8 || v[2] != ':' || v[5] != ':' || !sixty(v[0:2], 23) || !sixty(v[3:5], 59) || !sixty(v[6:8], 59) {
		return false
	}
	i := 8
	if i < len(v) && v[i] == '.' {
		end := digits(v, i+1)
		if end == i+1 {
			return false
		}
		i = end
	}
	switch {
	case i == len(v):
		return true
	case v[i] == 'Z':
		return i+1 == len(v)
	case v[i] == '+' || v[i] == '-':
		z := v[i+1:]
		return len(z) == 5 && z[2] == ':' && sixty(z[0:2], 14) && sixty(z[3:5], 59)
	}
	return false
}

func sixty(v []byte, most int) bool {
	n := number(v)
	return n >= 0 && n <= most
}

func number(v []byte) int {
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
