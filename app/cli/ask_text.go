package cli

import (
	"fmt"
	"html"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"retable/internal/retable"
)

// style is how a terminal is told to set text; elsewhere nothing is told.
type style struct{ bold, code, endCode, faint, off string }

// plainStyle marks names only, by the backticks that Markdown has for them.
func plainStyle() style { return style{code: "`", endCode: "`"} }

// styleOf is the style for a writer: plain where it is no terminal, or where
// NO_COLOR asks for that (no-color.org).
func styleOf(w io.Writer) style {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return plainStyle()
	}
	return style{bold: "\x1b[1m", code: "\x1b[36m", endCode: "\x1b[0m", faint: "\x1b[2m", off: "\x1b[0m"}
}

// page prints answers, which are Markdown, as text for people.
type page struct {
	w     io.Writer
	style style
	name  func(session string) string
}

// answer prints an answer, and with evidence where it comes from.
func (p *page) answer(ans *retable.Answer, evidence bool) error {
	if err := p.markdown(ans.Text); err != nil || !evidence {
		return err
	}
	var lines []string
	for _, cite := range ans.Citations {
		lines = append(lines, fmt.Sprintf("[%d] %s", cite.N, p.place(&cite)))
	}
	if ans.SQL != "" {
		lines = append(lines, "SQL: "+ans.SQL)
	}
	if len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	for _, w := range ans.Warnings {
		lines = append(lines, "note: "+w)
	}
	for i, q := range ans.Choices {
		lines = append(lines, fmt.Sprintf("ask %d: %s", i+1, q))
	}
	mode := ans.Mode
	if ans.Route == retable.RouteComputed && !strings.HasPrefix(mode, "search mode") {
		mode = "no model was asked" // there is one, but it had no part in this
	}
	lines = append(lines, fmt.Sprintf("(%s, %s)", ans.Route, mode))
	for _, line := range lines {
		line = shown(line)
		if width := terminalWidth(p.w); width > 2 {
			line = strings.TrimSuffix(wrapped(line+"\n", width-2), "\n")
		}
		for one := range strings.SplitSeq(line, "\n") {
			if one != "" {
				one = p.style.faint + "  " + one + p.style.off
			}
			if _, err := fmt.Fprintln(p.w, one); err != nil {
				return err
			}
		}
	}
	return nil
}

// place says where a citation leads.
func (p *page) place(cite *retable.Citation) string {
	var place []string
	session := ""
	if cite.SessionID != "" {
		session = p.name(cite.SessionID)
		place = append(place, session)
	}
	if cite.File != "" && cite.File != session {
		place = append(place, cite.File)
	}
	if cite.Line > 0 {
		place = append(place, fmt.Sprintf("line %d", cite.Line))
	}
	if cite.XPath != "" {
		place = append(place, cite.XPath)
	}
	switch {
	case cite.Row > 0:
		place = append(place, fmt.Sprintf("row %d of %s", cite.Row, cite.Table))
	case cite.Total > 0 && cite.SQL != "" && len(cite.Rows) == 0: // a model's query
		place = append(place, fmt.Sprintf("%s of the query's result, from %s", count(uint64(cite.Total), "row"), cite.Table))
	case cite.Total > 0:
		place = append(place, fmt.Sprintf("%s of %s", count(uint64(cite.Total), "row"), cite.Table))
	}
	return strings.Join(place, ", ")
}

// markdown prints paragraphs, lists and tables; tables with their columns under
// each other, and shortened to the terminal's width.
func (p *page) markdown(text string) error {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "|") && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "| ---") {
			t := columns{}
			for _, rule := range cellsOf(lines[i+1]) {
				t.right = append(t.right, strings.HasSuffix(rule, ":"))
			}
			t.add(p.cells(lines[i])...)
			for i += 2; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
				t.add(p.cells(lines[i])...)
			}
			i--
			if err := t.print(p.w, "  "); err != nil {
				return err
			}
			continue
		}
		line := p.inline(lines[i], p.style)
		if p.style.off == "" {
			if width := terminalWidth(p.w); width > 0 {
				line = strings.TrimSuffix(wrapped(line+"\n", width), "\n")
			}
		}
		if _, err := fmt.Fprintln(p.w, line); err != nil {
			return err
		}
	}
	return nil
}

func (p *page) cells(row string) []string {
	cells := cellsOf(row)
	for i, c := range cells {
		cells[i] = p.inline(c, style{})
	}
	return cells
}

// cellsOf cuts a row of a table at the bars that aren't escaped.
func cellsOf(row string) []string {
	var out []string
	row = strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|")
	from := 0
	for i := 0; i < len(row); i++ {
		switch row[i] {
		case '\\':
			i++
		case '|':
			out = append(out, strings.TrimSpace(row[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(row[from:]))
}

// inline sets bold and code, and writes what Markdown escapes as it is meant.
// What is left to show is made safe for a terminal after that.
func (p *page) inline(text string, s style) string {
	var out, plain strings.Builder
	flush := func() {
		out.WriteString(shown(html.UnescapeString(plain.String())))
		plain.Reset()
	}
	toggle := func(on *bool, begin, end string) {
		flush()
		if *on = !*on; *on {
			out.WriteString(begin)
		} else {
			out.WriteString(end)
		}
	}
	bold, code := false, false
	for i := 0; i < len(text); {
		switch rest := text[i:]; {
		case !code && rest[0] == '\\' && len(rest) > 1 && rest[1] < utf8.RuneSelf:
			flush() // what stands behind it begins no entity
			out.WriteString(shown(rest[1:2]))
			i += 2
		case !code && strings.HasPrefix(rest, "**"):
			toggle(&bold, s.bold, s.off)
			i += 2
		case rest[0] == '`':
			toggle(&code, s.code, s.endCode)
			i++
		default:
			plain.WriteByte(rest[0])
			i++
		}
	}
	flush()
	if bold || code {
		out.WriteString(s.off)
	}
	return out.String()
}
