package app

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"retable/actors"
	"retable/internal/format"
	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// exportChosen writes some of a session's own tables: what a grid shows, with
// its columns, its filter and its order.
func (s *Service) exportChosen(ctx context.Context, x *retable.Session, w exportPayload, dir string, report func(actors.Report)) (file, media string, err error) {
	f, err := format.Lookup(w.Format)
	if err != nil {
		return "", "", err
	}
	file = filepath.Join(dir, w.name(x))
	if w.Output != "" {
		file = filepath.Join(w.Output, safeName(BaseName(x.Name))+"-tables.zip")
	}
	out, err := format.CreateZip(file, format.DirOptions{Overwrite: w.Output != ""})
	if err != nil {
		return "", "", err
	}
	defer out.Abort()
	err = s.withTables(ctx, x.ID, func(path string, _ *retable.Artifact) error {
		db, err := tabledb.Open(path)
		if err != nil {
			return err
		}
		defer db.Close()
		set, err := f.OpenSet(out, BaseName(x.Name), format.Options{Guard: w.Guard, BOM: w.BOM, Engine: s.cfg.Version})
		if err != nil {
			return err
		}
		defer set.Abort()
		tables := db.Tables()
		for i, id := range w.TableIDs {
			if id < 1 || id > int64(len(tables)) {
				return retable.Errorf(retable.NotFound, "There is no table %d in %s.", id, x.Name)
			}
			report(actors.Report{Progress: 95 * float64(i) / float64(len(w.TableIDs)), Message: tables[id-1].Name, Left: -1})
			if err := s.exportTable(ctx, db, tables[id-1].Name, x, w, set); err != nil {
				return err
			}
		}
		return set.Close()
	})
	if err != nil {
		return "", "", err
	}
	return file, "application/zip", out.Commit()
}

// exportTable writes one table, or the view of it.
func (s *Service) exportTable(ctx context.Context, db *tabledb.DB, name string, x *retable.Session, w exportPayload, set format.Set) error {
	schema, err := db.Schema(ctx, name)
	if err != nil {
		return err
	}
	chosen, columns, err := chooseColumns(schema, w.Columns)
	if err != nil {
		return err
	}
	out, err := set.Table(chosen)
	if err != nil {
		return err
	}
	if w.ViewID != "" {
		v, err := s.openView(ctx, db, x.ID, w.TableIDs[0], w.ViewID)
		if err != nil {
			return err
		}
		defer v.Close()
		if err := v.Rows(ctx, 0, v.Len(), columns, func(_ int64, row *table.Row) error { return out.Write(row) }); err != nil {
			return err
		}
		return out.Close()
	}
	r, err := db.Reader(ctx, name, tabledb.ReadOptions{Columns: columns})
	if err != nil {
		return err
	}
	defer r.Close()
	for row := (table.Row{}); ; {
		if err := r.Read(&row); err == io.EOF {
			return out.Close()
		} else if err != nil {
			return err
		}
		if err := out.Write(&row); err != nil {
			return err
		}
	}
}

// chooseColumns is the schema with the columns of these places, from 1; nil:
// all.
func chooseColumns(schema *table.Schema, ids []int64) (*table.Schema, []string, error) {
	out := *schema
	if len(ids) > 0 {
		out.Columns = nil
		for _, id := range ids {
			if id < 1 || id > int64(len(schema.Columns)) {
				return nil, nil, retable.Errorf(retable.NotFound, "There is no column %d in table %s.", id, schema.Name)
			}
			out.Columns = append(out.Columns, schema.Columns[id-1])
		}
	}
	if names := headers(&out); len(names) > 0 {
		return &out, names, nil
	}
	return nil, nil, fmt.Errorf("table %s has no columns", schema.Name)
}

func headers(s *table.Schema) []string {
	return slices.Collect(func(yield func(string) bool) {
		for i := range s.Columns {
			if !yield(s.Columns[i].Name) {
				return
			}
		}
	})
}
