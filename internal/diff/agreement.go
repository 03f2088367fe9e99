package diff

import "fmt"

// agreement is how alike sample rows are that a candidate puts together.
type agreement struct {
	pairs                     int
	share, rowOrder, byChance float64
}

const (
	leastShare = 0.5  // of equal cells
	leastAbove = 0.3  // of the way from chance to full agreement
	orderSlack = 0.05 // the sample of row order is another one
)

// refused tells what speaks against the candidate, "" if nothing does. A row
// number puts rows together by chance, or by their order.
func (g agreement) refused() string {
	switch {
	case g.share < leastShare:
		return fmt.Sprintf("rows with the same value agree in only %.0f %% of their cells", 100*g.share)
	case g.share < g.rowOrder-orderSlack:
		return fmt.Sprintf("rows with the same value agree less (%.0f %%) than rows in the same position (%.0f %%)", 100*g.share, 100*g.rowOrder)
	case g.byChance < 0.98 && g.share-g.byChance < leastAbove*(1-g.byChance):
		return fmt.Sprintf("rows with the same value agree hardly more (%.0f %%) than by chance (%.0f %%)", 100*g.share, 100*g.byChance)
	}
	return ""
}

// agree reads sample rows that have the same key and compares their other cells.
func (t *tablePair) agree(c *candidate, a, b *sample) (agreement, error) {
	inKey := make([]bool, len(t.cols))
	for _, i := range c.cols {
		inKey[i] = true
	}
	g := agreement{rowOrder: rowOrder(a, b, inKey)}
	equal, all := 0, 0
	ra, rb := t.left.reader(), t.right.reader()
	var work cellWork
	for _, p := range c.pairs {
		x, err := ra.read(p[0])
		if err != nil {
			return g, err
		}
		y, err := rb.read(p[1])
		if err != nil {
			return g, err
		}
		g.pairs++
		for i := range t.cols {
			if inKey[i] {
				continue
			}
			all++
			if t.compareCell(&work, i, x, y) != differs {
				equal++
			}
		}
	}
	if all == 0 {
		g.share, g.rowOrder = 1, 0
		return g, nil
	}
	g.share = float64(equal) / float64(all)
	others := 0
	for i := range t.cols {
		if !inKey[i] {
			others++
			g.byChance += chance(a.cells[i], b.cells[i])
		}
	}
	g.byChance = rounded(g.byChance / float64(max(others, 1)))
	return g, nil
}

func (t *tablePair) compareCell(w *cellWork, i int, x, y *row) verdict {
	c := &t.cols[i]
	a, aok := x.value(c.left)
	b, bok := y.value(c.right)
	return c.rule.compare(w, a, aok, b, bok)
}
