package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"retable/internal/retable"
	"retable/internal/xmltable"
)

// ConvertOptions say how a session's documents become tables. The session's
// own tables are always relational; mode, lineage and the forms of lists are
// those of the tables that people get.
type ConvertOptions struct {
	Mode      string            `json:"mode,omitempty" enum:"flat,relational"`
	Lineage   string            `json:"lineage,omitempty" enum:"none,line,full"`
	Lists     string            `json:"lists,omitempty" enum:"json,join,spread"`
	Join      string            `json:"join,omitempty"`
	Separator string            `json:"separator,omitempty"`
	Records   []string          `json:"records,omitempty"`
	Explode   string            `json:"explode,omitempty"`
	Entities  string            `json:"entities,omitempty" enum:"error,keep,html"`
	Recipes   []json.RawMessage `json:"recipes,omitempty"` // recipe/1, one per kind at most; they win over the rest
}

// shape is what people get.
func (o *ConvertOptions) shape() Shape {
	return Shape{Mode: o.Mode, Lineage: o.Lineage, Lists: o.Lists, Join: o.Join, Separator: o.Separator, Records: o.Records, Explode: o.Explode}
}

// recipes parses the recipes.
func (o *ConvertOptions) recipes() ([]*xmltable.Recipe, error) {
	var out []*xmltable.Recipe
	for _, raw := range o.Recipes {
		r, err := xmltable.ParseRecipe(raw)
		if err != nil {
			return nil, refused(err)
		}
		out = append(out, r)
	}
	return out, nil
}

// check refuses options that can't work, whatever the documents.
func (o *ConvertOptions) check() error {
	if _, err := o.shape().options(); err != nil {
		return refused(err)
	}
	if _, err := ParseEntities(o.Entities); err != nil {
		return refused(err)
	}
	_, err := o.recipes()
	return err
}

// refused says that what was asked for can't be done, in the words of the
// package that found out.
func refused(err error) error {
	var known *retable.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &retable.Error{Code: retable.Unprocessable, Detail: err.Error()}
}

// hashOf names options: those of one content have one hash, whatever the
// order in which they were written.
func hashOf(parts ...any) string {
	h := sha256.New()
	enc := json.NewEncoder(h) // of structs and maps: keys in order
	for _, p := range parts {
		if err := enc.Encode(p); err != nil {
			panic(err) // options are plain data
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// ofMode are the recipes for tables of one mode.
func ofMode(recipes []*xmltable.Recipe, mode string) []*xmltable.Recipe {
	var out []*xmltable.Recipe
	for _, r := range recipes {
		if r.Mode == mode || r.Mode == "" && mode == "flat" {
			out = append(out, r)
		}
	}
	return out
}

// CompareSettings are the options of a comparison of sessions.
type CompareSettings struct {
	CompareOptions
	RecipeIDs []string `json:"recipe_ids,omitempty"`
	Output    string   `json:"output,omitempty"`  // a folder that the reports are written to as well: of watched folders
	Reports   []string `json:"reports,omitempty"` // those kinds; html if empty
}
