package llm

import (
	"context"
	"errors"
	"maps"

	"github.com/ollama/ollama/api"

	"retable/internal/retable"
)

// The size of a prompt in tokens is guessed from its bytes: prose has about
// four bytes a token, codes and other scripts fewer. Too low a guess is
// corrected when the server refuses the prompt.
const (
	bytesPerToken = 3
	tokensPerTurn = 16   // of the template around each turn
	answerTokens  = 1024 // when the request names no limit
	smallestCtx   = 2048
)

// ollamaChat is a chat model of an Ollama server.
type ollamaChat struct {
	p     *OllamaProvider
	model string
}

// Name is the model's name.
func (m *ollamaChat) Name() string { return m.model }

// Remote reports whether prompts leave the machine.
func (m *ollamaChat) Remote() bool { return m.p.Remote() || isCloud(m.model) }

// Chat answers. It asks for a context as large as the prompt needs, and for a
// larger one when the guess was too low: a prompt is never cut.
func (m *ollamaChat) Chat(ctx context.Context, req retable.ChatRequest, token func(string) error) (retable.ChatResult, error) {
	if err := checkRequest(req); err != nil {
		return retable.ChatResult{}, err
	}
	known, err := m.p.find(ctx, m.model, tagsFresh)
	if err != nil {
		return retable.ChatResult{}, err
	}
	if err := m.p.mayLeave(m.model, known); err != nil {
		return retable.ChatResult{}, err
	}
	if known.embed && !known.chat {
		return retable.ChatResult{}, retable.Errorf(retable.Unprocessable, "Model %s makes vectors and can't chat; choose a chat model.", m.model)
	}
	most := m.p.mostContext(known)
	size := m.p.contextFor(m.model, known, req)
	for {
		res, err := m.ask(ctx, req, size, token)
		var e *retable.Error
		if !errors.As(err, &e) || e.Reason != ReasonContext {
			return res, err
		}
		if size >= most {
			return res, m.overflow(e, known, most)
		}
		size = m.p.keepContext(m.model, min(2*size, most))
	}
}

// ask makes one call with a context of size tokens.
func (m *ollamaChat) ask(ctx context.Context, req retable.ChatRequest, size int, token func(string) error) (res retable.ChatResult, err error) {
	call := &Call{Kind: KindChat, Model: m.model}
	patience, silent := m.p.limits.Overall, "gave no answer"
	if token != nil {
		patience, silent = m.p.limits.FirstToken, "gave no first word"
	}
	err = m.p.do(ctx, call, patience, silent, func(a *attempt) (err error) {
		res, err = m.attempt(a, req, size, token)
		return err
	})
	return res, err
}

// attempt reads one reply. The client library returns nil when the stream is
// cut, so a chunk that says done is required.
func (m *ollamaChat) attempt(a *attempt, req retable.ChatRequest, size int, token func(string) error) (retable.ChatResult, error) {
	answer := &collector{a: a, token: token}
	var last api.ChatResponse
	err := m.p.client.Chat(a.ctx, m.request(req, size, token != nil), func(r api.ChatResponse) error {
		a.heard()
		last = r
		return answer.add(r.Message.Content)
	})
	if err != nil {
		return retable.ChatResult{}, m.p.fault(err, m.model)
	}
	if !last.Done {
		if a.ctx.Err() != nil {
			return retable.ChatResult{}, a.ctx.Err()
		}
		return retable.ChatResult{}, cutOff(m.p.title, errors.New("the stream ended without a done chunk"))
	}
	res, err := answer.result(req, m.p.title, last.DoneReason == "length")
	res.PromptTokens, res.CompletionTokens = last.PromptEvalCount, last.EvalCount
	a.call.PromptTokens, a.call.CompletionTokens = res.PromptTokens, res.CompletionTokens
	return res, err
}

// request says all that would otherwise be the server's silent choice: what
// happens with a prompt that is too long (truncate), with an answer that is
// (shift), and that a model may not think, since a schema isn't enforced then.
func (m *ollamaChat) request(req retable.ChatRequest, size int, stream bool) *api.ChatRequest {
	no := false
	r := &api.ChatRequest{
		Model:    m.model,
		Stream:   &stream,
		Format:   req.Schema,
		Truncate: &no,
		Shift:    &no,
		Think:    &api.ThinkValue{Value: false},
		Options:  map[string]any{"temperature": 0.0, "seed": 1},
	}
	maps.Copy(r.Options, m.p.cfg.Options)
	r.Options["num_ctx"] = size
	if req.MaxTokens > 0 {
		r.Options["num_predict"] = req.MaxTokens
	}
	if m.p.cfg.KeepAlive != 0 {
		r.KeepAlive = &api.Duration{Duration: m.p.cfg.KeepAlive}
	}
	for _, t := range req.Turns {
		r.Messages = append(r.Messages, api.Message{Role: t.Role, Content: t.Text})
	}
	return r
}

// mostContext is the largest context that may be asked for.
func (p *OllamaProvider) mostContext(m *ollamaModel) int {
	most := max(p.cfg.MaxContext, m.floor)
	if m.context > 0 {
		most = min(most, m.context)
	}
	return most
}

// contextFor guesses the context that a request needs. The server loads a
// model anew for another size, so sizes are powers of two and never shrink.
func (p *OllamaProvider) contextFor(model string, m *ollamaModel, req retable.ChatRequest) int {
	need := answerTokens
	if req.MaxTokens > 0 {
		need = req.MaxTokens
	}
	for _, t := range req.Turns {
		need += len(t.Text)/bytesPerToken + tokensPerTurn
	}
	size := smallestCtx
	for size < need {
		size *= 2
	}
	return min(p.keepContext(model, min(max(size, m.floor), p.mostContext(m))), p.mostContext(m))
}

// keepContext remembers the largest context of a model, and returns it.
func (p *OllamaProvider) keepContext(model string, size int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ctx[model] = max(p.ctx[model], size)
	return p.ctx[model]
}

// overflow says how a prompt can be made to fit.
func (m *ollamaChat) overflow(e *retable.Error, known *ollamaModel, most int) error {
	cure := "raise RET_MODEL_CONTEXT"
	if known.context > 0 && most >= known.context {
		cure = "choose a model with a larger one"
	}
	return refusal(retable.TooLarge, ReasonContext, e.Err,
		"The question and its data are longer than the context of %d tokens that model %s has; ask about fewer tables, or %s.",
		most, m.model, cure).err
}
