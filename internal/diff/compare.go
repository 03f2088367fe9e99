package diff

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"retable/internal/table"
)

// comparison is one run of Compare.
type comparison struct {
	opts        Options
	sink        Sink
	sc          *scratch
	left, right *side
	tables      []*tablePair
	pairs       []FilePair
	pairOfLeft  []int // by file: index in pairs
	pairOfRight []int
	progress    progress
	result      *Result
}

// Compare compares two deliveries. Changes go to the sink as they are
// explained; what Compare returns holds counts, choices and similarity. It
// fails on options that don't fit the data (ErrOption, ErrNoColumn,
// ErrNoFile), on what the sources or the sink return, and with the context's
// cause. Neither source is written to.
func Compare(ctx context.Context, left, right Source, opts Options, sink Sink) (*Result, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	c := &comparison{opts: opts, sink: sink, sc: newScratch(opts.Scratch, opts.MemoryBytes/2)}
	c.progress.to = opts.Progress
	c.result = &Result{Left: left.Name(), Right: right.Name()}
	defer c.close()
	for _, step := range []func(context.Context) error{
		func(context.Context) error { return c.open(left, right) },
		c.read, c.pairFiles, c.match, c.report,
	} {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c.result, nil
}

func (c *comparison) close() {
	for _, t := range c.tables {
		t.close()
	}
	for _, sd := range []*side{c.left, c.right} {
		if sd != nil {
			sd.close()
		}
	}
	c.sc.close()
}

// open pairs the tables.
func (c *comparison) open(left, right Source) (err error) {
	if c.left, err = newSide(left, c.sc); err != nil {
		return err
	}
	if c.right, err = newSide(right, c.sc); err != nil {
		return err
	}
	several := len(c.left.files) > 1 || len(c.right.files) > 1
	c.left.telling, c.right.telling = several, several
	for _, sd := range []*side{c.left, c.right} {
		for _, s := range sd.src.Tables() {
			if sd.spools[s.Name] != nil {
				return fmt.Errorf("%s lists table %q twice", sd.src.Name(), s.Name)
			}
			sd.spools[s.Name] = newSpool(sd, s)
		}
	}
	for i, p := range pairTables(left.Tables(), right.Tables()) {
		t := &tablePair{index: i, res: &TableResult{Left: p[0], Right: p[1]}, changedIn: map[filesOfRow]changedCount{}}
		var both []string
		if p[0] != nil {
			t.left = c.left.spools[p[0].Name]
			both = append(both, p[0].Name)
		}
		if p[1] != nil {
			t.right = c.right.spools[p[1].Name]
			both = append(both, p[1].Name)
		}
		t.rules = c.opts.rulesFor(both...)
		if t.both() && p[0].Kind != p[1].Kind {
			t.note("the documents are of different kinds: %s and %s", kindName(p[0].Kind), kindName(p[1].Kind))
		}
		c.tables = append(c.tables, t)
	}
	link(c.tables)
	if !slices.ContainsFunc(c.tables, (*tablePair).both) && len(c.tables) > 0 {
		c.note("the two sides have no table in common: %s has %s, %s has %s",
			left.Name(), tableNames(left.Tables()), right.Name(), tableNames(right.Tables()))
	}
	return nil
}

func kindName(kind string) string {
	if kind == "" {
		return "none"
	}
	return kind
}

func tableNames(tables []*table.Schema) string {
	var out []string
	for _, s := range tables {
		if out = append(out, s.Name); len(out) == 5 && len(tables) > 6 {
			out = append(out, fmt.Sprintf("and %d more", len(tables)-5))
			break
		}
	}
	if out == nil {
		return "none"
	}
	return strings.Join(out, ", ")
}

func (c *comparison) note(format string, args ...any) {
	c.result.Notes = append(c.result.Notes, fmt.Sprintf(format, args...))
}

func (t *tablePair) note(format string, args ...any) {
	t.res.Notes = append(t.res.Notes, fmt.Sprintf(format, args...))
}

// read spools all tables of both sides.
func (c *comparison) read(ctx context.Context) error {
	type job struct {
		sd *side
		sp *spool
	}
	var jobs []job
	for _, t := range c.tables {
		if t.left != nil {
			jobs = append(jobs, job{c.left, t.left})
		}
		if t.right != nil {
			jobs = append(jobs, job{c.right, t.right})
		}
	}
	return parallel(len(jobs), c.opts.Workers, func(i int) error {
		sp := jobs[i].sp
		return sp.fill(ctx, jobs[i].sd.src, func(rows int64) {
			c.progress.report(Progress{"read", sp.schema.Name, rows, -1})
		})
	})
}

// match joins the tables, parents before their children.
func (c *comparison) match(ctx context.Context) error {
	levels := map[int][]*tablePair{}
	for _, t := range c.tables {
		levels[t.depth] = append(levels[t.depth], t)
	}
	done := int64(0)
	for _, depth := range sortedKeys(levels) {
		level := levels[depth]
		at := min(len(level), c.opts.Workers)
		err := parallel(len(level), at, func(i int) error {
			m := matcher{comparison: c, t: level[i], workers: max(c.opts.Workers/at, 1), memory: c.opts.MemoryBytes / int64(at)}
			return m.run(ctx)
		})
		if err != nil {
			return err
		}
		done += int64(len(level))
		c.progress.report(Progress{"match", "", done, int64(len(c.tables))})
	}
	return nil
}

// report sends the changes of all tables in order, and adds up.
func (c *comparison) report(ctx context.Context) error {
	if err := c.reportFiles(); err != nil {
		return err
	}
	for _, t := range c.tables {
		if err := c.sink.Table(t.res); err != nil {
			return err
		}
		if err := c.reportColumns(t); err != nil {
			return err
		}
		if err := c.explain(ctx, t); err != nil {
			return fmt.Errorf("explain table %s: %w", t.res.Name(), err)
		}
		c.conclude(t)
	}
	c.concludeAll()
	return nil
}

func (c *comparison) reportFiles() error {
	if err := c.sink.Files(slices.Clone(c.pairs)); err != nil {
		return err
	}
	for i := range c.pairs {
		p := &c.pairs[i]
		ch := Change{Class: Content, RowA: -1, RowB: -1}
		switch {
		case p.Right == nil:
			ch.Op, ch.FileA = FileRemoved, p.Left.Path
		case p.Left == nil:
			ch.Op, ch.FileB = FileAdded, p.Right.Path
		case p.Left.Path != p.Right.Path && p.Stage != StageOnly:
			ch.Op, ch.FileA, ch.FileB = FileRenamed, p.Left.Path, p.Right.Path
		default:
			continue
		}
		if err := c.sink.Change(&ch); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) reportColumns(t *tablePair) error {
	send := func(op Op, class Class, left, right string) error {
		return c.sink.Change(&Change{Op: op, Class: class, Table: t.res.Name(), Column: left, ColumnB: right, RowA: -1, RowB: -1})
	}
	switch {
	case t.right == nil:
		if err := send(TableRemoved, Content, "", ""); err != nil {
			return err
		}
	case t.left == nil:
		if err := send(TableAdded, Content, "", ""); err != nil {
			return err
		}
	case t.left.schema.Name != t.right.schema.Name:
		ch := Change{Op: TableRenamed, Class: Content, Table: t.left.schema.Name, Old: t.left.schema.Name, New: t.right.schema.Name, RowA: -1, RowB: -1}
		if err := c.sink.Change(&ch); err != nil {
			return err
		}
	}
	for _, p := range t.res.Columns {
		var err error
		switch p.How {
		case ColumnRemoves:
			err = send(ColumnRemoved, Content, p.Left, "")
		case ColumnAdds:
			err = send(ColumnAdded, Content, "", p.Right)
		case ColumnRename:
			err = send(ColumnRenamed, Content, p.Left, p.Right)
		case ColumnFolded, ColumnXPath: // the same column, written otherwise
			if p.Left != p.Right {
				err = send(ColumnRenamed, FormatOnly, p.Left, p.Right)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
