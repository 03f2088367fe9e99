package xmltok

// A tag's names are resolved when the whole tag has been read, because its
// namespace declarations may stand after the names that use them. The work is
// done once per Node: in the steady state settle is not called at all, or
// finds that the declarations are those of last time.

// settle decides which Node the current tag is, given the Node its raw name
// led to and the attributes read. p is the place of the tag.
func (t *Tokenizer) settle(p int, n *Node) (*Node, status) {
	if t.typed {
		if st := t.addDefaults(p, n); st != again {
			return nil, st
		}
	}
	if n.Overflow {
		return n, t.settleOverflow(p, n)
	}
	if n.resolved && !t.sameDecls(n) || !n.resolved {
		s, st := t.scopeFor(p, t.scopeOf(n.Parent), true)
		if st != again {
			return nil, st
		}
		if n, st = t.variant(p, n, s); st != again {
			return nil, st
		}
	}
	if n.Overflow {
		return n, t.settleOverflow(p, n)
	}
	for i := range t.attrs {
		if a := t.attrs[i].Node; !a.resolved {
			if st := t.settleAttr(p, n, a); st != again {
				return nil, st
			}
		}
	}
	n.plain = !n.aliased && len(n.Decls) == 0
	if n.aliased || t.spareUsed > 0 {
		return n, t.checkNames(p)
	}
	return n, again
}

// sameDecls compares the declarations in the tag with those n stands for.
func (t *Tokenizer) sameDecls(n *Node) bool {
	if len(t.decls) != len(n.Decls) {
		return false
	}
	if len(t.decls) == 0 {
		return true
	}
	t.key = t.declKey(t.key[:0])
	return string(t.key) == n.scope.key
}

// scopeOf returns the bindings in force inside n.
func (t *Tokenizer) scopeOf(n *Node) *scope {
	if n.Overflow {
		return t.overflow[t.overflowOpen-1].scope
	}
	return n.scope
}

// variant returns the Node beside n (or n) with the declarations of the scope,
// resolved, and moves the attributes read to it.
func (t *Tokenizer) variant(p int, n *Node, s *scope) (*Node, status) {
	head := n.Parent.kids.find([]byte(n.raw))
	count := 0
	for x := head; x != nil; x = x.alt {
		if x.resolved && x.scope == s && len(x.Decls) == len(t.decls) {
			return x, t.moveAttrs(p, x)
		}
		if !x.resolved {
			if st := t.settleElement(p, x, s); st != again {
				return nil, st
			}
			return x, t.moveAttrs(p, x)
		}
		if count++; count >= maxVariants {
			break
		}
	}
	var x *Node
	if t.made < t.maxPaths && count < maxVariants {
		x = t.newNode(n.Parent, n.raw)
		x.alt, head.alt = head.alt, x
		if st := t.settleElement(p, x, s); st != again {
			return nil, st
		}
	} else {
		x = t.overflowChild(n.Parent)
		t.raw = append(t.raw[:0], n.raw...)
		if st := t.checkOverflow(p); st != again {
			return nil, st
		}
	}
	return x, t.moveAttrs(p, x)
}

// maxVariants bounds the search above: elements of one name that are told
// apart by their namespace declarations only.
const maxVariants = 256

// settleElement resolves the element's name and gives it its number.
func (t *Tokenizer) settleElement(p int, n *Node, s *scope) status {
	name, st := t.resolve(p, n.raw, s, false)
	if st != again {
		return st
	}
	n.Name, n.scope = name, s
	if len(t.decls) > 0 {
		n.Decls = s.decls
	}
	t.number(n)
	return again
}

// settleAttr resolves an attribute's name, and notes whether the element
// knows another attribute with the same expanded name.
func (t *Tokenizer) settleAttr(p int, n, a *Node) status {
	name, st := t.resolve(p, a.raw, t.scopeOfTag(n), true)
	if st != again {
		return st
	}
	a.Name = name
	if a.Overflow {
		return again
	}
	if name.Prefix != "" {
		for _, b := range n.attrs.list {
			if b.resolved && b.Name.Local == name.Local && b.Name.Space == name.Space {
				n.aliased = true
				break
			}
		}
	}
	t.number(a)
	a.plain = true
	return again
}

func (t *Tokenizer) scopeOfTag(n *Node) *scope {
	if n.Overflow {
		return t.tagScope
	}
	return n.scope
}

// moveAttrs finds the attributes again on another Node.
func (t *Tokenizer) moveAttrs(p int, n *Node) status {
	t.spareUsed = 0
	for i := range t.attrs {
		t.attrs[i].Node = t.attribute(n, []byte(t.attrs[i].Node.raw))
	}
	return t.checkOverflow(p)
}

// checkNames looks for attributes that are one by expanded name. It is
// needed only where two raw names can mean one, or Nodes are not unique.
func (t *Tokenizer) checkNames(p int) status {
	const few = 16
	if len(t.attrs) <= few {
		for i := range t.attrs {
			x := &t.attrs[i].Node.Name
			for j := range i {
				if y := &t.attrs[j].Node.Name; x.Local == y.Local && x.Space == y.Space {
					return t.duplicate(p, t.attrs[i].Node)
				}
			}
		}
		return again
	}
	seen := make(map[Name]bool, len(t.attrs))
	for i := range t.attrs {
		name := t.attrs[i].Node.Name
		name.Prefix = ""
		if seen[name] {
			return t.duplicate(p, t.attrs[i].Node)
		}
		seen[name] = true
	}
	return again
}

func (t *Tokenizer) duplicate(p int, a *Node) status {
	return t.fail(p, CodeDuplicateAttr, "the attribute %s stands twice in one tag", shorten(a.raw, 60))
}
