package eval

import (
	"bytes"
	"context"
	"io"

	"retable/internal/archive"
	"retable/internal/diff"
	"retable/internal/table"
	"retable/internal/xmltable"
	"retable/internal/xmltok"
)

// document is an XML file of a bundle.
type document struct {
	path string
	body []byte
}

// unpack reads the files of a bundle.
func unpack(ctx context.Context, path, scratch string) (docs []document, err error) {
	b, err := archive.Open(ctx, path, archive.Options{Scratch: scratch})
	if err != nil {
		return nil, err
	}
	defer b.Close()
	for _, e := range b.Entries() {
		r, err := e.Open(ctx)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
		docs = append(docs, document{e.Path, body})
	}
	return docs, nil
}

// convert reads documents into tables with the converter. What isn't XML has
// no tables.
func convert(name string, docs []document, relational bool, scratch string) (*source, error) {
	ctx := context.Background()
	s := newSource(name)
	mode := xmltable.Options{Lineage: xmltable.LineageLine}
	if relational {
		mode = xmltable.Options{Mode: xmltable.Relational}
	}
	scanner := xmltable.NewScanner(xmltok.Options{}, 0)
	for i, d := range docs {
		fp, err := scanner.File(ctx, i, bytes.NewReader(d.body))
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, diff.File{ID: i + 1, Path: d.path, Kind: fp.Kind, Partial: fp.Err != nil})
	}
	var plans []*xmltable.Plan
	for _, p := range scanner.Profiles().Kinds() {
		plan, err := xmltable.NewPlan(p, mode)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
		s.schemas = append(s.schemas, plan.Schemas()...)
		for i := range plan.Tables {
			s.rows[plan.Tables[i].Schema.Name] = &bytes.Buffer{}
		}
	}
	f := xmltable.NewFlattener(plans, collector{s}, xmltable.FlattenOptions{Scratch: scratch})
	defer f.Close()
	for i, d := range docs {
		if s.files[i].Kind == "" {
			continue
		}
		if _, err := f.File(ctx, xmltable.File{Index: i, Path: d.path}, bytes.NewReader(d.body)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

type collector struct{ s *source }

func (c collector) Row(p *xmltable.Plan, t int, row *table.Row) error {
	c.s.rows[p.Tables[t].Schema.Name].Write(table.AppendRow(nil, row))
	return nil
}
