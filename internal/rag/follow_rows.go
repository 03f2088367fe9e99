package rag

// ofThose reads "how many of them are gold?" and "list them".
func (p *parser) ofThose(r *resolver, before *frame, start int) []*frame {
	var out []*frame
	for _, category := range []string{"howmany", "list"} {
		for _, at := range p.phraseAt(category, start) {
			for _, those := range p.phraseAt("those", at) {
				f := *before
				f.kind, f.measure, f.aggs, f.groups, f.order, f.limit, f.cost = askCount, nil, nil, nil, nil, 0, 0
				if category == "list" {
					f.kind = askList
				}
				if p.end(those) {
					out = append(out, &f)
				}
				for _, c := range p.conditions(those, true) {
					if !p.end(c.to) {
						continue
					}
					for _, b := range r.bind(before.base, c.expr) {
						g := f
						g.where, g.cost = allOf(before.where, b.node), c.cost+b.cost
						out = append(out, &g)
					}
				}
			}
		}
	}
	return out
}

// firstOfThose reads "the first 3" and "show 5 of them": of the rows that the
// question before counted or listed, in the order in which it showed them.
func (p *parser) firstOfThose(before *frame, start int) []*frame {
	if before.kind != askList && before.kind != askCount && before.kind != askExists || len(before.groups) > 0 {
		return nil
	}
	var out []*frame
	put := func(n, to int) {
		if n > 0 && (p.end(to) || p.done(to)) {
			f := *before
			f.kind, f.limit, f.cost = askList, n, 0
			if f.order != nil {
				order := *f.order
				order.ties = false
				f.order = &order
			}
			out = append(out, &f)
		}
	}
	for _, at := range p.optional("list", start) {
		if at > start {
			put(p.count(at))
		}
		for _, first := range p.phraseAt("top", at) {
			if low := p.tokens[first-1].low; low == "first" || low == "top" {
				put(p.count(first))
			}
		}
	}
	return out
}
