package llm

import (
	"encoding/json"
	"strings"

	"retable/internal/retable"
)

const thinkOpen, thinkClose = "<think>", "</think>"

// collector gathers the pieces of an answer and passes them on. A model that
// thinks aloud, though asked not to, starts with <think>...</think>: that part
// is left out of both.
type collector struct {
	a     *attempt
	token func(string) error // nil: not streamed
	text  strings.Builder
	held  string // start of the answer, until it is clear what it is
	state thinking
}

type thinking uint8

const (
	unclear thinking = iota // may still become a <think>
	inside
	trimming // after </think>: leading spaces are dropped
	plain
)

// add takes the next piece.
func (c *collector) add(piece string) error {
	if c.state == plain {
		return c.emit(piece)
	}
	c.held += piece
	switch c.state {
	case unclear:
		start := strings.TrimLeft(c.held, " \t\r\n")
		switch {
		case strings.HasPrefix(start, thinkOpen):
			c.state = inside
			c.held = start[len(thinkOpen):]
			return c.add("")
		case strings.HasPrefix(thinkOpen, start):
			return nil
		}
		return c.flush()
	case inside:
		if _, after, ok := strings.Cut(c.held, thinkClose); ok {
			c.state, c.held = trimming, after
			return c.add("")
		}
		// Only the tail can hold a part of the closing mark.
		c.held = c.held[max(0, len(c.held)-len(thinkClose)+1):]
	case trimming:
		c.held = strings.TrimLeft(c.held, " \t\r\n")
		if c.held != "" {
			return c.flush()
		}
	}
	return nil
}

// flush emits what is held, as it is.
func (c *collector) flush() error {
	held := c.held
	c.state, c.held = plain, ""
	return c.emit(held)
}

func (c *collector) emit(piece string) error {
	c.text.WriteString(piece)
	if c.token == nil {
		return nil
	}
	return c.a.pass(piece, c.token)
}

// end passes on what is held although it became no thought.
func (c *collector) end() error {
	if c.state == unclear {
		return c.flush()
	}
	return nil
}

// result makes the answer whole. JSON that ended too early is an error: no
// part of it can be used.
func (c *collector) result(req retable.ChatRequest, title string, cut bool) (retable.ChatResult, error) {
	if err := c.end(); err != nil {
		return retable.ChatResult{}, err
	}
	res := retable.ChatResult{Text: c.text.String(), Truncated: cut}
	if req.Schema == nil {
		return res, nil
	}
	if c.token == nil {
		res.Text = unfenced(res.Text)
	}
	if cut && !json.Valid([]byte(res.Text)) {
		return res, refusal(retable.Unprocessable, ReasonCut, nil,
			"%s's answer became too long and broke off; ask for less, or allow more tokens.", title)
	}
	return res, nil
}

// unfenced takes JSON out of a Markdown fence, which servers that don't
// enforce a schema like to put around it.
func unfenced(text string) string {
	trimmed := strings.TrimSpace(text)
	body, ok := strings.CutPrefix(trimmed, "```")
	if !ok {
		return text
	}
	body, ok = strings.CutSuffix(body, "```")
	if !ok {
		return text
	}
	body = strings.TrimSpace(strings.TrimPrefix(body, "json"))
	if !json.Valid([]byte(body)) {
		return text
	}
	return body
}

// checkRequest refuses what no provider can answer.
func checkRequest(req retable.ChatRequest) error {
	if len(req.Turns) == 0 {
		return retable.Errorf(retable.Invalid, "A chat needs at least one turn.")
	}
	for i, t := range req.Turns {
		if t.Role != "system" && t.Role != "user" && t.Role != "assistant" {
			return retable.Errorf(retable.Invalid, "Turn %d has role %q; it must be system, user or assistant.", i+1, t.Role)
		}
	}
	if req.Schema != nil && !json.Valid(req.Schema) {
		return retable.Errorf(retable.Invalid, "The schema of the answer is not JSON.")
	}
	if req.MaxTokens < 0 {
		return retable.Errorf(retable.Invalid, "The most tokens of an answer can't be negative.")
	}
	return nil
}
