package rag

import (
	"slices"
	"strings"
)

// chooseKey finds the column that a row is known by: it has a value of its own
// in nearly every row and is named like an id; and the one that people would
// call the row by.
func (t *tableInfo) chooseKey(l *locale) {
	best := len(l.Keys)
	for _, c := range t.columns {
		if c.kind != textKind && c.kind != integerKind {
			continue
		}
		place := keyPlace(l, c)
		if place >= best || c.rows*10 < t.Rows*9 || c.distinct*10 < c.rows*7 || t.Rows == 0 {
			continue
		}
		// A name identifies only when nothing better does, and is the title.
		best, t.key = place, c
	}
	for _, c := range t.columns {
		last := lastWord(c)
		if c.kind == textKind && c.rows*2 > t.Rows && (last == "name" || last == "title") && len(c.path) <= 2 {
			t.title = c
			break
		}
	}
}

// keyPlace is how much a column's name promises a key, 0 most.
func keyPlace(l *locale, c *column) int {
	if len(c.path) != 1 || c.header == "." {
		return len(l.Keys)
	}
	words := c.path[0]
	last := words[len(words)-1]
	for _, k := range l.Keys {
		if at := slices.Index(l.Keys, k); last == k || l.singular(last) == k {
			own := t(c).words
			// customerId in Customer is as good as id; orderId in Customer is not.
			if len(words) == 1 || len(own) > 0 && strings.Join(words[:len(words)-1], "") == strings.Join(own[len(own)-1], "") {
				return at
			}
			return len(l.Keys)
		}
		if strings.HasSuffix(last, k) && len(t(c).words) > 0 && last == strings.Join(t(c).words[len(t(c).words)-1], "")+k {
			return slices.Index(l.Keys, k)
		}
	}
	return len(l.Keys)
}

func t(c *column) *tableInfo { return c.table }

func lastWord(c *column) string {
	if len(c.path) == 0 {
		return ""
	}
	words := c.path[len(c.path)-1]
	last := words[len(words)-1]
	for _, w := range []string{"name", "title"} {
		if strings.HasSuffix(last, w) {
			return w
		}
	}
	return last
}

// measure reports whether people would add the column's numbers up.
func (c *column) measure(l *locale) bool {
	if !c.numeric() || c == c.table.key {
		return false
	}
	if len(c.path) == 0 {
		return true
	}
	words := c.path[len(c.path)-1]
	return !slices.Contains(l.NotMeasures, l.expand(l.singular(words[len(words)-1])))
}

// nameAll fills the maps from names to tables and columns.
func (s *session) nameAll(l *locale) {
	for _, t := range s.tables {
		keys := nameKeys{}
		keys.addPath(l, t.words)
		for key, r := range keys {
			if r == rankTail { // Export/Product is as much a product as Product
				keys[key] = rankWhole
			}
		}
		for n := range len(t.words) - 1 { // customer orders, though Orders stands between
			keys.add(l, slices.Concat(t.words[n], t.words[len(t.words)-1]), rankTail)
		}
		keys.add(l, splitWords(t.Name), rankWhole)
		keys.add(l, splitWords(t.ViewName), rankWhole)
		for key, r := range keys {
			s.byKey[key] = append(s.byKey[key], tableHit{t, r})
		}
		s.putExact(t.ViewName, t)
		s.putExact(t.Name, t)
		s.putExact(t.label, t)
		for _, c := range t.columns {
			s.putExact(t.ViewName+"."+c.name, c)
			s.putExact(t.label+"."+c.name, c)
			if c.wrapper {
				continue
			}
			for key, r := range columnKeys(l, c) {
				s.columns[key] = append(s.columns[key], columnHit{c, r})
			}
		}
	}
	for key, hits := range s.byKey {
		s.byKey[key] = withoutContainers(hits)
	}
}

// withoutContainers drops the list where its members go by the same name:
// "suppliers" are the supplier elements, not the one suppliers element around
// them.
func withoutContainers(hits []tableHit) []tableHit {
	var out []tableHit
	for _, h := range hits {
		container := false
		for i := range hits {
			member := &hits[i]
			if member.rank <= rankExpanded && member.table.below(h.table) {
				member.rank = min(member.rank, h.rank)
				container = true
			}
		}
		if !container {
			out = append(out, h)
		}
	}
	for i := range out { // ranks may have risen since they were copied
		for _, h := range hits {
			if h.table == out[i].table {
				out[i].rank = h.rank
			}
		}
	}
	return out
}

func (s *session) putExact(name string, thing any) {
	name = strings.ToLower(name)
	if old, ok := s.exact[name]; ok && old != thing {
		return
	}
	s.exact[name] = thing
}

func lastStep(header string) string { return header[strings.LastIndexByte(header, '/')+1:] }

func columnKeys(l *locale, c *column) nameKeys {
	keys := nameKeys{}
	own := c.table.words
	var last []string
	if len(own) > 0 {
		last = own[len(own)-1]
	}
	if c.header == "." {
		keys.add(l, last, rankWhole)
		keys.add(l, append(slices.Clone(last), "value"), rankTail)
		keys.add(l, append(slices.Clone(last), "text"), rankTail)
		return keys
	}
	if strings.Contains(c.header, "xsi:") || strings.Contains(c.header, "xml:") {
		keys.add(l, splitWords(c.name), rankWhole)
		return keys
	}
	if strings.Contains(lastStep(c.header), ":") { // price is rather named by price than old:price
		keys.add(l, slices.Concat(c.path...), rankTail)
	} else {
		keys.addPath(l, c.path)
	}
	if len(c.path) > 0 {
		keys.add(l, c.path[len(c.path)-1], rankTail)
	}
	keys.add(l, splitWords(c.name), rankWhole)
	keys.addWithoutWeak(l, c.path)
	if c.numeric() {
		keys.addWithoutUnit(l, c.path)
	}
	if nested := len(c.path) > 1 && strings.HasPrefix(lastStep(c.header), "@"); nested {
		// The currency of an amount is not the row's: it must be named with it, if
		// another column goes by that name.
		alone := nameKeys{}
		alone.add(l, c.path[len(c.path)-1], rankTail)
		alone.addWithoutWeak(l, c.path[len(c.path)-1:])
		for key := range alone {
			keys[key] = rankRemote
		}
	}
	for n := 1; n <= len(c.path); n++ {
		keys.add(l, slices.Concat(last, slices.Concat(c.path[len(c.path)-n:]...)), rankTail)
	}
	return keys
}
