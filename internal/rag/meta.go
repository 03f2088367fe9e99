package rag

import (
	"context"
	"fmt"
	"strings"

	"retable/internal/retable"
)

// metaQuestion is a question about the tables themselves.
type metaQuestion struct {
	kind  string     // tables, files, columns, rows, overview
	table *tableInfo // of columns and files, or nil
	count bool       // how many
}

// meta reads "which tables are there", "list the columns of customers", "which
// files contain customers", "what is in it".
func (p *parser) meta() (metaQuestion, bool) {
	for _, to := range p.phraseAt("meta", 0) {
		if p.end(to) {
			return metaQuestion{kind: "overview"}, true
		}
	}
	var found []metaQuestion
	starts := map[int]bool{0: false}
	for _, category := range []string{"list", "whatis", "which"} {
		for _, to := range p.phraseAt(category, 0) {
			starts[to] = false
		}
	}
	for _, to := range p.phraseAt("howmany", 0) {
		starts[to] = true
	}
	for start, count := range starts {
		for _, all := range p.optional("all", start) {
			for _, kind := range []string{"tables", "files", "columns"} {
				for _, to := range p.phraseAt(kind, all) {
					found = append(found, p.metaEnd(metaQuestion{kind: kind, count: count}, to)...)
				}
			}
			if count && len(p.mentions(all, true)) == 0 { // "entries" may be a table
				for _, to := range p.phraseAt("rows", all) {
					found = append(found, p.metaEnd(metaQuestion{kind: "rows", count: true}, to)...)
				}
			}
		}
	}
	if len(found) == 0 {
		return metaQuestion{}, false
	}
	for _, f := range found {
		if f != found[0] && f.table != found[0].table {
			return metaQuestion{}, false
		}
	}
	return found[0], true
}

// metaEnd reads "are there", "of customers", "does customer have", "contain
// customers".
func (p *parser) metaEnd(q metaQuestion, i int) []metaQuestion {
	var out []metaQuestion
	ends := p.optional("exist", i)
	for _, to := range ends {
		if p.end(to) {
			return []metaQuestion{q}
		}
	}
	if q.kind == "tables" || q.kind == "rows" {
		return nil
	}
	var starts []int
	for _, category := range []string{"among", "have", "aux"} {
		starts = append(starts, p.phraseAt(category, i)...)
	}
	for _, start := range starts {
		for _, m := range p.mentions(start, true) {
			tables := bestTables(m.tables)
			if len(tables) != 1 {
				continue
			}
			to := m.to
			for _, generic := range append(p.optional("tables", to), p.phraseAt("rows", to)...) {
				for _, have := range p.optional("have", generic) {
					if p.end(have) {
						q.table = tables[0].table
						out = append(out, q)
					}
				}
			}
		}
	}
	return out
}

const metaShown = 40

// sayMeta answers from the catalogue.
func (c *composer) sayMeta(ctx context.Context, s *session, q metaQuestion) error {
	switch {
	case q.kind == "files":
		return c.sayFiles(ctx, s, q)
	case q.kind == "columns" && q.table != nil:
		return c.sayColumns(s, q.table)
	case q.kind == "columns":
		n := 0
		for _, t := range s.tables {
			n += len(t.columns)
		}
		if err := c.sayf("**%s** in %s. Ask for those of one table, such as “%s”.\n\n", counted(int64(n), "column", "columns"),
			counted(int64(len(s.tables)), "table", "tables"), "columns of "+s.largest().label); err != nil {
			return err
		}
		return c.sayTables(s)
	case q.kind == "rows":
		n := int64(0)
		for _, t := range s.tables {
			n += t.Rows
		}
		if err := c.sayf("**%s** in all %s:\n\n", counted(n, "row", "rows"), counted(int64(len(s.tables)), "table", "tables")); err != nil {
			return err
		}
		return c.sayTables(s)
	case q.kind == "overview":
		if err := c.overview(s); err != nil {
			return err
		}
		return c.sayTables(s)
	}
	if err := c.sayf("**%s**:\n\n", counted(int64(len(s.tables)), "table", "tables")); err != nil {
		return err
	}
	return c.sayTables(s)
}

func (c *composer) overview(s *session) error {
	rows := int64(0)
	for _, t := range s.tables {
		rows += t.Rows
	}
	for _, q := range s.examples(4) {
		c.choice(q)
	}
	such := first(s.examples(1))
	if such == "" {
		such = "Which files are there?"
	}
	return c.sayf("**%s** from **%s**, with %s. You can ask for counts, sums, averages, groups and rows, such as “%s”.\n\n",
		counted(int64(len(s.tables)), "table", "tables"), counted(int64(len(s.files)), "file", "files"),
		counted(rows, "row", "rows"), md(strings.ReplaceAll(such, "`", "")))
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func (s *session) largest() *tableInfo {
	best := s.tables[0]
	for _, t := range s.tables {
		if t.Rows > best.Rows {
			best = t
		}
	}
	return best
}

func (c *composer) sayTables(s *session) error {
	t := &retable.ResultTable{Columns: []string{"table", "path", "rows", "columns", "files"}, Types: []string{"text", "text", "integer", "integer", "integer"}}
	var lines [][]string
	for _, x := range s.tables {
		row := []string{x.label, x.Path, fmt.Sprint(x.Rows), fmt.Sprint(len(x.columns)), fmt.Sprint(x.files)}
		t.Rows = append(t.Rows, row)
		lines = append(lines, []string{code(x.label), cell(x.Path), grouped3(row[2]), row[3], row[4]})
	}
	return c.sayTable(t, lines)
}

func (c *composer) sayTable(t *retable.ResultTable, lines [][]string) error {
	if err := c.rows(t); err != nil {
		return err
	}
	numeric := make([]bool, len(t.Columns))
	for i, kind := range t.Types {
		numeric[i] = kind == "integer"
	}
	if err := c.say(markdownTable(t.Columns, lines[:min(len(lines), metaShown)], numeric)); err != nil {
		return err
	}
	if left := len(lines) - metaShown; left > 0 {
		return c.sayf("\nand %d more.\n", left)
	}
	return nil
}

func (c *composer) sayColumns(s *session, t *tableInfo) error {
	c.table(t)
	out := &retable.ResultTable{Columns: []string{"column", "in the XML", "type", "with a value", "different", "examples"},
		Types: []string{"text", "text", "text", "integer", "integer", "text"}}
	var lines [][]string
	for _, col := range t.columns {
		examples := make([]string, 0, 3)
		for _, e := range col.examples[:min(3, len(col.examples))] {
			examples = append(examples, capText(plain(e), 40))
		}
		row := []string{col.name, col.header, string(col.kind), fmt.Sprint(col.rows), fmt.Sprint(min(col.distinct, col.rows)), strings.Join(examples, ", ")}
		out.Rows = append(out.Rows, row)
		lines = append(lines, []string{code(col.name), cell(col.header), row[2], grouped3(row[3]), col.different(), cell(row[5])})
	}
	mark, err := c.cite(retable.Citation{SessionID: s.id, Table: t.Name, XPath: t.Path, Total: t.Rows})
	if err != nil {
		return err
	}
	if err := c.sayf("%s has **%s** and %s. %s\n\n", code(t.label), counted(int64(len(t.columns)), "column", "columns"), counted(t.Rows, "row", "rows"), mark); err != nil {
		return err
	}
	return c.sayTable(out, lines)
}

// exactDistinct is up to how many different values a conversion counts them
// one by one; beyond it estimates.
const exactDistinct = 60

// different says how many values a column has, and whether that is an estimate.
func (c *column) different() string {
	n := min(c.distinct, c.rows) // an estimate may be too high
	if c.complete || n <= exactDistinct {
		return grouped3(fmt.Sprint(n))
	}
	return "about " + grouped3(fmt.Sprint(n))
}

func (c *composer) sayFiles(ctx context.Context, s *session, q metaQuestion) error {
	out := &retable.ResultTable{Columns: []string{"file", "kind", "bytes", "rows", "status"}, Types: []string{"text", "text", "integer", "integer", "text"}}
	var lines [][]string
	var counts map[int64]int64
	title := "**%s**%s:\n\n"
	of := ""
	if q.table != nil {
		c.table(q.table)
		var err error
		if counts, err = s.db.RowsOf(ctx, q.table.Name); err != nil {
			return err
		}
		of = " with rows of " + code(q.table.label)
	}
	for _, f := range s.files {
		rows := f.Rows
		if q.table != nil {
			if rows = counts[f.ID]; rows == 0 {
				continue
			}
		}
		row := []string{f.Path, f.Kind, fmt.Sprint(f.Bytes), fmt.Sprint(rows), f.Status}
		out.Rows = append(out.Rows, row)
		lines = append(lines, []string{cell(f.Path), cell(f.Kind), grouped3(row[2]), grouped3(row[3]), cell(f.Status)})
	}
	if err := c.sayf(title, counted(int64(len(lines)), "file", "files"), of); err != nil {
		return err
	}
	return c.sayTable(out, lines)
}
