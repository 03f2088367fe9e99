package rag

import "slices"

// shareQuestion reads "what percentage of customers are gold" and, of a sum,
// "what share of the total amount is paid".
func (p *parser) shareQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range p.optional("whatis", i) {
		for _, at := range p.phraseAt("share", start) {
			for _, n := range p.noun(at) {
				out = append(out, draftAlt{&draft{kind: askShare, subject: n.noun, cost: n.cost}, n.to})
			}
			out = append(out, p.shareOfSum(at)...)
		}
	}
	return out
}

// shareOfSum reads "the total amount of orders", "the revenue", and where it
// comes from.
func (p *parser) shareOfSum(i int) []draftAlt {
	var out []draftAlt
	for _, sum := range p.optional("sum", i) {
		cost := 0
		if sum == i {
			cost = 2 // rather rows, where they go by that name
		}
		for _, of := range p.optional("among", sum) {
			for k, m := range p.mentions(of, false) {
				d := &draft{kind: askShare, aggs: []string{"sum"}, measure: &m, cost: k + cost}
				for _, to := range p.optional("value", m.to) {
					for _, head := range append(p.amongNoun(d, to), draftAlt{d, to}) {
						out = append(append(out, head), p.comesFrom(head)...)
					}
				}
			}
		}
	}
	return out
}

// comesFrom reads "comes from cancelled orders": the rows themselves, or their
// owners.
func (p *parser) comesFrom(head draftAlt) []draftAlt {
	var out []draftAlt
	for _, from := range p.phraseAt("comefrom", head.to) {
		for _, n := range p.noun(from) {
			if n.noun.head == nil || len(n.noun.conds) == 0 {
				continue
			}
			put := func(conds ...*expr) {
				d := head.draft.clone()
				if d.cost += n.cost; d.subject == nil {
					d.subject = &nounPhrase{}
				}
				d.subject.conds = append(d.subject.conds, conds...)
				out = append(out, draftAlt{d, n.to})
			}
			put(single(&condition{op: "child", child: n.noun, relation: true, verb: true, from: from, to: n.to}))
			switch s := head.draft.subject; {
			case s == nil:
				put(verbs(n.noun.conds)...)
				out[len(out)-1].draft.subject.head = n.noun.head
			case s.head != nil && slices.EqualFunc(s.head.tables, n.noun.head.tables, func(a, b tableHit) bool { return a.table == b.table }):
				put(verbs(n.noun.conds)...)
			}
		}
	}
	return out
}

// verbs are the conditions as said of the subject by a verb.
func verbs(conds []*expr) []*expr {
	out := make([]*expr, len(conds))
	for i, e := range conds {
		x := *e
		x.kids = verbs(e.kids)
		if e.cond != nil {
			c := *e.cond
			c.verb = true
			x.cond = &c
		}
		out[i] = &x
	}
	return out
}
