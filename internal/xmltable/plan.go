package xmltable

import (
	"fmt"
	"strings"
	"unicode"

	"retable/internal/table"
)

// Plan says, for one kind of document, what each path becomes. It is built
// once and shared, read-only, by all flatteners.
type Plan struct {
	Kind   string
	Mode   Mode
	Files  int
	Choice *Choice
	Tables []*Table

	options Options
	profile *Profile
	root    *step
	values  []*value  // the proof's units, by id
	columns []*column // list columns, by id
	groups  []*group  // repeating elements inside records, by id
	spine   int       // number of scopes that may be open above a record
	steps   int       // ids given
}

// Table is one table of a plan.
type Table struct {
	Schema table.Schema // as rows are delivered

	inner  []table.Column // as rows are built
	picked []int          // by delivered column: the built one; nil: all as they are

	owned    []int32 // by column: the value it shows, or -1
	copies   []copied
	holds    []hold
	optional bool
	line     bool // rows need their position
	own      ownColumns
}

// copied is an ancestor's cell repeated in each row.
type copied struct{ scope, from, to int }

// hold says that rows wait for the end of an ancestor, because some of its
// values come after them.
type hold struct {
	scope  int
	copies []copied
}

// ownColumns are the positions of Retable's own columns, -1 where absent.
type ownColumns struct {
	record, name                             int
	file, line, offset, xpath                int
	id, parent, parentTable, fileID          int
	pos, ord, order, lineNo, offsetNo, hash_ int
}

func noOwnColumns() ownColumns {
	return ownColumns{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}
}

// NewPlan decides how documents of the profile's kind become tables.
// The profile must be complete and merged.
func NewPlan(p *Profile, opts Options) (*Plan, error) {
	p.Root.collapse()
	if opts.Recipe != nil {
		opts.Recipe.widen(p)
	}
	pl := &Plan{Kind: p.Kind, Mode: opts.Mode, Files: p.Files, profile: p, options: opts}
	var err error
	if len(opts.Records) > 0 {
		pl.Choice, err = p.ChooseByPath(opts.Records...)
	} else {
		pl.Choice = p.Choose()
	}
	if err != nil {
		return nil, err
	}
	if opts.Mode == Relational {
		newRelational(pl).build()
	} else {
		b, err := newFlat(pl)
		if err != nil {
			return nil, err
		}
		b.build()
	}
	pl.uniqueTables()
	if opts.Recipe != nil {
		opts.Recipe.apply(pl)
	}
	for _, t := range pl.Tables {
		if t.inner == nil {
			t.inner = t.Schema.Columns
		}
	}
	for _, v := range pl.values {
		v.cell = v.col >= 0 && v.list == nil && !v.late
	}
	return pl, pl.checkHeaders()
}

// project picks and orders the delivered columns. Values of columns that
// are left out are left out of the proof, as excluded.
func (t *Table) project(pl *Plan, picked []int, out []table.Column) {
	t.inner = t.Schema.Columns
	t.picked = picked
	t.Schema.Columns = out
	kept := map[int]bool{}
	for _, i := range picked {
		kept[i] = true
	}
	for i, id := range t.owned {
		if id >= 0 && !kept[i] {
			pl.values[id].excluded = true
		}
	}
	for _, v := range pl.values {
		if v.list != nil && v.table == t && !kept[v.list.col] || v.late && v.list == nil && v.col >= 0 && v.table == t && !kept[v.col] {
			v.excluded = true
		}
	}
}

// checkHeaders applies Options.Sep and refuses two columns of one name.
func (pl *Plan) checkHeaders() error {
	for _, t := range pl.Tables {
		taken := make(map[string]string, len(t.Schema.Columns))
		cols := append([]table.Column(nil), t.Schema.Columns...)
		for i := range cols {
			c := &cols[i]
			if pl.options.Sep != "" {
				c.Name = strings.ReplaceAll(c.Name, "/", pl.options.Sep)
			}
			if other, ok := taken[c.Name]; ok {
				return fmt.Errorf("columns %s and %s of table %s would both be called %q: choose another separator or name", other, c.XPath, t.Schema.Name, c.Name)
			}
			taken[c.Name] = c.XPath
		}
		t.Schema.Columns = cols
	}
	return nil
}

// uniqueTables gives tables of equal names (two kinds of one root name are
// told apart by the caller) numbers in order.
func (pl *Plan) uniqueTables() {
	taken := map[string]bool{}
	for _, t := range pl.Tables {
		name := t.Schema.Name
		for i := 2; taken[t.Schema.Name]; i++ {
			t.Schema.Name = fmt.Sprintf("%s~%d", name, i)
		}
		taken[t.Schema.Name] = true
	}
}

// addColumn appends a column to a table and returns its position.
func (t *Table) addColumn(c table.Column, shows int) int {
	t.Schema.Columns = append(t.Schema.Columns, c)
	t.owned = append(t.owned, int32(shows))
	return len(t.Schema.Columns) - 1
}

func (t *Table) addOwn(name string, typ table.Type) int {
	return t.addColumn(table.Column{Name: name, XPath: name, Type: typ, Role: table.Bookkeeping}, -1)
}

// escapeOwn keeps XML's names from colliding with Retable's own: what begins
// with _ gets one more.
func escapeOwn(name string) string {
	if name != "" && name[0] == '_' {
		return "_" + name
	}
	return name
}

// textMatters reports whether an element's own text needs a column: where
// there is some, or where nothing else shows that the element was there.
func (n *Node) textMatters() bool {
	return n.Bare > 0 || n.text != nil && n.text.n > n.text.empty
}

// tableName is an element's path joined by ~, which cannot occur in names.
func (nm naming) tableName(n *Node) string {
	s := nm.of(n)
	if s == wildcard {
		s = "_entry"
	} else {
		s = escapeOwn(s)
	}
	for i, c := range []byte(s) { // Clark names hold what files cannot
		if c == '/' || c == '\\' || c == ':' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] == '/' || b[j] == '\\' || b[j] == ':' {
					b[j] = '-'
				}
			}
			s = string(b)
			break
		}
	}
	if n.Parent == nil {
		return s + kindLabel(n)
	}
	return nm.tableName(n.Parent) + "~" + s
}

// kindLabel tells message types apart that share a root element, such as ISO
// 20022's Document: a namespace that ends in a dotted message id
// (camt.053.001.02) is part of the name, whatever else is in the bundle.
func kindLabel(root *Node) string {
	space := root.Name.Space
	last := space[strings.LastIndexAny(space, ":/")+1:]
	letter := strings.ContainsFunc(last, unicode.IsLetter)
	dotted := false
	for i := 0; i+1 < len(last); i++ {
		if last[i] == '.' && last[i+1] >= '0' && last[i+1] <= '9' {
			dotted = true
		}
	}
	if !letter || !dotted {
		return ""
	}
	return "-" + last
}

// Schemas returns the plan's tables' schemas in order.
func (pl *Plan) Schemas() []*table.Schema {
	out := make([]*table.Schema, len(pl.Tables))
	for i, t := range pl.Tables {
		out[i] = &t.Schema
	}
	return out
}

// Rename makes the plan's table names differ from those in taken, which
// grows by them.
func (pl *Plan) Rename(taken map[string]bool) {
	for _, t := range pl.Tables {
		name := t.Schema.Name
		for i := 2; taken[t.Schema.Name]; i++ {
			t.Schema.Name = fmt.Sprintf("%s~%d", name, i)
		}
		taken[t.Schema.Name] = true
	}
}

// Optional reports whether a table is only written if it has rows: those
// for ancestors that have no rows below.
func (pl *Plan) Optional(s *table.Schema) bool {
	for _, t := range pl.Tables {
		if &t.Schema == s {
			return t.optional
		}
	}
	return false
}
