package rag

import (
	"context"
	"fmt"
	"slices"
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

// byUnit tells figures of several units or currencies apart, where they can
// be: nobody adds euros to dollars. Where they can't, it warns.
func (c *composer) byUnit(ctx context.Context, f *frame) (*frame, error) {
	if f.kind != askAggregate || f.measure == nil {
		return f, nil
	}
	for _, u := range f.measure.table.columns {
		prefix := f.measure.header + "/@"
		if f.measure.header == "." {
			prefix = "@"
		}
		if !strings.HasPrefix(u.header, prefix) || !isUnit(u) || f.fixes(u) {
			continue
		}
		names, err := f.unitsIn(ctx, u)
		if err != nil {
			return nil, err
		}
		if len(names) < 2 {
			continue
		}
		have := fmt.Sprintf("The values of `%s` have several units in `%s` (%s); ", f.measure.name, u.name, capText(plain(strings.Join(names, ", ")), 80))
		if len(f.groups) > 1 || len(f.aggs) != 1 || f.order != nil || f.limit > 0 || f.measure.table != f.base {
			return f, c.warn(have + fmt.Sprintf("they were put together as they are. Ask for each by itself: add “per %s”.", u.full()))
		}
		g := *f
		if len(f.groups) == 0 {
			g.where = allOf(f.where, filled(f.measure)) // rows without a value have no unit either
		}
		g.groups = append(slices.Clone(f.groups), groupKey{column: u})
		return &g, c.warn(have + "each is told by itself.")
	}
	return f, nil
}

// unitsIn are the units that the values in question have, five at most.
func (f *frame) unitsIn(ctx context.Context, u *column) ([]string, error) {
	n := 0
	s := newScope(f.base, &n)
	x := s.column(u)
	where := s.where(allOf(f.where, filled(f.measure)))
	res, err := f.session.query(ctx, "SELECT DISTINCT "+x+s.from()+where+limitSQL(5))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range res.rows {
		name := textOf(r[0])
		if name == "" {
			name = "none"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
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
