package app

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"retable/internal/archive"
	"retable/internal/format"
	"retable/internal/xmltable"
)

// prefixBytes and suffixBytes are how much of a document's beginning and end
// a one-pass plan is made from.
const (
	prefixBytes = 4 << 20
	suffixBytes = 256 << 10
)

// convertOnce converts a bundle of one document in a single pass. The error
// is xmltable.ErrGuess, and nothing is written, where that can't be done.
func (a *App) convertOnce(ctx context.Context, b *archive.Bundle, formats []format.Format, opts xmltable.Options, req ConvertRequest) (*Conversion, error) {
	entry := b.Entries()[0]
	c := &Conversion{Output: req.Output, OnePass: true}
	c.Name, c.Form = b.Name(), b.Kind()
	pl, err := guessPlan(ctx, entry, opts, req, c)
	if err != nil {
		return nil, err
	}
	dir, err := openDir(req)
	if err != nil {
		return nil, err
	}
	defer dir.Abort()
	scratch, err := dir.Scratch()
	if err != nil {
		return nil, err
	}
	var warned collected[FileWarning]
	fopts := req.Format
	fopts.Engine = a.version
	fopts.Warn = func(w format.Warning) { warned.add(0, []FileWarning{{w.Table, w.Detail}}) }
	out, err := openOutputs(dir, BaseName(c.Name), formats, fopts, c.plans)
	if err != nil {
		return nil, err
	}
	defer out.abort()
	m := newMerger(out, scratch)
	enc := newEncoder(out)
	if enc.part, err = m.begin(0, len(out.slots)); err != nil {
		return nil, err
	}
	f := xmltable.NewFlattener(c.plans, enc, xmltable.FlattenOptions{
		Tokenizer: req.Source.Parse.tokenizer(), MaxValue: req.Source.Parse.MaxValue, Scratch: scratch,
	})
	defer f.Close()
	f.Guess()
	if err := a.readOnce(ctx, b, f, req, c); err != nil {
		return nil, writeFault(req.Output, err)
	}
	if err := m.finish(enc.part); err != nil {
		return nil, err
	}
	c.Guarded = enc.guarded()
	for ti, n := range f.Rows(pl) {
		out.tables[ti].rows = n
	}
	c.Kinds = []KindReport{kindReport(pl, 1)}
	c.total(b)
	if err := a.conclude(dir, out, req, c, warned.sorted()); err != nil {
		return nil, err
	}
	return c, dir.Commit()
}

// guessPlan plans from the beginning of a document and, where it can be had,
// its end. A document that ends within the beginning gains nothing from one
// pass.
func guessPlan(ctx context.Context, e *archive.Entry, opts xmltable.Options, req ConvertRequest, c *Conversion) (*xmltable.Plan, error) {
	if len(req.Recipes) > 0 {
		return nil, xmltable.ErrGuess
	}
	r, err := e.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, prefixBytes)
	if _, err := io.ReadFull(r, head); err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, xmltable.ErrGuess
	} else if err != nil {
		return nil, err
	}
	tail, err := e.Tail(ctx, prefixBytes, suffixBytes)
	if err != nil {
		return nil, err
	}
	pl, err := guessFrom(ctx, head, tail, opts, req)
	if err != nil {
		return nil, err
	}
	pl.ForgetStats()
	c.plans = []*xmltable.Plan{pl}
	return pl, nil
}

// guessFrom plans from a document's beginning and end, or from its beginning
// alone where they don't fit together.
func guessFrom(ctx context.Context, head, tail []byte, opts xmltable.Options, req ConvertRequest) (*xmltable.Plan, error) {
	scanner := func() *xmltable.Scanner {
		return xmltable.NewScanner(req.Source.Parse.tokenizer(), req.Source.Parse.MaxValue)
	}
	s := scanner()
	if _, err := s.Prefix(ctx, bytes.NewReader(head[:suffixBytes])); err != nil { // tells the record
		return nil, err
	}
	if pl, err := planGuess(s, opts); err == nil && len(tail) > 0 {
		s = scanner()
		fp, err := s.Ends(ctx, head, tail, pl.Choice.Records[0].Name)
		if err != nil {
			return nil, err
		}
		if fp != nil {
			return planGuess(s, opts)
		}
	}
	s = scanner()
	if fp, err := s.Prefix(ctx, bytes.NewReader(head)); err != nil {
		return nil, err
	} else if fp.Err == nil {
		return nil, xmltable.ErrGuess
	}
	return planGuess(s, opts)
}

// planGuess plans from a profile that is part of a document's. Two passes see
// all paths and say what is wrong.
func planGuess(s *xmltable.Scanner, opts xmltable.Options) (*xmltable.Plan, error) {
	profiles := s.Profiles().Kinds()
	if len(profiles) != 1 {
		return nil, xmltable.ErrGuess
	}
	pl, err := xmltable.NewPlan(profiles[0], opts)
	if err != nil || !pl.Guessable() {
		return nil, xmltable.ErrGuess
	}
	return pl, nil
}

// readOnce flattens the document and reports on it.
func (a *App) readOnce(ctx context.Context, b *archive.Bundle, f *xmltable.Flattener, req ConvertRequest, c *Conversion) error {
	e := b.Entries()[0]
	r, err := e.Open(ctx)
	if err != nil {
		return fmt.Errorf("open %s: %w", e.Path, err)
	}
	defer r.Close()
	tick := ticker(req.Progress)
	from := b.Consumed()
	res, err := f.File(ctx, xmltable.File{Path: e.Path}, &tickReader{r, func() {
		tick(Progress{Phase: "convert", Done: b.Consumed() - from, Total: b.Size(), FilesTotal: 1})
	}})
	if err != nil {
		return err
	}
	rep := FileReport{Path: e.Path, Status: StatusOK, Kind: res.Plan.Kind, Bytes: f.InputBytes(), Encoding: f.Encoding()}
	for _, n := range res.Rows {
		rep.Rows += n
	}
	c.Files = []FileReport{rep}
	return nil
}
