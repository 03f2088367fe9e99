package xmltok

import "bytes"

// An entity is a declared general or parameter entity.
type entity struct {
	name     string
	buf      []byte // replacement text (4.5) and a pad of zeroes
	end      int
	bits     bitmaps // made when the text is first read as a frame
	external bool
	unparsed bool
	system   string
	open     bool // being expanded
	kind     entityKind
}

type entityKind uint8

const (
	kindUnknown entityKind = iota
	kindFlat               // text only, also in the entities it refers to
	kindMarkup
)

func newEntity(name string, text []byte) *entity {
	buf := make([]byte, len(text)+pad)
	copy(buf, text)
	return &entity{name: name, buf: buf, end: len(text)}
}

// A frame is the input that goes on behind a reference.
type frame struct {
	ent   *entity
	buf   []byte
	bits  bitmaps
	end   int
	pos   int // behind the reference
	floor *Node
}

// flat tells whether an entity holds no markup, so that it can be appended to
// text. depth bounds the recursion; what is deeper is refused when expanded.
func (t *Tokenizer) flat(ent *entity, depth int) bool {
	if ent.kind != kindUnknown || ent.open {
		return ent.kind != kindMarkup
	}
	if depth > t.limits.EntityDepth || depth > 1000 {
		return true // the limit is met again when it is expanded
	}
	text := ent.buf[:ent.end]
	if bytes.IndexByte(text, '<') >= 0 {
		ent.kind = kindMarkup
		return false
	}
	ent.open = true
	flat := true
	for p := 0; flat; p++ {
		i := bytes.IndexByte(text[p:], '&')
		if i < 0 {
			break
		}
		p += i
		e := scanName(ent.buf, p+1)
		if inner := t.dtd.entities[string(text[p+1:e])]; inner != nil && !inner.external && !t.flat(inner, depth+1) {
			flat = false
		}
	}
	ent.open = false
	ent.kind = kindMarkup
	if flat {
		ent.kind = kindFlat
	}
	return flat
}

// appendEntity appends the text of an entity to text or to an attribute's
// value, with the entities inside it.
func (t *Tokenizer) appendEntity(dst []byte, ent *entity, attr bool, depth int) ([]byte, stopKind) {
	p := t.refAt
	if st := t.checkEntity(p, ent, depth+len(t.frames)); st != again {
		return dst, stopFailed
	}
	ent.open = true
	defer func() { ent.open = false }()
	for i := 0; i < ent.end; {
		switch c := ent.buf[i]; {
		case c == '&':
			var why stopKind
			if dst, i, why = t.reference(dst, ent.buf, ent.end, i, attr, depth); why != stopNone {
				return dst, why
			}
			continue
		case attr && c == '<':
			return dst, t.failText(p, CodeAttrValue, "the entity &"+shorten(ent.name, 60)+"; holds a <, which cannot stand in an attribute's value")
		case attr && isSpace(c):
			c = ' '
			dst = append(dst, c)
		case !attr && c == '>' && i >= 2 && ent.buf[i-1] == ']' && ent.buf[i-2] == ']':
			return dst, t.failText(p, CodeCDATAEnd, "the entity &"+shorten(ent.name, 60)+"; holds ]]>, which cannot stand in text")
		default:
			dst = append(dst, c)
		}
		i++
	}
	return dst, stopNone
}

// checkEntity refuses recursion, and expansion beyond the limits: as deep, or
// as large, as no honest document needs.
func (t *Tokenizer) checkEntity(p int, ent *entity, depth int) status {
	if ent.open {
		return t.fail(p, CodeEntityRecursive, "the entity &%s; contains itself", shorten(ent.name, 60))
	}
	if depth > t.limits.EntityDepth {
		return t.fail(p, CodeEntityLimit, "entities are nested more than %d deep; the limit can be raised", t.limits.EntityDepth)
	}
	return t.spend(p, ent.end+1)
}

// spend counts n bytes of text that come from the document type.
func (t *Tokenizer) spend(p, n int) status {
	t.expanded += int64(n)
	if t.expanded <= int64(t.limits.EntityBytes) {
		return again
	}
	if len(t.frames) > 0 {
		p = t.frames[0].pos
	}
	read := t.win.base + int64(p)
	if t.expanded/int64(t.limits.EntityFactor) <= read {
		return again
	}
	return t.fail(p, CodeEntityLimit, "entities expand to more than %d times the input; the limits can be raised", t.limits.EntityFactor)
}

// enterEntity makes the entity referred to at buf[q], which holds markup, the
// input.
func (t *Tokenizer) enterEntity(q int) status {
	e := scanName(t.buf, q+1)
	ent := t.dtd.entities[string(t.buf[q+1:e])]
	if ent == nil {
		return failed
	}
	if st := t.checkEntity(q, ent, len(t.frames)+1); st != again {
		return st
	}
	if ent.bits.T == nil {
		t.classifyEntity(ent)
	}
	ent.open = true
	t.frames = append(t.frames, frame{ent, t.buf, t.bits, t.end, e + 1, t.floor})
	t.buf, t.bits, t.end, t.pos, t.floor = ent.buf, ent.bits, ent.end, 0, t.cur
	return again
}

// classifyEntity prepares the text of an entity for scanning.
func (t *Tokenizer) classifyEntity(ent *entity) {
	blocks := ent.end/blockSize + 1
	buf := make([]byte, blocks*blockSize+pad)
	copy(buf, ent.buf[:ent.end])
	ent.buf, ent.bits = buf, newBitmaps(blocks)
	t.win.classify(buf[:blocks*blockSize], ent.bits, make([]uint64, blocks))
	ent.bits.seal(ent.end)
}

// leaveEntity goes on behind the reference when an entity has been read. Its
// text must be well-formed on its own (4.3.2).
func (t *Tokenizer) leaveEntity() status {
	top := t.frames[len(t.frames)-1]
	switch {
	case t.cur != t.floor:
		return t.fail(t.pos, CodeEntityNesting, "the element %s begins in an entity and does not end there", shorten(t.nameOf(t.cur), 60))
	case t.pos < t.end || t.state&(inCDATA|inComment|inPI) != 0:
		return t.fail(t.pos, CodeEntityNesting, "the entity ends in the middle of markup")
	}
	top.ent.open = false
	t.frames = t.frames[:len(t.frames)-1]
	t.buf, t.bits, t.end, t.pos, t.floor = top.buf, top.bits, top.end, top.pos, top.floor
	return again
}
