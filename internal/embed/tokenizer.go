package embed

import (
	"strings"
	"unicode/utf8"

	nfkc "golang.org/x/text/unicode/norm"
)

const (
	space    = "▁" // stands for a space, and before the first word
	reserved = 6   // the vocabulary's first entries, which no text matches
	unknown  = 0
)

// tokenizer cuts text into the pieces of the vocabulary that are likeliest
// together (a sentencepiece unigram model). It does exactly what the
// reference in JavaScript does, unknown characters included, since the
// vectors follow from that.
type tokenizer struct {
	pieces  []string
	scores  []float64 // logarithms of probabilities
	ids     map[string]int
	longest int // piece, in bytes
}

func newTokenizer(pieces []string, scores []float64) *tokenizer {
	t := &tokenizer{pieces: pieces, scores: scores, ids: make(map[string]int, len(pieces))}
	for i := reserved; i < len(pieces); i++ {
		t.ids[pieces[i]] = i
		t.longest = max(t.longest, len(pieces[i]))
	}
	return t
}

// encode returns the ids of the pieces of a text; runs of unknown characters
// are one.
func (t *tokenizer) encode(text string) []int {
	text = nfkc.NFKC.String(strings.ToValidUTF8(text, "�"))
	if text == "" {
		return nil
	}
	text = space + strings.ReplaceAll(text, " ", space)
	return t.trace(text, t.best(text))
}

// best returns for every position (by byte) the piece that the best way to it
// ends with. A score of 0 means that no way was found yet, as in the
// reference.
func (t *tokenizer) best(text string) []int {
	score := make([]float64, len(text)+1)
	last := make([]int, len(text)+1)
	offer := func(from, to, id int, s float64) {
		if s += score[from]; score[to] == 0 || s >= score[to] {
			score[to], last[to] = s, id
		}
	}
	for from := 0; from < len(text); {
		_, size := utf8.DecodeRuneInString(text[from:])
		found := false
		for to := from + size; to <= len(text) && to-from <= t.longest; {
			if id, ok := t.ids[text[from:to]]; ok {
				found = true
				offer(from, to, id, t.scores[id])
			}
			_, more := utf8.DecodeRuneInString(text[to:])
			if more == 0 {
				break
			}
			to += more
		}
		if !found {
			offer(from, from+size, unknown, 0)
		}
		from += size
	}
	return last
}

// trace goes back from the end along the last pieces.
func (t *tokenizer) trace(text string, last []int) []int {
	var ids []int
	for at := len(text); at > 0; {
		id := last[at]
		if id != unknown || len(ids) == 0 || ids[len(ids)-1] != unknown {
			ids = append(ids, id)
		}
		if id == unknown {
			_, size := utf8.DecodeLastRuneInString(text[:at])
			at -= size
			continue
		}
		at -= len(t.pieces[id])
	}
	for i, j := 0, len(ids)-1; i < j; i, j = i+1, j-1 {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return ids
}

// windows cuts ids into runs of at most MaxTokens, before the beginning of a
// word if there is one in the second half.
func (t *tokenizer) windows(ids []int) [][]int {
	var out [][]int
	for len(ids) > MaxTokens {
		cut := MaxTokens
		for i := MaxTokens; i > MaxTokens/2; i-- {
			if strings.HasPrefix(t.pieces[ids[i]], space) {
				cut = i
				break
			}
		}
		out = append(out, ids[:cut])
		ids = ids[cut:]
	}
	return append(out, ids)
}
