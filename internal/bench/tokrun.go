package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/antchfx/xmlquery"
	"github.com/beevik/etree"
)

// tokenizer parses a document once and adds what it saw to the tally.
type tokenizer func(doc []byte, check bool, t *Tally) error

// tokenizerNamed returns a Go tokenizer ready for any number of documents.
func tokenizerNamed(name string) (tokenizer, error) {
	switch name {
	case "retable":
		return newOwn(), nil
	case "encoding/xml":
		return tokenizeStandard, nil
	case "etree":
		return tokenizeEtree, nil
	case "xmlquery":
		return tokenizeXMLQuery, nil
	}
	return nil, fmt.Errorf("no tokenizer is called %q", name)
}

// runTokenizer parses the file again and again until the given CPU seconds
// are used, so that start-up and reading don't count.
func runTokenizer(name, path string, seconds float64, check bool) (Tally, error) {
	parse, err := tokenizerNamed(name)
	if err != nil {
		return Tally{}, err
	}
	doc, err := os.ReadFile(path)
	if err != nil {
		return Tally{}, err
	}
	start, passes := cpuSeconds(), 0
	for {
		t := Tally{Version: runtime.Version()}
		if err := parse(doc, check, &t); err != nil {
			return t, fmt.Errorf("%s: %w", name, err)
		}
		passes++
		if t.CPU = cpuSeconds() - start; t.CPU >= seconds {
			t.Passes = passes
			return t, nil
		}
	}
}

func tokenizeStandard(doc []byte, check bool, t *Tally) error {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			t.Elements++
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					addValue(t, a.Value, check)
				}
			}
		case xml.CharData:
			addText(t, tok, check)
		}
	}
}

func tokenizeEtree(doc []byte, check bool, t *Tally) error {
	d := etree.NewDocument()
	if err := d.ReadFromBytes(doc); err != nil {
		return err
	}
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		t.Elements++
		for _, a := range e.Attr {
			if a.Space != "xmlns" && a.FullKey() != "xmlns" {
				addValue(t, a.Value, check)
			}
		}
		for _, c := range e.Child {
			switch c := c.(type) {
			case *etree.Element:
				walk(c)
			case *etree.CharData:
				addText(t, c.Data, check)
			}
		}
	}
	if d.Root() == nil {
		return errors.New("no root element")
	}
	walk(d.Root())
	return nil
}

func tokenizeXMLQuery(doc []byte, check bool, t *Tally) error {
	top, err := xmlquery.Parse(bytes.NewReader(doc))
	if err != nil {
		return err
	}
	var walk func(*xmlquery.Node)
	walk = func(n *xmlquery.Node) {
		switch n.Type {
		case xmlquery.ElementNode:
			t.Elements++
			for _, a := range n.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && !strings.HasPrefix(a.Name.Local, "xmlns:") {
					addValue(t, a.Value, check)
				}
			}
		case xmlquery.TextNode, xmlquery.CharDataNode:
			if n.Parent != nil && n.Parent.Type == xmlquery.ElementNode {
				addText(t, n.Data, check)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(top)
	return nil
}
