package rag

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed locales/*.json
var localeFiles embed.FS

// locale holds the words of one language: what the grammar calls howmany,
// between or empty, as people say it. The file's lists are all there is to
// translate; the order of words is the grammar's.
type locale struct {
	Noise         []string            `json:"noise"`
	Phrases       map[string][]string `json:"phrases"`
	Months        map[string]int      `json:"months"`
	Numbers       map[string]int      `json:"numbers"`
	Plurals       map[string]string   `json:"plurals"`
	Abbreviations map[string]string   `json:"abbreviations"`
	Synonyms      [][]string          `json:"synonyms"`
	Weak          []string            `json:"weak"`        // words of names that add nothing
	Keys          []string            `json:"keys"`        // names of columns that identify a row, best first
	NotMeasures   []string            `json:"notmeasures"` // numbers that nobody adds up

	Superlatives []superlative  `json:"superlatives"`
	Verbs        []quantityVerb `json:"verbs"`

	Units       []string `json:"units"`       // ends of names that say only in what a number is given
	UnitLetters []string `json:"unitletters"` // the same, but only behind a quantity
	Quantities  []string `json:"quantities"`  // what has a unit

	Countries map[string]string `json:"countries"` // names that differ from the standard's

	countries map[string]string                // name: two-letter code
	phrases   map[string]map[string][][]string // category, first word, words; longest first
	noise     map[string][][]string
	synonyms  map[string][]string // by joined key
}

// loadLocale reads the words of a language.
func loadLocale(language string) (*locale, error) {
	b, err := localeFiles.ReadFile("locales/" + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("words of language %q: %w", language, err)
	}
	l := &locale{phrases: map[string]map[string][][]string{}, synonyms: map[string][]string{}}
	if err := json.Unmarshal(b, l); err != nil {
		return nil, fmt.Errorf("words of language %q: %w", language, err)
	}
	for category, list := range l.Phrases {
		l.phrases[category] = byFirstWord(withoutApostrophes(list))
	}
	l.noise = byFirstWord(l.Noise)
	for i := range l.Superlatives {
		s := &l.Superlatives[i]
		for _, name := range s.Columns {
			s.keys = append(s.keys, l.key(strings.Fields(name)))
		}
	}
	for i := range l.Verbs {
		for _, name := range l.Verbs[i].Columns {
			l.Verbs[i].keys = append(l.Verbs[i].keys, l.key(strings.Fields(name)))
		}
	}
	l.countries = countryNames(l.Countries)
	for _, group := range l.Synonyms {
		for _, a := range group {
			for _, b := range group {
				if a != b {
					l.synonyms[l.key(strings.Fields(a))] = append(l.synonyms[l.key(strings.Fields(a))], l.key(strings.Fields(b)))
				}
			}
		}
	}
	return l, nil
}

// withoutApostrophes adds what hasty people type: dont, isnt, whats.
func withoutApostrophes(list []string) []string {
	for _, phrase := range slices.Clone(list) {
		if bare := strings.ReplaceAll(phrase, "'", ""); !slices.Contains(list, bare) {
			list = append(list, bare)
		}
	}
	return list
}

func byFirstWord(list []string) map[string][][]string {
	m := map[string][][]string{}
	for _, phrase := range list {
		words := strings.Fields(phrase)
		m[words[0]] = append(m[words[0]], words)
	}
	for _, phrases := range m {
		slices.SortStableFunc(phrases, func(a, b []string) int { return len(b) - len(a) })
	}
	return m
}

// singular turns a lower-case word into its singular, as well as rules can;
// both sides of a comparison go through it, so that what it makes need not be
// a word.
func (l *locale) singular(word string) string {
	if s, ok := l.Plurals[word]; ok {
		return s
	}
	n := len(word)
	switch {
	case n < 4 || !strings.HasSuffix(word, "s"):
		return word
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"):
		return word
	case strings.HasSuffix(word, "ies"):
		return word[:n-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "shes"), strings.HasSuffix(word, "ches"),
		strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "zzes"), strings.HasSuffix(word, "oes"):
		return word[:n-2]
	}
	return word[:n-1]
}

// key joins words in the form in which names are compared: singular, without
// gaps, so that "credit lines", CreditLine and creditline are one.
func (l *locale) key(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i == len(words)-1 {
			w = l.singular(w)
		}
		b.WriteString(w)
	}
	return b.String()
}
