package index

import (
	"strings"
	"unicode"
)

// spelled writes a header, table or file name as words: customerId and
// Customer/@id become "customer Id" and "Customer id".
func spelled(name string) string {
	var b strings.Builder
	var before rune
	for _, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		switch {
		case !letter:
			r = ' '
		case unicode.IsUpper(r) && unicode.IsLower(before), unicode.IsDigit(r) != unicode.IsDigit(before) && before != 0 && before != ' ':
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		before = r
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// bothWays is a name as it stands and as words, for the index.
func bothWays(name string) string {
	if words := spelled(name); words != name {
		return name + " " + words
	}
	return name
}

// unspaced tells whether a letter belongs to a script that writes no spaces
// between words, or in Korean's case glues particles to them.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// pairs writes runs of unspaced letters as their overlapping pairs, for the
// tokenizer would take a whole sentence for one word. The same is done to
// questions, where a run so becomes a phrase.
func pairs(text string) string {
	if strings.IndexFunc(text, unspaced) < 0 {
		return text
	}
	var b strings.Builder
	var run []rune
	flush := func() {
		for i := range run {
			switch {
			case i+1 < len(run):
				b.WriteString(" " + string(run[i:i+2]) + " ")
			case len(run) == 1:
				b.WriteString(" " + string(run) + " ")
			}
		}
		run = run[:0]
	}
	for _, r := range text {
		if unspaced(r) {
			run = append(run, r)
			continue
		}
		flush()
		b.WriteRune(r)
	}
	flush()
	return b.String()
}

// searchable is a text as the full text gets it, and a question too: letters
// that stand for themselves in few languages as plain ones, unspaced letters in
// pairs. The tokenizer takes off accents, but to it ø is a letter of its own.
func searchable(text string) string { return pairs(plainLetters(text)) }

// plainLetters writes ø as o, ß as ss and so on.
func plainLetters(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return plainLetter(r) != "" }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if plain := plainLetter(r); plain != "" {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func plainLetter(r rune) string {
	switch r {
	case 'ø', 'Ø':
		return "o"
	case 'ß', 'ẞ':
		return "ss"
	case 'æ', 'Æ':
		return "ae"
	case 'œ', 'Œ':
		return "oe"
	case 'ł', 'Ł':
		return "l"
	case 'đ', 'Đ', 'ð', 'Ð':
		return "d"
	case 'þ', 'Þ':
		return "th"
	case 'ı':
		return "i"
	}
	return ""
}

// untagged takes the tags out of inner XML.
func untagged(text string) string {
	if !strings.Contains(text, "<") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte(' ')
		_, after, closed := strings.Cut(rest, ">")
		if !closed { // not a tag after all
			b.WriteString(rest)
			return b.String()
		}
		text = after
	}
}
