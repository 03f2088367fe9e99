package answers

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/antchfx/xmlquery"

	"retable/internal/rag"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// verdict is what became of a question.
type verdict int

const (
	right     verdict = iota
	wrong             // a figure, group or row that isn't so
	askedBack         // it named the ways to read it
	abstained         // it said that it can't tell
)

// judged is a question with its answer.
type judged struct {
	question
	verdict   verdict
	answer    *retable.Answer
	citations int
	invalid   []string // what is wrong with citations
}

// judge holds an answer against what is right.
func judge(q question, a *retable.Answer) verdict {
	switch {
	case a.Route != retable.RouteComputed:
		return abstained
	case len(a.Choices) > 0 && a.SQL == "":
		return askedBack
	case q.gold == nil:
		return wrong
	case q.gold.matches(q, a):
		return right
	}
	return wrong
}

func (g *gold) matches(q question, a *retable.Answer) bool {
	if a.Result == nil {
		return false
	}
	rows := a.Result.Rows
	switch {
	case g.yes != nil:
		return strings.HasPrefix(a.Text, map[bool]string{true: "Yes", false: "No"}[*g.yes])
	case g.groups != nil:
		return sameGroups(g.groups, rows)
	case g.keys != nil:
		return sameKeys(g.keys, a)
	case g.whole != nil && (len(rows) != 1 || len(rows[0]) < 2 || !sameNumber(rows[0][1], g.whole) || !strings.Contains(a.Text, "**"+g.percent()+" %**")):
		return false
	case g.none:
		return len(rows) == 1 && rows[0][0] == ""
	}
	return len(rows) == 1 && sameNumber(rows[0][0], g.figure) && said(a.Text, rows[0][0])
}

// sameNumber compares exactly, but for averages, which are told to six digits
// more than the values have.
func sameNumber(text string, want *big.Rat) bool {
	got, ok := new(big.Rat).SetString(text)
	if !ok {
		return false
	}
	diff := got.Sub(got, want)
	return diff.Abs(diff).Cmp(big.NewRat(1, 1_000_000)) <= 0
}

// said reports whether the figure stands in the text.
func said(text, figure string) bool {
	plain := strings.ReplaceAll(text, ",", "")
	whole, fraction, _ := strings.Cut(figure, ".")
	if strings.Trim(fraction, "0") == "" {
		figure = whole
	}
	return strings.Contains(plain, figure) || strings.Contains(text, "There is no value")
}

func sameGroups(want map[string]string, rows [][]string) bool {
	if len(rows) != len(want) {
		return false
	}
	for _, r := range rows {
		w, ok := want[r[0]]
		if !ok {
			return false
		}
		if n, isNumber := new(big.Rat).SetString(w); isNumber && !sameNumber(r[1], n) || !isNumber && r[1] != "" {
			return false
		}
	}
	return true
}

// sameKeys looks for the ids among the cells of a list.
func sameKeys(want []string, a *retable.Answer) bool {
	var got []string
	for _, r := range a.Result.Rows {
		for _, v := range r {
			if slices.Contains(want, v) {
				got = append(got, v)
				break
			}
		}
	}
	slices.Sort(got)
	return len(a.Result.Rows) == len(want) && slices.Equal(got, want)
}

// checkCitations runs what is cited again and looks the places up in the
// documents.
func checkCitations(ctx context.Context, db *tabledb.DB, docs []document, a *retable.Answer) (invalid []string) {
	for i, c := range a.Citations {
		fault := func(format string, args ...any) {
			invalid = append(invalid, fmt.Sprintf("[%d] %s", c.N, fmt.Sprintf(format, args...)))
		}
		if c.N != i+1 || !strings.Contains(a.Text, fmt.Sprintf("[%d]", c.N)) {
			fault("has no mark in the text")
		}
		if _, err := db.Table(c.Table); err != nil {
			fault("%v", err)
		}
		switch {
		case c.SQL != "":
			if why := runAgain(ctx, db, c); why != "" {
				fault("%s", why)
			}
		case c.Row > 0:
			if why := lookUp(docs, c); why != "" {
				fault("%s", why)
			}
		}
	}
	return invalid
}

func runAgain(ctx context.Context, db *tabledb.DB, c retable.Citation) string {
	result, err := rag.Query(ctx, db, c.SQL)
	if err != nil {
		return err.Error()
	}
	if int64(len(result.Rows)) != min(c.Total, 200) || result.Truncated != (c.Total > 200) {
		return fmt.Sprintf("finds %d rows, %d are claimed", len(result.Rows), c.Total)
	}
	for i, id := range c.Rows {
		if i < len(result.Rows) && result.Rows[i][0] != fmt.Sprint(id) {
			return fmt.Sprintf("row %d is not among those found", id)
		}
	}
	return ""
}

// lookUp follows a citation into the XML: the path must lead to one element,
// and what is quoted must stand in it.
func lookUp(docs []document, c retable.Citation) string {
	i := slices.IndexFunc(docs, func(d document) bool { return d.path == c.File })
	if i < 0 {
		return "the file " + c.File + " isn't there"
	}
	doc, err := xmlquery.Parse(strings.NewReader(string(docs[i].body)))
	if err != nil {
		return err.Error()
	}
	found, err := xmlquery.QueryAll(doc, c.XPath)
	if err != nil || len(found) != 1 {
		return fmt.Sprintf("%s finds %d elements", c.XPath, len(found))
	}
	content := contentOf(found[0])
	for _, part := range strings.Split(c.Excerpt, "; ") {
		if _, value, ok := strings.Cut(part, ": "); ok && !strings.Contains(content, strings.TrimSuffix(value, "…")) {
			return fmt.Sprintf("%q isn't in the element", value)
		}
	}
	if line := 1 + strings.Count(string(docs[i].body[:offsetOf(docs[i].body, c)]), "\n"); int64(line) != c.Line {
		return fmt.Sprintf("line %d is claimed, it stands in line %d", c.Line, line)
	}
	return ""
}

// contentOf is the text of an element and of all attributes in it.
func contentOf(n *xmlquery.Node) string {
	var b strings.Builder
	for _, x := range append(xmlquery.Find(n, "descendant-or-self::*"), n) {
		for _, a := range x.Attr {
			b.WriteString(a.Value + "\n")
		}
	}
	return b.String() + n.InnerText()
}

// offsetOf finds the element's start by its first attribute, which is its id.
func offsetOf(body []byte, c retable.Citation) int {
	_, id, _ := strings.Cut(strings.Split(c.Excerpt, "; ")[0], ": ")
	if at := strings.Index(string(body), `="`+id+`"`); at >= 0 {
		return at
	}
	return len(body)
}
