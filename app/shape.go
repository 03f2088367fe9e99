package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"retable/internal/archive"
	"retable/internal/format"
	"retable/internal/xmltable"
	"retable/internal/xmltok"
)

// Limits bound what reading a bundle may cost.
type Limits = archive.Limits

// LocalLimits are for a person's own files on their own machine.
func LocalLimits() Limits { return archive.LocalLimits() }

// ParseLimits bound what one document may cost.
type ParseLimits = xmltok.Limits

// DefaultParseLimits are those that hold where nothing else was asked for.
func DefaultParseLimits() (l struct{ MaxValue, MaxDepth int }) {
	l.MaxValue, l.MaxDepth = xmltable.DefaultMaxValue, xmltok.Limits{}.Defaults().MaxDepth
	return l
}

// FormatOptions choose among the variants of the output formats.
type FormatOptions = format.Options

// Shape says, in words, how documents become tables. The zero Shape is flat
// mode with JSON lists and no lineage columns.
type Shape struct {
	Mode      string   // flat, relational
	Lineage   string   // none, line, full: lineage columns of flat tables
	Lists     string   // json, join, spread: how repeats inside a record are written
	Join      string   // separator for join
	Separator string   // replaces / in headers
	Records   []string // absolute paths of the record elements
	Explode   string   // repeating path below the record: one row per occurrence
}

func (s Shape) options() (xmltable.Options, error) {
	o := xmltable.Options{Records: s.Records, Explode: s.Explode, Join: s.Join, Sep: s.Separator}
	switch s.Mode {
	case "", "flat":
	case "relational":
		o.Mode = xmltable.Relational
	default:
		return o, fmt.Errorf("mode %q is unknown: use flat or relational", s.Mode)
	}
	switch s.Lineage {
	case "", "none":
	case "line":
		o.Lineage = xmltable.LineageLine
	case "full":
		o.Lineage = xmltable.LineageFull
	default:
		return o, fmt.Errorf("lineage %q is unknown: use none, line or full", s.Lineage)
	}
	if s.Lists != "" {
		form, err := xmltable.ParseListForm(s.Lists)
		if err != nil {
			return o, err
		}
		o.Lists = form
	}
	if o.Join == "" {
		o.Join = "; "
	}
	return o, nil
}

// ParseEntities reads the policy for undeclared and external entities:
// error, keep or html.
func ParseEntities(s string) (xmltok.EntityPolicy, error) {
	switch s {
	case "", "error":
		return xmltok.EntitiesError, nil
	case "keep":
		return xmltok.EntitiesKeep, nil
	case "html":
		return xmltok.EntitiesHTML, nil
	}
	return 0, fmt.Errorf("entity policy %q is unknown: use error, keep or html", s)
}

// LoadRecipes reads recipe files; a folder stands for all *.recipe.json in it.
func LoadRecipes(paths []string) ([]*xmltable.Recipe, error) {
	var out []*xmltable.Recipe
	for _, p := range paths {
		files := []string{p}
		if st, err := os.Stat(p); err == nil && st.IsDir() {
			if files, err = filepath.Glob(filepath.Join(p, "*"+RecipeExt)); err != nil {
				return nil, fmt.Errorf("list recipes in %s: %w", p, err)
			}
			if len(files) == 0 {
				return nil, fmt.Errorf("no *%s in %s: save some by `retable recipe save BUNDLE -o %s`", RecipeExt, p, p)
			}
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					return nil, fmt.Errorf("recipe %q doesn't exist: check the path, or save one by `retable recipe save BUNDLE`", f)
				}
				return nil, fmt.Errorf("read recipe: %w", err)
			}
			r, err := xmltable.ParseRecipe(b)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f, err)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// RecipeExt is the ending of recipe files.
const RecipeExt = ".recipe.json"

// RecipeFiles are the file names for recipes of several kinds, each its own.
func RecipeFiles(recipes []*xmltable.Recipe) []string {
	var names format.Names
	out := make([]string, len(recipes))
	for i, r := range recipes {
		out[i] = names.Of(kindName(r.Kind), RecipeExt)
	}
	return out
}

// kindName is a kind's local name with the end of its namespace, which is
// often its version.
func kindName(kind string) string {
	i := strings.LastIndexByte(kind, '}')
	if i <= 0 {
		return kind
	}
	space := strings.TrimRight(kind[1:i], ":/#")
	if space = space[strings.LastIndexAny(space, ":/#")+1:]; space == "" {
		return kind[i+1:]
	}
	return kind[i+1:] + "-" + space
}
