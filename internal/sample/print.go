package sample

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// printer writes elements as XML. With cosmetics it varies what means
// nothing: attribute order, quotes, indentation, CDATA or references, the
// form of empty elements, comments. A comparison must see no difference.
type printer struct {
	out       bytes.Buffer
	cosmetics *dice
}

// declaration writes the XML declaration.
func (p *printer) declaration(encoding string) {
	if p.cosmetics == nil {
		fmt.Fprintf(&p.out, "<?xml version=\"1.0\" encoding=\"%s\"?>\n", encoding)
		return
	}
	fmt.Fprintf(&p.out, "<?xml version='1.0' encoding='%s' ?>\n<!-- re-exported -->\n", encoding)
}

// element writes an element on a line of its own at the given depth.
func (p *printer) element(e *element, depth int) {
	p.indent(depth)
	if p.cosmetics != nil && p.cosmetics.percent(2) {
		p.out.WriteString("<!-- checked -->")
		p.indent(depth)
	}
	p.open(e)
	switch {
	case len(e.kids) == 0 && e.text == "":
		p.empty(e)
		return
	case e.mixed:
		p.inline(e)
	case len(e.kids) == 0:
		p.text(e)
	default:
		p.out.WriteByte('>')
		for _, k := range e.kids {
			p.element(k, depth+1)
		}
		p.indent(depth)
	}
	p.close(e)
}

func (p *printer) indent(depth int) {
	p.out.WriteByte('\n')
	if p.cosmetics != nil {
		p.out.WriteString(strings.Repeat("\t", depth))
		return
	}
	p.out.WriteString(strings.Repeat("  ", depth))
}

// open writes a start tag without its closing bracket.
func (p *printer) open(e *element) {
	p.out.WriteByte('<')
	p.out.WriteString(e.name)
	attrs := e.attrs
	if p.cosmetics != nil && len(attrs) > 1 {
		attrs = append([]attr(nil), attrs...)
		shuffle(p.cosmetics, attrs)
	}
	for _, a := range attrs {
		quote, equals := byte('"'), "="
		if p.cosmetics != nil && p.cosmetics.percent(30) {
			quote, equals = '\'', " = "
		}
		p.out.WriteByte(' ')
		p.out.WriteString(a.name)
		p.out.WriteString(equals)
		p.out.WriteByte(quote)
		p.escape(a.value, quote)
		p.out.WriteByte(quote)
	}
}

func (p *printer) close(e *element) {
	p.out.WriteString("</")
	p.out.WriteString(e.name)
	if p.cosmetics != nil && p.cosmetics.percent(5) {
		p.out.WriteByte(' ')
	}
	p.out.WriteByte('>')
}

// empty ends an element without content.
func (p *printer) empty(e *element) {
	switch {
	case p.cosmetics == nil:
		p.out.WriteString("/>")
	case p.cosmetics.percent(50):
		p.out.WriteString(" />")
	default:
		p.out.WriteByte('>')
		p.close(e)
	}
}

// inline writes mixed content exactly as it is, without indentation.
func (p *printer) inline(e *element) {
	p.out.WriteByte('>')
	for _, k := range e.kids {
		if k.name == "" {
			p.escape(k.text, 0)
			continue
		}
		p.open(k)
		if k.text == "" {
			p.empty(k)
			continue
		}
		p.text(k)
		p.close(k)
	}
}

// text writes the text of a leaf, as CDATA where the export did so, and
// with cosmetics sometimes the other way round.
func (p *printer) text(e *element) {
	p.out.WriteByte('>')
	cdata := e.cdata
	if p.cosmetics != nil && p.cosmetics.percent(10) {
		cdata = !cdata
	}
	if !cdata {
		p.escape(e.text, 0)
		return
	}
	p.out.WriteString("<![CDATA[")
	p.out.WriteString(strings.ReplaceAll(e.text, "]]>", "]]]]><![CDATA[>"))
	p.out.WriteString("]]>")
}

// escape writes character data, or with a quote an attribute's value.
func (p *printer) escape(s string, quote byte) {
	references := p.cosmetics != nil && p.cosmetics.percent(10)
	for _, r := range s {
		switch {
		case r == '&':
			p.out.WriteString("&amp;")
		case r == '<':
			p.out.WriteString("&lt;")
		case r == '>':
			p.out.WriteString("&gt;")
		case quote != 0 && r == rune(quote):
			fmt.Fprintf(&p.out, "&#%d;", r)
		case quote != 0 && (r == '\n' || r == '\t'):
			fmt.Fprintf(&p.out, "&#%d;", r)
		case references && r >= utf8.RuneSelf:
			fmt.Fprintf(&p.out, "&#x%X;", r)
		default:
			p.out.WriteRune(r)
		}
	}
}
