package xmltok

// When the trie is full (Limits.MaxPaths), documents whose names are data go
// on with overflow Nodes: one per parent, shared by all its further children.
// What a Node would hold is then kept here, per open element.

type overflowElement struct {
	raw   []byte
	name  Name
	scope *scope
}

// overflowChild returns the Node shared by all further elements below parent.
func (t *Tokenizer) overflowChild(parent *Node) *Node {
	if n := parent.kids.find(overflowKey); n != nil {
		return n
	}
	n := t.newNode(parent, string(overflowKey))
	n.Overflow = true
	n.name8, n.mask8 = 1, 0 // no name equals it
	parent.kids.add(n)
	t.number(n)
	return n
}

// overflowKey is no XML name.
var overflowKey = []byte("*")

// overflowAttr returns a Node for this tag only.
func (t *Tokenizer) overflowAttr(n *Node, name []byte) *Node {
	if t.spareUsed == len(t.spare) {
		if t.spareID == 0 {
			t.spareID = t.nodes
			t.nodes++
		}
		t.spare = append(t.spare, &Node{})
	}
	a := t.spare[t.spareUsed]
	t.spareUsed++
	*a = Node{ID: t.spareID, Parent: n, Depth: n.Depth + 1, Overflow: true, next: t.never, first: t.never, firstAttr: t.never}
	a.setRaw(string(name))
	t.makeAttr(a)
	return a
}

// checkOverflow refuses a document that needs as many overflow Nodes again.
func (t *Tokenizer) checkOverflow(p int) status {
	if t.made > t.maxPaths+t.limits.MaxPaths {
		return t.fail(p, CodePathLimit, "more than %d different paths: this document's names are data on every level", 2*t.limits.MaxPaths)
	}
	return again
}

// settleOverflow resolves the names of a tag that has no Node of its own and
// pushes what its end needs.
func (t *Tokenizer) settleOverflow(p int, n *Node) status {
	if st := t.checkOverflow(p); st != again {
		return st
	}
	s, st := t.scopeFor(p, t.scopeOf(n.Parent), false)
	if st != again {
		return st
	}
	t.tagScope = s
	name, st := t.resolve(p, string(t.raw), s, false)
	if st != again {
		return st
	}
	for i := range t.attrs {
		if st := t.settleAttr(p, n, t.attrs[i].Node); st != again {
			return st
		}
	}
	if st := t.checkNames(p); st != again {
		return st
	}
	t.overflowName = name
	t.overflow = t.overflow[:t.overflowOpen] // a tag read again is pushed once
	if len(t.overflow) < cap(t.overflow) {
		t.overflow = t.overflow[:len(t.overflow)+1]
	} else {
		t.overflow = append(t.overflow, overflowElement{})
	}
	top := &t.overflow[len(t.overflow)-1]
	top.raw = append(top.raw[:0], t.raw...)
	top.name, top.scope = name, s
	return again
}

// OverflowName returns the name of the element the last token is about, if
// its Node is an overflow Node.
func (t *Tokenizer) OverflowName() Name { return t.overflowName }
