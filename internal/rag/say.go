package rag

import (
	"fmt"
	"slices"
	"strings"
)

// say writes the frame as a question that the grammar reads in this way alone.
// ok is false for what it has no words for.
func (f *frame) say() (question string, ok bool) {
	if f.compared {
		return f.sayCompared()
	}
	if f.kind == askShare {
		return f.sayShare()
	}
	conds, ok := f.where.say()
	if !ok || f.other != nil || f.having != nil || f.owners != nil || f.kind == askPerOwner {
		return "", false
	}
	of := "`" + f.base.label + "`" + conds
	switch f.kind {
	case askCount:
		if f.order != nil || f.limit > 0 {
			return "", false
		}
		return "How many " + of + f.sayGroups() + "?", true
	case askExists:
		return "Are there any " + of + "?", true
	case askDistinct:
		return "How many different " + f.measure.full() + " of " + of + f.sayGroups() + "?", true
	case askValues:
		return "List the different " + f.measure.full() + " of " + of, true
	case askAggregate:
		if f.order != nil {
			return "", false
		}
		var aggs []string
		for _, a := range f.aggs {
			aggs = append(aggs, aggWords[a])
		}
		return "What is the " + strings.Join(aggs, " and ") + " " + f.measure.full() + " of " + of + f.sayGroups() + "?", true
	case askList:
		return f.sayList(of)
	}
	return "", false
}

// sayShare writes a share of rows or of a sum: what has a verb is counted, of
// what has none.
func (f *frame) sayShare() (string, bool) {
	if f.where == nil || len(f.groups) > 0 || f.having != nil || f.owners != nil {
		return "", false
	}
	of := "`" + f.base.label + "`"
	if f.measure != nil {
		of = "the total " + f.measure.full() + " of " + of
	}
	if f.other == nil && f.where.op != "and" {
		counted, ok := f.where.say()
		return "What percentage of " + of + counted + "?", ok
	}
	within := ""
	if f.other != nil {
		said, ok := f.other.where.say()
		if !ok {
			return "", false
		}
		within = said
	}
	kids := []*node{f.where}
	if f.where.op == "and" {
		kids = f.where.kids
	}
	var counted []string
	for _, k := range kids {
		if k.pred == nil || !slices.Contains([]string{"in", "<", "<=", ">", ">=", "between", "period"}, k.pred.op) {
			return "", false // "have a name" is a condition by itself
		}
		text, ok := k.say()
		text, plain := strings.CutPrefix(text, " where ")
		if !ok || !plain {
			return "", false
		}
		counted = append(counted, "have "+text)
	}
	return "What percentage of " + of + within + " " + strings.Join(counted, " and ") + "?", true
}

// sayCompared writes the comparison of two spans of dates.
func (f *frame) sayCompared() (string, bool) {
	one, two := datesOf(f.where), datesOf(f.other.where)
	rest, ok := without(f.where, one).say()
	if !ok || one == nil || two == nil {
		return "", false
	}
	what := "number of "
	if f.kind == askHigher {
		what = aggWords[f.aggs[0]] + " " + f.measure.full() + " of "
	}
	return "Compare the " + what + "`" + f.base.label + "`" + rest + " where " + one.column.full() + " in " + one.period.text + " and " + two.period.text, true
}

// datesOf is the span of dates among conditions that must all hold.
func datesOf(n *node) *predicate {
	if n == nil {
		return nil
	}
	for _, k := range append([]*node{n}, n.kids...) {
		if k.pred != nil && k.pred.op == "period" {
			return k.pred
		}
	}
	return nil
}

// without drops a predicate from conditions that must all hold.
func without(n *node, p *predicate) *node {
	if n == nil || n.pred == p {
		return nil
	}
	if n.op != "and" {
		return n
	}
	var kept []*node
	for _, k := range n.kids {
		kept = append(kept, without(k, p))
	}
	return allOf(kept...)
}

var aggWords = map[string]string{"sum": "total", "avg": "average", "min": "minimum", "max": "maximum", "median": "median"}

func (c *column) full() string { return "`" + c.table.label + "." + c.name + "`" }

func (f *frame) sayList(of string) (string, bool) {
	if len(f.columns) > 0 {
		if f.order != nil {
			return "", false
		}
		var names []string
		for _, c := range f.columns {
			names = append(names, c.full())
		}
		return "List " + strings.Join(names, " and ") + " of " + of, true
	}
	switch {
	case f.order == nil && f.limit == 0:
		return "List " + of, true
	case f.order == nil:
		return fmt.Sprintf("List %d %s", f.limit, of), true
	case f.limit == 0:
		end := " ascending"
		if f.order.desc {
			end = " descending"
		}
		return "List " + of + " sorted by " + f.order.column.full() + end, true
	}
	side, extreme := "Bottom", "lowest"
	if f.order.desc {
		side, extreme = "Top", "highest"
	}
	if f.order.ties {
		return "Which " + of + " has the " + extreme + " " + f.order.column.full() + "?", true
	}
	return fmt.Sprintf("%s %d %s by %s", side, f.limit, of, f.order.column.full()), true
}

func (f *frame) sayGroups() string {
	var parts []string
	for _, g := range f.groups {
		switch {
		case g.owner != nil:
			parts = append(parts, "`"+g.owner.label+"`")
		case g.part != "":
			parts = append(parts, g.part+" of "+g.column.full())
		default:
			parts = append(parts, g.column.full())
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " per " + strings.Join(parts, " and ")
}

// say writes a condition, with a space before it.
func (n *node) say() (string, bool) {
	if n == nil {
		return "", true
	}
	switch n.op {
	case "and", "or":
		var parts []string
		for i, k := range n.kids {
			if k.op == "and" || k.op == "or" {
				return "", false
			}
			text, ok := k.say()
			if !ok || i+1 < len(n.kids) && core(k) == nil {
				return "", false
			}
			parts = append(parts, strings.TrimSpace(text))
		}
		return " " + strings.Join(parts, " "+n.op+" "), true
	case "not":
		k := n.kids[0]
		if k.pred == nil {
			return "", false
		}
		if k.pred.op == "exists" && k.pred.count == "" {
			inner, ok := k.pred.where.say()
			return " without `" + k.pred.child.label + "`" + inner, ok
		}
		text, ok := k.pred.say()
		return " not " + strings.TrimPrefix(strings.TrimPrefix(text, " "), "where "), ok && k.pred.op != "true" && k.pred.op != "exists"
	}
	return n.pred.say()
}

func (p *predicate) say() (string, bool) {
	switch p.op {
	case "owned":
		return "", true
	case "file":
		return ` in file "` + p.values[0] + `"`, true
	case "exists":
		inner, ok := p.where.say()
		count := ""
		if p.count != "" {
			count = strings.TrimPrefix(p.count, "=") + " " + p.n + " "
		}
		return " with " + strings.TrimSpace(count+"`"+p.child.label+"`"+inner), ok
	}
	name := " where " + p.column.full()
	switch p.op {
	case "empty":
		return name + " is empty", true
	case "true":
		return " that are " + p.column.full(), true
	case "in":
		values := make([]string, len(p.values))
		for i, v := range p.values {
			if values[i] = quoteLiteral(v); p.column.numeric() {
				values[i] = v
			}
			if values[i] == "" {
				return "", false
			}
		}
		return name + " = " + strings.Join(values, " or "), len(values) == 1 || !p.column.numeric()
	case "contains", "starts", "ends":
		words := map[string]string{"contains": " contains ", "starts": " starts with ", "ends": " ends with "}
		text := quoteLiteral(p.values[0])
		return name + words[p.op] + text, text != ""
	case "between":
		return name + " between " + p.values[0] + " and " + p.values[1], true
	case "period":
		if _, iso := isoPeriod(p.period.text); iso {
			return name + " in " + p.period.text, true
		}
		return name + " between " + p.period.from + " and " + p.period.to, true
	case "since", "before":
		return name + " " + p.op + " " + p.period.from, true
	case "after", "until":
		return name + " " + p.op + " " + p.period.to, true
	}
	return name + " " + p.op + " " + p.values[0], true
}

// quoteLiteral quotes a text so that the tokeniser reads it as one literal; ""
// if no quotes would do.
func quoteLiteral(s string) string {
	switch {
	case s == "" || strings.ContainsAny(s, "\n\r"):
		return ""
	case !strings.Contains(s, "'"):
		return "'" + s + "'"
	case !strings.Contains(s, `"`):
		return `"` + s + `"`
	}
	return ""
}
