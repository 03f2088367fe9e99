package xmltok

// attributes reads from buf[e], behind the name, to the end of the tag:
// it returns the place of > or of />.
func (t *Tokenizer) attributes(p int, n *Node, e int) (int, status) {
	buf, white, quotes, attrs := t.buf, t.bits.N, t.bits.Q, t.attrs[:0]
	t.gen++
	gen, typed := t.gen, t.typed
	t.unplain = false
	link := &n.firstAttr
	for {
		s := e
		if c := buf[s]; c == ' ' || isSpace(c) {
			if s++; buf[s] <= ' ' {
				s = nextNot(white, s)
			}
		}
		switch buf[s] {
		case '>':
			t.attrs = attrs
			return s, t.checkTag(p, s)
		case '/':
			if buf[s+1] == '>' {
				t.attrs = attrs
				return s, t.checkTag(p, s)
			}
			if s+1 >= t.end {
				return 0, hungry
			}
			return 0, t.fail(s, CodeSyntax, "a / inside a tag must be followed by >")
		}
		a := *link
		v := s + a.size
		if s == e || a.differs8(buf, s) || (a.long && !a.longAt(buf, s)) || buf[v] != '=' || (buf[v+1] != '"' && buf[v+1] != '\'') {
			var st status
			t.attrs = attrs
			if a, v, st = t.findAttr(n, link, e, s); st != again {
				return 0, st
			}
		} else {
			v++
		}
		q := next(quotes, v+1)
		var value []byte
		var flags Flags
		if buf[q] == buf[v] && !typed {
			value, flags = buf[v+1:q:q], t.flags(v+1, q)
		} else {
			var st status
			if value, q, st = t.slowValue(n, a, v); st != again {
				return 0, st
			}
			flags = flagsOf(value)
		}
		if a.gen == gen {
			return 0, t.duplicate(s, a)
		}
		a.gen = gen
		if !a.plain {
			t.unplain = true
			if a.isDecl {
				t.decls = append(t.decls, Attr{Node: a, Value: value})
				link, e = &a.next, q+1
				continue
			}
		}
		if len(attrs) == cap(attrs) {
			attrs = append(attrs, Attr{})
		} else {
			attrs = attrs[:len(attrs)+1]
		}
		slot := &attrs[len(attrs)-1]
		slot.Node, slot.Value, slot.Flags = a, value, flags
		link = &a.next
		e = q + 1
	}
}

// checkTag holds a whole tag to the limits.
func (t *Tokenizer) checkTag(p, end int) status {
	if end-p >= t.limits.MaxToken {
		return t.tooLong(p)
	}
	return t.checkCount(p)
}

func (t *Tokenizer) tooLong(p int) status {
	return t.fail(p, CodeTokenLimit, "one piece of markup is longer than %d bytes; the limit can be raised", t.limits.MaxToken)
}

func (t *Tokenizer) checkCount(p int) status {
	if len(t.attrs)+len(t.decls) > t.limits.MaxAttrs {
		return t.fail(p, CodeAttrLimit, "one element has more than %d attributes; the limit can be raised", t.limits.MaxAttrs)
	}
	return again
}

// findAttr reads an attribute's name and [25] Eq where the prediction failed.
// It returns the place of the opening quote.
func (t *Tokenizer) findAttr(n *Node, link **Node, e, s int) (*Node, int, status) {
	if s >= t.end {
		return nil, 0, hungry
	}
	f := scanName(t.buf, s)
	if f >= t.end {
		return nil, 0, hungry
	}
	if f == s {
		return nil, 0, t.fail(s, CodeName, "%s cannot stand in a tag here", t.charName(s))
	}
	if s == e {
		return nil, 0, t.fail(s, CodeSyntax, "white space is missing before the attribute %s", shorten(string(t.buf[s:f]), 60))
	}
	v := nextNot(t.bits.N, f)
	if t.buf[v] == '=' {
		v = nextNot(t.bits.N, v+1)
	} else if v < t.end {
		return nil, 0, t.fail(v, CodeAttrValue, "the attribute %s has no value: = is missing", shorten(string(t.buf[s:f]), 60))
	}
	if v >= t.end {
		return nil, 0, hungry
	}
	if t.buf[v] != '"' && t.buf[v] != '\'' {
		return nil, 0, t.fail(v, CodeAttrValue, "the value of the attribute %s is not quoted", shorten(string(t.buf[s:f]), 60))
	}
	if st := t.checkCount(s); st != again {
		return nil, 0, st
	}
	a := t.attribute(n, t.buf[s:f])
	if !a.Overflow {
		*link = a
	}
	return a, v, again
}

// slowValue reads [10] AttValue, opened by the quote at buf[v], where it is
// not simply as written. It returns the place of the closing quote.
func (t *Tokenizer) slowValue(n, a *Node, v int) ([]byte, int, status) {
	buf, quote := t.buf, t.buf[v]
	dst, from := t.scratch, len(t.scratch)
	for p := v + 1; ; {
		q := next(t.bits.Q, p)
		dst = append(dst, buf[p:q]...)
		p = q + 1
		switch c := buf[q]; c {
		case quote:
			if t.typed && t.tokenized(n, a) {
				dst = dst[:from+len(collapse(dst[from:]))]
			}
			t.scratch = dst
			return dst[from:len(dst):len(dst)], q, again
		case '"', '\'', '>':
			dst = append(dst, c)
		case '\t', '\n':
			dst = append(dst, ' ')
		case '\r':
			if p >= t.end && len(t.frames) == 0 {
				return nil, 0, hungry
			}
			if buf[p] == '\n' && len(t.frames) == 0 {
				p++
			}
			dst = append(dst, ' ')
		case '<':
			return nil, 0, t.fail(q, CodeAttrValue, "< cannot stand in an attribute's value (write &lt;), or the closing %c is missing", quote)
		case '&':
			var why stopKind
			dst, p, why = t.reference(dst, buf, t.end, q, true, 0)
			if why == stopEnd {
				return nil, 0, hungry
			}
			if why != stopNone {
				return nil, 0, failed
			}
		default:
			return nil, 0, hungry
		}
	}
}

// collapse normalises the value of a tokenized attribute (3.3.3) in place.
func collapse(s []byte) []byte {
	out := s[:0]
	for _, c := range s {
		if c != ' ' || (len(out) > 0 && out[len(out)-1] != ' ') {
			out = append(out, c)
		}
	}
	if len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	return out
}
