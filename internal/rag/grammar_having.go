package rag

// havingQuestion reads "which cities have more than 5 customers", "how many
// tiers have at least 2 customers": groups, by how many rows they have.
func (p *parser) havingQuestion(i int) []draftAlt {
	var out []draftAlt
	starts := append(p.optional("which", i), append(p.phraseAt("list", i), p.phraseAt("howmany", i)...)...)
	for _, start := range starts {
		for k, m := range p.mentions(start, false) {
			for _, have := range p.phraseAt("have", m.to) {
				for _, h := range p.havings(have) {
					for _, n := range p.noun(h.to) {
						d := &draft{kind: askCount, subject: n.noun, groups: []groupMention{{mention: &m}}, having: h.havingMention, cost: k + n.cost + 1}
						out = append(out, draftAlt{d, n.to})
					}
				}
			}
		}
	}
	return out
}

type havingAlt struct {
	*havingMention
	to int
}

// havings reads "more than 5".
func (p *parser) havings(i int) []havingAlt {
	var out []havingAlt
	for _, op := range []string{"gt", "ge", "lt", "le", "eq"} {
		for _, at := range p.phraseAt(op, i) {
			if at = p.skip(at); at >= len(p.tokens) {
				continue
			}
			if number, unit, n := p.words.readNumber(p.tokens[at:]); n > 0 && unit == "" {
				out = append(out, havingAlt{&havingMention{operators[op], number}, at + n})
			}
		}
	}
	return out
}
