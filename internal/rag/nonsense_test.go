package rag

import (
	"fmt"
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

// TestAmbiguityIsBounded asks of many tables whose columns have the same names
// and values, so that every word can mean dozens of things.
func TestAmbiguityIsBounded(t *testing.T) {
	t.Parallel()
	var doc strings.Builder
	doc.WriteString("<all>")
	for k := range 24 {
		fmt.Fprintf(&doc, "<g%d>", k)
		for r := range 3 {
			fmt.Fprintf(&doc, `<order name="gold" city="Berlin" tier="silver" total="1%d.5" other="100" placed="2024-01-0%d" sent="2024-02-0%d">`+
				`<customer name="gold" city="Paris" tier="open" total="5.%d" active="true" placed="2024-01-01"/></order>`, r, r+1, r+1, r)
		}
		fmt.Fprintf(&doc, "</g%d>", k)
	}
	doc.WriteString("</all>")
	c := catalogueOf(t, tables(t, doc.String()))
	for _, question := range []string{
		"average total of " + strings.Repeat("today ", 44),
		"average total of " + strings.Repeat(", the , is there ", 10),
		"average total of " + strings.Repeat("not active , ", 14),
		"how many customers " + strings.Repeat("not active silver ", 14),
		"how many " + strings.Repeat("gold silver open ", 13) + "customers " + strings.Repeat("with total over 1 ", 2),
		"list name, city, tier and total of orders " + strings.Repeat("with placed since 2020 ", 9),
		"how many orders per name and city " + strings.Repeat("in 2024 ", 18),
		"are there more gold customers than silver orders " + strings.Repeat("in Berlin ", 18),
	} {
		m, err := interpret(t.Context(), c.words, c.sessions[0], question, nil, clock)
		must(t, err)
		if m.frame != nil {
			t.Errorf("%s: was read as %s", question, m.frame.identity())
		}
		p, r := newParser(m.lat), &resolver{session: c.sessions[0], words: c.words}
		for _, d := range p.questionFrom(0) {
			r.resolve(d)
		}
		if p.steps > 2*maxSteps || r.steps > maxBound+1 {
			t.Errorf("%s: %d and %d steps", question, p.steps, r.steps)
		}
	}
}
