package llm

import (
	"context"
	"errors"
	"sync"

	openai "github.com/sashabaranov/go-openai"

	"retable/internal/retable"
)

// openaiMaxTokens is the longest text of OpenAI's models for vectors. Other
// servers don't tell; they refuse what is too long.
const openaiMaxTokens = 8191

// openaiEmbedder makes vectors with a model of OpenAI, of a like server, or of
// Azure.
type openaiEmbedder struct {
	p      *OpenAIProvider
	model  string
	prefix prefix

	mu   sync.Mutex
	dims int // 0: not known yet
}

// Model says what makes the vectors. These servers tell no digest of weights;
// their models don't change under a name.
func (e *openaiEmbedder) Model(ctx context.Context) (retable.EmbedModel, error) {
	dims, err := e.dimensions(ctx)
	if err != nil {
		return retable.EmbedModel{}, err
	}
	m := retable.EmbedModel{
		Provider: e.p.name, Name: e.model, Dimensions: dims, Prefix: e.prefix.String(), Normalised: true, Remote: e.p.remote,
	}
	if e.p.azure || e.p.at.Host == "api.openai.com" {
		m.MaxTokens = openaiMaxTokens
	} else {
		m.Digest = e.p.at.Host // another server's model of that name may be another one
	}
	return m, nil
}

// dimensions finds out how long the vectors are by making one.
func (e *openaiEmbedder) dimensions(ctx context.Context) (int, error) {
	e.mu.Lock()
	dims := e.dims
	e.mu.Unlock()
	if dims > 0 {
		return dims, nil
	}
	probe, err := e.batch(ctx, []string{e.prefix.document + "dimensions"}, 0)
	if err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dims = len(probe[0])
	return e.dims, nil
}

// Embed makes one vector of length 1 for each text.
func (e *openaiEmbedder) Embed(ctx context.Context, texts []string, purpose retable.Purpose) ([][]float32, error) {
	if err := checkTexts(texts); err != nil {
		return nil, err
	}
	dims, err := e.dimensions(ctx)
	if err != nil {
		return nil, err
	}
	return embedAll(ctx, e.prefix.add(texts, purpose), e.p.limits, func(ctx context.Context, batch []string) ([][]float32, error) {
		return e.batch(ctx, batch, dims)
	})
}

// batch makes the vectors of one request.
func (e *openaiEmbedder) batch(ctx context.Context, texts []string, dims int) (vectors [][]float32, err error) {
	if err := e.p.deployed(e.model); err != nil {
		return nil, err
	}
	call := &Call{Kind: KindEmbed, Model: e.model, Texts: len(texts)}
	req := openai.EmbeddingRequestStrings{
		Input: texts, Model: openai.EmbeddingModel(e.model),
		EncodingFormat: openai.EmbeddingEncodingFormatFloat, Dimensions: e.p.dimensions,
	}
	err = e.p.do(ctx, call, e.p.limits.FirstToken, "sent no vectors", func(a *attempt) error {
		reply, err := e.p.client.CreateEmbeddings(a.ctx, req)
		if err != nil {
			return e.fault(err, texts)
		}
		call.PromptTokens = reply.Usage.PromptTokens
		if vectors, err = inOrder(e.p.title, reply.Data, len(texts)); err != nil {
			return err
		}
		return checkVectors(e.p.title, e.model, vectors, len(texts), dims)
	})
	return vectors, err
}

// inOrder puts vectors where their index says: the order of the reply isn't
// promised.
func inOrder(title string, data []openai.Embedding, texts int) ([][]float32, error) {
	if len(data) != texts {
		return nil, checkVectors(title, "", make([][]float32, len(data)), texts, 0)
	}
	vectors := make([][]float32, texts)
	for _, d := range data {
		if d.Index < 0 || d.Index >= texts || vectors[d.Index] != nil {
			return nil, oddVectors(title, "sent vectors whose numbers don't fit the texts")
		}
		vectors[d.Index] = d.Embedding
	}
	return vectors, nil
}

// fault names the text where one was too long.
func (e *openaiEmbedder) fault(err error, texts []string) error {
	err = e.p.fault(err, e.model)
	var f *fault
	if errors.As(err, &f) && f.err.Reason == ReasonContext {
		return tooLong(e.p.title, e.model, texts, 0, "RET_EMBED_MODEL", f.err.Err)
	}
	return err
}
