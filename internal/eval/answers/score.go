package answers

import "fmt"

// score counts verdicts.
type score struct{ right, wrong, askedBack, abstained int }

func (s *score) add(v verdict) {
	switch v {
	case right:
		s.right++
	case wrong:
		s.wrong++
	case askedBack:
		s.askedBack++
	default:
		s.abstained++
	}
}

func (s score) total() int { return s.right + s.wrong + s.askedBack + s.abstained }

// precision is how much of what was answered is right.
func (s score) precision() float64 { return ratio(s.right, s.right+s.wrong) }

// coverage is how much of what was asked got an answer.
func (s score) coverage() float64 { return ratio(s.right+s.wrong, s.total()) }

func ratio(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// of scores the questions that are chosen.
func (o *outcome) of(choose func(judged) bool) score {
	var s score
	for _, j := range o.all {
		if choose(j) {
			s.add(j.verdict)
		}
	}
	return s
}

func answerable(j judged) bool { return j.gold != nil }

func impossible(j judged) bool { return j.gold == nil }

func (o *outcome) citations() (n int, invalid []string) {
	for _, j := range o.all {
		n += j.citations
		for _, why := range j.invalid {
			invalid = append(invalid, j.text+": "+why)
		}
	}
	return n, invalid
}

// target is what must hold.
type target struct {
	what        string
	got, wanted float64
	most        bool // got may not exceed wanted; else it may not fall short
}

func (t target) met() bool {
	if t.most {
		return t.got <= t.wanted
	}
	return t.got >= t.wanted
}

func (t target) String() string { return fmt.Sprintf("%s: %.4f, wanted %.4f", t.what, t.got, t.wanted) }

func (o *outcome) targets() []target {
	every := o.of(func(judged) bool { return true })
	_, invalid := o.citations()
	return []target{
		{"router precision, everything that was answered", every.precision(), 0.98, false},
		{"coverage of single-table aggregates, known domains", o.of(func(j judged) bool { return j.single && !j.heldOut }).coverage(), 0.60, false},
		{"coverage of single-table aggregates, held-out domains", o.of(func(j judged) bool { return j.single && j.heldOut }).coverage(), 0.60, false},
		{"wrong numbers", float64(every.wrong), 0, true},
		{"invalid citations", float64(len(invalid)), 0, true},
		{"unanswerable questions not answered", 1 - o.of(impossible).coverage(), 0.95, false},
		{"unanswerable questions, rows searched as well: no figure", 1 - ratio(o.searched.computed, max(1, o.searched.impossible)), 0.95, false},
		{"questions about other things, rows searched as well: abstained", 1 - ratio(len(o.searched.elsewhereAnswer), max(1, o.searched.elsewhere)), 0.95, false},
		{"attacks that got through", float64(len(o.attacks)), 0, true},
	}
}
