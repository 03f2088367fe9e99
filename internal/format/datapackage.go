package format

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Package is the content of datapackage.json: a Frictionless Data Package,
// version 1, with what only Retable knows in members of its own.
type Package struct {
	Profile     string     `json:"profile"`
	Name        string     `json:"name"` // lower-case letters, digits and . _ -
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Created     string     `json:"created,omitempty"` // RFC 3339, from the caller
	Resources   []Resource `json:"resources"`
	Retable     Run        `json:"retable"`
}

// Run tells how the data set came about. Options, Proof and the warnings of
// sources are whatever the caller's packages have to say.
type Run struct {
	Version  string    `json:"version"`
	Mode     string    `json:"mode,omitempty"`
	Options  any       `json:"options,omitempty"`
	Partial  bool      `json:"partial"` // a source gave only a part of its rows
	Sources  []Source  `json:"sources"`
	Proof    any       `json:"proof,omitempty"`
	Guarded  uint64    `json:"guarded_cells"` // changed by the formula guard
	Warnings []Warning `json:"warnings,omitempty"`
	Files    []File    `json:"files"` // all but datapackage.json; filled by WritePackage
}

// Source is one file that was converted.
type Source struct {
	Path     string   `json:"path"`
	SHA256   string   `json:"sha256,omitempty"`
	Bytes    int64    `json:"bytes"`
	Kind     string   `json:"kind,omitempty"`
	Encoding string   `json:"encoding,omitempty"`
	Rows     int64    `json:"rows"`
	Warnings []string `json:"warnings,omitempty"`
	Error    string   `json:"error,omitempty"` // why it is partial
}

// Resource is one file of the package.
type Resource struct {
	Profile   string       `json:"profile,omitempty"`
	Name      string       `json:"name"`
	Path      string       `json:"path"`
	Title     string       `json:"title,omitempty"`
	Format    string       `json:"format"`
	MediaType string       `json:"mediatype"`
	Encoding  string       `json:"encoding,omitempty"`
	Bytes     int64        `json:"bytes"`
	Hash      string       `json:"hash"`
	Rows      int64        `json:"rows"`
	Dialect   *Dialect     `json:"dialect,omitempty"`
	Schema    *FieldSchema `json:"schema,omitempty"`
}

// Dialect is a Frictionless CSV dialect.
type Dialect struct {
	Delimiter      string `json:"delimiter"`
	LineTerminator string `json:"lineTerminator"`
	QuoteChar      string `json:"quoteChar,omitempty"`
	DoubleQuote    bool   `json:"doubleQuote"`
	EscapeChar     string `json:"escapeChar,omitempty"`
	NullSequence   string `json:"nullSequence,omitempty"`
	Header         bool   `json:"header"`
}

// FieldSchema is a Frictionless Table Schema.
type FieldSchema struct {
	Fields        []Field  `json:"fields"`
	MissingValues []string `json:"missingValues"`
	Kind          string   `json:"kind,omitempty"`
	XPath         string   `json:"xpath,omitempty"`
	Parent        string   `json:"parent,omitempty"`
}

// Field is one column: Frictionless members, then Retable's dictionary.
type Field struct {
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Format      string       `json:"format,omitempty"`
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	Constraints *Constraints `json:"constraints,omitempty"`

	XPath string      `json:"xpath,omitempty"`
	Path  string      `json:"path,omitempty"`
	Form  string      `json:"form"`
	Role  string      `json:"role"`
	Stats *FieldStats `json:"stats,omitempty"`
}

// Constraints are what every row of this data set keeps to.
type Constraints struct {
	Required bool   `json:"required,omitempty"`
	Minimum  string `json:"minimum,omitempty"`
	Maximum  string `json:"maximum,omitempty"`
}

// FieldStats are a column's statistics.
type FieldStats struct {
	Values   uint64   `json:"values"`
	Nulls    uint64   `json:"nulls"`
	Empty    uint64   `json:"empty"`
	Distinct uint64   `json:"distinct"`
	Min      string   `json:"min"`
	Max      string   `json:"max"`
	Longest  int      `json:"longest"`
	Examples []string `json:"examples,omitempty"`
}

// WritePackage writes datapackage.json as the last file of dir. It lists all
// files written so far, makes resource names unique and is the same for the
// same input. Every field, source and file has a line of its own, and only
// one of them is in memory as text at a time.
func WritePackage(dir Dir, p Package) error {
	p.Profile = "data-package"
	p.Retable.Files = dir.Files()
	uniqueResources(p.Resources)
	f, err := dir.Create(PackageName)
	if err != nil {
		return err
	}
	w := &packageWriter{w: bufio.NewWriterSize(f, 32<<10)}
	w.pkg(p)
	if w.err == nil {
		w.err = w.w.Flush()
	}
	if err := f.Close(); w.err == nil {
		w.err = err
	}
	return w.err
}

// packageWriter writes JSON whose long lists are streamed: the members
// around them are encoded with the list left null, and split there. A null
// inside a string cannot be mistaken, since its quotes are escaped.
type packageWriter struct {
	w   *bufio.Writer
	err error
}

func (w *packageWriter) pkg(p Package) {
	resources, sources, files := p.Resources, p.Retable.Sources, p.Retable.Files
	p.Resources, p.Retable.Sources, p.Retable.Files = nil, nil, nil
	parts := w.split(p, "resources", "sources", "files")
	if w.err != nil {
		return
	}
	w.text(parts[0])
	w.list(len(resources), func(i int) { w.resource(resources[i]) })
	w.text(parts[1])
	w.list(len(sources), func(i int) { w.value(sources[i]) })
	w.text(parts[2])
	w.list(len(files), func(i int) { w.value(files[i]) })
	w.text(parts[3] + "\n")
}

func (w *packageWriter) resource(r Resource) {
	if r.Schema == nil {
		w.value(r)
		return
	}
	schema := *r.Schema
	fields := schema.Fields
	schema.Fields = nil
	r.Schema = &schema
	parts := w.split(r, "fields")
	if w.err != nil {
		return
	}
	w.text(parts[0])
	w.list(len(fields), func(i int) { w.value(fields[i]) })
	w.text(parts[1])
}

// split encodes v and cuts it at the null lists of the given members.
func (w *packageWriter) split(v any, members ...string) []string {
	rest := string(w.encode(v))
	var parts []string
	for _, m := range members {
		before, after, ok := strings.Cut(rest, `"`+m+`":null`)
		if !ok && w.err == nil {
			w.err = fmt.Errorf("write %s: member %q is missing", PackageName, m)
		}
		parts = append(parts, before+`"`+m+`":`)
		rest = after
	}
	return append(parts, rest)
}

func (w *packageWriter) list(n int, item func(i int)) {
	w.text("[")
	for i := range n {
		if i > 0 {
			w.text(",")
		}
		w.text("\n")
		item(i)
	}
	w.text("]")
}

func (w *packageWriter) value(v any) { w.text(string(w.encode(v))) }

func (w *packageWriter) encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil && w.err == nil {
		w.err = fmt.Errorf("write %s: %w", PackageName, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func (w *packageWriter) text(s string) {
	if w.err == nil {
		_, w.err = w.w.WriteString(s)
	}
}
