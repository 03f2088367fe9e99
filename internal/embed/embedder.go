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
	slots chan struct{} // one for each worker
}

var _ retable.Embedder = (*Embedder)(nil)

// New returns an embedder with up to so many workers, over all its callers.
func New(m *Model, workers int) *Embedder {
	return &Embedder{model: m.pack(bestTile()), slots: make(chan struct{}, max(1, workers))}
}

// Model describes the model. It never fails.
func (e *Embedder) Model(context.Context) (retable.EmbedModel, error) {
	return retable.EmbedModel{
		Provider: "embedded", Name: "universal-sentence-encoder-lite", Digest: e.model.digest,
		Dimensions: Dimensions, MaxTokens: MaxTokens, Normalised: true, Language: "en",
	}, nil
}

// batchTokens is how many tokens are read at once: what comes out of a layer
// then stays in the second cache, and the weights are fetched seldom.
const batchTokens = 192

// Embed returns the vectors of texts; what they are for makes no difference
// to this model. White space and control characters count as spaces.
func (e *Embedder) Embed(ctx context.Context, texts []string, _ retable.Purpose) ([][]float32, error) {
	var windows [][]int
	counts := make([]int, len(texts)) // windows of each text
	for i, text := range texts {
		ids := e.model.tokens.encode(plain(text))
		if len(ids) == 0 {
			return nil, retable.Errorf(retable.Invalid, "Text %d of %d has no words to embed.", i+1, len(texts))
		}
		parts := e.model.tokens.windows(ids)
		counts[i], windows = len(parts), append(windows, parts...)
	}
	vectors, err := e.read(ctx, windows)
	if err != nil {
		return nil, err
	}
	out := make([][]float32, len(texts))
	for i, n := range counts {
		out[i] = joined(windows[:n], vectors[:n])
		windows, vectors = windows[n:], vectors[n:]
	}
	return out, nil
}

// read reads windows in batches, as many at a time as there are workers.
func (e *Embedder) read(ctx context.Context, windows [][]int) ([][]float32, error) {
	out := make([][]float32, len(windows))
	var readers sync.WaitGroup
	defer readers.Wait()
	for from := 0; from < len(windows); {
		to, tokens := from+1, len(windows[from])
		for to < len(windows) && tokens+len(windows[to]) <= batchTokens {
			tokens += len(windows[to])
			to++
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case e.slots <- struct{}{}:
		}
		batch, into := windows[from:to], out[from:to]
		readers.Go(func() {
			defer func() { <-e.slots }()
			copy(into, e.model.infer(batch))
		})
		from = to
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

// joined is the vector of a text of which these are the windows.
func joined(windows [][]int, vectors [][]float32) []float32 {
	if len(windows) == 1 {
		return vectors[0]
	}
	tokens := 0
	for _, w := range windows {
		tokens += len(w)
	}
	sum := make([]float32, Dimensions)
	for i, w := range windows {
		axpy(sum, vectors[i], float32(len(w))/float32(tokens))
	}
	unit(sum)
	return sum
}
