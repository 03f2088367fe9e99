package rag

import (
	"fmt"
	"slices"
	"strings"
)

// statement is a query with what its columns mean.
type statement struct {
	sql     string
	headers []string // for people
	labels  int      // leading columns that name a group or a row
	rids    bool     // the first column is the row id of the base
}

// listed is how many rows of a list are fetched at most: one more than shown.
const listed = 201

// statement writes the frame's main query.
func (f *frame) statement() statement {
	n := 0
	if len(f.groups) > 0 && f.kind != askPerOwner {
		return f.grouped(&n)
	}
	s := newScope(f.base, &n)
	switch f.kind {
	case askList:
		return f.list(s)
	case askValues:
		x := s.column(f.measure)
		where := s.where(f.where)
		return statement{
			sql:     "SELECT " + x + ", count(*) AS count" + s.from() + where + " GROUP BY 1 ORDER BY 2 DESC, 1" + limitSQL(listed),
			headers: []string{f.measure.name, "count"}, labels: 1,
		}
	case askDistinct:
		x := s.column(f.measure)
		where := s.where(f.where)
		return statement{
			sql:     "SELECT count(DISTINCT " + x + ") AS count, count(" + x + ") AS rows_with_value" + s.from() + where + noEmpty(f.measure, x, where),
			headers: []string{"distinct " + f.measure.name, "rows with a value"},
		}
	case askAggregate, askHigher:
		return f.aggregate(s)
	case askShare:
		return f.share(s)
	case askPerOwner:
		return f.perOwner(&n)
	}
	figures := "SELECT count(*) AS count"
	headers := []string{"rows"}
	if f.base.key != nil && f.kind == askCount {
		figures += ", count(DISTINCT " + s.column(f.base.key) + ") AS distinct_" + identPart(f.base.key.name)
		headers = append(headers, "distinct "+f.base.key.name)
	}
	where := s.where(f.where)
	return statement{sql: figures + s.from() + where, headers: headers}
}

// share writes what a share is made of: the rows that fulfil the condition, or
// their sum, and all of them.
func (f *frame) share(s *scope) statement {
	var parts []string
	for _, x := range f.shareParts(s) {
		parts = append(parts, x.sql)
	}
	headers := []string{"matching", "of"}
	if f.measure != nil {
		parts = append(parts, s.figure("min", f.measure)+" AS least")
		headers = append(headers, "least "+f.measure.name)
	}
	within := ""
	if f.other != nil {
		within = s.where(f.other.where)
	}
	return statement{sql: "SELECT " + strings.Join(parts, ", ") + s.from() + within, headers: headers}
}

// shareParts are a part and the whole.
func (f *frame) shareParts(s *scope) []labelled {
	cond := "1"
	if f.where != nil {
		cond = s.condition(f.where)
	}
	if f.measure != nil {
		x := s.number(f.measure)
		return []labelled{
			{"dec_sum(CASE WHEN " + cond + " THEN " + x + " END) AS figure", "total " + f.measure.name},
			{"dec_sum(" + x + ") AS whole", "of"},
		}
	}
	return []labelled{{"count(CASE WHEN " + cond + " THEN 1 END) AS figure", "matching"}, {"count(*) AS whole", "of"}}
}

func identPart(name string) string {
	if ident(name) == name {
		return name
	}
	return "key"
}

func noEmpty(c *column, x, where string) string {
	if c.kind != textKind {
		return ""
	}
	if where == "" {
		return " WHERE " + x + " <> ''"
	}
	return " AND " + x + " <> ''"
}

func limitSQL(n int) string { return fmt.Sprintf(" LIMIT %d", n) }

func (f *frame) aggregate(s *scope) statement {
	var st statement
	var parts []string
	for _, a := range f.aggs {
		parts = append(parts, s.figure(a, f.measure)+" AS "+a)
		st.headers = append(st.headers, aggWords[a]+" "+f.measure.name)
	}
	parts = append(parts, "count("+s.column(f.measure)+") AS count")
	st.headers = append(st.headers, "values")
	where := s.where(f.where)
	st.sql = "SELECT " + strings.Join(parts, ", ") + s.from() + where
	return st
}

func (f *frame) list(s *scope) statement {
	st := statement{labels: 1, rids: true, headers: []string{"row"}}
	parts := []string{s.names[f.base] + "._rid AS row"}
	for _, c := range f.shown() {
		value := s.column(c)
		if c.exact != "" {
			value = s.number(c) // as it stands in the file: a double would lose digits
		}
		parts = append(parts, value)
		st.headers = append(st.headers, c.name)
	}
	order := " ORDER BY "
	where := s.where(f.where)
	if f.order != nil {
		x := s.column(f.order.column)
		if where == "" {
			where = " WHERE " + x + " IS NOT NULL"
		} else {
			where = " WHERE (" + strings.TrimPrefix(where, " WHERE ") + ") AND " + x + " IS NOT NULL"
		}
		order += x + way(f.order.desc) + ", "
	}
	st.sql = "SELECT " + strings.Join(parts, ", ") + s.from() + where + order + s.names[f.base] + "._rid" + limitSQL(listed)
	return st
}

func way(desc bool) string {
	if desc {
		return " DESC"
	}
	return ""
}

// shown are the columns of a list: those asked for; else the row's name, what
// it was chosen and ordered by, and then the table's first.
func (f *frame) shown() []*column {
	if len(f.columns) > 0 {
		out := slices.Clone(f.columns)
		if f.order != nil && !slices.Contains(out, f.order.column) {
			out = append(out, f.order.column)
		}
		if k := f.base.key; k != nil && !slices.Contains(out, k) {
			out = append([]*column{k}, out...)
		}
		return out
	}
	var out []*column
	add := func(c *column) {
		if c != nil && !c.wrapper && !slices.Contains(out, c) && c.longest <= maxSampledCell && len(out) < 8 {
			out = append(out, c)
		}
	}
	add(f.base.key)
	add(f.base.title)
	if f.order != nil {
		add(f.order.column)
	}
	if f.where != nil {
		for _, k := range append(f.where.kids, f.where) {
			if k.pred != nil && k.pred.column != nil && !k.pred.column.table.below(f.base) {
				add(k.pred.column)
			}
		}
	}
	for _, c := range f.base.columns {
		if c.rows*10 >= f.base.Rows {
			add(c)
		}
	}
	for _, c := range f.base.columns {
		add(c)
	}
	return out
}

// below reports whether the table is a part of the other.
func (t *tableInfo) below(other *tableInfo) bool {
	for p := t.parent; p != nil; p = p.parent {
		if p == other {
			return true
		}
	}
	return false
}

// rowsSQL is the query of the rows behind the frame's figures.
func (f *frame) rowsSQL(extra *node) string {
	n := 0
	s := newScope(f.base, &n)
	where := s.where(allOf(f.where, extra))
	return "SELECT " + s.names[f.base] + "._rid AS row" + s.from() + where + " ORDER BY 1"
}

// countSQL counts those rows.
func (f *frame) countSQL(extra *node) string {
	n := 0
	s := newScope(f.base, &n)
	where := s.where(allOf(f.where, extra))
	return "SELECT count(*)" + s.from() + where
}
