package app

import (
	"context"

	"retable/internal/retable"
)

// ModelDTO is a model that a provider has.
type ModelDTO struct {
	Name    string `json:"name"`
	Bytes   int64  `json:"bytes"`
	Chat    bool   `json:"chat"`
	Embed   bool   `json:"embed"`
	Context int    `json:"context,omitempty"`
	Family  string `json:"family,omitempty"`
}

// ProviderState is how a provider of models stands.
type ProviderState struct {
	Name       string     `json:"name"`
	Remote     bool       `json:"remote"`
	Configured bool       `json:"configured"`
	Reachable  bool       `json:"reachable"`
	Detail     string     `json:"detail,omitempty"`
	CanPull    bool       `json:"can_pull"`
	Models     []ModelDTO `json:"models"`
}

// RecommendedModel is one that is known to serve.
type RecommendedModel struct {
	Name    string `json:"name"`
	Bytes   int64  `json:"bytes"`
	Summary string `json:"summary"`
}

// ModelState says which model answers, and how to get one.
type ModelState struct {
	Mode          string             `json:"mode" enum:"search,local,remote"`
	Model         string             `json:"model"`
	Embedder      string             `json:"embedder"`
	State         string             `json:"state" enum:"ready,missing,down,none"`
	Detail        string             `json:"detail"`
	RemoteAllowed bool               `json:"remote_allowed"`
	Recommended   []RecommendedModel `json:"recommended"`
	Providers     []ProviderState    `json:"providers"`
}

// recommendedModels were measured on Spider dev (execution accuracy).
func recommendedModels() []RecommendedModel {
	return []RecommendedModel{
		{"qwen2.5-coder:7b", 4_700_000_000, "Writes queries well (79 % on Spider); needs 8 GB of memory"},
		{"qwen2.5-coder:3b", 1_900_000_000, "Smaller (69 %); needs 4 GB"},
		{"qwen2.5-coder:1.5b", 986_000_000, "Smallest that helps (56 %); needs 2 GB"},
	}
}

// ModelState says how the models stand.
func (s *Service) ModelState(ctx context.Context, _ None) (*ModelState, error) {
	if _, err := s.who(ctx, retable.ScopeRead); err != nil {
		return nil, err
	}
	out := &ModelState{Mode: "search", State: "none", RemoteAllowed: s.cfg.Defaults.RemoteModelsAllowed, Recommended: recommendedModels(), Providers: []ProviderState{}}
	if now, err := s.settings(ctx); err == nil {
		out.RemoteAllowed = now.RemoteModelsAllowed
	}
	if e := s.models.embedder(ctx); e != nil {
		if m, err := e.Model(ctx); err == nil {
			out.Embedder = m.Provider + "/" + m.Name
		}
	}
	chat, why := s.models.chat()
	if chat == nil {
		out.Detail = safeDetail(why) + " Install Ollama, pull a model, and set RET_OLLAMA_URL and RET_CHAT_MODEL, or choose one in the settings."
	} else {
		out.Model, out.Mode, out.State = chat.Name(), "local", "ready"
		if chat.Remote() {
			out.Mode = "remote"
		}
	}
	r := s.models.current()
	if r == nil {
		return out, nil
	}
	if err := r.ChatReady(ctx); err != nil && chat != nil {
		out.State, out.Detail = "down", safeDetail(err)
		if retable.Is(err, retable.NotFound) {
			out.State = "missing"
		}
	}
	for _, p := range r.Providers() {
		out.Providers = append(out.Providers, providerState(ctx, p))
	}
	return out, nil
}

func providerState(ctx context.Context, p retable.ModelProvider) ProviderState {
	d := ProviderState{Name: p.Name(), Remote: p.Remote(), Configured: true, CanPull: p.Name() == "ollama", Models: []ModelDTO{}}
	if err := p.Health(ctx); err != nil {
		d.Detail = safeDetail(err)
		return d
	}
	d.Reachable = true
	l, err := p.Models(ctx)
	if err != nil {
		d.Detail = safeDetail(err)
		return d
	}
	for _, m := range l {
		d.Models = append(d.Models, ModelDTO{m.Name, m.Bytes, m.Chat, m.Embed, m.Context, m.Family})
	}
	return d
}

// PullRequest asks a provider to download a model.
type PullRequest struct {
	Provider string `json:"provider"`
	Name     string `json:"name" minLength:"1" maxLength:"200"`
}

// PullStep is how far a download has come.
type PullStep struct {
	Status string `json:"status"`
	Done   int64  `json:"done"`
	Total  int64  `json:"total"`
}

// PullModel downloads a model, telling each step.
func (s *Service) PullModel(ctx context.Context, req PullRequest, step func(PullStep)) error {
	if _, err := s.settler(ctx); err != nil {
		return err
	}
	r := s.models.current()
	if r == nil {
		return &retable.Error{Code: retable.Unavailable, Reason: "no_model", Detail: "No provider of models is set up: set RET_OLLAMA_URL."}
	}
	p, err := r.Provider(req.Provider)
	if err != nil {
		return err
	}
	return p.Pull(ctx, req.Name, func(x retable.PullProgress) { step(PullStep{x.Status, x.Done, x.Total}) })
}
