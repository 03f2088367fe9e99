package llm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"retable/internal/retable"
)

// Registry holds the providers that are set up, and knows which model answers
// and which makes vectors.
type Registry struct {
	cfg       Config
	embedded  retable.Embedder
	providers []retable.ModelProvider // in the order of names
}

// Status is how one of the two uses of models stands.
type Status struct {
	Use      string // chat, embed
	Provider string // "none" when nothing is set up
	Model    string
	Remote   bool
	Err      error // nil: ready
}

// Open makes the providers that cfg names. It asks none of them: a server that
// is down, or none at all, doesn't keep the program from starting. Settings
// that can't work are an error.
func Open(cfg Config, deps Deps) (*Registry, error) {
	if err := cfg.Limits.validate(); err != nil {
		return nil, err
	}
	r := &Registry{cfg: cfg, embedded: deps.Embedded}
	r.cfg.Chat.Provider = orNone(cfg.Chat.Provider)
	r.cfg.Embed.Provider = orNone(cfg.Embed.Provider)
	if err := checkProvider(r.cfg.Chat.Provider); err != nil {
		return nil, err
	}
	if err := checkProvider(r.cfg.Embed.Provider, Embedded); err != nil {
		return nil, err
	}
	for _, name := range []string{Azure, Ollama, OpenAI} {
		if name != r.cfg.Chat.Provider && name != r.cfg.Embed.Provider {
			continue
		}
		p, err := r.open(name, deps)
		if err != nil {
			return nil, err
		}
		r.providers = append(r.providers, p)
	}
	return r, nil
}

func orNone(provider string) string {
	if provider = strings.ToLower(strings.TrimSpace(provider)); provider == "" {
		return None
	}
	return provider
}

// checkProvider refuses a name that isn't a provider's; also are those that
// only one of the uses has.
func checkProvider(provider string, also ...string) error {
	const setting = "RET_MODEL_PROVIDER"
	known := append([]string{None, Ollama, OpenAI, Azure}, also...)
	if slices.Contains(known, provider) {
		return nil
	}
	return &retable.Error{Code: retable.Unprocessable, Fields: []retable.FieldError{{Field: setting, Message: "is not one of " + strings.Join(known, ", ")}},
		Detail: fmt.Sprintf("%s is %q; it must be one of %s.", setting, provider, strings.Join(known, ", "))}
}

// open makes one provider, and holds it to the administrator's word.
func (r *Registry) open(name string, deps Deps) (retable.ModelProvider, error) {
	switch name {
	case Ollama:
		p, err := NewOllama(r.cfg.Ollama, r.cfg.Limits, deps)
		if err != nil {
			return nil, err
		}
		if r.cfg.ForbidRemote {
			p.forbid(p.Remote(), "the Ollama server at "+p.at.Hostname())
		}
		return p, nil
	case OpenAI:
		p, err := NewOpenAI(r.cfg.OpenAI, r.cfg.Limits, deps)
		return r.held(p, err)
	default:
		var models []string
		for _, c := range []Choice{r.cfg.Chat, r.cfg.Embed} {
			if c.Provider == Azure {
				models = append(models, c.Model)
			}
		}
		p, err := NewAzure(r.cfg.Azure, r.cfg.Limits, deps, models...)
		return r.held(p, err)
	}
}

func (r *Registry) held(p *OpenAIProvider, err error) (retable.ModelProvider, error) {
	if err != nil {
		return nil, err
	}
	if r.cfg.ForbidRemote {
		p.forbid(p.remote, "the model server at "+p.at.Hostname())
	}
	return p, nil
}

// Providers returns the providers that are set up.
func (r *Registry) Providers() []retable.ModelProvider { return slices.Clone(r.providers) }

// Provider returns one of them by its name.
func (r *Registry) Provider(name string) (retable.ModelProvider, error) {
	for _, p := range r.providers {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, retable.Missing("model provider", name)
}

// Chat returns the model that answers, Unavailable with the cure when there is
// none, or Forbidden when the administrator doesn't allow it.
func (r *Registry) Chat() (retable.ChatModel, error) {
	p, err := r.use(r.cfg.Chat, "chat", "a language model", "RET_CHAT_MODEL", "qwen2.5-coder:7b")
	if err != nil {
		return nil, err
	}
	m := p.Chat(r.cfg.Chat.Model)
	if r.cfg.ForbidRemote && m.Remote() {
		return nil, remoteForbidden("model " + m.Name())
	}
	return m, nil
}

// Embedder returns the model that makes vectors; errors as of Chat.
func (r *Registry) Embedder() (retable.Embedder, error) {
	if r.cfg.Embed.Provider == Embedded {
		if r.embedded == nil {
			return nil, &retable.Error{Code: retable.Unavailable, Reason: ReasonNoModel,
				Detail: "This build has no embedder inside; build it with the tag embedder (make build does), or set RET_MODEL_PROVIDER=ollama and RET_EMBED_MODEL."}
		}
		return r.embedded, nil
	}
	p, err := r.use(r.cfg.Embed, "embed", "a model for search by meaning", "RET_EMBED_MODEL", "nomic-embed-text")
	if err != nil {
		return nil, err
	}
	if r.cfg.ForbidRemote && (p.Remote() || p.Name() == Ollama && isCloud(r.cfg.Embed.Model)) {
		return nil, remoteForbidden("model " + r.cfg.Embed.Model)
	}
	return p.Embedder(r.cfg.Embed.Model), nil
}

// use finds the provider of a choice.
func (r *Registry) use(c Choice, use, what, setting, example string) (retable.ModelProvider, error) {
	if c.Provider == None {
		return nil, &retable.Error{Code: retable.Unavailable, Reason: ReasonNoModel, Detail: fmt.Sprintf(
			"No %s model is set up. For %s start Ollama, run \"ollama pull %s\", and set RET_MODEL_PROVIDER=ollama and %s=%s.",
			use, what, example, setting, example)}
	}
	if c.Model == "" {
		return nil, &retable.Error{Code: retable.Unavailable, Reason: ReasonNoModel, Detail: fmt.Sprintf(
			"%s is set up, but no %s model is chosen; set %s, for example to %s.", c.Provider, use, setting, example)}
	}
	return r.Provider(c.Provider)
}

// Status tells how chat and embeddings stand: set up, allowed, reachable, and
// the model there.
func (r *Registry) Status(ctx context.Context) []Status {
	chat := Status{Use: "chat", Provider: r.cfg.Chat.Provider, Model: r.cfg.Chat.Model}
	if m, err := r.Chat(); err != nil {
		chat.Err = err
	} else {
		chat.Remote, chat.Err = m.Remote(), r.ready(ctx, r.cfg.Chat)
	}
	embed := Status{Use: "embed", Provider: r.cfg.Embed.Provider, Model: r.cfg.Embed.Model}
	if e, err := r.Embedder(); err != nil {
		embed.Err = err
	} else if r.cfg.Embed.Provider == Embedded {
		var m retable.EmbedModel
		m, embed.Err = e.Model(ctx)
		embed.Model = m.Name
	} else {
		p, _ := r.Provider(r.cfg.Embed.Provider)
		embed.Remote, embed.Err = p.Remote() || p.Name() == Ollama && isCloud(embed.Model), r.ready(ctx, r.cfg.Embed)
	}
	return []Status{chat, embed}
}

// ready asks whether the provider is there and has the model.
func (r *Registry) ready(ctx context.Context, c Choice) error {
	p, err := r.Provider(c.Provider)
	if err != nil {
		return err
	}
	if err := p.Health(ctx); err != nil {
		return err
	}
	if o, ok := p.(*OllamaProvider); ok {
		_, err := o.find(ctx, c.Model, 0)
		return err
	}
	return nil
}
