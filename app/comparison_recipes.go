package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"retable/internal/diff"
	"retable/internal/format"
)

// ComparisonFormat is the "retable" member of a comparison recipe.
const ComparisonFormat = "comparison/1"

// ComparisonRecipe keeps what was decided about comparing one kind of
// document, so that the next pair of deliveries is compared the same way.
type ComparisonRecipe struct {
	Format string                   `json:"retable"`
	Kind   string                   `json:"kind"` // "" for tables that are not from XML
	Tables map[string]ComparedRules `json:"tables"`
}

// ComparedRules are the rules of one table, or of those whose names match a
// pattern with * and ?.
type ComparedRules struct {
	Key        []string                   `json:"key,omitempty"`
	Keyless    bool                       `json:"keyless,omitempty"`
	Ignore     []string                   `json:"ignore,omitempty"`
	Tolerances map[string]RecipeTolerance `json:"tolerances,omitempty"` // by column
	Cells      *RecipeCells               `json:"cells,omitempty"`      // for all columns
	Columns    map[string]RecipeCells     `json:"columns,omitempty"`    // for columns, besides
}

// RecipeTolerance lets values be near: numbers by abs + rel * the greater one,
// dates by seconds.
type RecipeTolerance struct {
	Abs     string `json:"abs,omitempty"`
	Rel     string `json:"rel,omitempty"`
	Seconds int64  `json:"seconds,omitempty"`
}

// RecipeCells say which values are equal though their bytes are not.
type RecipeCells struct {
	IgnoreCase    bool     `json:"ignore_case,omitempty"`
	Trim          bool     `json:"trim,omitempty"`
	CollapseSpace bool     `json:"collapse_space,omitempty"`
	AsText        bool     `json:"as_text,omitempty"`
	NullTokens    []string `json:"null_tokens,omitempty"`
}

// LoadComparisonRecipes reads recipe files; each holds one recipe, or a list.
func LoadComparisonRecipes(paths []string) ([]*ComparisonRecipe, error) {
	var out []*ComparisonRecipe
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, fmt.Errorf("read comparison recipe: %w", err)
		}
		recipes, err := ParseComparisonRecipes(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		out = append(out, recipes...)
	}
	return out, nil
}

// ParseComparisonRecipes reads one recipe, or a list.
func ParseComparisonRecipes(b []byte) ([]*ComparisonRecipe, error) {
	var out []*ComparisonRecipe
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] != '[' {
		b = slices.Concat([]byte("["), b, []byte("]"))
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("this is no comparison recipe: %w", err)
	}
	for _, r := range out {
		if r == nil || r.Format != ComparisonFormat {
			found := ""
			if r != nil {
				found = r.Format
			}
			return nil, fmt.Errorf("this is no comparison recipe that this version can read: its \"retable\" member is %q, not %q", found, ComparisonFormat)
		}
	}
	return out, nil
}

// SaveComparisonRecipes writes a recipe file, whole or not at all. An
// existing one is replaced only on request: somebody may have edited it.
func SaveComparisonRecipes(path string, recipes []*ComparisonRecipe, overwrite bool) error {
	var content any = recipes
	if len(recipes) == 1 {
		content = recipes[0]
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(content); err != nil {
		return fmt.Errorf("write comparison recipe: %w", err)
	}
	f, err := format.CreateFile(path, format.DirOptions{Overwrite: overwrite})
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(b.Bytes()); err != nil {
		return err
	}
	_, err = f.Commit()
	return err
}

// recipe gives a recipe's rules to the tables of its kind.
func (r *resolver) recipe(x *ComparisonRecipe) {
	for _, pattern := range sortedKeys(x.Tables) {
		rules, found := x.Tables[pattern], false
		for i := range r.tables {
			t := &r.tables[i]
			if t.kind != x.Kind || !matches(pattern, t.name) {
				continue
			}
			found = true
			if gone := missing(t, rules.Key); gone != "" {
				r.notes = append(r.notes, fmt.Sprintf("recipe: table %s has no column %q any more, so its key is found anew", t.name, gone))
				rules.Key = nil
			}
			r.change(t.name, rules.over)
		}
		if !found && !strings.ContainsAny(pattern, "*?") && r.hasKind(x.Kind) {
			r.notes = append(r.notes, fmt.Sprintf("recipe: there is no table %s", pattern))
		}
	}
}

func (r *resolver) hasKind(kind string) bool {
	return slices.ContainsFunc(r.tables, func(t sideTable) bool { return t.kind == kind })
}

// over puts the recipe's rules over those of the engine.
func (x ComparedRules) over(rules *diff.Rules) {
	if len(x.Key) > 0 {
		rules.Key, rules.Keyless = x.Key, false
	}
	if x.Keyless {
		rules.Key, rules.Keyless = nil, true
	}
	rules.Ignore = append(rules.Ignore, x.Ignore...)
	for _, c := range sortedKeys(x.Tolerances) {
		t := x.Tolerances[c]
		rules.Tolerances = with(rules.Tolerances, c, diff.Tolerance{Abs: t.Abs, Rel: t.Rel, DateSeconds: t.Seconds})
	}
	if x.Cells != nil {
		rules.Cells = diff.CellRules(*x.Cells)
	}
	for _, c := range sortedKeys(x.Columns) {
		rules.Columns = with(rules.Columns, c, diff.CellRules(x.Columns[c]))
	}
}

// decided is what a comparison came to, as recipes: the keys that were given
// or found, and the options.
func decided(res *diff.Result, o diff.Options) []*ComparisonRecipe {
	var out []*ComparisonRecipe
	by := map[string]*ComparisonRecipe{}
	for _, t := range res.Tables {
		if t.Left == nil || t.Right == nil {
			continue
		}
		r := by[t.Left.Kind]
		if r == nil {
			r = &ComparisonRecipe{Format: ComparisonFormat, Kind: t.Left.Kind, Tables: map[string]ComparedRules{}}
			by[t.Left.Kind] = r
			out = append(out, r)
		}
		own := o.Tables[t.Name()]
		rules := ComparedRules{Key: t.Key.Columns, Keyless: t.Key.Keyless() && (own.Keyless || o.Rules.Keyless)}
		rules.Ignore = slices.Concat(o.Rules.Ignore, own.Ignore)
		for _, m := range []map[string]diff.Tolerance{o.Rules.Tolerances, own.Tolerances} {
			for _, c := range sortedKeys(m) {
				rules.Tolerances = with(rules.Tolerances, c, RecipeTolerance{Abs: m[c].Abs, Rel: m[c].Rel, Seconds: m[c].DateSeconds})
			}
		}
		cells := o.Rules.Cells
		cells.IgnoreCase = cells.IgnoreCase || own.Cells.IgnoreCase
		cells.Trim = cells.Trim || own.Cells.Trim
		cells.CollapseSpace = cells.CollapseSpace || own.Cells.CollapseSpace
		cells.AsText = cells.AsText || own.Cells.AsText
		cells.NullTokens = slices.Concat(cells.NullTokens, own.Cells.NullTokens)
		if cells.IgnoreCase || cells.Trim || cells.CollapseSpace || cells.AsText || len(cells.NullTokens) > 0 {
			kept := RecipeCells(cells)
			rules.Cells = &kept
		}
		for _, c := range sortedKeys(own.Columns) {
			rules.Columns = with(rules.Columns, c, RecipeCells(own.Columns[c]))
		}
		if len(rules.Key) > 0 || rules.Keyless || len(rules.Ignore)+len(rules.Tolerances)+len(rules.Columns) > 0 || rules.Cells != nil {
			r.Tables[t.Name()] = rules
		}
	}
	return out
}
