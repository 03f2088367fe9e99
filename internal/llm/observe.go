package llm

import (
	"context"
	"time"

	"retable/internal/retable"
)

// The kinds of calls.
const (
	KindChat   = "chat"
	KindEmbed  = "embed"
	KindLookup = "lookup" // lists and details of models
	KindHealth = "health"
	KindPull   = "pull"
)

// Call is what became of one call to a provider. It holds no text.
type Call struct {
	Provider         string
	Model            string // "" of health and lists
	Kind             string
	Code             retable.Code // of the error, "" for success
	Reason           string       // of the error
	Attempts         int          // 0: it was refused before the first
	Duration         time.Duration
	FirstToken       time.Duration // of a streamed chat
	Texts            int           // embedded
	PromptTokens     int
	CompletionTokens int
}

// Observer is told of every call when it is over: for counters and budgets.
// It must be quick and safe for concurrent use.
type Observer interface {
	ObserveCall(ctx context.Context, c Call)
}

// nobody observes nothing.
type nobody struct{}

func (nobody) ObserveCall(context.Context, Call) {}
