package rag

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// readNumber reads a number as people write it: 1,000, 1.5k, 3 million, €100.
// unit is what stood with it, if anything, such as EUR; n counts the tokens.
func (l *locale) readNumber(tokens []token) (value, unit string, n int) {
	if len(tokens) == 0 || tokens[0].kind != wordToken {
		return "", "", 0
	}
	text := tokens[0].low
	if v, ok := l.Numbers[text]; ok {
		return strconv.Itoa(v), "", 1
	}
	for sign, code := range currencySigns {
		if cut, ok := strings.CutPrefix(text, sign); ok {
			text, unit = cut, code
		}
		if cut, ok := strings.CutSuffix(text, sign); ok && unit == "" {
			text, unit = cut, code
		}
	}
	end := len(text)
	for end > 0 && !digit(text[end-1]) {
		end--
	}
	suffix := text[end:]
	text = text[:end]
	if !grouped(text) {
		return "", "", 0
	}
	value, n = strings.ReplaceAll(text, ",", ""), 1
	if suffix == "" && n < len(tokens) && tokens[n].kind == wordToken && l.factor(tokens[n].low) != 0 && len(tokens[n].low) > 1 {
		suffix = tokens[n].low
		n++
	}
	switch factor := l.factor(suffix); {
	case factor != 0:
		rat, ok := parseNumber(value)
		if !ok {
			return "", "", 0
		}
		value = ratText(rat.Mul(rat, new(big.Rat).SetInt64(factor)))
	case suffix == "%" && unit == "":
	case suffix != "":
		return "", "", 0
	}
	return value, unit, n
}

var currencySigns = map[string]string{"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}

// grouped reports whether text is a number whose commas stand before three
// digits each.
func grouped(text string) bool {
	if _, ok := parseNumber(strings.ReplaceAll(text, ",", "")); !ok || strings.ContainsAny(text, "eE") {
		return false
	}
	whole, _, _ := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	parts := strings.Split(whole, ",")
	for i, p := range parts {
		if i > 0 && len(p) != 3 || i == 0 && len(parts) > 1 && len(p) > 3 {
			return false
		}
	}
	return true
}

func (l *locale) factor(word string) int64 {
	for category, factor := range map[string]int64{"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000} {
		for _, phrase := range l.Phrases[category] {
			if word == phrase {
				return factor
			}
		}
	}
	return 0
}

// period is a span of days, both ends included, as 2006-01-02.
type period struct {
	from, to string
	text     string // for people
	carried  bool   // its year is that of the question before
}

// readPeriod reads a date or a span of them: 2024, March 2024, 2024-03,
// 2024-03-01, 1 March 2024, March 1, 2024, Q1 2024, last month, today. What
// refers to the present needs now.
func (l *locale) readPeriod(tokens []token, now time.Time) (period, int) {
	if len(tokens) == 0 || tokens[0].kind != wordToken {
		return period{}, 0
	}
	if p, ok := isoPeriod(tokens[0].low); ok {
		return p, 1
	}
	if p, n := l.monthPeriod(tokens); n > 0 {
		return p, n
	}
	if p, n := quarterPeriod(tokens); n > 0 {
		return p, n
	}
	if now.IsZero() {
		return period{}, 0
	}
	return l.relativePeriod(tokens, now)
}

// isoPeriod reads 2024, 2024-03 and 2024-03-01.
func isoPeriod(text string) (period, bool) {
	for _, form := range []string{"2006-01-02", "2006-01", "2006"} {
		if len(text) != len(form) {
			continue
		}
		if first, err := time.Parse(form, text); err == nil && first.Year() >= 1000 {
			return span(first, form, text), true
		}
	}
	return period{}, false
}

// span is the year, month or day that begins at first.
func span(first time.Time, form, text string) period {
	last := first
	switch form {
	case "2006":
		last = first.AddDate(1, 0, -1)
	case "2006-01":
		last = first.AddDate(0, 1, -1)
	}
	return period{from: first.Format(time.DateOnly), to: last.Format(time.DateOnly), text: text}
}

func (l *locale) monthPeriod(tokens []token) (period, int) {
	at := func(i int) string {
		if i < len(tokens) && (tokens[i].kind == wordToken || tokens[i].text == ",") {
			return strings.TrimSuffix(tokens[i].low, ".")
		}
		return ""
	}
	year := func(i int) (int, bool) {
		y, err := strconv.Atoi(at(i))
		return y, err == nil && len(at(i)) == 4
	}
	dayOf := func(i int) int {
		text := at(i)
		for _, end := range []string{"st", "nd", "rd", "th"} {
			text = strings.TrimSuffix(text, end)
		}
		if d, err := strconv.Atoi(text); err == nil && d >= 1 && d <= 31 && len(text) <= 2 {
			return d
		}
		return 0
	}
	if m := l.Months[at(0)]; m > 0 { // March 2024; March 1, 2024
		if y, ok := year(1); ok {
			return span(time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC), "2006-01", tokens[0].text+" "+at(1)), 2
		}
		i := 2
		if at(2) == "," {
			i = 3
		}
		if y, ok := year(i); ok && dayOf(1) > 0 {
			return day(y, m, dayOf(1), i+1)
		}
		return period{}, 0
	}
	m := l.Months[at(1)]
	if y, ok := year(2); ok && m > 0 && dayOf(0) > 0 { // 1 March 2024
		return day(y, m, dayOf(0), 3)
	}
	return period{}, 0
}

// carriedPeriod reads "April" and "Q2" in the year of the question before.
func (l *locale) carriedPeriod(tokens []token, year int) (period, int) {
	if year == 0 || len(tokens) == 0 || tokens[0].kind != wordToken {
		return period{}, 0
	}
	low := tokens[0].low
	var p period
	switch m := l.Months[low]; {
	case m > 0:
		p = span(time.Date(year, time.Month(m), 1, 0, 0, 0, 0, time.UTC), "2006-01", fmt.Sprintf("%s%s %d", strings.ToUpper(low[:1]), low[1:], year))
	case len(low) == 2 && low[0] == 'q' && low[1] >= '1' && low[1] <= '4':
		p = quarter(year, int(low[1]-'0'))
	default:
		return period{}, 0
	}
	p.carried = true
	return p, 1
}

func day(y, m, d, n int) (period, int) {
	date := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if date.Day() != d {
		return period{}, 0 // 31 February
	}
	return span(date, time.DateOnly, date.Format(time.DateOnly)), n
}

// quarterPeriod reads Q1 2024 and 2024 Q1.
func quarterPeriod(tokens []token) (period, int) {
	if len(tokens) < 2 || tokens[1].kind != wordToken {
		return period{}, 0
	}
	q, y := tokens[0].low, tokens[1].low
	if len(q) == 4 {
		q, y = y, q
	}
	number, err := strconv.Atoi(y)
	if len(q) != 2 || q[0] != 'q' || q[1] < '1' || q[1] > '4' || err != nil || len(y) != 4 {
		return period{}, 0
	}
	return quarter(number, int(q[1]-'0')), 2
}

func quarter(year, n int) period {
	first := time.Date(year, time.Month(3*n-2), 1, 0, 0, 0, 0, time.UTC)
	return period{from: first.Format(time.DateOnly), to: first.AddDate(0, 3, -1).Format(time.DateOnly), text: fmt.Sprintf("Q%d %04d", n, year)}
}

// relativePeriod reads today, yesterday, this year, last month.
func (l *locale) relativePeriod(tokens []token, now time.Time) (period, int) {
	date := func(first time.Time, form string) period { return span(first, form, first.Format(form)) }
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	is := func(i int, category string) bool {
		return i < len(tokens) && len(l.phrases[category][tokens[i].low]) > 0
	}
	back := 0
	switch {
	case is(0, "today"):
		return date(today, time.DateOnly), 1
	case is(0, "yesterday"):
		return date(today.AddDate(0, 0, -1), time.DateOnly), 1
	case is(0, "lastperiod"):
		back = 1
	case is(0, "thisperiod"):
	default:
		return period{}, 0
	}
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch {
	case is(1, "year"):
		return date(time.Date(now.Year()-back, 1, 1, 0, 0, 0, 0, time.UTC), "2006"), 2
	case is(1, "month"):
		return date(month.AddDate(0, -back, 0), "2006-01"), 2
	case is(1, "quarter"):
		first := time.Date(now.Year(), (now.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, -3*back, 0)
		last := first.AddDate(0, 3, -1)
		return days(first, last), 2
	case is(1, "week"):
		first := today.AddDate(0, 0, -(int(today.Weekday())+6)%7-7*back)
		last := first.AddDate(0, 0, 6)
		return days(first, last), 2
	}
	return period{}, 0
}

func days(first, last time.Time) period {
	p := period{from: first.Format(time.DateOnly), to: last.Format(time.DateOnly)}
	p.text = p.from + " to " + p.to
	return p
}
