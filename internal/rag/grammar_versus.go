package rag

import "slices"

// moreQuestion reads "are there more gold customers than silver customers?".
func (p *parser) moreQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.phraseAt("exists", i), p.phraseAt("have", i)...) {
		for category, fewer := range map[string]bool{"more": false, "fewer": true} {
			for _, at := range p.phraseAt(category, start) {
				for _, one := range p.noun(at) {
					for _, than := range p.phraseAt("than", one.to) {
						for _, two := range p.noun(than) {
							d := &draft{kind: askMore, subject: one.noun, other: two.noun, fewer: fewer, cost: one.cost + two.cost}
							out = append(out, draftAlt{d, two.to})
						}
					}
				}
				for _, two := range p.sameNoun(at, "than") {
					two.draft.kind, two.draft.fewer = askMore, fewer
					out = append(out, two)
				}
			}
		}
	}
	return out
}

// sameNoun reads "gold than silver customers": both sides are of one table,
// and differ in what stands before it.
func (p *parser) sameNoun(i int, between string) []draftAlt {
	var out []draftAlt
	for _, pre := range p.preModifiers(i) {
		for _, link := range p.phraseAt(between, pre.to) {
			for _, two := range p.noun(link) {
				if len(two.noun.conds) == 1 && two.noun.head != nil && !two.noun.all {
					one := &nounPhrase{head: two.noun.head, conds: []*expr{pre.expr}, from: i}
					out = append(out, draftAlt{&draft{subject: one, other: two.noun, cost: pre.cost + two.cost}, two.to})
				}
			}
		}
	}
	return out
}

// higherQuestion reads "is the average price of A higher than that of B?" and
// "compare the average price of A and B".
func (p *parser) higherQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.phraseAt("compare", i), append(p.phraseAt("be", i), p.phraseAt("difference", i)...)...) {
		for _, a := range p.aggregates(start) {
			if len(a.aggs) != 1 {
				continue
			}
			for k, m := range p.mentions(a.to, false) {
				for _, of := range p.phraseAt("among", m.to) {
					for _, one := range p.noun(of) {
						for _, than := range p.thans(one.to) {
							for _, two := range p.noun(than) {
								d := &draft{kind: askHigher, aggs: a.aggs, measure: &m, subject: one.noun, other: two.noun, cost: k + one.cost + two.cost}
								out = append(out, draftAlt{d, two.to})
							}
						}
					}
				}
			}
		}
	}
	return out
}

// compareQuestion reads "compare the number of gold and silver customers",
// "compare the total price of orders in 2023 and 2024".
func (p *parser) compareQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.phraseAt("compare", i), p.phraseAt("difference", i)...) {
		for _, at := range p.phraseAt("howmany", start) {
			for _, two := range p.sameNoun(at, "and") {
				two.draft.kind, two.draft.compared = askMore, true
				out = append(out, two)
			}
			for _, n := range p.noun(at) {
				out = append(out, p.twoPeriods(&draft{kind: askMore, subject: n.noun, cost: n.cost}, n.to)...)
			}
		}
		for _, a := range p.aggregates(start) {
			if len(a.aggs) == 1 {
				for _, m := range p.measured(a.aggs, a.to) {
					m.draft.kind = askHigher
					out = append(out, p.twoPeriods(m.draft, m.to)...)
				}
			}
		}
	}
	return out
}

// twoPeriods reads "in 2023 and 2024", "where due date is in 2023 and 2024":
// the same of each.
func (p *parser) twoPeriods(d *draft, i int) []draftAlt {
	var out []draftAlt
	read := func(column *mention, at int) {
		p.dateCondition(lead{to: at}, column, at, func(first *condition, _ bool, to, cost int) {
			if first.op != "period" {
				return
			}
			first.column, first.from, first.to = column, i, to
			for _, link := range p.thans(to) {
				if at := p.skip(link); at < len(p.tokens) {
					if found, n := p.periodAt(at); n > 0 {
						second := &condition{op: "period", column: column, periods: []period{found}, from: at, to: at + n}
						c := d.clone()
						c.subject, c.other, c.compared, c.cost = d.side(first), d.side(second), true, d.cost+cost
						out = append(out, draftAlt{c, at + n})
					}
				}
			}
		})
	}
	read(nil, i)
	for _, at := range p.optional("that", i) {
		for _, m := range p.mentions(at, false) {
			read(&m, m.to)
		}
	}
	return out
}

// side is a draft's subject with one more condition.
func (d *draft) side(c *condition) *nounPhrase {
	n := nounPhrase{}
	if d.subject != nil {
		n = *d.subject
	}
	n.conds = append(slices.Clone(n.conds), single(c))
	return &n
}

// thans reads "higher than that of", "and", "with that of".
func (p *parser) thans(i int) []int {
	var out []int
	for _, category := range []string{"higher", "lower", "and", "through", "have"} {
		for _, to := range p.phraseAt(category, i) {
			out = append(out, p.optional("thatof", to)...)
		}
	}
	return out
}
