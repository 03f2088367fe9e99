package rag

import (
	"fmt"
	"slices"
)

// finish binds groups, columns and order.
func (r *resolver) finish(f frame, d *draft) []*frame {
	alts := []frame{f}
	for _, g := range d.groups {
		var next []frame
		for _, a := range alts {
			if note, ok := a.perRow(g); ok {
				b := a
				b.notes = append(slices.Clone(a.notes), note)
				next = append(next, b)
				continue
			}
			keys := r.groupOf(a.base, g)
			if len(keys) == 0 && len(d.groups) == 1 {
				next = append(next, r.byParts(a, g)...)
			}
			for _, k := range keys {
				if r.spent() {
					return nil
				}
				b := a
				b.groups = append(slices.Clone(a.groups), k.key)
				b.cost += k.cost
				b.readAs = slices.Concat(a.readAs, k.readAs)
				next = append(next, b)
			}
		}
		alts = next
	}
	for _, m := range d.columns {
		var next []frame
		for _, a := range alts {
			for _, c := range r.bindColumn(a.base, m, upward(a.base), anyColumn) {
				if r.spent() {
					return nil
				}
				b := a
				b.columns = append(slices.Clone(a.columns), c.column)
				b.cost += c.cost
				b.readAs = slices.Concat(a.readAs, c.readAs)
				next = append(next, b)
			}
		}
		alts = next
	}
	var out []*frame
	for _, a := range alts {
		if a.kind == askPerOwner && a.groups[0].owner == nil {
			continue // an average over groups of values is another question
		}
		if a.kind == askShare && a.other != nil && len(a.groups) == 1 && a.groups[0].owner != nil {
			continue // rows of the owner lack their part's condition
		}
		if a.having != nil && a.groups[0].column == nil {
			continue
		}
		out = append(out, r.ordered(a, d.order)...)
	}
	return out
}

// byParts groups rows by a value that their parts have: customers by the town of
// their sites. A row with parts in several groups counts once in each of them.
func (r *resolver) byParts(f frame, g groupMention) []frame {
	if f.kind != askCount || f.having != nil || g.mention == nil || g.part != "" {
		return nil
	}
	parted := false // of which parts the value should be isn't clear, where they are chosen from
	f.where.each(func(p *predicate) { parted = parted || p.child != nil })
	if parted {
		return nil
	}
	var out []frame
	below := func(c *column) bool {
		_, up, _ := distance(f.base, c.table)
		return !up && c.kind != listKind && !c.table.recursive && !f.base.recursive
	}
	for _, c := range r.bindColumn(f.base, g.mention, anyColumn, below) {
		b := f
		b.base, b.owners = c.column.table, f.base
		b.groups = append(slices.Clone(f.groups), groupKey{column: c.column})
		b.cost += c.cost
		b.readAs = slices.Concat(f.readAs, c.readAs)
		b.notes = append(slices.Clone(f.notes), fmt.Sprintf("A row of `%s` counts once for each `%s` that its rows in `%s` have; one without any isn't counted.",
			f.base.label, c.column.name, c.column.table.label))
		out = append(out, b)
	}
	return out
}

func (r *resolver) ordered(f frame, o *orderMention) []*frame {
	if r.spent() {
		return nil
	}
	switch {
	case o == nil:
		return []*frame{&f}
	case o.rows:
		f.order = &ordering{desc: o.desc, figure: true, ties: o.ties}
		for _, g := range f.groups { // no value is neither the most common nor the rarest
			if c := g.column; c != nil && c.rows < c.table.Rows && f.limit > 0 {
				f.where = allOf(f.where, filled(c))
			}
		}
		return []*frame{&f}
	}
	var found []columnAlt
	switch {
	case o.dated:
		found = r.datesOf(f.base)
	case o.unsaid:
		found = r.onlyMeasures(f.base)
	case o.adjective != nil:
		found = r.adjectiveColumns(f.base, o)
	case o.measure != nil:
		found = r.bindColumn(f.base, o.measure, upward(f.base), func(c *column) bool {
			return c.kind != listKind && (!o.number || c.numeric() || c.dated())
		})
	}
	var out []*frame
	for _, c := range found {
		g := f
		g.order = &ordering{column: c.column, desc: o.desc, ties: o.ties}
		g.guess = f.guess || o.unsaid
		g.cost += c.cost
		g.notes = slices.Concat(f.notes, c.notes)
		g.readAs = slices.Concat(f.readAs, c.readAs)
		out = append(out, &g)
	}
	return out
}
