package retable

import (
	"context"
	"encoding/json"
)

// EmbedModel says which model makes vectors. Vectors of different models are
// never mixed: its Fingerprint names the collection.
type EmbedModel struct {
	Provider   string // ollama, openai, azure, embedded
	Name       string
	Digest     string // of the weights, where the provider tells it
	Dimensions int
	MaxTokens  int    // longer texts are refused, not cut
	Prefix     string // that the model wants before documents and queries, if any
	Normalised bool
	Language   string // "" for many, "en" for English only
	Remote     bool   // texts leave the machine
}

// Purpose is what a vector is for; some models want to know.
type Purpose string

// The purposes.
const (
	ForDocument Purpose = "document"
	ForQuery    Purpose = "query"
)

// Embedder turns texts into vectors.
type Embedder interface {
	Model(ctx context.Context) (EmbedModel, error)
	// Embed returns one vector of Dimensions for each text, in order. No text may
	// be empty.
	Embed(ctx context.Context, texts []string, p Purpose) ([][]float32, error)
}

// ChatTurn is one message to a model.
type ChatTurn struct {
	Role string // system, user, assistant
	Text string
}

// ChatRequest asks a model.
type ChatRequest struct {
	Turns     []ChatTurn
	Schema    json.RawMessage // a JSON schema that the answer must fulfil; nil: free text
	MaxTokens int             // of the answer; 0: the model's own limit
}

// ChatResult is the whole answer of a model.
type ChatResult struct {
	Text             string
	Truncated        bool // it ended at MaxTokens or at the end of the model's context
	PromptTokens     int
	CompletionTokens int
}

// ChatModel is a language model.
type ChatModel interface {
	Name() string
	Remote() bool // prompts leave the machine
	// Chat answers. With token it streams, calling token for each piece; an error
	// of token stops the model. A stream that is cut is an error.
	Chat(ctx context.Context, req ChatRequest, token func(string) error) (ChatResult, error)
}

// ModelInfo is a model that a provider has.
type ModelInfo struct {
	Name    string
	Bytes   int64
	Chat    bool
	Embed   bool
	Context int // tokens, 0 if not known
	Family  string
}

// PullProgress is how far the download of a model has come.
type PullProgress struct {
	Status      string
	Done, Total int64
}

// ModelProvider is a server of models.
type ModelProvider interface {
	Name() string // ollama, openai, azure
	Remote() bool
	Health(ctx context.Context) error
	Models(ctx context.Context) ([]ModelInfo, error)
	// Pull downloads a model; Unsupported where the provider has no such thing.
	Pull(ctx context.Context, name string, progress func(PullProgress)) error
	Chat(model string) ChatModel
	Embedder(model string) Embedder
}
