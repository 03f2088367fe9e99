package rag

import "strings"

// superlative is an adjective that says which column rows are ordered by:
// the cheapest has the lowest price.
type superlative struct {
	Words   []string `json:"words"`
	Desc    bool     `json:"desc"`
	Columns []string `json:"columns"` // likely names of the column, best first

	keys []string // of the columns
}

// quantityVerb is a verb that says which column is compared: what costs less
// than 10 has a price below 10.
type quantityVerb struct {
	Words   []string `json:"words"`
	Columns []string `json:"columns"` // likely names of the column

	keys []string // of the columns
}

// quantityVerbs returns the verbs at i as mentions of the columns that they are
// about.
func (p *parser) quantityVerbs(i int) []mention {
	var out []mention
	at := p.skip(i)
	for k := range p.words.Verbs {
		v := &p.words.Verbs[k]
		m := mention{from: at}
		for _, phrase := range v.Words {
			m.to = max(m.to, p.phraseEnd(strings.Fields(phrase), at))
		}
		if m.to == 0 {
			continue
		}
		for _, key := range v.keys {
			for _, h := range p.session.columns[key] {
				if h.column.numeric() {
					m.columns = append(m.columns, h)
				}
			}
		}
		if len(m.columns) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// adjectiveQuestion reads "the cheapest product", "the 3 heaviest parts",
// "which product is the most expensive".
func (p *parser) adjectiveQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.optional("list", i), append(p.phraseAt("whatis", i), p.isWhich(i)...)...) {
		limit, at := p.count(start)
		for _, a := range p.adjectives(at) {
			n, behind := p.count(a.to)
			if n == 0 {
				n, behind = max(1, limit), a.to
			}
			for _, noun := range p.noun(behind) {
				out = append(out, draftAlt{a.rank(noun, n, n == 1 && limit == 0), noun.to})
			}
		}
		for _, noun := range p.noun(start) {
			for _, be := range p.phraseAt("be", noun.to) {
				for _, a := range p.adjectives(be) {
					out = append(out, draftAlt{a.rank(noun, 1, true), a.to})
				}
			}
		}
	}
	return out
}

// isWhich reads "which is", "which are".
func (p *parser) isWhich(i int) []int {
	var out []int
	for _, which := range p.phraseAt("which", i) {
		out = append(out, p.phraseAt("be", which)...)
	}
	return out
}

type adjectiveAlt struct {
	*superlative
	from, to int
}

func (a adjectiveAlt) rank(n nounAlt, limit int, ties bool) *draft {
	order := &orderMention{desc: a.Desc, adjective: a.superlative, from: a.from, to: a.to, ties: ties}
	return &draft{kind: askList, subject: n.noun, order: order, limit: limit, cost: n.cost}
}

func (p *parser) adjectives(i int) []adjectiveAlt {
	var out []adjectiveAlt
	at := p.skip(i)
	for k := range p.words.Superlatives {
		s := &p.words.Superlatives[k]
		for _, phrase := range s.Words {
			if to := p.phraseEnd(strings.Fields(phrase), at); to > 0 {
				out = append(out, adjectiveAlt{s, at, to})
			}
		}
	}
	return out
}

// greatestQuestion reads "the biggest order", "top 5 customers", where nothing
// says by which number: with one that it can be, that is asked back.
func (p *parser) greatestQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, start := range append(p.optional("list", i), p.phraseAt("whatis", i)...) {
		limit, at := p.count(start)
		for _, dir := range []struct {
			category string
			desc     bool
		}{{"max", true}, {"min", false}, {"top", true}} {
			for _, to := range p.phraseAt(dir.category, at) {
				if len(p.phraseAt("earliest", at)) > 0 || len(p.phraseAt("latest", at)) > 0 || len(p.adjectives(at)) > 0 {
					continue // the first orders are the oldest
				}
				n, behind := p.count(to)
				if n == 0 {
					n, behind = max(1, limit), to
				}
				for _, noun := range p.noun(behind) {
					order := &orderMention{desc: dir.desc, unsaid: true, ties: n == 1 && limit == 0}
					out = append(out, draftAlt{&draft{kind: askList, subject: noun.noun, order: order, limit: n, cost: noun.cost + 3}, noun.to})
				}
			}
		}
	}
	return out
}

// whenQuestion reads "when was the last order [placed]?".
func (p *parser) whenQuestion(i int) []draftAlt {
	var out []draftAlt
	for _, when := range p.phraseAt("when", i) {
		for category, desc := range map[string]bool{"latest": true, "earliest": false} {
			for _, at := range p.phraseAt(category, when) {
				for _, noun := range p.noun(at) {
					d := &draft{kind: askList, subject: noun.noun, limit: 1, order: &orderMention{desc: desc, dated: true, ties: true}, cost: noun.cost}
					out = append(out, draftAlt{d, noun.to})
					for _, to := range p.phraseAt("happened", noun.to) {
						out = append(out, draftAlt{d, to})
					}
					for _, m := range p.mentions(noun.to, false) {
						c := *d
						c.order = &orderMention{desc: desc, measure: &m, ties: true}
						out = append(out, draftAlt{&c, m.to})
					}
				}
			}
		}
	}
	return out
}
