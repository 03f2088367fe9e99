package xmltable

import (
	"cmp"
	"slices"

	"retable/internal/xmltok"
)

const (
	// xsiSpace is the namespace of xsi:nil and xsi:schemaLocation.
	xsiSpace = "http://www.w3.org/2001/XMLSchema-instance"
	xmlSpace = "http://www.w3.org/XML/1998/namespace"

	// maxKids bounds the distinct child names of one path. Beyond it names
	// are taken for data: further ones share one wildcard node.
	maxKids = 20_000
	// wildcard is the local name of that node; it cannot occur in XML.
	wildcard = "*"
)

// Profile is what is known of all documents of one kind: a trie of
// expanded-name paths with counts and value statistics. Profiles merge
// commutatively, so any number of workers arrives at the same one.
type Profile struct {
	Kind  string // the root's expanded name in Clark notation
	Root  *Node
	Files int
}

// role marks attributes that mean something to every document.
type role uint8

const (
	plain    role = iota
	isNil         // xsi:nil
	isSpace       // xml:space
	metadata      // xsi:schemaLocation and its kin: facts of the file, no column
)

// Node is one path: an element or an attribute below its parent.
type Node struct {
	Name   xmltok.Name
	Attr   bool
	Parent *Node
	Count  uint64 // instances
	With   uint64 // parent instances that hold at least one
	Max    uint64 // most instances in one parent instance
	Size   int64  // content bytes: names, values (long ones in part) and the markup they need

	Childless uint64 // instances without child elements
	Bare      uint64 // of them, those without attributes and text
	Mixed     uint64 // instances with child elements and non-blank text

	first Order
	pred  *Node  // sibling before the first instance, nil for the first child
	index int    // position among the parent's kids as they were met here
	after uint64 // indexes (below 64) of siblings met before an instance
	role  role
	late  bool  // first met behind the gap of Scanner.Ends
	real  *Node // of a merged record: the node of the first one that has it

	text *valueStats // an attribute's values, an element's own text
	kids []*Node
	atts []*Node
	by   map[nodeKey]*Node

	inside uint64 // parent instance of the latest occurrence
	occurs uint64 // occurrences in it
}

type nodeKey struct {
	space, local string
	attr         bool
}

// Clark returns an expanded name in James Clark's notation {uri}local.
func Clark(n xmltok.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

func newNode(parent *Node, name xmltok.Name, attr bool) *Node {
	n := &Node{Name: name, Attr: attr, Parent: parent}
	if attr {
		switch {
		case name.Space == xsiSpace && name.Local == "nil":
			n.role = isNil
		case name.Space == xsiSpace && (name.Local == "schemaLocation" || name.Local == "noNamespaceSchemaLocation"):
			n.role = metadata
		case name.Space == xmlSpace && name.Local == "space":
			n.role = isSpace
		}
	}
	return n
}

// child returns the node of that name below n, making it if need be; made
// tells which. Past maxKids distinct element names it is the wildcard's.
func (n *Node) child(name xmltok.Name, attr bool) (c *Node, made bool) {
	key := nodeKey{name.Space, name.Local, attr}
	if c, ok := n.by[key]; ok {
		return c, false
	}
	if !attr && len(n.kids) >= maxKids {
		name = xmltok.Name{Local: wildcard}
		key = nodeKey{local: wildcard}
		if c, ok := n.by[key]; ok {
			return c, false
		}
	}
	c = newNode(n, name, attr)
	if n.by == nil {
		n.by = make(map[nodeKey]*Node)
	}
	n.by[key] = c
	if attr {
		c.index = len(n.atts)
		n.atts = append(n.atts, c)
	} else {
		if last := len(n.kids) - 1; last >= 0 {
			c.index = n.kids[last].index + 1
		}
		n.kids = append(n.kids, c)
	}
	return c, true
}

// values returns the node's value statistics, made on first use.
func (n *Node) values() *valueStats {
	if n.text == nil {
		n.text = &valueStats{}
	}
	return n.text
}

// Repeats reports whether one parent instance ever held two of n.
func (n *Node) Repeats() bool { return n.Max > 1 }

// follows reports whether an instance of n ever came after one of its
// sibling s within the same parent. Past 64 siblings it says yes, which
// costs time and never a value.
func (n *Node) follows(s *Node) bool {
	return !n.watched() || s.index >= 64 || n.after&(1<<uint(s.index)) != 0
}

// watched reports whether the sequence of n and its siblings is known. Past
// 64 of them, which ones it is known of depends on the order of merging.
func (n *Node) watched() bool { return n.Parent != nil && len(n.Parent.kids) <= 64 }

// elements returns the child elements in the order their columns stand:
// as first met, late-comers behind the sibling they were first seen after.
func (n *Node) elements() []*Node { return ordered(n.kids) }

func (n *Node) attributes() []*Node { return ordered(n.atts) }

func ordered(nodes []*Node) []*Node {
	// Which 64 of more siblings know what they followed depends on who was
	// scanned with whom, and so must not decide.
	few := len(nodes) <= 64
	out := make([]*Node, 0, len(nodes))
	for _, n := range byFirst(nodes) {
		out = slices.Insert(out, n.placeAmong(out, few), n)
	}
	return out
}

// byFirst returns nodes in the order in which they were first met, so that
// each comes after its pred.
func byFirst(nodes []*Node) []*Node {
	out := slices.Clone(nodes)
	slices.SortFunc(out, func(a, b *Node) int {
		if a.first != b.first {
			if a.first.Before(b.first) {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Name.Local, b.Name.Local), cmp.Compare(a.Name.Space, b.Name.Space))
	})
	return out
}

// placeAmong returns the position of a newcomer among its ordered siblings:
// behind the last one that it only ever followed, if that is to decide, or
// else behind the one it was first seen after.
func (n *Node) placeAmong(placed []*Node, follows bool) int {
	at := 0
	for i, s := range placed {
		always := follows && !n.Attr && n.watched() && n.index < 64 && s.index < 64 && n.follows(s) && !s.follows(n)
		if always || s == n.pred {
			at = i + 1
		}
	}
	return at
}

// merge adds what o has gathered about the same path.
func (n *Node) merge(o *Node) {
	n.mergeOwn(o)
	for _, c := range byFirst(slices.Concat(o.atts, o.kids)) {
		n.place(c).merge(c)
	}
	for _, c := range o.kids {
		mine, _ := n.child(c.Name, false)
		mine.after |= n.translate(c.after, o.kids)
	}
}

// mergeOwn is merge without what is below.
func (n *Node) mergeOwn(o *Node) {
	n.Count += o.Count
	n.With += o.With
	n.Max = max(n.Max, o.Max)
	n.Size += o.Size
	n.Childless += o.Childless
	n.Bare += o.Bare
	n.Mixed += o.Mixed
	if o.text != nil {
		n.values().merge(o.text)
	}
}

// place returns n's own node for another profile's child c, which stands
// where the earlier of the two was first met.
func (n *Node) place(c *Node) *Node {
	mine, made := n.child(c.Name, c.Attr)
	if !made && !c.first.Before(mine.first) {
		return mine
	}
	mine.first, mine.pred = c.first, nil
	if mine.Name.Local != wildcard {
		mine.Name = c.Name
	}
	if c.pred != nil {
		mine.pred = n.by[keyOf(c.pred)]
	}
	return mine
}

// translate maps a set of o's sibling indexes to n's.
func (n *Node) translate(after uint64, kids []*Node) uint64 {
	var out uint64
	for _, k := range kids {
		if k.index >= 64 || after&(1<<uint(k.index)) == 0 {
			continue
		}
		if mine := n.by[keyOf(k)]; mine != nil && mine.index < 64 {
			out |= 1 << uint(mine.index)
		}
	}
	return out
}

// Profiles is a set of profiles by kind.
type Profiles map[string]*Profile

// Merge adds o's profiles.
func (p Profiles) Merge(o Profiles) {
	for kind, theirs := range o {
		mine := p[kind]
		if mine == nil {
			p[kind] = theirs
			continue
		}
		mine.Files += theirs.Files
		if theirs.Root.first.Before(mine.Root.first) {
			mine.Root.first, mine.Root.Name = theirs.Root.first, theirs.Root.Name
		}
		mine.Root.merge(theirs.Root)
	}
}

// Kinds returns the kinds in the order of their first document.
func (p Profiles) Kinds() []*Profile {
	out := make([]*Profile, 0, len(p))
	for _, one := range p {
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b *Profile) int {
		if a.Root.first.Before(b.Root.first) {
			return -1
		}
		return 1
	})
	return out
}
