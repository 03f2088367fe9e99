package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"retable/internal/diff"
)

//go:embed page.css
var pageCSS string

// page writes the HTML. Everything that comes from outside passes through
// writeText; what is written as it is, is a constant or a number.
type page struct {
	w      *bufio.Writer
	report *htmlReport
	sum    *Summary
}

// The most entries of the page's lists.
const (
	mostPairs   = 500
	mostTables  = 1000
	mostColumns = 200
	mostNotes   = 50
)

// f writes markup; every %s is escaped, every %d and %v is a number.
func (p *page) f(format string, args ...any) {
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			p.w.WriteString(format)
			return
		}
		p.w.WriteString(format[:i])
		verb := format[i+1]
		format = format[i+2:]
		if verb == '%' {
			p.w.WriteByte('%')
			continue
		}
		switch v := args[0].(type) {
		case string:
			writeText(p.w, v)
		case int:
			p.w.WriteString(thousands(int64(v)))
		case int64:
			p.w.WriteString(thousands(v))
		case float64:
			p.w.WriteString(strconv.FormatFloat(v, 'f', 1, 64))
		default:
			writeText(p.w, fmt.Sprint(v))
		}
		args = args[1:]
	}
}

// thousands writes a count with thin separators.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent writes a share; 100 % and 0 % are said of nothing else.
func percent(v float64) string {
	for digits := 2; digits <= 4; digits++ {
		s := strconv.FormatFloat(100*v, 'f', digits, 64)
		if n, err := strconv.ParseFloat(s, 64); err == nil && (n < 100 || v == 1) && (n > 0 || v == 0) {
			return strings.TrimSuffix(s, ".00") + "\u00a0%"
		}
	}
	if v > 0.5 {
		return "> 99.9999\u00a0%"
	}
	return "< 0.0001\u00a0%"
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

func (p *page) write(r *diff.Result) error {
	p.begin()
	p.verdict()
	p.problems()
	p.fall("similarity", p.sum.Similarity, p.sum.Waterfall)
	p.tiles()
	p.index()
	p.pairs()
	for i, t := range r.Tables {
		if p.hasSection(i) {
			if err := p.table(i, t); err != nil {
				return err
			}
		}
	}
	p.end()
	return nil
}

func (p *page) begin() {
	// The policy allows this style sheet, by its hash, and nothing else.
	sum := sha256.Sum256([]byte(pageCSS))
	p.f("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	p.f("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	p.f("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	p.f("<title>%s → %s: comparison</title>\n<style>", p.sum.Left.Name, p.sum.Right.Name)
	p.w.WriteString(pageCSS)
	p.f("</style>\n</head>\n<body>\n<main>\n<header>\n<h1>%s<span class=\"arrow\">→</span>%s</h1>\n", p.sum.Left.Name, p.sum.Right.Name)
	p.f("<p class=\"dim\">Comparison of %s and %s", p.describe(p.sum.Left), p.describe(p.sum.Right))
	if p.sum.Created != "" {
		p.f(", made %s", p.sum.Created)
	}
	if p.sum.Version != "" {
		p.f(" by Retable %s", p.sum.Version)
	}
	p.f("</p>\n</header>\n")
}

func (p *page) describe(s Side) string {
	if s.Form == "csv" {
		return "one table"
	}
	return plural(int64(s.Files), "file") + " in " + plural(int64(s.Tables), "table")
}

func (p *page) verdict() {
	p.f("<div class=\"verdict\"><span class=\"score\">%s</span>", percent(p.sum.Similarity))
	switch {
	case p.sum.Same && p.sum.Certain:
		p.f("<span class=\"badge same\">the same</span>")
	case p.sum.Same:
		p.f("<span class=\"badge diff\">the same, as far as could be read</span>")
	case p.sum.Similarity == 1:
		p.f("<span class=\"badge diff\">the same but for names</span>")
	default:
		p.f("<span class=\"badge diff\">different</span>")
	}
	p.f("<span class=\"dim\">of all cells are equal, mean over files %s</span></div>\n", percent(p.sum.Mean))
	if n := p.sum.Totals.CellsFormatOnly; n > 0 {
		p.f("<p class=\"dim\">%s in spelling only, which counts as equal.</p>\n", plural(n, "cell")+" "+map[bool]string{true: "differs", false: "differ"}[n == 1])
	}
}

func (p *page) problems() {
	var list []string
	for _, s := range []Side{p.sum.Left, p.sum.Right} {
		for _, text := range s.Problems {
			list = append(list, s.Name+": "+text)
		}
	}
	if len(list) > 0 {
		p.f("<div class=\"note\"><strong>Not everything could be read.</strong> What follows is about the rest.")
		p.bullets(list)
		p.f("</div>\n")
	}
	if len(p.sum.Notes) > 0 {
		p.f("<div class=\"note\">")
		p.bullets(p.sum.Notes)
		p.f("</div>\n")
	}
}

func (p *page) bullets(list []string) {
	p.f("<ul>")
	for i, text := range list {
		if i == mostNotes {
			p.f("<li>… and %d more</li>", len(list)-i)
			break
		}
		p.f("<li>%s</li>", text)
	}
	p.f("</ul>")
}

// tiles show the totals and the options.
func (p *page) tiles() {
	t := &p.sum.Totals
	p.f("<div class=\"tiles\">\n")
	p.tile("Files", []labelled{
		{"paired", int64(t.FilesPaired)}, {"of these the same", int64(t.FilesSame)}, {"renamed", int64(t.FilesRenamed)},
		{"only left", int64(t.FilesRemoved)}, {"only right", int64(t.FilesAdded)},
	})
	p.tile("Tables and columns", []labelled{
		{"tables on both sides", int64(t.TablesPaired)}, {"of these the same", int64(t.TablesSame)},
		{"tables on one side only", int64(t.TablesAdded + t.TablesRemoved)},
		{"columns renamed", int64(t.ColumnsRenamed)}, {"columns removed, added", int64(t.ColumnsRemoved + t.ColumnsAdded)},
	})
	p.tile("Rows", []labelled{
		{"matched", t.RowsMatched}, {"changed", t.RowsChanged}, {"moved", t.RowsMoved},
		{"removed", t.RowsRemoved}, {"added", t.RowsAdded},
	})
	p.tile("Cells", []labelled{
		{"changed", t.CellsChanged}, {"changed in spelling only", t.CellsFormatOnly},
	})
	p.f("</div>\n<h3>Options</h3>\n<div class=\"scroll\"><table><tbody>\n")
	for _, o := range p.sum.Options {
		p.f("<tr><th scope=\"row\">%s</th><td class=\"path\">%s</td></tr>\n", o.Name, o.Value)
	}
	p.f("</tbody></table></div>\n")
}

func (p *page) tile(title string, list []labelled) {
	p.f("<section class=\"tile\"><h3>%s</h3><dl>", title)
	for _, l := range list {
		class := ""
		if l.n == 0 {
			class = " class=\"zero\""
		}
		p.f("<dt>%s</dt>", l.label)
		p.w.WriteString("<dd" + class + ">")
		p.f("%d</dd>", l.n)
	}
	p.f("</dl></section>\n")
}

// hasSection tells whether the i-th table has anything to show.
func (p *page) hasSection(i int) bool {
	t := &p.sum.Tables[i]
	return i < mostTables && (!t.Same || t.CellsFormatOnly > 0)
}

func (p *page) index() {
	p.f("<h2>Tables</h2>\n")
	if len(p.sum.Tables) == 0 {
		p.f("<p>There are none.</p>\n")
		return
	}
	p.f("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Table</th><th scope=\"col\">Key</th><th scope=\"col\" class=\"num\">Matched</th>" +
		"<th scope=\"col\" class=\"num\">Changed</th><th scope=\"col\" class=\"num\">Moved</th><th scope=\"col\" class=\"num\">Removed</th><th scope=\"col\" class=\"num\">Added</th>" +
		"<th scope=\"col\" class=\"num\">Cells changed</th><th scope=\"col\" class=\"num\">Similarity</th></tr></thead><tbody>\n")
	for i := range p.sum.Tables {
		if i == mostTables {
			break
		}
		t := &p.sum.Tables[i]
		p.f("<tr><td class=\"path\">")
		if p.hasSection(i) {
			p.w.WriteString("<a href=\"#t" + strconv.Itoa(i+1) + "\">")
			p.f("%s</a>", t.Name)
		} else {
			p.f("%s", t.Name)
		}
		switch {
		case t.OnlyLeft:
			p.f(" <span class=\"tag\">only left</span>")
		case t.OnlyRight:
			p.f(" <span class=\"tag\">only right</span>")
		case t.Same:
			p.f(" <span class=\"tag\">same</span>")
		}
		p.f("</td><td class=\"path\">%s</td>", t.keyName())
		for _, n := range []int64{t.RowsMatched, t.RowsChanged, t.RowsMoved, t.RowsRemoved, t.RowsAdded, t.CellsChanged} {
			if n == 0 {
				p.f("<td class=\"num dim\">0</td>")
			} else {
				p.f("<td class=\"num\">%d</td>", n)
			}
		}
		p.f("<td class=\"num\">%s", percent(t.Similarity))
		p.meter(t.Similarity)
		p.f("</td></tr>\n")
	}
	p.f("</tbody></table></div>\n")
	if n := len(p.sum.Tables); n > mostTables {
		p.f("<p class=\"more\">%d of %d tables are listed.</p>\n", mostTables, n)
	}
}

// meter draws a share as a small bar.
func (p *page) meter(v float64) {
	p.w.WriteString(`<svg class="meter" width="48" height="8" viewBox="0 0 48 8" aria-hidden="true"><rect class="back" width="48" height="8" rx="2"/><rect class="fore" width="` +
		strconv.FormatFloat(48*v, 'f', 2, 64) + `" height="8" rx="2"/></svg>`)
}

// keyName is the key for people.
func (t *Table) keyName() string {
	switch {
	case len(t.Key.Columns) > 0:
		name := strings.Join(t.Key.Columns, " + ")
		if s := diff.Scope(t.Key.Scope); s == diff.ScopeFile || s == diff.ScopeParent {
			name += " within its " + string(s)
		}
		return name
	case t.Key.Scope == string(diff.ScopeRoot):
		return "the file"
	case t.OnlyLeft || t.OnlyRight:
		return ""
	}
	return "none: by likeness"
}

func (p *page) pairs() {
	p.f("<h2>Files</h2>\n")
	if len(p.sum.Files) == 0 {
		p.f("<p>There are none.</p>\n")
		return
	}
	p.f("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Left</th><th scope=\"col\">Right</th><th scope=\"col\">Paired by</th>" +
		"<th scope=\"col\" class=\"num\">Score</th><th scope=\"col\" class=\"num\">Similarity</th></tr></thead><tbody>\n")
	for i := range p.sum.Files {
		if i == mostPairs {
			break
		}
		f := &p.sum.Files[i]
		p.f("<tr><td class=\"path\">")
		p.fileName(f.Left)
		p.f("</td><td class=\"path\">")
		p.fileName(f.Right)
		p.f("</td><td>%s", stageName(f.Stage))
		if f.Partial {
			p.f(" <span class=\"tag\">partial</span>")
		}
		p.f("</td><td class=\"num\">")
		if f.Score > 0 {
			p.f("%s", strconv.FormatFloat(f.Score, 'f', 2, 64))
		} else {
			p.f("<span class=\"dim\">–</span>")
		}
		p.f("</td><td class=\"num\">")
		switch {
		case f.Left == "" || f.Right == "":
			p.f("<span class=\"dim\">–</span>")
		default:
			p.f("%s", percent(f.Similarity))
			p.meter(f.Similarity)
		}
		p.f("</td></tr>\n")
	}
	p.f("</tbody></table></div>\n")
	if n := len(p.sum.Files); n > mostPairs {
		p.f("<p class=\"more\">%d of %d pairs are listed.</p>\n", mostPairs, n)
	}
}

func (p *page) fileName(name string) {
	if name == "" {
		p.f("<span class=\"dim\">–</span>")
		return
	}
	p.f("%s", name)
}

// stageName says in words how two files were paired.
func stageName(stage string) string {
	switch diff.Stage(stage) {
	case diff.StagePinned:
		return "your choice"
	case diff.StageOnly:
		return "only one each"
	case diff.StageIdentical:
		return "identical content"
	case diff.StagePath:
		return "same path"
	case diff.StageBasename:
		return "same name"
	case diff.StageLikeness:
		return "likeness"
	}
	return "not paired"
}

func (p *page) end() {
	p.f("<footer>Similarity is 2M/(|A|+|B|): M counts the equal cells of matched rows in matched columns, |A| and |B| are all compared cells of the left and of the right side.")
	if p.report.opts.Elsewhere != "" {
		p.f(" All changes stand in %s.", p.report.opts.Elsewhere)
	}
	p.f("</footer>\n</main>\n</body>\n</html>\n")
}
