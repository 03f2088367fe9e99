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

// cutTies keeps the first n rows and, with ties, those that share the last
// one's place. It reports whether one that shares it was left out.
func (r *result) cutTies(n, column int, ties bool) (unfair bool) {
	if n <= 0 || len(r.rows) <= n {
		return false
	}
	end := n
	if ties {
		for end < len(r.rows) && sameValue(r.rows[end][column], r.rows[n-1][column]) {
			end++
		}
	}
	unfair = end < len(r.rows) && sameValue(r.rows[end][column], r.rows[n-1][column])
	r.more = r.more && end == len(r.rows)
	r.rows = r.rows[:end]
	return unfair
}

// sameValue compares figures by value: 5.1 is 5.10.
func sameValue(a, b any) bool {
	x, y := textOf(a), textOf(b)
	one, ok := parseNumber(x)
	two, okToo := parseNumber(y)
	return x == y || ok && okToo && one.Cmp(two) == 0
}

const unfairCut = "More share the last place than are shown."

// sayGroups writes a table of groups.
func (c *composer) sayGroups(ctx context.Context, f *frame, st statement, res *result) error {
	if f.limit > 0 {
		if res.cutTies(f.limit, st.labels, f.order != nil && f.order.ties) {
			if err := c.warn(unfairCut); err != nil {
				return err
			}
		}
	}
	if f.kind == askShare {
		st.headers = append(st.headers, f.percentHeader())
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
	cited, extra := f.behindGroups()
	citation, err := f.session.citeRows(ctx, cited, extra)
	if err != nil {
		return err
	}
	mark, err := c.cite(citation)
	if err != nil {
		return err
	}
	if len(res.rows) == 0 && f.having != nil {
		return c.sayf("No value of %s has %s %s rows in %s%s. %s\n", code(f.groups[0].column.name), havingWords[f.having.op], grouped3(f.having.n), code(f.base.label), f.describe(), mark)
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

var havingWords = map[string]string{">": "more than", ">=": "at least", "<": "fewer than", "<=": "at most", "=": "exactly"}

func (f *frame) groupTitle(res *result) string {
	if f.having != nil {
		some := counted(int64(len(res.rows)), "value", "values")
		if res.more {
			some = "more than " + some
		}
		return fmt.Sprintf("**%s** of %s with %s %s rows in %s%s:", some, code(f.groups[0].column.name), havingWords[f.having.op],
			grouped3(f.having.n), code(f.base.label), f.describe())
	}
	by := strings.TrimPrefix(strings.ReplaceAll(f.sayGroups(), f.base.label+".", ""), " ")
	what := "Rows in " + code(f.base.label)
	if f.owners != nil {
		what = "Rows in " + code(f.owners.label)
	}
	switch f.kind {
	case askShare:
		what = f.shareTitle()
		if f.other != nil {
			return what + " " + by + ":"
		}
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
	if f.compared && f.kind == askMore {
		words := map[int]string{1: "There are more of the first", 0: "There are as many of both", -1: "There are more of the second"}
		return words[order] + ": " + both + "; " + gap + "\n"
	}
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
