package xmltable

import (
	"bytes"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"retable/internal/table"
	"retable/internal/xmltok"
)

// capture gathers a subtree that becomes one cell: mixed content as string
// value and inner XML, recursion and elements whose names are data as JSON.
// It is bounded by the limit on one value.
type capture struct {
	depth int // open elements when it began
	from  int // pending values of its row when it began
	json  bool
	root  *element
	stack []*element
	size  int
}

// element is a captured element with its content in document order.
type element struct {
	name    string
	in      xmltok.Decl // what its prefix means
	decls   []xmltok.Decl
	attrs   []attr
	content []content
	kids    int
}

type attr struct {
	name, value string
	in          xmltok.Decl
}

// content is a run of text or a child.
type content struct {
	text  string
	child *element
}

func newCapture(depth, from int, asJSON bool) *capture {
	c := &capture{depth: depth, from: from, json: asJSON}
	if !asJSON {
		c.root = &element{}
		c.stack = append(c.stack, c.root)
	}
	return c
}

func (c *capture) text(v []byte) {
	if len(v) == 0 {
		return
	}
	top := c.stack[len(c.stack)-1]
	c.size += len(v)
	top.content = append(top.content, content{text: string(v)})
}

func (c *capture) open(name xmltok.Name, decls []xmltok.Decl) *element {
	e := &element{name: name.QName(), in: xmltok.Decl{Prefix: name.Prefix, Space: name.Space}, decls: decls}
	if c.root == nil {
		c.root = e
	} else {
		top := c.stack[len(c.stack)-1]
		top.content = append(top.content, content{child: e})
		top.kids++
	}
	c.size += len(e.name)
	c.stack = append(c.stack, e)
	return e
}

// startCaptured records a start tag inside a captured subtree.
func (f *Flattener) startCaptured(t *xmltok.Token, s *step) error {
	fr := &f.frames[len(f.frames)-1]
	name := t.Node.Name
	if t.Node.Overflow {
		name = f.tok.OverflowName()
	}
	e := f.capture.open(name, t.Node.Decls)
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
		f.capture.size += len(a.Value)
		name := a.Node.Name
		e.attrs = append(e.attrs, attr{name.QName(), string(a.Value), xmltok.Decl{Prefix: name.Prefix, Space: name.Space}})
		if err := f.put(v, a.Value, false); err != nil {
			return err
		}
	}
	slices.SortFunc(e.attrs, func(a, b attr) int { return strings.Compare(a.name, b.name) })
	if f.capture.size > f.opts.MaxValue {
		return f.tooLong(pathOf(s.node))
	}
	return nil
}

// closeCaptured ends an element inside a captured subtree: its own text v is
// tallied, and if the subtree is complete its cells are set.
func (f *Flattener) closeCaptured(fr *open, v []byte) error {
	c, s := f.capture, fr.step
	own := s.text
	whole := len(f.frames) == c.depth
	if whole {
		own = s.inner
	}
	if own != nil && hasText(fr.kids > 0, fr.null, v) {
		if err := f.putText(own, v, fr.kids > 0, false); err != nil {
			return err
		}
	}
	if !whole {
		c.stack = c.stack[:len(c.stack)-1]
		return nil
	}
	f.capture = nil
	if c.json {
		cell := appendElementJSON(nil, c.root, s.node.Name.Local == wildcard, s.scoped)
		f.hashCaptured(fr, cell)
		return f.setWhole(s.text, cell)
	}
	inner := appendInnerXML(nil, c.root, s.scoped)
	f.hashCaptured(fr, inner)
	str := stringValue(nil, c.root)
	if !fr.preserve || c.root.kids > 0 {
		str = trim(str)
	}
	if c.root.kids == 0 && !hasText(false, fr.null, str) {
		return nil
	}
	if err := f.setWhole(s.text, str); err != nil {
		return err
	}
	if c.root.kids == 0 {
		return nil
	}
	if !fr.preserve {
		inner = trim(inner)
	}
	return f.setWhole(s.xml, inner)
}

// setWhole sets the cell of a captured subtree, and takes it into its
// column's statistics unless a guess does without any.
func (f *Flattener) setWhole(v *value, b []byte) error {
	if f.guess == nil {
		st := f.now.wholes[v.whole]
		if st == nil {
			st = &valueStats{typ: table.Text} // markup isn't classified
			f.now.wholes[v.whole] = st
		}
		st.add(b, Order{f.file.Index, f.tok.Offset()})
	}
	return f.set(v, b, false)
}

// cut accounts for what an element had read when its document broke: half a
// value is not shown as a whole one.
func (f *Flattener) cut(fr *open, v []byte) {
	own := fr.step.text
	whole := f.capture != nil && len(f.frames) == f.capture.depth
	if whole {
		own = fr.step.inner
	}
	if own != nil && own.id >= 0 && hasText(fr.kids > 0, fr.null, v) {
		h := xxh3.Hash(v)
		if fr.kids > 0 {
			h = strayHash(v)
		}
		f.tally(own.id, h)
		f.result.Incomplete++
	}
	if whole {
		f.result.Incomplete += f.settle(f.sc.pending[f.capture.from:])
		f.sc.pending = f.sc.pending[:f.capture.from]
		f.capture = nil
	}
}

// hashCaptured lets the captured content stand for text and children in the
// subtree's hash.
func (f *Flattener) hashCaptured(fr *open, content []byte) {
	if f.now.Mode == Relational {
		fr.hash.own = xxh3.Hash128(bytes.TrimSpace(content))
	}
}

// stringValue is the XPath string value: all text inside, in order.
func stringValue(dst []byte, e *element) []byte {
	for _, c := range e.content {
		if c.child != nil {
			dst = stringValue(dst, c.child)
		} else {
			dst = append(dst, c.text...)
		}
	}
	return dst
}

// appendInnerXML writes an element's content as canonical XML: attributes
// and declarations sorted, no CDATA, no self-closing tags. A prefix that does
// not mean what scope says (the plan's, then what was declared inside) is
// declared where it is used, so that the content can be read without its
// document.
func appendInnerXML(dst []byte, e *element, scope []xmltok.Decl) []byte {
	for _, c := range e.content {
		if c.child == nil {
			dst = appendEscaped(dst, c.text, false)
			continue
		}
		dst = append(append(dst, '<'), c.child.name...)
		decls := slices.Clone(c.child.decls)
		inside := append(slices.Clip(scope), decls...)
		declare := func(d xmltok.Decl) {
			if d.Prefix != "xml" && meaning(inside, d.Prefix) != d.Space {
				decls, inside = append(decls, d), append(inside, d)
			}
		}
		declare(c.child.in)
		for _, a := range c.child.attrs {
			if a.in.Prefix != "" {
				declare(a.in)
			}
		}
		slices.SortFunc(decls, func(a, b xmltok.Decl) int { return strings.Compare(a.Prefix, b.Prefix) })
		for _, d := range decls {
			name := " xmlns"
			if d.Prefix != "" {
				name = " xmlns:" + d.Prefix
			}
			dst = append(append(dst, name...), `="`...)
			dst = append(appendEscaped(dst, d.Space, true), '"')
		}
		for _, a := range c.child.attrs {
			dst = append(append(append(dst, ' '), a.name...), `="`...)
			dst = append(appendEscaped(dst, a.value, true), '"')
		}
		dst = appendInnerXML(append(dst, '>'), c.child, inside)
		dst = append(append(append(dst, "</"...), c.child.name...), '>')
	}
	return dst
}

// meaning is the namespace that a prefix stands for.
func meaning(scope []xmltok.Decl, prefix string) string {
	for i := len(scope) - 1; i >= 0; i-- {
		if scope[i].Prefix == prefix {
			return scope[i].Space
		}
	}
	return ""
}

// scoped returns what prefixes mean inside n for the most part: as around it,
// else as first met below.
func scoped(n *Node) []xmltok.Decl {
	var out []xmltok.Decl
	note := func(k *Node) {
		d := xmltok.Decl{Prefix: k.Name.Prefix, Space: k.Name.Space}
		if k.Attr && d.Prefix == "" || slices.ContainsFunc(out, func(o xmltok.Decl) bool { return o.Prefix == d.Prefix }) {
			return
		}
		out = append(out, d)
	}
	for a := n; a != nil; a = a.Parent {
		note(a)
		for _, at := range byFirst(a.atts) {
			note(at)
		}
	}
	var below func(n *Node)
	below = func(n *Node) {
		for _, at := range byFirst(n.atts) {
			note(at)
		}
		for _, k := range byFirst(n.kids) {
			note(k)
			below(k)
		}
	}
	below(n)
	return out
}

func appendEscaped(dst []byte, s string, attribute bool) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '&':
			dst = append(dst, "&amp;"...)
		case c == '<':
			dst = append(dst, "&lt;"...)
		case c == '>' && !attribute:
			dst = append(dst, "&gt;"...)
		case c == '\r':
			dst = append(dst, "&#xD;"...)
		case c == '"' && attribute:
			dst = append(dst, "&quot;"...)
		case c == '\t' && attribute:
			dst = append(dst, "&#x9;"...)
		case c == '\n' && attribute:
			dst = append(dst, "&#xA;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendElementJSON writes an element as an object whose shape depends only
// on names: "#name" where names are data, "@attribute" strings, "#text",
// children always as arrays by name; mixed content as "#text" and "#xml".
func appendElementJSON(dst []byte, e *element, named bool, scope []xmltok.Decl) []byte {
	first := true
	key := func(k string) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendJSONString(dst, []byte(k)), ':')
	}
	dst = append(dst, '{')
	if named {
		key("#name")
		dst = appendJSONString(dst, []byte(e.name))
	}
	for _, a := range e.attrs {
		key("@" + a.name)
		dst = appendJSONString(dst, []byte(a.value))
	}
	own := ownText(e)
	switch {
	case e.kids == 0:
		if len(own) > 0 || len(e.attrs) == 0 {
			key("#text")
			dst = appendJSONString(dst, own)
		}
	case len(own) > 0:
		key("#text")
		dst = appendJSONString(dst, trim(stringValue(nil, e)))
		key("#xml")
		dst = appendJSONString(dst, appendInnerXML(nil, e, scope))
	default:
		var names []string
		byName := map[string][]*element{}
		for _, c := range e.content {
			if c.child == nil {
				continue
			}
			if byName[c.child.name] == nil {
				names = append(names, c.child.name)
			}
			byName[c.child.name] = append(byName[c.child.name], c.child)
		}
		for _, n := range names {
			key(n)
			dst = append(dst, '[')
			for i, k := range byName[n] {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = appendElementJSON(dst, k, false, scope)
			}
			dst = append(dst, ']')
		}
	}
	return append(dst, '}')
}

// ownText is the text directly inside an element, trimmed.
func ownText(e *element) []byte {
	var dst []byte
	for _, c := range e.content {
		if c.child == nil {
			dst = append(dst, c.text...)
		}
	}
	return trim(dst)
}
