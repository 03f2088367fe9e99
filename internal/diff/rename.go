package diff

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"retable/internal/table"
)

// renameScore is how well two unmatched columns fit.
type renameScore struct {
	left, right                                    int
	score, name, agreement, kind, position, margin float64
}

const (
	renameLeast  = 0.60
	renameMargin = 0.15
	renameMost   = 40_000 // pairs of columns that are looked at
)

// findRenames looks for columns of one side that are another's under a new
// name: aligned rows must hold the same values.
func (t *tablePair) findRenames(ctx context.Context, matches []columnMatch, workers int) ([]columnMatch, error) {
	if t.onlyLeft == 0 || len(t.extra) == 0 || t.rowsLeft == 0 || t.rowsRight == 0 {
		return nil, nil
	}
	if t.onlyLeft*len(t.extra) > renameMost {
		t.note("%d columns against %d are too many to look for renamed ones among them", t.onlyLeft, len(t.extra))
		return nil, nil
	}
	pairs, err := t.alignedSample(ctx, workers)
	if err != nil {
		return nil, err
	}
	var left []int
	matched := map[int]bool{}
	for _, m := range matches {
		matched[m.left] = true
	}
	for i := range t.left.columns {
		if !matched[i] && !t.ignored(t.left.column(i)) {
			left = append(left, i)
		}
	}
	scores, err := t.renameScores(left, t.extra, pairs)
	if err != nil {
		return nil, err
	}
	return chooseRenames(scores), nil
}

// alignedSample returns rows that belong together: by a key of the common
// columns, or else rows whose common columns are all equal.
func (t *tablePair) alignedSample(ctx context.Context, workers int) ([][2]int64, error) {
	given := t.rules.Key
	t.rules.Key = nil // it may be what was renamed
	key, err := t.detectKey(ctx, workers)
	t.rules.Key, t.ranked, t.res.Key = given, nil, Key{}
	if err != nil {
		return nil, err
	}
	if key != nil && key.tested && len(key.pairs) >= 8 {
		return key.pairs, nil
	}
	all := t.candidate(false)
	all.scoped = t.place != noPlace
	for i := range t.cols {
		all.cols = append(all.cols, i)
	}
	if err := t.measure(ctx, []*candidate{all}, workers); err != nil {
		return nil, err
	}
	if key != nil && len(key.pairs) > len(all.pairs) {
		return key.pairs, nil
	}
	return all.pairs, nil
}

func (t *tablePair) renameScores(left, right []int, pairs [][2]int64) ([]renameScore, error) {
	type evidence struct{ both, equal, chance int }
	seen := make([]evidence, len(left)*len(right))
	rules := make([]*cellRule, len(seen))
	for i, l := range left {
		for j, r := range right {
			rules[i*len(right)+j] = t.cellRule(t.left.column(l), t.right.column(r), t.left.stats[l].kind, t.right.stats[r].kind)
		}
	}
	readers := [4]*reader{t.left.reader(), t.right.reader(), t.left.reader(), t.right.reader()}
	pairs = slices.Clone(pairs[:min(len(pairs), max(keySketchSize/(1+len(seen)/100), 20))])
	slices.SortFunc(pairs, func(x, y [2]int64) int { // what is next to what doesn't depend on the side
		return cmp.Or(cmp.Compare(x[0]+x[1], y[0]+y[1]), cmp.Compare(max(x[0], x[1]), max(y[0], y[1])))
	})
	var work cellWork
	agree := func(rule *cellRule, a []byte, aok bool, b []byte, bok bool) int {
		if aok && bok && rule.compare(&work, a, true, b, true) != differs {
			return 1
		}
		return 0
	}
	var err error
	for n, p := range pairs {
		next := pairs[(n+1)%len(pairs)]
		var rows [4]*row // the pair, and another one
		for i, at := range [4]int64{p[0], p[1], next[0], next[1]} {
			if rows[i], err = readers[i].read(at); err != nil {
				return nil, err
			}
		}
		for i, l := range left {
			a, aok := rows[0].value(l)
			c, cok := rows[2].value(l)
			for j, r := range right {
				e, rule := &seen[i*len(right)+j], rules[i*len(right)+j]
				b, bok := rows[1].value(r)
				if !aok && !bok {
					continue
				}
				d, dok := rows[3].value(r)
				e.both++
				e.equal += agree(rule, a, aok, b, bok)
				e.chance += agree(rule, a, aok, d, dok) + agree(rule, c, cok, b, bok)
			}
		}
	}
	var out []renameScore
	for i, l := range left {
		for j, r := range right {
			e := seen[i*len(right)+j]
			s := renameScore{left: l, right: r}
			a, b := t.left.column(l), t.right.column(r)
			s.name = columnNameLikeness(a.Name, b.Name)
			if e.both > 0 {
				s.agreement = float64(e.equal) / float64(e.both)
				if float64(e.chance) > 0.9*2*float64(e.both) { // a constant agrees with any constant
					s.agreement /= 2
				}
				s.agreement *= min(float64(e.both)/3, 1)
			}
			s.kind = typeLikeness(t.left.stats[l].kind, t.right.stats[r].kind)
			s.position = 1 - abs(ratio(int64(l), int64(len(t.left.columns)))-ratio(int64(r), int64(len(t.right.columns))))
			s.score = 0.3*s.name + 0.5*s.agreement + 0.1*s.kind + 0.1*s.position
			out = append(out, s)
		}
	}
	return out, nil
}

// chooseRenames takes the best pairs one to one, each clear of its rivals.
// Pairs with the same score are judged together: nothing tells them apart.
func chooseRenames(scores []renameScore) []columnMatch {
	slices.SortStableFunc(scores, func(x, y renameScore) int { return cmp.Compare(y.score, x.score) })
	takenA, takenB := map[int]bool{}, map[int]bool{}
	margin := func(s *renameScore) float64 {
		rival := 0.0
		for k := range scores {
			o := &scores[k]
			if o != s && (o.left == s.left && !takenB[o.right] || o.right == s.right && !takenA[o.left]) {
				rival = max(rival, o.score)
			}
		}
		return s.score - rival
	}
	var out []columnMatch
	for equals := range runs(scores, func(x, y renameScore) bool { return x.score == y.score }) {
		from := len(out)
		for i := range equals {
			s := &equals[i]
			if s.score < renameLeast || takenA[s.left] || takenB[s.right] {
				continue
			}
			if s.margin = margin(s); s.margin >= renameMargin {
				out = append(out, columnMatch{left: s.left, right: s.right, how: ColumnRename, rename: s})
			}
		}
		for _, m := range out[from:] {
			takenA[m.left], takenB[m.right] = true, true
		}
	}
	return out
}

func abs(x float64) float64 { return max(x, -x) }

// columnNameLikeness compares the last steps of two headers; one that begins
// or ends with the other counts much.
func columnNameLikeness(a, b string) float64 {
	step := func(s string) string {
		s = strings.TrimSuffix(s, "[*]")
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, s[strings.LastIndexByte(s, '/')+1:])
	}
	x, y := step(a), step(b)
	if x == "" || y == "" {
		return 0
	}
	if x == y {
		return 1
	}
	like := trigramDice(x, y)
	if len(x) >= 3 && len(y) >= 3 && (strings.HasPrefix(x, y) || strings.HasPrefix(y, x) || strings.HasSuffix(x, y) || strings.HasSuffix(y, x)) {
		like = max(like, 0.8)
	}
	return like
}

func typeLikeness(a, b table.Type) float64 {
	switch {
	case a == b:
		return 1
	case isNumber(a) && isNumber(b) || isInstant(a) && isInstant(b) || a == table.Unknown || b == table.Unknown:
		return 0.7
	}
	return 0
}

// trigramDice is the overlap of the two texts' trigrams, outer ones included.
func trigramDice(a, b string) float64 { return trigrams(a).dice(trigrams(b)) }

// grams are a text's trigrams, hashed and sorted.
type grams []uint64

func trigrams(s string) grams {
	r := []rune("  " + s + " ")
	var out grams
	for i := 0; i+3 <= len(r); i++ {
		out = append(out, uint64(r[i])<<42|uint64(r[i+1])<<21|uint64(r[i+2]))
	}
	slices.Sort(out)
	return out
}

func (g grams) dice(o grams) float64 {
	both, i, k := 0, 0, 0
	for i < len(g) && k < len(o) {
		switch c := cmp.Compare(g[i], o[k]); {
		case c < 0:
			i++
		case c > 0:
			k++
		default:
			both++
			i++
			k++
		}
	}
	return dice(both, len(g), len(o))
}
