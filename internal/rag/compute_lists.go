package rag

import (
	"context"
	"fmt"
)

// sayList shows rows, each with its citation.
func (c *composer) sayList(ctx context.Context, f *frame, st statement, res *result) error {
	total, err := f.session.integer(ctx, f.countSQL(nil))
	if err != nil {
		return err
	}
	if f.limit > 0 {
		column := 0
		if f.order != nil {
			for i, h := range st.headers {
				if h == f.order.column.name {
					column = i
				}
			}
		}
		if res.cutTies(f.limit, column, f.order != nil && f.order.ties) && f.order != nil {
			if err := c.warn(unfairCut); err != nil {
				return err
			}
		}
	}
	table := res.table(st.headers, 0)
	for i, col := range f.shown() {
		if col.numeric() {
			table.Types[i+1] = string(col.kind)
		}
	}
	if err := c.rows(table); err != nil {
		return err
	}
	if len(res.rows) == 0 {
		return c.sayf("There are no rows in %s%s.\n", code(f.base.label), f.describe())
	}
	if total == 1 || len(res.rows) == 1 {
		return c.sayRow(ctx, f, res, total)
	}
	if err := c.say(f.listTitle(total, len(res.rows)) + "\n\n"); err != nil {
		return err
	}
	return c.rowTable(ctx, f, st, res)
}

func (f *frame) listTitle(total int64, got int) string {
	title := fmt.Sprintf("**%s** in %s%s", counted(total, "row", "rows"), code(f.base.label), f.describe())
	shown := min(got, shownRows)
	switch {
	case f.order != nil && f.limit > 0:
		title = fmt.Sprintf("The %s with the %s %s in %s%s", counted(int64(got), "row", "rows"), f.order.word(), code(f.order.column.name), code(f.base.label), f.describe())
		if shown < got {
			title += fmt.Sprintf(", the first %d", shown)
		}
	case int64(shown) < total:
		title += fmt.Sprintf(", the first %d", shown)
	}
	return title + ":"
}

// word is what the first row of the order is called.
func (o *ordering) word() string {
	switch {
	case o.column.dated() && o.desc:
		return "latest"
	case o.column.dated():
		return "earliest"
	case o.desc:
		return "greatest"
	}
	return "smallest"
}

func (c *composer) rowTable(ctx context.Context, f *frame, st statement, res *result) error {
	shownColumns := f.shown()
	headers := []string{}
	numeric := []bool{}
	for i, col := range shownColumns {
		headers = append(headers, cell(st.headers[i+1]))
		numeric = append(numeric, col.numeric())
	}
	headers, numeric = append(headers, ""), append(numeric, false)
	var rows [][]string
	for _, r := range res.rows[:min(len(res.rows), shownRows)] {
		rid, _ := r[0].(int64)
		citation, err := f.session.citeRow(ctx, f.base, rid)
		if err != nil {
			return err
		}
		mark, err := c.cite(citation)
		if err != nil {
			return err
		}
		var line []string
		for i, col := range shownColumns {
			line = append(line, cell(col.show(textOf(r[i+1]))))
		}
		rows = append(rows, append(line, mark))
	}
	return c.say(markdownTable(headers, rows, numeric))
}

// sayRow shows one row in full.
func (c *composer) sayRow(ctx context.Context, f *frame, res *result, total int64) error {
	rid, _ := res.rows[0][0].(int64)
	citation, err := f.session.citeRow(ctx, f.base, rid)
	if err != nil {
		return err
	}
	mark, err := c.cite(citation)
	if err != nil {
		return err
	}
	title := fmt.Sprintf("Row %s of %s%s", grouped3(fmt.Sprint(rid)), code(f.base.label), f.describe())
	if f.order != nil && total > 1 {
		value := ""
		for i, col := range f.shown() {
			if col == f.order.column {
				if value = md(plain(col.show(textOf(res.rows[0][i+1])))); col.numeric() {
					value = figureText(res.rows[0][i+1])
				}
			}
		}
		title = fmt.Sprintf("The %s %s in %s%s is **%s**, in row %s of %s", f.order.word(), code(f.order.column.name), code(f.base.label), f.describe(),
			value, grouped3(fmt.Sprint(rid)), grouped3(fmt.Sprint(f.base.Rows)))
	}
	if err := c.sayf("%s %s\n\n", title, mark); err != nil {
		return err
	}
	var cells []rowCell
	if len(f.columns) > 0 {
		for i, col := range f.shown() {
			value := textOf(res.rows[0][i+1])
			if value == "" {
				value = "(none)"
			}
			cells = append(cells, rowCell{col, col.show(value)})
		}
	} else if cells, err = f.session.rowCells(ctx, f.base, rid, 40); err != nil {
		return err
	}
	for _, x := range cells {
		if err := c.sayf("- %s: %s\n", code(x.column.name), md(capText(plain(x.value), 500))); err != nil {
			return err
		}
	}
	return nil
}

// sayValues lists the different values of a column.
func (c *composer) sayValues(ctx context.Context, f *frame, st statement, res *result) error {
	if err := c.rows(res.table(st.headers, 0)); err != nil {
		return err
	}
	citation, err := f.session.citeRows(ctx, f, filled(f.measure))
	if err != nil {
		return err
	}
	mark, err := c.cite(citation)
	if err != nil {
		return err
	}
	var rows [][]string
	without, values := int64(0), 0
	for _, r := range res.rows {
		n, _ := r[1].(int64)
		if textOf(r[0]) == "" {
			without += n
			continue
		}
		if values++; values <= shownGroups {
			rows = append(rows, []string{cell(f.measure.show(textOf(r[0]))), grouped3(fmt.Sprint(n))})
		}
	}
	title := fmt.Sprintf("**%d** different values of %s in %s%s", values, code(f.measure.name), code(f.base.label), f.describe())
	if res.more {
		title = fmt.Sprintf("More than %d different values of %s in %s%s", values, code(f.measure.name), code(f.base.label), f.describe())
	}
	if values > shownGroups {
		title += fmt.Sprintf(", the %d most frequent", shownGroups)
	}
	if without > 0 {
		title += fmt.Sprintf(" (%s without one)", counted(without, "row", "rows"))
	}
	if err := c.sayf("%s: %s\n\n", title, mark); err != nil {
		return err
	}
	return c.say(markdownTable([]string{cell(f.measure.name), "rows"}, rows, []bool{false, true}))
}
