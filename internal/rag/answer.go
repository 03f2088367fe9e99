package rag

import (
	"context"
	"fmt"
	"strings"

	"retable/internal/retable"
)

// maxQuestion bounds a question, in bytes.
const maxQuestion = 2000

// Answer answers a question. Its steps go to emit as they happen; the text is
// provisional until "done". Cancelling ctx stops model and SQLite. Errors are
// *retable.Error.
func (c *Catalogue) Answer(ctx context.Context, req Request, emit Emit) (*retable.Answer, error) {
	req.Question = strings.TrimSpace(req.Question)
	switch {
	case req.Question == "":
		return nil, retable.Errorf(retable.Invalid, "There is no question.")
	case len(req.Question) > maxQuestion:
		return nil, retable.Errorf(retable.TooLarge, "The question has %d bytes; %d are allowed.", len(req.Question), maxQuestion)
	case len(c.sessions) == 0 || c.empty():
		return nil, errNothing()
	}
	out := newComposer(req.Question, emit)
	if req.Chat != nil {
		out.answer.Mode = req.Chat.Name()
	}
	err := c.route(ctx, req, out)
	if err != nil {
		return nil, errorOf(ctx, err)
	}
	return out.done()
}

func (c *Catalogue) empty() bool {
	for _, s := range c.sessions {
		if len(s.tables) > 0 {
			return false
		}
	}
	return true
}

// errorOf makes an error one that may cross a door.
func errorOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &retable.Error{Code: retable.Cancelled, Detail: "The answer was stopped.", Err: context.Cause(ctx)}
	}
	if retable.CodeOf(err) == retable.Internal {
		return retable.Fault(err, "answering")
	}
	return err
}

// route takes the first route that fits.
func (c *Catalogue) route(ctx context.Context, req Request, out *composer) error {
	done, why, err := c.computed(ctx, req, out)
	if done || err != nil {
		return err
	}
	if req.Chat != nil {
		if done, err := c.modelSQL(ctx, req, out); done || err != nil {
			return err
		}
	}
	searches := req.Chat != nil || !asksFigure(why)
	if searches {
		if err := out.unsearched(req.Unsearched); err != nil {
			return err
		}
	}
	if searches && req.Searcher != nil {
		if done, err := c.search(ctx, req, out, why); done || err != nil {
			return err
		}
	}
	return c.abstain(ctx, req, out, why)
}

// unsearched says which sessions' rows are not looked through.
func (c *composer) unsearched(sessions []string) error {
	const most = 3
	if len(sessions) == 0 {
		return nil
	}
	names := plain(strings.Join(sessions[:min(len(sessions), most)], ", "))
	if more := len(sessions) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return c.warn(fmt.Sprintf("Rows were not searched where there is no index yet: %s.", names))
}

// computed tries the deterministic route in every session. why is what each
// session made of the question where none could answer.
func (c *Catalogue) computed(ctx context.Context, req Request, out *composer) (done bool, why []*meaning, err error) {
	var known, open []*meaning
	for _, s := range c.sessions {
		if len(s.tables) == 0 {
			continue
		}
		if done, err := c.aside(ctx, s, req, out); done || err != nil {
			return done, nil, err
		}
		m, err := c.interpret(ctx, s, req)
		if err != nil {
			return false, nil, err
		}
		why = append(why, m)
		switch {
		case m.frame != nil:
			known = append(known, m)
		case len(m.choices) > 0:
			open = append(open, m)
		}
	}
	if len(known) == 0 && len(open) == 0 {
		return false, why, nil
	}
	if err := out.route(retable.RouteComputed); err != nil {
		return false, nil, err
	}
	for _, m := range known {
		if err := c.title(out, m.session, len(known)+len(open)); err != nil {
			return false, nil, err
		}
		if err := out.compute(ctx, m.frame); err != nil {
			return false, nil, err
		}
	}
	for _, m := range open {
		if err := c.title(out, m.session, len(known)+len(open)); err != nil {
			return false, nil, err
		}
		if err := c.askBack(ctx, m, req, out); err != nil {
			return false, nil, err
		}
	}
	return true, why, c.leftOut(out, known, open)
}

// title names the session where several are asked: their figures stand side by
// side and are not added up.
func (c *Catalogue) title(out *composer, s *session, answering int) error {
	if len(c.sessions) < 2 {
		return nil
	}
	return out.sayf("\n**%s**\n\n", md(s.name))
}

func (c *Catalogue) leftOut(out *composer, known, open []*meaning) error {
	if len(c.sessions) < 2 {
		return nil
	}
	in := map[*session]bool{}
	for _, m := range append(known, open...) {
		in[m.session] = true
	}
	for _, s := range c.sessions {
		if !in[s] {
			if err := out.warn(fmt.Sprintf("“%s” has nothing that the question fits.", plain(s.name))); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxHistory is how many earlier questions are read again for a follow-up.
const maxHistory = 6

// interpret reads the question in the light of those before it.
func (c *Catalogue) interpret(ctx context.Context, s *session, req Request) (*meaning, error) {
	var before *frame
	for _, turn := range req.History[max(0, len(req.History)-maxHistory):] {
		if len(turn.Question) > maxQuestion {
			before = nil
			continue
		}
		m, err := interpret(ctx, c.words, s, turn.Question, before, req.Now)
		if err != nil {
			return nil, err
		}
		before = m.frame
	}
	return interpret(ctx, c.words, s, req.Question, before, req.Now)
}

// askBack offers the ways to read a question.
func (c *Catalogue) askBack(ctx context.Context, m *meaning, req Request, out *composer) error {
	var lines []string
	for _, f := range m.choices[:min(len(m.choices), maxChoices)] {
		q, ok, err := c.choiceFor(ctx, m, f, req)
		if err != nil {
			return err
		}
		if ok {
			out.choice(q)
		}
		lines = append(lines, "- "+f.differs(m.choices))
	}
	text := "That can mean several things:\n\n" + strings.Join(lines, "\n") + "\n\nWhich one is meant?\n"
	if len(lines) == 1 {
		text = "The question doesn't say which column. Is this meant?\n\n" + lines[0] + "\n"
	}
	if err := out.say(text); err != nil {
		return err
	}
	if more := len(m.choices) - maxChoices; more > 0 {
		return out.sayf("\nThere are %d more ways to read it: name table or column.\n", more)
	}
	return nil
}

// choiceFor is a question that means this frame and nothing else.
func (c *Catalogue) choiceFor(ctx context.Context, m *meaning, f *frame, req Request) (string, bool, error) {
	for _, q := range []func() (string, bool){f.say, func() (string, bool) { return m.lat.replace(f) }} {
		text, ok := q()
		if !ok {
			continue
		}
		got, err := interpret(ctx, c.words, m.session, text, nil, req.Now)
		if err != nil {
			return "", false, err
		}
		if got.frame != nil && got.frame.identity() == f.identity() {
			return text, true, nil
		}
	}
	return "", false, nil
}

// replace puts the full names of what was chosen into the question.
func (lat *lattice) replace(f *frame) (string, bool) {
	text := lat.question
	for i := len(lat.tokens) - 1; i >= 0; i-- {
		for _, r := range f.readAs {
			if r.from != i || r.to <= i || r.to > len(lat.tokens) || len(lat.names[i]) == 0 {
				continue
			}
			name := ""
			switch {
			case r.column != nil:
				name = r.column.full()
			case r.table != nil:
				name = "`" + r.table.label + "`"
			}
			text = text[:lat.tokens[i].from] + name + text[lat.tokens[r.to-1].to:]
			break
		}
	}
	return text, text != lat.question
}

// differs says what sets a frame apart from the others.
func (f *frame) differs(all []*frame) string {
	for _, r := range f.readAs {
		shared := true
		for _, o := range all {
			found := false
			for _, other := range o.readAs {
				found = found || other == r
			}
			shared = shared && found
		}
		if shared {
			continue
		}
		if r.column != nil {
			return r.column.full() + ", as in: " + f.short()
		}
		return code(r.table.label) + " (" + counted(r.table.Rows, "row", "rows") + "), as in: " + f.short()
	}
	return f.short()
}

// short is the frame in a few words.
func (f *frame) short() string {
	if q, ok := f.say(); ok {
		return q
	}
	what := string(f.kind)
	if f.measure != nil {
		what += " of " + f.measure.full()
	}
	within := ""
	if f.kind == askShare && f.other != nil && f.other.where != nil {
		within = f.other.describe() + ", those"
	}
	return what + " in " + code(f.base.label) + within + f.describe() + f.sayGroups()
}
