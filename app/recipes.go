package app

import (
	"context"
	"fmt"

	"retable/internal/format"
	"retable/internal/xmltable"
)

// Recipes scans a bundle and returns the decisions for each of its kinds.
func (a *App) Recipes(ctx context.Context, req ScanRequest) ([]*xmltable.Recipe, error) {
	opts, err := req.Shape.options()
	if err != nil {
		return nil, err
	}
	b, err := a.open(ctx, req.Source, false, req.Progress)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	inv, err := a.scan(ctx, b, req)
	if err != nil {
		return nil, err
	}
	if len(inv.profiles) == 0 {
		return nil, nothingRead(inv)
	}
	c := &Conversion{Inventory: *inv}
	if c.plans, err = plan(inv.profiles, opts, req.Recipes, c); err != nil {
		return nil, err
	}
	return c.Recipes(), nil
}

// SaveRecipe writes a recipe file, whole or not at all. An existing one is
// replaced only on request: somebody may have edited it.
func SaveRecipe(path string, r *xmltable.Recipe, overwrite bool) error {
	b, err := r.Marshal()
	if err != nil {
		return fmt.Errorf("write recipe: %w", err)
	}
	f, err := format.CreateFile(path, format.DirOptions{Overwrite: overwrite})
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(b); err != nil {
		return err
	}
	_, err = f.Commit()
	return err
}

// FormatInfo describes one output format.
type FormatInfo struct {
	Name      string `json:"name"`
	Extension string `json:"extension"`
	MediaType string `json:"media_type"`
	Summary   string `json:"summary"`
}

// Formats lists the output formats.
func (a *App) Formats() []FormatInfo {
	var out []FormatInfo
	for _, f := range format.All() {
		out = append(out, FormatInfo{f.Name, f.Ext, f.MediaType, f.Summary})
	}
	return out
}
