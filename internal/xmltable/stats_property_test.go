package xmltable

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"retable/internal/table"
)

// TestStatisticsAreThoseOfTheCells: a column's nulls are counted per table
// and column, and what shows a subtree as a whole is described by its cells.
func TestStatisticsAreThoseOfTheCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := docsOf(t, genBundle(t, 4))
		s := setup{opts: genOptions(t)}
		c, err := s.convert(docs)
		if err != nil {
			t.Fatalf("%+v: %v\n%+v", s.opts, err, docs)
		}
		for _, pl := range c.plans {
			for _, sc := range pl.Schemas() {
				if d := statsDiffer(sc, c.rows.rows[sc.Name]); d != "" {
					t.Fatalf("%s %s\n%+v %+v", sc.Name, d, s.opts, docs)
				}
			}
		}
	})
}

// statsDiffer compares a table's statistics with its cells. Of a path that is
// shown in several cells per value, or several values per cell, the values
// are the path's; its nulls are always the column's.
func statsDiffer(s *table.Schema, rows [][]string) string {
	for i, col := range s.Columns {
		if col.Stats == nil {
			continue
		}
		var cells []string
		for _, r := range rows {
			if r[i] != null {
				cells = append(cells, r[i])
			}
		}
		if n := uint64(len(rows) - len(cells)); n != col.Stats.Nulls {
			return fmt.Sprintf("%s: %d nulls, statistics say %d", col.Name, n, col.Stats.Nulls)
		}
		path := strings.Contains(s.Name, "_without_rows") || col.Form == table.List || strings.HasPrefix(col.Name, "../") || strings.Contains(col.Name, "[")
		if path || col.Type != table.Text && col.Form == table.Scalar {
			continue
		}
		if d := cellsDiffer(col.Stats, cells); d != "" {
			return col.Name + ": " + d
		}
	}
	return ""
}

func cellsDiffer(st *table.Stats, cells []string) string {
	filled := slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return c == "" })
	longest := 0
	for _, c := range filled {
		longest = max(longest, len(c))
	}
	slices.Sort(filled)
	distinct := len(slices.Compact(slices.Sorted(slices.Values(cells))))
	switch {
	case st.Values != uint64(len(cells)):
		return fmt.Sprintf("%d values, statistics say %d", len(cells), st.Values)
	case st.Empty != uint64(len(cells)-len(filled)):
		return fmt.Sprintf("%d empty, statistics say %d", len(cells)-len(filled), st.Empty)
	case st.Longest != longest:
		return fmt.Sprintf("%d bytes at most, statistics say %d", longest, st.Longest)
	case distinct <= 64 && st.Distinct != uint64(distinct):
		return fmt.Sprintf("%d distinct, statistics say %d", distinct, st.Distinct)
	case len(filled) > 0 && (st.Min != string(clip([]byte(filled[0]))) || st.Max != string(clip([]byte(filled[len(filled)-1])))):
		return fmt.Sprintf("from %q to %q, statistics say from %q to %q", filled[0], filled[len(filled)-1], st.Min, st.Max)
	}
	return ""
}
