package app

import (
	"context"
	"log/slog"
	"sync"

	"retable/internal/index"
	"retable/internal/retable"
)

// modelRegistry knows the models that are set up.
type modelRegistry interface {
	Chat() (retable.ChatModel, error)
	Embedder() (retable.Embedder, error)
	Provider(name string) (retable.ModelProvider, error)
	Providers() []retable.ModelProvider
	// ChatReady reports whether the model that answers can be asked.
	ChatReady(ctx context.Context) error
}

// models are the language models in force. They can be changed while the
// program runs.
type models struct {
	mu       sync.RWMutex
	registry modelRegistry    // nil: none
	builtIn  retable.Embedder // the embedder inside the program, or nil
	log      *slog.Logger
}

// use puts other models into force.
func (m *models) use(r modelRegistry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.registry = r
}

func (m *models) current() modelRegistry {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.registry
}

// chat is the model that answers, nil in search mode. why says what is missing.
func (m *models) chat() (model retable.ChatModel, why error) {
	r := m.current()
	if r == nil {
		return nil, &retable.Error{Code: retable.Unavailable, Reason: "no_model", Detail: "No language model is set up: questions are computed and searched."}
	}
	model, err := r.Chat()
	if err != nil {
		return nil, err
	}
	return model, nil
}

// embedder makes vectors: the configured model, or the one inside the program.
func (m *models) embedder(ctx context.Context) retable.Embedder {
	if r := m.current(); r != nil {
		e, err := r.Embedder()
		if err == nil {
			return e
		}
		m.log.DebugContext(ctx, "no configured embedder", "err", err)
	}
	return m.builtIn
}

// fingerprint names the embedder's model, "" if there is none or it can't be
// asked.
func (m *models) fingerprint(ctx context.Context) string {
	e := m.embedder(ctx)
	if e == nil {
		return ""
	}
	model, err := e.Model(ctx)
	if err != nil {
		m.log.WarnContext(ctx, "the embedding model can't be asked", "err", err)
		return ""
	}
	return index.Fingerprint(model)
}

// quiet is a log that nobody reads.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
