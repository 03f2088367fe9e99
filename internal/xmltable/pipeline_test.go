package xmltable

import (
	"context"
	"fmt"
	"os"
	"strings"

	"retable/internal/table"
	"retable/internal/xmltok"
)

// conversion is everything that two passes over some documents gave.
type conversion struct {
	profiles []*FileProfile
	plans    []*Plan
	rows     *collected
	results  []*FileResult
	proofs   []*Proof
}

// collected is a sink that keeps rows as text: per table name, one slice of
// cells per row.
type collected struct {
	rows  map[string][][]string
	order []string // every row, in the order of delivery
	quiet bool     // leave order out
}

const null = "\x00"

func newCollected() *collected { return &collected{rows: map[string][][]string{}} }

func (c *collected) Row(p *Plan, ti int, row *table.Row) error {
	s := &p.Tables[ti].Schema
	if len(row.Cells) != len(s.Columns) {
		return fmt.Errorf("table %s: a row of %d cells for %d columns", s.Name, len(row.Cells), len(s.Columns))
	}
	cells := make([]string, len(row.Cells))
	for i := range cells {
		v, ok := row.Value(i)
		if !ok {
			cells[i] = null
			continue
		}
		if row.Cells[i].Flags&table.Plain != 0 && strings.ContainsAny(string(v), ",\"\r\n\t") {
			return fmt.Errorf("cell %s holds %q and claims to be plain", s.Columns[i].Name, v)
		}
		cells[i] = string(v)
	}
	c.rows[s.Name] = append(c.rows[s.Name], cells)
	if c.quiet {
		return nil
	}
	c.order = append(c.order, fmt.Sprintf("%s %d %q", s.Name, row.Pos.File, cells))
	return nil
}

// setup is how a test converts.
type setup struct {
	opts     Options
	tok      xmltok.Options
	maxValue int
	scratch  string
	quiet    bool // rows by table only
}

// scan profiles documents with one scanner.
func (s setup) scan(docs []doc) (*Scanner, []*FileProfile, error) {
	sc := NewScanner(s.tok, s.maxValue)
	var out []*FileProfile
	for i, d := range docs {
		fp, err := sc.File(context.Background(), i, strings.NewReader(d.text))
		if err != nil {
			return nil, nil, err
		}
		out = append(out, fp)
	}
	return sc, out, nil
}

// plan makes the plans of all kinds.
func (s setup) plan(p Profiles) ([]*Plan, error) {
	var plans []*Plan
	taken := map[string]bool{}
	for _, k := range p.Kinds() {
		pl, err := NewPlan(k, s.opts)
		if err != nil {
			return nil, err
		}
		pl.Rename(taken)
		plans = append(plans, pl)
	}
	return plans, nil
}

// convert runs both passes; documents without a root element are left out
// of the second.
func (s setup) convert(docs []doc) (*conversion, error) {
	sc, profiles, err := s.scan(docs)
	if err != nil {
		return nil, err
	}
	c := &conversion{profiles: profiles, rows: newCollected()}
	c.rows.quiet = s.quiet
	if c.plans, err = s.plan(sc.Profiles()); err != nil {
		return nil, err
	}
	f, err := s.flatten(c, docs, c.rows)
	if err != nil {
		return nil, err
	}
	for _, pl := range c.plans {
		c.proofs = append(c.proofs, Prove(pl, f))
		FillStats(pl, f)
	}
	return c, nil
}

func (s setup) flatten(c *conversion, docs []doc, sink Sink) (*Flattener, error) {
	scratch := s.scratch
	if scratch == "" {
		scratch = os.TempDir()
	}
	f := NewFlattener(c.plans, sink, FlattenOptions{Tokenizer: s.tok, MaxValue: s.maxValue, Scratch: scratch})
	for i, d := range docs {
		if c.profiles[i].Kind == "" {
			continue
		}
		res, err := f.File(context.Background(), File{Index: i, Path: d.name}, strings.NewReader(d.text))
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		c.results = append(c.results, res)
	}
	return f, f.Close()
}

// text writes a conversion's tables for a comparison.
func (c *conversion) text() string {
	var b strings.Builder
	for _, pl := range c.plans {
		fmt.Fprintf(&b, "# %s %v %.6f %s %s\n", pl.Kind, pl.Choice.Paths(), pl.Choice.Coverage, pl.Choice.Confidence, pl.Choice.Reason)
		for _, s := range pl.Schemas() {
			fmt.Fprintf(&b, "== %s (%s) of %q\n", s.Name, s.Path, s.Parent)
			for _, col := range s.Columns {
				fmt.Fprintf(&b, "%s|%s|%s|%v|%v|%v", col.Name, col.XPath, col.Path, col.Type, col.Form, col.Role)
				if col.Stats != nil {
					fmt.Fprintf(&b, "|%+v", *col.Stats)
				}
				b.WriteByte('\n')
			}
			for _, r := range c.rows.rows[s.Name] {
				fmt.Fprintf(&b, "%q\n", r)
			}
		}
	}
	return b.String()
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		var l, r string
		if i < len(x) {
			l = x[i]
		}
		if i < len(y) {
			r = y[i]
		}
		if l != r {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, l, r)
		}
	}
	return ""
}
