package rag

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"retable/internal/retable"
)

// abstain says that there is no answer, what was looked at, and what can be
// asked instead.
func (c *Catalogue) abstain(ctx context.Context, req Request, out *composer, why []*meaning) error {
	if err := out.route(retable.RouteAbstain); err != nil {
		return err
	}
	for _, s := range c.sessions {
		out.answer.Searched = append(out.answer.Searched, fmt.Sprintf("names and values of %s in %s", counted(int64(len(s.tables)), "table", "tables"), plain(s.name)))
	}
	if req.Searcher != nil {
		out.answer.Searched = append(out.answer.Searched, "the full text of all rows")
	}
	text := "I can't answer that from these tables."
	if reason := reasons(why); reason != "" {
		text += " " + reason
	}
	if err := out.say(text + "\n"); err != nil {
		return err
	}
	if err := c.didYouMean(ctx, why, out); err != nil {
		return err
	}
	if err := c.nearest(ctx, req, out); err != nil {
		return err
	}
	for _, s := range c.sessions {
		for _, q := range s.examples(3) {
			out.choice(q)
		}
	}
	if len(out.answer.Choices) == 0 {
		return nil
	}
	return out.say("\nWhat can be asked, for example:\n\n- " + strings.Join(out.answer.Choices, "\n- ") + "\n")
}

// nearest shows the rows that come closest in words.
func (c *Catalogue) nearest(ctx context.Context, req Request, out *composer) error {
	if req.Searcher == nil {
		return nil
	}
	hits, err := req.Searcher.Search(ctx, req.Question, 3)
	if err != nil {
		return err
	}
	for i, f := range c.found(hits) {
		if i == 0 {
			if err := out.say("\nThe nearest rows:\n\n"); err != nil {
				return err
			}
		}
		citation, err := f.citation(ctx)
		if err != nil {
			return err
		}
		mark, err := out.cite(citation)
		if err != nil {
			return err
		}
		if err := out.sayf("- %s: %s %s\n", code(f.table.label), highlighted(f.Hit), mark); err != nil {
			return err
		}
	}
	return nil
}

// reasons says what stood in the way: a value that doesn't occur, or words
// that mean nothing here.
func reasons(why []*meaning) string {
	for _, m := range why {
		if len(m.misses) > 0 {
			x := m.misses[0]
			var known []string
			for _, v := range x.column.top[:min(6, len(x.column.top))] {
				known = append(known, md(capText(v.value, 40)))
			}
			text := fmt.Sprintf("“%s” is no value of %s.", md(capText(x.literal, 80)), x.column.full())
			if len(known) > 0 {
				text += " Frequent ones are: " + strings.Join(known, ", ") + "."
			}
			return text
		}
	}
	var unknown []string
	for i, m := range why {
		words := m.lat.unknown()
		if i == 0 {
			unknown = words
		} else {
			unknown = slices.DeleteFunc(unknown, func(w string) bool { return !slices.Contains(words, w) })
		}
	}
	switch len(unknown) {
	case 0:
		return "I know the words, but not what they ask for together."
	case 1:
		if lat := why[0].lat; lat.words.Months[strings.ToLower(unknown[0])] > 0 && !lat.now.IsZero() {
			return fmt.Sprintf("“%s” needs a year, such as “%s %d”.", md(unknown[0]), md(unknown[0]), lat.now.Year())
		}
		return "“" + md(unknown[0]) + "” is no name of a table or column and no value that I found."
	}
	for i := range unknown {
		unknown[i] = "“" + md(unknown[i]) + "”"
	}
	return strings.Join(unknown[:min(5, len(unknown))], ", ") + " are no names of tables or columns and no values that I found."
}

// unknown are the words that mean nothing at all here.
func (lat *lattice) unknown() []string {
	known := make([]bool, len(lat.tokens))
	mark := func(from, to int) {
		for i := from; i < to; i++ {
			known[i] = true
		}
	}
	for i, t := range lat.tokens {
		mark(i, i+lat.noiseAt(i))
		for _, n := range lat.names[i] {
			mark(i, n.to)
		}
		for _, v := range lat.values[i] {
			mark(i, v.to)
		}
		for category := range lat.words.phrases {
			for _, to := range lat.phraseAt(category, i) {
				mark(i, to)
			}
		}
		if _, _, n := lat.words.readNumber(lat.tokens[i:]); n > 0 {
			mark(i, i+n)
		}
		if _, n := lat.periodAt(i); n > 0 {
			mark(i, i+n)
		}
		known[i] = known[i] || t.kind == signToken
	}
	var out []string
	for i, t := range lat.tokens {
		if !known[i] && !slices.Contains(out, t.text) {
			out = append(out, t.text)
		}
	}
	return out
}
