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
	steps   int    // alternatives that were put together
}

// spent counts an alternative and reports whether there were too many.
func (r *resolver) spent() bool {
	r.steps++
	return r.gaveUp()
}

// gaveUp reports that not every way to bind the question was looked at, so
// that none may be taken.
func (r *resolver) gaveUp() bool { return r.steps >= maxBound }

// miss is a value that a column doesn't hold.
type miss struct {
	column   *column
	literal  string
	from, to int // tokens of the condition
}

const (
	maxFrames  = 60
	maxBound   = 10_000 // alternatives over all readings of a question: about 10 MB
	stepUp     = 2      // cost of each owner on the way
	stepDown   = 3      // cost of each level of parts
	maxChoices = 6
)

// resolve returns the frames that a draft can mean.
func (r *resolver) resolve(d *draft) []*frame {
	var out []*frame
	if r.gaveUp() {
		return nil
	}
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
	case askShare:
		if out = r.rows(d); d.measure != nil {
			out = r.measures(d)
		}
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
	var of [][]*frame // by base
	for _, b := range r.bases(d) {
		out = nil
		f := frame{
			session: r.session, kind: d.kind, base: b.table, limit: d.limit, having: d.having, cost: b.cost, readAs: b.readAs,
		}
		if d.kind == askPerOwner {
			f.aggs = d.aggs
		}
		for _, g := range r.conditioned(f, d, b.table) {
			out = append(out, r.finish(g, d)...)
		}
		if len(out) > maxFrames {
			return nil
		}
		of = append(of, out)
	}
	if d.subject == nil || d.subject.head == nil {
		return slices.Concat(of...)
	}
	return level(of)
}

// conditioned binds a draft's conditions, seen from the subject's table. Those of
// a share are told apart: what is counted, and of what.
func (r *resolver) conditioned(f frame, d *draft, subject *tableInfo) []frame {
	conds, within := d.subject.condsOf(), []*expr(nil)
	if d.kind == askShare {
		if conds, within = parts(conds, len(d.groups) > 0); len(conds) == 0 {
			if len(d.groups) == 0 {
				return nil
			}
			conds, within = within, nil // how the rows are spread over the groups
		} else if len(d.groups) > 0 {
			f.other = &frame{session: r.session, kind: askCount, base: f.base} // the part of each group
		}
	}
	var out []frame
	for _, w := range r.bindAll(subject, conds) {
		for _, in := range r.bindAll(subject, within) {
			g := f
			g.where, g.cost, g.guess = w.node, f.cost+w.cost+in.cost, f.guess || w.guess || in.guess
			g.readAs = slices.Concat(f.readAs, w.readAs, in.readAs)
			if in.node != nil {
				g.other = &frame{session: r.session, kind: askCount, base: f.base, where: in.node}
			}
			out = append(out, g)
		}
	}
	return out
}

// level makes the cheapest frames of tables that go by one name cost the same:
// which of them is meant must not follow from where their columns happen to
// stand. It is asked back then.
func level(of [][]*frame) []*frame {
	cheapest := func(frames []*frame) int {
		best := frames[0].cost
		for _, f := range frames {
			best = min(best, f.cost)
		}
		return best
	}
	out := slices.Concat(of...)
	if len(of) < 2 || len(out) == 0 {
		return out
	}
	best := cheapest(out)
	for _, frames := range of {
		if len(frames) == 0 {
			continue
		}
		more := cheapest(frames) - best
		for _, f := range frames {
			f.cost -= more
		}
	}
	return out
}

// parts tells what a share is of: "customers in Germany" of "are gold". One
// condition alone is what is counted; of more, and of groups, what has a verb is.
func parts(conds []*expr, grouped bool) (counted, within []*expr) {
	var flat []*expr
	for _, c := range conds {
		if c.op == "and" {
			flat = append(flat, c.kids...)
		} else {
			flat = append(flat, c)
		}
	}
	if len(flat) == 1 && !grouped {
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
	var of [][]*frame // by subject
	for _, s := range subjects {
		out = nil
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
			for _, g := range r.conditioned(f, d, subject) {
				out = append(out, r.finish(g, d)...)
			}
		}
		of = append(of, out)
	}
	return level(of)
}

// measureOf finds the column whose values are asked: the subject's own or one
// of its parts; never an owner's, whose values would count once for each part.
func (r *resolver) measureOf(d *draft, subject *tableInfo) []columnAlt {
	fits := func(c *column) bool {
		switch {
		case c.kind == listKind, d.dated && !c.dated():
			return false
		case d.additive && !c.measure(r.words):
			return false
		case d.kind == askShare:
			return c.numeric() && c != c.table.key
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
			if r.spent() {
				return nil
			}
			if d.kind == askHigher && one.measure != two.measure || d.compared && !alike(one, two) {
				continue
			}
			f := *one
			f.kind, f.other, f.fewer, f.compared = d.kind, two, d.fewer, d.compared
			f.cost += two.cost
			f.readAs = slices.Concat(one.readAs, two.readAs)
			out = append(out, &f)
		}
	}
	return out
}

// alike reports whether the dates on both sides are of the same column.
func alike(a, b *frame) bool {
	dates := func(f *frame) (out []*column) {
		f.where.each(func(p *predicate) {
			if p.op == "period" {
				out = append(out, p.column)
			}
		})
		return out
	}
	return a.base == b.base && slices.Equal(dates(a), dates(b))
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

// fileNamed finds a source file by its path or last name.
func (s *session) fileNamed(name string) *tabledb.File {
	for i := range s.files {
		if f := &s.files[i]; strings.EqualFold(f.Path, name) || strings.EqualFold(path.Base(f.Path), name) {
			return f
		}
	}
	return nil
}
