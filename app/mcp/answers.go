package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"retable/app"
	"retable/internal/retable"
)

func (d *desk) addAnswers(s *sdk.Server) {
	add(s, d, tool("search", "Search rows", "Find rows of a session by words, names or codes, with the file and place that each came from.", true), d.search)
	add(s, d, tool("ask", "Ask a question", "Ask a question in English, such as \"How many customers?\" or \"total amount by country\". Figures are computed, not guessed, and cite the rows behind them; what can't be answered is said.", true), d.ask)
}

type searchIn struct {
	sessionIn
	Text  string `json:"text" jsonschema:"words to look for"`
	Limit int    `json:"limit,omitempty" jsonschema:"rows to find, 1 to 50; 10 if left out"`
}

type foundOut struct {
	Table string `json:"table"`
	Row   int64  `json:"row,omitempty" jsonschema:"number of the row (_rid); none for what is known of a whole table"`
	File  string `json:"file,omitempty"`
	Line  int64  `json:"line,omitempty"`
	XPath string `json:"xpath,omitempty"`
	Text  string `json:"text"`
}

type searchOut struct {
	Note     string     `json:"note"`
	Session  string     `json:"session"`
	Found    []foundOut `json:"found"`
	Way      string     `json:"way" jsonschema:"index, or scan: all words must occur"`
	Complete bool       `json:"complete" jsonschema:"false if it took too long and not all rows were looked at"`
}

// maxFound bounds the text of a row that was found, in characters.
const maxFound = 1200

func (d *desk) search(ctx context.Context, in searchIn) (*searchOut, error) {
	x, err := d.session(ctx, in.Session)
	if err != nil {
		return nil, err
	}
	r, err := d.from.Search(ctx, app.SearchRequest{SessionID: x.ID, Text: in.Text, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &searchOut{Note: noted, Session: plain(x.Name, maxCell), Found: []foundOut{}, Way: r.Way, Complete: r.Complete}
	for _, f := range r.Rows {
		out.Found = append(out.Found, foundOut{plain(f.Table, maxCell), f.Row, plain(f.File, maxCell), f.Line, plain(f.XPath, maxCell), plain(f.Text, maxFound)})
	}
	return out, nil
}

type askIn struct {
	sessionIn
	Question string `json:"question" jsonschema:"the question, in English"`
}

type citationOut struct {
	N       int    `json:"n" jsonschema:"its mark [n] in the answer"`
	Table   string `json:"table"`
	Row     int64  `json:"row,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int64  `json:"line,omitempty"`
	XPath   string `json:"xpath,omitempty"`
	SQL     string `json:"sql,omitempty" jsonschema:"query for the rows behind the figure"`
	Rows    int64  `json:"rows,omitempty" jsonschema:"how many rows those are"`
	Excerpt string `json:"excerpt,omitempty"`
}

type askOut struct {
	Note      string        `json:"note"`
	Session   string        `json:"session"`
	Answer    string        `json:"answer"`
	Route     string        `json:"route" jsonschema:"computed, sql, search, or abstain: it can't be answered"`
	Mode      string        `json:"mode"`
	SQL       string        `json:"sql,omitempty"`
	Result    *rowsOut      `json:"result,omitempty"`
	Citations []citationOut `json:"citations"`
	Warnings  []string      `json:"warnings,omitempty"`
	Choices   []string      `json:"choices,omitempty" jsonschema:"questions to ask instead, where this one was ambiguous"`
}

// maxCitations bounds the citations of an answer.
const maxCitations = 20

func (d *desk) ask(ctx context.Context, in askIn) (*askOut, error) {
	x, err := d.session(ctx, in.Session)
	if err != nil {
		return nil, err
	}
	if n := len([]rune(in.Question)); n == 0 || n > 2000 {
		return nil, retable.Errorf(retable.Unprocessable, "A question has 1 to 2,000 characters.")
	}
	a, err := d.from.Ask(ctx, app.AskRequest{SessionID: x.ID, Question: in.Question}, nil)
	if err != nil {
		return nil, err
	}
	out := &askOut{Note: noted, Session: plain(x.Name, maxCell), Answer: plain(a.Text, maxProse), Route: string(a.Route), Mode: a.Mode, SQL: plain(a.SQL, maxProse), Citations: []citationOut{}}
	if a.Result != nil {
		out.Result = rowsOf(a.Result, maxResult/4)
	}
	for _, c := range a.Citations[:min(len(a.Citations), maxCitations)] {
		out.Citations = append(out.Citations, citationOut{
			N: c.N, Table: plain(c.Table, maxCell), Row: c.Row, File: plain(c.File, maxCell), Line: c.Line, XPath: plain(c.XPath, maxCell),
			SQL: plain(c.SQL, maxProse/8), Rows: c.Total, Excerpt: plain(c.Excerpt, maxCell),
		})
	}
	out.Warnings, out.Choices = prose(a.Warnings), prose(a.Choices)
	return out, nil
}

// prose bounds a list of sentences.
func prose(list []string) []string {
	var out []string
	for _, s := range list[:min(len(list), maxCitations)] {
		out = append(out, plain(s, maxCell))
	}
	return out
}
