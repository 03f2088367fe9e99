package rag

import (
	"slices"
	"strings"
)

// condAlt is a way to read a condition.
type condAlt struct {
	expr *expr
	to   int
	cost int
}

// conditions reads one or more conditions: "in Germany with a rating over 3
// and no mail". With head, a value may follow at once: "customer K-100001".
func (p *parser) conditions(i int, head bool) []condAlt {
	key := 2 * i
	if head {
		key++
	}
	if known, ok := p.conds[key]; ok {
		return known
	}
	p.conds[key] = nil
	var out []condAlt
	for _, first := range p.condition(i, head) {
		out = append(out, first)
		for _, link := range p.links(first.to) {
			for _, rest := range p.conditions(link.to, false) {
				if p.spent() || len(out) > maxAlts {
					p.steps = maxSteps
					return nil
				}
				if e := join(first.expr, rest.expr, link.how); e != nil {
					out = append(out, condAlt{e, rest.to, first.cost + rest.cost})
				}
			}
		}
	}
	p.conds[key] = out
	return out
}

type link struct {
	to  int
	how string
}

// links reads what joins two conditions; nothing at all means and.
func (p *parser) links(i int) []link {
	out := []link{{i, "and"}}
	at := i
	if p.sign(at, ",") {
		at++
		out = append(out, link{at, "and"})
	}
	for _, how := range []string{"and", "or"} {
		for _, to := range p.phraseAt(how, at) {
			out = append(out, link{to, how})
		}
	}
	return out
}

// join combines conditions. And and or together, without parentheses, would
// be read one way by some people and another way by others: not joined.
func join(a, b *expr, how string) *expr {
	if b.op != "" && b.op != "not" && b.op != how {
		return nil
	}
	if b.op == how {
		return &expr{op: how, kids: append([]*expr{a}, b.kids...)}
	}
	return &expr{op: how, kids: []*expr{a, b}}
}

// lead is what introduces a condition.
type lead struct {
	to                       int
	have, be, prep, rel, not bool
	verb                     bool // is, are, has, have: it is said of the subject
	directly                 bool // nothing at all
}

// leads reads "that are not in", "with", "whose", "without", or nothing.
func (p *parser) leads(i int) []lead {
	out := []lead{{to: i, directly: true}}
	add := func(l lead) {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	for _, at := range p.optional("that", i) {
		rel := at != i
		if rel {
			add(lead{to: at, rel: true})
		}
		for _, be := range p.phraseAt("be", at) {
			// "customers that are gold" is said of which customers, "are gold" of them
			add(lead{to: be, be: true, verb: !rel})
			for _, not := range p.phraseAt("not", be) {
				add(lead{to: not, be: true, not: true, verb: !rel})
				p.preps(not, lead{be: true, not: true, verb: !rel}, add)
			}
			p.preps(be, lead{be: true, verb: !rel}, add)
		}
		for _, have := range p.phraseAt("have", at) {
			add(lead{to: have, have: true, verb: p.verbal(at, i)})
		}
		for _, without := range p.phraseAt("without", at) {
			add(lead{to: without, have: true, not: true, verb: p.verbal(at, i)})
		}
		for _, not := range p.phraseAt("not", at) {
			add(lead{to: not, not: true})
			p.preps(not, lead{not: true}, add)
			for _, have := range p.phraseAt("have", not) {
				add(lead{to: have, have: true, not: true})
			}
		}
		p.preps(at, lead{}, add)
	}
	return out
}

// happenings reads a past participle at i as the date of what it says: issued is
// the issue date, shipped the ship date.
func (p *parser) happenings(i int) []mention {
	i = p.skip(i)
	if i >= len(p.tokens) || p.tokens[i].kind != wordToken {
		return nil
	}
	stem, ok := strings.CutSuffix(p.tokens[i].low, "ed")
	if !ok || len(stem) < 3 {
		return nil
	}
	forms := []string{stem, stem + "e", stem + "ed"}
	if n := len(stem); stem[n-1] == stem[n-2] {
		forms = append(forms, stem[:n-1])
	}
	m := mention{from: i, to: i + 1}
	for _, form := range forms {
		for _, what := range []string{"date", "datetime", "time", "timestamp"} {
			for _, h := range p.session.columns[form+what] {
				if h.column.dated() && !slices.Contains(m.columns, h) {
					m.columns = append(m.columns, h)
				}
			}
		}
	}
	if len(m.columns) == 0 {
		return nil
	}
	return []mention{m}
}

// verbal tells "customers have mail" from "customers with mail" and "customers
// that have mail".
func (p *parser) verbal(at, start int) bool {
	at = p.skip(at)
	return at == p.skip(start) && at < len(p.tokens) && len(p.words.phrases["verb"][p.tokens[at].low]) > 0
}

func (p *parser) preps(i int, l lead, add func(lead)) {
	for _, to := range p.phraseAt("prep", i) {
		l.to, l.prep = to, true
		add(l)
	}
}

// condition reads one condition.
func (p *parser) condition(i int, head bool) []condAlt {
	var out []condAlt
	put := func(c *condition, not bool, to, cost int) {
		c.from, c.to = i, to
		out = append(out, condAlt{negate(single(c), not), to, cost})
	}
	for _, l := range p.leads(i) {
		put := func(c *condition, not bool, to, cost int) {
			c.verb = l.verb
			put(c, not, to, cost)
		}
		p.valueCondition(l, head, put)
		p.columnCondition(l, put)
		p.bareComparison(l, put)
		p.dateCondition(l, nil, l.to, put)
		for _, m := range p.happenings(l.to) { // issued in 2024, where there is an issue date
			p.dateCondition(lead{directly: true, not: l.not}, &m, m.to, func(c *condition, not bool, to, cost int) {
				c.column = &m
				put(c, not, to, cost+1)
			})
		}
		for _, to := range p.phraseAt("happened", l.to) { // placed in 2024
			p.dateCondition(lead{directly: true, not: l.not}, nil, to, func(c *condition, not bool, to, cost int) { put(c, not, to, cost+2) })
		}
		p.childCondition(l, put)
		if !l.prep && !l.rel && !l.have && !l.directly || l.rel {
			p.flagCondition(l, put)
		}
	}
	p.fileCondition(i, put)
	return out
}

type putCond func(c *condition, not bool, to, cost int)

// valueCondition reads a value whose column is found by it.
func (p *parser) valueCondition(l lead, head bool, put putCond) {
	if l.directly && !head || l.rel && !l.be {
		return
	}
	cost := 0
	if l.directly {
		cost = 1
	}
	if at := p.skip(l.to); l.directly && at < len(p.tokens) {
		if number, unit, n := p.words.readNumber(p.tokens[at:]); n == 1 && unit == "" && digit(number[0]) {
			put(&condition{op: "=", literals: []literal{{text: number, number: true}}, bare: true}, false, at+n, 1)
		}
	}
	for _, v := range p.valueList(l.to) {
		put(&condition{op: "=", values: v.spans, joined: v.joined, bare: true}, l.not, v.to, cost)
		if l.have || l.prep {
			for _, m := range p.mentions(v.to, false) { // with gold tier
				put(&condition{op: "=", values: v.spans, joined: v.joined, column: &m}, l.not, m.to, cost)
			}
		}
	}
}

// columnCondition reads a column and what is said of it.
func (p *parser) columnCondition(l lead, put putCond) {
	if l.directly || l.rel && !l.be {
		for _, m := range p.quantityVerbs(l.to) { // cost less than 10
			p.comparisons(m.to, func(c *condition, not bool, to, cost int) {
				if len(c.literals) > 0 {
					c.column, c.verb = &m, true
					put(c, not, to, cost+1)
				}
			})
		}
	}
	for k, m := range p.mentions(l.to, false) {
		to := m.to
		column := m
		if l.be && !l.prep { // were placed in 2024
			p.dateCondition(l, &column, to, func(c *condition, not bool, to, cost int) {
				c.column = &column
				put(c, not, to, cost+k)
			})
			continue
		}
		with := func(c *condition, not bool, to, cost int) {
			c.column = &column
			put(c, not != l.not, to, cost+k)
		}
		if l.have && (p.end(to) || !p.comparisonAt(to)) {
			cost := k
			if p.dateAt(to) {
				cost += 2 // "with an admission date since 2020": it has one, and which
			}
			put(&condition{op: "empty", column: &column}, !l.not, to, cost)
		}
		p.comparisons(to, with)
		p.dateCondition(l, &column, to, func(c *condition, not bool, to, cost int) { with(c, not && !l.not, to, cost) })
	}
}

// comparisonAt reports whether a comparison may begin at i, so that the column
// before it doesn't stand alone.
func (p *parser) comparisonAt(i int) bool {
	for _, category := range []string{"gt", "ge", "lt", "le", "between", "starts", "ends", "contains", "notcontains"} {
		for _, to := range p.phraseAt(category, i) {
			if to < len(p.tokens) && p.tokens[i].kind != signToken || p.tokens[i].kind == signToken && p.tokens[i].text != "," {
				if _, _, n := p.words.readNumber(p.tokens[p.skip(to):]); n > 0 {
					return true
				}
			}
		}
	}
	return false
}

// dateAt reports whether a date with its preposition stands at i.
func (p *parser) dateAt(i int) bool {
	for _, category := range []string{"on", "since", "after", "before", "until", "between"} {
		for _, to := range p.phraseAt(category, i) {
			if at := p.skip(to); at < len(p.tokens) {
				if _, n := p.periodAt(at); n > 0 {
					return true
				}
			}
		}
	}
	return false
}

// flagCondition reads "are active", "that are not active".
func (p *parser) flagCondition(l lead, put putCond) {
	for _, m := range p.mentions(l.to, false) {
		if flags := onlyFlags(m); len(flags.columns) > 0 {
			put(&condition{op: "true", column: &flags}, l.not, m.to, 0)
		}
	}
}

// childCondition reads "with more than 3 orders", "without orders", "of gold
// customers".
func (p *parser) childCondition(l lead, put putCond) {
	if l.have {
		for _, any := range p.optional("any", l.to) {
			for _, n := range p.noun(any) {
				put(&condition{op: "child", child: n.noun}, l.not, n.to, n.cost)
			}
		}
		for _, op := range []string{"gt", "ge", "lt", "le", "eq"} {
			for _, at := range p.phraseAt(op, l.to) {
				p.childCount(l, op, at, put)
			}
		}
		p.childCount(l, "eq", l.to, put)
	}
	if l.prep && !l.be {
		for _, n := range p.noun(l.to) {
			if !n.noun.generic {
				put(&condition{op: "child", child: n.noun, relation: true}, l.not, n.to, n.cost)
			}
		}
	}
}

func (p *parser) childCount(l lead, op string, at int, put putCond) {
	at = p.skip(at)
	if at >= len(p.tokens) {
		return
	}
	number, unit, n := p.words.readNumber(p.tokens[at:])
	if n == 0 || unit != "" || l.not {
		return
	}
	for _, child := range p.noun(at + n) {
		put(&condition{op: "child", child: child.noun, childOp: operators[op], childN: number}, false, child.to, child.cost)
	}
}

var operators = map[string]string{"eq": "=", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}

// fileCondition reads "in file NAME".
func (p *parser) fileCondition(i int, put putCond) {
	for _, at := range p.phraseAt("infile", i) {
		if at < len(p.tokens) && p.session.fileNamed(p.tokens[at].text) != nil {
			put(&condition{op: "file", literals: []literal{{text: p.tokens[at].text}}}, false, at+1, 0)
		}
	}
}
