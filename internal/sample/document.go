package sample

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"
	"unicode/utf16"
)

// The encodings of the sample's files.
const (
	utf8Name   = "UTF-8"
	latin1Name = "ISO-8859-1"
	utf16Name  = "UTF-16"
)

// document is one entry of the bundle: XML from a tree, or plain text.
type document struct {
	path     string
	kind     string // root element in Clark notation, "" for plain text
	encoding string
	root     *element
	records  int // complete records
	plain    string
	// breakAt, if not "", is the start of a record's tag: the file ends
	// shortly after it has come records+1 times, as a truncated export does.
	breakAt string
}

// bytes returns the entry's content.
func (d *document) bytes(cosmetics *dice) ([]byte, error) {
	if d.root == nil {
		return []byte(d.plain), nil
	}
	p := printer{cosmetics: cosmetics}
	if d.breakAt != "" {
		p.cosmetics = nil // the break must fall on the same record in both deliveries
	}
	p.declaration(d.encoding)
	p.element(d.root, 0)
	p.out.WriteByte('\n')
	out := p.out.Bytes()
	if d.breakAt != "" {
		return breakOff(out, d.breakAt, d.records)
	}
	return encode(out, d.encoding)
}

// breakOff cuts the document inside the record after the first n.
func breakOff(doc []byte, tag string, n int) ([]byte, error) {
	at := 0
	for i := 0; i <= n; i++ {
		next := bytes.Index(doc[at:], []byte(tag))
		if next < 0 {
			return nil, fmt.Errorf("no record %d to break off in", i)
		}
		at += next + len(tag)
	}
	return doc[:min(at+70, len(doc))], nil
}

// encode turns UTF-8 into the encoding that the document declares.
func encode(doc []byte, encoding string) ([]byte, error) {
	switch encoding {
	case latin1Name:
		out := make([]byte, 0, len(doc))
		for _, r := range string(doc) {
			if r > 0xff {
				return nil, fmt.Errorf("%q has no place in %s", r, encoding)
			}
			out = append(out, byte(r))
		}
		return out, nil
	case utf16Name:
		units := utf16.Encode([]rune(string(doc)))
		out := make([]byte, 2, 2*len(units)+2)
		out[0], out[1] = 0xff, 0xfe
		for _, u := range units {
			out = binary.LittleEndian.AppendUint16(out, u)
		}
		return out, nil
	}
	return doc, nil
}

// writeZip writes the documents in order, all with one fixed date, so that
// only their content decides the bytes.
func writeZip(w io.Writer, docs []*document, cosmetics *dice) error {
	z := zip.NewWriter(w)
	for _, d := range docs {
		content, err := d.bytes(cosmetics)
		if err != nil {
			return fmt.Errorf("%s: %w", d.path, err)
		}
		if err := addEntry(z, d.path, content); err != nil {
			return err
		}
	}
	return z.Close()
}

func addEntry(z *zip.Writer, path string, content []byte) error {
	entry, err := z.CreateHeader(&zip.FileHeader{
		Name: path, Method: zip.Deflate,
		Modified: time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC),
	})
	if err != nil {
		return err
	}
	_, err = entry.Write(content)
	return err
}
