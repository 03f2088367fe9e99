package xmltok

import (
	"bytes"
	"fmt"
)

// begin detects the encoding, fills the window and reads the XML declaration.
func (t *Tokenizer) begin() status {
	if t.win.end == 0 && !t.win.eof && t.win.bad == nil {
		if st := t.openEncoding(); st != again {
			return st
		}
		t.win.fill(0)
		t.use()
	}
	rest := t.buf[t.pos:t.end]
	if len(rest) < len("<?xml ") && string(rest) == "<?xml "[:len(rest)] && !t.win.eof {
		return hungry
	}
	if bytes.HasPrefix(rest, []byte("<?xml")) && isSpace(t.buf[t.pos+5]) {
		i := bytes.IndexByte(rest, '>')
		if i < 0 {
			return hungry
		}
		if st := t.xmlDecl(rest[:i+1]); st != again {
			return st
		}
		t.pos += i + 1
	}
	t.state &^= inStart
	return again
}

// xmlDecl reads [23] XMLDecl.
func (t *Tokenizer) xmlDecl(s []byte) status {
	if !bytes.HasSuffix(s, piClose) {
		return t.fail(len(s)-1, CodeXMLDecl, "the XML declaration must end with ?>")
	}
	rest := s[len("<?xml") : len(s)-2]
	place := func() int { return len(s) - 2 - len(rest) }
	seen := 0 // how many of version, encoding, standalone have passed
	for {
		trimmed := bytes.TrimLeft(rest, " \t\r\n")
		if len(trimmed) == 0 {
			break
		}
		if len(trimmed) == len(rest) {
			return t.fail(place(), CodeXMLDecl, "white space is missing in the XML declaration")
		}
		rest = trimmed
		key, value, after, ok := pseudoAttr(rest)
		if !ok {
			return t.fail(place(), CodeXMLDecl, "the XML declaration is malformed")
		}
		var st status
		if seen, st = t.declare(place(), seen, string(key), string(value)); st != again {
			return st
		}
		rest = after
	}
	if seen == 0 {
		return t.fail(0, CodeXMLDecl, "the XML declaration must give a version")
	}
	return again
}

// declare takes one item of the XML declaration. They have a fixed order.
func (t *Tokenizer) declare(p, seen int, key, value string) (int, status) {
	switch {
	case key == "version" && seen == 0:
		if len(value) < 3 || value[:2] != "1." || !digits(value[2:]) {
			return 0, t.fail(p, CodeXMLDecl, "the XML version %q is not supported", shorten(value, 20))
		}
		if value != "1.0" {
			t.warn(p, WarnVersion, fmt.Sprintf("the document says it is XML %s; it is read as XML 1.0", value))
		}
		t.doc.Version = value
		return 1, again
	case key == "encoding" && seen == 1:
		if !isEncName([]byte(value)) {
			return 0, t.fail(p, CodeXMLDecl, "%q is not the name of an encoding", shorten(value, 40))
		}
		return 2, again
	case key == "standalone" && (seen == 1 || seen == 2):
		if value != "yes" && value != "no" {
			return 0, t.fail(p, CodeXMLDecl, "standalone must be yes or no")
		}
		t.doc.Standalone = value
		return 3, again
	}
	return 0, t.fail(p, CodeXMLDecl, "%q is out of place in the XML declaration (version, encoding, standalone, in this order)", shorten(key, 20))
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}

// pseudoAttr reads key = "value" at the beginning of s.
func pseudoAttr(s []byte) (key, value, rest []byte, ok bool) {
	i := 0
	for i < len(s) && s[i] >= 'a' && s[i] <= 'z' {
		i++
	}
	key, rest = s[:i], bytes.TrimLeft(s[i:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '=' {
		return nil, nil, nil, false
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) < 2 || (rest[0] != '"' && rest[0] != '\'') {
		return nil, nil, nil, false
	}
	stop := bytes.IndexByte(rest[1:], rest[0])
	if stop < 0 {
		return nil, nil, nil, false
	}
	return key, rest[1 : 1+stop], rest[stop+2:], true
}
