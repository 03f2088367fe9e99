package rag

import (
	"fmt"
	"slices"
	"strings"

	"retable/internal/retable"
)

// composer puts an answer together and tells its steps as they happen.
type composer struct {
	answer *retable.Answer
	emit   Emit
	text   strings.Builder
}

func newComposer(question string, emit Emit) *composer {
	if emit == nil {
		emit = func(retable.AnswerEvent) error { return nil }
	}
	return &composer{answer: &retable.Answer{Question: question, Mode: SearchMode, Citations: []retable.Citation{}}, emit: emit}
}

// SearchMode is the mode of answers without a language model.
const SearchMode = "search mode: no language model"

func (c *composer) route(r retable.Route) error {
	c.answer.Route = r
	return c.emit(retable.AnswerEvent{Kind: "route", Route: r})
}

func (c *composer) sql(query string) error {
	if c.answer.SQL != "" {
		c.answer.SQL += ";\n"
	}
	c.answer.SQL += query
	return c.emit(retable.AnswerEvent{Kind: "sql", SQL: query})
}

// rows shows a result; the answer keeps the first.
func (c *composer) rows(t *retable.ResultTable) error {
	if c.answer.Result == nil {
		c.answer.Result = t
	}
	return c.emit(retable.AnswerEvent{Kind: "rows", Result: t})
}

// say appends to the text.
func (c *composer) say(text string) error {
	if text == "" {
		return nil
	}
	c.text.WriteString(text)
	return c.emit(retable.AnswerEvent{Kind: "token", Token: text})
}

func (c *composer) sayf(format string, args ...any) error { return c.say(fmt.Sprintf(format, args...)) }

// cite numbers a citation and returns its mark.
func (c *composer) cite(citation retable.Citation) (mark string, err error) {
	citation.N = len(c.answer.Citations) + 1
	c.answer.Citations = append(c.answer.Citations, citation)
	return fmt.Sprintf("[%d]", citation.N), c.emit(retable.AnswerEvent{Kind: "citation", Citation: &citation})
}

func (c *composer) warn(text string) error {
	if slices.Contains(c.answer.Warnings, text) {
		return nil
	}
	c.answer.Warnings = append(c.answer.Warnings, text)
	return c.emit(retable.AnswerEvent{Kind: "warning", Warning: text})
}

func (c *composer) table(t *tableInfo) {
	if !slices.Contains(c.answer.Tables, t.Name) {
		c.answer.Tables = append(c.answer.Tables, t.Name)
	}
}

func (c *composer) choice(question string) {
	if question != "" && !slices.Contains(c.answer.Choices, question) {
		c.answer.Choices = append(c.answer.Choices, question)
	}
}

// done ends the answer.
func (c *composer) done() (*retable.Answer, error) {
	c.answer.Text = strings.TrimSpace(c.text.String())
	return c.answer, c.emit(retable.AnswerEvent{Kind: "done", Answer: c.answer})
}
