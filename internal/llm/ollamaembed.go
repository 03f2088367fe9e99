package llm

import (
	"context"
	"errors"
	"sync"

	"github.com/ollama/ollama/api"

	"retable/internal/retable"
)

// largestEmbedCtx is the largest context asked for when making vectors: the
// server handles a whole context at once, which costs memory.
const largestEmbedCtx = 8192

// ollamaEmbedder makes vectors with a model of an Ollama server.
type ollamaEmbedder struct {
	p      *OllamaProvider
	model  string
	prefix prefix

	mu   sync.Mutex
	told retable.EmbedModel // what Model said last
}

// Model says which weights make the vectors now. Vectors made after it are of
// these weights, or Embed fails.
func (e *ollamaEmbedder) Model(ctx context.Context) (retable.EmbedModel, error) {
	known, err := e.p.find(ctx, e.model, 0)
	if err != nil {
		return retable.EmbedModel{}, err
	}
	e.mu.Lock()
	told := e.told
	e.mu.Unlock()
	if told.Digest == known.digest {
		return told, nil
	}
	return e.meet(ctx, known)
}

// meet finds out how many dimensions the vectors have: what a model tells of
// itself is wrong where a projection follows, so one is made.
func (e *ollamaEmbedder) meet(ctx context.Context, known *ollamaModel) (retable.EmbedModel, error) {
	probe, err := e.batch(ctx, known, []string{e.prefix.document + "dimensions"}, 0)
	if err != nil {
		return retable.EmbedModel{}, err
	}
	m := retable.EmbedModel{
		Provider: Ollama, Name: e.model, Digest: known.digest, Dimensions: len(probe[0]), MaxTokens: embedContext(known),
		Prefix: e.prefix.String(), Normalised: true, Remote: e.p.Remote() || isCloud(e.model),
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = m
	return m, nil
}

// Embed makes one vector of length 1 for each text.
func (e *ollamaEmbedder) Embed(ctx context.Context, texts []string, purpose retable.Purpose) ([][]float32, error) {
	if err := checkTexts(texts); err != nil {
		return nil, err
	}
	known, err := e.p.find(ctx, e.model, tagsFresh)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	told := e.told
	e.mu.Unlock()
	if told.Digest == "" {
		if told, err = e.meet(ctx, known); err != nil {
			return nil, err
		}
	}
	if told.Digest != known.digest {
		return nil, &retable.Error{Code: retable.Conflict, Reason: ReasonModelChanged,
			Detail: "Model " + e.model + " has been replaced by another version; index again with the new one."}
	}
	return embedAll(ctx, e.prefix.add(texts, purpose), e.p.limits, func(ctx context.Context, batch []string) ([][]float32, error) {
		return e.batch(ctx, known, batch, told.Dimensions)
	})
}

// batch makes the vectors of one request. Nothing is cut: a text that is too
// long is an error.
func (e *ollamaEmbedder) batch(ctx context.Context, known *ollamaModel, texts []string, dims int) (vectors [][]float32, err error) {
	if err := e.p.mayLeave(e.model, known); err != nil {
		return nil, err
	}
	no := false
	req := &api.EmbedRequest{Model: e.model, Input: texts, Truncate: &no, Options: map[string]any{}}
	if size := embedContext(known); size > 0 {
		req.Options["num_ctx"] = size
	}
	if e.p.cfg.KeepAlive != 0 {
		req.KeepAlive = &api.Duration{Duration: e.p.cfg.KeepAlive}
	}
	if threads, ok := e.p.cfg.Options["num_thread"]; ok {
		req.Options["num_thread"] = threads
	}
	call := &Call{Kind: KindEmbed, Model: e.model, Texts: len(texts)}
	err = e.p.do(ctx, call, e.p.limits.FirstToken, "sent no vectors", func(a *attempt) error {
		reply, err := e.p.client.Embed(a.ctx, req)
		if err != nil {
			return e.fault(err, texts, known)
		}
		call.PromptTokens = reply.PromptEvalCount
		vectors = reply.Embeddings
		return checkVectors(e.p.title, e.model, vectors, len(texts), dims)
	})
	return vectors, err
}

// fault names the text where one was too long.
func (e *ollamaEmbedder) fault(err error, texts []string, known *ollamaModel) error {
	err = e.p.fault(err, e.model)
	var f *fault
	if errors.As(err, &f) && f.err.Reason == ReasonContext {
		return tooLong(e.p.title, e.model, texts, embedContext(known), "RET_EMBED_MODEL", f.err.Err)
	}
	return err
}

// embedContext is the longest text in tokens, 0 if not known.
func embedContext(m *ollamaModel) int { return min(m.context, largestEmbedCtx) }
