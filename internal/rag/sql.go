package rag

import (
	"fmt"
	"strings"
)

// scope writes SQL over a base table and its owners, each under an alias.
type scope struct {
	base    *tableInfo
	aliases *int // shared by the whole statement
	names   map[*tableInfo]string
	joins   []string
}

func newScope(base *tableInfo, aliases *int) *scope {
	s := &scope{base: base, aliases: aliases, names: map[*tableInfo]string{}}
	s.names[base] = s.fresh()
	return s
}

func (s *scope) fresh() string {
	*s.aliases++
	return fmt.Sprintf("t%d", *s.aliases)
}

// alias names the base or one of its owners, joining up to it.
func (s *scope) alias(t *tableInfo) string {
	if name, ok := s.names[t]; ok {
		return name
	}
	below := s.base
	for below.parent != t {
		if below = below.parent; below == nil {
			panic("rag: " + t.Name + " doesn't own " + s.base.Name) // distance said it does
		}
	}
	child := s.alias(below)
	name := s.fresh()
	s.names[t] = name
	s.joins = append(s.joins, fmt.Sprintf(" LEFT JOIN %s %s ON %s._id = %s._parent_id", ident(t.ViewName), name, name, child))
	return name
}

func (s *scope) column(c *column) string { return s.alias(c.table) + "." + ident(c.name) }

func (s *scope) number(c *column) string { return s.alias(c.table) + "." + ident(c.number()) }

// from is the FROM clause; it stands last, when all joins are known.
func (s *scope) from() string {
	return " FROM " + ident(s.base.ViewName) + " " + s.names[s.base] + strings.Join(s.joins, "")
}

// where writes a condition with the word WHERE, or nothing.
func (s *scope) where(n *node) string {
	if n == nil {
		return ""
	}
	return " WHERE " + s.condition(n)
}

func (s *scope) condition(n *node) string {
	switch n.op {
	case "not":
		// A row that lacks the value is not equal to it: null must not hide it.
		return "NOT ifnull(" + s.condition(n.kids[0]) + ", 0)"
	case "and", "or":
		parts := make([]string, len(n.kids))
		for i, k := range n.kids {
			if parts[i] = s.condition(k); k.op == "or" || k.op == "and" {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		return strings.Join(parts, " "+strings.ToUpper(n.op)+" ")
	}
	return s.predicate(n.pred)
}

func (s *scope) predicate(p *predicate) string {
	switch p.op {
	case "exists":
		return s.exists(p)
	case "owned":
		return "1"
	case "file":
		ids := make([]string, len(p.files))
		for i, id := range p.files {
			ids[i] = fmt.Sprint(id)
		}
		return s.alias(p.owner) + "._file_id IN (" + strings.Join(ids, ", ") + ")"
	}
	x := s.column(p.column)
	switch p.op {
	case "groups":
		sub := newScope(p.groups.base, s.aliases)
		y := sub.column(p.column)
		where := sub.where(p.groups.where)
		having := p.groups.havingSQL(sub)
		return x + " IN (SELECT " + y + sub.from() + where + " GROUP BY 1" + having + ")"
	case "empty":
		if p.column.kind == textKind || p.column.kind == listKind {
			return "(" + x + " IS NULL OR " + x + " = '')"
		}
		return x + " IS NULL"
	case "true":
		return x + " = 1"
	case "in":
		return s.oneOf(p, x)
	case "contains":
		return "instr(fold(" + x + "), " + sqlText(strings.ToLower(p.values[0])) + ") > 0"
	case "starts":
		return fmt.Sprintf("substr(fold(%s), 1, %d) = %s", x, len([]rune(p.values[0])), sqlText(strings.ToLower(p.values[0])))
	case "ends":
		return fmt.Sprintf("substr(fold(%s), -%d) = %s", x, len([]rune(p.values[0])), sqlText(strings.ToLower(p.values[0])))
	case "between":
		return "(" + s.compare(p.column, ">=", p.values[0]) + " AND " + s.compare(p.column, "<=", p.values[1]) + ")"
	case "period", "since", "after", "before", "until":
		return onDays(p, x)
	}
	return s.compare(p.column, p.op, p.values[0])
}

func onDays(p *predicate, x string) string {
	day := "substr(" + x + ", 1, 10)"
	switch p.op {
	case "since":
		return day + " >= " + sqlText(p.period.from)
	case "after":
		return day + " > " + sqlText(p.period.to)
	case "before":
		return day + " < " + sqlText(p.period.from)
	case "until":
		return day + " <= " + sqlText(p.period.to)
	}
	return day + " BETWEEN " + sqlText(p.period.from) + " AND " + sqlText(p.period.to)
}

func (s *scope) oneOf(p *predicate, x string) string {
	if p.column.numeric() {
		parts := make([]string, len(p.values))
		for i, v := range p.values {
			parts[i] = s.compare(p.column, "=", v)
		}
		return strings.Join(parts, " OR ")
	}
	if len(p.values) == 1 {
		return x + " = " + sqlText(p.values[0])
	}
	quoted := make([]string, len(p.values))
	for i, v := range p.values {
		quoted[i] = sqlText(v)
	}
	return x + " IN (" + strings.Join(quoted, ", ") + ")"
}

// compare compares a number; the text beside a double decides exactly.
func (s *scope) compare(c *column, op, value string) string {
	if c.exact != "" {
		return "dec_cmp(" + s.number(c) + ", " + sqlText(value) + ") " + op + " 0"
	}
	return s.column(c) + " " + op + " " + value
}

// exists asks for rows below an owner that fulfil a condition.
func (s *scope) exists(p *predicate) string {
	sub := newScope(p.child, s.aliases)
	top := p.child
	for top.parent != p.owner {
		top = top.parent
	}
	link := sub.alias(top) + "._parent_id = " + s.alias(p.owner) + "._id"
	if p.where != nil {
		cond := sub.condition(p.where)
		if p.where.op == "or" {
			cond = "(" + cond + ")"
		}
		link += " AND " + cond
	}
	if p.count == "" {
		return "EXISTS (SELECT 1" + sub.from() + " WHERE " + link + ")"
	}
	return "(SELECT count(*)" + sub.from() + " WHERE " + link + ") " + p.count + " " + p.n
}

// figure is the expression that a question asks for, over the rows of a scope.
func (s *scope) figure(agg string, c *column) string {
	if c.dated() || c.exact == "" && (agg == "min" || agg == "max") {
		return agg + "(" + s.column(c) + ")" // a double holds these exactly, and SQLite's own is faster
	}
	return "dec_" + agg + "(" + s.number(c) + ")"
}

// dayPart cuts a date to a year, quarter, month or day.
func dayPart(x, part string) string {
	switch part {
	case "year":
		return "substr(" + x + ", 1, 4)"
	case "quarter":
		return "substr(" + x + ", 1, 4) || ' Q' || ((substr(" + x + ", 6, 2) + 2) / 3)"
	case "month":
		return "substr(" + x + ", 1, 7)"
	}
	return "substr(" + x + ", 1, 10)"
}
