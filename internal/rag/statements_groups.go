package rag

import (
	"fmt"
	"strings"
)

// grouped writes a query with GROUP BY.
func (f *frame) grouped(n *int) statement {
	if len(f.groups) == 1 && f.groups[0].owner != nil {
		return f.byOwner(n)
	}
	s := newScope(f.base, n)
	st := statement{labels: 0}
	var parts, places []string
	dates := false
	for i, g := range f.groups {
		for _, x := range g.expressions(s) {
			parts = append(parts, x.sql)
			st.headers = append(st.headers, x.header)
		}
		places = append(places, fmt.Sprint(len(parts)))
		if g.owner != nil {
			places = append(places, s.alias(g.owner)+"._id")
		}
		dates = dates || g.part != "" && i == 0
	}
	st.labels = len(parts)
	first := len(parts) + 1
	for _, figure := range f.figures(s) {
		parts = append(parts, figure.sql)
		st.headers = append(st.headers, figure.header)
	}
	within := f.where
	if f.kind == askShare && f.other != nil { // what is counted is in the figures
		within = f.other.where
	}
	where := s.where(within)
	group := " GROUP BY " + groupPlaces(st.labels, places) + f.havingSQL(s)
	st.sql = "SELECT " + strings.Join(parts, ", ") + s.from() + where + group + f.groupOrder(first, dates) + limitSQL(listed)
	return st
}

// havingSQL keeps the groups that have a value and so many rows.
func (f *frame) havingSQL(s *scope) string {
	if f.having == nil {
		return ""
	}
	x := s.column(f.groups[0].column)
	text := " HAVING count(*) " + f.having.op + " " + f.having.n + " AND " + x + " IS NOT NULL"
	if f.groups[0].column.kind == textKind {
		text += " AND " + x + " <> ''"
	}
	return text
}

// inGroups is the condition that a row is in one of the groups that are kept.
func (f *frame) inGroups() *node {
	if f.having == nil {
		return nil
	}
	return leaf(&predicate{op: "groups", column: f.groups[0].column, groups: f})
}

func groupPlaces(labels int, places []string) string {
	var out []string
	for i := range labels {
		out = append(out, fmt.Sprint(i+1))
	}
	for _, p := range places {
		if strings.Contains(p, ".") {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

// groupOrder puts dates in their order, other groups by their figure.
func (f *frame) groupOrder(first int, dates bool) string {
	desc := true
	if f.order != nil {
		desc = f.order.desc
	} else if dates {
		return " ORDER BY 1"
	}
	key := fmt.Sprint(first)
	switch {
	case f.kind == askShare && f.other != nil:
		key = "CAST(figure AS REAL) / whole"
	case f.measure != nil && f.measure.dated() && f.kind == askAggregate:
		key = "figure"
	case f.kind == askAggregate || f.kind == askHigher || f.kind == askShare && f.measure != nil:
		key = "CAST(figure AS REAL)"
	}
	return " ORDER BY " + key + way(desc) + ", 1"
}

type labelled struct{ sql, header string }

func (g groupKey) expressions(s *scope) []labelled {
	switch {
	case g.owner != nil:
		var out []labelled
		for _, c := range g.owner.names() {
			out = append(out, labelled{s.column(c), c.name})
		}
		if len(out) == 0 {
			out = append(out, labelled{s.alias(g.owner) + "._rid", g.owner.label + " row"})
		}
		return out
	case g.part != "":
		return []labelled{{dayPart(s.column(g.column), g.part), g.part}}
	}
	return []labelled{{s.column(g.column), g.column.name}}
}

// names are the columns that say which row it is.
func (t *tableInfo) names() []*column {
	var out []*column
	if t.key != nil {
		out = append(out, t.key)
	}
	if t.title != nil && t.title != t.key {
		out = append(out, t.title)
	}
	return out
}

// figures are what is computed for each group.
func (f *frame) figures(s *scope) []labelled {
	switch f.kind {
	case askShare:
		if f.other != nil {
			return f.shareParts(s)
		}
		if f.measure != nil {
			return []labelled{{"dec_sum(" + s.number(f.measure) + ") AS figure", "total " + f.measure.name}}
		}
	case askDistinct, askValues:
		return []labelled{{"count(DISTINCT " + s.column(f.measure) + ") AS figure", "distinct " + f.measure.name}}
	case askAggregate:
		var out []labelled
		for i, a := range f.aggs {
			name := a
			if i == 0 {
				name = "figure"
			}
			out = append(out, labelled{s.figure(a, f.measure) + " AS " + name, aggWords[a] + " " + f.measure.name})
		}
		return out
	}
	if f.owners != nil {
		return []labelled{{"count(DISTINCT " + s.alias(f.owners) + "._id) AS figure", "rows"}}
	}
	return []labelled{{"count(*) AS figure", "rows"}}
}

// byOwner groups by the rows of an owner; owners without any row count too.
func (f *frame) byOwner(n *int) statement {
	owner := f.groups[0].owner
	above, below := split(f.where, owner)
	inner := newScope(f.base, n)
	figures := f.figures(inner)
	innerWhere := inner.where(below)
	id := inner.alias(owner) + "._id"
	var parts []string
	for _, x := range figures {
		parts = append(parts, x.sql)
	}
	sub := "SELECT " + id + " AS owner, " + strings.Join(parts, ", ") + inner.from() + innerWhere + " GROUP BY 1"

	outer := newScope(owner, n)
	st := statement{}
	var shown []string
	for _, x := range (groupKey{owner: owner}).expressions(outer) {
		shown = append(shown, x.sql)
		st.headers = append(st.headers, x.header)
	}
	st.labels = len(shown)
	first := len(shown) + 1
	for i, x := range figures {
		name := x.sql[strings.LastIndex(x.sql, " ")+1:]
		if f.kind == askCount || f.kind == askDistinct || f.kind == askShare && f.measure == nil {
			name = "ifnull(g." + name + ", 0) AS " + name
		} else {
			name = "g." + name + " AS " + name
		}
		shown = append(shown, name)
		st.headers = append(st.headers, figures[i].header)
	}
	where := outer.where(above)
	order := f.groupOrder(first, false)
	if f.kind == askAggregate || f.kind == askShare && f.measure != nil { // an owner without a value can't lead
		cond := "g.figure IS NOT NULL"
		if where == "" {
			where = " WHERE " + cond
		} else {
			where += " AND " + cond
		}
	}
	st.sql = "SELECT " + strings.Join(shown, ", ") + outer.from() + " LEFT JOIN (" + sub + ") g ON g.owner = " + outer.names[owner] + "._id" +
		where + order + ", " + outer.names[owner] + "._rid" + limitSQL(listed)
	return st
}

// split parts a condition into what is said of the owner alone and the rest.
func split(n *node, owner *tableInfo) (above, below *node) {
	if n == nil {
		return nil, nil
	}
	if n.op == "and" {
		var up, down []*node
		for _, k := range n.kids {
			a, b := split(k, owner)
			up, down = append(up, a), append(down, b)
		}
		return allOf(up...), allOf(down...)
	}
	if n.about(owner) {
		return n, nil
	}
	return nil, n
}

// about reports whether a condition can be told by the owner's row.
func (n *node) about(owner *tableInfo) bool {
	if p := n.pred; p != nil {
		t := p.owner
		if p.column != nil {
			t = p.column.table
		}
		_, up, ok := distance(owner, t)
		return ok && up
	}
	for _, k := range n.kids {
		if !k.about(owner) {
			return false
		}
	}
	return true
}

// perOwner averages the number of rows over the owners.
func (f *frame) perOwner(n *int) statement {
	owner := f.groups[0].owner
	above, below := split(f.where, owner)
	inner := newScope(f.base, n)
	innerWhere := inner.where(below)
	id := inner.alias(owner) + "._id"
	sub := "SELECT " + id + " AS owner, count(*) AS figure" + inner.from() + innerWhere + " GROUP BY 1"
	outer := newScope(owner, n)
	where := outer.where(above)
	agg := f.aggs[0]
	figure := "dec_" + agg + "(ifnull(g.figure, 0))"
	return statement{
		sql: "SELECT " + figure + " AS " + agg + ", count(*) AS count" + outer.from() + " LEFT JOIN (" + sub + ") g ON g.owner = " +
			outer.names[owner] + "._id" + where,
		headers: []string{agg, owner.label},
	}
}
