package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"retable/internal/retable"
)

// lacks are the parameters that a model has refused. Servers differ in them,
// also by the model, and say so only when asked.
type lacks struct {
	temperature bool // reasoning models
	newLimit    bool // max_completion_tokens: older servers know max_tokens only
	usage       bool // stream_options
	schema      bool // json_schema: fall back to json_object
}

// openaiChat is a chat model of OpenAI, of a like server, or of Azure.
type openaiChat struct {
	p     *OpenAIProvider
	model string
}

// Name is the model's name.
func (m *openaiChat) Name() string { return m.model }

// Remote reports whether prompts leave the machine.
func (m *openaiChat) Remote() bool { return m.p.remote }

// Chat answers. A parameter that the model refuses is left out from then on.
func (m *openaiChat) Chat(ctx context.Context, req retable.ChatRequest, token func(string) error) (res retable.ChatResult, err error) {
	if err := checkRequest(req); err != nil {
		return res, err
	}
	if err := m.p.deployed(m.model); err != nil {
		return res, err
	}
	call := &Call{Kind: KindChat, Model: m.model}
	patience, silent := m.p.limits.Overall, "gave no answer"
	if token != nil {
		patience, silent = m.p.limits.FirstToken, "gave no first word"
	}
	err = m.p.do(ctx, call, patience, silent, func(a *attempt) error {
		for {
			lacking := m.p.lacks(m.model)
			res, err = m.attempt(a, m.request(req, lacking, token != nil), req, token)
			if err == nil || a.passed || !m.p.learn(m.model, lacking, err) {
				return m.p.fault(err, m.model)
			}
		}
	})
	return res, err
}

func (m *openaiChat) attempt(a *attempt, r openai.ChatCompletionRequest, req retable.ChatRequest, token func(string) error) (retable.ChatResult, error) {
	answer := &collector{a: a, token: token}
	var reason openai.FinishReason
	var usage openai.Usage
	var err error
	if r.Stream {
		reason, usage, err = m.stream(a, r, answer)
	} else {
		reason, usage, err = m.whole(a, r, answer)
	}
	if err != nil {
		return retable.ChatResult{}, err
	}
	a.call.PromptTokens, a.call.CompletionTokens = usage.PromptTokens, usage.CompletionTokens
	switch reason {
	case "", openai.FinishReasonNull:
		return retable.ChatResult{}, cutOff(m.p.title, errors.New("no finish_reason"))
	case openai.FinishReasonContentFilter:
		return retable.ChatResult{}, filtered(m.p.title, nil)
	}
	res, err := answer.result(req, m.p.title, reason == openai.FinishReasonLength)
	res.PromptTokens, res.CompletionTokens = usage.PromptTokens, usage.CompletionTokens
	return res, err
}

// stream reads pieces as they come. A stream that is cut cleanly looks like
// one that is over: only a finish_reason tells them apart.
func (m *openaiChat) stream(a *attempt, r openai.ChatCompletionRequest, answer *collector) (reason openai.FinishReason, usage openai.Usage, err error) {
	stream, err := m.p.client.CreateChatCompletionStream(a.ctx, r)
	if err != nil {
		return "", usage, err
	}
	defer stream.Close()
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return reason, usage, nil
		}
		if err != nil {
			return "", usage, err
		}
		a.heard()
		if chunk.Usage != nil {
			usage = *chunk.Usage
		}
		for _, choice := range chunk.Choices {
			if choice.Index != 0 {
				continue
			}
			if choice.Delta.Refusal != "" {
				return "", usage, filtered(m.p.title, nil)
			}
			if err := answer.add(choice.Delta.Content); err != nil {
				return "", usage, err
			}
			reason = cmp.Or(choice.FinishReason, reason)
		}
	}
}

// whole reads the answer in one piece.
func (m *openaiChat) whole(a *attempt, r openai.ChatCompletionRequest, answer *collector) (reason openai.FinishReason, usage openai.Usage, err error) {
	reply, err := m.p.client.CreateChatCompletion(a.ctx, r)
	if err != nil {
		return "", usage, err
	}
	if len(reply.Choices) == 0 {
		return "", usage, cutOff(m.p.title, errors.New("a reply without choices"))
	}
	choice := reply.Choices[0]
	if choice.Message.Refusal != "" {
		return "", usage, filtered(m.p.title, nil)
	}
	return choice.FinishReason, reply.Usage, answer.add(choice.Message.Content)
}

// request is what is sent, without what the model lacks.
func (m *openaiChat) request(req retable.ChatRequest, lacking lacks, stream bool) openai.ChatCompletionRequest {
	r := openai.ChatCompletionRequest{Model: m.model, Stream: stream}
	for _, t := range req.Turns {
		r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: t.Role, Content: t.Text})
	}
	if !lacking.temperature {
		// Zero itself is dropped by the library, and the server's default is 1.
		r.Temperature = math.SmallestNonzeroFloat32
	}
	if lacking.newLimit {
		r.MaxTokens = req.MaxTokens //nolint:staticcheck // deprecated, but all that such servers know
	} else {
		r.MaxCompletionTokens = req.MaxTokens
	}
	if stream && !lacking.usage {
		r.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	switch {
	case req.Schema == nil:
	case lacking.schema:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	default:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{
				Name: "answer", Schema: req.Schema, Strict: canBeStrict(req.Schema),
			},
		}
	}
	return r
}

// lacks returns what the model is known to refuse. Reasoning models are known
// by their names: the client library itself refuses a temperature for them.
func (p *OpenAIProvider) lacks(model string) lacks {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, ok := p.lacking[model]; ok {
		return l
	}
	var l lacks
	for _, family := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		l.temperature = l.temperature || strings.HasPrefix(model, family)
	}
	return l
}

// learn reads from a refusal which parameter to leave out, and tells whether
// it is a new one.
func (p *OpenAIProvider) learn(model string, l lacks, err error) bool {
	c, ok := complaintOf(err)
	if !ok || (c.status != 400 && c.status != 422) {
		return false
	}
	before, text := l, c.param+" "+c.message
	switch {
	case strings.Contains(text, "temperature"):
		l.temperature = true
	case strings.Contains(text, "max_completion_tokens"):
		l.newLimit = true
	case strings.Contains(text, "stream_options"):
		l.usage = true
	case strings.Contains(text, "response_format"), strings.Contains(text, "json_schema"):
		l.schema = true
	}
	if l == before {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lacking[model] = l
	return true
}

// canBeStrict tells whether the server can be held to the schema: each object
// must require all its properties and allow no others.
func canBeStrict(schema json.RawMessage) bool {
	var node any
	return json.Unmarshal(schema, &node) == nil && strictNode(node)
}

func strictNode(node any) bool {
	switch n := node.(type) {
	case []any:
		return !slices.ContainsFunc(n, func(child any) bool { return !strictNode(child) })
	case map[string]any:
		if properties, ok := n["properties"].(map[string]any); ok {
			required, _ := n["required"].([]any)
			if n["additionalProperties"] != false || len(required) != len(properties) {
				return false
			}
		} else if n["type"] == "object" {
			return false
		}
		for _, child := range n {
			if !strictNode(child) {
				return false
			}
		}
	}
	return true
}
