package eval

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// render writes a file of the bundle as XML. With cosmetics it varies what
// means nothing: order of attributes, quotes, white space, CDATA, character
// references, comments.
func (b *bundle) render(f *fileModel, cosmetics *rand.Rand) []byte {
	m := &b.tables[f.table]
	p := &printer{r: cosmetics}
	p.out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	fmt.Fprintf(&p.out, "<%ss xmlns=\"urn:retable:eval:%s\">", m.name, m.name)
	for k := range f.rows {
		p.row(m, &f.rows[k])
	}
	fmt.Fprintf(&p.out, "\n</%ss>\n", m.name)
	return []byte(p.out.String())
}

type printer struct {
	out strings.Builder
	r   *rand.Rand // nil: plain
}

func (p *printer) chance(share float64) bool { return p.r != nil && p.r.Float64() < share }

// row writes the first two columns as attributes, the others as elements.
func (p *printer) row(m *tableModel, x *row) {
	indent := "\n  "
	if p.r != nil {
		indent = "\n\t"
	}
	if p.chance(0.05) {
		p.out.WriteString(indent + "<!-- checked -->")
	}
	p.out.WriteString(indent + "<" + m.name)
	attributes := []int{0, 1}
	if p.chance(0.5) {
		attributes = []int{1, 0}
	}
	for _, i := range attributes {
		if c := x.cells[i]; !c.null {
			p.attribute(m.columns[i].name, c.text)
		}
	}
	p.out.WriteString(">")
	for i := 2; i < len(m.columns); i++ {
		if c := x.cells[i]; !c.null {
			p.out.WriteString(indent + "  ")
			p.element(m.columns[i].name, c.text)
		}
	}
	p.out.WriteString(indent + "</" + m.name + ">")
}

func (p *printer) attribute(name, v string) {
	v = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(v)
	if p.chance(0.4) {
		fmt.Fprintf(&p.out, "\n   %s = '%s'", name, strings.ReplaceAll(v, "'", "&#x27;"))
		return
	}
	fmt.Fprintf(&p.out, ` %s="%s"`, name, strings.ReplaceAll(v, `"`, "&quot;"))
}

func (p *printer) element(name, v string) {
	switch {
	case p.chance(0.2) && !strings.Contains(v, "]]>"):
		v = "<![CDATA[" + v + "]]>"
	default:
		escapes := []string{"&", "&amp;", "<", "&lt;", ">", "&gt;"}
		if p.r != nil {
			escapes = append(escapes, "ü", "&#252;", "a", "&#x61;")
		}
		v = strings.NewReplacer(escapes...).Replace(v)
	}
	if p.chance(0.1) {
		v = "<!-- -->" + v
	}
	space := ""
	if p.chance(0.3) {
		space = " "
	}
	fmt.Fprintf(&p.out, "<%s%s>%s</%s%s>", name, space, v, name, space)
}

// asXML sends the bundle through XML and the converter.
func (b *bundle) asXML(name string, cosmetics *rand.Rand, scratch string) (*source, error) {
	docs := make([]document, 0, len(b.files))
	for i := range b.files {
		docs = append(docs, document{b.files[i].path, b.render(&b.files[i], cosmetics)})
	}
	return convert(name, docs, false, scratch)
}
