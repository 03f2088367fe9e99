package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"retable/internal/table"
)

// col is a matched column: its places in the two spools' rows, and its rule.
type col struct {
	left, right int
	rule        *cellRule
	seed        uint64
	pair        int // in TableResult.Columns
}

// labels names the spooled columns; a header that comes again gets #2.
func (sp *spool) labels() []string {
	seen := map[string]int{}
	out := make([]string, len(sp.columns))
	for i := range sp.columns {
		name := sp.column(i).Name
		seen[name]++
		out[i] = name
		if n := seen[name]; n > 1 {
			out[i] = fmt.Sprintf("%s#%d", name, n)
		}
	}
	return out
}

// columnMatch pairs columns of two spools by place.
type columnMatch struct {
	left, right int
	how         ColumnHow
	rename      *renameScore
}

// matchColumns pairs columns by header, by identity, and by header without
// regard to case and outer space. A step pairs what is unique on both sides,
// but a header that comes several times is paired in order.
func matchColumns(a, b *spool) []columnMatch {
	la, lb := a.labels(), b.labels()
	takenA, takenB := make([]bool, len(la)), make([]bool, len(lb))
	var out []columnMatch
	step := func(how ColumnHow, name func(sp *spool, labels []string, i int) string) {
		index := func(sp *spool, labels []string, taken []bool) map[string][]int {
			m := map[string][]int{}
			for i := range labels {
				if !taken[i] {
					if n := name(sp, labels, i); n != "" {
						m[n] = append(m[n], i)
					}
				}
			}
			return m
		}
		left, right := index(a, la, takenA), index(b, lb, takenB)
		for i := range la {
			if takenA[i] {
				continue
			}
			n := name(a, la, i)
			if l, r := left[n], right[n]; len(l) == 1 && len(r) == 1 {
				takenA[l[0]], takenB[r[0]] = true, true
				out = append(out, columnMatch{left: l[0], right: r[0], how: how})
			}
		}
	}
	step(ColumnExact, func(_ *spool, labels []string, i int) string { return labels[i] + "\x00" })
	step(ColumnXPath, func(sp *spool, _ []string, i int) string { return sp.column(i).XPath })
	folder := cases.Fold()
	step(ColumnFolded, func(_ *spool, labels []string, i int) string {
		return folder.String(strings.TrimSpace(norm.NFC.String(labels[i])))
	})
	return out
}

// setColumns takes the matched columns into the result and compiles their
// rules: compared pairs in the left's order, then what only one side has.
func (t *tablePair) setColumns(matches []columnMatch) {
	slices.SortFunc(matches, func(x, y columnMatch) int { return x.left - y.left })
	la, lb := t.left.labels(), t.right.labels()
	t.cols, t.extra, t.res.Columns = nil, nil, nil
	t.onlyLeft = 0
	matched := map[int]bool{}
	at := 0
	for i := range la {
		a := t.left.column(i)
		if at == len(matches) || matches[at].left != i {
			p := ColumnPair{Left: la[i], LeftType: t.left.stats[i].kind, How: ColumnRemoves}
			if t.ignored(a) {
				p.How = ColumnIgnored
			} else {
				t.onlyLeft++
			}
			t.res.Columns = append(t.res.Columns, p)
			continue
		}
		m := matches[at]
		at++
		matched[m.right] = true
		b := t.right.column(m.right)
		p := ColumnPair{
			Left: la[i], Right: lb[m.right], How: m.how,
			LeftType: t.left.stats[i].kind, RightType: t.right.stats[m.right].kind,
		}
		if m.rename != nil {
			p.Score, p.Name, p.Agreement, p.Type, p.Position, p.Margin = m.rename.score, m.rename.name,
				m.rename.agreement, m.rename.kind, m.rename.position, m.rename.margin
		}
		if t.ignored(a) || t.ignored(b) {
			p.How = ColumnIgnored
			t.res.Columns = append(t.res.Columns, p)
			continue
		}
		t.cols = append(t.cols, col{
			left: i, right: m.right, pair: len(t.res.Columns), seed: sharedSeed(p.Left, p.Right),
			rule: t.cellRule(a, b, p.LeftType, p.RightType),
		})
		t.res.Columns = append(t.res.Columns, p)
	}
	for i := range lb {
		if matched[i] {
			continue
		}
		p := ColumnPair{Right: lb[i], RightType: t.right.stats[i].kind, How: ColumnAdds}
		if t.ignored(t.right.column(i)) {
			p.How = ColumnIgnored
		} else {
			t.extra = append(t.extra, i)
		}
		t.res.Columns = append(t.res.Columns, p)
	}
}

// sharedSeed is the same whichever side a header is on: what is sampled by
// hash, and what is chosen by it, doesn't depend on the direction.
func sharedSeed(a, b string) uint64 {
	return mix64(xxh3.HashString(min(a, b)), xxh3.HashString(max(a, b)))
}

func (t *tablePair) ignored(c *table.Column) bool {
	return slices.ContainsFunc(t.rules.Ignore, func(p string) bool { return names(p, c) })
}

// cellRule adds up what the rules say for a column, by either name.
func (t *tablePair) cellRule(a, b *table.Column, ta, tb table.Type) *cellRule {
	r := t.rules.Cells
	for _, pattern := range sortedKeys(t.rules.Columns) {
		if names(pattern, a) || names(pattern, b) {
			r = r.plus(t.rules.Columns[pattern])
		}
	}
	var tol *tolerance
	for _, pattern := range sortedKeys(t.rules.Tolerances) {
		if names(pattern, a) || names(pattern, b) {
			tol, _ = t.rules.Tolerances[pattern].compile() // validated before
		}
	}
	return newCellRule(r, tol, ta, tb, a.Form, b.Form)
}

// inPiece tells whether the compared columns are all columns of a side, in
// their order: its rows are hashed in one piece then.
func (t *tablePair) inPiece(left bool) bool {
	all := len(t.left.columns)
	if !left {
		all = len(t.right.columns)
	}
	if len(t.cols) != all {
		return false
	}
	for i := range t.cols {
		at := t.cols[i].left
		if !left {
			at = t.cols[i].right
		}
		if at != i {
			return false
		}
	}
	return true
}
