package rag

import (
	"strings"
	"testing"
)

// FuzzQuestion: whatever is asked, nothing panics, and what it would
// run is one SELECT that runs.
func FuzzQuestion(f *testing.F) {
	for _, q := range []string{
		"How many gold customers in Berlin have more than 1 open order since March 2024?", "top 3 tiers by average credit line",
		"only those over 100", "and by city and tier?", "What is `customer.name` of 'Ann Lee'?", "customers with a total between 1 and 5 or in Paris, not gold",
		"how many and or not in how many not or", "''''\"\"``", "€1,000.5k %%% <= => !=", "is are the of is of the are",
		"average total of " + strings.Repeat("today ", 40), "how many customers " + strings.Repeat("not active silver ", 14),
		"How many ȺȺȺ's are there?", "0000\xf2\x940'S", "O’Neil’s customers",
	} {
		f.Add(q)
	}
	c := catalogue(f)
	s := c.sessions[0]
	f.Fuzz(func(t *testing.T, question string) {
		if len(question) > maxQuestion {
			return
		}
		m, err := interpret(t.Context(), c.words, s, question, nil, clock)
		if err != nil {
			t.Fatal(err)
		}
		if m.frame == nil {
			return
		}
		st := m.frame.statement()
		if _, err := checkStatement(st.sql); err != nil {
			t.Fatalf("%s: %v", st.sql, err)
		}
		if _, err := s.query(t.Context(), st.sql); err != nil {
			t.Fatalf("%s: %v", st.sql, err)
		}
	})
}
