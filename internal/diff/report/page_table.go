package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"retable/internal/diff"
)

// table writes a table's section: how it was matched, its columns, its rows.
func (p *page) table(i int, t *diff.TableResult) error {
	s := &p.sum.Tables[i]
	p.w.WriteString(`<section id="t` + strconv.Itoa(i+1) + `">`)
	p.f("<h2>%s", s.Name)
	if s.Right != "" {
		p.f("<span class=\"arrow\">→</span>%s", s.Right)
	}
	p.f("</h2>\n<p class=\"dim\">%s</p>\n", s.sentence())
	if len(s.Notes) > 0 {
		p.f("<div class=\"note\">")
		p.bullets(s.Notes)
		p.f("</div>\n")
	}
	if !s.OnlyLeft && !s.OnlyRight {
		p.columns(s)
	}
	k := p.report.tables[t.Name()]
	if k == nil {
		k = &kept{}
	}
	err := p.changed(t, s, k)
	if err == nil {
		err = p.oneSided(t, k, removedRows, s.RowsRemoved)
	}
	if err == nil {
		err = p.oneSided(t, k, addedRows, s.RowsAdded)
	}
	p.f("</section>\n")
	return err
}

// sentence says how rows were matched, and how many.
func (t *Table) sentence() string {
	switch {
	case t.OnlyLeft:
		return "Only the left side has this table: " + plural(t.RowsRemoved, "row") + "."
	case t.OnlyRight:
		return "Only the right side has this table: " + plural(t.RowsAdded, "row") + "."
	}
	var b strings.Builder
	switch {
	case len(t.Key.Columns) > 0:
		b.WriteString("Rows are matched by " + strings.Join(t.Key.Columns, " + "))
		switch diff.Scope(t.Key.Scope) {
		case diff.ScopeFile:
			b.WriteString(" within their file")
		case diff.ScopeParent:
			b.WriteString(" within their parent row")
		}
		if t.Key.Given {
			b.WriteString(", as asked")
		}
	case t.Key.Scope == string(diff.ScopeRoot):
		b.WriteString("One row per file: rows are matched with their files")
	default:
		b.WriteString("There is no key: rows are matched by likeness")
	}
	b.WriteString(". " + plural(t.RowsMatched, "row") + " matched, similarity " + percent(t.Similarity) + ".")
	if n := t.Key.DuplicateLeft + t.Key.DuplicateRight; n > 0 && len(t.Key.Columns) > 0 {
		b.WriteString(" The key is not unique: " + plural(n, "row") + " beyond the first of their key, matched by their most equal cells.")
	}
	return b.String()
}

func (p *page) columns(s *Table) {
	list := slices.DeleteFunc(slices.Clone(s.Columns), func(c Column) bool {
		return c.How == string(diff.ColumnExact) && c.Changed+c.FormatOnly == 0
	})
	if len(list) == 0 {
		return
	}
	p.f("<h3>Columns</h3>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Column</th><th scope=\"col\">What</th><th scope=\"col\">Type</th>" +
		"<th scope=\"col\" class=\"num\">Cells changed</th><th scope=\"col\" class=\"num\">In spelling only</th></tr></thead><tbody>\n")
	for i := range list {
		if i == mostColumns {
			break
		}
		c := &list[i]
		p.f("<tr><td class=\"path\">%s", c.Name())
		if c.Right != "" && c.Right != c.Name() {
			p.f("<span class=\"arrow\">→</span>%s", c.Right)
		}
		p.f("</td><td>%s</td><td>%s", c.what(), cmp.Or(c.LeftType, c.RightType))
		if c.LeftType != "" && c.RightType != "" && c.LeftType != c.RightType {
			p.f("<span class=\"arrow\">→</span>%s", c.RightType)
		}
		p.f("</td><td class=\"num\">%d</td><td class=\"num\">%d</td></tr>\n", c.Changed, c.FormatOnly)
	}
	p.f("</tbody></table></div>\n")
	if n := len(list); n > mostColumns {
		p.f("<p class=\"more\">%d of %d columns are listed.</p>\n", mostColumns, n)
	}
}

// what says in words how the columns belong together.
func (c *Column) what() string {
	switch diff.ColumnHow(c.How) {
	case diff.ColumnRename:
		return "renamed (score " + strconv.FormatFloat(c.Score, 'f', 2, 64) + ", margin " + strconv.FormatFloat(c.Margin, 'f', 2, 64) + ")"
	case diff.ColumnRemoves:
		return "removed"
	case diff.ColumnAdds:
		return "added"
	case diff.ColumnIgnored:
		return "ignored"
	case diff.ColumnXPath:
		return "same path, other form"
	case diff.ColumnFolded:
		return "same but for case and space"
	}
	if c.Changed > 0 {
		return "changed"
	}
	if c.FormatOnly > 0 {
		return "changed in spelling"
	}
	return "same"
}

// changed lists the rows that are on both sides with their changes, one line
// each.
func (p *page) changed(t *diff.TableResult, s *Table, k *kept) error {
	if k.shown[changedRows] == 0 {
		return nil
	}
	p.f("<h3>Changed rows</h3>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\"><abbr title=\"what changed\">±</abbr></th>")
	keys := t.Key.Columns
	var group []*keptChange
	begun, shown := false, 0
	head := func(c *keptChange) {
		begun = true
		keys = keys[:0:0]
		for _, v := range c.Key {
			keys = append(keys, v.Column)
		}
		for _, name := range keys {
			p.f("<th scope=\"col\">%s</th>", name)
		}
		p.f("<th scope=\"col\">Column</th><th scope=\"col\">Left</th><th scope=\"col\">Right</th><th scope=\"col\">Where</th></tr></thead>\n")
	}
	flush := func() {
		if len(group) > 0 {
			p.group(group, len(keys))
			shown++
			group = group[:0]
		}
	}
	err := p.report.changes(k, changedRows, func(c *keptChange) error {
		if !begun {
			head(c)
		}
		if len(group) > 0 && (group[0].RowA != c.RowA || group[0].RowB != c.RowB) {
			flush()
		}
		group = append(group, c)
		return nil
	})
	if err != nil {
		return err
	}
	if !begun {
		p.f("</tr></thead>")
	}
	flush()
	p.f("</table></div>\n")
	p.capped(shown, int64(k.shown[changedRows]), "changed row")
	return nil
}

// group writes the changes of one row.
func (p *page) group(group []*keptChange, keys int) {
	p.f("<tbody>")
	span := ""
	if len(group) > 1 {
		span = ` rowspan="` + strconv.Itoa(len(group)) + `"`
	}
	for i, c := range group {
		format := c.Class == diff.FormatOnly
		if format {
			p.f("<tr class=\"format\">")
		} else {
			p.f("<tr>")
		}
		switch {
		case c.Op == diff.RowMoved:
			p.f("<td class=\"mark c\">moved</td>")
		case format:
			p.f("<td class=\"mark c\" title=\"spelling only\">≈</td>")
		default:
			p.f("<td class=\"mark c\">→</td>")
		}
		if i == 0 {
			for n := range keys {
				p.w.WriteString(`<td class="v key"` + span + `>`)
				if n < len(c.Key) {
					p.value(c.Key[n].Value, c.Key[n].Null, 0)
				}
				p.f("</td>")
			}
		}
		p.f("<td class=\"path\">%s", c.Column)
		if c.ColumnB != "" && c.ColumnB != c.Column {
			p.f("<span class=\"arrow\">→</span>%s", c.ColumnB)
		}
		if c.Op == diff.RowMoved && c.Column == "" {
			p.f("<span class=\"dim\">place</span>")
		}
		p.f("</td>")
		p.both(c)
		p.f("<td class=\"where\">")
		p.where(&c.Change)
		p.f("</td></tr>")
	}
	p.f("</tbody>\n")
}

// both writes the two values, what differs in them marked.
func (p *page) both(c *keptChange) {
	whole := c.OldNull || c.NewNull || c.Old == "" || c.New == ""
	p.f("<td class=\"v old\">")
	if whole {
		p.value(c.Old, c.OldNull, c.OldLen)
		p.f("</td><td class=\"v new\">")
		p.value(c.New, c.NewNull, c.NewLen)
		p.f("</td>")
		return
	}
	a, b := compareText(c.Old, c.New)
	p.parts(a, "del", c.OldLen)
	p.f("</td><td class=\"v new\">")
	p.parts(b, "ins", c.NewLen)
	if c.Class == diff.FormatOnly && norm.NFC.String(c.Old) == norm.NFC.String(c.New) {
		p.f(" <span class=\"null\">another Unicode form of the same text</span>")
	}
	p.f("</td>")
}

func (p *page) parts(parts []part, mark string, full int) {
	for _, s := range parts {
		if s.differs {
			p.w.WriteString("<" + mark + ">")
			p.f("%s", s.text)
			p.w.WriteString("</" + mark + ">")
			continue
		}
		p.f("%s", s.text)
	}
	p.rest(full)
}

// value writes one value; null and the empty text are told apart.
func (p *page) value(v string, null bool, full int) {
	switch {
	case null:
		p.f("<span class=\"null\">null</span>")
	case v == "":
		p.f("<span class=\"null\">empty</span>")
	default:
		p.f("%s", v)
	}
	p.rest(full)
}

// rest tells how long a value is that was cut.
func (p *page) rest(full int) {
	if full > 0 {
		p.f("<span class=\"null\"> … %d characters in all</span>", full)
	}
}

// where leads back to the source.
func (p *page) where(c *diff.Change) {
	place := func(file string, line int64) string {
		if line > 0 {
			return file + ":" + strconv.FormatInt(line, 10)
		}
		return file
	}
	a, b := place(c.FileA, c.LineA), place(c.FileB, c.LineB)
	switch {
	case c.RowA < 0 || a == "" || a == b:
		p.f("%s", b)
	case c.RowB < 0 || b == "":
		p.f("%s", a)
	default:
		p.f("%s<span class=\"arrow\">→</span>%s", a, b)
	}
	for i, x := range []string{c.XPathA, c.XPathB} {
		if x != "" && (i == 0 || x != c.XPathA) {
			p.f("<span class=\"x\">%s</span>", x)
		}
	}
}

// mostShownColumns is how many columns a list of whole rows has.
const mostShownColumns = 8

// oneSided lists rows that only one side has: key columns first, then the
// others in their order.
func (p *page) oneSided(t *diff.TableResult, k *kept, sort int, total int64) error {
	if k.shown[sort] == 0 {
		return nil
	}
	title, mark, what := "Only on the right", `<td class="mark a">+</td>`, "added row"
	if sort == removedRows {
		title, mark, what = "Only on the left", `<td class="mark r">−</td>`, "removed row"
	}
	keys, names, more, err := p.columnsOf(k, sort)
	if err != nil {
		return err
	}
	shown := 0
	err = p.report.changes(k, sort, func(c *keptChange) error {
		if shown == 0 {
			p.f("<h3>%s</h3>\n<div class=\"scroll\"><table><thead><tr><th></th>", title)
			for _, n := range append(slices.Clone(keys), names...) {
				p.f("<th scope=\"col\">%s</th>", n)
			}
			p.f("<th scope=\"col\">Where</th></tr></thead><tbody>\n")
		}
		shown++
		p.w.WriteString("<tr>" + mark)
		for i := range keys {
			p.f("<td class=\"v key\">")
			if i < len(c.Key) {
				p.value(c.Key[i].Value, c.Key[i].Null, 0)
			}
			p.f("</td>")
		}
		for _, n := range names {
			p.f("<td class=\"v\">")
			if i := slices.IndexFunc(c.Cells, func(v diff.Value) bool { return v.Column == n }); i >= 0 {
				p.value(c.Cells[i].Value, c.Cells[i].Null, 0)
			}
			p.f("</td>")
		}
		p.f("<td class=\"where\">")
		p.where(&c.Change)
		p.f("</td></tr>\n")
		return nil
	})
	if err != nil {
		return err
	}
	if shown == 0 {
		p.f("<h3>%s</h3>\n", title)
	} else {
		p.f("</tbody></table></div>\n")
	}
	if more > 0 {
		p.f("<p class=\"more\">%s not shown here.</p>\n", plural(int64(more), "more column")+map[bool]string{true: " is", false: " are"}[more == 1])
	}
	p.capped(shown, max(total, int64(k.shown[sort])), what)
	return nil
}

// columnsOf picks the columns of a list of whole rows: the key, then those
// with values, in their order.
func (p *page) columnsOf(k *kept, sort int) (keys, names []string, more int, err error) {
	var all []string
	filled, extra := map[string]bool{}, 0
	err = p.report.changes(k, sort, func(c *keptChange) error {
		if all == nil {
			for _, v := range c.Key {
				keys = append(keys, v.Column)
			}
			for _, v := range c.Cells {
				all = append(all, v.Column)
			}
			extra = c.Extra
		}
		for _, v := range c.Cells {
			filled[v.Column] = filled[v.Column] || !v.Null
		}
		return nil
	})
	for _, name := range all {
		switch {
		case slices.Contains(keys, name):
		case !filled[name] || len(keys)+len(names) >= mostShownColumns:
			more++
		default:
			names = append(names, name)
		}
	}
	return keys, names, more + extra, err
}

// capped states the total where not all are shown.
func (p *page) capped(shown int, total int64, what string) {
	if int64(shown) >= total {
		return
	}
	p.f("<p class=\"more\">%d of %s shown", shown, plural(total, what))
	if p.report.opts.Elsewhere != "" {
		p.f("; all stand in %s", p.report.opts.Elsewhere)
	}
	p.f(".</p>\n")
}
