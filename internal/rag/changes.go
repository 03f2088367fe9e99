package rag

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"retable/internal/retable"
)

// changeQuestion asks what came, went or changed since the delivery before.
type changeQuestion struct {
	kind  string     // added, removed, changed; "" for all
	table *tableInfo // nil for all
}

// changeQuestion reads "what changed", "what changed in customers", "how many
// customers were added", "list the new customers".
func (p *parser) changeQuestion() (changeQuestion, bool) {
	for _, to := range p.phraseAt("changed", 0) {
		for _, last := range p.optional("since_last", to) {
			if p.end(last) {
				return changeQuestion{}, true
			}
		}
		for _, in := range p.phraseAt("among", to) {
			if t, ok := p.wholeTable(in, p.changeEnd); ok {
				return changeQuestion{table: t}, true
			}
		}
	}
	starts := []int{0}
	for _, category := range []string{"howmany", "list", "which", "whatis"} {
		starts = append(starts, p.phraseAt(category, 0)...)
	}
	kinds := map[string]string{"added": "added", "removed": "removed", "edited": "changed"}
	for _, start := range starts {
		for category, kind := range kinds {
			for _, to := range p.phraseAt(category, start) { // new customers
				if at := p.skip(start); at < len(p.tokens) && len(p.values[at]) > 0 {
					continue // "new" is a value here
				}
				if t, ok := p.wholeTable(to, p.changeEnd); ok {
					return changeQuestion{kind, t}, true
				}
			}
			if t, ok := p.wholeTable(start, func(i int) bool {
				for _, was := range p.phraseAt("was", i) {
					if slices.ContainsFunc(p.phraseAt(category, was), p.changeEnd) {
						return true
					}
				}
				return false
			}); ok {
				return changeQuestion{kind, t}, true
			}
		}
	}
	return changeQuestion{}, false
}

func (p *parser) changeEnd(i int) bool {
	return slices.ContainsFunc(p.optional("since_last", i), p.end)
}

// wholeTable reads a table's name, behind which rest must hold.
func (p *parser) wholeTable(i int, rest func(int) bool) (*tableInfo, bool) {
	for _, m := range p.mentions(i, true) {
		if tables := bestTables(m.tables); len(tables) == 1 {
			for _, to := range p.optional("rows", m.to) {
				if rest(to) {
					return tables[0].table, true
				}
			}
		}
	}
	return nil, false
}

// changes answers from the comparison of each session with the one before it.
// Without any comparison it isn't an answer.
func (c *Catalogue) changes(ctx context.Context, q changeQuestion, req Request, out *composer) (bool, error) {
	found := false
	for _, s := range c.sessions {
		var known *Changes
		if req.Changes != nil {
			var err error
			if known, err = req.Changes.Changes(ctx, s.id); err != nil {
				return false, err
			}
		}
		if known == nil {
			continue
		}
		if !found {
			found = true
			if err := out.route(retable.RouteComputed); err != nil {
				return false, err
			}
		}
		if err := c.title(out, s, 1); err != nil {
			return false, err
		}
		if err := out.sayChanges(ctx, s, known, q); err != nil {
			return false, err
		}
	}
	if found {
		return true, nil
	}
	if err := out.route(retable.RouteAbstain); err != nil {
		return false, err
	}
	out.answer.Searched = append(out.answer.Searched, "comparisons")
	return true, out.say("There is no comparison to tell that from. Compare this delivery with another one first; then ask again.\n")
}

const shownChanges = 10

func (c *composer) sayChanges(ctx context.Context, s *session, known *Changes, q changeQuestion) error {
	if err := c.sayf("From %s to %s:\n\n", md(known.Before), md(known.After)); err != nil {
		return err
	}
	t := &retable.ResultTable{Columns: []string{"table", "added", "removed", "changed", "same"}, Types: []string{"text", "integer", "integer", "integer", "integer"}, Rows: [][]string{}}
	var lines [][]string
	for _, x := range known.Tables {
		if q.table != nil && x.Table != q.table.Name || x.Added+x.Removed+x.Changed == 0 && q.table == nil {
			continue
		}
		label := x.Table
		if info := s.tableNamed(x.Table); info != nil {
			label = info.label
			c.table(info)
		}
		row := []string{label}
		for _, n := range []int64{x.Added, x.Removed, x.Changed, x.Same} {
			row = append(row, fmt.Sprint(n))
		}
		t.Rows = append(t.Rows, row)
		lines = append(lines, []string{code(label), grouped3(row[1]), grouped3(row[2]), grouped3(row[3]), grouped3(row[4])})
	}
	if len(lines) == 0 {
		if err := c.say("Nothing changed there.\n"); err != nil {
			return err
		}
		return c.sayOtherChanges(known, q)
	}
	if q.kind != "" && q.table != nil {
		n := t.Rows[0][slices.Index(t.Columns, q.kind)]
		if err := c.sayf("**%s** %s of %s %s %s.\n\n", grouped3(n), plural(n, "row", "rows"), code(q.table.label), plural(n, "was", "were"), q.kind); err != nil {
			return err
		}
	}
	if err := c.sayTable(t, lines); err != nil {
		return err
	}
	if err := c.sayExamples(ctx, s, known, q); err != nil {
		return err
	}
	return c.sayOtherChanges(known, q)
}

// sayExamples shows single changes, those of rows that are there with the
// place they stand at.
func (c *composer) sayExamples(ctx context.Context, s *session, known *Changes, q changeQuestion) error {
	shown := 0
	for _, x := range known.Tables {
		info := s.tableNamed(x.Table)
		if q.table != nil && info != q.table {
			continue
		}
		for _, e := range x.Examples {
			if shown == shownChanges || q.kind != "" && e.Kind != q.kind {
				continue
			}
			shown++
			mark := ""
			if info != nil && e.Row > 0 {
				citation, err := s.citeRow(ctx, info, e.Row)
				if err != nil {
					return err
				}
				if mark, err = c.cite(citation); err != nil {
					return err
				}
			}
			label := x.Table
			if info != nil {
				label = info.label
			}
			line := fmt.Sprintf("- %s %s %s", e.Kind, code(label), md(e.Key))
			if e.Column != "" {
				line += fmt.Sprintf(", %s: “%s” → “%s”", code(e.Column), cell(e.Old), cell(e.New))
			}
			if shown == 1 {
				line = "\n" + line
			}
			if err := c.say(strings.TrimRight(line+" "+mark, " ") + "\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *composer) sayOtherChanges(known *Changes, q changeQuestion) error {
	if q.table != nil {
		return nil
	}
	for _, x := range []struct {
		what string
		list []string
	}{
		{"New files", known.FilesAdded}, {"Files that are gone", known.FilesGone},
		{"New columns", known.ColumnsAdded}, {"Columns that are gone", known.ColumnsGone},
	} {
		if len(x.list) == 0 {
			continue
		}
		names := make([]string, 0, shownChanges)
		for _, n := range x.list[:min(len(x.list), shownChanges)] {
			names = append(names, md(n))
		}
		more := ""
		if left := len(x.list) - shownChanges; left > 0 {
			more = fmt.Sprintf(" and %d more", left)
		}
		if err := c.sayf("\n%s: %s%s.\n", x.what, strings.Join(names, ", "), more); err != nil {
			return err
		}
	}
	return nil
}
