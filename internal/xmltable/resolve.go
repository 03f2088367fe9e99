package xmltable

import (
	"retable/internal/xmltok"
)

// step maps a tokenizer node to the plan's.
func (f *Flattener) step(t *xmltok.Node) *step {
	if t.ID < len(f.steps) {
		if s := f.steps[t.ID]; s != nil {
			return s
		}
	}
	return f.resolve(t)
}

func (f *Flattener) resolve(t *xmltok.Node) *step {
	var s *step
	if t.Depth == 1 {
		if ps := f.plans[Clark(t.Name)]; ps != nil {
			s = ps.root
		}
	} else if parent := f.step(t.Parent); parent != nil {
		s = parent.kids[nodeKey{t.Name.Space, t.Name.Local, false}]
		if s == nil || t.Overflow {
			s = parent.any
		}
	}
	if s == nil {
		return nil
	}
	t.KeepSpace = s.covered || s.open == openXML || s.open == openJSON || s.xml != nil
	for len(f.steps) <= t.ID {
		f.steps = append(f.steps, nil)
	}
	f.steps[t.ID] = s
	return s
}

// value maps an attribute's tokenizer node to the plan's value.
func (f *Flattener) value(s *step, t *xmltok.Node) *value {
	if t.ID < len(f.vals) {
		if v := f.vals[t.ID]; v != nil {
			return v
		}
	}
	v := s.atts[nodeKey{t.Name.Space, t.Name.Local, true}]
	if v == nil || t.Overflow { // the ID of an overflow Node is shared
		return v
	}
	for len(f.vals) <= t.ID {
		f.vals = append(f.vals, nil)
	}
	f.vals[t.ID] = v
	return v
}

// unknown is the error of a path that the plan does not have.
func (f *Flattener) unknown() error {
	if f.guess != nil {
		return ErrGuess
	}
	return ErrChanged
}
