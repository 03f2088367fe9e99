package rag

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// splitWords cuts a name into lower-case words without accents: at what is
// neither letter nor digit, between aB and between ABc.
func splitWords(name string) []string {
	runes := []rune(bare(name))
	var words []string
	start := -1
	end := func(i int) {
		if start >= 0 {
			words = append(words, strings.ToLower(string(runes[start:i])))
		}
		start = -1
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end(i)
			continue
		case start < 0:
		case unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) ||
			i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])),
			unicode.IsDigit(r) != unicode.IsDigit(runes[i-1]):
			end(i)
		}
		if start < 0 {
			start = i
		}
	}
	end(len(runes))
	return words
}

// bare drops accents from letters.
func bare(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
		return s
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}

// rank says how well a span of the question names a thing: 0 as a whole.
type rank int

const (
	rankWhole    rank = iota // the name in full
	rankTail                 // its last path segments
	rankExpanded             // an abbreviation written out, or without a word such as code
	rankSynonym              // another word for it
	rankSuffix               // the last words of its last segment
	rankRemote               // an attribute of a part of the row
)

// nameKeys are the keys under which a name is found, with the best rank each.
type nameKeys map[string]rank

func (k nameKeys) put(key string, r rank) {
	if key == "" {
		return
	}
	if old, ok := k[key]; !ok || r < old {
		k[key] = r
	}
}

// add puts the words, their long form and their synonyms.
func (k nameKeys) add(l *locale, words []string, r rank) {
	if len(words) == 0 {
		return
	}
	k.put(l.key(words), r)
	// Schemas say Order and Orders; a question's singular finds both.
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = l.singular(w)
	}
	k.put(strings.Join(all, ""), r)
	expanded, changed := make([]string, len(all)), false
	for i, w := range all {
		expanded[i] = w
		if long, ok := l.Abbreviations[w]; ok {
			expanded[i], changed = long, true
		}
	}
	if changed {
		k.put(l.key(expanded), max(r, rankExpanded))
	}
	for _, form := range [][]string{all, expanded} {
		for i := range form {
			for j := i + 1; j <= len(form); j++ {
				for _, other := range l.synonyms[l.key(form[i:j])] {
					k.put(strings.Join(form[:i], "")+other+strings.Join(form[j:], ""), max(r, rankSynonym))
				}
			}
		}
	}
}

// addPath puts a path of segments, each a list of words.
func (k nameKeys) addPath(l *locale, path [][]string) {
	for n := 1; n <= len(path); n++ {
		tail := path[len(path)-n:]
		r := rankTail
		if n == len(path) {
			r = rankWhole
		}
		k.add(l, slices.Concat(tail...), r)
	}
	if len(path) == 0 {
		return
	}
	last := path[len(path)-1]
	for i := 1; i < len(last); i++ {
		k.add(l, last[i:], rankSuffix)
	}
}

// addWithoutWeak puts a column's path without words that add nothing: the
// currency of DocumentCurrencyCode, the country of Country/IdentificationCode.
func (k nameKeys) addWithoutWeak(l *locale, path [][]string) {
	if len(path) == 0 {
		return
	}
	last := path[len(path)-1]
	short := last
	for len(short) > 0 && slices.Contains(l.Weak, l.expand(short[len(short)-1])) {
		short = short[:len(short)-1]
	}
	switch {
	case len(short) == len(last):
		return
	case len(short) > 0:
		k.add(l, short, rankExpanded)
		k.add(l, slices.Concat(slices.Concat(path[:len(path)-1]...), short), rankExpanded)
		for i := 1; i < len(short); i++ {
			k.add(l, short[i:], rankSuffix)
		}
	case len(path) > 1:
		k.add(l, path[len(path)-2], rankExpanded)
		k.add(l, slices.Concat(path[len(path)-2], last), rankTail)
	}
}

// addWithoutUnit puts a number's path without the unit at its end: the height of
// HeightCm, the weight of weight_kg. A letter alone is a unit only behind what is
// measured: length_m, but not size_m.
func (k nameKeys) addWithoutUnit(l *locale, path [][]string) {
	if len(path) == 0 {
		return
	}
	short := l.withoutUnit(path[len(path)-1])
	if short == nil {
		return
	}
	k.add(l, short, rankExpanded)
	k.add(l, slices.Concat(slices.Concat(path[:len(path)-1]...), short), rankExpanded)
	for i := 1; i < len(short); i++ {
		k.add(l, short[i:], rankSuffix)
	}
}

// withoutUnit drops the unit at a name's end; nil if there is none. Digits are
// words of their own: area_m2 ends in "m", "2".
func (l *locale) withoutUnit(words []string) []string {
	for n := min(3, len(words)-1); n > 0; n-- {
		unit, short := strings.Join(words[len(words)-n:], ""), words[:len(words)-n]
		if last := short[len(short)-1]; last == "in" || last == "per" { // height in cm
			if short = short[:len(short)-1]; len(short) == 0 {
				continue
			}
		}
		if slices.Contains(l.Units, unit) {
			return short
		}
		if slices.Contains(l.UnitLetters, unit) && slices.Contains(l.Quantities, l.expand(short[len(short)-1])) {
			return short
		}
	}
	return nil
}

func (l *locale) expand(word string) string {
	if long, ok := l.Abbreviations[word]; ok {
		return long
	}
	return word
}
