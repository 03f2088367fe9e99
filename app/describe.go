package app

import (
	"maps"
	"slices"
	"strings"
	"time"

	"retable/internal/format"
	"retable/internal/table"
)

// run tells how the data set came about.
func (a *App) run(req ConvertRequest, c *Conversion) format.Run {
	run := format.Run{
		Version: a.version, Mode: req.Shape.mode(), Options: req.Shape, Partial: c.Partial(),
		Sources: sources(c), Proof: c.Proofs, Guarded: c.Guarded,
	}
	for _, w := range c.Warnings {
		run.Warnings = append(run.Warnings, format.Warning{Code: "source", Table: w.Path, Detail: w.Message})
	}
	for _, r := range c.Refused {
		run.Warnings = append(run.Warnings, format.Warning{Code: "refused", Table: r.Path, Detail: r.Error})
	}
	return run
}

// describe writes the data dictionary and datapackage.json of a conversion.
func describe(dir format.Dir, out *outputs, req ConvertRequest, c *Conversion, run format.Run) error {
	schemas := out.schemas()
	w, err := dir.Create(format.DictionaryName)
	if err != nil {
		return err
	}
	err = format.WriteDictionary(w, schemas, out.opts)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	p := format.Package{Name: resourceName(BaseName(c.Name)), Title: c.Name, Resources: out.resources(dir, schemas), Retable: run}
	if !req.Now.IsZero() {
		p.Created = req.Now.UTC().Format(time.RFC3339)
	}
	return format.WritePackage(dir, p)
}

func (s Shape) mode() string {
	if s.Mode == "" {
		return "flat"
	}
	return s.Mode
}

// schemas lists the tables that were written.
func (o *outputs) schemas() []*table.Schema {
	var out []*table.Schema
	for _, t := range o.tables {
		if t.rows > 0 || !t.plan.Optional(t.schema) {
			out = append(out, t.schema)
		}
	}
	return out
}

// resources describes the finished files: those of one table with its
// schema, those of all tables without.
func (o *outputs) resources(dir format.Dir, schemas []*table.Schema) []format.Resource {
	rows := map[*table.Schema]int64{}
	for _, t := range o.tables {
		rows[t.schema] = int64(t.rows)
	}
	byFile := maps.Clone(o.files)
	for _, set := range o.sets {
		if f, ok := set.(format.Filer); ok {
			maps.Copy(byFile, f.TableFiles())
		}
	}
	var out []format.Resource
	for _, f := range dir.Files() {
		kind := o.formatOf(f.Name)
		switch s := byFile[f.Name]; {
		case f.Name == format.DictionaryName:
			out = append(out, format.DictionaryResource(f, schemas, o.opts))
		case s != nil:
			out = append(out, kind.NewResource(s, f, rows[s], o.opts))
		default:
			out = append(out, kind.FileResource(f))
		}
	}
	return out
}

// formatOf returns the asked format that wrote a file, by its ending.
func (o *outputs) formatOf(name string) format.Format {
	for _, f := range slices.Concat(o.lines, o.setName) {
		if strings.HasSuffix(name, f.Ext) {
			return f
		}
	}
	return format.Format{}
}

func sources(c *Conversion) []format.Source {
	warned := map[string][]string{}
	for _, w := range c.Warnings {
		warned[w.Path] = append(warned[w.Path], w.Message)
	}
	var out []format.Source
	for _, f := range c.Files {
		out = append(out, format.Source{
			Path: f.Path, SHA256: f.SHA256, Bytes: f.Bytes, Kind: f.Kind, Encoding: f.Encoding,
			Rows: int64(f.Rows), Warnings: warned[f.Path], Error: f.Error,
		})
	}
	return out
}

// resourceName makes a name of the form that Frictionless asks for.
func resourceName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		}
		return '-'
	}, strings.ToLower(name))
}
