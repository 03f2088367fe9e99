package xmltable

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// style writes one tree in one of many equivalent ways.
type style struct {
	rnd      *rand.Rand
	indent   bool // white space between elements and around text
	shuffled bool // attributes in any order
	cosmetic bool // CDATA, comments, references, quotes
}

// plainStyle writes the shortest form.
func plainStyle() *style { return &style{rnd: rand.New(rand.NewPCG(1, 1))} }

// cosmeticStyle writes differently for each seed. White space may only be
// added where no text stands beside elements.
func cosmeticStyle(seed uint64, e *tree) *style {
	return &style{rnd: rand.New(rand.NewPCG(seed, 2)), indent: !e.hasMixed(), shuffled: true, cosmetic: true}
}

// xml returns the document.
func (s *style) xml(e *tree) string {
	var b strings.Builder
	s.element(&b, e, map[string]string{"": "", "xml": xmlSpace}, false)
	return b.String()
}

func (s *style) chance(n int) bool { return s.cosmetic && s.rnd.IntN(n) == 0 }

func (s *style) element(b *strings.Builder, e *tree, scope map[string]string, preserve bool) {
	scope = cloneScope(scope)
	var tags []string
	declare := func(prefix, space string) {
		if have, ok := scope[prefix]; ok && have == space {
			return
		}
		scope[prefix] = space
		if prefix == "" {
			tags = append(tags, "xmlns="+s.quote(space))
		} else {
			tags = append(tags, "xmlns:"+prefix+"="+s.quote(space))
		}
	}
	for _, d := range e.decls {
		declare(d.Prefix, d.Space)
	}
	declare(e.name.Prefix, e.name.Space)
	for _, a := range e.attrs {
		if a.name.Prefix != "" {
			declare(a.name.Prefix, a.name.Space)
		}
		if a.name.Space == xmlSpace && a.name.Local == "space" {
			preserve = a.value == "preserve"
		}
		tags = append(tags, a.name.QName()+"="+s.quote(a.value))
	}
	if s.shuffled {
		s.rnd.Shuffle(len(tags), func(i, j int) { tags[i], tags[j] = tags[j], tags[i] })
	}
	b.WriteString("<" + e.name.QName())
	for _, t := range tags {
		b.WriteString(" " + t)
		if s.chance(8) {
			b.WriteString("\n\t")
		}
	}
	kids := len(e.kids())
	if len(e.content) == 0 && !s.chance(2) {
		b.WriteString("/>")
		return
	}
	b.WriteString(">")
	pad := s.indent && (kids > 0 || !preserve)
	for _, c := range e.content {
		if pad {
			b.WriteString("\n  ")
		}
		if text, ok := c.(string); ok {
			s.text(b, text)
			continue
		}
		s.element(b, c.(*tree), scope, preserve)
		if s.chance(6) {
			b.WriteString("<!-- a comment -->")
		}
		if s.chance(9) {
			b.WriteString("<?pi data?>")
		}
	}
	if pad {
		b.WriteString("\n")
	}
	b.WriteString("</" + e.name.QName() + ">")
}

func cloneScope(m map[string]string) map[string]string {
	out := make(map[string]string, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (s *style) quote(v string) string {
	q := byte('"')
	if s.chance(2) {
		q = '\''
	}
	var b strings.Builder
	b.WriteByte(q)
	for _, r := range v {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == rune(q) || r == '\n' || r == '\t' || r == '\r' || s.chance(20):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte(q)
	return b.String()
}

func (s *style) text(b *strings.Builder, v string) {
	if s.chance(3) && !strings.Contains(v, "]]>") && !strings.Contains(v, "\r") {
		b.WriteString("<![CDATA[" + v + "]]>")
		return
	}
	for i, r := range v {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>' || r == '\r' || s.chance(20):
			fmt.Fprintf(b, "&#x%X;", r)
		default:
			b.WriteRune(r)
		}
		if i > 0 && s.chance(30) {
			b.WriteString("<!--x-->")
		}
	}
}
