package app

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"retable/internal/diff"
	"retable/internal/table"
)

// CompareOptions say how two sides are compared. Columns are named by header,
// by XPath, or by a pattern with * and ?. Where a Table is empty, all tables
// are meant that have the column.
type CompareOptions struct {
	Keys          []TableColumns    `json:"keys,omitempty"`
	Keyless       []string          `json:"keyless,omitempty"` // tables whose rows are matched by likeness; "" for all
	Ignore        []TableColumns    `json:"ignore,omitempty"`
	Tolerances    []ColumnTolerance `json:"tolerances,omitempty"`
	IgnoreCase    bool              `json:"ignore_case,omitempty"`
	Trim          bool              `json:"trim,omitempty"`
	CollapseSpace bool              `json:"collapse_space,omitempty"`
	NullTokens    []string          `json:"null_tokens,omitempty"`
	Pair          [][2]string       `json:"pair,omitempty"`  // paths of files that belong together
	Apart         [][2]string       `json:"apart,omitempty"` // paths of files that don't; one may be empty
}

// TableColumns are columns of a table.
type TableColumns struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// ColumnTolerance lets values of a column be near.
type ColumnTolerance struct {
	Table   string `json:"table"`
	Column  string `json:"column"`
	Abs     string `json:"abs,omitempty"` // decimals
	Rel     string `json:"rel,omitempty"`
	Seconds int64  `json:"seconds,omitempty"` // of dates
}

// resolve turns the options into those of the engine: what names no table is
// given to the tables that it fits. What fits none is refused, but in
// recipes: columns come and go with deliveries.
func (o CompareOptions) resolve(left, right diff.Source, recipes []*ComparisonRecipe) (diff.Options, []string, error) {
	r := &resolver{tables: tablesOf(left, right), out: diff.Options{Tables: map[string]diff.Rules{}}}
	for _, x := range recipes {
		r.recipe(x)
	}
	r.out.Rules.Cells = diff.CellRules{IgnoreCase: o.IgnoreCase, Trim: o.Trim, CollapseSpace: o.CollapseSpace, NullTokens: o.NullTokens}
	var errs []error
	for _, name := range o.Keyless {
		errs = append(errs, r.keyless(name))
	}
	for _, k := range o.Keys {
		errs = append(errs, r.key(k))
	}
	for _, x := range o.Ignore {
		errs = append(errs, r.ignore(x))
	}
	for _, t := range o.Tolerances {
		errs = append(errs, r.tolerance(t))
	}
	for _, p := range o.Pair {
		r.out.Pins = append(r.out.Pins, diff.PairPin{Left: p[0], Right: p[1]})
	}
	for _, p := range o.Apart {
		r.out.Pins = append(r.out.Pins, diff.PairPin{Left: p[0], Right: p[1], Apart: true})
	}
	return r.out, r.notes, errors.Join(errs...)
}

// sideTable is a table as both sides have it.
type sideTable struct {
	name, kind string
	columns    []table.Column
}

// tablesOf lists the tables of both sides, those of one name as one.
func tablesOf(sides ...diff.Source) []sideTable {
	var out []sideTable
	at := map[string]int{}
	for _, s := range sides {
		for _, t := range s.Tables() {
			i, known := at[t.Name]
			if !known {
				i = len(out)
				at[t.Name] = i
				out = append(out, sideTable{name: t.Name, kind: t.Kind})
			}
			for _, c := range t.Columns {
				if c.Role == table.Data || c.Name == "_name" || c.Name == "_record" {
					out[i].columns = append(out[i].columns, c)
				}
			}
		}
	}
	return out
}

// has tells whether the pattern means a column of the table.
func (t *sideTable) has(pattern string) bool {
	return slices.ContainsFunc(t.columns, func(c table.Column) bool {
		return matches(pattern, c.Name) || matches(pattern, c.XPath)
	})
}

// matches compares a name with a pattern of * and ?.
func matches(pattern, name string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == name
	}
	// path.Match gives brackets and slashes a meaning that they don't have here.
	hide := strings.NewReplacer("/", "\x00", "[", "\x01", "]", "\x02", `\`, "\x03", string(filepath.Separator), "\x00")
	ok, err := filepath.Match(hide.Replace(pattern), hide.Replace(name))
	return ok && err == nil
}

type resolver struct {
	tables []sideTable
	out    diff.Options
	notes  []string
}

// named lists the tables that an option means; with no name, those that fit.
func (r *resolver) named(name string, fits func(t *sideTable) bool) []*sideTable {
	var out []*sideTable
	for i := range r.tables {
		t := &r.tables[i]
		if name == "" && fits(t) || name != "" && matches(name, t.name) {
			out = append(out, t)
		}
	}
	return out
}

// change edits the rules of a table.
func (r *resolver) change(name string, edit func(rules *diff.Rules)) {
	rules := r.out.Tables[name]
	edit(&rules)
	r.out.Tables[name] = rules
}

func (r *resolver) keyless(name string) error {
	if name == "" {
		r.out.Rules.Keyless = true
		for _, t := range r.tables {
			if len(r.out.Tables[t.name].Key) > 0 {
				r.change(t.name, func(x *diff.Rules) { x.Key, x.Keyless = nil, true })
			}
		}
		return nil
	}
	tables := r.named(name, nil)
	if len(tables) == 0 {
		return r.noTable("keyless", name)
	}
	for _, t := range tables {
		r.change(t.name, func(x *diff.Rules) { x.Key, x.Keyless = nil, true })
	}
	return nil
}

func (r *resolver) key(k TableColumns) error {
	all := func(t *sideTable) bool {
		return !slices.ContainsFunc(k.Columns, func(c string) bool { return !t.has(c) })
	}
	tables := r.named(k.Table, all)
	if len(tables) == 0 {
		if k.Table != "" {
			return r.noTable("key", k.Table)
		}
		return r.noColumn("key", k.Columns)
	}
	for _, t := range tables {
		if !all(t) {
			return fmt.Errorf("key: table %s has no column %q%s", t.name, missing(t, k.Columns), near(missing(t, k.Columns), t.names()))
		}
		r.change(t.name, func(x *diff.Rules) { x.Key, x.Keyless = k.Columns, false })
	}
	return nil
}

func (r *resolver) ignore(x TableColumns) error {
	for _, c := range x.Columns {
		tables := r.named(x.Table, func(t *sideTable) bool { return t.has(c) })
		switch {
		case len(tables) == 0 && x.Table != "":
			return r.noTable("ignore", x.Table)
		case len(tables) == 0:
			return r.noColumn("ignore", []string{c})
		case x.Table == "":
			r.out.Rules.Ignore = append(r.out.Rules.Ignore, c)
			continue
		}
		for _, t := range tables {
			if !t.has(c) {
				return fmt.Errorf("ignore: table %s has no column %q%s", t.name, c, near(c, t.names()))
			}
			r.change(t.name, func(rules *diff.Rules) { rules.Ignore = append(rules.Ignore, c) })
		}
	}
	return nil
}

func (r *resolver) tolerance(x ColumnTolerance) error {
	t := diff.Tolerance{Abs: x.Abs, Rel: x.Rel, DateSeconds: x.Seconds}
	tables := r.named(x.Table, func(t *sideTable) bool { return t.has(x.Column) })
	switch {
	case len(tables) == 0 && x.Table != "":
		return r.noTable("tolerance", x.Table)
	case len(tables) == 0:
		return r.noColumn("tolerance", []string{x.Column})
	case x.Table == "":
		r.out.Rules.Tolerances = with(r.out.Rules.Tolerances, x.Column, t)
		return nil
	}
	for _, at := range tables {
		if !at.has(x.Column) {
			return fmt.Errorf("tolerance: table %s has no column %q%s", at.name, x.Column, near(x.Column, at.names()))
		}
		r.change(at.name, func(rules *diff.Rules) { rules.Tolerances = with(rules.Tolerances, x.Column, t) })
	}
	return nil
}

func with[V any](m map[string]V, key string, v V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = v
	return m
}

func missing(t *sideTable, columns []string) string {
	for _, c := range columns {
		if !t.has(c) {
			return c
		}
	}
	return ""
}

func (t *sideTable) names() []string {
	var out []string
	for _, c := range t.columns {
		out = append(out, c.Name)
	}
	return out
}

// noTable is the error of an option that names a table nobody has.
func (r *resolver) noTable(option, name string) error {
	var names []string
	for i := range r.tables {
		names = append(names, r.tables[i].name)
	}
	return fmt.Errorf("%s: neither side has a table %q%s", option, name, near(name, names))
}

// noColumn is the error of columns that no table has.
func (r *resolver) noColumn(option string, columns []string) error {
	name := strings.Join(columns, ", ")
	names := map[string]bool{}
	for i := range r.tables {
		for _, n := range r.tables[i].names() {
			names[n] = true
		}
	}
	for _, c := range columns {
		if !slices.ContainsFunc(r.tables, func(t sideTable) bool { return t.has(c) }) {
			name = c
			break
		}
	}
	if len(columns) > 1 && name != "" && strings.Contains(name, ", ") {
		return fmt.Errorf("%s: no table has all of the columns %s together", option, name)
	}
	return fmt.Errorf("%s: no table has a column %q%s", option, name, near(name, slices.Sorted(maps.Keys(names))))
}

// near suggests what may have been meant, or says what is there.
func near(name string, known []string) string {
	best, cost := "", 3
	for _, k := range known {
		if strings.EqualFold(k, name) || strings.TrimLeft(k, "@") == name {
			return fmt.Sprintf("; did you mean %q?", k)
		}
		if d := editDistance(name, k, cost); d < cost {
			best, cost = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	known = slices.Compact(slices.Clone(known))
	switch n := len(known); {
	case n == 0:
		return ""
	case n <= 8:
		return "; there are " + strings.Join(known, ", ")
	default:
		return fmt.Sprintf("; there are %s and %d more", strings.Join(known[:6], ", "), n-6)
	}
}

// editDistance is the number of letters to change, at most most.
func editDistance(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most || len(a) > 200 {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := corner
			if a[i] != b[j] {
				d = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], d
		}
	}
	return min(row[len(b)], most)
}
