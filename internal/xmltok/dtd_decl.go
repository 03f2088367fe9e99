package xmltok

import "bytes"

// externalID reads [75] ExternalID; for a notation also [83] PublicID.
func (r *declReader) externalID(notation bool) (public, system string) {
	switch {
	case r.take("SYSTEM"):
		r.space("after SYSTEM")
		return "", r.quoted(false)
	case r.take("PUBLIC"):
		r.space("after PUBLIC")
		public = r.quoted(true)
		spaced := r.skipSpace()
		if c := r.peek(); notation && c != '"' && c != '\'' {
			if r.p >= r.end {
				r.short()
			}
			return public, ""
		}
		if !spaced {
			r.space("before the system identifier")
		}
		return public, r.quoted(false)
	case r.st == again && r.end-r.p < len("SYSTEM"):
		r.short()
	default:
		r.fail(CodeDTD, "SYSTEM or PUBLIC is expected")
	}
	return "", ""
}

// quoted reads [11] SystemLiteral or [12] PubidLiteral.
func (r *declReader) quoted(public bool) string {
	quote := r.peek()
	if r.st != again {
		return ""
	}
	if quote != '"' && quote != '\'' {
		if r.p >= r.end {
			r.short()
		}
		r.fail(CodeDTD, "a quoted identifier is expected, not %s", r.shown())
		return ""
	}
	i := bytes.IndexByte(r.buf[r.p+1:r.end], quote)
	if i < 0 {
		r.short()
		return ""
	}
	s := r.buf[r.p+1 : r.p+1+i]
	if public {
		for j, c := range s {
			if !isPubid(c) {
				r.p += 1 + j
				r.fail(CodeDTD, "%s cannot stand in a public identifier", r.shown())
				return ""
			}
		}
		s = collapse(bytes.Map(spaceRune, s))
	}
	r.p += i + 2
	return string(s)
}

func spaceRune(c rune) rune {
	if c == '\n' || c == '\r' {
		return ' '
	}
	return c
}

// isPubid is [13] PubidChar.
func isPubid(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' ||
		c == ' ' || c == '\r' || c == '\n' || bytes.IndexByte([]byte("-'()+,./:=?;!*#@$_%"), c) >= 0
}

// entityDecl reads [70] EntityDecl.
func (r *declReader) entityDecl() {
	r.space("after ENTITY")
	param := r.peek() == '%'
	if param {
		r.p++
		r.space("after %")
	}
	name := r.name("the entity")
	r.checkNCName(name)
	r.space("after the entity's name")
	var ent *entity
	if c := r.peek(); c == '"' || c == '\'' {
		text := r.entityValue(c)
		ent = newEntity(name, text)
		r.checkPredefined(param, ent)
		r.skipSpace()
	} else {
		_, system := r.externalID(false)
		ent = &entity{name: name, external: true, system: system}
		if spaced := r.skipSpace(); spaced && !param && r.take("NDATA") {
			r.space("after NDATA")
			r.checkNCName(r.name("the notation"))
			ent.unparsed = true
			r.skipSpace()
		}
	}
	r.expect('>')
	if r.st == again && !r.t.dtd.ignore {
		r.t.dtd.addEntity(param, ent)
	}
}

// entityValue reads [9] EntityValue: references to characters are resolved,
// those to entities stay until the entity is used (4.4).
func (r *declReader) entityValue(quote byte) []byte {
	i := bytes.IndexByte(r.buf[r.p+1:r.end], quote)
	if i < 0 {
		r.short()
		return nil
	}
	stop := r.p + 1 + i
	var text []byte
	for r.p++; r.p < stop && r.st == again; {
		switch c := r.buf[r.p]; c {
		case '%':
			r.fail(CodeDTD, "%% cannot stand in an entity's value inside the document (write &#37;)")
		case '&':
			text = r.valueRef(text, stop)
		case '\r':
			if r.param == nil {
				if r.buf[r.p+1] != '\n' {
					text = append(text, '\n')
				}
			} else {
				text = append(text, c)
			}
			r.p++
		default:
			text = append(text, c)
			r.p++
		}
	}
	if r.st == again {
		r.p = stop + 1
	}
	return text
}

// valueRef reads a reference inside an entity's value.
func (r *declReader) valueRef(text []byte, stop int) []byte {
	if r.buf[r.p+1] == '#' {
		ch, e, ok := parseCharRef(r.buf, r.p)
		if !ok || e >= stop || !isChar(ch) {
			r.fail(CodeReference, "a malformed reference, or one to a character that XML does not allow")
			return text
		}
		r.p = e + 1
		return append(text, string(ch)...)
	}
	e := scanName(r.buf, r.p+1)
	if e == r.p+1 || e >= stop || r.buf[e] != ';' {
		r.fail(CodeReference, "& must begin a reference; write &#38;#38; for the character itself")
		return text
	}
	text = append(text, r.buf[r.p:e+1]...)
	r.p = e + 1
	return text
}

// checkPredefined holds declarations of amp, lt, gt, apos and quot to 4.6.
func (r *declReader) checkPredefined(param bool, ent *entity) {
	c := predefined([]byte(ent.name))
	if c == 0 || param || r.st != again {
		return
	}
	text := ent.buf[:ent.end]
	ch, e, ok := rune(0), 0, false
	if len(text) > 3 && text[0] == '&' && text[1] == '#' {
		ch, e, ok = parseCharRef(ent.buf, 0)
	}
	escaped := ok && e == ent.end-1 && ch == rune(c)
	if !escaped && (c == '&' || c == '<' || string(text) != string(rune(c))) {
		r.fail(CodeDTD, "the predefined entity %s is declared with another meaning", ent.name)
	}
}

// notationDecl reads [82] NotationDecl.
func (r *declReader) notationDecl() {
	r.space("after NOTATION")
	name := r.name("the notation")
	r.checkNCName(name)
	r.space("after the notation's name")
	public, system := r.externalID(true)
	r.skipSpace()
	r.expect('>')
	if r.st == again {
		r.t.dtd.notations = append(r.t.dtd.notations, notation{name, public, system})
	}
}

// attlistDecl reads [52] AttlistDecl.
func (r *declReader) attlistDecl() {
	r.space("after ATTLIST")
	element := r.name("the element")
	r.checkQName(element)
	for r.st == again {
		spaced := r.skipSpace()
		if r.peek() == '>' {
			r.p++
			return
		}
		if !spaced {
			r.space("before the attribute's name")
		}
		a := &attrDecl{name: r.name("the attribute")}
		r.checkQName(a.name)
		r.space("after the attribute's name")
		a.tokenized = r.attType()
		r.space("before the default")
		r.defaultDecl(a)
		if r.st == again && !r.t.dtd.ignore {
			r.t.dtd.addAttr(element, a)
		}
	}
}

// attType reads [54] AttType and tells whether it is another than CDATA.
func (r *declReader) attType() bool {
	if r.peek() == '(' {
		r.choices(false)
		return true
	}
	name := r.name("the attribute's type")
	switch name {
	case "CDATA":
		return false
	case "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKEN", "NMTOKENS":
	case "NOTATION":
		r.space("after NOTATION")
		r.choices(true)
	default:
		r.fail(CodeDTD, "%q is no attribute type", shorten(name, 40))
	}
	return true
}

// choices reads the list of [58] NotationType or [59] Enumeration.
func (r *declReader) choices(names bool) {
	r.expect('(')
	for r.st == again {
		r.skipSpace()
		if names {
			r.checkNCName(r.name("the notation"))
		} else {
			e := scanNmtoken(r.buf, r.p)
			if e >= r.end {
				r.short()
			} else if e == r.p {
				r.fail(CodeDTD, "a choice is missing")
			}
			r.p = e
		}
		r.skipSpace()
		if r.peek() != '|' {
			r.expect(')')
			return
		}
		r.p++
	}
}

// defaultDecl reads [60] DefaultDecl.
func (r *declReader) defaultDecl(a *attrDecl) {
	if r.peek() == '#' {
		switch {
		case r.take("#REQUIRED"), r.take("#IMPLIED"):
			return
		case r.take("#FIXED"):
			r.space("after #FIXED")
		case r.end-r.p < len("#REQUIRED"):
			r.short()
			return
		default:
			r.fail(CodeDTD, "#REQUIRED, #IMPLIED or #FIXED is expected")
			return
		}
	}
	quote := r.peek()
	if quote != '"' && quote != '\'' {
		if r.p >= r.end {
			r.short()
		}
		r.fail(CodeDTD, "a default in quotes is expected, not %s", r.shown())
		return
	}
	i := bytes.IndexByte(r.buf[r.p+1:r.end], quote)
	if i < 0 {
		r.short()
		return
	}
	value := r.defaultValue(r.p+1, r.p+1+i)
	if r.st != again {
		return
	}
	r.p += i + 2
	if a.tokenized {
		value = collapse(value)
	}
	a.value, a.hasValue, a.flags = value, true, flagsOf(value)
}

// defaultValue reads [10] AttValue from buf[p:stop]. Entities in it must have
// been declared before.
func (r *declReader) defaultValue(p, stop int) []byte {
	value := []byte{}
	t := r.t
	for p < stop && r.st == again {
		switch c := r.buf[p]; c {
		case '<':
			r.p = p
			r.fail(CodeAttrValue, "< cannot stand in an attribute's default")
		case '\r':
			if r.param != nil || r.buf[p+1] != '\n' {
				value = append(value, ' ')
			}
			p++
		case '\t', '\n':
			value = append(value, ' ')
			p++
		case '&':
			var why stopKind
			t.refAt = r.place()
			value, p, why = t.reference(value, r.buf, stop, p, true, 1)
			if why != stopNone {
				r.st = failed
			}
		default:
			value = append(value, c)
			p++
		}
	}
	return value
}
