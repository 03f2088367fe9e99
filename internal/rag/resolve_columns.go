package rag

import (
	"fmt"
	"slices"
)

type groupAltBound struct {
	key    groupKey
	cost   int
	readAs []reading
}

// groupOf binds what to group by: a column of the base or an owner, or the
// owner itself.
func (r *resolver) groupOf(base *tableInfo, g groupMention) []groupAltBound {
	var out []groupAltBound
	switch {
	case g.mention == nil:
		for _, c := range r.datesOf(base) {
			out = append(out, groupAltBound{groupKey{column: c.column, part: g.part}, c.cost, c.readAs})
		}
	case len(g.mention.columns) > 0:
		for _, c := range r.bindColumn(base, g.mention, upward(base), func(c *column) bool {
			return c.kind != listKind && (g.part == "" || c.dated())
		}) {
			out = append(out, groupAltBound{groupKey{column: c.column, part: g.part}, c.cost, c.readAs})
		}
	default:
		for _, h := range bestTables(g.mention.tables) {
			if steps, up, ok := distance(base, h.table); ok && up && steps > 0 && g.part == "" {
				out = append(out, groupAltBound{groupKey{owner: h.table}, int(h.rank) + stepUp*(steps-1), []reading{{g.mention.from, g.mention.to, nil, h.table}}})
			}
		}
	}
	return out
}

// perRow reports whether "per order" is said of the orders themselves: the
// average sum per order is the orders' average sum.
func (f *frame) perRow(g groupMention) (note string, ok bool) {
	if g.mention == nil || len(g.mention.tables) == 0 || g.part != "" || f.kind != askAggregate || len(f.aggs) != 1 || f.aggs[0] != "avg" && f.aggs[0] != "median" {
		return "", false
	}
	best := bestTables(g.mention.tables)
	if len(best) != 1 || best[0].table != f.base {
		return "", false
	}
	return fmt.Sprintf("Each row of `%s` has one `%s` at most, so this is the %s over those rows.", f.base.label, f.measure.name, aggWords[f.aggs[0]]), true
}

// columnAlt is a column that a mention may mean.
type columnAlt struct {
	column *column
	cost   int
	readAs []reading
	notes  []string // what the asker should know of the choice
}

// upward reaches the columns of a table and its owners: one value for each row.
func upward(base *tableInfo) func(*column) bool {
	return func(c *column) bool {
		_, up, ok := distance(base, c.table)
		return ok && up
	}
}

func anyColumn(*column) bool { return true }

// bindColumn finds the columns that a mention means, seen from a table: those
// within reach that no other beats both in name and in nearness. Where several
// remain they cost the same, so that the question is asked back. Whether a
// column fits what is said of it decides last: if the price is text, "average
// price" must not become the average of the discount price.
func (r *resolver) bindColumn(base *tableInfo, m *mention, reach, fits func(*column) bool) []columnAlt {
	type candidate struct {
		columnHit
		far int
	}
	var all []candidate
	for _, h := range m.columns {
		if steps, up, ok := distance(base, h.column.table); ok && reach(h.column) {
			far := stepUp * steps
			if !up {
				far = stepDown * steps
			}
			all = append(all, candidate{h, far})
		}
	}
	var out []columnAlt
	worst := 0
	for _, c := range all {
		if slices.ContainsFunc(all, func(o candidate) bool {
			return o.rank <= c.rank && o.far <= c.far && (o.rank < c.rank || o.far < c.far)
		}) {
			continue
		}
		if !fits(c.column) {
			continue
		}
		worst = max(worst, int(c.rank)+c.far)
		out = append(out, columnAlt{column: c.column, readAs: []reading{{m.from, m.to, c.column, nil}}})
	}
	for i := range out {
		out[i].cost = worst
	}
	return out
}

// datesOf are the dates of a table, or of its nearest owner that has any.
func (r *resolver) datesOf(base *tableInfo) []columnAlt {
	cost := 0
	for t := base; t != nil; t = t.parent {
		var out []columnAlt
		for _, c := range t.columns {
			if c.dated() {
				out = append(out, columnAlt{column: c, cost: cost})
			}
		}
		if len(out) > 0 {
			return out
		}
		cost += stepUp
	}
	return nil
}

// adjectiveColumns are the subject's own columns that an adjective is about.
// The first name that the table has decides, also if that isn't a number.
func (r *resolver) adjectiveColumns(base *tableInfo, o *orderMention) []columnAlt {
	own := func(c *column) bool { return c.table == base }
	for _, key := range o.adjective.keys {
		m := &mention{from: o.from, to: o.to, columns: r.session.columns[key]}
		if len(r.bindColumn(base, m, own, anyColumn)) == 0 {
			continue
		}
		found := r.bindColumn(base, m, own, (*column).numeric)
		for i := range found {
			extreme := "lowest"
			if o.desc {
				extreme = "highest"
			}
			found[i].notes = []string{fmt.Sprintf("“%s” was read as the %s %s.", o.adjective.Words[0], extreme, found[i].column.full())}
		}
		return found
	}
	return nil
}
