package rag

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// figureWords are the phrases with which people ask for something computed.
func figureWords() []string {
	return []string{"howmany", "howmuch", "sum", "avg", "median", "min", "max", "share", "onaverage"}
}

// asksFigure reports whether a question begins by asking for something
// computed: rows that were found are no answer to that.
func asksFigure(why []*meaning) bool {
	return slices.ContainsFunc(why, func(m *meaning) bool {
		starts := []int{0}
		for _, category := range []string{"followup", "whatis"} {
			starts = append(starts, m.lat.phraseAt(category, 0)...)
		}
		for _, start := range starts {
			for _, category := range figureWords() {
				if len(m.lat.phraseAt(category, start)) > 0 {
					return true
				}
			}
		}
		return false
	})
}

// The bounds of spelling: words that are looked at, and tries to read.
const (
	maxMisspelt = 2
	shortWord   = 4 // letters: below, everything is like something
)

// didYouMean offers the question with its unknown words as they may have been
// meant, if it can be answered then. Nothing is corrected unasked.
func (c *Catalogue) didYouMean(ctx context.Context, why []*meaning, out *composer) error {
	for _, m := range why {
		unknown := m.lat.unknown()
		if len(unknown) == 0 || len(unknown) > maxMisspelt {
			continue
		}
		text := m.lat.question
		for _, w := range unknown {
			better := m.lat.nearestWord(w)
			if better == "" {
				text = ""
				break
			}
			text = strings.ReplaceAll(text, w, better)
		}
		if text == "" {
			continue
		}
		got, err := interpret(ctx, c.words, m.session, text, nil, m.lat.now)
		if err != nil {
			return err
		}
		if got.frame != nil || len(got.choices) > 0 {
			out.choice(text)
			return out.sayf("\nDid you mean: %s\n", md(text))
		}
	}
	return nil
}

// nearestWord is the name or word of the grammar that a word is a likely
// misspelling of, "" if there is none.
func (lat *lattice) nearestWord(word string) string {
	low := strings.ToLower(word)
	n := utf8.RuneCountInString(low)
	if n < shortWord {
		return ""
	}
	most := 1
	if n > 6 {
		most = 2
	}
	type near struct {
		word     string
		distance int
	}
	var best near
	offer := func(known string) {
		d := levenshtein.ComputeDistance(low, known)
		if d == 0 || d > most {
			return
		}
		if best.word == "" || cmp.Or(cmp.Compare(d, best.distance), cmp.Compare(known, best.word)) < 0 {
			best = near{known, d}
		}
	}
	for _, known := range lat.session.spoken(lat.words) {
		offer(known)
		offer(known + "s")
	}
	return best.word
}

// spoken are the words of names and of the grammar that are long enough to be
// misspelt.
func (s *session) spoken(l *locale) []string {
	var out []string
	add := func(words []string) {
		for _, w := range words {
			if utf8.RuneCountInString(w) >= shortWord && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	for _, t := range s.tables {
		add(splitWords(t.label))
		for _, c := range t.columns[:min(len(t.columns), 200)] {
			add(splitWords(c.header))
		}
	}
	for _, category := range append(figureWords(), "by", "list", "between", "since") {
		for _, phrase := range l.Phrases[category] {
			add(strings.Fields(phrase))
		}
	}
	return out
}
