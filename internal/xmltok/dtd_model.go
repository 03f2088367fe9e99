package xmltok

// elementDecl reads [45] elementdecl. The content model is checked for its
// syntax and forgotten.
func (r *declReader) elementDecl() {
	r.space("after ELEMENT")
	r.checkQName(r.name("the element"))
	r.space("after the element's name")
	switch {
	case r.peek() == '(':
		r.model()
	case r.take("EMPTY"), r.take("ANY"):
	case r.st == again && r.end-r.p < len("EMPTY"):
		r.short()
	default:
		r.fail(CodeDTD, "EMPTY, ANY or a content model is expected")
	}
	r.skipSpace()
	r.expect('>')
}

// model reads [51] Mixed or [47] children.
func (r *declReader) model() {
	r.p++
	r.skipSpace()
	if r.take("#PCDATA") {
		r.mixed()
		return
	}
	if r.peek() == '#' {
		if r.end-r.p < len("#PCDATA") {
			r.short()
		}
		r.fail(CodeDTD, "#PCDATA is expected")
		return
	}
	r.children()
}

// mixed reads the rest of [51] Mixed behind #PCDATA.
func (r *declReader) mixed() {
	names := false
	for r.st == again {
		r.skipSpace()
		if r.peek() != '|' {
			break
		}
		r.p++
		r.skipSpace()
		r.checkQName(r.name("the element"))
		names = true
	}
	r.expect(')')
	if r.peek() == '*' {
		r.p++
		return
	}
	if names {
		r.expect('*')
	}
}

// children reads [47] children behind its first parenthesis. seps holds for
// each open group the separator it has shown.
func (r *declReader) children() {
	seps := []byte{0}
	for r.st == again {
		r.skipSpace()
		if r.peek() == '(' {
			r.p++
			if seps = append(seps, 0); len(seps) > r.t.limits.MaxDepth {
				r.fail(CodeDepthLimit, "the content model is nested more than %d deep; the limit can be raised", r.t.limits.MaxDepth)
			}
			continue
		}
		r.checkQName(r.name("the element"))
		r.occurrence()
		for r.st == again {
			r.skipSpace()
			c := r.peek()
			top := &seps[len(seps)-1]
			if c == ')' {
				r.p++
				r.occurrence()
				if seps = seps[:len(seps)-1]; len(seps) == 0 {
					return
				}
				continue
			}
			if r.p >= r.end {
				r.short()
				return
			}
			if (c != '|' && c != ',') || (*top != 0 && *top != c) {
				r.fail(CodeDTD, "%s cannot stand in the content model here", r.shown())
				return
			}
			*top = c
			r.p++
			break
		}
	}
}

func (r *declReader) occurrence() {
	if c := r.peek(); c == '?' || c == '*' || c == '+' {
		r.p++
	}
}
