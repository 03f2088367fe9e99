package eval

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// respellNumber writes a number with other digits: 12.5 as 12.50, +12.5, 1.25E1.
func respellNumber(r *rand.Rand, c cell) cell {
	if c.null {
		return c
	}
	v := c.text
	switch r.IntN(4) {
	case 0:
		if strings.Contains(v, ".") {
			v += "0"
		} else {
			v += ".0"
		}
	case 1:
		v = "+" + v
	case 2:
		if whole, ok := strings.CutSuffix(v, "00"); ok && strings.Contains(v, ".") {
			v = strings.TrimSuffix(whole, ".")
		} else {
			v += "e0"
		}
	case 3:
		if strings.Contains(v, ".") {
			v += "00"
		} else {
			v += "E+0"
		}
	}
	return cell{text: v, sense: c.sense}
}

// respellMoment writes an instant in another zone or with a fraction.
func respellMoment(r *rand.Rand, c cell) cell {
	t, err := time.Parse(time.RFC3339, c.text)
	if err != nil {
		return c
	}
	layouts := []string{"2006-01-02T15:04:05-07:00", "2006-01-02T15:04:05.000Z07:00", "2006-01-02 15:04:05Z07:00"}
	k := r.IntN(len(layouts))
	if k == 0 {
		t = t.In(time.FixedZone("", 3600*(1+r.IntN(3))))
	}
	return cell{text: t.Format(layouts[k]), sense: c.sense}
}

// respellDay writes a date year first with other separators.
func respellDay(r *rand.Rand, c cell) cell {
	t, err := time.Parse(time.DateOnly, c.text)
	if err != nil {
		return c
	}
	return cell{text: t.Format([]string{"2006/01/02", "2006.01.02", "2006-1-2"}[r.IntN(3)]), sense: c.sense}
}

// dayFirst writes a date as most of Europe does. A day up to 12 may be taken
// for the month and is never guessed: such a value counts as another one.
func dayFirst(_ *rand.Rand, c cell) cell {
	t, err := time.Parse(time.DateOnly, c.text)
	if err != nil {
		return c
	}
	out := cell{text: t.Format("02/01/2006"), sense: c.sense}
	if t.Day() <= 12 && t.Day() != int(t.Month()) {
		out.sense = fmt.Sprintf("ambiguous %s", out.text)
	}
	return out
}
