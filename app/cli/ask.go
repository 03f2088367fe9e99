package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"retable/app"
	"retable/internal/retable"
)

// askCmd answers questions about a bundle, or about a session of a data root.
type askCmd struct {
	settingsFlags
	limitFlags
	Source   string   `arg:"" help:"Bundle, folder or SQLite file that was converted, or a session of the data root (its id or name)."`
	Question []string `arg:"" optional:"" help:"Question; without one they are read line by line."`
	SQL      bool     `name:"sql" help:"The question is a statement of SQL, read-only by the engine."`
	Evidence bool     `default:"true" negatable:"" help:"Show where the answer comes from."`
	JSON     bool     `name:"json" help:"JSON lines: the whole answer with its citations."`
	Workers  int      `short:"w" help:"Files read at once; 0 is one per core." env:"RET_WORKERS"`
}

// asker is what questions are put to.
type asker struct {
	ask   func(question string, emit func(retable.AnswerEvent) error) (*retable.Answer, error)
	query func(sql string) (*retable.ResultTable, error)
	name  func(session string) string
}

func (a *askCmd) Run(c *call) error {
	c.json = a.JSON
	if _, err := os.Stat(a.Source); err != nil {
		return a.session(c)
	}
	cfg, err := a.load(false)
	if err != nil {
		return err
	}
	src, err := a.at(c, a.Source)
	if err != nil {
		return err
	}
	line := newProgress(c.Err, a.JSON)
	answers, err := c.app.OpenAnswers(c.ctx, app.OpenAnswersRequest{Sources: []app.Source{src}, Config: cfg, Workers: a.Workers, Search: !a.SQL, Progress: line.report()})
	line.clear()
	if err != nil {
		return err
	}
	err = a.answer(c, asker{
		ask: func(q string, emit func(retable.AnswerEvent) error) (*retable.Answer, error) {
			return answers.Ask(c.ctx, q, emit)
		},
		query: func(sql string) (*retable.ResultTable, error) { return answers.Query(c.ctx, sql) },
		name:  answers.Name,
	})
	return errors.Join(err, answers.Close())
}

// session asks a session of the data root.
func (a *askCmd) session(c *call) error {
	return c.look(&a.settingsFlags, func(o *opened) error {
		ref := sessionRef{Session: a.Source}
		id, err := ref.find(o)
		if retable.Is(err, retable.NotFound) {
			return fmt.Errorf("%s is neither a file nor a session of the data root (see retable sessions ls)", shown(a.Source))
		}
		if err != nil {
			return err
		}
		return a.answer(c, asker{
			ask: func(q string, emit func(retable.AnswerEvent) error) (*retable.Answer, error) {
				return o.Ask(o.ctx, app.AskRequest{SessionID: id, Question: q}, emit)
			},
			query: func(sql string) (*retable.ResultTable, error) {
				return o.Query(o.ctx, app.QueryRequest{SessionID: id, SQL: sql})
			},
			name: func(s string) string { return s },
		})
	})
}

// answer answers what was asked, or what is typed.
func (a *askCmd) answer(c *call, to asker) error {
	if len(a.Question) > 0 {
		abstained, err := a.one(c, to, strings.Join(a.Question, " "))
		if err == nil && abstained {
			err = errPartial
		}
		return err
	}
	prompt := ""
	if f, ok := c.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) && !a.JSON {
		prompt = "? "
	}
	lines := bufio.NewScanner(c.In)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	for {
		fmt.Fprint(c.Out, prompt)
		if !lines.Scan() {
			return lines.Err()
		}
		q := strings.TrimSpace(lines.Text())
		if q == "" {
			continue
		}
		if _, err := a.one(c, to, q); err != nil {
			if c.ctx.Err() != nil {
				return err
			}
			fmt.Fprintln(c.Err, "retable:", shown(errorText(err)))
		}
	}
}

func (a *askCmd) one(c *call, to asker, q string) (abstained bool, err error) {
	if a.SQL {
		r, err := to.query(q)
		if err != nil {
			return false, err
		}
		if a.JSON {
			return false, c.printJSON(r)
		}
		return false, resultText(c.Out, r, "")
	}
	ans, err := to.ask(q, nil)
	if err != nil {
		return false, err
	}
	abstained = ans.Route == retable.RouteAbstain
	if a.JSON {
		return abstained, c.printJSON(ans)
	}
	return abstained, a.text(c, to, ans)
}

// text prints an answer with its evidence.
func (a *askCmd) text(c *call, to asker, ans *retable.Answer) error {
	fmt.Fprintln(c.Out, shownLines(ans.Text))
	if !a.Evidence {
		return nil
	}
	for _, cite := range ans.Citations {
		place := []string{}
		if cite.SessionID != "" {
			place = append(place, to.name(cite.SessionID))
		}
		if cite.File != "" {
			place = append(place, cite.File)
		}
		if cite.Line > 0 {
			place = append(place, fmt.Sprintf("line %d", cite.Line))
		}
		if cite.XPath != "" {
			place = append(place, cite.XPath)
		}
		if cite.Row > 0 {
			place = append(place, fmt.Sprintf("row %d of %s", cite.Row, cite.Table))
		} else if cite.Total > 0 {
			place = append(place, fmt.Sprintf("%s rows of %s", thousands(uint64(cite.Total)), cite.Table))
		}
		fmt.Fprintf(c.Out, "  [%d] %s\n", cite.N, shown(strings.Join(place, ", ")))
	}
	if ans.SQL != "" {
		fmt.Fprintf(c.Out, "  SQL: %s\n", shown(ans.SQL))
	}
	for _, w := range ans.Warnings {
		fmt.Fprintf(c.Out, "  note: %s\n", shown(w))
	}
	for _, q := range ans.Choices {
		fmt.Fprintf(c.Out, "  ask: %s\n", shown(q))
	}
	fmt.Fprintf(c.Out, "  (%s, %s)\n", ans.Route, ans.Mode)
	return nil
}

// resultText prints the result of a query.
func resultText(w io.Writer, r *retable.ResultTable, indent string) error {
	t := columns{}
	var head []string
	for i, name := range r.Columns {
		head = append(head, shown(name))
		t.right = append(t.right, i < len(r.Types) && (r.Types[i] == "integer" || r.Types[i] == "decimal" || r.Types[i] == "number"))
	}
	t.add(head...)
	for _, row := range r.Rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, shown(v))
		}
		t.add(cells...)
	}
	if err := t.print(w, indent); err != nil {
		return err
	}
	if r.Truncated {
		_, err := fmt.Fprintln(w, indent+"… more rows; narrow the query down")
		return err
	}
	return nil
}

// shownLines makes each line of a text safe for a terminal.
func shownLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = shown(lines[i])
	}
	return strings.Join(lines, "\n")
}

// indexCmd adds a session to a collection and makes its index.
type indexCmd struct {
	sessionRef
	Collection string `arg:"" help:"Collection; a new name makes one."`
}

func (x *indexCmd) Run(c *call) error {
	cfg, err := x.load(false)
	if err != nil {
		return err
	}
	work := func(o *opened) error {
		id, err := x.find(o)
		if err != nil {
			return err
		}
		started, err := o.IndexSession(o.ctx, app.IndexRequest{SessionID: id, Collection: x.Collection})
		if err != nil {
			return err
		}
		if started.JobID != 0 {
			if _, err := o.await(c, started.JobID, x.JSON); err != nil {
				return err
			}
			if started, err = o.IndexSession(o.ctx, app.IndexRequest{SessionID: id, Collection: x.Collection}); err != nil {
				return err
			}
		}
		if x.JSON {
			return c.printJSON(started)
		}
		fmt.Fprintf(c.Out, "%s: %s chunks indexed\n", shown(x.Collection), thousands(uint64(started.IndexedChunks)))
		return nil
	}
	err = c.withRoot(cfg, "cli", true, work)
	if retable.Is(err, retable.Conflict) && c.ctx.Err() == nil {
		err = c.withRoot(cfg, "cli", false, work)
	}
	return err
}
