package xmltok

// endsName is true for what may follow a name in a tag. Zero, the end of the
// buffer, is among them: the caller meets it next.
func endsName(c byte) bool { return c <= ' ' || c == '>' || c == '/' }

// startTag reads [40] STag or [44] EmptyElemTag at buf[p], and the whole
// element if it is a leaf.
func (t *Tokenizer) startTag(p int) status {
	buf := t.buf
	n := *t.link
	e := p + 1 + n.size
	if n.differs8(buf, p+1) || (n.long && !n.longAt(buf, p+1)) || !endsName(buf[e]) {
		var st status
		if n, e, st = t.findChild(p); st != again {
			return st
		}
	}
	t.attrs = t.attrs[:0]
	if buf[e] != '>' || !n.plain || t.typed {
		spent := t.expanded
		t.scratch, t.decls, t.spareUsed = t.scratch[:0], t.decls[:0], 0
		var st status
		if e, st = t.attributes(p, n, e); st == again {
			if !n.plain || t.unsettled() {
				if n, st = t.settle(p, n); st == again && !n.Overflow {
					*t.link = n
				}
			}
		}
		if st != again {
			if st == hungry {
				t.expanded = spent
			}
			return st
		}
		if buf[e] == '/' {
			t.leaf(p, n, e+2, nil, Blank|SelfClosing)
			return emitted
		}
	}
	x := e + 1
	y := next(t.bits.T, x)
	if buf[y] == '<' && y-x <= t.limits.MaxToken {
		if buf[y+1] == '/' {
			if z := y + 2 + n.size; !n.differs8(buf, y+2) && (!n.long || n.longAt(buf, y+2)) && buf[z] == '>' {
				t.leaf(p, n, z+1, buf[x:y:y], t.flags(x, y))
				return emitted
			}
		} else if c := buf[y+1]; c != '!' && c != '?' && c != 0 {
			t.start(p, n, x)
			return emitted
		}
	}
	return t.slowLeaf(p, n, x)
}

// unsettled tells whether the attributes read need settle.
func (t *Tokenizer) unsettled() bool {
	return t.typed || t.unplain
}

func (t *Tokenizer) leaf(p int, n *Node, after int, text []byte, flags Flags) {
	t.tok.Kind, t.tok.Flags, t.tok.Node, t.tok.Text, t.tok.Attrs = Leaf, flags, n, text, t.attrs
	t.tokPos, t.pos = p, after
	t.link = &n.next
}

func (t *Tokenizer) start(p int, n *Node, after int) {
	t.tok.Kind, t.tok.Flags, t.tok.Node, t.tok.Text, t.tok.Attrs = Start, 0, n, nil, t.attrs
	t.tokPos, t.pos = p, after
	t.cur, t.link = n, &n.first
	if n.Overflow {
		t.overflowOpen++
	}
}

// flags tells what the bitmaps know of buf[p:q].
func (t *Tokenizer) flags(p, q int) Flags {
	if p == q {
		return Blank
	}
	var f Flags
	if anySet(t.bits.C, p, q) {
		f = Special
	}
	if t.buf[p] <= ' ' || t.buf[q-1] <= ' ' {
		f |= Edge
		if nextNot(t.bits.N, p) >= q {
			f |= Blank
		}
	}
	return f
}

// slowLeaf decides between Leaf and Start where the text is not as written,
// or does not end in the window.
func (t *Tokenizer) slowLeaf(p int, n *Node, x int) status {
	spent := t.expanded
	from := len(t.scratch)
	if len(t.attrs) == 0 {
		from = 0
	}
	t.trying = true
	out, q, why := t.scanText(t.scratch[:from], x)
	t.trying = false
	t.scratch = out
	if why == stopTag && t.buf[q+1] == '/' {
		if after, st := t.closes(n, q, true); st == again {
			text := out[from:]
			if len(text) <= t.limits.MaxToken {
				t.leaf(p, n, after, text, flagsOf(text))
				return emitted
			}
		} else if st == hungry {
			why = stopEnd
		}
	}
	t.expanded = spent
	if why == stopFailed {
		t.err = nil // found again, after the Start
	}
	if why == stopEnd && t.canFill(p) {
		t.pos = p
		return hungry
	}
	t.start(p, n, x)
	return emitted
}

// findChild reads the element's name where the prediction failed.
func (t *Tokenizer) findChild(p int) (*Node, int, status) {
	e := scanName(t.buf, p+1)
	if e >= t.end {
		return nil, 0, hungry
	}
	if e == p+1 {
		return nil, 0, t.fail(e, CodeSyntax, "%s cannot stand after <; write &lt; for the character itself", t.charName(e))
	}
	if !endsName(t.buf[e]) {
		return nil, 0, t.fail(e, CodeName, "%s cannot stand in an element's name", t.charName(e))
	}
	if t.cur.Depth >= t.limits.MaxDepth {
		return nil, 0, t.fail(p, CodeDepthLimit, "more than %d elements are open; the limit can be raised", t.limits.MaxDepth)
	}
	name := t.buf[p+1 : e]
	n := t.child(t.cur, name)
	if n.Overflow {
		t.raw = append(t.raw[:0], name...)
	} else {
		*t.link = n
	}
	return n, e, again
}

// endTag reads [42] ETag at buf[q].
func (t *Tokenizer) endTag(q int) status {
	n := t.cur
	after := q + 3 + n.size
	if n.differs8(t.buf, q+2) || (n.long && !n.longAt(t.buf, q+2)) || t.buf[after-1] != '>' || n == t.floor {
		var st status
		if after, st = t.closes(n, q, false); st != again {
			return st
		}
	}
	t.tok.Kind, t.tok.Flags, t.tok.Node, t.tok.Text, t.tok.Attrs = End, 0, n, nil, nil
	t.tokPos, t.pos = q, after
	t.cur, t.link = n.Parent, &n.next
	if n.Overflow {
		t.overflowOpen--
		t.overflowName = t.overflow[t.overflowOpen].name
	}
	if t.cur == t.root {
		t.state |= inMisc
		t.rootDone = true
	}
	return emitted
}

// closes tells whether the end tag at buf[q] closes n, and where it ends. For
// a leaf that is being tried a mismatch is no failure yet.
func (t *Tokenizer) closes(n *Node, q int, leaf bool) (int, status) {
	if n == t.floor && !leaf {
		return 0, t.fail(q, CodeTagMismatch, "an end tag for an element that is not open here")
	}
	s := q + 2
	e := scanName(t.buf, s)
	if e >= t.end {
		return 0, hungry
	}
	name := t.buf[s:e]
	same := string(name) == n.raw
	if n.Overflow {
		i := t.overflowOpen - 1
		if leaf {
			i++
		}
		same = string(name) == string(t.overflow[i].raw)
	}
	after := nextNot(t.bits.N, e)
	switch {
	case same && t.buf[after] == '>':
		return after + 1, again
	case same && after >= t.end:
		return 0, hungry
	case leaf:
		return 0, failed
	case same:
		return 0, t.fail(after, CodeSyntax, "%s cannot stand in an end tag", t.charName(after))
	case e == s:
		return 0, t.fail(e, CodeName, "%s cannot start an element's name", t.charName(e))
	}
	return 0, t.fail(q, CodeTagMismatch, "the end tag </%s> does not match the open element %s", shorten(string(name), 60), shorten(t.nameOf(n), 60))
}
