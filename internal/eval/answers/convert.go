package answers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"

	"retable/internal/table"
	"retable/internal/tabledb"
	"retable/internal/xmltable"
	"retable/internal/xmltok"
)

// document is an XML file.
type document struct {
	path string
	body []byte
}

// convert turns documents into relational tables, as a session's are made.
func convert(ctx context.Context, docs []document, dir string) (db *tabledb.DB, err error) {
	path := filepath.Join(dir, "tables.sqlite")
	w, err := tabledb.Create(path, tabledb.Options{Engine: "eval"})
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	scanner := xmltable.NewScanner(xmltok.Options{}, 0)
	for i, d := range docs {
		fp, err := scanner.File(ctx, i, bytes.NewReader(d.body))
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(d.body)
		w.AddFile(tabledb.File{
			ID: int64(i + 1), Path: d.path, SHA256: hex.EncodeToString(sum[:]), Kind: fp.Kind, Bytes: int64(len(d.body)), Status: "complete",
		})
	}
	sink := &writers{byTable: map[string]table.RowWriter{}}
	var plans []*xmltable.Plan
	for _, p := range scanner.Profiles().Kinds() {
		plan, err := xmltable.NewPlan(p, xmltable.Options{Mode: xmltable.Relational})
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
		for _, s := range plan.Schemas() {
			if sink.byTable[s.Name], err = w.Table(s); err != nil {
				return nil, err
			}
		}
	}
	f := xmltable.NewFlattener(plans, sink, xmltable.FlattenOptions{Scratch: dir})
	defer f.Close()
	for i, d := range docs {
		if _, err := f.File(ctx, xmltable.File{Index: i, Path: d.path}, bytes.NewReader(d.body)); err != nil {
			return nil, err
		}
	}
	var errs []error
	for _, rw := range sink.byTable {
		errs = append(errs, rw.Close())
	}
	if err := errors.Join(append(errs, w.Commit(ctx))...); err != nil {
		return nil, err
	}
	return tabledb.Open(path)
}

type writers struct{ byTable map[string]table.RowWriter }

func (s *writers) Row(p *xmltable.Plan, t int, row *table.Row) error {
	return s.byTable[p.Tables[t].Schema.Name].Write(row)
}
