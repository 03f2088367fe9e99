package embed

import (
	"context"
	"strings"
	"sync"
	"unicode"

	"retable/internal/retable"
)

// Embedder is a model behind retable.Embedder. It is safe for use by several
// goroutines.
type Embedder struct {
	model *Model
	slots chan struct{} // one for each text that is read at the same time
}

var _ retable.Embedder = (*Embedder)(nil)

// New returns an embedder that reads up to workers texts at the same time,
// over all its callers.
func New(m *Model, workers int) *Embedder {
	return &Embedder{model: m, slots: make(chan struct{}, max(1, workers))}
}

// Model describes the model. It never fails.
func (e *Embedder) Model(context.Context) (retable.EmbedModel, error) {
	return retable.EmbedModel{
		Provider: "embedded", Name: "universal-sentence-encoder-lite", Digest: e.model.digest,
		Dimensions: Dimensions, MaxTokens: MaxTokens, Normalised: true, Language: "en",
	}, nil
}

// Embed returns the vectors of texts; what they are for makes no difference
// to this model. White space and control characters count as spaces.
func (e *Embedder) Embed(ctx context.Context, texts []string, _ retable.Purpose) ([][]float32, error) {
	out := make([][]float32, len(texts))
	all := make([][]int, len(texts))
	for i, text := range texts {
		if all[i] = e.model.tokens.encode(plain(text)); len(all[i]) == 0 {
			return nil, retable.Errorf(retable.Invalid, "Text %d of %d has no words to embed.", i+1, len(texts))
		}
	}
	var readers sync.WaitGroup
	defer readers.Wait()
	for i := range texts {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case e.slots <- struct{}{}:
		}
		readers.Go(func() {
			defer func() { <-e.slots }()
			out[i] = e.model.embedTokens(all[i])
		})
	}
	readers.Wait()
	return out, nil
}

// plain makes every run of white space and control characters one space.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// embedTokens reads a text of any length, window by window.
func (m *Model) embedTokens(ids []int) []float32 {
	windows := m.tokens.windows(ids)
	if len(windows) == 1 {
		return m.vector(ids)
	}
	sum := make([]float32, Dimensions)
	for _, w := range windows {
		share := float32(len(w)) / float32(len(ids))
		for j, x := range m.vector(w) {
			sum[j] += share * x
		}
	}
	unit(sum)
	return sum
}
