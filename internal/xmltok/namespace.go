package xmltok

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// A scope is a set of namespace bindings in force: those of one element and
// of all around it. Scopes are interned, so two elements with the same
// bindings from the same declarations share one, and a Node's names are
// resolved once.
type scope struct {
	id     uint64
	parent *scope
	decls  []Decl
	key    string // declarations as written, what settle compares
}

// lookup returns the namespace bound to prefix.
func (s *scope) lookup(prefix string) (space string, ok bool) {
	for ; s != nil; s = s.parent {
		for i := len(s.decls) - 1; i >= 0; i-- {
			if s.decls[i].Prefix == prefix {
				return s.decls[i].Space, true
			}
		}
	}
	return "", prefix == ""
}

// declKey writes the namespace declarations of the current tag in a form that
// is equal only for equal declarations.
func (t *Tokenizer) declKey(dst []byte) []byte {
	for _, d := range t.decls {
		dst = binary.AppendUvarint(dst, uint64(len(d.Node.raw)))
		dst = append(dst, d.Node.raw...)
		dst = binary.AppendUvarint(dst, uint64(len(d.Value)))
		dst = append(dst, d.Value...)
	}
	return dst
}

// scopeFor returns the scope of the current tag inside outer. keep tells
// whether it is interned; the scopes of overflow elements are not.
func (t *Tokenizer) scopeFor(p int, outer *scope, keep bool) (*scope, status) {
	if len(t.decls) == 0 {
		return outer, again
	}
	t.key = binary.AppendUvarint(t.key[:0], outer.id)
	idLen := len(t.key)
	t.key = t.declKey(t.key)
	if s := t.scopes[string(t.key)]; s != nil {
		return s, again
	}
	t.scopeID++
	s := &scope{id: t.scopeID, parent: outer, key: string(t.key[idLen:])}
	for _, d := range t.decls {
		decl := Decl{Prefix: strings.TrimPrefix(strings.TrimPrefix(d.Node.raw, "xmlns"), ":"), Space: string(d.Value)}
		if st := t.checkDecl(p, decl); st != again {
			return nil, st
		}
		s.decls = append(s.decls, decl)
	}
	if keep {
		t.scopes[string(t.key)] = s
	}
	return s, again
}

// checkDecl applies the constraints of Namespaces in XML 1.0 on one declaration.
func (t *Tokenizer) checkDecl(p int, d Decl) status {
	switch {
	case d.Prefix == "xml":
		if d.Space != xmlSpace {
			return t.fail(p, CodeNamespace, "the prefix xml always means %s and cannot be bound to %q", xmlSpace, shorten(d.Space, 100))
		}
	case d.Prefix == "xmlns":
		return t.fail(p, CodeNamespace, "the prefix xmlns cannot be declared")
	case d.Space == xmlSpace || d.Space == xmlnsSpace:
		return t.fail(p, CodeNamespace, "the namespace %s cannot be bound to %s", d.Space, orDefault(d.Prefix))
	case d.Prefix != "" && d.Space == "":
		return t.fail(p, CodeNamespace, "the prefix %s cannot be undeclared (only Namespaces 1.1 allows xmlns:%s=\"\")", d.Prefix, d.Prefix)
	case d.Prefix != "" && !isNCName(d.Prefix):
		return t.fail(p, CodeNamespace, "xmlns:%s does not declare a proper prefix", shorten(d.Prefix, 60))
	}
	return again
}

func orDefault(prefix string) string {
	if prefix == "" {
		return "the default namespace"
	}
	return "the prefix " + prefix
}

// isNCName tells whether a Name, or a part of one, is an [NS 4] NCName.
func isNCName(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && isNameStart(r) && !strings.Contains(s, ":")
}

// resolve expands a raw name in a scope. Attributes without prefix are in no
// namespace.
func (t *Tokenizer) resolve(p int, raw string, s *scope, attr bool) (Name, status) {
	prefix, local, found := strings.Cut(raw, ":")
	if !found {
		name := Name{Local: raw}
		if !attr {
			name.Space, _ = s.lookup("")
		}
		return name, again
	}
	if !isNCName(prefix) || !isNCName(local) {
		return Name{}, t.fail(p, CodeNamespace, "%s is not a qualified name: one colon, with a name on both sides", shorten(raw, 60))
	}
	if prefix == "xmlns" {
		return Name{}, t.fail(p, CodeNamespace, "the prefix xmlns declares namespaces and cannot be used in the name %s", shorten(raw, 60))
	}
	space, ok := s.lookup(prefix)
	if !ok {
		return Name{}, t.fail(p, CodeNamespace, "the prefix %s is not declared; the element or one around it needs xmlns:%s=\"…\"", shorten(prefix, 60), shorten(prefix, 60))
	}
	return Name{Space: space, Prefix: prefix, Local: local}, again
}
