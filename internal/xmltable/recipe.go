package xmltable

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"retable/internal/table"
)

// RecipeFormat is the "retable" member of a recipe file.
const RecipeFormat = "recipe/1"

// Recipe keeps what a user decided for one kind of document, so that the
// next delivery gets the same tables: records, repeats, columns, their names
// and order. It is saved as indented JSON.
type Recipe struct {
	Format    string   `json:"retable"`
	Kind      string   `json:"kind"`
	Mode      string   `json:"mode"`
	Records   []string `json:"records,omitempty"`
	Explode   string   `json:"explode,omitempty"`
	Lists     string   `json:"lists,omitempty"` // json, join, spread
	Join      string   `json:"join,omitempty"`
	Repeating []string `json:"repeating,omitempty"` // paths that are lists even where they occur once
	// OnlyListed drops columns that the recipe does not name; otherwise new
	// ones follow the named ones.
	OnlyListed bool                      `json:"only_listed,omitempty"`
	Tables     map[string][]RecipeColumn `json:"tables"`

	// Changes lists what differs from the recipe in the documents at hand.
	Changes []string `json:"-"`
}

// RecipeColumn is one column of a recipe's table.
type RecipeColumn struct {
	XPath string `json:"xpath"`          // the column's identity
	Name  string `json:"name,omitempty"` // header, if not the default one
	Form  string `json:"form,omitempty"` // list, json, xml; empty: scalar
	Drop  bool   `json:"drop,omitempty"`
}

var formNames = [...]string{table.Scalar: "", table.List: "list", table.JSON: "json", table.XML: "xml"}
var listNames = [...]string{ListJSON: "json", ListJoin: "join", ListSpread: "spread"}

// ParseListForm reads json, join or spread.
func ParseListForm(s string) (ListForm, error) {
	if i := slices.Index(listNames[:], s); i >= 0 {
		return ListForm(i), nil
	}
	return 0, fmt.Errorf("list form %q is unknown: use json, join or spread", s)
}

// Recipe returns the plan's decisions as a recipe.
func (pl *Plan) Recipe() *Recipe {
	r := &Recipe{
		Format: RecipeFormat, Kind: pl.Kind, Mode: pl.Mode.String(), Explode: pl.options.Explode,
		Lists: listNames[pl.options.Lists], Join: pl.options.Join, Tables: map[string][]RecipeColumn{},
	}
	if pl.Mode == Flat {
		r.Records = pl.Choice.Paths()
	}
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Repeats() && n.Name.Local != wildcard {
			r.Repeating = append(r.Repeating, pathOf(n))
		}
		for _, k := range n.elements() {
			walk(k)
		}
	}
	walk(pl.profile.Root)
	for _, s := range pl.Schemas() {
		var cols []RecipeColumn
		for _, c := range s.Columns {
			if c.Role == table.Data {
				cols = append(cols, RecipeColumn{XPath: c.XPath, Name: c.Name, Form: formNames[c.Form]})
			}
		}
		r.Tables[s.Name] = cols
	}
	return r
}

// Marshal returns the recipe as a readable file.
func (r *Recipe) Marshal() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// ParseRecipe reads what Marshal wrote.
func ParseRecipe(b []byte) (*Recipe, error) {
	r := &Recipe{}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("read recipe: %w", err)
	}
	if r.Format != RecipeFormat {
		return nil, fmt.Errorf("this is no recipe this version can read: its \"retable\" member is %q, not %q", r.Format, RecipeFormat)
	}
	if _, err := r.Options(Options{}); err != nil {
		return nil, err
	}
	return r, nil
}

// Options returns o with the recipe's decisions.
func (r *Recipe) Options(o Options) (Options, error) {
	switch r.Mode {
	case "flat", "":
		o.Mode = Flat
	case "relational":
		o.Mode = Relational
	default:
		return o, fmt.Errorf("recipe mode %q is unknown: use flat or relational", r.Mode)
	}
	if r.Lists != "" {
		form, err := ParseListForm(r.Lists)
		if err != nil {
			return o, err
		}
		o.Lists, o.Join = form, r.Join
	}
	o.Records, o.Explode, o.Recipe = r.Records, r.Explode, r
	return o, nil
}

// widen makes the recipe's repeating paths lists even where this delivery
// has one occurrence, and notes where forms widen.
func (r *Recipe) widen(p *Profile) {
	known := map[string]bool{}
	for _, path := range r.Repeating {
		known[path] = true
		if n := p.find(path); n != nil {
			n.Max = max(n.Max, 2)
		}
	}
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Repeats() {
			if path := pathOf(n); !known[path] && r.names(n) {
				r.Changes = append(r.Changes, fmt.Sprintf("%s repeats now: its columns widen to lists", path))
			}
		}
		for _, k := range n.elements() {
			walk(k)
		}
	}
	walk(p.Root)
}

// names reports whether the recipe has columns of an element of that name.
func (r *Recipe) names(n *Node) bool {
	for _, cols := range r.Tables {
		for _, c := range cols {
			for s := range strings.SplitSeq(c.XPath, "/") {
				if s == n.Name.Local || s == n.Name.QName() || s == escapeOwn(n.Name.Local) {
					return true
				}
			}
		}
	}
	return false
}

// apply shapes the plan's tables as the recipe says.
func (r *Recipe) apply(pl *Plan) {
	for _, t := range pl.Tables {
		cols, ok := r.Tables[t.Schema.Name]
		if !ok {
			if !t.optional {
				r.Changes = append(r.Changes, fmt.Sprintf("table %s is new", t.Schema.Name))
			}
			continue
		}
		r.applyTable(pl, t, cols)
	}
}

func (r *Recipe) applyTable(pl *Plan, t *Table, cols []RecipeColumn) {
	at := map[string]int{}
	for i, c := range t.Schema.Columns {
		at[c.XPath] = i
	}
	listed := map[int]bool{}
	var project []int
	var out []table.Column
	for i, c := range t.Schema.Columns { // Retable's own that stand in front
		if c.Role == table.Data {
			break
		}
		listed[i] = true
		project, out = append(project, i), append(out, c)
	}
	for _, rc := range cols {
		i, ok := at[rc.XPath]
		switch {
		case ok && rc.Drop:
			listed[i] = true
			continue
		case rc.Drop:
			continue
		case !ok: // keeps its place, empty
			form := table.Form(max(0, slices.Index(formNames[:], rc.Form)))
			i = t.addColumn(table.Column{Name: rc.XPath, XPath: rc.XPath, Type: table.Text, Form: form, Stats: &table.Stats{}}, -1)
			r.Changes = append(r.Changes, fmt.Sprintf("column %s of %s has no values in this delivery", rc.XPath, t.Schema.Name))
		}
		listed[i] = true
		c := t.Schema.Columns[i]
		if have := formNames[c.Form]; have != rc.Form && ok {
			r.Changes = append(r.Changes, fmt.Sprintf("column %s of %s is %s now", rc.XPath, t.Schema.Name, orScalar(have)))
		} else if rc.Name != "" {
			c.Name = rc.Name
		}
		project, out = append(project, i), append(out, c)
	}
	for i, c := range t.Schema.Columns {
		if listed[i] {
			continue
		}
		if c.Role == table.Data {
			if r.OnlyListed {
				continue
			}
			r.Changes = append(r.Changes, fmt.Sprintf("column %s of %s is new", c.XPath, t.Schema.Name))
		}
		project, out = append(project, i), append(out, c)
	}
	t.project(pl, project, out)
}

func orScalar(form string) string {
	if form == "" {
		return "scalar"
	}
	return form
}
