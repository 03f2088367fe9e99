package bench

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"retable/internal/sample"
)

// input is one file to measure with.
type input struct {
	name   string
	path   string
	record string // local name of the record element, for rivals that must be told
}

// make writes a generated file to the scratch directory, once.
func (b *Bench) make(file string, write func(io.Writer) error) (string, error) {
	path := b.path(file)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	b.log("making %s", file)
	if err := errors.Join(write(f), f.Close()); err != nil {
		return "", fmt.Errorf("make %s: %w", file, err)
	}
	return path, nil
}

// records is a document of customers of so many megabytes.
func (b *Bench) records(mb float64) (input, error) {
	path, err := b.make(fmt.Sprintf("records-%g.xml", mb), func(w io.Writer) error {
		return sample.Records(w, b.mb(mb), 1)
	})
	return input{name: fmt.Sprintf("customers, %s MB", digits(mb*b.cfg.Scale)), path: path, record: "Customer"}, err
}

// corpusRecords is a document by the corpus's own generator, if it is there:
// data that was not made by those who are measured.
func (b *Bench) corpusRecords(ctx context.Context, mb float64) (input, bool) {
	script := filepath.Join(b.cfg.Corpus, "generate.py")
	if _, err := os.Stat(script); err != nil || b.tools.python == "" {
		return input{}, false
	}
	path := b.path(fmt.Sprintf("corpus-%g.xml", mb))
	if _, err := os.Stat(path); err != nil {
		cmd := exec.CommandContext(ctx, b.tools.python, script, "xml", "--size", fmt.Sprint(b.mb(mb)), "--seed", "11", "-o", path)
		if err := cmd.Run(); err != nil {
			b.log("corpus generator: %v", err)
			return input{}, false
		}
	}
	return input{name: fmt.Sprintf("corpus generator, %s MB", digits(mb*b.cfg.Scale)), path: path, record: "Customer"}, true
}

// realInputs are the UTF-8 files richest in markup of several kinds of the
// corpus, their content repeated up to the given size.
func (b *Bench) realInputs(mb float64) []input {
	var out []input
	for _, kind := range []string{"ubl", "iso20022", "xbrl", "osm", "ccda", "jats", "musicxml"} {
		files, err := filepath.Glob(filepath.Join(b.cfg.Corpus, kind, "*"))
		if err != nil || len(files) == 0 {
			continue
		}
		markup := map[string]int{}
		for _, file := range files {
			if doc, err := os.ReadFile(file); err == nil {
				markup[file] = bytes.Count(doc, []byte("<"))
			}
		}
		slices.SortFunc(files, func(a, c string) int { return markup[c] - markup[a] })
		for _, file := range files {
			doc, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			big, ok := replicate(doc, b.mb(mb))
			if !ok {
				continue
			}
			path, err := b.make("real-"+kind+".xml", func(w io.Writer) error { _, err := w.Write(big); return err })
			if err == nil {
				out = append(out, input{name: kind, path: path})
				break
			}
		}
	}
	return out
}

// replicate repeats the root's content until the document has the size. It
// declines what it could damage: other encodings, entities of a DTD, text
// directly in the root, what encoding/xml doesn't read.
func replicate(doc []byte, size int64) ([]byte, bool) {
	if !utf8.Valid(doc) || bytes.Contains(doc, []byte("<!ENTITY")) {
		return nil, false
	}
	root := rootTag(doc)
	end := int64(bytes.LastIndex(doc, []byte("</")))
	if root == nil || end <= root[1] || bytes.HasSuffix(doc[:root[1]], []byte("/>")) {
		return nil, false
	}
	head, content, tail := doc[root[0]:root[1]], doc[root[1]:end], doc[end:]
	out := make([]byte, 0, size+int64(len(doc)))
	out = append(out, head...)
	for int64(len(out)) < size {
		out = append(out, content...)
	}
	out = append(out, tail...)
	return out, readable(slices.Concat(head, content, content, tail))
}

// readable tells whether encoding/xml reads a document of more than its
// root, and every prefix in it is declared.
func readable(doc []byte) bool {
	dec, elements := newDecoder(doc), 0
	declared := map[string]bool{"": true, "xmlns": true, "xml": true, "http://www.w3.org/XML/1998/namespace": true}
	for {
		tok, err := dec.Token()
		if err != nil {
			return errors.Is(err, io.EOF) && elements > 2
		}
		if start, ok := tok.(xml.StartElement); ok {
			elements++
			for _, a := range start.Attr {
				if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
					declared[a.Value] = true
				}
			}
			for _, a := range append(start.Attr, xml.Attr{Name: start.Name}) {
				if !declared[a.Name.Space] {
					return false
				}
			}
		}
	}
}

// newDecoder reads UTF-8, whatever is declared.
func newDecoder(doc []byte) *xml.Decoder {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return dec
}

// rootTag is where the root's start tag begins and ends.
func rootTag(doc []byte) []int64 {
	dec := newDecoder(doc)
	for {
		from := dec.InputOffset()
		tok, err := dec.RawToken()
		if err != nil {
			return nil
		}
		if _, ok := tok.(xml.StartElement); ok {
			return []int64{from, dec.InputOffset()}
		}
	}
}
