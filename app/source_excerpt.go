package app

import (
	"bytes"
	"strings"
)

// markup finds elements and attributes in a piece of XML that may begin and end
// anywhere. It is for showing, not for reading: what it doesn't understand it
// leaves unmarked.
type markup struct{ b []byte }

// tagAt is a tag: from its < to behind its >.
type tagAt struct {
	from, to         int
	name             string // without prefix
	end, empty, text bool   // text: a comment, CDATA, PI or declaration
}

// next finds the next tag at or behind i; ok is false where there is none, or
// it isn't whole.
func (m markup) next(i int) (t tagAt, ok bool) {
	at := bytes.IndexByte(m.b[min(i, len(m.b)):], '<')
	if at < 0 {
		return t, false
	}
	t.from = i + at
	rest := m.b[t.from:]
	for _, x := range []struct{ open, close string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!", ">"}} {
		if bytes.HasPrefix(rest, []byte(x.open)) {
			end := bytes.Index(rest[len(x.open):], []byte(x.close))
			t.text, t.to = true, t.from+len(x.open)+end+len(x.close)
			return t, end >= 0
		}
	}
	quote := byte(0)
	for k, c := range rest {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			t.to = t.from + k + 1
			t.end = len(rest) > 1 && rest[1] == '/'
			t.empty = k > 0 && rest[k-1] == '/'
			t.name = localName(rest[1:k])
			return t, true
		}
	}
	return t, false
}

func localName(tag []byte) string {
	tag = bytes.TrimPrefix(tag, []byte("/"))
	if i := bytes.IndexAny(tag, " \t\r\n/"); i >= 0 {
		tag = tag[:i]
	}
	if i := bytes.LastIndexByte(tag, ':'); i >= 0 {
		tag = tag[i+1:]
	}
	return string(tag)
}

// element is where the element that begins at i ends; whole is false if that
// lies behind the piece.
func (m markup) element(i int) (end int, whole bool) {
	depth := 0
	for {
		t, ok := m.next(i)
		if !ok {
			return len(m.b), false
		}
		i = t.to
		switch {
		case t.text:
		case t.end:
			depth--
		case !t.empty:
			depth++
		}
		if !t.text && depth <= 0 {
			return t.to, true
		}
	}
}

// span is a piece of a text.
type span struct{ from, to int }

// nodes finds, in the element that begins at i, the nodes of a path below it:
// "Name/First", "@id", "Item[*]/@sku", "." for its own text.
func (m markup) nodes(i, end int, path string) []span {
	steps := strings.Split(strings.ReplaceAll(path, "[*]", ""), "/")
	for len(steps) > 0 && (steps[0] == "" || steps[0] == ".") {
		steps = steps[1:]
	}
	if n := len(steps); n > 0 && steps[n-1] == "#xml" {
		steps = steps[:n-1]
	}
	attr := ""
	if n := len(steps); n > 0 && strings.HasPrefix(steps[n-1], "@") {
		attr, steps = steps[n-1][1:], steps[:n-1]
	}
	var out []span
	var open []string // names below the row's element
	var from []int
	for at := i; at < end; {
		t, ok := m.next(at)
		if !ok || t.from >= end {
			break
		}
		at = t.to
		if t.text {
			continue
		}
		if t.end {
			if n := len(from); n > 0 {
				if attr == "" && same(open[1:], steps) {
					out = append(out, span{from[n-1], t.to})
				}
				open, from = open[:n-1], from[:n-1]
			}
			continue
		}
		open, from = append(open, t.name), append(from, t.from)
		if same(open[1:], steps) {
			if attr != "" {
				if s, ok := m.attribute(t, attr); ok {
					out = append(out, s)
				}
			} else if t.empty {
				out = append(out, span{t.from, t.to})
			}
		}
		if t.empty {
			open, from = open[:len(open)-1], from[:len(from)-1]
		}
	}
	return out
}

// same compares a path with the steps of a column, whose names may have
// prefixes or be in Clark notation.
func same(path, steps []string) bool {
	if len(path) != len(steps) {
		return false
	}
	for i, s := range steps {
		if k := strings.LastIndexAny(s, ":}"); k >= 0 {
			s = s[k+1:]
		}
		if s != path[i] {
			return false
		}
	}
	return true
}

// attribute finds an attribute with its value in a start tag.
func (m markup) attribute(t tagAt, name string) (span, bool) {
	if k := strings.LastIndexAny(name, ":}"); k >= 0 {
		name = name[k+1:]
	}
	b := m.b[t.from:t.to]
	for i := 0; i < len(b); {
		eq := bytes.IndexByte(b[i:], '=')
		if eq < 0 {
			return span{}, false
		}
		eq += i
		from := bytes.LastIndexAny(bytes.TrimRight(b[:eq], " \t\r\n"), " \t\r\n") + 1
		q := eq + 1 + bytes.IndexAny(b[eq+1:], `"'`)
		if q <= eq {
			return span{}, false
		}
		end := bytes.IndexByte(b[q+1:], b[q])
		if end < 0 {
			return span{}, false
		}
		to := q + 1 + end + 1
		if localName(b[from:eq]) == name {
			return span{t.from + from, t.from + to}, true
		}
		i = to
	}
	return span{}, false
}
