package rag

import (
	"testing"

	"pgregory.net/rapid"
)

// TestWhatIsSaidIsRead: a frame said as a question is parsed to that frame.
func TestWhatIsSaidIsRead(t *testing.T) {
	t.Parallel()
	c := catalogue(t)
	s := c.sessions[0]
	rapid.Check(t, func(rt *rapid.T) {
		f := anyFrame(rt, s)
		question, ok := f.say()
		if !ok {
			return
		}
		m, err := interpret(t.Context(), c.words, s, question, nil, clock)
		if err != nil {
			rt.Fatal(err)
		}
		switch {
		case m.frame == nil && len(m.choices) > 0:
			rt.Fatalf("%s\nis ambiguous: %s\n%s", question, m.choices[0].identity(), m.choices[1].identity())
		case m.frame == nil:
			rt.Fatalf("%s\nisn't understood", question)
		case m.frame.identity() != f.identity():
			rt.Fatalf("%s\n got %s\nwant %s", question, m.frame.identity(), f.identity())
		}
		if _, err := s.query(t.Context(), f.statement().sql); err != nil {
			rt.Fatalf("%s: %v", f.statement().sql, err)
		}
	})
}

func anyFrame(t *rapid.T, s *session) *frame {
	names := []string{"Export~Customer", "Export~Customer~Orders~Order", "places~place"}
	f := &frame{session: s, base: s.tableNamed(rapid.SampledFrom(names).Draw(t, "table"))}
	f.kind = rapid.SampledFrom([]askKind{askCount, askExists, askDistinct, askAggregate, askList, askValues, askShare}).Draw(t, "kind")
	var conds []*node
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		conds = append(conds, anyCondition(t, f.base))
	}
	f.where = allOf(conds...)
	columns := func(fits func(*column) bool) []*column {
		var out []*column
		for _, c := range f.base.columns {
			if !c.wrapper && c.kind != listKind && fits(c) {
				out = append(out, c)
			}
		}
		return out
	}
	switch f.kind {
	case askDistinct, askValues:
		f.measure = rapid.SampledFrom(columns(func(*column) bool { return true })).Draw(t, "measure")
	case askAggregate:
		f.measure = rapid.SampledFrom(columns((*column).numeric)).Draw(t, "measure")
		f.aggs = []string{rapid.SampledFrom([]string{"sum", "avg", "min", "max", "median"}).Draw(t, "agg")}
	}
	if f.kind == askShare {
		if f.where == nil {
			f.where = anyCondition(t, f.base)
		}
		if rapid.Bool().Draw(t, "within") {
			f.other = &frame{session: s, kind: askCount, base: f.base, where: anyCondition(t, f.base)}
		}
		numbers := columns(func(c *column) bool { return c.numeric() && c != f.base.key })
		if len(numbers) > 0 && rapid.Bool().Draw(t, "of a sum") {
			f.measure, f.aggs = rapid.SampledFrom(numbers).Draw(t, "measure"), []string{"sum"}
		}
	}
	if (f.kind == askCount || f.kind == askAggregate) && rapid.Bool().Draw(t, "grouped") {
		g := groupKey{column: rapid.SampledFrom(columns(func(*column) bool { return true })).Draw(t, "group")}
		if g.column.dated() {
			g.part = rapid.SampledFrom([]string{"year", "quarter", "month", "day"}).Draw(t, "part")
		}
		f.groups = []groupKey{g}
	}
	return f
}

func anyCondition(t *rapid.T, base *tableInfo) *node {
	var usable []*column
	for _, c := range base.columns {
		if !c.wrapper && c.kind != listKind {
			usable = append(usable, c)
		}
	}
	c := rapid.SampledFrom(usable).Draw(t, "column")
	p := &predicate{column: c}
	switch {
	case rapid.IntRange(0, 4).Draw(t, "empty") == 0:
		p.op = "empty"
	case c.numeric():
		p.op = rapid.SampledFrom([]string{"<", "<=", ">", ">=", "between"}).Draw(t, "op")
		p.values = []string{rapid.SampledFrom([]string{"0", "12.5", "100"}).Draw(t, "number")}
		if p.op == "between" {
			p.values = append(p.values, "1000")
		}
	case c.dated():
		p.op = rapid.SampledFrom([]string{"period", "since", "after", "before", "until"}).Draw(t, "op")
		p.period, _ = isoPeriod(rapid.SampledFrom([]string{"2024", "2024-03", "2024-03-31"}).Draw(t, "date"))
	case c.kind == booleanKind:
		p.op = "true"
	case len(c.top) > 0 && rapid.Bool().Draw(t, "known"):
		p.op, p.values = "in", []string{rapid.SampledFrom(c.top).Draw(t, "value").value}
	default:
		p.op = rapid.SampledFrom([]string{"contains", "starts", "ends"}).Draw(t, "op")
		p.values = []string{rapid.SampledFrom([]string{"e", "Berlin", "x y"}).Draw(t, "text")}
	}
	n := leaf(p)
	if p.op != "true" && rapid.IntRange(0, 3).Draw(t, "not") == 0 {
		return &node{op: "not", kids: []*node{n}}
	}
	return n
}
