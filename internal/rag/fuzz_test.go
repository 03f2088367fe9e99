package rag

import (
	"strings"
	"testing"
)

// FuzzQuestion: whatever is asked, after whatever was asked before (on a line of
// its own), nothing panics, and what it would run is one SELECT that runs.
func FuzzQuestion(f *testing.F) {
	for _, q := range []string{
		"How many gold customers in Berlin have more than 1 open order since March 2024?", "top 3 tiers by average credit line",
		"only those over 100", "and by city and tier?", "What is `customer.name` of 'Ann Lee'?", "customers with a total between 1 and 5 or in Paris, not gold",
		"how many and or not in how many not or", "''''\"\"``", "€1,000.5k %%% <= => !=", "is are the of is of the are",
		"average total of " + strings.Repeat("today ", 40), "how many customers " + strings.Repeat("not active silver ", 14),
		"cheapest order", "the 3 biggest customers", "when was the last order placed", "cities with more than 1 customer", "top 5 customers by number of orders",
		"compare the number of gold and silver customers", "compare the average total in Q1 2024 and March 2024", "are there more gold than silver customers",
		"mail of C-2", "average total per order", "how many orders in March 2024\nand in April?", "list gold customers\nthe first 3", "how many orders in 2024\nand in Q1 and by state",
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
		var before *frame
		if first, then, ok := strings.Cut(question, "\n"); ok {
			m, err := interpret(t.Context(), c.words, s, first, nil, clock)
			if err != nil {
				t.Fatal(err)
			}
			before, question = m.frame, then
		}
		m, err := interpret(t.Context(), c.words, s, question, before, clock)
		if err != nil {
			t.Fatal(err)
		}
		if m.frame == nil {
			return
		}
		if rows := m.frame.rowsSQL(m.frame.inGroups()); m.frame.kind != askMore && m.frame.kind != askHigher {
			if _, err := s.query(t.Context(), rows+limitSQL(1)); err != nil {
				t.Fatalf("%s: %v", rows, err)
			}
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
