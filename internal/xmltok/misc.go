package xmltok

import (
	"bytes"
	"strings"
)

// scanComment reads [15] Comment at buf[q] and returns its end.
func (t *Tokenizer) scanComment(q int) (int, status) {
	s := q + len(commentOpen)
	i := bytes.Index(t.buf[min(s, t.end):t.end], dashes)
	if i < 0 || s+i+2 >= t.end {
		return q, hungry
	}
	if t.buf[s+i+2] != '>' {
		return q, t.fail(s+i, CodeComment, "-- cannot stand in a comment")
	}
	return s + i + 3, again
}

// scanPI reads [16] PI at buf[q] and returns its end.
func (t *Tokenizer) scanPI(q int) (int, status) {
	e, st := t.piTarget(q)
	if st != again {
		return q, st
	}
	i := bytes.Index(t.buf[e:t.end], piClose)
	if i < 0 {
		return q, hungry
	}
	return e + i + 2, again
}

// piTarget checks [17] PITarget and what follows it; it returns its end.
func (t *Tokenizer) piTarget(q int) (int, status) {
	e := scanName(t.buf, q+2)
	if e+1 >= t.end {
		return 0, hungry
	}
	target := string(t.buf[q+2 : e])
	switch c := t.buf[e]; {
	case target == "":
		return 0, t.fail(e, CodePI, "a processing instruction must start with a name")
	case strings.EqualFold(target, "xml"):
		return 0, t.fail(q, CodeXMLDecl, "the XML declaration can only stand at the very beginning of the input, in lower case")
	case strings.Contains(target, ":"):
		return 0, t.fail(q, CodeNamespace, "the name of a processing instruction cannot hold a colon")
	case !isSpace(c) && !(c == '?' && t.buf[e+1] == '>'):
		return 0, t.fail(e, CodePI, "%s cannot stand in the name of a processing instruction", t.charName(e))
	}
	return e, again
}

// startSkip begins to skip a comment or processing instruction that does not
// end in the input at hand.
func (t *Tokenizer) startSkip(q int) bool {
	rest := t.buf[q:t.end]
	if bytes.HasPrefix(rest, commentOpen) && !bytes.Contains(rest[len(commentOpen):], dashes) {
		t.state |= inComment
		t.pos = q + len(commentOpen)
		return true
	}
	if len(rest) > 2 && rest[0] == '<' && rest[1] == '?' {
		if e := scanName(t.buf, q+2); e+1 < t.end && isSpace(t.buf[e]) {
			t.state |= inPI
			t.pos = e
			return true
		}
	}
	return false
}

func (t *Tokenizer) skipComment() status {
	s := t.buf[t.pos:t.end]
	i := bytes.Index(s, dashes)
	switch {
	case i < 0:
		if len(s) > 1 {
			t.pos = t.end - 1
		}
		return hungry
	case i+2 >= len(s):
		t.pos += i
		return hungry
	case s[i+2] != '>':
		return t.fail(t.pos+i, CodeComment, "-- cannot stand in a comment")
	}
	t.pos += i + 3
	t.state &^= inComment
	return again
}

func (t *Tokenizer) skipPI() status {
	s := t.buf[t.pos:t.end]
	i := bytes.Index(s, piClose)
	if i < 0 {
		if len(s) > 1 {
			t.pos = t.end - 1
		}
		return hungry
	}
	t.pos += i + 2
	t.state &^= inPI
	return again
}

// markup delivers the comment or processing instruction at buf[q].
func (t *Tokenizer) markup(q int) status {
	kind, from, drop := Comment, q+len(commentOpen), len("-->")
	var after int
	var st status
	if t.buf[q+1] == '?' {
		kind, from, drop = PI, q+2, len("?>")
		after, st = t.scanPI(q)
	} else {
		after, st = t.scanComment(q)
	}
	if st != again {
		return st
	}
	if after-q > t.limits.MaxToken {
		return t.tooLong(q)
	}
	body := t.buf[from : after-drop]
	if bytes.IndexByte(body, '\r') >= 0 {
		t.scratch = t.appendLines(t.scratch[:0], body)
		body = t.scratch
	}
	t.tok = Token{Kind: kind, Flags: flagsOf(body), Node: t.cur, Text: body}
	t.tokPos, t.pos = q, after
	return emitted
}

// misc reads outside the root element: [22] prolog and [27] Misc.
func (t *Tokenizer) misc() status {
	q := nextNot(t.bits.N, t.pos)
	t.pos = q
	rest := t.buf[q:t.end]
	if len(rest) < 2 {
		if len(rest) == 1 && rest[0] != '<' {
			return t.outside(q)
		}
		return hungry
	}
	c := rest[1]
	switch {
	case rest[0] != '<':
		return t.outside(q)
	case mayStartName(c):
		return t.rootTag(q)
	case c == '?' || bytes.HasPrefix(rest, commentOpen):
		if t.opts.Comments {
			return t.markup(q)
		}
		var after int
		var st status
		if c == '?' {
			after, st = t.scanPI(q)
		} else {
			after, st = t.scanComment(q)
		}
		if st == again {
			t.pos = after
		} else if st == hungry && t.startSkip(q) {
			st = again
		}
		return st
	case c == '!' && len(rest) < len(doctypeOpen) && (bytes.HasPrefix(commentOpen, rest) || bytes.HasPrefix(doctypeOpen, rest)):
		return hungry
	case bytes.HasPrefix(rest, doctypeOpen):
		if t.rootDone || t.doc.Doctype != "" {
			return t.fail(q, CodeDTD, "the document type declaration can stand only once, before the root element")
		}
		return t.doctype(q)
	case c == '/':
		return t.fail(q, CodeTagMismatch, "an end tag for an element that is not open")
	}
	return t.outside(q)
}

var doctypeOpen = []byte("<!DOCTYPE")

func (t *Tokenizer) outside(q int) status {
	if t.rootDone {
		return t.fail(q, CodeOutsideRoot, "%s stands behind the end of the root element", t.charName(q))
	}
	return t.fail(q, CodeOutsideRoot, "%s stands before the root element; is this XML?", t.charName(q))
}

func (t *Tokenizer) rootTag(q int) status {
	if t.rootDone {
		return t.fail(q, CodeOutsideRoot, "a second root element; XML allows one")
	}
	st := t.startTag(q)
	if st == emitted {
		if t.tok.Kind == Start {
			t.state &^= inMisc
		} else {
			t.rootDone = true
		}
	}
	return st
}
