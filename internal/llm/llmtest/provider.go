package llmtest

import (
	"context"
	"slices"
	"sync"

	"retable/internal/retable"
)

// Provider is a server of models for tests.
type Provider struct {
	Called   string // its name
	IsRemote bool
	Down     error // of every call, if set
	Has      []retable.ModelInfo
	ChatIs   retable.ChatModel
	EmbedIs  retable.Embedder
	Steps    []retable.PullProgress // of a download

	mu sync.Mutex
}

var _ retable.ModelProvider = (*Provider)(nil)

// NewProvider makes a local provider with one chat model and one embedder.
func NewProvider(chat retable.ChatModel, embed retable.Embedder) *Provider {
	return &Provider{Called: "test", ChatIs: chat, EmbedIs: embed}
}

// Name is the provider's name.
func (p *Provider) Name() string { return p.Called }

// Remote reports what the test chose.
func (p *Provider) Remote() bool { return p.IsRemote }

// Health is Down.
func (p *Provider) Health(context.Context) error { return p.Down }

// Models lists what there is.
func (p *Provider) Models(context.Context) ([]retable.ModelInfo, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.Has), p.Down
}

// Pull plays the steps; then the model is there.
func (p *Provider) Pull(ctx context.Context, name string, progress func(retable.PullProgress)) error {
	if p.Down != nil {
		return p.Down
	}
	for _, step := range p.Steps {
		if err := pause(ctx, nil); err != nil {
			return err
		}
		progress(step)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Has = append(p.Has, retable.ModelInfo{Name: name, Chat: true})
	return nil
}

// Chat returns the one chat model.
func (p *Provider) Chat(string) retable.ChatModel { return p.ChatIs }

// Embedder returns the one embedder.
func (p *Provider) Embedder(string) retable.Embedder { return p.EmbedIs }

// Keyring is a keyring in memory.
type Keyring[K ~string] struct {
	mu   sync.Mutex
	keys map[string]K
}

// NewKeyring makes an empty keyring.
func NewKeyring[K ~string]() *Keyring[K] { return &Keyring[K]{keys: map[string]K{}} }

// Get reads a key.
func (k *Keyring[K]) Get(name string) (K, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.keys[name]
	if !ok {
		return "", retable.Missing("key", name)
	}
	return key, nil
}

// Set stores a key.
func (k *Keyring[K]) Set(name string, key K) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[name] = key
	return nil
}

// Delete removes a key.
func (k *Keyring[K]) Delete(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.keys[name]; !ok {
		return retable.Missing("key", name)
	}
	delete(k.keys, name)
	return nil
}
