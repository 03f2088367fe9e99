package rag

import "strings"

// describe says in prose which rows a frame is about, with a space before it;
// nothing for all rows.
func (f *frame) describe() string {
	text := f.where.describe(f.base)
	if text == "" {
		return ""
	}
	return " where " + text
}

func (n *node) describe(base *tableInfo) string {
	if n == nil {
		return ""
	}
	switch n.op {
	case "and", "or":
		var parts []string
		for _, k := range n.kids {
			text := k.describe(base)
			if k.op == "or" || k.op == "and" {
				text = "(" + text + ")"
			}
			if text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, " "+n.op+" ")
	case "not":
		return n.kids[0].describeNot(base)
	}
	return n.pred.describe(base)
}

func (n *node) describeNot(base *tableInfo) string {
	if p := n.pred; p != nil {
		switch {
		case p.op == "empty":
			return p.named(base) + " has a value"
		case p.op == "true":
			return p.named(base) + " isn't true"
		case p.op == "in" && len(p.values) == 1:
			return p.named(base) + " ≠ " + p.literal(0)
		case p.op == "in":
			parts := make([]string, len(p.values))
			for i := range p.values {
				parts[i] = p.literal(i)
			}
			return p.named(base) + " is neither " + strings.Join(parts, " nor ")
		case p.op == "exists" && p.count == "":
			return "there is no " + code(p.child.label) + inner(p)
		}
	}
	return "not (" + n.describe(base) + ")"
}

func (p *predicate) named(base *tableInfo) string {
	if p.column.table == base {
		return code(p.column.name)
	}
	return code(p.column.table.label + "." + p.column.name)
}

func (p *predicate) literal(i int) string {
	if p.column.numeric() {
		return grouped3(p.values[i])
	}
	return "'" + md(capText(p.values[i], 80)) + "'"
}

func inner(p *predicate) string {
	if text := p.where.describe(p.child); text != "" {
		return " with " + text
	}
	return ""
}

func (p *predicate) describe(base *tableInfo) string {
	switch p.op {
	case "owned":
		return ""
	case "file":
		return "the file is '" + md(p.values[0]) + "'"
	case "exists":
		if p.count != "" {
			return "the number of " + code(p.child.label) + inner(p) + " is " + p.count + " " + p.n
		}
		return "there is a " + code(p.child.label) + inner(p)
	}
	name := p.named(base)
	switch p.op {
	case "empty":
		return name + " is empty"
	case "true":
		return name + " is true"
	case "in":
		parts := make([]string, len(p.values))
		for i := range p.values {
			parts[i] = p.literal(i)
		}
		return name + " = " + strings.Join(parts, " or ")
	case "contains", "starts", "ends":
		words := map[string]string{"contains": " contains ", "starts": " starts with ", "ends": " ends with "}
		return name + words[p.op] + "'" + md(capText(p.values[0], 80)) + "'"
	case "between":
		return name + " is between " + p.literal(0) + " and " + p.literal(1)
	case "period":
		if p.period.from == p.period.to {
			return name + " is on " + p.period.from
		}
		return name + " is from " + p.period.from + " to " + p.period.to
	case "since":
		return name + " is on or after " + p.period.from
	case "after":
		return name + " is after " + p.period.to
	case "before":
		return name + " is before " + p.period.from
	case "until":
		return name + " is on or before " + p.period.to
	}
	return name + " " + p.op + " " + p.literal(0)
}
