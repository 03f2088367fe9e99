package diff

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// detectKey chooses how rows are matched. The caller's word goes first.
func (t *tablePair) detectKey(ctx context.Context, workers int) (*candidate, error) {
	key := &t.res.Key
	switch {
	case t.oneRowPerFile():
		key.Scope, key.Why = ScopeRoot, "one row per file"
		return &candidate{scoped: t.place != noPlace, info: KeyCandidate{Scope: ScopeRoot}}, nil
	case len(t.rules.Key) > 0:
		return t.givenKey(ctx)
	case t.rules.Keyless:
		key.Why = "asked for"
		return nil, nil
	case len(t.cols) == 0:
		key.Why = "no common columns"
		return nil, nil
	case t.rowsLeft == 0 || t.rowsRight == 0:
		key.Why = "nothing to match"
		return nil, nil
	}
	a, err := t.sample(ctx, true)
	if err != nil {
		return nil, err
	}
	b, err := t.sample(ctx, false)
	if err != nil {
		return nil, err
	}
	list := t.candidates(a, b)
	if len(list) == 0 {
		key.Why = "no column, pair or triple of columns is unique on both sides"
		return nil, nil
	}
	if err := t.measure(ctx, list, workers); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, byScore)
	t.ranked = list
	var chosen *candidate
	for _, c := range list {
		if chosen != nil {
			break
		}
		if err := t.examine(c, a, b); err != nil {
			return nil, err
		}
		if c.info.Refused == "" {
			chosen = c
		}
	}
	if chosen == nil {
		key.Why = fmt.Sprintf("all of %d candidates were refused", len(list))
	}
	return chosen, nil
}

// measure takes the candidates' sketches on both sides.
func (t *tablePair) measure(ctx context.Context, list []*candidate, workers int) error {
	for side, left := range []bool{true, false} {
		sketches, err := t.sketchKeys(ctx, left, list, workers)
		if err != nil {
			return err
		}
		for i, c := range list {
			c.sketch[side] = sketches[i]
		}
	}
	for _, c := range list {
		before := c.info.Overlap
		c.pairs, c.info.Overlap = common(c.sketch[0], c.sketch[1])
		c.info.Unique = min(c.sketch[0].unique(), c.sketch[1].unique())
		c.info.Score = rounded(c.info.Score + 0.35*(c.info.Overlap-before) - 10*min(1-c.info.Unique, 0.02))
	}
	return nil
}

// examine refuses a candidate that is not unique enough or whose rows don't
// agree: a row number that poses as a key.
func (t *tablePair) examine(c *candidate, a, b *sample) error {
	i := &c.info
	switch {
	case i.Unique < uniqueEnough:
		i.Refused = fmt.Sprintf("only %.1f %% of its values occur once", 100*i.Unique)
		return nil
	case len(c.pairs) == 0 && i.Name < 0.5:
		i.Refused = "the two sides have no value in common"
		return nil
	case len(c.pairs) == 0:
		return nil
	}
	g, err := t.agree(c, a, b)
	if err != nil {
		return err
	}
	c.tested, c.test = true, g
	i.Refused = g.refused()
	return nil
}

// oneRowPerFile tells the table of the documents' roots.
func (t *tablePair) oneRowPerFile() bool {
	for _, sp := range []*spool{t.left, t.right} {
		if sp.own.id < 0 || sp.schema.Parent != "" || sp.own.parentTable >= 0 {
			return false
		}
		for _, n := range sp.byFile {
			if n > 1 {
				return false
			}
		}
	}
	return true
}

// givenKey finds the columns that the caller named. It is taken within the
// row's place if it is unique only there.
func (t *tablePair) givenKey(ctx context.Context) (*candidate, error) {
	var cols []int
	for _, name := range t.rules.Key {
		i := slices.IndexFunc(t.cols, func(c col) bool {
			p := &t.res.Columns[c.pair]
			return name == p.Left || name == p.Right ||
				name == t.left.column(c.left).XPath || name == t.right.column(c.right).XPath
		})
		if i < 0 {
			return nil, fmt.Errorf("key %q of table %s: %w on both sides; there are %s",
				name, t.res.Name(), ErrNoColumn, t.columnNames())
		}
		if !slices.Contains(cols, i) {
			cols = append(cols, i)
		}
	}
	c := t.candidate(false, cols...)
	t.res.Key.Given, t.res.Key.Why = true, "given"
	if t.place == noPlace {
		return c, nil
	}
	scoped := t.candidate(true, cols...)
	if err := t.measure(ctx, []*candidate{c, scoped}, 1); err != nil {
		return nil, err
	}
	if c.info.Unique < uniqueEnough && scoped.info.Unique > c.info.Unique {
		return scoped, nil
	}
	return c, nil
}

// columnNames lists what may be a key, cut where it gets long.
func (t *tablePair) columnNames() string {
	var out []string
	for i := range t.cols {
		if i == 20 {
			out = append(out, "...")
			break
		}
		out = append(out, t.res.Columns[t.cols[i].pair].Left)
	}
	return strings.Join(out, ", ")
}
