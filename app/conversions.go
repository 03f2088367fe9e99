package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"retable/internal/archive"
	"retable/internal/format"
	"retable/internal/xmltable"
)

// ConvertRequest asks for tables.
type ConvertRequest struct {
	Source    Source
	Output    string   // folder, made whole or not at all; a name ending in .zip is an archive
	Formats   []string // names; empty: csv
	Shape     Shape
	Recipes   []*xmltable.Recipe // by kind; they win over Shape
	Format    FormatOptions
	Overwrite bool
	// OnePass reads a single document once, by a plan made from its
	// beginning, without statistics, digest and proof. Where the rest contradicts
	// the beginning it is read twice after all.
	OnePass  bool
	Workers  int // files read at once; 0: one per core
	Now      time.Time
	Progress func(Progress)
}

// Conversion is what a conversion did.
type Conversion struct {
	Inventory
	Output   string            `json:"output"`
	Tables   []TableReport     `json:"tables"`
	Proofs   []*xmltable.Proof `json:"proofs"`
	OnePass  bool              `json:"one_pass,omitempty"` // no statistics, no proof
	Guarded  uint64            `json:"guarded,omitempty"`  // cells the formula guard changed
	Changes  []string          `json:"recipe_changes,omitempty"`
	Duration time.Duration     `json:"-"`

	plans []*xmltable.Plan
}

// TableReport is one table that was written.
type TableReport struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Path    string   `json:"path"`
	Rows    uint64   `json:"rows"`
	Columns int      `json:"columns"`
	Files   []string `json:"files"`
}

// Proved reports whether every value is accounted for.
func (c *Conversion) Proved() bool {
	for _, p := range c.Proofs {
		if !p.Holds() {
			return false
		}
	}
	return true
}

// Accounted is how many values the proof has found again.
func (c *Conversion) Accounted() (n uint64) {
	for _, p := range c.Proofs {
		n += p.Accounted
	}
	return n
}

// Recipes returns the decisions of the conversion, one recipe per kind.
func (c *Conversion) Recipes() []*xmltable.Recipe {
	out := make([]*xmltable.Recipe, len(c.plans))
	for i, p := range c.plans {
		out[i] = p.Recipe()
	}
	return out
}

// Convert turns a bundle into tables. What can't be read is reported in the
// result and costs nothing else; the error says why nothing was written.
func (a *App) Convert(ctx context.Context, req ConvertRequest) (*Conversion, error) {
	formats, err := lookupFormats(req.Formats)
	if err != nil {
		return nil, err
	}
	if err := req.Format.Validate(); err != nil {
		return nil, err
	}
	opts, err := req.Shape.options()
	if err != nil {
		return nil, err
	}
	b, err := a.open(ctx, req.Source, true, req.Progress)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if req.OnePass && len(b.Entries()) == 1 {
		c, err := a.convertOnce(ctx, b, formats, opts, req)
		if !errors.Is(err, xmltable.ErrGuess) {
			return c, err
		}
	}
	dir, err := openDir(req)
	if err != nil {
		return nil, err
	}
	defer dir.Abort()
	inv, err := a.scan(ctx, b, ScanRequest{Source: req.Source, Workers: req.Workers, Progress: req.Progress})
	if err != nil {
		return nil, err
	}
	c := &Conversion{Inventory: *inv, Output: req.Output}
	if c.plans, err = plan(inv.profiles, opts, req.Recipes, c); err != nil {
		return nil, err
	}
	if len(c.plans) == 0 {
		return nil, nothingRead(inv)
	}
	if err := a.flatten(ctx, b, dir, formats, req, c); err != nil {
		return nil, writeFault(req.Output, err)
	}
	return c, dir.Commit()
}

// writeFault names the cure of an error that a scratch file had; what the
// outputs and the bundle say of theirs is enough.
func writeFault(output string, err error) error {
	var (
		path    *fs.PathError
		told    *format.OutputError
		refusal *archive.Refusal
	)
	if errors.As(err, &told) || errors.As(err, &refusal) || !errors.As(err, &path) {
		return err
	}
	return format.Explain("write", output, err)
}

// nothingRead is the error of a bundle in which no file has even a root
// element.
func nothingRead(inv *Inventory) error {
	first, more := (*FileReport)(nil), 0
	for i := range inv.Files {
		switch f := &inv.Files[i]; {
		case f.Error == "":
		case first == nil:
			first = f
		default:
			more++
		}
	}
	switch {
	case first == nil:
		return fmt.Errorf("%s holds no XML that could be read", inv.Name)
	case len(inv.Files) == 1:
		return fmt.Errorf("%s can't be read: %s", first.Path, first.Error)
	case more == 0:
		return fmt.Errorf("no file of %s could be read: %s: %s", inv.Name, first.Path, first.Error)
	}
	return fmt.Errorf("no file of %s could be read; the first is %s: %s (and %d more, see retable scan)", inv.Name, first.Path, first.Error, more)
}

func lookupFormats(names []string) ([]format.Format, error) {
	if len(names) == 0 {
		names = []string{"csv"}
	}
	var out []format.Format
	taken := map[string]bool{}
	for _, n := range names {
		f, err := format.Lookup(n)
		if err != nil {
			return nil, err
		}
		if !taken[f.Name] {
			taken[f.Name] = true
			out = append(out, f)
		}
	}
	return out, nil
}

// inputs are the paths that are read.
func (s Source) inputs() []string {
	if s.Path == "" || s.Path == "-" {
		return nil
	}
	return []string{s.Path}
}

func openDir(req ConvertRequest) (format.Dir, error) {
	if req.Output == "" {
		return nil, errors.New("no output folder was named: say where the tables go (-o DIR)")
	}
	opts := format.DirOptions{Overwrite: req.Overwrite, Inputs: req.Source.inputs()}
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(req.Output)), 0o777); err != nil {
		return nil, fmt.Errorf("make the folder above the output: %w", err)
	}
	if strings.EqualFold(filepath.Ext(req.Output), ".zip") {
		return format.CreateZip(req.Output, opts)
	}
	return format.CreateDir(req.Output, opts)
}

// plan decides on the tables of every kind. Table names are unique over all
// kinds.
func plan(profiles xmltable.Profiles, asked xmltable.Options, recipes []*xmltable.Recipe, c *Conversion) ([]*xmltable.Plan, error) {
	var plans []*xmltable.Plan
	matched := len(asked.Records) == 0 && asked.Explode == ""
	var miss error
	names := map[string]bool{}
	for _, p := range profiles.Kinds() {
		opts, err := optionsFor(p, asked, recipes)
		if err != nil {
			return nil, err
		}
		pl, err := xmltable.NewPlan(p, opts)
		var path *xmltable.PathError
		if errors.As(err, &path) && opts.Recipe == nil && len(profiles) > 1 {
			// another kind may have that path
			if miss == nil || path.Near != "" {
				miss = err
			}
			opts.Records, opts.Explode = nil, ""
			pl, err = xmltable.NewPlan(p, opts)
		} else if err == nil {
			matched = true
		}
		if err != nil {
			return nil, err
		}
		pl.Rename(names)
		plans = append(plans, pl)
		c.Kinds = append(c.Kinds, kindReport(pl, p.Files))
		if opts.Recipe != nil {
			c.Changes = append(c.Changes, opts.Recipe.Changes...)
		}
	}
	if !matched && miss != nil {
		return nil, miss
	}
	return plans, nil
}

func optionsFor(p *xmltable.Profile, asked xmltable.Options, recipes []*xmltable.Recipe) (xmltable.Options, error) {
	for _, r := range recipes {
		if r.Kind == p.Kind {
			return r.Options(asked)
		}
	}
	return asked, nil
}

// flatten is the second pass: rows to all outputs, in the order of the files.
func (a *App) flatten(ctx context.Context, b *archive.Bundle, dir format.Dir, formats []format.Format, req ConvertRequest, c *Conversion) error {
	scratch, err := dir.Scratch()
	if err != nil {
		return err
	}
	fopts := req.Format
	fopts.Engine = a.version
	var formatWarnings collected[FileWarning]
	fopts.Warn = func(w format.Warning) {
		formatWarnings.add(0, []FileWarning{{w.Table, w.Detail}})
	}
	out, err := openOutputs(dir, BaseName(c.Name), formats, fopts, c.plans)
	if err != nil {
		return err
	}
	defer out.abort()
	entries := b.Entries()
	n := a.workers(req.Workers, len(entries))
	flatteners := make([]*xmltable.Flattener, n)
	encoders := make([]*encoder, n)
	m := newMerger(out, scratch)
	defer m.stop(context.Canceled)
	var next, done atomic.Int64
	from := b.Consumed()
	tick := ticker(req.Progress)
	err = parallel(ctx, n, func(ctx context.Context, w int) (err error) {
		enc := newEncoder(out)
		defer func() {
			if err != nil {
				m.stop(err)
				m.drop(enc.part)
			}
		}()
		f := xmltable.NewFlattener(c.plans, enc, xmltable.FlattenOptions{
			Tokenizer: req.Source.Parse.tokenizer(), MaxValue: req.Source.Parse.MaxValue, Scratch: scratch,
		})
		defer f.Close()
		flatteners[w], encoders[w] = f, enc
		for {
			i := int(next.Add(1)) - 1
			if i >= len(entries) {
				return nil
			}
			if enc.part, err = m.begin(i, len(out.slots)); err != nil {
				return err
			}
			err = flattenEntry(ctx, f, entries[i], &c.Files[i], func() {
				tick(Progress{Phase: "convert", Done: b.Consumed() - from, Total: b.Size(), Files: done.Load(), FilesTotal: int64(len(entries))})
			})
			if err != nil {
				return err
			}
			p := enc.part
			enc.part = nil
			if err = m.finish(p); err != nil {
				return err
			}
			done.Add(1)
		}
	})
	if err != nil {
		return err
	}
	c.settle(out, flatteners, encoders)
	return a.conclude(dir, out, req, c, formatWarnings.sorted())
}

// conclude closes the outputs and describes them.
func (a *App) conclude(dir format.Dir, out *outputs, req ConvertRequest, c *Conversion, warned []FileWarning) error {
	c.Warnings = append(c.Warnings, warned...)
	run := a.run(req, c)
	if err := out.finish(run); err != nil {
		return err
	}
	c.listTables(out)
	return describe(dir, out, req, c, run)
}

// flattenEntry reads one file again, if the first pass got anything from it.
func flattenEntry(ctx context.Context, f *xmltable.Flattener, e *archive.Entry, rep *FileReport, tick func()) error {
	if rep.Status == StatusRefused || rep.Kind == "" {
		return nil
	}
	r, err := e.Open(ctx)
	if err != nil {
		return fmt.Errorf("open %s again: %w", e.Path, err)
	}
	defer r.Close()
	res, err := f.File(ctx, xmltable.File{Index: e.Index, Path: e.Path}, &tickReader{r, tick})
	if err != nil {
		return fmt.Errorf("convert %s: %w", e.Path, err)
	}
	for _, n := range res.Rows {
		rep.Rows += n
	}
	rep.Incomplete = res.Incomplete
	return nil
}

// settle gathers counts, statistics and proofs.
func (c *Conversion) settle(out *outputs, flatteners []*xmltable.Flattener, encoders []*encoder) {
	var fs []*xmltable.Flattener
	for i, f := range flatteners {
		if f != nil {
			fs = append(fs, f)
			c.Guarded += encoders[i].guarded()
		}
	}
	for _, p := range c.plans {
		xmltable.FillStats(p, fs...)
		proof := xmltable.Prove(p, fs...)
		for i := range c.Files {
			if c.Files[i].Kind == p.Kind {
				proof.Incomplete += c.Files[i].Incomplete
			}
		}
		c.Proofs = append(c.Proofs, proof)
		for _, f := range fs {
			for ti, n := range f.Rows(p) {
				out.tables[out.byPlan[p]+ti].rows += n
			}
		}
	}
}

// listTables reports the tables that were written with their files.
func (c *Conversion) listTables(out *outputs) {
	byTable := map[string][]string{}
	for _, name := range sortedKeys(out.files) {
		s := out.files[name]
		byTable[s.Name] = append(byTable[s.Name], name)
	}
	for _, t := range out.tables {
		if t.rows == 0 && t.plan.Optional(t.schema) {
			continue
		}
		files := byTable[t.schema.Name]
		c.Tables = append(c.Tables, TableReport{
			Name: t.schema.Name, Kind: t.schema.Kind, Path: t.schema.Path,
			Rows: t.rows, Columns: len(t.schema.Columns), Files: files,
		})
	}
}

// BaseName is a bundle's name without its endings.
func BaseName(name string) string {
	name = filepath.Base(name)
	for {
		ext := filepath.Ext(name)
		switch strings.ToLower(ext) {
		case ".zip", ".xml", ".gz", ".bz2", ".zst", ".tar", ".tgz":
			name = strings.TrimSuffix(name, ext)
			continue
		}
		if name == "" || name == "." || name == "/" {
			return "tables"
		}
		return name
	}
}
