package xmltok

import (
	"bytes"
	"strings"
)

// A declReader reads markup declarations from a buffer: the window, or the
// text of a parameter entity. Its first failure is kept in st, after which
// every method does nothing and finds nothing.
type declReader struct {
	t     *Tokenizer
	buf   []byte
	p     int
	end   int
	param *entity // nil in the window
	depth int     // parameter entities around
	st    status
}

// doctype reads [28] doctypedecl at buf[q]. The declaration must be in the
// window as a whole: if it is not, it is read again with more input.
func (t *Tokenizer) doctype(q int) status {
	t.dtd.reset()
	warnings, more := len(t.warnings), t.moreWarnings
	t.expanded = 0
	r := &declReader{t: t, buf: t.buf, p: q + len(doctypeOpen), end: t.end}
	info := t.doc
	r.doctypeBody(&info)
	if r.p-q > t.limits.MaxDTD || (r.st == hungry && t.end-q > t.limits.MaxDTD) {
		return t.fail(q, CodeDTDLimit, "the document type declaration is longer than %d bytes; the limit can be raised", t.limits.MaxDTD)
	}
	if r.st == hungry {
		t.warnings, t.moreWarnings = t.warnings[:warnings], more
		return hungry
	}
	if r.st != again {
		return failed
	}
	t.doc = info
	t.pos = r.p
	t.typed = len(t.dtd.elems) > 0
	return again
}

func (r *declReader) doctypeBody(info *DocInfo) {
	r.space("after <!DOCTYPE")
	name := r.name("the document type")
	r.checkQName(name)
	info.Doctype = name
	if r.skipSpace() && (r.peek() == 'S' || r.peek() == 'P') {
		info.PublicID, info.SystemID = r.externalID(false)
		r.t.dtd.unread = true
		if r.st == again {
			r.t.warn(r.place(), WarnExternalDTD, "the external document type "+shorten(info.SystemID, 200)+" is never fetched; what it declares is not known")
		}
		r.skipSpace()
	}
	if r.peek() == '[' {
		r.p++
		r.subset()
		r.expect(']')
		r.skipSpace()
	}
	r.expect('>')
}

// subset reads [28b] intSubset up to its closing bracket, or the text of a
// parameter entity to its end.
func (r *declReader) subset() {
	for r.st == again {
		r.skipSpace()
		switch c := r.peek(); {
		case r.st != again:
			return
		case c == ']' && r.param == nil:
			return
		case c == 0 && r.p >= r.end && r.param != nil:
			return
		case c == '%':
			r.paramRef()
		case c == '<':
			r.declaration()
		case c == 0:
			r.st = hungry
		default:
			r.fail(CodeDTD, "%s cannot stand between declarations", r.shown())
		}
		if r.param == nil && r.p > r.t.limits.MaxDTD {
			return // doctype refuses it
		}
	}
}

// declaration reads one [29] markupdecl.
func (r *declReader) declaration() {
	switch {
	case r.has("<!--"):
		r.comment()
	case r.has("<?"):
		r.pi()
	case r.take("<!ENTITY"):
		r.entityDecl()
	case r.take("<!ATTLIST"):
		r.attlistDecl()
	case r.take("<!ELEMENT"):
		r.elementDecl()
	case r.take("<!NOTATION"):
		r.notationDecl()
	case r.st == again && r.end-r.p < len("<!NOTATION"):
		r.short()
	default:
		r.fail(CodeDTD, "this is no declaration (ENTITY, ATTLIST, ELEMENT, NOTATION)")
	}
}

// paramRef reads [69] PEReference between declarations.
func (r *declReader) paramRef() {
	at := r.p
	r.p++
	name := r.name("the parameter entity")
	r.expect(';')
	if r.st != again {
		return
	}
	t := r.t
	ent := t.dtd.params[name]
	place := r.place()
	switch {
	case ent == nil && t.dtd.unread:
		t.dtd.ignore = t.doc.Standalone != "yes"
		t.warn(place, WarnExternalDTD, "the parameter entity %"+shorten(name, 60)+"; may be declared in a file that is never fetched")
		return
	case ent == nil:
		r.p = at
		r.fail(CodeEntityUndeclared, "the parameter entity %%%s; is not declared", shorten(name, 60))
		return
	case ent.external:
		t.dtd.unread = true
		t.dtd.ignore = t.doc.Standalone != "yes"
		t.warn(place, WarnExternalDTD, "the parameter entity %"+shorten(name, 60)+"; ("+shorten(ent.system, 200)+") is never fetched; what it declares is not known")
		return
	}
	if r.st = t.checkEntity(place, ent, r.depth+1); r.st != again {
		return
	}
	ent.open = true
	inner := &declReader{t: t, buf: ent.buf, end: ent.end, param: ent, depth: r.depth + 1}
	inner.subset()
	ent.open = false
	r.st = inner.st
}

// peek returns the next byte, or zero at the end.
func (r *declReader) peek() byte {
	if r.st != again {
		return 0
	}
	return r.buf[r.p]
}

func (r *declReader) has(s string) bool {
	return r.st == again && bytes.HasPrefix(r.buf[r.p:r.end], []byte(s))
}

func (r *declReader) take(s string) bool {
	if !r.has(s) {
		return false
	}
	r.p += len(s)
	return true
}

// short is called where the input at hand ends: more is needed, or, in a
// parameter entity, missing.
func (r *declReader) short() {
	if r.st != again {
		return
	}
	if r.param == nil {
		r.st = hungry
		return
	}
	r.fail(CodeDTD, "a declaration begins in the parameter entity %%%s; and does not end there", shorten(r.param.name, 60))
}

func (r *declReader) fail(code Code, format string, args ...any) {
	if r.st != again {
		return
	}
	if r.p >= r.end && r.param == nil {
		r.st = hungry // what is missing may follow
		return
	}
	r.st = r.t.fail(r.place(), code, format, args...)
}

// place is where an error is shown: in the window.
func (r *declReader) place() int {
	if r.param == nil {
		return r.p
	}
	return r.t.pos
}

func (r *declReader) shown() string {
	if r.p >= r.end {
		return "the end"
	}
	if r.param != nil {
		return "\"" + visible(r.buf[r.p:min(r.end, r.p+1)]) + "\""
	}
	return r.t.charName(r.p)
}

func (r *declReader) expect(c byte) {
	switch got := r.peek(); {
	case r.st != again:
	case got == c:
		r.p++
	case r.p >= r.end:
		r.short()
	default:
		r.fail(CodeDTD, "%c is expected, not %s", c, r.shown())
	}
}

// skipSpace tells whether there was white space.
func (r *declReader) skipSpace() bool {
	from := r.p
	for isSpace(r.peek()) {
		r.p++
	}
	return r.p > from
}

func (r *declReader) space(where string) {
	if !r.skipSpace() {
		if r.p >= r.end {
			r.short()
			return
		}
		r.fail(CodeDTD, "white space is missing %s", where)
	}
}

func (r *declReader) name(what string) string {
	if r.st != again {
		return ""
	}
	e := scanName(r.buf, r.p)
	if e >= r.end {
		if e == r.p || r.param == nil {
			r.short()
			return ""
		}
	}
	if e == r.p {
		r.fail(CodeName, "%s needs a name, %s cannot start one", what, r.shown())
		return ""
	}
	name := string(r.buf[r.p:e])
	r.p = e
	return name
}

// checkNCName refuses a colon in names that namespaces do not qualify.
func (r *declReader) checkNCName(name string) {
	if strings.Contains(name, ":") {
		r.fail(CodeNamespace, "the name %s of an entity or notation cannot hold a colon", shorten(name, 60))
	}
}

// checkQName refuses what cannot be a qualified name.
func (r *declReader) checkQName(name string) {
	prefix, local, found := strings.Cut(name, ":")
	if r.st == again && found && (!isNCName(prefix) || !isNCName(local)) {
		r.fail(CodeNamespace, "%s is not a qualified name: one colon, with a name on both sides", shorten(name, 60))
	}
}

func (r *declReader) comment() {
	s := r.p + len(commentOpen)
	i := bytes.Index(r.buf[s:r.end], dashes)
	switch {
	case i < 0 || s+i+2 >= r.end:
		r.short()
	case r.buf[s+i+2] != '>':
		r.p = s + i
		r.fail(CodeComment, "-- cannot stand in a comment")
	default:
		r.p = s + i + 3
	}
}

func (r *declReader) pi() {
	i := bytes.Index(r.buf[r.p:r.end], piClose)
	if i < 0 {
		r.short()
		return
	}
	after := r.p + i + 2
	r.p += 2
	target := r.name("a processing instruction")
	switch {
	case r.st != again:
		return
	case strings.EqualFold(target, "xml"):
		r.fail(CodeXMLDecl, "the XML declaration can only stand at the very beginning of the input")
	case strings.Contains(target, ":"):
		r.fail(CodeNamespace, "the name of a processing instruction cannot hold a colon")
	case !isSpace(r.peek()) && r.p != after-2:
		r.fail(CodePI, "%s cannot stand in the name of a processing instruction", r.shown())
	}
	r.p = after
}
