package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"retable/app"
	"retable/internal/retable"
)

// askCmd answers questions about a bundle, or about a session of a data root.
type askCmd struct {
	settingsFlags
	limitFlags
	Source   string   `arg:"" help:"Bundle, folder or SQLite file that was converted, or a session of the data root (its id or name)."`
	Question []string `arg:"" optional:"" help:"Question; without one they are read line by line, with follow-ups."`
	SQL      bool     `name:"sql" help:"The question is a statement of SQL, read-only by the engine."`
	Evidence bool     `default:"true" negatable:"" help:"Show where the answer comes from."`
	JSON     bool     `name:"json" help:"JSON lines: the whole answer with its citations."`
	Stream   bool     `help:"Tell the steps as they happen: a model's words, provisional until the end; with --json as events. On a terminal that is so anyway."`
	Workers  int      `short:"w" help:"Files read at once; 0 is one per core." env:"RET_WORKERS"`

	interrupts *interrupts // of questions that are typed
}

// asker is what questions are put to.
type asker struct {
	ask   func(ctx context.Context, question string, emit func(retable.AnswerEvent) error) (*retable.Answer, error)
	query func(ctx context.Context, sql string) (*retable.ResultTable, error)
	name  func(session string) string
}

func (a *askCmd) Run(c *call) error {
	c.json = a.JSON
	if a.talks(c) {
		stop := a.ownInterrupts(c)
		defer stop()
	}
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
		ask: answers.Ask, query: answers.Query, name: answers.Name,
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
		named, err := o.GetSession(o.ctx, app.SessionRef{SessionID: id})
		if err != nil {
			return err
		}
		var before []app.EarlierTurn
		return a.answer(c, asker{
			ask: func(ctx context.Context, q string, emit func(retable.AnswerEvent) error) (*retable.Answer, error) {
				ctx, err := o.AsLocal(ctx)
				if err != nil {
					return nil, err
				}
				ans, err := o.Ask(ctx, app.AskRequest{SessionID: id, Question: q, Earlier: before}, emit)
				if err == nil {
					before = append(before, app.EarlierTurn{Question: q, Answer: ans.Text})
				}
				return ans, err
			},
			query: func(ctx context.Context, sql string) (*retable.ResultTable, error) {
				ctx, err := o.AsLocal(ctx)
				if err != nil {
					return nil, err
				}
				return o.Query(ctx, app.QueryRequest{SessionID: id, SQL: sql})
			},
			name: func(string) string { return named.Name },
		})
	})
}

// answer answers what was asked, or what is typed.
func (a *askCmd) answer(c *call, to asker) error {
	if len(a.Question) == 0 {
		return a.talk(c, to)
	}
	ans, err := a.one(c.ctx, c, to, strings.Join(a.Question, " "))
	if err == nil && ans != nil && ans.Route == retable.RouteAbstain {
		err = errPartial
	}
	return err
}

// one answers one question, or runs one statement: then there is no answer but
// its result.
func (a *askCmd) one(ctx context.Context, c *call, to asker, q string) (*retable.Answer, error) {
	if a.SQL {
		r, err := to.query(ctx, q)
		if err != nil {
			return nil, err
		}
		if a.JSON {
			return nil, c.printJSON(r)
		}
		return nil, resultText(c.Out, r, "")
	}
	live := a.live(c)
	ans, err := to.ask(ctx, q, live.event)
	if err != nil {
		live.end()
		return nil, err
	}
	switch {
	case a.JSON && a.Stream: // the last event holds it
		return ans, nil
	case a.JSON:
		return ans, c.printJSON(ans)
	}
	live.take(ans.Text)
	p := page{w: c.Out, style: styleOf(c.Out), name: to.name}
	return ans, p.answer(ans, a.Evidence)
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
