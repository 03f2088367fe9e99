package format

import (
	"context"
	"path/filepath"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// SQLite: one file with all tables, their typed views, the dictionary, the
// sources and the proof, as package tabledb describes. A table may have any
// number of columns; those past 1,900 stand in _extra.
func sqliteFormat() Format {
	return Format{
		Name:      "sqlite",
		Ext:       ".sqlite",
		MediaType: "application/vnd.sqlite3",
		Summary:   "one SQLite file: all tables, typed views, dictionary, sources",
		Open:      openSQLite,
	}
}

// Describer is a Set whose file holds more than tables. Describe is called
// before Close with what is known of the run; Files of it may be missing.
type Describer interface {
	Describe(run Run)
}

type sqliteSet struct {
	dir    Dir
	name   string
	path   string // in the scratch folder
	w      *tabledb.Writer
	opts   Options
	closed bool
}

var (
	_ Set       = (*sqliteSet)(nil)
	_ Describer = (*sqliteSet)(nil)
)

func openSQLite(dir Dir, base string, opts Options) (Set, error) {
	scratch, err := dir.Scratch()
	if err != nil {
		return nil, err
	}
	name := FileName(base, ".sqlite")
	path := filepath.Join(scratch, name)
	w, err := tabledb.Create(path, tabledb.Options{Engine: opts.Engine})
	if err != nil {
		return nil, outputError("create", name, err)
	}
	return &sqliteSet{dir: dir, name: name, path: path, w: w, opts: opts}, nil
}

func (s *sqliteSet) Table(schema *table.Schema) (table.RowWriter, error) {
	if n := len(schema.Columns); n > 1900 {
		s.opts.warn("columns-extra", schema.Name,
			"the SQLite table holds 1,900 of the %d columns; the others stand as JSON in its column _extra", n)
	}
	w, err := s.w.Table(schema)
	return w, outputError("write", s.name, err)
}

// Describe keeps sources, options and proof in the meta tables.
func (s *sqliteSet) Describe(run Run) {
	s.w.SetMeta("mode", run.Mode)
	s.w.SetMeta("options", string(jsonText(run.Options)))
	for i, src := range run.Sources {
		status := "complete"
		if src.Error != "" {
			status = "partial"
		}
		s.w.AddFile(tabledb.File{
			ID: int64(i) + 1, Path: src.Path, SHA256: src.SHA256, Bytes: src.Bytes, Kind: src.Kind,
			Encoding: src.Encoding, Status: status, Error: src.Error, Warnings: src.Warnings, Rows: src.Rows,
		})
	}
	if run.Proof != nil {
		s.w.AddProof(tabledb.Proof{Complete: !run.Partial, Report: run.Proof})
	}
}

func (s *sqliteSet) Close() error {
	if s.closed {
		return nil
	}
	if err := s.w.Commit(context.Background()); err != nil {
		return outputError("write", s.name, err)
	}
	s.closed = true
	return s.dir.Adopt(s.name, s.path)
}

func (s *sqliteSet) Abort() { s.w.Abort() }
