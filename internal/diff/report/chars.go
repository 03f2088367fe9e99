package report

import (
	"unicode"
	"unicode/utf8"
)

// part is a piece of a value: common to both sides, or not.
type part struct {
	text    string
	differs bool
}

// mostPieces bounds the work of comparing two values: pieces of one side
// times pieces of the other.
const mostPieces = maxShown * maxShown

// compareText splits two values into what they share and what they don't, by
// characters or, where these are many, by words. Values that share little, and
// numbers, are left whole.
func compareText(old, now string) (a, b []part) {
	if numeric(old) && numeric(now) {
		return whole(old), whole(now) // digits in common mean nothing
	}
	before, after := common(old, now)
	x, y := old[before:len(old)-after], now[before:len(now)-after]
	ax, by := pieces(x, y)
	if len(ax)*len(by) > mostPieces {
		ax, by = []string{x}, []string{y}
	}
	keepX, keepY := shared(ax, by)
	a = gather(old[:before], ax, keepX, old[len(old)-after:])
	b = gather(now[:before], by, keepY, now[len(now)-after:])
	if sameShare(a, b) < 0.35 || fragments(a)+fragments(b) > 12 {
		return whole(old), whole(now)
	}
	return a, b
}

// numeric tells numbers, dates and times.
func numeric(s string) bool {
	for _, c := range []byte(s) {
		if c != '.' && c != '-' && c != '+' && c != ':' && c != ',' && c != 'T' && c != 'Z' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func whole(s string) []part {
	if s == "" {
		return nil
	}
	return []part{{s, true}}
}

// common is the length of the common beginning and end, at characters.
func common(a, b string) (before, after int) {
	for before < len(a) && before < len(b) && a[before] == b[before] {
		before++
	}
	for before > 0 && (before < len(a) && !utf8.RuneStart(a[before]) || before < len(b) && !utf8.RuneStart(b[before])) {
		before--
	}
	for after < len(a)-before && after < len(b)-before && a[len(a)-1-after] == b[len(b)-1-after] {
		after++
	}
	for after > 0 && !utf8.RuneStart(a[len(a)-after]) {
		after--
	}
	return before, after
}

// pieces cuts both into characters, or into words where they are long.
func pieces(a, b string) (x, y []string) {
	if utf8.RuneCountInString(a)*utf8.RuneCountInString(b) <= 10_000 {
		return cut(a, false), cut(b, false)
	}
	return cut(a, true), cut(b, true)
}

func cut(s string, words bool) []string {
	var out []string
	from := 0
	inWord := false
	for i, r := range s {
		word := words && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if i > from && !(word && inWord) {
			out = append(out, s[from:i])
			from = i
		}
		inWord = word
	}
	if from < len(s) {
		out = append(out, s[from:])
	}
	return out
}

// shared marks the pieces of a longest common subsequence.
func shared(a, b []string) (x, y []bool) {
	x, y = make([]bool, len(a)), make([]bool, len(b))
	width := len(b) + 1
	best := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				best[i*width+j] = best[(i+1)*width+j+1] + 1
			} else {
				best[i*width+j] = max(best[(i+1)*width+j], best[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			from := i
			for i < len(a) && j < len(b) && a[i] == b[j] {
				i++
				j++
			}
			if i-from == 1 && utf8.RuneCountInString(a[from]) == 1 {
				continue // a lone character in common is chance
			}
			for k := from; k < i; k++ {
				x[k], y[j-i+k] = true, true
			}
		case best[(i+1)*width+j] >= best[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return x, y
}

// gather joins neighbours that are alike in being shared or not.
func gather(before string, mid []string, same []bool, after string) []part {
	var out []part
	add := func(s string, differs bool) {
		switch n := len(out); {
		case s == "":
		case n > 0 && out[n-1].differs == differs:
			out[n-1].text += s
		default:
			out = append(out, part{s, differs})
		}
	}
	add(before, false)
	for i, s := range mid {
		add(s, !same[i])
	}
	add(after, false)
	return out
}

// sameShare is the share of characters that both sides have in common.
func sameShare(a, b []part) float64 {
	same, all := 0, 0
	for _, parts := range [][]part{a, b} {
		for _, p := range parts {
			n := utf8.RuneCountInString(p.text)
			all += n
			if !p.differs {
				same += n
			}
		}
	}
	if all == 0 {
		return 1
	}
	return float64(same) / float64(all)
}

func fragments(parts []part) int {
	n := 0
	for _, p := range parts {
		if p.differs {
			n++
		}
	}
	return n
}
