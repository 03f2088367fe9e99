package rag

import "slices"

// draftAlt is a way to read the beginning of a question.
type draftAlt struct {
	draft *draft
	to    int
}

// questionFrom returns every way to read the whole question from token i on.
func (p *parser) questionFrom(i int) []*draft {
	var out []*draft
	var heads []draftAlt
	for _, read := range []func(int) []draftAlt{
		p.countQuestion, p.aggregateQuestion, p.perOwnerQuestion, p.listQuestion, p.valuesQuestion, p.topQuestion,
		p.superlativeQuestion, p.groupTopQuestion, p.shareQuestion, p.existsQuestion, p.moreQuestion, p.higherQuestion, p.lookupQuestion,
		p.breakdownQuestion, p.onAverageQuestion, p.adjectiveQuestion, p.greatestQuestion, p.whenQuestion, p.compareQuestion, p.havingQuestion, p.latestQuestion,
	} {
		heads = append(heads, read(i)...)
	}
	for _, h := range heads {
		out = append(out, p.finish(h.draft, h.to, 0)...)
		if p.gaveUp() || len(out) > maxDrafts {
			return nil
		}
	}
	return out
}

// finish reads what may stand at a question's end: groups, more conditions,
// an order, "are there".
func (p *parser) finish(d *draft, i, depth int) []*draft {
	if p.spent() || depth > 6 {
		return nil
	}
	if p.end(i) {
		return []*draft{d}
	}
	var out []*draft
	for _, to := range p.phraseAt("exist", i) {
		out = append(out, p.finish(d, to, depth+1)...)
	}
	for _, to := range p.phraseAt("onaverage", i) {
		if d.kind == askCount && len(d.groups) == 1 && d.order == nil && p.end(to) {
			c := d.clone()
			c.kind, c.aggs = askPerOwner, []string{"avg"}
			out = append(out, c)
		}
	}
	for _, g := range p.groupList(i) {
		if len(d.groups) == 0 && d.order == nil && d.grouped() {
			c := d.clone()
			c.groups = g.groups
			out = append(out, p.finish(c, g.to, depth+1)...)
		}
	}
	if d.measure != nil && d.subject == nil && len(d.groups) > 0 { // average price by genre for books
		for _, n := range p.amongNoun(d, i) {
			out = append(out, p.finish(n.draft, n.to, depth+1)...)
		}
	}
	if d.kind == askList || d.kind == askValues {
		for _, o := range p.sorted(i) {
			if d.order == nil {
				c := d.clone()
				c.order = o.order
				out = append(out, p.finish(c, o.to, depth+1)...)
			}
		}
	}
	if d.kind == askMore || d.kind == askHigher || d.kind == askLookup || d.having != nil || depth == 0 && d.subject != nil && len(d.groups) == 0 && d.order == nil && d.measure == nil {
		return out // the noun phrase has read all its conditions already
	}
	for _, alt := range p.conditions(i, false) {
		c := d.clone()
		if c.subject == nil {
			c.subject = &nounPhrase{}
		}
		c.subject.conds = append(c.subject.conds, alt.expr)
		c.cost += alt.cost
		out = append(out, p.finish(c, alt.to, depth+1)...)
	}
	return out
}

// grouped reports whether its figure can be asked of groups.
func (d *draft) grouped() bool {
	return d.kind == askCount || d.kind == askAggregate || d.kind == askDistinct || d.kind == askShare
}

// countQuestion reads "how many [different] customers ...".
func (p *parser) countQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range p.optional("whatis", i) {
		for _, at := range p.phraseAt("howmany", start) {
			out = append(out, p.counted(at)...)
		}
	}
	return out
}

func (p *parser) counted(at int) []draftAlt {
	var out []draftAlt
	for _, average := range p.phraseAt("onaverage", at) { // how many on average
		at = average
	}
	for _, n := range p.noun(at) {
		d := &draft{kind: askCount, subject: n.noun, cost: n.cost}
		out = append(out, draftAlt{d, n.to})
		out = append(out, p.ownerHas(d, n.to)...)
	}
	for _, distinct := range p.optional("distinct", at) {
		if distinct != at { // "different customers": rows, and their keys beside
			for _, n := range p.noun(distinct) {
				out = append(out, draftAlt{&draft{kind: askCount, subject: n.noun, cost: n.cost}, n.to})
			}
		}
		for k, m := range p.valued(distinct) {
			to := m.to
			for _, behind := range p.optional("value", to) {
				d := &draft{kind: askDistinct, measure: &m, cost: k}
				if distinct == at {
					d.cost += 2 // "how many countries": rather a table, if there is one
				}
				heads := append(p.amongNoun(d, behind), draftAlt{d, behind})
				heads = append(heads, p.ownerHas(d, behind)...)
				out = append(out, heads...)
				if distinct == at {
					out = append(out, asTotals(heads)...)
				}
			}
		}
	}
	return out
}

// asTotals reads "how many pieces" as their total: it costs as much as their
// different values, so that it is asked back which is meant.
func asTotals(heads []draftAlt) []draftAlt {
	var out []draftAlt
	for _, h := range heads {
		d := h.draft.clone()
		d.kind, d.aggs, d.additive = askAggregate, []string{"sum"}, true
		out = append(out, draftAlt{d, h.to})
	}
	return out
}

// valued reads a column, also as "values of" it.
func (p *parser) valued(i int) []mention {
	out := p.mentions(i, false)
	for _, value := range p.phraseAt("value", i) {
		for _, of := range p.phraseAt("among", value) {
			out = append(out, p.mentions(of, false)...)
		}
	}
	return out
}

// breakdownQuestion reads "a breakdown of customers by tier", "customers per
// tier": numbers of rows, but only with a group.
func (p *parser) breakdownQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.optional("whatis", i), p.phraseAt("list", i)...) {
		for _, at := range p.optional("breakdown", start) {
			cost := 0
			if at == start {
				cost = 1
			}
			for _, n := range p.noun(at) {
				for _, over := range p.phraseAt("over", n.to) {
					for _, g := range p.groupMembers(over, true) {
						d := &draft{kind: askCount, subject: n.noun, groups: g.groups, cost: n.cost + cost}
						out = append(out, draftAlt{d, g.to})
					}
				}
			}
		}
	}
	return out
}

// onAverageQuestion reads "on average, what is the price of books?" and "what
// price do books have on average?".
func (p *parser) onAverageQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, first := range p.phraseAt("onaverage", i) {
		for _, start := range p.optional("whatis", first) {
			out = append(out, p.measured([]string{"avg"}, start)...)
		}
	}
	for _, which := range p.phraseAt("which", i) {
		for k, m := range p.mentions(which, false) {
			for _, h := range p.ownerHas(&draft{kind: askAggregate, aggs: []string{"avg"}, measure: &m, cost: k}, m.to) {
				for _, to := range p.phraseAt("onaverage", h.to) {
					out = append(out, draftAlt{h.draft, to})
				}
			}
		}
	}
	return out
}

// ownerHas reads "do customers in Germany have".
func (p *parser) ownerHas(d *draft, i int) []draftAlt {
	var out []draftAlt
	for _, aux := range p.phraseAt("aux", i) {
		owners := p.noun(aux)
		for _, v := range p.valueList(aux) { // does K-100001 have
			only := &condition{op: "=", values: v.spans, joined: v.joined, bare: true, from: aux, to: v.to}
			for _, to := range p.phraseAt("have", v.to) {
				c := d.clone()
				if c.subject == nil {
					c.subject = &nounPhrase{}
				}
				c.subject.conds = append(c.subject.conds, single(only))
				out = append(out, draftAlt{c, to})
			}
		}
		for _, n := range owners {
			for _, to := range p.phraseAt("have", n.to) {
				c := d.clone()
				c.cost += n.cost
				if c.subject == nil {
					c.subject = n.noun
				} else {
					c.subject.conds = append(c.subject.conds, single(&condition{op: "child", child: n.noun, relation: true}))
				}
				out = append(out, draftAlt{c, to})
			}
		}
	}
	return out
}

// amongNoun reads "of all orders in 2024" behind a measure.
func (p *parser) amongNoun(d *draft, i int) []draftAlt {
	var out []draftAlt
	for _, there := range p.optional("exist", i) {
		for _, of := range p.phraseAt("among", there) {
			for _, n := range p.noun(of) {
				c := d.clone()
				c.subject = n.noun
				c.cost += n.cost
				out = append(out, draftAlt{c, n.to})
			}
		}
	}
	return out
}

// groupAlt is a way to read what to group by.
type groupAlt struct {
	groups []groupMention
	to     int
}

// groupList reads "per country and year".
func (p *parser) groupList(i int) []groupAlt {
	var out []groupAlt
	for _, by := range p.phraseAt("by", i) {
		out = append(out, p.groupMembers(by, true)...)
	}
	return out
}

func (p *parser) groupMembers(i int, more bool) []groupAlt {
	var firsts []groupAlt
	for _, tables := range []bool{false, true} {
		for _, m := range p.mentions(i, tables) {
			firsts = append(firsts, groupAlt{[]groupMention{{mention: &m}}, m.to})
		}
	}
	for _, part := range []string{"year", "quarter", "month", "day"} {
		for _, to := range p.phraseAt(part, i) {
			firsts = append(firsts, groupAlt{[]groupMention{{part: part}}, to})
			for _, of := range p.phraseAt("among", to) {
				for _, m := range p.mentions(of, false) {
					firsts = append(firsts, groupAlt{[]groupMention{{mention: &m, part: part}}, m.to})
				}
			}
		}
		for _, m := range p.mentions(i, false) { // by order date year
			for _, to := range p.phraseAt(part, m.to) {
				firsts = append(firsts, groupAlt{[]groupMention{{mention: &m, part: part}}, to})
			}
		}
	}
	out := firsts
	if !more {
		return out
	}
	for _, first := range firsts {
		next, how := p.listLink(first.to)
		if next < 0 || how == "or" {
			continue
		}
		for _, again := range p.optional("by", next) {
			for _, second := range p.groupMembers(again, false) {
				out = append(out, groupAlt{append(slices.Clone(first.groups), second.groups...), second.to})
			}
		}
	}
	return out
}

// existsQuestion reads "are there any customers without mail?".
func (p *parser) existsQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range p.phraseAt("exists", i) {
		for _, at := range p.optional("any", start) {
			for _, n := range p.noun(at) {
				if !n.noun.all {
					out = append(out, draftAlt{&draft{kind: askExists, subject: n.noun, cost: n.cost}, n.to})
				}
			}
		}
	}
	return out
}
