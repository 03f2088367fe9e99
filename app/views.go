package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// viewForm is what a view is called: the hash of what it shows.
var viewForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// viewFile is where a list of rows lies. Lists are caches: they are made once
// per content, filter and order, and those unused longest go first.
func (s *Service) viewFile(name string) string {
	return filepath.Join(s.cacheDir("views"), name+".rids")
}

// vectorOf names the row ids of a view, which are good for one table only.
func vectorOf(viewID string, tableID int64) string { return fmt.Sprintf("%s-%d", viewID, tableID) }

// cacheDir is a folder for what can be made again.
func (s *Service) cacheDir(name string) string {
	if s.cfg.DataRoot == "" {
		return filepath.Join(s.cfg.Scratch, "retable-cache", name)
	}
	return filepath.Join(s.cfg.DataRoot, "cache", name)
}

// openView opens a view of a session's table that was made before, here or on
// another replica.
func (s *Service) openView(ctx context.Context, db *tabledb.DB, sessionID string, tableID int64, viewID string) (*tabledb.View, error) {
	v, err := s.localView(ctx, db, tableID, viewID)
	if err != nil || v != nil {
		return v, err
	}
	recipe, err := s.viewRecipe(ctx, sessionID, viewID)
	if err != nil {
		return nil, err
	}
	if recipe == nil || recipe.TableID != tableID || recipe.id() != viewID {
		return nil, viewGone()
	}
	return s.buildView(ctx, db, recipe)
}

// localView opens a view whose row ids lie here; nil if they don't.
func (s *Service) localView(ctx context.Context, db *tabledb.DB, tableID int64, viewID string) (*tabledb.View, error) {
	name, err := tableName(db, tableID)
	if err != nil {
		return nil, err
	}
	if !viewForm.MatchString(viewID) {
		return nil, viewGone()
	}
	v, err := db.OpenView(name, s.viewFile(vectorOf(viewID, tableID)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, explained(ctx, err, "opening a view")
	}
	now := s.clock()
	_ = os.Chtimes(s.viewFile(vectorOf(viewID, tableID)), now, now) // when it was last used; without it the view goes sooner
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

// viewRecipe is what a view is made of; its hash is the view's id.
type viewRecipe struct {
	Content string           `json:"content"` // SHA-256 of the tables
	TableID int64            `json:"table_id"`
	Spec    tabledb.ViewSpec `json:"spec"`
}

func (r *viewRecipe) id() string {
	raw, err := json.Marshal(r.Spec)
	if err != nil {
		return "" // of strings and booleans: it can't be
	}
	return hashOf("view", r.Content, r.TableID, string(raw))
}

// makeView builds the view, or finds it, and returns its id and length.
// Replicas learn of it by the session; without one it is this process's alone.
func (s *Service) makeView(ctx context.Context, db *tabledb.DB, sessionID, content string, tableID int64, spec tabledb.ViewSpec) (string, int64, error) {
	recipe := &viewRecipe{content, tableID, spec}
	id := recipe.id()
	v, err := s.localView(ctx, db, tableID, id)
	if err != nil {
		return "", 0, err
	}
	if v == nil {
		if v, err = s.buildView(ctx, db, recipe); err != nil {
			return "", 0, err
		}
	}
	defer v.Close()
	return id, v.Len(), s.tellView(ctx, sessionID, recipe)
}

// buildView sorts and filters the table, and makes room for the result.
func (s *Service) buildView(ctx context.Context, db *tabledb.DB, recipe *viewRecipe) (*tabledb.View, error) {
	name, err := tableName(db, recipe.TableID)
	if err != nil {
		return nil, err
	}
	vector := vectorOf(recipe.id(), recipe.TableID)
	if err := os.MkdirAll(filepath.Dir(s.viewFile(vector)), 0o700); err != nil {
		return nil, explained(ctx, err, "making a view")
	}
	v, err := db.View(ctx, name, recipe.Spec, s.viewFile(vector))
	switch {
	case errors.Is(err, tabledb.ErrFilter), errors.Is(err, tabledb.ErrNoColumn):
		return nil, refused(err)
	case err != nil:
		return nil, explained(ctx, err, "making a view")
	}
	if err := s.trimViews(vector); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
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
