package rag

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"retable/internal/tabledb"
)

// resolver binds drafts to a session's catalogue.
type resolver struct {
	session *session
	words   *locale
	misses  []miss // why a reading failed, for the answer when all do
}

// miss is a value that a column doesn't hold.
type miss struct {
	column   *column
	literal  string
	from, to int // tokens of the condition
}

const (
	maxFrames  = 60
	stepUp     = 2 // cost of each owner on the way
	stepDown   = 3 // cost of each level of parts
	maxChoices = 6
)

// resolve returns the frames that a draft can mean.
func (r *resolver) resolve(d *draft) []*frame {
	var out []*frame
	switch d.kind {
	case askLookup:
		out = r.lookup(d)
	case askMore:
		out = r.pair(d, func(n *nounPhrase) []*frame { return r.rows(&draft{kind: askCount, subject: n}) })
	case askHigher:
		out = r.pair(d, func(n *nounPhrase) []*frame {
			return r.measures(&draft{kind: askAggregate, aggs: d.aggs, measure: d.measure, subject: n})
		})
	case askAggregate, askDistinct, askValues:
		out = r.measures(d)
	default:
		out = r.rows(d)
	}
	for _, f := range out {
		f.cost += d.cost
	}
	return out
}

// rows resolves questions about rows of the subject's table.
func (r *resolver) rows(d *draft) []*frame {
	var out []*frame
	for _, b := range r.bases(d) {
		f := frame{
			session: r.session, kind: d.kind, base: b.table, limit: d.limit, cost: b.cost, readAs: b.readAs,
		}
		if d.kind == askPerOwner {
			f.aggs = d.aggs
		}
		conds, within := d.subject.condsOf(), []*expr(nil)
		if d.kind == askShare {
			if conds, within = parts(conds); len(conds) == 0 && len(d.groups) == 0 {
				continue
			}
		}
		for _, w := range r.bindAll(b.table, conds) {
			for _, in := range r.bindAll(b.table, within) {
				g := f
				g.where, g.cost, g.guess = w.node, f.cost+w.cost+in.cost, w.guess || in.guess
				g.readAs = slices.Concat(f.readAs, w.readAs, in.readAs)
				if in.node != nil {
					g.other = &frame{session: r.session, kind: askCount, base: b.table, where: in.node}
				}
				out = append(out, r.finish(g, d)...)
			}
		}
		if len(out) > maxFrames {
			return nil
		}
	}
	return out
}

// parts tells what a share is of: "customers in Germany" of "are gold". One
// condition alone is what is counted; of more, what has a verb is.
func parts(conds []*expr) (counted, within []*expr) {
	var flat []*expr
	for _, c := range conds {
		if c.op == "and" {
			flat = append(flat, c.kids...)
		} else {
			flat = append(flat, c)
		}
	}
	if len(flat) == 1 {
		return flat, nil
	}
	for _, c := range flat {
		if c.verb() {
			counted = append(counted, c)
		} else {
			within = append(within, c)
		}
	}
	return counted, within
}

// verb reports whether the condition is said of the subject: "are gold".
func (e *expr) verb() bool {
	if e.cond != nil {
		return e.cond.verb
	}
	return e.kids[0].verb()
}

// measures resolves questions about the values of a column.
func (r *resolver) measures(d *draft) []*frame {
	var out []*frame
	subjects := []baseAlt{{}}
	if d.subject != nil && d.subject.head != nil {
		subjects = r.bases(d)
	}
	for _, s := range subjects {
		for _, m := range r.measureOf(d, s.table) {
			subject := s.table
			if subject == nil {
				subject = m.column.table
			}
			f := frame{
				session: r.session, kind: d.kind, base: m.column.table, measure: m.column, aggs: d.aggs, limit: d.limit,
				cost: s.cost + m.cost, readAs: slices.Concat(s.readAs, m.readAs), notes: m.notes,
				guess: d.measure == nil,
			}
			for _, w := range r.bindAll(subject, d.subject.condsOf()) {
				g := f
				g.where, g.cost, g.guess = w.node, f.cost+w.cost, f.guess || w.guess
				g.readAs = slices.Concat(f.readAs, w.readAs)
				out = append(out, r.finish(g, d)...)
			}
		}
	}
	return out
}

// measureOf finds the column whose values are asked: the subject's own or one
// of its parts; never an owner's, whose values would count once for each part.
func (r *resolver) measureOf(d *draft, subject *tableInfo) []columnAlt {
	fits := func(c *column) bool {
		switch {
		case c.kind == listKind:
			return false
		case d.kind != askAggregate:
			return true
		case slices.Contains(d.aggs, "sum"), slices.Contains(d.aggs, "avg"), slices.Contains(d.aggs, "median"):
			return c.numeric()
		}
		return c.numeric() || c.dated()
	}
	if d.measure == nil {
		return r.onlyMeasures(subject)
	}
	if subject != nil {
		return r.bindColumn(subject, d.measure, func(c *column) bool {
			_, up, _ := distance(subject, c.table)
			return !up || c.table == subject
		}, fits)
	}
	return r.anyMeasure(d.measure, fits)
}

// anyMeasure finds a column in whichever table it stands. Within a table the
// better name wins; between tables only a name that is merely alike gives way.
func (r *resolver) anyMeasure(m *mention, fits func(*column) bool) []columnAlt {
	standing := func(h columnHit) rank { return max(h.rank, rankTail) }
	var unfit []*column
	best := rank(99)
	for _, h := range m.columns {
		best = min(best, standing(h))
	}
	var out []columnAlt
	for _, h := range m.columns {
		beaten := slices.ContainsFunc(m.columns, func(o columnHit) bool { return o.column.table == h.column.table && o.rank < h.rank })
		if standing(h) == best && !beaten && fits(h.column) {
			out = append(out, columnAlt{column: h.column, cost: int(best), readAs: []reading{{m.from, m.to, h.column, nil}}})
		}
		if standing(h) == best && !beaten && !fits(h.column) && h.column.rows > 0 {
			unfit = append(unfit, h.column)
		}
	}
	for i := range out {
		for _, c := range unfit {
			out[i].notes = append(out[i].notes, fmt.Sprintf("%s goes by the same name but isn't counted: it holds %s, such as %s.",
				c.full(), c.kind, plain(first(c.examples))))
		}
	}
	return out
}

// onlyMeasures is "the total of orders": each number of theirs that people add
// up; more than one leads to asking back.
func (r *resolver) onlyMeasures(subject *tableInfo) []columnAlt {
	var out []columnAlt
	if subject == nil {
		return nil
	}
	for _, c := range subject.columns {
		if c.measure(r.words) {
			out = append(out, columnAlt{column: c})
		}
	}
	return out
}

// pair resolves two noun phrases of the same sort.
func (r *resolver) pair(d *draft, side func(*nounPhrase) []*frame) []*frame {
	var out []*frame
	for _, one := range side(d.subject) {
		for _, two := range side(d.other) {
			if d.kind == askHigher && one.measure != two.measure {
				continue
			}
			f := *one
			f.kind, f.other, f.fewer = d.kind, two, d.fewer
			f.cost += two.cost
			f.readAs = slices.Concat(one.readAs, two.readAs)
			out = append(out, &f)
		}
	}
	return out
}

// lookup finds the rows that a value is the key of, else those it stands in.
func (r *resolver) lookup(d *draft) []*frame {
	var keys, titles, others []*frame
	v := d.lookup[0]
	for _, c := range columnsOf(v.stored) {
		f := &frame{session: r.session, kind: askList, base: c.table, where: leaf(&predicate{column: c, op: "in", values: storedIn(v, c)})}
		f.readAs = []reading{{d.lookup[0].to - 1, d.lookup[0].to, c, nil}}
		switch c {
		case c.table.key:
			keys = append(keys, f)
		case c.table.title:
			titles = append(titles, f)
		default:
			others = append(others, f)
		}
	}
	for _, found := range [][]*frame{keys, titles} {
		if len(found) > 0 {
			return found
		}
	}
	return others
}

// baseAlt is a table that the subject may mean.
type baseAlt struct {
	table  *tableInfo
	cost   int
	readAs []reading
}

// bases are the tables that a subject's name fits best.
func (r *resolver) bases(d *draft) []baseAlt {
	n := d.subject
	if n == nil || n.head == nil {
		if d.kind == askList && len(d.columns) > 0 || len(d.groups) > 0 && d.groups[0].mention != nil || n != nil && n.generic && len(n.conds) > 0 {
			return r.anyBase(d)
		}
		return r.onlyBase()
	}
	var out []baseAlt
	for _, h := range bestTables(n.head.tables) {
		out = append(out, baseAlt{h.table, int(h.rank), []reading{{n.head.from, n.head.to, nil, h.table}}})
	}
	return out
}

// onlyBase is the session's only table, if there is one only.
func (r *resolver) onlyBase() []baseAlt {
	if len(r.session.tables) == 1 {
		return []baseAlt{{table: r.session.tables[0]}}
	}
	return nil
}

// anyBase are the tables whose columns are named.
func (r *resolver) anyBase(d *draft) []baseAlt {
	var mentions []*mention
	mentions = append(mentions, d.columns...)
	for _, g := range d.groups {
		if g.mention != nil {
			mentions = append(mentions, g.mention)
		}
	}
	var out []baseAlt
	if len(mentions) == 0 {
		for _, t := range r.session.tables {
			out = append(out, baseAlt{table: t})
		}
		return out
	}
	for _, h := range mentions[0].columns {
		if !slices.ContainsFunc(out, func(b baseAlt) bool { return b.table == h.column.table }) {
			out = append(out, baseAlt{table: h.column.table})
		}
	}
	return out
}

func bestTables(hits []tableHit) []tableHit {
	best := rank(99)
	for _, h := range hits {
		best = min(best, h.rank)
	}
	return slices.DeleteFunc(slices.Clone(hits), func(h tableHit) bool { return h.rank > best })
}

func (n *nounPhrase) condsOf() []*expr {
	if n == nil {
		return nil
	}
	return n.conds
}

// finish binds groups, columns and order.
func (r *resolver) finish(f frame, d *draft) []*frame {
	alts := []frame{f}
	for _, g := range d.groups {
		var next []frame
		for _, a := range alts {
			for _, k := range r.groupOf(a.base, g) {
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
		out = append(out, r.ordered(a, d.order)...)
	}
	return out
}

func (r *resolver) ordered(f frame, o *orderMention) []*frame {
	switch {
	case o == nil:
		return []*frame{&f}
	case o.rows:
		f.order = &ordering{desc: o.desc, figure: true, ties: o.ties}
		return []*frame{&f}
	}
	var found []columnAlt
	if o.dated {
		found = r.datesOf(f.base)
	} else if o.measure != nil {
		found = r.bindColumn(f.base, o.measure, upward(f.base), func(c *column) bool { return c.kind != listKind })
	}
	var out []*frame
	for _, c := range found {
		g := f
		g.order = &ordering{column: c.column, desc: o.desc, ties: o.ties}
		g.cost += c.cost
		g.readAs = slices.Concat(f.readAs, c.readAs)
		out = append(out, &g)
	}
	return out
}

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

// fileNamed finds a source file by its path or last name.
func (s *session) fileNamed(name string) *tabledb.File {
	for i := range s.files {
		if f := &s.files[i]; strings.EqualFold(f.Path, name) || strings.EqualFold(path.Base(f.Path), name) {
			return f
		}
	}
	return nil
}
