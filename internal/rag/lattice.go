package rag

import (
	"context"
	"slices"
	"strings"
	"time"
)

// lattice says for each place of a question what the spans that begin there
// can mean.
type lattice struct {
	words    *locale
	session  *session
	question string
	tokens   []token
	now      time.Time
	year     int           // of the question before, 0 if it has none
	names    [][]nameSpan  // by first token
	values   [][]valueSpan // by first token, longest first
}

// nameSpan is a span that names tables or columns.
type nameSpan struct {
	to      int // token behind it
	tables  []tableHit
	columns []columnHit
}

// valueSpan is a span that is a value somewhere.
type valueSpan struct {
	to     int
	text   string
	stored []storedValue
}

const (
	longestName    = 8 // tokens
	longestLiteral = 8 // tokens
)

// newLattice finds what the spans of a question can mean in a session.
func newLattice(ctx context.Context, l *locale, s *session, question string, now time.Time, year int) (*lattice, error) {
	lat := &lattice{words: l, session: s, question: question, tokens: tokenise(question), now: now, year: year}
	if len(lat.tokens) > maxTokens {
		lat.tokens = nil
		return lat, nil
	}
	lat.names = make([][]nameSpan, len(lat.tokens))
	lat.values = make([][]valueSpan, len(lat.tokens))
	for i := range lat.tokens {
		lat.findNames(i)
	}
	return lat, lat.findValues(ctx)
}

// findNames looks up what begins at token i.
func (lat *lattice) findNames(i int) {
	if t := lat.tokens[i]; t.kind == nameToken || t.kind == wordToken && strings.ContainsAny(t.text, "_.") && lat.session.exact[t.low] != nil {
		switch thing := lat.session.exact[t.low].(type) {
		case *tableInfo:
			lat.names[i] = []nameSpan{{to: i + 1, tables: []tableHit{{thing, rankWhole}}}}
		case *column:
			lat.names[i] = []nameSpan{{to: i + 1, columns: []columnHit{{thing, rankWhole}}}}
		}
		return
	}
	var words []string
	for j := i; j < len(lat.tokens) && j < i+longestName; j++ {
		t := &lat.tokens[j]
		if t.kind != wordToken || len(t.words) == 0 {
			break
		}
		if j > i && lat.isNoise(j) {
			break
		}
		words = append(words, t.words...)
		key := lat.words.key(words)
		tables, columns := lat.session.byKey[key], lat.session.columns[key]
		if len(tables) > 0 || len(columns) > 0 {
			lat.names[i] = append(lat.names[i], nameSpan{j + 1, tables, columns})
		}
	}
	slices.Reverse(lat.names[i])
}

// findValues matches spans with the values that occur, and looks in the file
// for those that may be values and nothing else.
func (lat *lattice) findValues(ctx context.Context) error {
	var unknown []string
	within := lat.withinPhrases()
	for i := range lat.tokens {
		lat.knownValues(i)
		if len(lat.values[i]) == 0 && !within[i] {
			unknown = append(unknown, lat.literalsAt(i)...)
		}
	}
	if len(unknown) == 0 || len(lat.session.values.rest) == 0 {
		return nil
	}
	found, err := lat.session.values.lookUp(ctx, lat.session, unknown)
	if err != nil {
		return err
	}
	for i := range lat.tokens {
		for to := min(len(lat.tokens), i+longestLiteral); to > i; to-- {
			text := lat.text(i, to)
			if stored := found[foldValue(text)]; len(stored) > 0 {
				lat.addValue(i, valueSpan{to, text, stored})
			}
		}
	}
	return nil
}

func (lat *lattice) knownValues(i int) {
	if lat.tokens[i].kind == nameToken {
		return
	}
	for to := min(len(lat.tokens), i+longestLiteral); to > i; to-- {
		if to > i+1 && lat.quoted(i, to) {
			continue
		}
		text := lat.text(i, to)
		stored := lat.session.values.byFold[foldValue(text)]
		if len(stored) == 0 {
			stored = lat.session.values.countryCode(lat.words, text)
		}
		if len(stored) > 0 {
			lat.addValue(i, valueSpan{to, text, stored})
		}
	}
}

// addValue joins what is known of a span from both places.
func (lat *lattice) addValue(i int, v valueSpan) {
	for k := range lat.values[i] {
		if old := &lat.values[i][k]; old.to == v.to {
			for _, s := range v.stored {
				if !slices.Contains(old.stored, s) {
					old.stored = append(slices.Clone(old.stored), s)
				}
			}
			return
		}
	}
	lat.values[i] = append(lat.values[i], v)
	slices.SortStableFunc(lat.values[i], func(a, b valueSpan) int { return b.to - a.to })
}

// literalsAt are the spans from token i on that are worth looking for: quoted,
// or beginning with a word that means nothing else or has a digit or capital.
func (lat *lattice) literalsAt(i int) []string {
	t := lat.tokens[i]
	if t.kind == quotedToken {
		return []string{t.text}
	}
	if t.kind != wordToken || lat.isNoise(i) || i == 0 && len(lat.names[i]) == 0 && lat.isPhrase(i) {
		return nil
	}
	if strings.ContainsAny(t.text, "0123456789") || strings.ToLower(t.text) != t.text || len(lat.names[i]) == 0 && !lat.isPhrase(i) {
		var out []string
		for to := i + 1; to <= min(len(lat.tokens), i+longestLiteral); to++ {
			if to > i+1 && lat.quoted(i, to) {
				break
			}
			out = append(out, lat.text(i, to))
		}
		return out
	}
	return nil
}

// numbersFollow are the phrases behind which a number or a date is just that.
func numbersFollow() []string {
	return []string{"gt", "ge", "lt", "le", "between", "top", "bottom", "since", "after", "before", "until"}
}

// withinPhrases marks what stands for no value: the plain words inside of
// phrases, such as the "many" of "how many", dates of several words, and the
// numbers of comparisons. To look for them in all the tables would cost most
// questions most of their time.
func (lat *lattice) withinPhrases() []bool {
	within := make([]bool, len(lat.tokens))
	for i := range lat.tokens {
		for category := range lat.words.phrases {
			for _, to := range lat.phraseAt(category, i) {
				for k := i + 1; k < to; k++ {
					t := &lat.tokens[k]
					within[k] = within[k] || t.kind == wordToken && t.text == t.low && !strings.ContainsAny(t.text, "0123456789")
				}
			}
		}
		if _, n := lat.periodAt(i); n > 1 {
			mark(within[i : i+n])
		}
		for _, category := range numbersFollow() {
			for _, to := range lat.phraseAt(category, i) {
				if _, _, n := lat.words.readNumber(lat.tokens[to:]); n > 0 {
					mark(within[to : to+n])
				} else if _, n := lat.periodAt(to); n > 0 {
					mark(within[to : to+n])
				}
			}
		}
	}
	return within
}

func mark(all []bool) {
	for i := range all {
		all[i] = true
	}
}

// isPhrase reports whether a phrase of the grammar begins at token i.
func (lat *lattice) isPhrase(i int) bool {
	for category := range lat.words.phrases {
		if len(lat.phraseAt(category, i)) > 0 {
			return true
		}
	}
	return false
}

// quoted reports whether one of the tokens is in quotes or backticks.
func (lat *lattice) quoted(i, to int) bool {
	return slices.ContainsFunc(lat.tokens[i:to], func(t token) bool { return t.kind == quotedToken || t.kind == nameToken })
}

// text is the question's text from token i to before token to.
func (lat *lattice) text(i, to int) string {
	if to == i+1 {
		return lat.tokens[i].text
	}
	return lat.question[lat.tokens[i].from:lat.tokens[to-1].to]
}

// periodAt reads the date, or span of dates, at token i; n counts its tokens.
func (lat *lattice) periodAt(i int) (found period, n int) {
	if found, n = lat.words.readPeriod(lat.tokens[i:], lat.now); n > 0 {
		return found, n
	}
	return lat.words.carriedPeriod(lat.tokens[i:], lat.year)
}

// noiseAt is the number of tokens of the noise that begins at i.
func (lat *lattice) noiseAt(i int) int {
	if i >= len(lat.tokens) || lat.tokens[i].kind == quotedToken || lat.tokens[i].kind == nameToken {
		return 0
	}
	for _, words := range lat.words.noise[lat.tokens[i].low] {
		if lat.matches(words, i) {
			return len(words)
		}
	}
	return 0
}

func (lat *lattice) isNoise(i int) bool { return lat.noiseAt(i) > 0 }

func (lat *lattice) matches(words []string, i int) bool {
	if i+len(words) > len(lat.tokens) {
		return false
	}
	for k, w := range words {
		if t := lat.tokens[i+k]; t.low != w || t.kind == quotedToken || t.kind == nameToken {
			return false
		}
	}
	return true
}

// skip passes over noise.
func (lat *lattice) skip(i int) int {
	for {
		n := lat.noiseAt(i)
		if n == 0 {
			return i
		}
		i += n
	}
}

// phraseAt returns the places behind the phrases of a category that begin at
// i or behind the noise there, longest first.
func (lat *lattice) phraseAt(category string, i int) []int {
	var ends []int
	for _, at := range []int{i, lat.skip(i)} {
		if at >= len(lat.tokens) || lat.tokens[at].kind == quotedToken || lat.tokens[at].kind == nameToken {
			continue
		}
		for _, words := range lat.words.phrases[category][lat.tokens[at].low] {
			if end := lat.phraseEnd(words, at); end > 0 && !slices.Contains(ends, end) {
				ends = append(ends, end)
			}
		}
	}
	slices.SortFunc(ends, func(a, b int) int { return b - a })
	return ends
}

// phraseEnd matches the words of a phrase, between which noise may stand.
func (lat *lattice) phraseEnd(words []string, i int) int {
	for k, w := range words {
		if k > 0 && (i >= len(lat.tokens) || lat.tokens[i].low != w) {
			i = lat.skip(i)
		}
		if i >= len(lat.tokens) || lat.tokens[i].low != w || lat.tokens[i].kind == quotedToken || lat.tokens[i].kind == nameToken {
			return 0
		}
		i++
	}
	return i
}
