package sample_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"retable/internal/sample"
)

// node is an element as encoding/xml reads it: the tests' own view of the
// files, which shares nothing with the generator.
type node struct {
	name  string // prefix dropped
	space string
	attrs map[string]string
	text  string // direct text; of a Profile, which is mixed, the whole
	kids  []*node
}

func (n *node) find(path string) *node {
	for _, step := range strings.Split(path, "/") {
		var next *node
		for _, k := range n.kids {
			if k.name == step {
				next = k
				break
			}
		}
		if next == nil {
			return &node{}
		}
		n = next
	}
	return n
}

// each calls visit for all elements of that name, parents first.
func (n *node) each(name string, visit func(*node)) {
	if n.name == name {
		visit(n)
	}
	for _, k := range n.kids {
		k.each(name, visit)
	}
}

// parse reads a document; for one that breaks off it returns the tree so
// far, with the error.
func parse(content []byte) (*node, error) {
	if bytes.HasPrefix(content, []byte{0xff, 0xfe}) {
		var units []uint16
		for i := 2; i+1 < len(content); i += 2 {
			units = append(units, binary.LittleEndian.Uint16(content[i:]))
		}
		content = []byte(string(utf16.Decode(units)))
	}
	dec := xml.NewDecoder(bytes.NewReader(content))
	dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		raw, err := io.ReadAll(in)
		if label == "UTF-16" {
			return bytes.NewReader(raw), err
		}
		var out strings.Builder
		for _, b := range raw {
			out.WriteRune(rune(b))
		}
		return strings.NewReader(out.String()), err
	}
	root := &node{}
	stack := []*node{root}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return root.kids[0], nil
		}
		if err != nil {
			return root.kids[0], err
		}
		top := stack[len(stack)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			k := &node{name: tok.Name.Local, space: tok.Name.Space, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					k.attrs[a.Name.Local] = a.Value
				}
			}
			top.kids = append(top.kids, k)
			stack = append(stack, k)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			for i, open := range stack {
				if i == len(stack)-1 || open.name == "Profile" {
					open.text += string(tok)
				}
			}
		}
	}
}

// delivery is one bundle, written and read back.
type delivery struct {
	truth sample.Truth
	zip   []byte
	files map[string][]byte
	order []string
}

func write(t *testing.T, opts sample.Options, n int) delivery {
	t.Helper()
	var buf bytes.Buffer
	truth, err := sample.Write(&buf, opts, n)
	if err != nil {
		t.Fatal(err)
	}
	d := delivery{truth: truth, zip: buf.Bytes(), files: map[string][]byte{}}
	z, err := zip.NewReader(bytes.NewReader(d.zip), int64(len(d.zip)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if d.files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		d.order = append(d.order, f.Name)
	}
	return d
}

// tree parses one file, which is well formed unless it is said to be broken.
func (d *delivery) tree(t *testing.T, f sample.File) *node {
	t.Helper()
	root, err := parse(d.files[f.Path])
	if (err != nil) != f.Broken {
		t.Fatalf("%s: got error %v, broken is %v", f.Path, err, f.Broken)
	}
	return root
}

// fields flattens a row: XPath from the row -> value. Rows of their own
// inside it are left out, repeats are numbered.
func fields(n *node, isRow func(*node) bool) map[string]string {
	out := map[string]string{}
	var walk func(n *node, path string)
	walk = func(n *node, path string) {
		for k, v := range n.attrs {
			out[strings.TrimPrefix(path+"/@"+k, "/")] = v
		}
		if text := strings.TrimSpace(n.text); len(n.kids) == 0 || n.name == "Profile" {
			out[path] = text
		}
		count := map[string]int{}
		for _, k := range n.kids {
			if !isRow(k) {
				count[k.name]++
				walk(k, strings.TrimPrefix(fmt.Sprintf("%s/%s[%d]", path, k.name, count[k.name]), "/"))
			}
		}
	}
	walk(n, "")
	return out
}
