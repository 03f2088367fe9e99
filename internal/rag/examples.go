package rag

import (
	"cmp"
	"slices"
)

// examples are questions that this session can answer, each known to be
// understood.
func (s *session) examples(n int) []string {
	var out []string
	tables := slices.Clone(s.tables)
	slices.SortStableFunc(tables, func(a, b *tableInfo) int {
		return cmp.Or(cmp.Compare(b.standing(), a.standing()), cmp.Compare(b.Rows, a.Rows))
	})
	add := func(f frame) {
		if q, ok := f.say(); ok && len(out) < n && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	for _, t := range tables {
		if t.Rows < 2 {
			continue
		}
		base := frame{session: s, base: t, kind: askCount}
		add(base)
		for _, c := range t.columns {
			if c.kind == textKind && c.complete && c != t.key && c.longest <= 40 && len(c.top) > 1 && len(c.top) < topValues && int64(len(c.top))*2 <= t.Rows {
				f := base
				f.groups = []groupKey{{column: c}}
				add(f)
				break
			}
		}
		for _, c := range t.columns {
			if c.kind == decimalKind && c != t.key {
				f := base
				f.kind, f.aggs, f.measure = askAggregate, []string{"avg"}, c
				add(f)
				break
			}
		}
		if len(out) >= n {
			break
		}
	}
	return out
}

// standing is how likely a table is what people ask about: rows with a name or
// a key, rather than lists within them.
func (t *tableInfo) standing() int {
	n := 0
	if t.key != nil {
		n++
	}
	if t.title != nil {
		n += 2
	}
	if len(t.children) > 0 {
		n++
	}
	return n
}
