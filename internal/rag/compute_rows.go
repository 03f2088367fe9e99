package rag

import (
	"context"
	"fmt"
	"strings"
)

const (
	shownGroups = 20 // lines of a table in the text; the result holds more
	shownRows   = 10 // rows of a list in the text, each cited
)

// cutTies keeps the first n rows and those that share the last one's place.
func (r *result) cutTies(n, column int, ties bool) {
	if n <= 0 || len(r.rows) <= n {
		return
	}
	end := n
	if ties {
		for end < len(r.rows) && textOf(r.rows[end][column]) == textOf(r.rows[n-1][column]) {
			end++
		}
	}
	r.more = r.more && end == len(r.rows)
	r.rows = r.rows[:end]
}

// sayGroups writes a table of groups.
func (c *composer) sayGroups(ctx context.Context, f *frame, st statement, res *result) error {
	if f.limit > 0 {
		res.cutTies(f.limit, st.labels, f.order != nil && f.order.ties)
	}
	if f.kind == askShare {
		st.headers = append(st.headers, "%")
		if err := c.shares(ctx, f, res); err != nil {
			return err
		}
	}
	c.answer.Chart = "bar"
	if f.groups[0].part != "" {
		c.answer.Chart = "line"
	}
	if err := c.rows(res.table(st.headers, 0)); err != nil {
		return err
	}
	citation, err := f.session.citeRows(ctx, f, nil)
	if err != nil {
		return err
	}
	mark, err := c.cite(citation)
	if err != nil {
		return err
	}
	if len(res.rows) == 0 {
		return c.sayf("There are no rows in %s%s. %s\n", code(f.base.label), f.describe(), mark)
	}
	if err := c.say(f.groupTitle(res) + " " + mark + "\n\n"); err != nil {
		return err
	}
	var rows [][]string
	numeric := make([]bool, len(st.headers))
	for i := st.labels; i < len(numeric); i++ {
		numeric[i] = true
	}
	for _, r := range res.rows[:min(len(res.rows), shownGroups)] {
		line := make([]string, len(r))
		for i, v := range r {
			switch {
			case numeric[i]:
				line[i] = figureText(v)
			case textOf(v) == "":
				line[i] = "(none)"
			default:
				line[i] = cell(f.groupLabel(i, textOf(v)))
			}
		}
		rows = append(rows, line)
	}
	headers := make([]string, len(st.headers))
	for i, h := range st.headers {
		headers[i] = cell(h)
	}
	if err := c.say(markdownTable(headers, rows, numeric)); err != nil {
		return err
	}
	switch left := len(res.rows) - shownGroups; {
	case res.more:
		return c.sayf("\nThe first %d groups of more than %d.\n", shownGroups, len(res.rows))
	case left > 0:
		return c.sayf("\nand %d more groups.\n", left)
	}
	return nil
}

func (f *frame) groupLabel(i int, text string) string {
	if i < len(f.groups) && f.groups[i].column != nil && f.groups[i].part == "" {
		return f.groups[i].column.show(text)
	}
	return text
}

// shares appends each group's part of all rows.
func (c *composer) shares(ctx context.Context, f *frame, res *result) error {
	all, err := f.session.integer(ctx, f.countSQL(nil))
	if err != nil {
		return err
	}
	for i, r := range res.rows {
		n, _ := r[len(r)-1].(int64)
		res.rows[i] = append(r, percent(n, max(all, 1)))
	}
	return nil
}

func (f *frame) groupTitle(res *result) string {
	by := strings.TrimPrefix(strings.ReplaceAll(f.sayGroups(), f.base.label+".", ""), " ")
	what := "Rows in " + code(f.base.label)
	switch f.kind {
	case askAggregate:
		var words []string
		for _, a := range f.aggs {
			words = append(words, aggWords[a])
		}
		what = strings.Join(words, " and ") + " " + code(f.measure.name) + " in " + code(f.base.label)
		what = strings.ToUpper(what[:1]) + what[1:]
	case askDistinct, askValues:
		what = "Different values of " + code(f.measure.name) + " in " + code(f.base.label)
	}
	title := what + f.describe() + " " + by
	if f.limit == 1 && len(res.rows) == 1 && f.order != nil {
		word := "lowest"
		if f.order.desc {
			word = "highest"
		}
		return title + ", the " + word + ":"
	}
	if f.limit > 0 && len(res.rows) > f.limit {
		if res.more {
			return title + fmt.Sprintf(", more than %d share the place:", len(res.rows))
		}
		return title + fmt.Sprintf(", %d of which some share the last place:", len(res.rows))
	}
	return title + ":"
}

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
		res.cutTies(f.limit, column, f.order != nil && f.order.ties)
	}
	if err := c.rows(res.table(st.headers, 0)); err != nil {
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
		word := "smallest"
		if f.order.desc {
			word = "greatest"
		}
		if f.order.column.dated() {
			word = map[string]string{"smallest": "earliest", "greatest": "latest"}[word]
		}
		title = fmt.Sprintf("The %s %s of %s in %s%s", counted(int64(got), "row", "rows"), "with the "+word, code(f.order.column.name), code(f.base.label), f.describe())
		title = strings.Replace(title, " of `", " `", 1)
		if shown < got {
			title += fmt.Sprintf(", the first %d", shown)
		}
	case int64(shown) < total:
		title += fmt.Sprintf(", the first %d", shown)
	}
	return title + ":"
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
		title += ", first of " + counted(total, "row", "rows")
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

// computePair answers "more A than B?" and compares a figure of both.
func (c *composer) computePair(ctx context.Context, f *frame) error {
	var figures [2]string
	var marks [2]string
	for i, side := range []*frame{f, f.other} {
		one := *side
		one.other = nil
		if one.kind = askCount; f.kind == askHigher {
			one.kind = askAggregate
		}
		st := one.statement()
		if err := c.sql(st.sql); err != nil {
			return err
		}
		res, err := f.session.query(ctx, st.sql)
		if err != nil {
			return err
		}
		if err := c.rows(res.table(st.headers, 0)); err != nil {
			return err
		}
		figures[i] = textOf(res.rows[0][0])
		citation, err := f.session.citeRows(ctx, &one, nil)
		if err != nil {
			return err
		}
		if marks[i], err = c.cite(citation); err != nil {
			return err
		}
	}
	return c.say(f.verdict(figures, marks))
}

// verdict compares two figures exactly and says which is greater.
func (f *frame) verdict(figures, marks [2]string) string {
	one, okOne := parseNumber(figures[0])
	two, okTwo := parseNumber(figures[1])
	what := "rows in " + code(f.base.label)
	if f.kind == askHigher {
		what = aggWords[f.aggs[0]] + " " + code(f.measure.name) + " in " + code(f.base.label)
	}
	both := fmt.Sprintf("%s%s: **%s** %s; %s: **%s** %s", what, f.describe(), figureText(orNil(figures[0])), marks[0],
		code(f.other.base.label)+f.other.describe(), figureText(orNil(figures[1])), marks[1])
	if !okOne || !okTwo {
		return "One side has no value. " + both + "\n"
	}
	order := one.Cmp(two)
	difference := one.Sub(one, two)
	gap := "the difference is " + grouped3(ratText(difference.Abs(difference))) + "."
	if f.kind == askHigher {
		words := map[int]string{1: "The first is higher", 0: "They are equal", -1: "The second is higher"}
		return words[order] + ": " + both + "; " + gap + "\n"
	}
	yes := order > 0
	if f.fewer {
		yes = order < 0
	}
	if yes {
		return "Yes. " + both + "; " + gap + "\n"
	}
	return "No. " + both + "; " + gap + "\n"
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
