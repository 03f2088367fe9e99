package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"retable/internal/diff"
	"retable/internal/format"
)

// The forms that a side may have.
const (
	SideBundle = "bundle" // XML, packed or not
	SideTables = "tables" // a folder that was converted
	SideSQLite = "sqlite"
	SideCSV    = "csv" // a lone file, tsv too
)

// side is one side of a comparison, opened.
type side struct {
	diff.Source
	label  string // what it is called instead, where both have one name
	form   string
	bundle *bundleSide // of a bundle
	shape  *Shape      // of converted tables
	close  func() error
}

// Name implements diff.Source.
func (s *side) Name() string { return cmp.Or(s.label, s.Source.Name()) }

// sides opens both and makes tables of what is XML. The caller closes them.
func (a *App) sides(ctx context.Context, scratch string, req *CompareRequest) (left, right *side, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, closeSides(left, right))
			left, right = nil, nil
		}
	}()
	if left, err = a.side(ctx, req.Left, 0, req.Left, req); err != nil {
		return left, right, err
	}
	first := 0
	if left.bundle != nil {
		first = len(left.bundle.inv.Files)
	}
	if right, err = a.side(ctx, req.Right, first, req.Left, req); err != nil {
		return left, right, err
	}
	if left.Name() == right.Name() && req.Left.Path != req.Right.Path {
		left.label, right.label = filepath.Clean(req.Left.Path), filepath.Clean(req.Right.Path)
	}
	if err = agree(left, right); err != nil {
		return left, right, err
	}
	var bundles []*bundleSide
	shape := Shape{Mode: "relational"}
	for _, s := range []*side{left, right} {
		switch {
		case s.bundle != nil:
			bundles = append(bundles, s.bundle)
		case s.shape != nil:
			shape = *s.shape
		}
	}
	if len(bundles) > 0 {
		err = a.readBundles(ctx, bundles, shape, scratch, req)
	}
	return left, right, err
}

func closeSides(sides ...*side) error {
	var err error
	for _, s := range sides {
		if s != nil && s.close != nil {
			err = errors.Join(err, s.close())
		}
	}
	return err
}

// side opens one side by what it is. A lone table is called as the left
// side's file.
func (a *App) side(ctx context.Context, src Source, first int, left Source, req *CompareRequest) (*side, error) {
	form, pkg, err := formOf(src.Path)
	if err != nil {
		return nil, err
	}
	switch form {
	case SideCSV:
		name := filepath.Base(left.Path)
		s, err := delimitedSide(ctx, src.Path, strings.TrimSuffix(name, filepath.Ext(name)))
		if err != nil {
			return nil, err
		}
		return &side{Source: s, form: form}, nil
	case SideTables:
		if db := sqliteOf(src.Path, pkg); db != "" {
			return openSQLiteSide(ctx, db, filepath.Base(src.Path))
		}
		s, err := packageSide(src.Path, pkg)
		if err != nil {
			return nil, err
		}
		return &side{Source: s, form: form, shape: s.shape}, nil
	case SideSQLite:
		return openSQLiteSide(ctx, src.Path, cmp.Or(src.Name, filepath.Base(src.Path)))
	}
	b, err := a.scanSide(ctx, src, first, req)
	if err != nil {
		return nil, err
	}
	return &side{Source: b, form: form, bundle: b, close: b.close}, nil
}

func openSQLiteSide(ctx context.Context, path, name string) (*side, error) {
	s, err := openDB(ctx, path, name)
	if err != nil {
		return nil, err
	}
	return &side{Source: s, form: SideSQLite, shape: s.shape, close: s.db.Close}, nil
}

// formOf tells what lies at a path. What is nothing else is a bundle, and
// its faults are told by who reads it.
func formOf(path string) (string, *format.Package, error) {
	st, err := os.Stat(path)
	if path == "-" {
		return SideBundle, nil, nil
	}
	if err == nil && st.IsDir() {
		p, err := readPackage(path)
		if err != nil || p == nil {
			return SideBundle, nil, err
		}
		return SideTables, p, nil
	}
	ext := strings.ToLower(filepath.Ext(path))
	if _, ok := delimited[ext]; ok {
		return SideCSV, nil, nil
	}
	switch ext {
	case ".sqlite", ".sqlite3", ".db":
		return SideSQLite, nil, nil
	case ".xlsx", ".parquet", ".jsonl":
		if err == nil {
			return "", nil, fmt.Errorf("%s: a lone %s file can't be compared: name the folder that it was converted to, or CSV files", filepath.Base(path), ext)
		}
	}
	if err == nil && beginsAsSQLite(path) { // a cached copy of a blob has no ending
		return SideSQLite, nil, nil
	}
	return SideBundle, nil, nil
}

// beginsAsSQLite tells a database by its first bytes. What can't be read is
// none; who reads it as something else tells the fault.
func beginsAsSQLite(path string) bool {
	const magic = "SQLite format 3\x00"
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == magic
}

// sqliteOf is the folder's SQLite file, "" if it has none.
func sqliteOf(dir string, p *format.Package) string {
	for i := range p.Resources {
		r := &p.Resources[i]
		if r.Format == "sqlite" && format.CheckName(r.Path) == nil {
			return filepath.Join(dir, r.Path)
		}
	}
	return ""
}

// agree refuses sides whose tables can't mean the same.
func agree(left, right *side) error {
	if (left.form == SideCSV) != (right.form == SideCSV) {
		lone, other := left, right
		if right.form == SideCSV {
			lone, other = right, left
		}
		return fmt.Errorf("%s is one table, %s holds many: compare it with a CSV file, such as one of those that `retable convert` writes", lone.Name(), other.Name())
	}
	if l, r := left.shape, right.shape; l != nil && r != nil && l.mode() != r.mode() {
		return fmt.Errorf("%s was converted in %s mode, %s in %s mode: convert both the same way", left.Name(), l.mode(), right.Name(), r.mode())
	}
	return nil
}
