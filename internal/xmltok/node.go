package xmltok

import "encoding/binary"

// A Node is one path of names as written: an element below its parent, or an
// attribute of its element. Nodes are made when a path is first seen and live
// as long as the Tokenizer's trie (until ResetPaths), so what a consumer keeps
// by Node.ID is found again without comparing names.
type Node struct {
	ID        int    // dense from 0, which is the document itself
	Parent    *Node  // for an attribute: its element; nil for the document
	Name      Name   // expanded; two bindings of one prefix give two Nodes
	Depth     int    // document 0, root element 1
	Attr      bool   // an attribute
	Overflow  bool   // stands for any further element or attribute below Parent, because the trie is full (Limits.MaxPaths); see Tokenizer.OverflowName
	KeepSpace bool   // set by the consumer: deliver white-space-only text directly inside
	Decls     []Decl // namespace declarations on this element

	// The name as written, made ready for comparing eight bytes at once.
	name8, mask8 uint64
	tail8        uint64 // the last eight bytes of a name of more than eight
	size         int
	long         bool // more than eight bytes
	raw          string

	// Predictions: what followed last time. Never nil.
	next      *Node // the next element beside this one; the next attribute of the tag
	first     *Node // the first element inside
	firstAttr *Node

	gen   uint64 // attribute: the tag it was last seen in
	plain bool   // nothing about it needs settle

	kids, attrs table
	alt         *Node // same parent and raw name, other namespace declarations
	scope       *scope
	resolved    bool // the name has been resolved and ID is set
	isDecl      bool // xmlns or xmlns:p
	aliased     bool // element: two attributes with one expanded name are known

	dtdEpoch uint64 // the document dtdElem or dtdAttr belong to
	dtdElem  *elemDecl
	dtdAttr  *attrDecl
}

// A Decl is a namespace declaration; Prefix is empty for the default one.
type Decl struct{ Prefix, Space string }

// A table finds the Nodes below one Node by raw name.
type table struct {
	list  []*Node
	index map[string]*Node // from tableIndex names on
}

const tableIndex = 8

func (t *table) add(n *Node) {
	t.list = append(t.list, n)
	switch {
	case t.index != nil:
		t.index[n.raw] = n
	case len(t.list) > tableIndex:
		t.index = make(map[string]*Node, 2*len(t.list))
		for _, x := range t.list {
			t.index[x.raw] = x
		}
	}
}

// find returns the Node named name, or nil.
func (t *table) find(name []byte) *Node {
	if t.index != nil {
		return t.index[string(name)]
	}
	for _, n := range t.list {
		if n.raw == string(name) {
			return n
		}
	}
	return nil
}

func load8(buf []byte, p int) uint64 { return binary.LittleEndian.Uint64(buf[p:]) }

// setRaw prepares the name for at.
func (n *Node) setRaw(raw string) {
	n.raw, n.size, n.long = raw, len(raw), len(raw) > 8
	var b [8]byte
	copy(b[:], raw)
	n.name8 = binary.LittleEndian.Uint64(b[:])
	n.mask8 = ^uint64(0)
	if len(raw) < 8 {
		n.mask8 = 1<<(8*uint(len(raw))) - 1
	}
	if len(raw) > 8 {
		copy(b[:], raw[len(raw)-8:])
		n.tail8 = binary.LittleEndian.Uint64(b[:])
	}
}

// never makes a Node that no name equals.
func never() *Node {
	n := &Node{name8: 1}
	n.next, n.first, n.firstAttr = n, n, n
	return n
}

// differs8 tells that buf[p:] does not start with the name, by its first eight
// bytes; where n.long is set, longAt must be asked as well. The two are apart
// so that the compiler inlines them. Both may read beyond the end into the pad.
func (n *Node) differs8(buf []byte, p int) bool {
	return load8(buf, p)&n.mask8 != n.name8
}

// longAt tells whether buf[p:], whose first eight bytes are right, starts with
// the name.
func (n *Node) longAt(buf []byte, p int) bool {
	q := p + n.size
	if q > len(buf) || load8(buf, q-8) != n.tail8 {
		return false
	}
	return n.size <= 16 || string(buf[p+8:q-8]) == n.raw[8:n.size-8]
}

// child returns the Node for the element name below parent, a new one if it
// is the first of its name. Its namespace declarations are not known yet: see
// Tokenizer.settle.
func (t *Tokenizer) child(parent *Node, name []byte) *Node {
	if n := parent.kids.find(name); n != nil {
		return n
	}
	if parent.Overflow || t.made >= t.maxPaths {
		return t.overflowChild(parent)
	}
	n := t.newNode(parent, string(name))
	parent.kids.add(n)
	return n
}

// attribute returns the Node for an attribute of element n.
func (t *Tokenizer) attribute(n *Node, name []byte) *Node {
	if a := n.attrs.find(name); a != nil {
		return a
	}
	if n.Overflow || t.made >= t.maxPaths {
		return t.overflowAttr(n, name)
	}
	a := t.newNode(n, string(name))
	t.makeAttr(a)
	n.attrs.add(a)
	return a
}

func (t *Tokenizer) newNode(parent *Node, raw string) *Node {
	t.made++
	n := &Node{Parent: parent, Depth: parent.Depth + 1, next: t.never, first: t.never, firstAttr: t.never}
	n.setRaw(raw)
	return n
}

func (t *Tokenizer) makeAttr(a *Node) {
	a.Attr = true
	a.isDecl = a.raw == "xmlns" || (len(a.raw) > 6 && a.raw[:6] == "xmlns:")
}

// number gives a resolved Node its ID.
func (t *Tokenizer) number(n *Node) {
	n.ID = t.nodes
	n.resolved = true
	t.nodes++
}
