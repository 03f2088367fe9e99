package app

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"retable/internal/archive"
	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/xmltable"
)

// The part of a kind's documents that a preview reads: enough to decide by,
// read within a second.
const (
	sampleFiles = 8
	sampleBytes = 4 << 20 // of each
)

// StructureRequest asks for the elements and attributes of a kind's documents.
type StructureRequest struct {
	SessionID string `json:"session_id"`
	Kind      string `json:"kind"`
	Under     string `json:"under,omitempty"` // path; the root if empty
}

// StructureNode is an element or attribute.
type StructureNode struct {
	Name      string           `json:"name"`
	Path      string           `json:"path"`
	Node      string           `json:"node" enum:"element,attribute"`
	Count     uint64           `json:"count"`
	Max       uint64           `json:"max"`
	Share     float64          `json:"share"`
	Type      string           `json:"type,omitempty"`
	Examples  []string         `json:"examples,omitempty"`
	Candidate bool             `json:"candidate"`
	Record    bool             `json:"record"`
	Children  []*StructureNode `json:"children,omitempty"`
	More      bool             `json:"more,omitempty"`
}

// maxStructure bounds the nodes of one answer.
const maxStructure = 500

// GetStructure shows how a kind's documents are built, from their beginnings.
func (s *Service) GetStructure(ctx context.Context, req StructureRequest) (*StructureNode, error) {
	var out *StructureNode
	err := s.withProfile(ctx, req.SessionID, req.Kind, func(p *xmltable.Profile, _ sampled) error {
		pl, err := xmltable.NewPlan(p, xmltable.Options{})
		if err != nil {
			return refused(err)
		}
		root := find(p.Root, req.Under)
		if root == nil {
			return retable.Errorf(retable.NotFound, "There is no %s in documents of this kind.", req.Under)
		}
		out = structureOf(root, p.Root.Size, pl.Choice.Paths())
		return nil
	})
	return out, err
}

// find is the node of a path, "" for the root.
func find(n *xmltable.Node, path string) *xmltable.Node {
	if path == "" || xmltable.PathOf(n) == path {
		return n
	}
	for _, c := range n.Children() {
		p := xmltable.PathOf(c)
		if p == path || strings.HasPrefix(path, p+"/") {
			if found := find(c, path); found != nil {
				return found
			}
		}
	}
	return nil
}

// structureOf copies the nodes, breadth first, so many at most.
func structureOf(root *xmltable.Node, whole int64, records []string) *StructureNode {
	out := structureNode(root, whole, records)
	type pair struct {
		from *xmltable.Node
		to   *StructureNode
	}
	queue, left := []pair{{root, out}}, maxStructure-1
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for _, c := range p.from.Children() {
			if left == 0 {
				p.to.More = true
				break
			}
			left--
			d := structureNode(c, whole, records)
			p.to.Children = append(p.to.Children, d)
			queue = append(queue, pair{c, d})
		}
	}
	return out
}

func structureNode(n *xmltable.Node, whole int64, records []string) *StructureNode {
	d := &StructureNode{Name: n.Name.Local, Path: xmltable.PathOf(n), Node: "element", Count: n.Count, Max: n.Max, Examples: n.Examples(), Candidate: !n.Attr && n.Repeats()}
	if n.Attr {
		d.Node, d.Name = "attribute", "@"+n.Name.Local
	}
	if whole > 0 {
		d.Share = float64(n.Size) / float64(whole)
	}
	if t := n.Type(); t != table.Unknown {
		d.Type = t.String()
	}
	d.Record = slices.Contains(records, d.Path)
	return d
}

// sampled is what a preview has read.
type sampled struct {
	entries  []*archive.Entry
	source   Source
	complete bool // all documents of the kind were read whole
}

// withProfile profiles the beginnings of a kind's first documents.
func (s *Service) withProfile(ctx context.Context, sessionID, kind string, fn func(*xmltable.Profile, sampled) error) error {
	var files []retable.SourceFile
	var total int64
	_, err := s.viewSession(ctx, sessionID, func(tx retable.Tx, x *retable.Session) error {
		l, err := tx.Inventory().Files(ctx, x.ID, retable.FileFilter{Kind: kind}, retable.Page{Limit: sampleFiles})
		files, total = l.Items, l.Total
		return err
	})
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return retable.Errorf(retable.NotFound, "This session has no documents of the kind %s.", kind)
	}
	return s.withOriginal(ctx, sessionID, func(src Source) error {
		b, err := s.files.open(ctx, src, true, nil)
		if err != nil {
			return explained(ctx, err, "opening the bundle")
		}
		defer b.Close()
		got := sampled{source: src, complete: total <= int64(len(files))}
		scanner := xmltable.NewScanner(src.Parse.tokenizer(), src.Parse.MaxValue)
		for _, f := range files {
			e := entryOf(b, f.ID-1)
			if e == nil {
				continue
			}
			if err := scanSample(ctx, scanner, e, len(got.entries), &got); err != nil {
				return err
			}
			got.entries = append(got.entries, e)
		}
		for _, p := range scanner.Profiles().Kinds() {
			if p.Kind == kind {
				return fn(p, got)
			}
		}
		return retable.Errorf(retable.Unprocessable, "Documents of the kind %s can't be read.", kind)
	})
}

func entryOf(b *archive.Bundle, index int64) *archive.Entry {
	for _, e := range b.Entries() {
		if int64(e.Index) == index {
			return e
		}
	}
	return nil
}

func scanSample(ctx context.Context, sc *xmltable.Scanner, e *archive.Entry, place int, got *sampled) error {
	r, err := e.Open(ctx)
	if err != nil {
		return explained(ctx, err, "opening a document")
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: sampleBytes}
	if _, err := sc.File(ctx, place, limited); err != nil {
		return explained(ctx, err, "reading a document")
	}
	if limited.N <= 0 {
		got.complete = false
	}
	return nil
}

// PreviewRequest asks what options would make of a kind's documents.
type PreviewRequest struct {
	SessionID string         `json:"session_id"`
	Kind      string         `json:"kind"`
	Options   ConvertOptions `json:"options"`
	Rows      int            `json:"rows,omitempty" minimum:"0" maximum:"200"`
}

// PreviewColumn is a column that there would be.
type PreviewColumn struct {
	Name  string `json:"name"`
	XPath string `json:"xpath"`
	Path  string `json:"path,omitempty"`
	Type  string `json:"type"`
	Form  string `json:"form"`
	Role  string `json:"role"`
}

// PreviewTable is a table that there would be, with its first rows.
type PreviewTable struct {
	Name    string          `json:"name"`
	Path    string          `json:"path"`
	Rows    uint64          `json:"rows"`
	Columns []PreviewColumn `json:"columns"`
	Sample  [][]*string     `json:"sample"`
}

// Preview is what options would make of a kind's documents.
type Preview struct {
	Kind       string           `json:"kind"`
	Records    []string         `json:"records"`
	Coverage   float64          `json:"coverage"`
	Confidence string           `json:"confidence"`
	Reason     string           `json:"reason"`
	Tables     []PreviewTable   `json:"tables"`
	Recipe     *xmltable.Recipe `json:"recipe"`
	Changes    []string         `json:"changes,omitempty"`
}

// The bounds of a preview.
const (
	previewRows    = 20
	previewColumns = 200
)

// errEnough ends the reading of a preview.
var errEnough = errors.New("enough rows")

// PreviewConversion shows the tables that options would give.
func (s *Service) PreviewConversion(ctx context.Context, req PreviewRequest) (*Preview, error) {
	if req.Rows <= 0 {
		req.Rows = previewRows
	}
	opts, err := req.Options.shape().options()
	if err != nil {
		return nil, refused(err)
	}
	recipes, err := req.Options.recipes()
	if err != nil {
		return nil, err
	}
	var out *Preview
	err = s.withProfile(ctx, req.SessionID, req.Kind, func(p *xmltable.Profile, got sampled) error {
		if opts, err = optionsFor(p, opts, recipes); err != nil {
			return refused(err)
		}
		pl, err := xmltable.NewPlan(p, opts)
		if err != nil {
			return refused(err)
		}
		out = previewOf(pl)
		if opts.Recipe != nil {
			out.Changes = opts.Recipe.Changes
		}
		return s.sampleRows(ctx, pl, got, req.Rows, out)
	})
	return out, err
}

func previewOf(pl *xmltable.Plan) *Preview {
	out := &Preview{Kind: pl.Kind, Records: pl.Choice.Paths(), Coverage: pl.Choice.Coverage, Confidence: pl.Choice.Confidence, Reason: pl.Choice.Reason, Recipe: pl.Recipe()}
	for _, schema := range pl.Schemas() {
		t := PreviewTable{Name: schema.Name, Path: schema.Path, Columns: []PreviewColumn{}, Sample: [][]*string{}}
		for i := range schema.Columns {
			c := &schema.Columns[i]
			d := PreviewColumn{Name: c.Name, XPath: c.XPath, Path: c.Path, Type: c.Type.String(), Form: formName(c.Form), Role: "data"}
			if c.Role == table.Bookkeeping {
				d.Role = "bookkeeping"
			}
			t.Columns = append(t.Columns, d)
		}
		out.Tables = append(out.Tables, t)
	}
	return out
}

// sampleRows flattens the sampled documents until every table has its rows.
func (s *Service) sampleRows(ctx context.Context, pl *xmltable.Plan, got sampled, rows int, out *Preview) error {
	sink := &previewSink{out: out, rows: rows}
	f := xmltable.NewFlattener([]*xmltable.Plan{pl}, sink, xmltable.FlattenOptions{Tokenizer: got.source.Parse.tokenizer(), MaxValue: got.source.Parse.MaxValue, Scratch: s.cfg.Scratch})
	defer f.Close()
	for i, e := range got.entries {
		r, err := e.Open(ctx)
		if err != nil {
			return explained(ctx, err, "opening a document")
		}
		_, err = f.File(ctx, xmltable.File{Index: i, Path: e.Path}, io.LimitReader(r, sampleBytes))
		if cerr := r.Close(); err == nil && cerr != nil && got.complete {
			err = cerr
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return explained(ctx, err, "previewing the tables")
		}
	}
	return nil
}

// previewSink keeps the first rows of each table, and counts all.
type previewSink struct {
	out  *Preview
	rows int
}

// Row implements xmltable.Sink.
func (p *previewSink) Row(_ *xmltable.Plan, t int, row *table.Row) error {
	d := &p.out.Tables[t]
	d.Rows++
	if len(d.Sample) < p.rows {
		g := gridRow(0, row, min(len(d.Columns), previewColumns), defaultMaxCell)
		d.Sample = append(d.Sample, g.Cells)
		return nil
	}
	if d.Rows > 1_000_000 {
		return errEnough
	}
	return nil
}
