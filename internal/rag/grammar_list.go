package rag

import "strconv"

// listQuestion reads "show customers in Germany", "which orders are open",
// "list the 10 orders", "the names and tiers of customers in Germany".
func (p *parser) listQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, at := range p.phraseAt("list", i) {
		out = append(out, p.listed(at)...)
	}
	for _, at := range p.phraseAt("whatis", i) {
		out = append(out, p.columnsOf(at)...)
	}
	for _, bare := range p.columnsOf(i) { // "mail of K-100001"
		bare.draft.cost += 2
		out = append(out, bare)
	}
	for _, n := range p.noun(i) { // "customers without orders"
		out = append(out, draftAlt{&draft{kind: askList, subject: n.noun, cost: n.cost + 1}, n.to})
	}
	return out
}

func (p *parser) listed(at int) []draftAlt {
	var out []draftAlt
	limit, behind := p.count(at)
	for _, first := range p.phraseAt("top", at) { // the first 10 orders
		if n, to := p.count(first); n > 0 && p.tokens[first-1].low == "first" {
			limit, behind = n, to
		}
	}
	for _, n := range p.noun(behind) {
		out = append(out, draftAlt{&draft{kind: askList, subject: n.noun, limit: limit, cost: n.cost}, n.to})
	}
	if limit == 0 {
		out = append(out, p.columnsOf(at)...)
	}
	return out
}

// count reads how many rows are wanted; 0 if nothing is said.
func (p *parser) count(i int) (n, to int) {
	at := p.skip(i)
	if at >= len(p.tokens) {
		return 0, i
	}
	number, unit, used := p.words.readNumber(p.tokens[at:])
	n, err := strconv.Atoi(number)
	if used == 0 || err != nil || unit != "" || n < 1 || n > 10_000 {
		return 0, i
	}
	return n, at + used
}

// columnsOf reads "names and tiers of customers in Germany".
func (p *parser) columnsOf(i int) []draftAlt {
	var out []draftAlt
	for _, list := range p.columnList(i, 4) {
		sums := len(p.aggregates(i)) > 0
		if sums {
			list.cost += 3 // "the total of orders" rather adds up than lists a column of that name
		}
		for _, of := range p.phraseAt("among", list.to) {
			for _, n := range p.noun(of) {
				if sums && len(n.noun.conds) == 0 {
					continue
				}
				columns := list.columns
				out = append(out, draftAlt{&draft{kind: askList, subject: n.noun, columns: columns, cost: n.cost + list.cost}, n.to})
			}
			for _, v := range p.valueList(of) {
				d := &draft{
					kind: askList, columns: list.columns, cost: list.cost + 1,
					subject: &nounPhrase{conds: []*expr{single(&condition{op: "=", values: v.spans, joined: v.joined, bare: true, from: of, to: v.to})}},
				}
				out = append(out, draftAlt{d, v.to})
			}
		}
	}
	return out
}

type columnsAlt struct {
	columns []*mention
	to      int
	cost    int
}

func (p *parser) columnList(i, most int) []columnsAlt {
	var out []columnsAlt
	for k, m := range p.mentions(i, false) {
		out = append(out, columnsAlt{[]*mention{&m}, m.to, k})
		next, how := p.listLink(m.to)
		if next < 0 || how == "or" || most == 1 {
			continue
		}
		for _, rest := range p.columnList(next, most-1) {
			out = append(out, columnsAlt{append([]*mention{&m}, rest.columns...), rest.to, k + rest.cost})
		}
	}
	return out
}

// valuesQuestion reads "which countries are there", "list the different tiers
// [of customers]".
func (p *parser) valuesQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, at := range p.phraseAt("list", i) {
		for _, all := range p.optional("all", at) {
			for _, distinct := range p.optional("distinct", all) {
				out = append(out, p.valuesOf(distinct, distinct != all)...)
			}
		}
	}
	for _, distinct := range p.phraseAt("distinct", i) {
		out = append(out, p.valuesOf(distinct, true)...)
	}
	return out
}

func (p *parser) valuesOf(i int, distinct bool) []draftAlt {
	var out []draftAlt
	for k, m := range p.mentions(i, false) {
		for _, to := range p.optional("value", m.to) {
			d := &draft{kind: askValues, measure: &m, cost: k + 1}
			out = append(out, draftAlt{d, to})
			out = append(out, p.ownerHas(d, to)...)
			if distinct {
				out = append(out, p.amongNoun(d, to)...)
			}
		}
	}
	return out
}

// sortAlt is a way to read an order.
type sortAlt struct {
	order *orderMention
	to    int
}

func (p *parser) sorted(i int) []sortAlt {
	var out []sortAlt
	for _, at := range p.phraseAt("sorted", i) {
		for _, m := range p.mentions(at, false) {
			out = append(out, sortAlt{&orderMention{measure: &m}, m.to})
			for category, desc := range map[string]bool{"descending": true, "ascending": false} {
				for _, to := range p.phraseAt(category, m.to) {
					out = append(out, sortAlt{&orderMention{measure: &m, desc: desc}, to})
				}
			}
		}
	}
	return out
}

// lookupQuestion reads "what is K-100001?".
func (p *parser) lookupQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, at := range p.phraseAt("lookup", i) {
		at = p.skipTo(at, func(j int) bool { return len(p.values[j]) > 0 })
		if at < len(p.tokens) && len(p.values[at]) > 0 {
			v := p.values[at][0]
			out = append(out, draftAlt{&draft{kind: askLookup, lookup: []valueSpan{v}}, v.to})
		}
	}
	return out
}
