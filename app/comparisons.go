package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"retable/internal/diff"
	"retable/internal/diff/report"
)

// CompareRequest asks what has changed from the left side to the right one.
// A side is a bundle, a folder or SQLite file that Retable converted to, or a
// CSV or TSV file.
type CompareRequest struct {
	Left, Right Source
	Options     CompareOptions
	Recipes     []*ComparisonRecipe // by kind; Options go before them
	Reports     []string            // kinds of report; empty: none
	// Output is the file of a single report, by its ending, or else a folder
	// for all of them.
	Output    string
	Overwrite bool
	Guard     bool // defuse formulas in the CSV report
	Rows      int  // of each sort that the HTML report shows per table; 0: its default
	// Listing is a file for how the rows stand side by side, for a grid; empty: none.
	Listing  string
	Workers  int
	Now      time.Time
	Progress func(Progress)
}

// Comparison is the answer.
type Comparison struct {
	*ComparisonSummary
	Reports  []WrittenReport     `json:"reports"`
	Recipes  []*ComparisonRecipe `json:"-"` // what was decided, one per kind
	Duration time.Duration       `json:"-"`
}

// ComparisonSummary is a comparison without the single changes.
type ComparisonSummary = report.Summary

// ComparedFiles is a pair of files, or one without a counterpart.
type ComparedFiles = report.Pair

// ComparedTable is the comparison of one table.
type ComparedTable = report.Table

// WrittenReport is a report file.
type WrittenReport struct {
	Kind  string `json:"kind"`
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// Equal reports whether nothing differs but in format, and everything could
// be read.
func (c *Comparison) Equal() bool { return c.Same && c.Certain }

// ReportKinds lists the kinds of report.
func (a *App) ReportKinds() []FormatInfo {
	var out []FormatInfo
	for _, k := range report.Kinds() {
		out = append(out, FormatInfo{Name: k.Name, Extension: k.Ext, Summary: k.Summary})
	}
	return out
}

// Compare says what has changed from one side to the other, and writes the
// reports that were asked for, whole or not at all. What can't be read of a
// bundle is told in the sides' problems; the error says why there is no
// answer.
func (a *App) Compare(ctx context.Context, req CompareRequest) (c *Comparison, err error) {
	if req.Left.Path == "-" && req.Right.Path == "-" {
		return nil, errors.New("both sides are standard input: name a file for one of them")
	}
	kinds, err := reportKinds(req.Reports)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp(a.scratch, "retable-compare-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for scratch files: %w", err)
	}
	defer func() {
		if rerr := os.RemoveAll(scratch); err == nil && rerr != nil {
			c, err = nil, rerr
		}
	}()
	out, err := openReports(kinds, &req)
	if err != nil {
		return nil, err
	}
	defer out.abort()
	left, right, err := a.sides(ctx, scratch, &req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeSides(left, right)) }()

	opts, notes, err := req.Options.resolve(left, right, req.Recipes)
	if err != nil {
		return nil, err
	}
	opts.Workers, opts.Scratch = cmp.Or(req.Workers, a.cores), scratch
	opts.Progress = compareProgress(req.Progress)
	head := report.Head{Left: left.describe(), Right: right.describe(), Options: report.Settings(opts), Version: a.version}
	if !req.Now.IsZero() {
		head.Created = req.Now.UTC().Format(time.RFC3339)
	}
	sink, err := out.sink(ctx, head, left)
	if err != nil {
		return nil, err
	}
	defer sink.Close()
	res, err := diffInto(ctx, left, right, opts, listed{sink, req.Listing, scratch, head})
	if err != nil {
		return nil, explainCompare(err)
	}
	res.Notes = append(append(notes, left.notes()...), append(right.notes(), res.Notes...)...)
	if err := sink.Finish(res); err != nil {
		return nil, err
	}
	c = &Comparison{ComparisonSummary: report.Summarise(head, res), Recipes: decided(res, opts)}
	if c.Reports, err = out.commit(); err != nil {
		return nil, err
	}
	return c, nil
}

// describe says what a side is and what of it could not be read.
func (s *side) describe() report.Side {
	d := report.Side{Name: s.Name(), Form: s.form, Files: len(s.Files()), Tables: len(s.Tables())}
	for _, f := range s.Files() {
		if f.Partial && s.bundle == nil {
			d.Problems = append(d.Problems, f.Path+" was converted in part only")
		}
	}
	if s.bundle == nil {
		return d
	}
	told := map[string]bool{}
	for i := range s.bundle.inv.Files {
		if f := &s.bundle.inv.Files[i]; f.Status != StatusOK {
			told[f.Error] = true
			d.Problems = append(d.Problems, fmt.Sprintf("%s (%s): %s", f.Path, f.Status, f.Error))
		}
	}
	for _, r := range s.bundle.inv.Refused {
		if !told[r.Error] {
			d.Gaps = true
			d.Problems = append(d.Problems, "refused: "+r.Error)
		}
	}
	return d
}

// notes are what was odd about a side's files.
func (s *side) notes() []string {
	if f, ok := s.Source.(*fileSide); ok {
		return f.notes
	}
	return nil
}

// compareProgress puts the comparison's steps in the words of others. Bytes
// are not known there, rows are.
func compareProgress(report func(Progress)) func(diff.Progress) {
	if report == nil {
		return nil
	}
	tick := ticker(report)
	return func(p diff.Progress) {
		g := Progress{Phase: p.Phase, Total: -1}
		if p.Table != "" {
			g.Rows = uint64(max(p.Done, 0))
		} else {
			g.Files, g.FilesTotal = p.Done, p.Total
		}
		tick(g)
	}
}

// explainCompare adds the cure that a door knows.
func explainCompare(err error) error {
	switch {
	case errors.Is(err, diff.ErrNoFile):
		return fmt.Errorf("%w: name the files as they are called within their bundles", err)
	case errors.Is(err, diff.ErrNoColumn) && !strings.Contains(err.Error(), "it has"):
		return fmt.Errorf("%w (see the headers, or `retable scan`)", err)
	}
	return err
}
