package rag

import "slices"

// follow reads a question that leans on the one before it: "and by country?",
// "only those over 100", "and in 2023?", "and the average?". It returns nothing
// unless every word is understood.
func (p *parser) follow(r *resolver, before *frame) []*frame {
	if before.other != nil || before.having != nil || before.owners != nil {
		return nil
	}
	var out []*frame
	starts := p.phraseAt("followup", 0)
	for _, s := range slices.Clone(starts) { // "and only those"
		starts = append(starts, p.phraseAt("followup", s)...)
	}
	if len(starts) == 0 {
		starts = []int{0}
		if len(p.phraseAt("by", 0)) == 0 && len(p.phraseAt("those", 0)) == 0 && len(p.phraseAt("on", 0)) == 0 {
			return append(p.ofThose(r, before, 0), p.firstOfThose(before, 0)...)
		}
	}
	for _, start := range starts {
		for _, at := range p.optional("those", start) {
			out = append(out, p.followConditions(r, before, at)...)
		}
		out = append(out, p.followGroups(r, before, start)...)
		out = append(out, p.followFigure(r, before, start)...)
		out = append(out, p.followSubject(r, before, start)...)
	}
	for _, start := range append(starts, 0) {
		out = append(out, p.ofThose(r, before, start)...)
		out = append(out, p.firstOfThose(before, start)...)
	}
	return out
}

// done reports whether nothing but "too" or "instead" is left.
func (p *parser) done(i int) bool {
	return slices.ContainsFunc(append(p.optional("instead", i), p.phraseAt("those", i)...), p.end)
}

func (p *parser) followConditions(r *resolver, before *frame, at int) []*frame {
	var out []*frame
	for _, c := range p.conditions(at, true) {
		if !p.done(c.to) {
			continue
		}
		for _, b := range r.bind(before.base, c.expr) {
			f := *before
			f.where, f.cost, f.guess = merge(before.where, b.node), c.cost+b.cost, b.guess
			f.readAs = b.readAs
			out = append(out, &f)
		}
		if dates := datesOf(before.where); dates != nil && c.expr.cond != nil && c.expr.cond.column == nil && len(c.expr.cond.periods) > 0 {
			// "and in April?": of the date that was asked about.
			for _, b := range r.bindColumns(before.base, []columnAlt{{column: dates.column}}, c.expr.cond) {
				f := *before
				f.where, f.cost, f.readAs = merge(before.where, b.node), c.cost+b.cost-1, b.readAs
				out = append(out, &f)
			}
		}
		if before.measure != nil && c.expr.cond != nil && c.expr.cond.column == nil && len(c.expr.cond.literals) > 0 {
			// "only those over 100": of the number that was asked for.
			alt := columnAlt{column: before.measure}
			for _, b := range r.bindColumns(before.base, []columnAlt{alt}, c.expr.cond) {
				f := *before
				f.where, f.cost = merge(before.where, b.node), c.cost+b.cost-1
				f.readAs = b.readAs
				out = append(out, &f)
			}
		}
	}
	return out
}

// merge adds a condition to those before; another value or date of the same
// column takes the place of the old one.
func merge(before, added *node) *node {
	var kept []*node
	conds := []*node{before}
	if before != nil && before.op == "and" {
		conds = before.kids
	}
	for _, n := range conds {
		if n != nil && !sameSubject(n, added) {
			kept = append(kept, n)
		}
	}
	return allOf(append(kept, added)...)
}

func sameSubject(a, b *node) bool {
	x, y := core(a), core(b)
	if x == nil || y == nil || x.column != y.column {
		return false
	}
	classes := map[string]string{"in": "value", "period": "date", "since": "date", "after": "date", "before": "date", "until": "date"}
	return classes[x.op] != "" && classes[x.op] == classes[y.op]
}

// core is the one comparison of a condition, also below "not" and "any part".
func core(n *node) *predicate {
	for n != nil {
		switch {
		case n.op == "not":
			n = n.kids[0]
		case n.pred == nil:
			return nil
		case n.pred.op == "exists" && n.pred.count == "":
			n = n.pred.where
		default:
			return n.pred
		}
	}
	return nil
}

func (p *parser) followGroups(r *resolver, before *frame, start int) []*frame {
	switch before.kind {
	case askCount, askAggregate, askDistinct, askShare:
	default:
		return nil
	}
	var out []*frame
	for _, g := range p.groupList(start) {
		if !p.done(g.to) {
			continue
		}
		f := *before
		f.groups, f.order, f.limit, f.cost = nil, nil, 0, 0
		if f.kind == askShare && f.where != nil { // the same share, of each group
			f.other = &frame{session: f.session, kind: askCount, base: f.base}
		}
		out = append(out, r.finish(f, &draft{groups: g.groups})...)
	}
	return out
}

// followFigure reads "and the average?", "and the price?", "and the lowest
// price?", "and how many are there?".
func (p *parser) followFigure(r *resolver, before *frame, start int) []*frame {
	var out []*frame
	put := func(aggs []string, measures []columnAlt) {
		for _, m := range measures {
			f := *before
			f.kind, f.aggs, f.measure, f.cost = askAggregate, aggs, m.column, m.cost
			f.readAs = m.readAs
			f.order, f.limit, f.columns = nil, 0, nil
			out = append(out, &f)
		}
	}
	for _, start := range p.optional("whatis", start) {
		for _, a := range p.aggregates(start) {
			if before.measure != nil && before.measure.numeric() && p.done(a.to) {
				put(a.aggs, []columnAlt{{column: before.measure}})
			}
			for _, m := range p.mentions(a.to, false) {
				if p.done(m.to) {
					put(a.aggs, r.bindColumn(before.base, &m, upward(before.base), func(c *column) bool { return c.numeric() && c.table == before.base }))
				}
			}
		}
		if before.kind == askAggregate {
			for _, m := range p.mentions(start, false) {
				if p.done(m.to) {
					put(before.aggs, r.bindColumn(before.base, &m, upward(before.base), func(c *column) bool { return c.numeric() && c.table == before.base }))
				}
			}
		}
	}
	return out
}

// followSubject reads "and suppliers?" where no condition would be carried over
// to rows that it was not said of.
func (p *parser) followSubject(r *resolver, before *frame, start int) []*frame {
	if before.kind != askCount || before.where != nil || len(before.groups) > 0 {
		return nil
	}
	var out []*frame
	for _, n := range p.noun(start) {
		if p.done(n.to) {
			out = append(out, r.resolve(&draft{kind: askCount, subject: n.noun, cost: n.cost})...)
		}
	}
	return out
}
