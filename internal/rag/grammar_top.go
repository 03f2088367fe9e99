package rag

// topQuestion reads "top 5 customers by credit line", "the 5 largest orders by
// sum", "the 3 highest prices", "the latest order".
func (p *parser) topQuestion(i int) []draftAlt {
	var out []draftAlt
	starts := append(p.optional("list", i), p.phraseAt("whatis", i)...)
	for _, start := range starts {
		for _, dir := range []struct {
			category string
			desc     bool
		}{{"top", true}, {"max", true}, {"bottom", false}, {"min", false}} {
			limit, at := p.count(start)
			for _, to := range p.phraseAt(dir.category, at) {
				n, behind := p.count(to)
				if n == 0 {
					n, behind = limit, to
				}
				out = append(out, p.topOf(behind, n, dir.desc)...)
			}
		}
		for category, desc := range map[string]bool{"latest": true, "earliest": false} {
			limit, at := p.count(start)
			for _, to := range p.phraseAt(category, at) {
				n, behind := p.count(to)
				if n == 0 {
					n, behind = max(1, limit), to
				}
				for _, noun := range p.noun(behind) {
					d := &draft{kind: askList, subject: noun.noun, limit: n, order: &orderMention{desc: desc, dated: true, ties: n == 1}, cost: noun.cost}
					out = append(out, draftAlt{d, noun.to})
				}
			}
		}
	}
	return out
}

// topOf reads what is ranked, and by what.
func (p *parser) topOf(i, limit int, desc bool) []draftAlt {
	var out []draftAlt
	rows := limit
	if rows == 0 {
		rows = 10
	}
	for _, n := range p.noun(i) {
		for _, o := range p.ranking(n.to, desc) {
			out = append(out, draftAlt{rankRows(n, o, rows), o.to})
		}
	}
	for _, g := range p.groupMembers(i, false) {
		if g.groups[0].mention == nil || len(g.groups[0].mention.columns) == 0 {
			continue
		}
		for _, o := range p.ranking(g.to, desc) {
			if d := rankGroups(g.groups, o.order, rows); d != nil {
				out = append(out, draftAlt{d, o.to})
			}
		}
	}
	if limit > 0 { // the 3 highest prices
		for k, m := range p.mentions(i, false) {
			d := &draft{kind: askList, columns: []*mention{&m}, limit: limit, order: &orderMention{measure: &m, desc: desc, number: true}, cost: k}
			out = append(out, draftAlt{d, m.to})
			out = append(out, p.amongNoun(d, m.to)...)
		}
	}
	return out
}

// rankRows orders rows by a column, or by how many children or the aggregate
// of a measure they have: then they are groups.
func rankRows(n nounAlt, o sortAlt, limit int) *draft {
	order := *o.order
	if order.count == nil && order.agg == "" {
		return &draft{kind: askList, subject: n.noun, order: &order, limit: limit, cost: n.cost}
	}
	table := n.noun.head
	if table == nil {
		table = &mention{}
	}
	d := rankGroups([]groupMention{{mention: table}}, &order, limit)
	if d == nil {
		return nil
	}
	d.cost += n.cost
	if len(n.noun.conds) > 0 {
		owner := *n.noun
		if d.subject == nil {
			d.subject = &nounPhrase{}
		}
		d.subject.conds = append(d.subject.conds, single(&condition{op: "child", child: &owner, relation: true}))
	}
	return d
}

// rankGroups orders groups by their number of rows or an aggregate.
func rankGroups(groups []groupMention, order *orderMention, limit int) *draft {
	d := &draft{groups: groups, limit: limit}
	switch {
	case order.count != nil:
		c := *order.count
		d.kind, d.subject = askCount, &c
	case order.agg != "":
		d.kind, d.aggs, d.measure = askAggregate, []string{order.agg}, order.measure
	default:
		return nil
	}
	d.order = &orderMention{desc: order.desc, rows: true, ties: order.ties}
	return d
}

// ranking reads "by [average] price", "by number of orders".
func (p *parser) ranking(i int, desc bool) []sortAlt {
	var out []sortAlt
	for _, by := range append(p.phraseAt("by", i), p.phraseAt("sorted", i)...) {
		for _, a := range p.aggregates(by) {
			for _, of := range p.optional("among", a.to) {
				for _, m := range p.mentions(of, false) {
					if len(a.aggs) == 1 {
						out = append(out, sortAlt{&orderMention{desc: desc, agg: a.aggs[0], measure: &m}, m.to})
					}
				}
			}
		}
		counts := 0
		for _, at := range p.phraseAt("howmany", by) {
			for _, n := range p.noun(at) {
				counts = max(counts, at)
				out = append(out, sortAlt{&orderMention{desc: desc, count: n.noun}, n.to})
			}
		}
		for _, m := range p.mentions(by, false) {
			if m.to >= counts { // "number of orders" isn't the column number
				out = append(out, sortAlt{&orderMention{desc: desc, measure: &m}, m.to})
			}
		}
	}
	return out
}

// superlativeQuestion reads "which customer has the most orders", "which
// customer has the highest credit line", "customers with the most orders".
func (p *parser) superlativeQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.optional("list", i), p.phraseAt("whatis", i)...) {
		limit, at := p.count(start)
		ties := limit == 0
		limit = max(1, limit)
		for _, n := range p.noun(at) {
			for _, have := range p.phraseAt("have", n.to) {
				for _, o := range p.superlative(have, ties) {
					if d := rankRows(n, o, limit); d != nil {
						if d.order != nil {
							d.order.ties = ties
						}
						out = append(out, draftAlt{d, o.to})
					}
				}
			}
		}
	}
	return out
}

// superlative reads "the most orders", "the highest [average] credit line",
// "the highest number of orders".
func (p *parser) superlative(i int, ties bool) []sortAlt {
	var out []sortAlt
	for category, desc := range map[string]bool{"most": true, "fewest": false} {
		for _, at := range p.phraseAt(category, i) {
			for _, n := range p.noun(at) {
				out = append(out, sortAlt{&orderMention{desc: desc, count: n.noun, ties: ties}, n.to})
			}
		}
	}
	for category, desc := range map[string]bool{"max": true, "min": false} {
		for _, at := range p.phraseAt(category, i) {
			for _, m := range p.mentions(at, false) {
				out = append(out, sortAlt{&orderMention{desc: desc, measure: &m, ties: ties}, m.to})
			}
			for _, a := range p.aggregates(at) {
				for _, m := range p.mentions(a.to, false) {
					if len(a.aggs) == 1 {
						out = append(out, sortAlt{&orderMention{desc: desc, agg: a.aggs[0], measure: &m, ties: ties}, m.to})
					}
				}
			}
		}
	}
	for category, desc := range map[string]bool{"latest": true, "earliest": false} {
		for _, at := range p.phraseAt(category, i) {
			for _, m := range p.mentions(at, false) {
				out = append(out, sortAlt{&orderMention{desc: desc, measure: &m, ties: ties}, m.to})
			}
		}
	}
	return out
}

// groupTopQuestion reads "which tier has the most customers", "which country
// has the highest average price", "the most common tier".
func (p *parser) groupTopQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.optional("which", i), append(p.phraseAt("whatis", i), p.phraseAt("list", i)...)...) {
		limit, at := p.count(start)
		ties := limit == 0
		limit = max(1, limit)
		for k, m := range p.mentions(at, false) {
			for _, have := range p.phraseAt("have", m.to) {
				for _, o := range p.superlative(have, ties) {
					if d := rankGroups([]groupMention{{mention: &m}}, o.order, limit); d != nil {
						d.cost = k
						out = append(out, draftAlt{d, o.to})
					}
				}
			}
		}
		for category, desc := range map[string]bool{"common": true, "rare": false} {
			for k, m := range p.mentions(at, false) { // which tier is the most common
				for _, be := range p.phraseAt("be", m.to) {
					for _, to := range p.phraseAt(category, be) {
						out = append(out, draftAlt{&draft{
							kind: askCount, groups: []groupMention{{mention: &m}}, limit: limit, cost: k,
							order: &orderMention{desc: desc, rows: true, ties: ties},
						}, to})
					}
				}
			}
			for _, to := range p.phraseAt(category, at) {
				n, behind := p.count(to)
				if n == 0 {
					n, behind = limit, to
				}
				for k, m := range p.mentions(behind, false) {
					d := &draft{
						kind: askCount, groups: []groupMention{{mention: &m}}, limit: n, cost: k,
						order: &orderMention{desc: desc, rows: true, ties: n == 1},
					}
					out = append(out, draftAlt{d, m.to})
					out = append(out, p.amongNoun(d, m.to)...)
				}
			}
		}
	}
	return out
}
