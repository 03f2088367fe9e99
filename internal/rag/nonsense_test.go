package rag

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestNonsenseEnds reads random words of the grammar and of the shop, and
// questions that could be read in endlessly many ways.
func TestNonsenseEnds(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	s := c.sessions[0]
	own := []string{
		"customers", "orders", "gold", "Berlin", "city", "tier", "total", "credit line", "placed", "2024", "100", "C-1", "open", "name",
		"silver", "Paris", "order", "customer",
	}
	var phrases []string
	for _, category := range []string{"howmany", "whatis", "list", "sum", "avg", "by", "top", "most", "have", "without", "be", "not", "and", "or", "prep", "gt", "between", "on", "since"} {
		phrases = append(phrases, c.words.Phrases[category]...)
	}
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	for range rounds {
		var words []string
		for range 4 + r.IntN(24) {
			if r.IntN(2) == 0 {
				words = append(words, own[r.IntN(len(own))])
			} else {
				words = append(words, phrases[r.IntN(len(phrases))])
			}
		}
		_, err := interpret(t.Context(), c.words, s, strings.Join(words, " "), nil, clock)
		must(t, err)
	}
	for _, question := range []string{
		"how many customers " + strings.Repeat("with city Berlin ", 14), "how many customers " + strings.Repeat("with orders ", 20),
		"list " + strings.Repeat("city and ", 20) + "of customers", "how many " + strings.Repeat("gold and ", 20) + "customers",
		strings.Repeat("minimum and ", 20) + "total", "how many customers " + strings.Repeat("since 2020 ", 20),
	} {
		m, err := interpret(t.Context(), c.words, s, question, nil, clock)
		must(t, err)
		if m.frame != nil && !strings.Contains(question, "gold and") {
			t.Errorf("%s: %s", question, m.frame.identity())
		}
	}
}
