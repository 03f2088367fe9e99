package rag

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"
)

// meaning is what a question means in one session: one frame, or several
// between which the asker must choose, or nothing and perhaps why.
type meaning struct {
	session *session
	lat     *lattice
	frame   *frame
	choices []*frame
	misses  []miss
}

// interpret reads a question as the next of a conversation; before is the frame
// of the one before it, or nil.
func interpret(ctx context.Context, l *locale, s *session, question string, before *frame, now time.Time) (*meaning, error) {
	lat, err := newLattice(ctx, l, s, question, now, before.year())
	if err != nil {
		return nil, err
	}
	m := &meaning{session: s, lat: lat}
	if len(lat.tokens) == 0 {
		return m, nil
	}
	p, r := newParser(lat), &resolver{session: s, words: l}
	var frames []*frame
	if before != nil {
		frames = p.follow(r, before)
	}
	if len(frames) == 0 {
		for _, start := range append([]int{0}, p.followStarts(before)...) {
			for _, d := range p.questionFrom(start) {
				frames = append(frames, r.resolve(d)...)
			}
		}
	}
	if p.gaveUp() || r.gaveUp() {
		frames = nil
	}
	m.choose(frames)
	if m.frame != nil {
		m.frame = m.frame.noted(before)
	}
	m.misses = r.misses
	return m, nil
}

// followStarts are the places behind "and" and the like, where a question of
// its own may begin.
func (p *parser) followStarts(before *frame) []int {
	if before == nil {
		return nil
	}
	return p.phraseAt("followup", 0)
}

// choose keeps the cheapest frame. Several that cost the same and differ in
// what they would ask the tables stay as choices.
func (m *meaning) choose(frames []*frame) {
	if len(frames) == 0 {
		return
	}
	slices.SortStableFunc(frames, func(a, b *frame) int { return cmp.Compare(a.cost, b.cost) })
	seen := map[string]bool{}
	var best []*frame
	for _, f := range frames {
		if f.cost > frames[0].cost {
			break
		}
		if id := f.identity(); !seen[id] {
			seen[id] = true
			best = append(best, f)
		}
	}
	if len(best) == 1 && !best[0].guess {
		m.frame = best[0]
		return
	}
	m.choices = best
}

// year is the one that a frame's only dates lie in, 0 if there is none.
func (f *frame) year() int {
	found := map[string]bool{}
	if f != nil {
		f.where.each(func(p *predicate) {
			if p.op == "period" {
				found[p.period.from[:4]], found[p.period.to[:4]] = true, true
			}
		})
	}
	if len(found) != 1 {
		return 0
	}
	year := 0
	for text := range found {
		year, _ = strconv.Atoi(text) // dates begin with four digits
	}
	return year
}

// noted says of dates without a year which one was taken; what was said of the
// question before isn't said again.
func (f *frame) noted(before *frame) *frame {
	g := *f
	said := map[*predicate]bool{}
	if before != nil {
		before.where.each(func(p *predicate) { said[p] = true })
		g.notes = slices.DeleteFunc(slices.Clone(f.notes), func(note string) bool { return slices.Contains(before.notes, note) })
	}
	f.where.each(func(p *predicate) {
		if p.period.carried && !said[p] {
			g.notes = append(slices.Clone(g.notes), "Read as "+p.period.text+", the year of the question before.")
		}
	})
	return &g
}

// identity is the same for frames that ask the same.
func (f *frame) identity() string {
	id := string(f.kind) + " " + f.statement().sql
	if f.order != nil && f.order.ties {
		id += " with ties"
	}
	if f.limit > 0 {
		id += limitSQL(f.limit)
	}
	if f.other != nil {
		id += " / " + f.other.countSQL(nil)
		if f.fewer {
			id += " fewer"
		}
	}
	return id
}
