package diff

import (
	"context"
	"errors"
	"slices"
)

// explainer turns matched rows into changes. It belongs to one goroutine.
type explainer struct {
	t      *tablePair
	files  [2][]File
	rows   [2]*reader
	places [2]*placer
	lines  [2]*lineage
	work   cellWork
	counts Counts
	cells  []explained // by TableResult.Columns
	in     map[filesOfRow]changedCount
	labels [2][]string
	ends   []rowEnd // of the batch, if the sink wants rows
}

// rowEnd tells where a task's changes end, and its rows.
type rowEnd struct {
	task
	changes    int
	rowA, rowB int64
}

type explained struct{ changed, format int64 }

// task is a row, or a matched pair of rows, that is to be explained.
type task struct {
	op          Op
	left, right int64
}

var errCollision = errors.New("two different keys have one hash")

const batchTasks = 256

func (c *comparison) newExplainer(t *tablePair) *explainer {
	e := &explainer{
		t: t, files: [2][]File{c.left.files, c.right.files}, in: map[filesOfRow]changedCount{},
		lines: [2]*lineage{newLineage(c.tables, true), newLineage(c.tables, false)},
		cells: make([]explained, len(t.res.Columns)),
	}
	for s, sp := range []*spool{t.left, t.right} {
		if sp != nil {
			e.rows[s] = sp.reader()
			e.places[s] = t.placer(s == 0)
			e.labels[s] = sp.labels()
		}
	}
	return e
}

// explain sends a table's row changes to the sink: rows of the left in their
// order, then added ones in the right's.
func (c *comparison) explain(ctx context.Context, t *tablePair) error {
	list, err := c.newListing(t)
	if err != nil {
		return err
	}
	defer list.close()
	workers := make([]*explainer, c.opts.Workers)
	for i := range workers {
		workers[i] = c.newExplainer(t)
	}
	batch := make([]task, 0, batchTasks*len(workers))
	out := make([][]Change, len(workers))
	done, total := int64(0), t.joined.changed.n+t.joined.removed.n+t.joined.added.n
	flush := func() error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		parts := slices.Collect(slices.Chunk(batch, max((len(batch)+len(workers)-1)/len(workers), 1)))
		err := parallel(len(parts), len(workers), func(i int) (err error) {
			out[i], workers[i].ends = out[i][:0], workers[i].ends[:0]
			for _, job := range parts[i] {
				if out[i], err = workers[i].explain(out[i], job); err != nil {
					return err
				}
				if list != nil {
					workers[i].end(job, len(out[i]))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := range parts {
			if err := c.send(out[i], workers[i].ends, list); err != nil {
				return err
			}
		}
		done += int64(len(batch))
		c.progress.report(Progress{"explain", t.res.Name(), done, total})
		batch = batch[:0]
		return nil
	}
	err = t.joined.tasks(func(job task) error {
		if batch = append(batch, job); len(batch) < cap(batch) {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	for _, e := range workers {
		t.add(e)
	}
	if err != nil || list == nil {
		return err
	}
	return list.tell(ctx)
}

// send gives changes to the sink and, to one that wants rows, where each row
// ends.
func (c *comparison) send(changes []Change, ends []rowEnd, list *listing) error {
	sent := 0
	upTo := func(n int) error {
		for ; sent < n; sent++ {
			if err := c.sink.Change(&changes[sent]); err != nil {
				return err
			}
			changes[sent] = Change{}
		}
		return nil
	}
	for i := range ends {
		end := &ends[i]
		if err := upTo(end.changes); err != nil {
			return err
		}
		note, err := list.to.Row(end.rowA, end.rowB)
		if err != nil {
			return err
		}
		if err := list.add(end.task, end.rowA, note); err != nil {
			return err
		}
	}
	return upTo(len(changes))
}

// end notes where a task's changes end. Its rows are those read last.
func (e *explainer) end(job task, changes int) {
	end := rowEnd{job, changes, -1, -1}
	if job.op != RowAdded {
		end.rowA = e.rows[0].row.ord
	}
	if job.op != RowRemoved {
		end.rowB = e.rows[1].row.ord
	}
	e.ends = append(e.ends, end)
}

// tasks calls do for all that is to be explained, in order.
func (j *joined) tasks(do func(task) error) error {
	changed, err := j.changed.sorted()
	if err != nil {
		return err
	}
	removed, err := j.removed.sorted()
	if err != nil {
		return err
	}
	ch, cok, err := changed.next()
	if err != nil {
		return err
	}
	re, rok, err := removed.next()
	if err != nil {
		return err
	}
	for cok || rok {
		if !rok || cok && ch.k < re.k {
			if err = do(task{CellChanged, int64(ch.k), int64(ch.v)}); err == nil {
				ch, cok, err = changed.next()
			}
		} else {
			if err = do(task{RowRemoved, int64(re.k), -1}); err == nil {
				re, rok, err = removed.next()
			}
		}
		if err != nil {
			return err
		}
	}
	added, err := j.added.sorted()
	if err != nil {
		return err
	}
	for {
		p, ok, err := added.next()
		if err != nil || !ok {
			return err
		}
		if err := do(task{RowAdded, -1, int64(p.k)}); err != nil {
			return err
		}
	}
}

// add takes over what a goroutine counted.
func (t *tablePair) add(e *explainer) {
	n := &t.res.Counts
	n.RowsChanged += e.counts.RowsChanged
	n.RowsMoved += e.counts.RowsMoved
	n.RowsFormatOnly += e.counts.RowsFormatOnly
	n.CellsChanged += e.counts.CellsChanged
	n.CellsFormatOnly += e.counts.CellsFormatOnly
	for i, c := range e.cells {
		t.res.Columns[i].Changed += c.changed
		t.res.Columns[i].FormatOnly += c.format
	}
	for files, n := range e.in {
		sum := t.changedIn[files]
		t.changedIn[files] = changedCount{sum.rows + n.rows, sum.cells + n.cells}
	}
}

func (e *explainer) explain(out []Change, job task) ([]Change, error) {
	switch job.op {
	case RowRemoved:
		return e.single(out, 0, RowRemoved, job.left)
	case RowAdded:
		return e.single(out, 1, RowAdded, job.right)
	}
	return e.pair(out, job.left, job.right)
}

// single is a row without a counterpart, with all its cells.
func (e *explainer) single(out []Change, side int, op Op, at int64) ([]Change, error) {
	r, err := e.rows[side].read(at)
	if err != nil {
		return out, err
	}
	c, err := e.change(op, side, r)
	if err != nil {
		return out, err
	}
	c.Class = Content
	for i, label := range e.labels[side] {
		v, ok := r.value(i)
		c.Cells = append(c.Cells, Value{label, string(v), !ok})
	}
	return append(out, c), nil
}

// change begins a Change about a row of one side.
func (e *explainer) change(op Op, side int, r *row) (Change, error) {
	o, err := e.lines[side].of(e.t, r)
	c := Change{Op: op, Table: e.t.res.Name(), Key: o.key, RowA: -1, RowB: -1}
	c.locate(side, e.files[side][r.file].Path, r, o.path)
	return c, err
}

func (c *Change) locate(side int, file string, r *row, path string) {
	if side == 0 {
		c.FileA, c.RowA, c.LineA, c.XPathA = file, r.ord, r.line, path
		return
	}
	c.FileB, c.RowB, c.LineB, c.XPathB = file, r.ord, r.line, path
}

// pair compares two rows that belong together.
func (e *explainer) pair(out []Change, left, right int64) ([]Change, error) {
	x, err := e.rows[0].read(left)
	if err != nil {
		return out, err
	}
	y, err := e.rows[1].read(right)
	if err != nil {
		return out, err
	}
	t := e.t
	if t.key != nil {
		for _, i := range t.key.cols {
			if t.compareCell(&e.work, i, x, y) == differs {
				return out, errCollision
			}
		}
	}
	base, err := e.change(CellChanged, 0, x)
	if err != nil {
		return out, err
	}
	to, err := e.lines[1].of(t, y)
	if err != nil {
		return out, err
	}
	base.locate(1, e.files[1][y.file].Path, y, to.path)
	out, content, err := e.moved(out, base, x, y)
	if err != nil {
		return out, err
	}
	format := int64(0)
	for i := range t.cols {
		v := t.compareCell(&e.work, i, x, y)
		if v == same {
			continue
		}
		p := &t.res.Columns[t.cols[i].pair]
		c := base
		a, aok := x.value(t.cols[i].left)
		b, bok := y.value(t.cols[i].right)
		c.Column, c.ColumnB, c.Class = p.Left, p.Right, Content
		c.Old, c.New, c.OldNull, c.NewNull = string(a), string(b), !aok, !bok
		c.XPathA = cellPath(t.left, t.cols[i].left, base.XPathA)
		c.XPathB = cellPath(t.right, t.cols[i].right, base.XPathB)
		if v == sameButFormat {
			c.Class = FormatOnly
			format++
			e.cells[t.cols[i].pair].format++
		} else {
			content++
			e.counts.CellsChanged++
			e.cells[t.cols[i].pair].changed++
		}
		out = append(out, c)
	}
	for _, i := range t.extra {
		if b, ok := y.value(i); ok {
			c := base
			c.Op, c.Class, c.ColumnB, c.New, c.OldNull = CellAdded, Content, e.labels[1][i], string(b), true
			c.XPathB = cellPath(t.right, i, base.XPathB)
			out = append(out, c)
		}
	}
	e.counts.CellsFormatOnly += format
	switch {
	case content > 0:
		e.counts.RowsChanged++
	case format > 0:
		e.counts.RowsFormatOnly++
	}
	files := filesOfRow{x.file, y.file}
	n := e.in[files]
	e.in[files] = changedCount{n.rows + 1, n.cells + content}
	return out, nil
}

// moved compares the places of two rows: 1 if they differ.
func (e *explainer) moved(out []Change, base Change, x, y *row) ([]Change, int64, error) {
	px, err := e.places[0].of(x)
	if err != nil {
		return out, 0, err
	}
	py, err := e.places[1].of(y)
	if err != nil || px == py {
		return out, 0, err
	}
	base.Op, base.Class, base.Column, base.ColumnB = RowMoved, Content, e.t.res.Place, e.t.res.Place
	if base.Old, err = e.lines[0].place(e.t, x, e.files[0]); err != nil {
		return out, 0, err
	}
	if base.New, err = e.lines[1].place(e.t, y, e.files[1]); err != nil {
		return out, 0, err
	}
	e.counts.RowsMoved++
	return append(out, base), 1, nil
}
