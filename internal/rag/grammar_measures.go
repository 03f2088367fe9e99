package rag

import "slices"

// aggregates reads "average", "minimum and maximum".
func (p *parser) aggregates(i int) []aggAlt {
	var out []aggAlt
	for _, agg := range []string{"sum", "avg", "min", "max", "median"} {
		for _, to := range p.phraseAt(agg, i) {
			out = append(out, aggAlt{[]string{agg}, to})
			link := to
			if p.sign(link, ",") {
				link++
			}
			for _, and := range p.optional("and", link) {
				if and == to {
					continue
				}
				for _, rest := range p.aggregates(and) {
					if !slices.Contains(rest.aggs, agg) {
						out = append(out, aggAlt{append([]string{agg}, rest.aggs...), rest.to})
					}
				}
			}
		}
	}
	return out
}

type aggAlt struct {
	aggs []string
	to   int
}

// aggregateQuestion reads "what is the average price [of products] ...".
func (p *parser) aggregateQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.optional("whatis", i), p.phraseAt("howmuch", i)...) {
		for _, a := range p.aggregates(start) {
			out = append(out, p.measured(a.aggs, a.to)...)
			for _, m := range p.mentions(start, false) { // the total of orders, where Total is a column
				if m.to <= a.to && len(a.aggs) == 1 {
					out = append(out, p.amongNoun(&draft{kind: askAggregate, aggs: a.aggs, measure: &m}, a.to)...)
				}
			}
		}
	}
	return out
}

// latestQuestion reads "what is the latest order date [of open orders]?".
func (p *parser) latestQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range p.optional("whatis", i) {
		for _, end := range []struct{ category, agg string }{{"latest", "max"}, {"earliest", "min"}} {
			for _, at := range p.phraseAt(end.category, start) {
				for k, m := range p.mentions(at, false) {
					d := &draft{kind: askAggregate, aggs: []string{end.agg}, measure: &m, dated: true, cost: k}
					out = append(append(out, draftAlt{d, m.to}), p.amongNoun(d, m.to)...)
				}
			}
		}
	}
	return out
}

func (p *parser) measured(aggs []string, i int) []draftAlt {
	var out []draftAlt
	for _, of := range p.optional("among", i) {
		for _, all := range p.optional("all", of) {
			for k, m := range p.mentions(all, false) {
				for _, to := range p.optional("value", m.to) {
					d := &draft{kind: askAggregate, aggs: aggs, measure: &m, cost: k}
					out = append(out, draftAlt{d, to})
					out = append(out, p.amongNoun(d, to)...)
				}
			}
		}
	}
	// "the total of orders": of which number? Asked back if there are several.
	if len(aggs) == 1 && aggs[0] == "sum" {
		for _, of := range p.phraseAt("among", i) {
			for _, n := range p.noun(of) {
				out = append(out, draftAlt{&draft{kind: askAggregate, aggs: aggs, subject: n.noun, cost: n.cost + 3}, n.to})
			}
		}
	}
	return out
}

// perOwnerQuestion reads "the average number of orders per customer".
func (p *parser) perOwnerQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range p.phraseAt("howmany", i) { // how many orders does the average customer have
		for _, n := range p.noun(start) {
			for _, aux := range p.phraseAt("aux", n.to) {
				for _, a := range p.aggregates(aux) {
					for _, m := range p.mentions(a.to, true) {
						for _, to := range p.phraseAt("have", m.to) {
							d := &draft{kind: askPerOwner, aggs: a.aggs, subject: n.noun, groups: []groupMention{{mention: &m}}, cost: n.cost}
							out = append(out, draftAlt{d, to})
						}
					}
				}
			}
		}
	}
	for _, start := range p.optional("whatis", i) {
		for _, a := range p.aggregates(start) {
			for _, at := range p.phraseAt("howmany", a.to) {
				for _, n := range p.noun(at) {
					for _, by := range p.phraseAt("by", n.to) {
						for _, m := range p.mentions(by, true) {
							d := &draft{kind: askPerOwner, aggs: a.aggs, subject: n.noun, groups: []groupMention{{mention: &m}}, cost: n.cost}
							out = append(out, draftAlt{d, m.to})
						}
					}
				}
			}
		}
	}
	return out
}
