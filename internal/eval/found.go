package eval

import (
	"context"
	"slices"
	"strings"

	"retable/internal/diff"
)

// changes keeps what a comparison tells.
type changes struct {
	list []diff.Change
}

func (c *changes) Files([]diff.FilePair) error      { return nil }
func (c *changes) Table(*diff.TableResult) error    { return nil }
func (c *changes) Change(change *diff.Change) error { c.list = append(c.list, *change); return nil }

func compare(a, b *source, opts diff.Options, scratch string) (*diff.Result, []diff.Change, error) {
	opts.Scratch = scratch
	var c changes
	res, err := diff.Compare(context.Background(), a, b, opts, &c)
	return res, c.list, err
}

// plain strips what the converter adds to a table's or a column's name.
func plain(name string) string {
	if i := strings.LastIndexAny(name, "~/"); i >= 0 {
		name = name[i+1:]
	}
	return strings.TrimPrefix(name, "@")
}

// needKey tells whether the truth names a key for the table.
func (f facts) needKey(table string) bool {
	return slices.ContainsFunc(f[keysFound], func(fact string) bool { return strings.HasPrefix(fact, table+" by ") })
}

func foundPairs(out facts, res *diff.Result) {
	for i := range res.Files {
		if p := &res.Files[i]; p.Left != nil && p.Right != nil {
			out.add(filePairs, pairFact(p.Left.Path, p.Right.Path))
		}
	}
}

// found puts a comparison of mutants into facts. The truth says in which
// tables a key is needed.
func found(a, b *bundle, res *diff.Result, list []diff.Change, is facts, keyless bool) facts {
	out := facts{}
	foundPairs(out, res)
	index := map[string]int{}
	for t := range a.tables {
		index[a.tables[t].name] = t
	}
	for _, t := range res.Tables {
		name := plain(t.Name())
		var key []string
		for _, c := range t.Key.Columns {
			key = append(key, plain(c))
		}
		if t := index[name]; !keyless && len(key) > 0 && (a.tables[t].keyless || is.needKey(name)) {
			out.add(keysFound, keyFact(name, key))
		}
		for _, c := range t.Columns {
			switch c.How {
			case diff.ColumnRename:
				out.add(renames, renameFact(name, plain(c.Left), plain(c.Right)))
			case diff.ColumnRemoves:
				out.add(otherColumns, name+" lost "+plain(c.Left))
			case diff.ColumnAdds:
				out.add(otherColumns, name+" got "+plain(c.Right))
			default:
			}
		}
	}
	left, right := a.inOrder(), b.inOrder()
	for i := range list {
		c := &list[i]
		name := plain(c.Table)
		t, known := index[name]
		if !known {
			continue
		}
		less := keyless || a.tables[t].keyless
		switch c.Op {
		case diff.RowAdded:
			out.add(rowsAdded.in(less), name+": "+right[t][c.RowB].text())
		case diff.RowRemoved:
			out.add(rowsRemoved.in(less), name+": "+left[t][c.RowA].text())
		case diff.RowMoved:
			out.add(rowsMoved.in(less), name+": "+left[t][c.RowA].text()+" > "+right[t][c.RowB].file.path)
		case diff.CellChanged:
			kind := cellsChanged
			if c.Class == diff.FormatOnly {
				kind = formatOnly
			}
			before, after := cell{text: c.Old, null: c.OldNull}, cell{text: c.New, null: c.NewNull}
			out.add(kind.in(less), cellFact(name, left[t][c.RowA].text(), plain(c.Column), before.String(), after.String()))
		default:
		}
	}
	return out
}
