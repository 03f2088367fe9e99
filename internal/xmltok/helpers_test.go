package xmltok

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
)

// An event is a token in the form that does not depend on the window: leaves
// taken apart, adjacent texts joined, everything copied.
type event struct {
	kind         Kind
	name         string
	text         string
	attrs        string
	offset, line int64 // of tags
}

func (e event) String() string {
	return fmt.Sprintf("%d %s %q %s at %d line %d", e.kind, e.name, e.text, e.attrs, e.offset, e.line)
}

// wrongFlags tells what is wrong with flags for s, or nothing.
func wrongFlags(s []byte, f Flags) string {
	want := flagsOf(s)
	switch {
	case f&Blank != want&Blank:
		return fmt.Sprintf("%q: Blank is %v", s, f&Blank != 0)
	case f&Special == 0 && want&Special != 0:
		return fmt.Sprintf("%q: Special is not set", s)
	case f&Edge == 0 && want&Edge != 0:
		return fmt.Sprintf("%q: Edge is not set", s)
	}
	return ""
}

func nameOf(t *Tokenizer, n *Node) string {
	name := n.Name
	if n.Overflow && !n.Attr {
		name = t.OverflowName()
	}
	return "{" + name.Space + "}" + name.QName()
}

func attrsOf(t *Tokenizer, attrs []Attr) string {
	var b strings.Builder
	for _, a := range attrs {
		fmt.Fprintf(&b, " %s=%q", nameOf(t, a.Node), a.Value)
		if a.Flags&Defaulted != 0 {
			b.WriteString("!")
		}
	}
	return b.String()
}

// read tokenizes r to its end; the error is nil at a well-formed end.
func read(t *Tokenizer, r io.Reader) ([]event, error) {
	t.Reset(r)
	return readOn(t)
}

func readOn(t *Tokenizer) ([]event, error) {
	var events []event
	for {
		tok, err := t.Next()
		if err == io.EOF {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		for _, a := range tok.Attrs {
			if wrong := wrongFlags(a.Value, a.Flags); wrong != "" {
				return events, errors.New(wrong)
			}
		}
		if wrong := wrongFlags(tok.Text, tok.Flags); wrong != "" && tok.Kind != Start && tok.Kind != End {
			return events, errors.New(wrong)
		}
		e := event{kind: tok.Kind, name: nameOf(t, tok.Node), text: string(tok.Text), attrs: attrsOf(t, tok.Attrs)}
		offset, line := t.Offset(), t.Line()
		if tok.Kind == Start {
			e.offset, e.line = offset, line
		}
		switch tok.Kind {
		case Leaf:
			events = append(events, event{kind: Start, name: e.name, attrs: e.attrs, offset: offset, line: line})
			if e.text != "" {
				events = append(events, event{kind: Text, name: e.name, text: e.text})
			}
			events = append(events, event{kind: End, name: e.name})
		case Text:
			if n := len(events); n > 0 && events[n-1].kind == Text {
				events[n-1].text += e.text
				continue
			}
			events = append(events, e)
		default:
			events = append(events, e)
		}
	}
}

// verdict gives what must not depend on the window or the reader.
func verdict(events []event, err error) string {
	var b strings.Builder
	if err != nil {
		e, ok := err.(*Error)
		if !ok {
			return "no *Error: " + err.Error()
		}
		return fmt.Sprintf("error %s at %d, %d:%d", e.Code, e.Offset, e.Line, e.Column)
	}
	for _, e := range events {
		b.WriteString(e.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// text is all character data of the document.
func text(events []event) string {
	var b strings.Builder
	for _, e := range events {
		if e.kind == Text {
			b.WriteString(e.text)
		}
	}
	return b.String()
}

// canonical writes the first canonical form of the W3C suite.
func canonical(t *Tokenizer, r io.Reader) (string, error) {
	t.Reset(r)
	var b strings.Builder
	var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
	started := false
	for {
		tok, err := t.Next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		if !started && (tok.Kind == Start || tok.Kind == Leaf) {
			started = true
			notations(&b, t)
		}
		switch tok.Kind {
		case Start, Leaf:
			var attrs []string
			for _, a := range tok.Attrs {
				attrs = append(attrs, " "+a.Node.Name.QName()+`="`+escape.Replace(string(a.Value))+`"`)
			}
			for _, d := range tok.Node.Decls {
				name := "xmlns:" + d.Prefix
				if d.Prefix == "" {
					name = "xmlns"
				}
				attrs = append(attrs, " "+name+`="`+escape.Replace(d.Space)+`"`)
			}
			sort.Strings(attrs)
			b.WriteString("<" + tok.Node.Name.QName() + strings.Join(attrs, "") + ">")
			if tok.Kind == Leaf {
				b.WriteString(escape.Replace(string(tok.Text)) + "</" + tok.Node.Name.QName() + ">")
			}
		case End:
			b.WriteString("</" + tok.Node.Name.QName() + ">")
		case Text:
			b.WriteString(escape.Replace(string(tok.Text)))
		case PI:
			target, data, _ := strings.Cut(strings.NewReplacer("\t", " ", "\n", " ").Replace(string(tok.Text)), " ")
			_ = data
			rest := strings.TrimLeft(string(tok.Text)[len(target):], " \t\r\n")
			b.WriteString("<?" + target + " " + rest + "?>")
		}
	}
}

// notations writes the part that the second canonical form adds.
func notations(b *strings.Builder, t *Tokenizer) {
	if len(t.dtd.notations) == 0 {
		return
	}
	list := append([]notation(nil), t.dtd.notations...)
	sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	b.WriteString("<!DOCTYPE " + t.doc.Doctype + " [\n")
	for _, n := range list {
		switch {
		case n.public == "":
			fmt.Fprintf(b, "<!NOTATION %s SYSTEM '%s'>\n", n.name, n.system)
		case n.system == "":
			fmt.Fprintf(b, "<!NOTATION %s PUBLIC '%s'>\n", n.name, n.public)
		default:
			fmt.Fprintf(b, "<!NOTATION %s PUBLIC '%s' '%s'>\n", n.name, n.public, n.system)
		}
	}
	b.WriteString("]>\n")
}
