package xmltable

import (
	"retable/internal/xmltok"
)

// open is an element whose end tag has not come.
type open struct {
	step     *step
	node     *xmltok.Node
	text     int // start of own text in Flattener.text
	counts   int // start of the child counts
	ranks    int // start of the folded children's order
	pos      int // among its like-named siblings
	ord      int // among all sibling elements
	kids     int
	seen     uint64 // child indexes met so far, while the plan is a guess
	size     int64  // Flattener.size at the start tag
	hash     hash
	attrs    bool
	null     bool
	preserve bool
	unsorted bool // folded children came in another order than the columns'
}

type count struct {
	step *step
	n    int
}

// leaf handles a whole childless element; most of a document is these.
func (f *Flattener) leaf(t *xmltok.Token) error {
	s := f.step(t.Node)
	if s == nil || !s.simple || f.positions || f.capture != nil {
		if err := f.start(t); err != nil {
			return f.refuseLeaf(err)
		}
		fr := &f.frames[len(f.frames)-1]
		v := t.Text
		if !fr.preserve {
			v = trim(v)
		}
		if len(v) > f.opts.MaxValue {
			return f.refuseLeaf(f.tooLong(pathOf(fr.step.node)))
		}
		if f.capture != nil {
			f.capture.text(t.Text)
		}
		return f.close(v, t.Flags&xmltok.Special == 0)
	}
	up := &f.frames[len(f.frames)-1]
	up.kids++
	if f.guess != nil {
		if err := f.guess.leaf(up, s, t); err != nil {
			return err
		}
	}
	f.size += tagSize(t.Node)
	null, preserve := false, up.preserve
	for i := range t.Attrs {
		a := &t.Attrs[i]
		v := f.value(s, a.Node)
		if v == nil {
			return f.unknown()
		}
		switch v.role {
		case isNil:
			null = isTrue(a.Value)
		case isSpace:
			preserve = string(a.Value) == "preserve"
		case metadata:
			continue
		}
		if len(a.Value) > f.opts.MaxValue {
			return f.tooLong(pathOf(v.node))
		}
		f.size += valueSize(a)
		if err := f.put(v, a.Value, a.Flags&xmltok.Special == 0); err != nil {
			return err
		}
	}
	v := t.Text
	if t.Flags&(xmltok.Edge|xmltok.Blank) != 0 && !preserve {
		v = trim(v)
	}
	if len(v) > f.opts.MaxValue {
		return f.tooLong(pathOf(s.node))
	}
	if s.text == nil {
		if f.guess != nil && len(v) > 0 {
			return ErrGuess
		}
		return nil
	}
	if null && len(v) == 0 {
		return nil
	}
	f.size += textSize(v)
	return f.put(s.text, v, t.Flags&xmltok.Special == 0)
}

// start opens an element.
func (f *Flattener) start(t *xmltok.Token) error {
	s := f.step(t.Node)
	if s == nil {
		return f.unknown()
	}
	fr := open{step: s, node: t.Node, text: len(f.text)}
	if len(f.frames) > 0 {
		if f.guess != nil {
			if err := f.guess.child(&f.frames[len(f.frames)-1], s); err != nil {
				return err
			}
		}
		f.enter(&fr)
	} else {
		f.now = f.plans[Clark(t.Node.Name)]
		f.positions = f.now.Mode == Relational || f.now.options.Lineage == LineageFull
		f.result.Plan, f.result.Rows = f.now.Plan, make([]uint64, len(f.now.Tables))
		fr.pos, fr.ord = 1, 1
	}
	fr.counts, fr.ranks = len(f.counts), len(f.ranks)
	if f.now.Mode == Relational {
		fr.hash = newHash(f.nameHash(t.Node))
	}
	if f.guess != nil {
		if len(f.frames) == 0 {
			f.guess.begin(f.now.Plan)
			f.size = 0
		}
		fr.size = f.size
	}
	f.size += tagSize(t.Node)
	f.frames = append(f.frames, fr)
	if f.capture != nil {
		return f.startCaptured(t, s)
	}
	if s.open == openRow || s.open == openSpine {
		if err := f.openScope(s, t.Node); err != nil {
			return err
		}
	}
	if s.group != nil {
		f.beginInstance(s.group)
	}
	if s.open == openJSON {
		f.capture = newCapture(len(f.frames), len(f.sc.pending), true)
		return f.startCaptured(t, s)
	}
	if err := f.attributes(t, s); err != nil {
		return err
	}
	if s.xml != nil {
		f.capture = newCapture(len(f.frames), len(f.sc.pending), false)
	}
	if f.frames[len(f.frames)-1].preserve {
		t.Node.KeepSpace = true
	}
	return nil
}

// enter counts an element below its parent.
func (f *Flattener) enter(fr *open) {
	up := &f.frames[len(f.frames)-1]
	up.kids++
	fr.preserve = up.preserve
	if !f.positions {
		return
	}
	fr.ord = up.kids
	if fr.step.folded {
		rank := int32(fr.step.rank)
		if n := len(f.ranks); n > up.ranks && f.ranks[n-1] > rank {
			up.unsorted = true
		}
		f.ranks = append(f.ranks, rank)
	}
	for i := up.counts; i < len(f.counts); i++ {
		if f.counts[i].step == fr.step {
			f.counts[i].n++
			fr.pos = f.counts[i].n
			return
		}
	}
	f.counts = append(f.counts, count{fr.step, 1})
	fr.pos = 1
}

func (f *Flattener) attributes(t *xmltok.Token, s *step) error {
	fr := &f.frames[len(f.frames)-1]
	for i := range t.Attrs {
		a := &t.Attrs[i]
		v := f.value(s, a.Node)
		if v == nil {
			return f.unknown()
		}
		switch v.role {
		case isNil:
			fr.null = isTrue(a.Value)
		case isSpace:
			fr.preserve = string(a.Value) == "preserve"
		case metadata:
			continue
		}
		if len(a.Value) > f.opts.MaxValue {
			return f.tooLong(pathOf(v.node))
		}
		fr.attrs = true
		f.size += valueSize(a)
		if f.now.Mode == Relational {
			fr.hash.attribute(f.nameHash(a.Node), a.Value)
		}
		if err := f.put(v, a.Value, a.Flags&xmltok.Special == 0); err != nil {
			return err
		}
	}
	return nil
}

func (f *Flattener) addText(t *xmltok.Token) error {
	fr := &f.frames[len(f.frames)-1]
	if f.capture != nil {
		f.capture.text(t.Text)
	}
	if len(f.text)-fr.text+len(t.Text) > f.opts.MaxValue {
		return f.tooLong(pathOf(fr.step.node))
	}
	f.text = append(f.text, t.Text...)
	return nil
}

func (f *Flattener) end() error {
	fr := &f.frames[len(f.frames)-1]
	v := f.text[fr.text:]
	if !fr.preserve || fr.kids > 0 {
		v = trim(v)
	}
	from := fr.text
	err := f.close(v, false)
	f.text = f.text[:from]
	return err
}

// close ends the innermost element, whose own text is v.
func (f *Flattener) close(v []byte, plain bool) error {
	fr := &f.frames[len(f.frames)-1]
	s := fr.step
	if f.guess != nil {
		if err := f.guess.closed(f, fr, v); err != nil {
			return err
		}
	}
	if f.now.Mode == Relational && f.capture == nil {
		fr.hash.text(v, fr.kids > 0)
	}
	if f.dropping {
		f.cut(fr, v)
	} else if f.capture != nil {
		if err := f.closeCaptured(fr, v); err != nil {
			return err
		}
	} else if s.text != nil && hasText(fr.kids > 0, fr.null, v) {
		if err := f.putText(s.text, v, fr.kids > 0, plain); err != nil {
			return err
		}
	}
	if f.capture != nil {
		return f.leave(fr)
	}
	if s.group != nil {
		f.endInstance(s.group)
	}
	if fr.unsorted {
		f.noteOrder(fr)
	}
	if s.open == openRow || s.open == openSpine {
		if err := f.closeScope(fr); err != nil {
			return err
		}
	}
	return f.leave(fr)
}

// leave forgets the innermost element.
func (f *Flattener) leave(fr *open) error {
	h := fr.hash
	f.counts, f.ranks = f.counts[:fr.counts], f.ranks[:fr.ranks]
	f.frames = f.frames[:len(f.frames)-1]
	if len(f.frames) > 0 && f.now.Mode == Relational && f.capture == nil {
		f.frames[len(f.frames)-1].hash.child(h)
	}
	return nil
}
