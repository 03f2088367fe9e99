package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// viewForm is what a view is called: the hash of what it shows.
var viewForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// viewFile is where a view's row ids lie. Views are caches: they are made once
// per content, filter and order, and those unused longest go first.
func (s *Service) viewFile(id string) string { return filepath.Join(s.cacheDir("views"), id+".rids") }

// cacheDir is a folder for what can be made again.
func (s *Service) cacheDir(name string) string {
	if s.cfg.DataRoot == "" {
		return filepath.Join(s.cfg.Scratch, "retable-cache", name)
	}
	return filepath.Join(s.cfg.DataRoot, "cache", name)
}

// openView opens a view of a table that was made before.
func (s *Service) openView(ctx context.Context, db *tabledb.DB, _ string, tableID int64, viewID string) (*tabledb.View, error) {
	name, err := tableName(db, tableID)
	if err != nil {
		return nil, err
	}
	if !viewForm.MatchString(viewID) {
		return nil, viewGone()
	}
	v, err := db.OpenView(name, s.viewFile(viewID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, viewGone()
	}
	if err != nil {
		return nil, explained(ctx, err, "opening a view")
	}
	return v, nil
}

func viewGone() error {
	return &retable.Error{Code: retable.NotFound, Reason: "view_gone", Detail: "This view has been cleared away: make it again."}
}

// tableName finds a table by its place, from 1.
func tableName(db *tabledb.DB, id int64) (string, error) {
	tables := db.Tables()
	if id < 1 || id > int64(len(tables)) {
		return "", retable.Errorf(retable.NotFound, "There is no table %d.", id)
	}
	return tables[id-1].Name, nil
}

// makeView builds the view, or finds it, and returns its id and length.
func (s *Service) makeView(ctx context.Context, db *tabledb.DB, content string, tableID int64, spec tabledb.ViewSpec) (string, int64, error) {
	name, err := tableName(db, tableID)
	if err != nil {
		return "", 0, err
	}
	raw, err := json.Marshal(spec)
	if err != nil {
		return "", 0, retable.Fault(err, "naming a view")
	}
	id := hashOf("view", content, tableID, string(raw))
	if v, err := s.openView(ctx, db, "", tableID, id); err == nil {
		now := s.clock()
		_ = os.Chtimes(s.viewFile(id), now, now) // when it was last used; without it the view goes sooner
		defer v.Close()
		return id, v.Len(), nil
	}
	if err := os.MkdirAll(filepath.Dir(s.viewFile(id)), 0o700); err != nil {
		return "", 0, explained(ctx, err, "making a view")
	}
	v, err := db.View(ctx, name, spec, s.viewFile(id))
	switch {
	case errors.Is(err, tabledb.ErrFilter), errors.Is(err, tabledb.ErrNoColumn):
		return "", 0, refused(err)
	case err != nil:
		return "", 0, explained(ctx, err, "making a view")
	}
	defer v.Close()
	return id, v.Len(), s.trimViews(id)
}

// trimViews removes the views that were unused longest until the rest fits.
func (s *Service) trimViews(keep string) error {
	files, total, err := filesByAge(s.cacheDir("views"))
	if err != nil {
		return retable.Fault(err, "clearing views away")
	}
	for _, f := range files {
		if total <= s.cfg.ViewBytes {
			return nil
		}
		if filepath.Base(f.path) == keep+".rids" {
			continue
		}
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return retable.Fault(err, "clearing views away")
		}
		total -= f.bytes
	}
	return nil
}
