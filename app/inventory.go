package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"retable/internal/archive"
	"retable/internal/xmltable"
	"retable/internal/xmltok"
)

// ScanRequest asks for an inventory.
type ScanRequest struct {
	Source   Source
	Workers  int // files read at once; 0: one per core
	Progress func(Progress)
	Shape    Shape // decides the record choice that the inventory shows
	Recipes  []*xmltable.Recipe

	first int // what the first file counts as, where a bundle follows another one
}

// Progress is a snapshot of running work.
type Progress struct {
	Phase      string // "scan", "convert"
	Done       int64  // packed bytes read in this phase
	Total      int64  // -1: not known
	Files      int64  // finished
	FilesTotal int64
	Rows       uint64
}

// Inventory is what a bundle holds.
type Inventory struct {
	Name     string        `json:"name"`
	Form     string        `json:"form"` // zip, directory, file, ...
	Files    []FileReport  `json:"files"`
	Kinds    []KindReport  `json:"kinds"`
	Refused  []Refused     `json:"refused,omitempty"`
	Skipped  []Skipped     `json:"skipped,omitempty"`
	Warnings []FileWarning `json:"warnings,omitempty"`
	Bytes    int64         `json:"bytes"`
	Elements uint64        `json:"elements"`
	Values   uint64        `json:"values"`

	profiles xmltable.Profiles
}

// FileReport is one XML file of a bundle.
type FileReport struct {
	Index    int    `json:"index"`
	Path     string `json:"path"`
	Status   string `json:"status"` // ok, partial, refused
	Kind     string `json:"kind,omitempty"`
	Root     string `json:"root,omitempty"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Doctype  string `json:"doctype,omitempty"`
	Elements uint64 `json:"elements"`
	Values   uint64 `json:"values"`
	Rows     uint64 `json:"rows"`
	Code     string `json:"code,omitempty"` // of the error: stable, for programs
	Error    string `json:"error,omitempty"`
	// Incomplete counts values in rows that were open where the file broke.
	Incomplete uint64 `json:"incomplete,omitempty"`
}

// The states of a file.
const (
	StatusOK      = "ok"
	StatusPartial = "partial"
	StatusRefused = "refused"
)

// KindReport is one kind of document.
type KindReport struct {
	Kind       string   `json:"kind"`
	Files      int      `json:"files"`
	Records    []string `json:"records"`
	Rows       uint64   `json:"rows"`
	Coverage   float64  `json:"coverage"`
	Confidence string   `json:"confidence"`
	Reason     string   `json:"reason"`
	RunnerUp   string   `json:"runner_up,omitempty"`
	RunnerUpBy float64  `json:"runner_up_coverage,omitempty"`
	Tables     []string `json:"tables"`
	Columns    int      `json:"columns"`
}

// Refused is an entry that was not read, and why.
type Refused struct {
	Path  string `json:"path"`
	Code  string `json:"code"`
	Error string `json:"error"`
}

// Skipped is a file that is no XML.
type Skipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// FileWarning is something odd that was read nevertheless.
type FileWarning struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Partial reports whether anything of the bundle could not be read whole.
func (inv *Inventory) Partial() bool {
	if len(inv.Refused) > 0 {
		return true
	}
	for i := range inv.Files {
		if inv.Files[i].Status != StatusOK {
			return true
		}
	}
	return false
}

// Unread reports whether nothing at all of the bundle could be read.
func (inv *Inventory) Unread() bool {
	for i := range inv.Files {
		if inv.Files[i].Status != StatusRefused {
			return false
		}
	}
	return true
}

// Scan reads a bundle once and says what is in it.
func (a *App) Scan(ctx context.Context, req ScanRequest) (*Inventory, error) {
	b, err := a.open(ctx, req.Source, false, req.Progress)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	inv, err := a.scan(ctx, b, req)
	if err != nil {
		return nil, err
	}
	opts, err := req.Shape.options()
	if err != nil {
		return nil, err
	}
	c := &Conversion{}
	if _, err := plan(inv.profiles, opts, req.Recipes, c); err != nil {
		return nil, err
	}
	inv.Kinds = c.Kinds
	return inv, nil
}

// scan is the first pass: profiles and file reports.
func (a *App) scan(ctx context.Context, b *archive.Bundle, req ScanRequest) (*Inventory, error) {
	entries := b.Entries()
	inv := &Inventory{Name: b.Name(), Form: b.Kind(), Files: make([]FileReport, len(entries)), profiles: xmltable.Profiles{}}
	var warnings collected[FileWarning]
	n := a.workers(req.Workers, len(entries))
	scanners := make([]*xmltable.Scanner, n)
	var next, done atomic.Int64
	tick := ticker(req.Progress)
	err := parallel(ctx, n, func(ctx context.Context, w int) error {
		s := xmltable.NewScanner(req.Source.Parse.tokenizer(), req.Source.Parse.MaxValue)
		scanners[w] = s
		for {
			i := int(next.Add(1)) - 1
			if i >= len(entries) {
				return nil
			}
			rep, warned, err := scanEntry(ctx, s, entries[i], req.first, func() {
				tick(Progress{Phase: "scan", Done: b.Consumed(), Total: b.Size(), Files: done.Load(), FilesTotal: int64(len(entries))})
			})
			if err != nil {
				return err
			}
			inv.Files[i] = rep
			warnings.add(i, warned)
			done.Add(1)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, s := range scanners {
		if s != nil {
			inv.profiles.Merge(s.Profiles())
		}
	}
	inv.Warnings = append(bundleWarnings(b), warnings.sorted()...)
	inv.total(b)
	return inv, nil
}

// scanEntry profiles one file. Only a cancelled context is an error: what is
// wrong with a file stands in its report.
func scanEntry(ctx context.Context, s *xmltable.Scanner, e *archive.Entry, first int, tick func()) (FileReport, []FileWarning, error) {
	rep := FileReport{Index: e.Index, Path: e.Path, Status: StatusOK}
	r, err := e.Open(ctx)
	if err != nil {
		if cerr := ctx.Err(); cerr != nil {
			return rep, nil, cerr
		}
		rep.Status, rep.Error, rep.Code = StatusRefused, err.Error(), faultCode(err)
		return rep, nil, nil
	}
	defer r.Close()
	digest := newDigestReader(&tickReader{r, tick})
	fp, err := s.File(ctx, first+e.Index, digest)
	if err != nil {
		return rep, nil, err
	}
	rep.Kind, rep.Root, rep.Bytes = fp.Kind, fp.Root, fp.Bytes
	rep.Elements, rep.Values = fp.Elements, fp.Values
	rep.Encoding, rep.Doctype = fp.Document.Encoding, fp.Document.Doctype
	var warned []FileWarning
	for _, w := range fp.Warnings {
		warned = append(warned, FileWarning{e.Path, w.Message})
	}
	if fp.Err != nil {
		if cerr := ctx.Err(); cerr != nil {
			return rep, nil, cerr
		}
		rep.Error, rep.Code = faultText(fp.Err), faultCode(fp.Err)
		rep.Status = StatusPartial
		var refusal *archive.Refusal
		if fp.Kind == "" || errors.As(fp.Err, &refusal) && fp.Elements == 0 {
			rep.Status = StatusRefused
		}
	}
	if sum, err := digest.sum(); err == nil {
		rep.SHA256 = sum
	} else if rep.Status == StatusOK {
		rep.Status, rep.Error, rep.Code = StatusPartial, err.Error(), faultCode(err)
	}
	return rep, warned, nil
}

// faultCode is the fault's name for programs: the archive's where it couldn't
// be unpacked, or else the tokenizer's.
func faultCode(err error) string {
	var (
		refusal *archive.Refusal
		fault   *xmltok.Error
		value   *xmltable.ValueError
	)
	switch {
	case errors.As(err, &refusal):
		return string(refusal.Code)
	case errors.As(err, &fault):
		return string(fault.Code)
	case errors.As(err, &value):
		return string(xmltok.CodeTokenLimit)
	}
	return ""
}

// faultText is a document's fault in words. Where a limit was passed it names
// the setting; the tokenizer, which knows no settings, only says that it is one.
func faultText(err error) string {
	var fault *xmltok.Error
	if !errors.As(err, &fault) {
		return err.Error()
	}
	cure := ""
	switch fault.Code {
	case xmltok.CodeTokenLimit:
		cure = ": raise the limit (RET_MAX_VALUE_BYTES)"
	case xmltok.CodeDepthLimit:
		cure = ": raise the limit (RET_MAX_DEPTH)"
	}
	told := *fault
	told.Message = strings.NewReplacer("; the limit can be raised", cure, "; the limits can be raised", cure).Replace(told.Message)
	return strings.Replace(err.Error(), fault.Error(), told.Error(), 1)
}

func (inv *Inventory) total(b *archive.Bundle) {
	for i := range inv.Files {
		f := &inv.Files[i]
		inv.Bytes += f.Bytes
		inv.Elements += f.Elements
		inv.Values += f.Values
	}
	for _, r := range b.Refused() {
		inv.Refused = append(inv.Refused, Refused{r.Path, string(r.Code), r.Error()})
	}
	for _, s := range b.Skipped() {
		inv.Skipped = append(inv.Skipped, Skipped{s.Path, s.Reason})
	}
}

func bundleWarnings(b *archive.Bundle) []FileWarning {
	var out []FileWarning
	for _, w := range b.Warnings() {
		out = append(out, FileWarning{w.Path, w.Detail})
	}
	return out
}

func kindReport(pl *xmltable.Plan, files int) KindReport {
	c := pl.Choice
	k := KindReport{
		Kind: pl.Kind, Files: files, Records: c.Paths(), Coverage: c.Coverage,
		Confidence: c.Confidence, Reason: c.Reason, RunnerUpBy: c.RunnerUpBy,
	}
	for _, r := range c.Records {
		k.Rows += r.Count
	}
	if c.RunnerUp != nil {
		k.RunnerUp = xmltable.PathOf(c.RunnerUp)
	}
	for _, s := range pl.Schemas() {
		k.Tables = append(k.Tables, s.Name)
		k.Columns += len(s.Columns)
	}
	return k
}

// collected gathers lists by file and returns them in file order.
type collected[T any] struct {
	mu sync.Mutex
	by map[int][]T
}

func (c *collected[T]) add(i int, items []T) {
	if len(items) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[int][]T{}
	}
	c.by[i] = append(c.by[i], items...)
}

func (c *collected[T]) sorted() []T {
	var out []T
	for _, i := range sortedKeys(c.by) {
		out = append(out, c.by[i]...)
	}
	return out
}
