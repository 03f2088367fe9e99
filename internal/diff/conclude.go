package diff

import "slices"

// conclude adds up a table, whole and by pairs of files.
func (c *comparison) conclude(t *tablePair) {
	place := int64(0)
	if t.place != noPlace {
		place = 1
	}
	cols := int64(len(t.cols)) + place
	columnsA, columnsB := cols+int64(t.onlyLeft), cols+int64(len(t.extra))
	var rowsA, rowsB int64
	countA, countB := map[int]int64{}, map[int]int64{} // rows by pair of files
	if t.left != nil {
		rowsA = t.left.rows
		for f, n := range t.left.byFile {
			countA[c.pairOfLeft[f]] += n
		}
	}
	if t.right != nil {
		rowsB = t.right.rows
		for f, n := range t.right.byFile {
			countB[c.pairOfRight[f]] += n
		}
	}
	matched, changed := t.skipped, int64(0)
	inPair := map[int]changedCount{} // rows matched within the pair, cells changed
	note := func(files filesOfRow, rows, cells int64) {
		matched += rows
		changed += cells
		if p := c.pairOfLeft[files.left]; p == c.pairOfRight[files.right] {
			inPair[p] = changedCount{inPair[p].rows + rows, inPair[p].cells + cells}
		}
	}
	for files, n := range t.joined.equal {
		note(files, n, 0)
	}
	for files, n := range t.changedIn {
		note(files, n.rows, n.cells)
	}
	for f, skip := range t.skipLeft {
		if skip {
			p := c.pairOfLeft[f]
			inPair[p] = changedCount{inPair[p].rows + t.left.byFile[int32(f)], inPair[p].cells}
		}
	}
	n := &t.res.Counts
	n.RowsMatched = matched
	n.RowsRemoved, n.RowsAdded = rowsA-matched, rowsB-matched
	t.res.Tally = tally(rowsA, columnsA, rowsB, columnsB, matched, cols, changed)
	c.result.Tally.Add(t.res.Tally)
	for p := range c.pairs {
		if countA[p]+countB[p] == 0 {
			continue
		}
		in := tally(countA[p], columnsA, countB[p], columnsB, inPair[p].rows, cols, inPair[p].cells)
		if c.pairs[p].Tables == nil {
			c.pairs[p].Tables = map[string]Tally{}
		}
		c.pairs[p].Tables[t.res.Name()] = in
		c.pairs[p].Tally.Add(in)
	}
	c.result.Tables = append(c.result.Tables, t.res)
}

// concludeAll takes the mean over files, and what deserves a note.
func (c *comparison) concludeAll() {
	var each []float64 // of the pairs
	for i := range c.pairs {
		p := &c.pairs[i]
		if p.Left != nil && p.Right != nil {
			each = append(each, p.Tally.Similarity())
		}
		for _, f := range []*File{p.Left, p.Right} {
			if f != nil && f.Partial {
				c.note("%s was not read whole: rows that it lacks count as missing", f.Path)
			}
		}
	}
	c.result.Mean = 1
	if len(c.pairs) > 0 {
		c.result.Mean = 0
		slices.Sort(each) // a sum of floats depends on their order, which is the left's
		for _, s := range each {
			c.result.Mean += s
		}
		c.result.Mean /= float64(len(c.pairs))
	}
	c.result.Files = c.pairs
}
