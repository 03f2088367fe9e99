package xmltok

// dtd is what the internal subset declares. Validity constraints are not
// checked: content models, IDs and the like are read for syntax only.
type dtd struct {
	entities  map[string]*entity
	params    map[string]*entity
	elems     map[string]*elemDecl
	notations []notation
	unread    bool // the external subset, or a parameter entity, was not read
	ignore    bool // declarations behind an unread parameter entity do not count (5.1)
}

// elemDecl holds the attributes declared for one element.
type elemDecl struct {
	attrs  []*attrDecl
	byName map[string]*attrDecl
}

type attrDecl struct {
	name      string
	tokenized bool // not CDATA
	value     []byte
	hasValue  bool
	flags     Flags
}

type notation struct{ name, public, system string }

func (d *dtd) reset() { *d = dtd{} }

// elemDecl returns the declared attributes of the element.
func (t *Tokenizer) elemDecl(n *Node) *elemDecl {
	if n.Overflow {
		return t.dtd.elems[string(t.raw)]
	}
	if n.dtdEpoch != t.dtdEpoch {
		n.dtdEpoch, n.dtdElem = t.dtdEpoch, t.dtd.elems[n.raw]
	}
	return n.dtdElem
}

// tokenized tells whether the value of an attribute is normalised further.
func (t *Tokenizer) tokenized(n, a *Node) bool {
	decl := t.elemDecl(n)
	if decl == nil {
		return false
	}
	if a.dtdEpoch != t.dtdEpoch {
		a.dtdEpoch, a.dtdAttr = t.dtdEpoch, decl.byName[a.raw]
	}
	return a.dtdAttr != nil && a.dtdAttr.tokenized
}

// addDefaults adds the declared attributes that the tag does not give.
func (t *Tokenizer) addDefaults(p int, n *Node) status {
	decl := t.elemDecl(n)
	if decl == nil {
		return again
	}
	for _, d := range decl.attrs {
		if !d.hasValue {
			continue
		}
		if (n.Overflow || t.spareUsed > 0) && t.present(d.name) {
			continue
		}
		a := t.attribute(n, []byte(d.name))
		if a.gen == t.gen {
			continue
		}
		a.gen = t.gen
		if st := t.spend(p, len(d.value)); st != again {
			return st
		}
		attr := Attr{Node: a, Value: d.value, Flags: d.flags | Defaulted}
		if a.isDecl {
			t.decls = append(t.decls, attr)
		} else {
			t.attrs = append(t.attrs, attr)
		}
	}
	return t.checkCount(p)
}

// present looks for an attribute by name, where Nodes cannot tell.
func (t *Tokenizer) present(name string) bool {
	for _, list := range [...][]Attr{t.attrs, t.decls} {
		for i := range list {
			if list[i].Node.raw == name {
				return true
			}
		}
	}
	return false
}

func (d *dtd) addEntity(param bool, e *entity) {
	m := &d.entities
	if param {
		m = &d.params
	}
	if *m == nil {
		*m = map[string]*entity{}
	}
	if (*m)[e.name] == nil { // the first declaration counts (4.2)
		(*m)[e.name] = e
	}
}

func (d *dtd) addAttr(element string, a *attrDecl) {
	if d.elems == nil {
		d.elems = map[string]*elemDecl{}
	}
	e := d.elems[element]
	if e == nil {
		e = &elemDecl{byName: map[string]*attrDecl{}}
		d.elems[element] = e
	}
	if e.byName[a.name] == nil { // the first declaration counts (3.3)
		e.byName[a.name] = a
		e.attrs = append(e.attrs, a)
	}
}
