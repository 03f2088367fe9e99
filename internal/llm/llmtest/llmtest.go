// Package llmtest stands in for servers of models in the tests of others: its
// chats follow a script and its vectors are computed from the words of a text,
// so that a test knows both beforehand. It has no place outside of tests.
package llmtest

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"unicode"

	"retable/internal/retable"
)

// Step is one answer of a scripted chat.
type Step struct {
	Pieces []string // as they are streamed; the answer is all of them together
	Text   string   // or the answer in one piece
	Err    error    // after the pieces: the stream breaks
	Cut    bool     // the answer is Truncated
	// Wait, if set, is received from before each piece: a test decides when the
	// model goes on. The end of the context ends the wait.
	Wait <-chan struct{}
}

// Chat is a chat model that answers by its script, one step a request.
type Chat struct {
	Model    string
	IsRemote bool
	// Answer, if set, answers in place of the steps.
	Answer func(req retable.ChatRequest) Step

	mu    sync.Mutex
	steps []Step
	asked []retable.ChatRequest
}

var _ retable.ChatModel = (*Chat)(nil)

// NewChat makes a local chat model with the given answers.
func NewChat(answers ...string) *Chat {
	c := &Chat{Model: "scripted"}
	for _, text := range answers {
		c.Then(Step{Text: text})
	}
	return c
}

// Then adds a step to the script.
func (c *Chat) Then(s Step) *Chat {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps = append(c.steps, s)
	return c
}

// Asked returns the requests so far.
func (c *Chat) Asked() []retable.ChatRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// Name is the model's name.
func (c *Chat) Name() string { return c.Model }

// Remote reports what the test chose.
func (c *Chat) Remote() bool { return c.IsRemote }

// Chat plays the next step. A request beyond the script is an error.
func (c *Chat) Chat(ctx context.Context, req retable.ChatRequest, token func(string) error) (retable.ChatResult, error) {
	step, err := c.next(req)
	if err != nil {
		return retable.ChatResult{}, err
	}
	pieces := step.Pieces
	if step.Text != "" {
		pieces = append(slices.Clone(pieces), step.Text)
	}
	for _, piece := range pieces {
		if err := pause(ctx, step.Wait); err != nil {
			return retable.ChatResult{}, err
		}
		if token == nil {
			continue
		}
		if err := token(piece); err != nil {
			return retable.ChatResult{}, err
		}
	}
	if step.Err != nil {
		return retable.ChatResult{}, step.Err
	}
	text := strings.Join(pieces, "")
	var prompt int
	for _, t := range req.Turns {
		prompt += len(strings.Fields(t.Text))
	}
	return retable.ChatResult{Text: text, Truncated: step.Cut, PromptTokens: prompt, CompletionTokens: len(strings.Fields(text))}, nil
}

func (c *Chat) next(req retable.ChatRequest) (Step, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, req)
	if c.Answer != nil {
		return c.Answer(req), nil
	}
	if len(c.steps) == 0 {
		return Step{}, fmt.Errorf("llmtest: request %d is beyond the script", len(c.asked))
	}
	step := c.steps[0]
	c.steps = c.steps[1:]
	return step, nil
}

// pause waits for leave to go on, or for the context's end.
func pause(ctx context.Context, wait <-chan struct{}) error {
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return &retable.Error{Code: retable.Cancelled, Detail: "The call was cancelled.", Err: ctx.Err()}
	}
	return nil
}

// Embedder makes vectors from words: each word has its own direction, a text
// is the sum of its words. Texts that share words are near each other.
type Embedder struct {
	Is  retable.EmbedModel
	Err error // of every call, if set

	mu    sync.Mutex
	calls int
	texts int
}

var _ retable.Embedder = (*Embedder)(nil)

// NewEmbedder makes an embedder of a local model with that many dimensions.
func NewEmbedder(dims int) *Embedder {
	return &Embedder{Is: retable.EmbedModel{
		Provider: "test", Name: "words", Digest: "1", Dimensions: dims, MaxTokens: 512, Normalised: true,
	}}
}

// Model says what Is says.
func (e *Embedder) Model(context.Context) (retable.EmbedModel, error) { return e.Is, e.Err }

// Embed makes the vectors. An empty text is an error, as with real models.
func (e *Embedder) Embed(ctx context.Context, texts []string, _ retable.Purpose) ([][]float32, error) {
	if err := pause(ctx, nil); err != nil {
		return nil, err
	}
	if e.Err != nil {
		return nil, e.Err
	}
	e.mu.Lock()
	e.calls++
	e.texts += len(texts)
	e.mu.Unlock()
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			return nil, retable.Errorf(retable.Unprocessable, "Text %d of %d is empty.", i+1, len(texts))
		}
		vectors[i] = Vector(e.Is.Digest, text, e.Is.Dimensions)
	}
	return vectors, nil
}

// Calls tells how many calls and texts there were.
func (e *Embedder) Calls() (calls, texts int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls, e.texts
}

// Vector is the vector of a text, of length 1. Other weights (salt) give other
// directions.
func Vector(salt, text string, dims int) []float32 {
	sum := make([]float64, dims)
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	if len(words) == 0 {
		words = []string{text}
	}
	for _, word := range words {
		h := fnv.New64a()
		h.Write([]byte(salt + "\x00" + word))
		dice := rand.New(rand.NewPCG(h.Sum64(), 0))
		for d := range sum {
			sum[d] += dice.NormFloat64()
		}
	}
	var square float64
	for _, x := range sum {
		square += x * x
	}
	v := make([]float32, dims)
	for d, x := range sum {
		v[d] = float32(x / math.Sqrt(square))
	}
	return v
}
