package bench

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
)

// flattenNaively is the reference script's complete version as a Go
// programmer writes it at first: encoding/xml into a tree per record, a map
// per row, encoding/csv.
func flattenNaively(record, source, target string) error {
	shape := naiveShape{index: map[string]int{}, repeating: map[string]bool{}}
	if err := eachRecord(source, record, func(n *naiveNode) error {
		shape.survey(n, "")
		return nil
	}); err != nil {
		return err
	}
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer out.Close()
	buffered := bufio.NewWriter(out)
	w := csv.NewWriter(buffered)
	if err := w.Write(shape.columns); err != nil {
		return err
	}
	if err := eachRecord(source, record, func(n *naiveNode) error {
		cells, err := shape.cells(n)
		if err != nil {
			return err
		}
		return w.Write(cells)
	}); err != nil {
		return err
	}
	w.Flush()
	return errors.Join(w.Error(), buffered.Flush(), out.Close())
}

type naiveNode struct {
	name  string
	attrs []xml.Attr
	text  strings.Builder // direct text
	whole strings.Builder // text with that of the children
	kids  []*naiveNode
}

// leaf tells whether the node is one value: no children, or mixed content.
func (n *naiveNode) leaf() bool {
	return len(n.kids) == 0 || strings.TrimSpace(n.text.String()) != ""
}

// eachRecord calls visit for every element of that name, one at a time.
func eachRecord(source, record string, visit func(*naiveNode) error) error {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	dec := xml.NewDecoder(bufio.NewReader(in))
	var stack []*naiveNode
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
			if len(stack) == 0 && tok.Name.Local != record {
				continue
			}
			n := &naiveNode{name: tok.Name.Local, attrs: tok.Attr}
			if len(stack) > 0 {
				top := stack[len(stack)-1]
				top.kids = append(top.kids, n)
			}
			stack = append(stack, n)
		case xml.CharData:
			for i, n := range stack {
				if i == len(stack)-1 {
					n.text.Write(tok)
				}
				n.whole.Write(tok)
			}
		case xml.EndElement:
			if len(stack) == 1 {
				if err := visit(stack[0]); err != nil {
					return err
				}
			}
			stack = stack[:max(0, len(stack)-1)]
		}
	}
}

// naiveShape is what the first pass learns.
type naiveShape struct {
	columns   []string
	index     map[string]int
	repeating map[string]bool
}

func (s *naiveShape) column(name string) {
	if _, ok := s.index[name]; !ok {
		s.index[name] = len(s.columns)
		s.columns = append(s.columns, name)
	}
}

func (s *naiveShape) survey(n *naiveNode, path string) {
	for _, a := range n.attrs {
		s.column(join(path, "@"+a.Name.Local))
	}
	if n.leaf() {
		s.column(path)
		return
	}
	seen := map[string]bool{}
	for _, k := range n.kids {
		p := join(path, k.name)
		if seen[p] {
			s.repeating[p] = true
		}
		seen[p] = true
		s.survey(k, p)
	}
}

func (s *naiveShape) flatten(n *naiveNode, path string) map[string]any {
	row := map[string]any{}
	for _, a := range n.attrs {
		row[join(path, "@"+a.Name.Local)] = a.Value
	}
	if n.leaf() {
		row[path] = strings.TrimSpace(n.whole.String())
		return row
	}
	groups := map[string][]map[string]any{}
	for _, k := range n.kids {
		p := join(path, k.name)
		groups[p] = append(groups[p], s.flatten(k, p))
	}
	for p, parts := range groups {
		if !s.repeating[p] {
			for column, v := range parts[0] {
				row[column] = v
			}
			continue
		}
		for _, part := range parts {
			for column := range part {
				if row[column] != nil {
					continue
				}
				list := make([]any, len(parts))
				for i := range parts {
					list[i] = parts[i][column]
				}
				row[column] = list
			}
		}
	}
	return row
}

func (s *naiveShape) cells(n *naiveNode) ([]string, error) {
	cells := make([]string, len(s.columns))
	for column, v := range s.flatten(n, "") {
		if text, ok := v.(string); ok {
			cells[s.index[column]] = text
			continue
		}
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return nil, err
		}
		cells[s.index[column]] = strings.TrimSuffix(buf.String(), "\n")
	}
	return cells, nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}
