package xmltok

import (
	"fmt"
	"html"
	"unicode/utf8"
)

// reference appends the meaning of the [67] Reference at buf[p], in an
// attribute's value or in text, and returns its end. depth counts the
// entities around it.
func (t *Tokenizer) reference(dst, buf []byte, end, p int, attr bool, depth int) ([]byte, int, stopKind) {
	if depth == 0 {
		t.refAt = p
	}
	if buf[p+1] == '#' {
		return t.charRef(dst, buf, end, p, depth)
	}
	e := scanName(buf, p+1)
	switch {
	case e >= end && depth == 0:
		return dst, p, stopEnd
	case e == p+1:
		return dst, p, t.failRef("& must begin a reference; write &amp; for the character itself")
	case e >= end || buf[e] != ';':
		return dst, p, t.failRef(fmt.Sprintf("the reference &%s does not end with a semicolon; write &amp; for the character &", shorten(string(buf[p+1:e]), 60)))
	}
	if c := predefined(buf[p+1 : e]); c != 0 {
		return append(dst, c), e + 1, stopNone
	}
	name := buf[p+1 : e]
	ent := t.dtd.entities[string(name)]
	if ent == nil || ent.external {
		dst, why := t.unknown(dst, name, ent, attr)
		return dst, e + 1, why
	}
	if !attr && !t.flat(ent, 0) {
		return dst, p, stopEntity
	}
	dst, why := t.appendEntity(dst, ent, attr, depth+1)
	return dst, e + 1, why
}

func (t *Tokenizer) failRef(message string) stopKind {
	return t.failText(t.refAt, CodeReference, message)
}

// predefined is the table of 4.6; zero for other names.
func predefined(name []byte) byte {
	switch string(name) {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	return 0
}

// charRef reads [66] CharRef at buf[p].
func (t *Tokenizer) charRef(dst, buf []byte, end, p, depth int) ([]byte, int, stopKind) {
	r, e, ok := parseCharRef(buf, p)
	switch {
	case e >= end && depth == 0:
		return dst, p, stopEnd
	case !ok:
		return dst, p, t.failRef("a reference to a character is written &#38; or &#x26;")
	case !isChar(r):
		return dst, p, t.failRef(fmt.Sprintf("the character U+%04X is not allowed in XML, not as a reference either", r))
	}
	return utf8.AppendRune(dst, r), e + 1, stopNone
}

// parseCharRef returns the character and the place of the semicolon; if that
// is missing, ok is false and e is where it should be.
func parseCharRef(buf []byte, p int) (r rune, e int, ok bool) {
	const tooLarge = 0x110000
	e = p + 2
	if buf[e] == 'x' {
		for e++; ; e++ {
			c := buf[e]
			switch {
			case c >= '0' && c <= '9':
				r = r<<4 | rune(c-'0')
			case c >= 'a' && c <= 'f':
				r = r<<4 | rune(c-'a'+10)
			case c >= 'A' && c <= 'F':
				r = r<<4 | rune(c-'A'+10)
			default:
				return r, e, c == ';' && e > p+3
			}
			r = min(r, tooLarge)
		}
	}
	for ; buf[e] >= '0' && buf[e] <= '9'; e++ {
		r = min(r*10+rune(buf[e]-'0'), tooLarge)
	}
	return r, e, buf[e] == ';' && e > p+2
}

// unknown applies the EntityPolicy to a reference without known text.
func (t *Tokenizer) unknown(dst, name []byte, ent *entity, attr bool) ([]byte, stopKind) {
	if t.trying {
		return dst, stopEntity // decided when the leaf is read as a run
	}
	p := t.refAt
	shown := shorten(string(name), 60)
	if ent != nil && ent.unparsed {
		return dst, t.failText(p, CodeEntityUnparsed, "the entity "+shown+" is not text and cannot be referred to")
	}
	if ent != nil && attr {
		return dst, t.failText(p, CodeEntityExternal, "the external entity "+shown+" cannot stand in an attribute's value")
	}
	switch {
	case t.opts.Entities == EntitiesKeep:
		dst = append(append(append(dst, '&'), name...), ';')
		what := "undeclared"
		if ent != nil {
			what = "external"
		}
		t.warn(p, WarnEntityKept, "the "+what+" entity &"+shown+"; is kept as it is written")
		return dst, stopNone
	case ent != nil:
		return dst, t.failText(p, CodeEntityExternal, "the external entity &"+shown+"; ("+shorten(ent.system, 100)+") is never fetched; keep such references as they are written, or put the text into the file")
	case t.opts.Entities == EntitiesHTML:
		ref := "&" + string(name) + ";"
		if text := html.UnescapeString(ref); text != ref && (text == ";" || text[len(text)-1] != ';') {
			return append(dst, text...), stopNone
		}
	}
	cure := "declare it, or choose to keep undeclared entities or to read them as in HTML"
	if t.dtd.unread {
		cure = "it may be declared in a file that is never fetched; " + cure
	}
	return dst, t.failText(p, CodeEntityUndeclared, "the entity &"+shown+"; is not declared; "+cure)
}
