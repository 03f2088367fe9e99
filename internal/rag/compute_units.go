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
	if f.kind != askAggregate && f.kind != askShare || f.measure == nil {
		return f, nil
	}
	whole := f
	if f.kind == askShare && (f.other != nil || len(f.groups) == 0) { // what it is a share of
		all := *f
		if all.where = nil; f.other != nil {
			all.where = f.other.where
		}
		whole = &all
	}
	for _, u := range f.measure.units() {
		if f.fixes(u) || whole.fixes(u) {
			continue
		}
		names, err := whole.unitsIn(ctx, u)
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
		g.groups = append(slices.Clone(f.groups), groupKey{column: u})
		switch {
		case f.kind == askShare && whole != f: // rows without a value have no unit either
			g.other = &frame{session: f.session, kind: askCount, base: f.base, where: allOf(whole.where, filled(f.measure))}
		case f.kind == askShare:
			g.kind = askAggregate
			return &g, c.warn(have + "there is no share of them together, so totals are told instead.")
		case len(f.groups) == 0:
			g.where = allOf(f.where, filled(f.measure))
		}
		return &g, c.warn(have + "each is told by itself.")
	}
	return f, nil
}

// units are the columns that hold the unit or currency of a column's values.
func (c *column) units() []*column {
	prefix := c.header + "/@"
	if c.header == "." {
		prefix = "@"
	}
	var out []*column
	for _, u := range c.table.columns {
		if strings.HasPrefix(u.header, prefix) && isUnit(u) {
			out = append(out, u)
		}
	}
	return out
}

// unitsCompared warns where rows are put in an order, or chosen, by figures of
// several units.
func (c *composer) unitsCompared(f *frame) error {
	var compared []*column
	if f.order != nil && f.order.column != nil {
		compared = append(compared, f.order.column)
	}
	f.where.each(func(p *predicate) {
		switch p.op {
		case "<", "<=", ">", ">=", "between":
			compared = append(compared, p.column)
		}
	})
	for _, x := range compared {
		for _, u := range x.units() {
			if !u.complete || len(u.top) < 2 || f.fixes(u) {
				continue
			}
			var names []string
			for _, v := range u.top[:min(5, len(u.top))] {
				names = append(names, v.value)
			}
			slices.Sort(names)
			if err := c.warn(fmt.Sprintf("The values of `%s` have several units in `%s` (%s); they were compared as they are.",
				x.name, u.name, capText(plain(strings.Join(names, ", ")), 80))); err != nil {
				return err
			}
		}
	}
	return nil
}

// offsetsCompared warns where times of different offsets from UTC are put in an
// order: they stand as they are written, so 00:30+02:00 comes after 23:00Z of
// the day before.
func (c *composer) offsetsCompared(ctx context.Context, f *frame) error {
	x := f.measure
	if f.order != nil && f.order.column != nil {
		x = f.order.column
	}
	if x == nil || x.kind != dateTimeKind || f.kind == askDistinct || f.kind == askValues {
		return nil
	}
	n := 0
	s := newScope(f.base, &n)
	v := s.column(x)
	where := s.where(allOf(f.where, filled(x)))
	offsets, err := f.session.integer(ctx, "SELECT count(DISTINCT CASE WHEN substr("+v+", -1) = 'Z' THEN '+00:00' WHEN substr("+v+", -6, 1) IN ('+', '-') AND substr("+v+", -3, 1) = ':' THEN substr("+v+", -6) ELSE '' END)"+s.from()+where)
	if err != nil || offsets < 2 {
		return err
	}
	return c.warn(fmt.Sprintf("The times of `%s` have different offsets from UTC; they were compared as they are written.", x.name))
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
