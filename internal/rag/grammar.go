package rag

import "slices"

// parser puts the spans of a lattice together. Its functions return every way
// to read what begins at a token; what is left over at the end rules a way out.
type parser struct {
	*lattice
	steps int
	conds map[int][]condAlt
	nouns map[int][]nounAlt
}

// A question that can be read in more ways than these is too ambiguous to be
// computed; the bounds also keep nonsense from taking long.
const (
	maxSteps  = 20_000 // alternatives that are put together
	maxAlts   = 300    // ways to read what begins at one token
	maxDrafts = 1_000  // ways to read the whole
)

// spent counts a step and reports whether there were too many.
func (p *parser) spent() bool {
	p.steps++
	return p.gaveUp()
}

// gaveUp reports that not every way to read the question was looked at, so
// that none may be taken.
func (p *parser) gaveUp() bool { return p.steps >= maxSteps }

func newParser(lat *lattice) *parser {
	return &parser{lattice: lat, conds: map[int][]condAlt{}, nouns: map[int][]nounAlt{}}
}

func (p *parser) end(i int) bool { return p.skip(i) >= len(p.tokens) }

// sign reports whether a mark such as a comma stands at i.
func (p *parser) sign(i int, text string) bool {
	return i < len(p.tokens) && p.tokens[i].kind == signToken && p.tokens[i].text == text
}

// optional returns i and the places behind a phrase of the category there.
func (p *parser) optional(category string, i int) []int {
	return append(slices.Clone(p.phraseAt(category, i)), i)
}

// mentions returns the spans at i that name a table or a column.
func (p *parser) mentions(i int, tables bool) []mention {
	var out []mention
	i = p.skipTo(i, func(j int) bool { return len(p.names[j]) > 0 })
	if i >= len(p.tokens) {
		return nil
	}
	for _, n := range p.names[i] {
		m := mention{from: i, to: n.to}
		if tables {
			m.tables = n.tables
		} else {
			m.columns = n.columns
		}
		if len(m.tables)+len(m.columns) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// skipTo passes over noise up to what is wanted: "the US", though "us" is noise.
func (p *parser) skipTo(i int, wanted func(int) bool) int {
	for i < len(p.tokens) && !wanted(i) {
		n := p.noiseAt(i)
		if n == 0 {
			break
		}
		i += n
	}
	return i
}

// nounAlt is a way to read a noun phrase; cost counts what is unusual.
type nounAlt struct {
	noun *nounPhrase
	to   int
	cost int
}

// noun reads rows of a table: [all] {value} table [value] {condition}.
func (p *parser) noun(i int) []nounAlt {
	if known, ok := p.nouns[i]; ok {
		return known
	}
	p.nouns[i] = nil // no circles
	var out []nounAlt
	for _, start := range p.optional("all", i) {
		for _, alt := range p.modified(start) {
			alt.noun.all = start != i
			alt.noun.from = i
			if out = append(out, p.conditioned(alt)...); len(out) > maxAlts {
				p.steps = maxSteps // given up
				return nil
			}
		}
	}
	p.nouns[i] = out
	return out
}

// modified reads {value} table.
func (p *parser) modified(i int) []nounAlt {
	out := p.head(i)
	if p.spent() {
		return nil
	}
	for _, pre := range p.preModifiers(i) {
		for _, rest := range p.modified(pre.to) {
			n := *rest.noun
			n.conds = append([]*expr{pre.expr}, n.conds...)
			if out = append(out, nounAlt{&n, rest.to, rest.cost + pre.cost}); len(out) > maxAlts {
				p.steps = maxSteps // given up
				return nil
			}
		}
	}
	return out
}

// preModifiers read "gold", "not gold", "active", "gold and silver".
func (p *parser) preModifiers(i int) []condAlt {
	var out []condAlt
	for _, at := range p.optional("not", i) {
		for _, v := range p.valueList(at) {
			c := &condition{op: "=", values: v.spans, joined: v.joined, bare: true, from: i, to: v.to}
			out = append(out, condAlt{expr: negate(single(c), at != i), to: v.to})
		}
		for _, m := range p.mentions(at, false) {
			if flags := onlyFlags(m); len(flags.columns) > 0 {
				c := &condition{column: &flags, op: "true", from: i, to: m.to}
				out = append(out, condAlt{expr: negate(single(c), at != i), to: m.to})
			}
		}
	}
	return out
}

// onlyFlags keeps the columns that are true or false.
func onlyFlags(m mention) mention {
	m.columns = slices.DeleteFunc(slices.Clone(m.columns), func(h columnHit) bool { return h.column.kind != booleanKind })
	return m
}

// head reads the name of a table, or "rows", or both.
func (p *parser) head(i int) []nounAlt {
	var out []nounAlt
	for k, m := range p.mentions(i, true) {
		if len(m.tables) == 0 {
			continue
		}
		n := &nounPhrase{head: &m, from: i}
		out = append(out, nounAlt{n, m.to, k})
		for _, to := range p.phraseAt("rows", m.to) {
			out = append(out, nounAlt{n, to, k})
		}
	}
	if len(out) > 0 {
		return out // "entries" is a table here
	}
	for _, to := range p.phraseAt("rows", i) {
		out = append(out, nounAlt{&nounPhrase{generic: true, from: i}, to, 4})
		for _, of := range p.phraseAt("among", to) {
			for _, m := range p.mentions(of, true) {
				out = append(out, nounAlt{&nounPhrase{head: &m, from: i}, m.to, 0})
			}
		}
	}
	return out
}

// conditioned appends what stands behind the head.
func (p *parser) conditioned(head nounAlt) []nounAlt {
	out := []nounAlt{head}
	for _, alt := range p.conditions(head.to, true) {
		n := *head.noun
		n.conds = append(slices.Clone(n.conds), alt.expr)
		out = append(out, nounAlt{&n, alt.to, head.cost + alt.cost})
	}
	return out
}

// listAlt is a list of values.
type listAlt struct {
	spans  []valueSpan
	joined string
	to     int
}

// valueList reads values that occur: A, B or C. Longer lists come first.
func (p *parser) valueList(i int) []listAlt {
	i = p.skipTo(i, func(j int) bool { return len(p.values[j]) > 0 })
	for _, to := range p.phraseAt("either", i) {
		i = to
	}
	if i >= len(p.tokens) || len(p.values[i]) == 0 {
		return nil
	}
	first := p.values[i][0]
	out := []listAlt{{[]valueSpan{first}, "", first.to}}
	spans, at := []valueSpan{first}, first.to
	joined := ""
	for {
		next, how := p.listLink(at)
		if next >= 0 {
			next = p.skipTo(next, func(j int) bool { return len(p.values[j]) > 0 })
		}
		if next < 0 || next >= len(p.tokens) || len(p.values[next]) == 0 || how != "" && joined != "" && how != joined {
			break
		}
		if how != "" {
			joined = how
		}
		v := p.values[next][0]
		spans, at = append(slices.Clone(spans), v), v.to
		if joined != "" {
			out = append([]listAlt{{spans, joined, at}}, out...)
		}
	}
	return out
}

// listLink reads what joins two members of a list: a comma, and, or.
func (p *parser) listLink(i int) (next int, how string) {
	at := i
	if p.sign(at, ",") {
		at++
	}
	for _, how := range []string{"or", "and"} {
		for _, to := range p.phraseAt(how, at) {
			return to, how
		}
	}
	if at == i {
		return -1, ""
	}
	return at, ""
}
