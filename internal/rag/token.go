package rag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token is by its looks.
type tokenKind uint8

const (
	wordToken   tokenKind = iota // whatever stands between spaces
	quotedToken                  // a text in quotes: a literal
	nameToken                    // a name in backticks: a table or table.column
	signToken                    // < <= = != > >= , ( )
)

// token is a piece of the question.
type token struct {
	kind     tokenKind
	text     string // without quotes and clinging punctuation
	low      string // lower case, for phrases
	words    []string
	from, to int // in the question, quotes included
}

// maxTokens bounds what is parsed; a longer text is no question of route 1.
const maxTokens = 48

// tokenise cuts a question into tokens.
func tokenise(question string) []token {
	var out []token
	for i := 0; i < len(question); {
		r, n := utf8.DecodeRuneInString(question[i:])
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			i += n
		case closing(r) != 0 && quoteStarts(question, i, r):
			end := strings.IndexRune(question[i+n:], closing(r))
			kind := quotedToken
			if r == '`' {
				kind = nameToken
			}
			text := question[i+n : i+n+end]
			_, m := utf8.DecodeRuneInString(question[i+n+end:])
			out = append(out, token{kind: kind, text: text, low: strings.ToLower(text), from: i, to: i + n + end + m})
			i += n + end + m
		case strings.ContainsRune("<>=!≠≤≥", r):
			end := i + n
			for end < len(question) && strings.IndexByte("<>=", question[end]) >= 0 {
				end++
			}
			out = appendSign(out, question, i, end)
			i = end
		case strings.ContainsRune(",?();:", r):
			out = appendSign(out, question, i, i+n)
			i += n
		default:
			end := max(wordEnd(question, i), i+n) // a quote without its fellow is a word
			out = append(out, newWord(question, i, end))
			i = end
		}
	}
	return out
}

func appendSign(out []token, question string, from, to int) []token {
	text := question[from:to]
	return append(out, token{kind: signToken, text: text, low: text, from: from, to: to})
}

func closing(r rune) rune {
	switch r {
	case '"', '`', '\'':
		return r
	case '“':
		return '”'
	case '„':
		return '“'
	case '‘':
		return '’'
	case '«':
		return '»'
	}
	return 0
}

// quoteStarts tells a quote from an apostrophe: it must open a word and be
// closed at one's end.
func quoteStarts(s string, i int, r rune) bool {
	n := utf8.RuneLen(r)
	end := strings.IndexRune(s[i+n:], closing(r))
	if end <= 0 {
		return false
	}
	if r != '\'' {
		return true
	}
	behind := i + n + end + 1
	return behind == len(s) || !isWordRune(s[behind:])
}

func isWordRune(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// wordEnd is the end of the word that begins at i. A comma within digits and a
// point or colon within a word belong to it.
func wordEnd(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) || strings.ContainsRune("<>=!≠≤≥?();`\"“”", r) {
			break
		}
		if r == ',' || r == ':' {
			if i+n >= len(s) || !isWordRune(s[i+n:]) {
				break
			}
			if r == ',' && !(i > 0 && digit(s[i-1]) && digit(s[i+n])) {
				break
			}
		}
		i += n
	}
	return i
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// newWord drops the punctuation that clings to a word's end.
func newWord(question string, from, to int) token {
	text := question[from:to]
	for len(text) > 1 && strings.HasSuffix(text, ".") {
		text = text[:len(text)-1]
	}
	t := token{kind: wordToken, text: text, from: from, to: from + len(text)}
	t.low = strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	t.words = splitWords(possessor(text))
	return t
}

// possessor is a word without the possessive at its end. It is cut from the
// text itself: lower case may be longer or shorter.
func possessor(text string) string {
	for _, apostrophe := range []string{"'", "’"} {
		if owner, ok := strings.CutSuffix(text, apostrophe); ok && (strings.HasSuffix(owner, "s") || strings.HasSuffix(owner, "S")) {
			return owner
		}
		for _, s := range []string{"s", "S"} {
			if owner, ok := strings.CutSuffix(text, apostrophe+s); ok {
				return owner
			}
		}
	}
	return text
}
