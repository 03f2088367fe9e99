package rag

import (
	"context"
	"fmt"
	"strings"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

type fileInfo = tabledb.File

// result is what a statement returned, as text; nil stands for null.
type result struct {
	columns []string
	rows    [][]any
	more    bool
}

func (s *session) query(ctx context.Context, query string) (*result, error) {
	out := &result{}
	err := s.guard.run(ctx, query, func(names []string) { out.columns = names }, func(row []any) bool {
		if len(out.rows) == listed-1 {
			out.more = true
			return false
		}
		out.rows = append(out.rows, append([]any(nil), row...))
		return true
	})
	return out, err
}

// table is the result as retable.ResultTable, with headers for people.
func (r *result) table(headers []string, from int) *retable.ResultTable {
	t := &retable.ResultTable{Columns: headers[from:], Rows: [][]string{}, Truncated: r.more}
	kinds := make([]valueKind, len(headers))
	for _, row := range r.rows {
		cells := make([]string, 0, len(row)-from)
		for i := from; i < len(row); i++ {
			cells = append(cells, capText(textOf(row[i]), maxCell))
			kinds[i] = kinds[i].with(row[i])
		}
		t.Rows = append(t.Rows, cells)
	}
	for _, k := range kinds[from:] {
		t.Types = append(t.Types, k.String())
	}
	return t
}

// compute runs a frame and writes its answer.
func (c *composer) compute(ctx context.Context, f *frame) error {
	for _, t := range f.tables() {
		c.table(t)
	}
	for _, note := range f.notes {
		if err := c.warn(note); err != nil {
			return err
		}
	}
	if err := c.unitsCompared(f); err != nil {
		return err
	}
	if err := c.offsetsCompared(ctx, f); err != nil {
		return err
	}
	if f.kind == askMore || f.kind == askHigher {
		return c.computePair(ctx, f)
	}
	f, err := c.byUnit(ctx, f)
	if err != nil {
		return err
	}
	st := f.statement()
	if err := c.sql(st.sql); err != nil {
		return err
	}
	res, err := f.session.query(ctx, st.sql)
	if err != nil {
		return err
	}
	if len(f.groups) > 0 && f.kind != askPerOwner {
		return c.sayGroups(ctx, f, st, res)
	}
	switch f.kind {
	case askList:
		return c.sayList(ctx, f, st, res)
	case askValues:
		return c.sayValues(ctx, f, st, res)
	}
	if err := c.rows(res.table(st.headers, 0)); err != nil {
		return err
	}
	if len(res.rows) != 1 {
		return retable.Errorf(retable.Internal, "A figure came back as %d rows.", len(res.rows))
	}
	return c.sayFigure(ctx, f, st, res.rows[0])
}

func (f *frame) tables() []*tableInfo {
	out := []*tableInfo{f.base}
	f.where.each(func(p *predicate) {
		if p.column != nil {
			out = append(out, p.column.table)
		}
		if p.child != nil {
			out = append(out, p.child)
		}
	})
	for _, g := range f.groups {
		if g.owner != nil {
			out = append(out, g.owner)
		} else {
			out = append(out, g.column.table)
		}
	}
	if f.other != nil {
		out = append(out, f.other.tables()...)
	}
	return out
}

// sayFigure writes an answer of one row of figures.
func (c *composer) sayFigure(ctx context.Context, f *frame, st statement, row []any) error {
	where := f.describe()
	text := ""
	var extra *node
	cited := f
	switch f.kind {
	case askCount:
		n := textOf(row[0])
		text = fmt.Sprintf("**%s** %s in %s", grouped3(n), plural(n, "row", "rows"), code(f.base.label))
		if where == "" {
			text += fmt.Sprintf(" (%s)", counted(int64(f.base.files), "file", "files"))
		}
		text += where
		if len(row) > 1 && n != "0" {
			text += fmt.Sprintf("; %s distinct %s", grouped3(textOf(row[1])), code(f.base.key.name))
		}
	case askExists:
		n := textOf(row[0])
		if text = fmt.Sprintf("Yes: **%s** %s in %s%s", grouped3(n), plural(n, "row", "rows"), code(f.base.label), where); n == "0" {
			text = fmt.Sprintf("No: **0** rows in %s%s", code(f.base.label), where)
		}
	case askDistinct:
		n := textOf(row[0])
		text = fmt.Sprintf("**%s** different %s of %s in %s%s, in %s rows that have one", grouped3(n), plural(n, "value", "values"),
			code(f.measure.name), code(f.base.label), where, grouped3(textOf(row[1])))
	case askShare:
		if text, cited = c.share(f, row, where); f.measure != nil {
			extra = filled(f.measure)
			if err := c.negative(f, row[2]); err != nil {
				return err
			}
		}
	case askPerOwner:
		n := textOf(row[1])
		text = fmt.Sprintf("The %s number of rows in %s for each of the %s %s is **%s**%s", aggWords[f.aggs[0]], code(f.base.label),
			grouped3(n), code(f.groups[0].owner.label), figureText(row[0]), where)
	case askAggregate:
		text = f.sayAggregate(row, where)
		extra = f.extremeRows(row)
	}
	citation, err := f.session.citeRows(ctx, cited, extra)
	if err != nil {
		return err
	}
	mark, err := c.cite(citation)
	if err != nil {
		return err
	}
	if err := c.say(text + " " + mark + "\n"); err != nil {
		return err
	}
	return c.nullNote(f)
}

func (f *frame) sayAggregate(row []any, where string) string {
	n, _ := row[len(row)-1].(int64)
	if n == 0 {
		return fmt.Sprintf("There is no value of %s in %s%s", code(f.measure.name), code(f.base.label), where)
	}
	var parts []string
	for i, a := range f.aggs {
		parts = append(parts, fmt.Sprintf("the %s is **%s**", aggWords[a], figureText(row[i])))
	}
	text := strings.Join(parts, ", ")
	text = strings.ToUpper(text[:1]) + text[1:]
	if len(parts) == 1 {
		text = fmt.Sprintf("The %s %s in %s%s is **%s**", aggWords[f.aggs[0]], code(f.measure.name), code(f.base.label), where, figureText(row[0]))
		return text + fmt.Sprintf(", over %s", counted(n, "value", "values"))
	}
	return text + fmt.Sprintf(": of %s in %s%s, over %s", code(f.measure.name), code(f.base.label), where, counted(n, "value", "values"))
}

// extremeRows are the rows that hold a minimum or maximum.
func (f *frame) extremeRows(row []any) *node {
	if len(f.aggs) == 1 && (f.aggs[0] == "min" || f.aggs[0] == "max") && row[0] != nil && f.measure.numeric() {
		return leaf(&predicate{column: f.measure, op: "in", values: []string{textOf(row[0])}})
	}
	return filled(f.measure)
}

// filled is the condition that a column has a value.
func filled(c *column) *node {
	return &node{op: "not", kids: []*node{leaf(&predicate{column: c, op: "empty"})}}
}

// figureText writes a figure for prose.
func figureText(v any) string {
	if v == nil {
		return "none"
	}
	text := textOf(v)
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	return md(grouped3(text))
}

func plural(n, one, many string) string {
	if n == "1" {
		return one
	}
	return many
}

func counted(n int64, one, many string) string {
	text := fmt.Sprint(n)
	return grouped3(text) + " " + plural(text, one, many)
}
