package index

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a question: more of it is not looked for.
const (
	maxQuestion = 4000 // bytes
	maxTerms    = 48
	maxTerm     = 200 // bytes
	maxTrigrams = 24
)

// term is a word or a phrase of a question.
type term struct {
	text   string
	phrase bool // was in quotes
}

// parse takes the words and the quoted phrases out of a question. Whatever it
// holds, what comes back are plain texts that have a letter or digit each.
func parse(question string) []term {
	question = oneLine(question)
	question = question[:whole(question, maxQuestion)]
	var terms []term
	add := func(text string, phrase bool) {
		text = strings.TrimFunc(text, func(r rune) bool { return !wordly(r) && !unicode.IsSymbol(r) })
		text = text[:whole(text, maxTerm)]
		known := slices.ContainsFunc(terms, func(t term) bool { return strings.EqualFold(t.text, text) })
		if strings.IndexFunc(text, wordly) >= 0 && !known && len(terms) < maxTerms {
			terms = append(terms, term{text, phrase})
		}
	}
	rest, quoted, more := strings.Map(straight, question), false, true
	for more {
		var piece string
		piece, rest, more = strings.Cut(rest, `"`)
		if words := strings.Fields(piece); quoted {
			add(strings.Join(words, " "), len(words) > 1)
		} else {
			for _, word := range words {
				add(word, false)
			}
		}
		quoted = !quoted
	}
	return meaningful(terms)
}

// straight makes typographic quotation marks plain.
func straight(r rune) rune {
	switch r {
	case '“', '”', '„', '«', '»', '「', '」':
		return '"'
	}
	return r
}

// wordly tells whether the tokenizer sees a part of a word in r.
func wordly(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}

// meaningful leaves out the words that stand in every question, unless there
// are no others.
func meaningful(terms []term) []term {
	var out []term
	for _, t := range terms {
		if t.phrase || !filler(strings.ToLower(t.text)) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return terms
	}
	return out
}

// filler tells whether an English word says nothing about what is looked for.
func filler(word string) bool {
	switch word {
	case "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do", "does",
		"find", "for", "from", "get", "give", "had", "has", "have", "how", "i", "in", "is", "it", "its", "list", "many", "me",
		"much", "my", "of", "on", "or", "our", "please", "show", "tell", "that", "the", "their", "them", "there", "these",
		"they", "this", "those", "to", "us", "was", "we", "were", "what", "what's", "when", "where", "which", "who", "whose",
		"why", "will", "with", "would", "you", "your":
		return true
	}
	return false
}

// match writes terms as an FTS5 query in which any of them suffices; the more
// and the rarer, the higher. With prefix the last may be unfinished. "" means
// that there is nothing to look for.
func match(terms []term, prefix bool) string {
	var quoted []string
	for i, t := range terms {
		q := quote(searchable(t.text))
		if prefix && i == len(terms)-1 && !t.phrase {
			q += "*"
		}
		quoted = append(quoted, q)
	}
	return strings.Join(quoted, " OR ")
}

// quote makes a text a string of FTS5, in which nothing has a meaning.
func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

// likeCode tells whether a term may be a part of a code: no phrase, a digit or
// a sign within, and long enough for a trigram.
func (t term) likeCode() bool {
	return !t.phrase && utf8.RuneCountInString(t.text) >= 3 &&
		strings.IndexFunc(t.text, func(r rune) bool { return unicode.IsNumber(r) || !unicode.IsLetter(r) && r != '\'' && r != '’' }) >= 0
}

// matchCode writes the trigrams of a text as an FTS5 query that all must
// meet. What it finds holds the trigrams, and mostly the text.
func matchCode(text string) string {
	runes := []rune(text)
	var all []string
	for i := 0; i+3 <= len(runes) && len(all) < maxTrigrams; i++ {
		if q := quote(string(runes[i : i+3])); !slices.Contains(all, q) {
			all = append(all, q)
		}
	}
	return strings.Join(all, " AND ")
}
