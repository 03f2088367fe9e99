package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"retable/internal/diff"
	"retable/internal/format"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// fileSide is a side whose tables lie in files: a converted folder or one
// CSV or TSV file.
type fileSide struct {
	name   string
	files  []diff.File
	tables []*table.Schema
	where  map[string]tableFile
	shape  *Shape // of the conversion; nil for a lone file
	mu     sync.Mutex
	notes  []string
}

// tableFile is a table's file.
type tableFile struct {
	path   string
	format format.Format
	opts   format.ReadOptions
}

var _ diff.Source = (*fileSide)(nil)

// Name implements diff.Source.
func (s *fileSide) Name() string { return s.name }

// Files implements diff.Source.
func (s *fileSide) Files() []diff.File { return s.files }

// Tables implements diff.Source.
func (s *fileSide) Tables() []*table.Schema { return s.tables }

// Open implements diff.Source.
func (s *fileSide) Open(ctx context.Context, name string) (table.RowReader, error) {
	at, ok := s.where[name]
	if !ok {
		return nil, fmt.Errorf("%s has no table %s", s.name, name)
	}
	r, err := at.open(ctx)
	if err != nil {
		return nil, err
	}
	return &fileTable{Reader: r, side: s, name: filepath.Base(at.path)}, nil
}

// open opens the file; the caller closes the reader.
func (f tableFile) open(ctx context.Context) (format.Reader, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	r, err := f.format.NewReader(&cancelled{ctx, file}, f.opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(f.path), err)
	}
	return r, nil
}

// cancelled is a file whose reads end with the context.
type cancelled struct {
	ctx context.Context
	*os.File
}

func (c *cancelled) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.File.Read(p)
}

// fileTable names the file in errors, and keeps what was odd about it.
type fileTable struct {
	format.Reader
	side *fileSide
	name string
}

func (t *fileTable) Read(row *table.Row) error {
	err := t.Reader.Read(row)
	switch {
	case err == nil:
		return nil
	case err != io.EOF:
		return fmt.Errorf("%s: %w", t.name, err)
	}
	t.side.mu.Lock()
	defer t.side.mu.Unlock()
	for _, text := range t.Oddities() {
		if note := t.name + ": " + text; !slices.Contains(t.side.notes, note) {
			t.side.notes = append(t.side.notes, note)
		}
	}
	return err
}

// delimited are the endings of files that are one table.
var delimited = map[string]string{".csv": "csv", ".tsv": "tsv", ".tab": "tsv"}

// delimitedSide is a lone CSV or TSV file. Its table bears the given name, so
// that it meets the other side's.
func delimitedSide(ctx context.Context, path, tableName string) (*fileSide, error) {
	f, err := format.Lookup(delimited[strings.ToLower(filepath.Ext(path))])
	if err != nil {
		return nil, err
	}
	at := tableFile{path: path, format: f, opts: format.ReadOptions{Name: tableName}}
	r, err := at.open(ctx)
	if err != nil {
		return nil, sourceFault(path, err)
	}
	schema := r.Schema()
	if err := r.Close(); err != nil {
		return nil, err
	}
	s := &fileSide{
		name: filepath.Base(path), files: []diff.File{{ID: 1, Path: filepath.Base(path)}},
		tables: []*table.Schema{schema}, where: map[string]tableFile{tableName: at},
	}
	s.noteTwins(schema)
	return s, nil
}

// noteTwins says which headers stand twice.
func (s *fileSide) noteTwins(schema *table.Schema) {
	seen := map[string]int{}
	for i := range schema.Columns {
		seen[schema.Columns[i].Name]++
	}
	for _, name := range sortedKeys(seen) {
		if n := seen[name]; n > 1 {
			s.notes = append(s.notes, fmt.Sprintf("%s: header %q stands %d times; the later ones are numbered: %s#2", s.name, name, n, name))
		}
	}
}

// sourceFault says of a file that can't be opened what a person needs.
func sourceFault(path string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("file %q doesn't exist: check the path", filepath.Base(path))
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("file %q may not be read by this user: change its permissions", filepath.Base(path))
	}
	return err
}

// readPackage reads a folder's datapackage.json; nil if it has none of
// Retable's.
func readPackage(dir string) (*format.Package, error) {
	f, err := os.Open(filepath.Join(dir, format.PackageName))
	if err != nil {
		return nil, nil // what is no converted folder is a bundle, whose fault is told
	}
	defer f.Close()
	var known struct {
		Retable json.RawMessage `json:"retable"`
	}
	p := &format.Package{}
	dec := json.NewDecoder(f)
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return nil, fmt.Errorf("%s in %s can't be read: %w", format.PackageName, filepath.Base(dir), err)
	}
	if err := json.Unmarshal(raw, &known); err != nil || known.Retable == nil {
		return nil, nil // somebody else's package
	}
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, fmt.Errorf("%s in %s can't be read: %w", format.PackageName, filepath.Base(dir), err)
	}
	return p, nil
}

// packageSide is a folder that Retable has converted to.
func packageSide(dir string, p *format.Package) (*fileSide, error) {
	shape, err := shapeOf(p.Retable.Mode, p.Retable.Options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", format.PackageName, err)
	}
	s := &fileSide{name: filepath.Base(dir), where: map[string]tableFile{}, shape: shape}
	for i, src := range p.Retable.Sources {
		s.files = append(s.files, diff.File{ID: i + 1, Path: src.Path, SHA256: src.SHA256, Kind: src.Kind, Partial: src.Error != ""})
	}
	var found []string
	for _, name := range []string{"csv", "tsv", "jsonl"} {
		f, err := format.Lookup(name)
		if err != nil {
			return nil, err
		}
		for i := range p.Resources {
			r := &p.Resources[i]
			if r.Format != name || r.Schema == nil || r.Path == format.DictionaryName || len(s.tables) > 0 && s.where[s.tables[0].Name].format.Name != name {
				continue
			}
			if err := format.CheckName(r.Path); err != nil {
				return nil, fmt.Errorf("%s: %w", format.PackageName, err)
			}
			schema := schemaOf(r)
			opts := format.ReadOptions{Schema: schema, Guarded: p.Retable.Guarded > 0}
			if r.Dialect != nil && len(r.Dialect.Delimiter) == 1 {
				opts.Separator = r.Dialect.Delimiter[0]
			}
			if _, twice := s.where[schema.Name]; twice {
				return nil, fmt.Errorf("%s lists table %s twice", format.PackageName, schema.Name)
			}
			s.tables = append(s.tables, schema)
			s.where[schema.Name] = tableFile{path: filepath.Join(dir, r.Path), format: f, opts: opts}
		}
	}
	for i := range p.Resources {
		if f := p.Resources[i].Format; f != "" && !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	if len(s.tables) == 0 {
		return nil, fmt.Errorf("%s holds no tables that compare can read, only %s: convert again with -f sqlite or -f csv", s.name, strings.Join(found, ", "))
	}
	return s, nil
}

// shapeOf reads the options of a conversion; what they don't say stays
// default.
func shapeOf(mode string, options any) (*Shape, error) {
	s := &Shape{}
	b, err := json.Marshal(options)
	if err == nil {
		err = json.Unmarshal(b, s)
	}
	if err != nil {
		return nil, fmt.Errorf("its conversion options can't be read: %w", err)
	}
	if mode != "" {
		s.Mode = mode
	}
	return s, nil
}

// schemaOf is the table that a resource describes.
func schemaOf(r *format.Resource) *table.Schema {
	s := &table.Schema{Name: r.Title, Kind: r.Schema.Kind, Path: r.Schema.XPath, Parent: r.Schema.Parent}
	if s.Name == "" {
		s.Name = r.Name
	}
	for i := range r.Schema.Fields {
		f := &r.Schema.Fields[i]
		c := table.Column{Name: f.Name, XPath: f.XPath, Path: f.Path, Type: table.Text}
		for t := table.Unknown; t <= table.Text; t++ {
			if t.String() == f.Type {
				c.Type = t
			}
		}
		switch f.Form {
		case "list":
			c.Form = table.List
		case "json":
			c.Form = table.JSON
		case "xml":
			c.Form = table.XML
		}
		if c.Form != table.Scalar {
			c.Type = table.Text
		}
		if f.Role == "bookkeeping" {
			c.Role = table.Bookkeeping
		}
		s.Columns = append(s.Columns, c)
	}
	return s
}

// dbSide is a SQLite file that Retable has written.
type dbSide struct {
	db     *tabledb.DB
	name   string
	files  []diff.File
	tables []*table.Schema
	shape  *Shape
}

var _ diff.Source = (*dbSide)(nil)

func openDB(ctx context.Context, path, name string) (*dbSide, error) {
	db, err := tabledb.Open(path)
	if err != nil {
		return nil, err
	}
	s := &dbSide{db: db, name: name}
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", s.name, err), db.Close())
	}
	return s, nil
}

func (s *dbSide) load(ctx context.Context) error {
	files, err := s.db.Files(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		s.files = append(s.files, diff.File{ID: int(f.ID), Path: f.Path, SHA256: f.SHA256, Kind: f.Kind, Partial: f.Error != ""})
	}
	for _, t := range s.db.Tables() {
		schema, err := s.db.Schema(ctx, t.Name)
		if err != nil {
			return err
		}
		s.tables = append(s.tables, schema)
	}
	mode, err := s.meta(ctx, "mode")
	if err != nil {
		return err
	}
	options, err := s.meta(ctx, "options")
	if err != nil {
		return err
	}
	var said any
	if options != "" {
		if err := json.Unmarshal([]byte(options), &said); err != nil {
			return fmt.Errorf("its options: %w", err)
		}
	}
	s.shape, err = shapeOf(mode, said)
	return err
}

func (s *dbSide) meta(ctx context.Context, key string) (string, error) {
	v, err := s.db.Meta(ctx, key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// Name implements diff.Source.
func (s *dbSide) Name() string { return s.name }

// Files implements diff.Source.
func (s *dbSide) Files() []diff.File { return s.files }

// Tables implements diff.Source.
func (s *dbSide) Tables() []*table.Schema { return s.tables }

// Open implements diff.Source.
func (s *dbSide) Open(ctx context.Context, name string) (table.RowReader, error) {
	return s.db.Reader(ctx, name, tabledb.ReadOptions{})
}
