package eval

import (
	"cmp"
	"slices"
)

// quality counts what was found of what is true.
type quality struct{ right, missed, wrong int }

func (q *quality) precision() float64 { return share(q.right, q.right+q.wrong) }
func (q *quality) recall() float64    { return share(q.right, q.right+q.missed) }
func (q *quality) seen() bool         { return q.right+q.missed+q.wrong > 0 }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// aspect is what is measured.
type aspect string

const (
	filePairs    aspect = "file pairs"
	keysFound    aspect = "keys"
	renames      aspect = "renamed columns"
	otherColumns aspect = "new and dropped columns"
	rowsAdded    aspect = "rows added"
	rowsRemoved  aspect = "rows removed"
	rowsMoved    aspect = "rows moved"
	cellsChanged aspect = "cells changed"
	formatOnly   aspect = "cells respelt"
)

// byLikeness is the aspect in tables whose rows have no key.
func (a aspect) byLikeness() aspect { return a + ", no key" }

// in is the aspect in a table with or without a key.
func (a aspect) in(keyless bool) aspect {
	if keyless {
		return a.byLikeness()
	}
	return a
}

func rowAspects() []aspect { return []aspect{rowsAdded, rowsRemoved, rowsMoved} }

func aspects() []aspect {
	out := []aspect{filePairs, keysFound, renames, otherColumns}
	for _, keyless := range []bool{false, true} {
		for _, a := range append(rowAspects(), cellsChanged, formatOnly) {
			out = append(out, a.in(keyless))
		}
	}
	return out
}

// facts are statements by aspect; the same may be made several times.
type facts map[aspect][]string

func (f facts) add(a aspect, text string) { f[a] = append(f[a], text) }

// score is how good a comparison was, with examples of its mistakes.
type score struct {
	by       map[aspect]*quality
	examples map[aspect][]string
	runs     int
}

func newScore() *score {
	return &score{by: map[aspect]*quality{}, examples: map[aspect][]string{}}
}

func (s *score) of(a aspect) *quality {
	if s.by[a] == nil {
		s.by[a] = &quality{}
	}
	return s.by[a]
}

const mostExamples = 6

// measure holds what was found against what is true.
func (s *score) measure(found, truth facts, where string) {
	s.runs++
	for _, a := range aspects() {
		q := s.of(a)
		left := map[string]int{}
		for _, w := range truth[a] {
			left[w]++
		}
		var mistakes []string
		for _, g := range found[a] {
			if left[g] > 0 {
				left[g]--
				q.right++
				continue
			}
			q.wrong++
			mistakes = append(mistakes, "wrong: "+g+where)
		}
		for w, n := range left {
			q.missed += n
			for range n {
				mistakes = append(mistakes, "missed: "+w+where)
			}
		}
		slices.Sort(mistakes)
		s.note(a, mistakes)
	}
}

func (s *score) note(a aspect, mistakes []string) {
	room := mostExamples - len(s.examples[a])
	s.examples[a] = append(s.examples[a], mistakes[:min(room, len(mistakes))]...)
}

// plus adds another score up.
func (s *score) plus(o *score) {
	s.runs += o.runs
	for a, q := range o.by {
		t := s.of(a)
		t.right, t.missed, t.wrong = t.right+q.right, t.missed+q.missed, t.wrong+q.wrong
		s.note(a, o.examples[a])
	}
}

// rows is the quality of row operations: added, removed and moved.
func (s *score) rows(keyless bool) quality {
	var sum quality
	for _, a := range rowAspects() {
		q := s.of(a.in(keyless))
		sum.right, sum.missed, sum.wrong = sum.right+q.right, sum.missed+q.missed, sum.wrong+q.wrong
	}
	return sum
}

// wrong counts what was reported and isn't so.
func (s *score) wrong() int {
	n := 0
	for _, q := range s.by {
		n += q.wrong
	}
	return n
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	var out []K
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
