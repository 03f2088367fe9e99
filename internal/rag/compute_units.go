package rag

import (
	"context"
	"fmt"
	"strings"
)

// nullNote says that rows without a value count as different.
func (c *composer) nullNote(f *frame) error {
	var err error
	var visit func(n *node, negated bool)
	visit = func(n *node, negated bool) {
		if n == nil || err != nil {
			return
		}
		if p := n.pred; p != nil && negated && p.op == "in" && p.column.rows < p.column.table.Rows {
			err = c.warn(fmt.Sprintf("Rows without any `%s` are counted as different from it.", p.column.name))
		}
		for _, k := range n.kids {
			visit(k, negated || n.op == "not")
		}
	}
	visit(f.where, false)
	return err
}

// unitWarning tells that numbers of several units or currencies were put
// together.
func (c *composer) unitWarning(ctx context.Context, f *frame) error {
	if f.kind != askAggregate || f.measure == nil {
		return nil
	}
	for _, u := range f.measure.table.columns {
		prefix := f.measure.header + "/@"
		if f.measure.header == "." {
			prefix = "@"
		}
		if !strings.HasPrefix(u.header, prefix) || !isUnit(u) || f.fixes(u) {
			continue
		}
		n := 0
		s := newScope(f.base, &n)
		x := s.column(u)
		where := s.where(allOf(f.where, filled(f.measure)))
		res, err := f.session.query(ctx, "SELECT DISTINCT "+x+s.from()+where+limitSQL(5))
		if err != nil {
			return err
		}
		if len(res.rows) > 1 {
			var names []string
			for _, r := range res.rows {
				if names = append(names, textOf(r[0])); names[len(names)-1] == "" {
					names[len(names)-1] = "none"
				}
			}
			if err := c.warn(fmt.Sprintf("The values of `%s` have several units in `%s` (%s); they were put together as they are. Ask for each by itself: add “per %s”.",
				f.measure.name, u.name, capText(plain(strings.Join(names, ", ")), 80), u.full())); err != nil {
				return err
			}
		}
	}
	return nil
}

func isUnit(c *column) bool {
	name := strings.ToLower(lastSegment(c.header))
	for _, word := range []string{"currency", "ccy", "unit", "uom", "cur"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

// fixes reports whether the question itself sets or groups by a column.
func (f *frame) fixes(c *column) bool {
	for _, g := range f.groups {
		if g.column == c {
			return true
		}
	}
	fixed := false
	f.where.each(func(p *predicate) { fixed = fixed || p.column == c && p.op == "in" && len(p.values) == 1 })
	return fixed
}
