package diff_test

import (
	"fmt"
	"strings"

	"retable/internal/diff"
)

// describe writes a result as text for goldens.
func describe(res *diff.Result, r *record) string {
	var b strings.Builder
	path := func(f *diff.File) string {
		if f == nil {
			return "-"
		}
		return f.Path
	}
	for i := range res.Files {
		p := &res.Files[i]
		fmt.Fprintf(&b, "file %s %s (%s) S=%.4f\n", path(p.Left), path(p.Right), p.Stage, p.Tally.Similarity())
	}
	for _, t := range res.Tables {
		fmt.Fprintf(&b, "table %s: key %v by %s, place %q, S=%.4f, %+v\n", t.Name(), t.Key.Columns, t.Key.Scope, t.Place, t.Tally.Similarity(), t.Counts)
		for _, n := range t.Notes {
			fmt.Fprintf(&b, "  note: %s\n", n)
		}
	}
	for i := range r.changes {
		c := &r.changes[i]
		fmt.Fprintf(&b, "%s: %s\n", c.Table, text(c))
		if c.XPathA != "" {
			fmt.Fprintf(&b, "  a %s:%d %s\n", c.FileA, c.LineA, c.XPathA)
		}
		if c.XPathB != "" {
			fmt.Fprintf(&b, "  b %s:%d %s\n", c.FileB, c.LineB, c.XPathB)
		}
	}
	w := res.Tally.Waterfall()
	fmt.Fprintf(&b, "S=%s=%.4f, mean %.4f: rows -%.4f +%.4f, columns -%.4f +%.4f, cells %.4f\n",
		res.Tally.Exact().RatString(), res.Similarity(), res.Mean, w.RemovedRows, w.AddedRows, w.RemovedColumns, w.AddedColumns, w.ChangedCells)
	for _, n := range res.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}
