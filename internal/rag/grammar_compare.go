package rag

// comparisons reads what is said of a column: "over 100", "is gold",
// "contains 'x'", "is empty". with gets each way.
func (p *parser) comparisons(i int, with putCond) {
	p.emptiness(i, with)
	for _, op := range []string{"gt", "ge", "lt", "le"} {
		for _, at := range p.phraseAt(op, i) {
			p.numberAfter(at, operators[op], with)
		}
	}
	for _, at := range p.optional("eq", i) {
		p.equals(at, at == i, false, with)
	}
	for _, at := range p.phraseAt("ne", i) {
		p.equals(at, false, true, with)
	}
	p.betweenNumbers(i, "between", false, with)
	p.betweenNumbers(i, "notbetween", true, with)
	for category, op := range map[string]string{"contains": "contains", "notcontains": "contains", "starts": "starts", "ends": "ends"} {
		for _, at := range p.phraseAt(category, i) {
			if text, to := p.freeText(at); to > 0 {
				with(&condition{op: op, literals: []literal{text}}, category == "notcontains", to, 0)
			}
		}
	}
}

// emptiness reads "is empty", "is not set".
func (p *parser) emptiness(i int, with putCond) {
	for _, be := range p.optional("be", i) {
		for _, at := range p.phraseAt("filled", be) {
			if be != i {
				with(&condition{op: "empty"}, true, at, 0)
			}
		}
		for _, not := range p.optional("not", be) {
			for _, at := range p.phraseAt("empty", not) {
				with(&condition{op: "empty"}, not != be, at, 0)
			}
		}
	}
}

// numberAfter reads a number with its unit.
func (p *parser) numberAfter(i int, op string, with putCond) {
	i = p.skip(i)
	if i >= len(p.tokens) {
		return
	}
	number, unit, n := p.words.readNumber(p.tokens[i:])
	if n == 0 {
		return
	}
	c := func() *condition {
		return &condition{op: op, literals: []literal{{text: number, number: true}}, unit: unit}
	}
	with(c(), false, i+n, 0)
	if at := i + n; unit == "" && at < len(p.tokens) && len(p.values[at]) > 0 && p.values[at][0].to == at+1 {
		withUnit := c()
		withUnit.unit = p.values[at][0].text
		with(withUnit, false, at+1, 0)
	}
}

// equals reads the values a column is to have. bare: nothing stands between
// column and value.
func (p *parser) equals(i int, bare, not bool, with putCond) {
	at := p.skipTo(i, func(j int) bool { return len(p.values[j]) > 0 })
	if at >= len(p.tokens) {
		return
	}
	op := "="
	lists := p.valueList(at)
	for _, v := range lists {
		with(&condition{op: op, values: v.spans, joined: v.joined}, not, v.to, 0)
	}
	t := p.tokens[at]
	if number, unit, n := p.words.readNumber(p.tokens[at:]); n > 0 && unit == "" {
		with(&condition{op: op, literals: []literal{{text: number, number: true}}}, not, at+n, 0)
	}
	if len(lists) == 0 && t.kind == quotedToken {
		with(&condition{op: op, literals: []literal{{text: t.text, quoted: true}}}, not, at+1, 0)
	}
	if bare {
		return
	}
	for category, yes := range map[string]bool{"true": true, "false": false} {
		for _, to := range p.phraseAt(category, at) {
			with(&condition{op: "true"}, not == yes, to, 0)
		}
	}
	if len(lists) == 0 && t.kind == wordToken && !p.isPhrase(at) {
		to := at + 1
		for to < len(p.tokens) && p.tokens[to].kind == wordToken && len(p.names[to]) == 0 && !p.isPhrase(to) && !p.isNoise(to) {
			to++
		}
		if _, _, n := p.words.readNumber(p.tokens[at:]); n == 0 {
			with(&condition{op: op, literals: []literal{{text: p.text(at, to)}}}, not, to, 0)
		}
	}
}

// betweenNumbers reads "between 1 and 5", "from 1 to 5".
func (p *parser) betweenNumbers(i int, category string, not bool, with putCond) {
	for _, at := range p.phraseAt(category, i) {
		at = p.skip(at)
		if at >= len(p.tokens) {
			continue
		}
		low, unit, n := p.words.readNumber(p.tokens[at:])
		if n == 0 {
			continue
		}
		for _, to := range p.phraseAt("through", at+n) {
			to = p.skip(to)
			if to >= len(p.tokens) {
				continue
			}
			high, otherUnit, m := p.words.readNumber(p.tokens[to:])
			if m == 0 {
				continue
			}
			if unit == "" {
				unit = otherUnit
			}
			with(&condition{op: "between", unit: unit, literals: []literal{{text: low, number: true}, {text: high, number: true}}}, not, to+m, 0)
		}
	}
}

// freeText reads a text to look for: in quotes, or one word.
func (p *parser) freeText(i int) (literal, int) {
	i = p.skip(i)
	if i >= len(p.tokens) {
		return literal{}, 0
	}
	switch t := p.tokens[i]; t.kind {
	case quotedToken:
		return literal{text: t.text, quoted: true}, i + 1
	case wordToken:
		return literal{text: t.text}, i + 1
	}
	return literal{}, 0
}

// bareComparison reads "over 100" with no column named.
func (p *parser) bareComparison(l lead, put putCond) {
	if l.prep || l.rel && !l.be {
		return
	}
	for _, op := range []string{"gt", "ge", "lt", "le"} {
		for _, at := range p.phraseAt(op, l.to) {
			p.numberAfter(at, operators[op], func(c *condition, not bool, to, cost int) { put(c, not != l.not, to, cost+1) })
		}
	}
	p.betweenNumbers(l.to, "between", l.not, func(c *condition, not bool, to, cost int) { put(c, not, to, cost+1) })
}

// dateCondition reads "in 2024", "since March 2024", "between 2024-01-01 and
// 2024-03-31", of the column or of the subject's only date.
func (p *parser) dateCondition(l lead, column *mention, i int, put putCond) {
	if column == nil && (l.prep || l.have) {
		return // the preposition belongs to the date itself
	}
	periodAt := func(at int) (period, int) {
		at = p.skipTo(at, func(int) bool { return true })
		if at >= len(p.tokens) {
			return period{}, 0
		}
		if found, n := p.periodAt(at); n > 0 {
			return found, at + n
		}
		at = p.skip(at)
		if at >= len(p.tokens) {
			return period{}, 0
		}
		found, n := p.periodAt(at)
		return found, at + n*min(1, n)
	}
	starts := append(p.optional("dateprefix", i), p.phraseAt("be", i)...)
	for _, start := range starts {
		for category, op := range map[string]string{"on": "period", "since": "since", "after": "after", "before": "before", "until": "until"} {
			for _, at := range p.phraseAt(category, start) {
				if found, to := periodAt(at); to > at {
					put(&condition{op: op, column: column, periods: []period{found}}, l.not, to, 0)
				}
			}
		}
		if column != nil || start != i || p.relative(start) {
			if found, to := periodAt(start); to > start {
				put(&condition{op: "period", column: column, periods: []period{found}}, l.not, to, p.unusual(start))
			}
		}
		for _, at := range p.phraseAt("between", start) {
			first, to := periodAt(at)
			if to <= at {
				continue
			}
			for _, second := range p.phraseAt("through", to) {
				if last, to := periodAt(second); to > second {
					put(&condition{op: "period", column: column, periods: []period{{from: first.from, to: last.to, text: first.text + " to " + last.text}}}, l.not, to, 0)
				}
			}
		}
	}
}

// relative reports whether "last", "today" and the like stand at i: they need
// no preposition.
func (p *parser) relative(i int) bool {
	for _, category := range []string{"lastperiod", "thisperiod", "today", "yesterday"} {
		if len(p.phraseAt(category, i)) > 0 {
			return true
		}
	}
	return false
}

// unusual is the cost of a date without a preposition.
func (p *parser) unusual(i int) int {
	if p.relative(i) {
		return 0
	}
	return 1
}
