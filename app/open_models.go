package app

import (
	"context"

	"retable/internal/config"
	"retable/internal/embed"
	"retable/internal/llm"
	"retable/internal/obs"
	"retable/internal/retable"
)

// openModels reaches the language models that the settings name. None is a
// valid state: then questions are computed and searched.
func openModels(cfg *config.Config, s ProviderSettings, key string, m *obs.Metrics, req OpenRequest) (modelRegistry, error) {
	mc := &cfg.Models
	lc := llm.Config{
		ForbidRemote: !mc.CloudAllowed(),
		Ollama:       llm.OllamaConfig{URL: mc.Ollama, Key: llm.Secret(mc.OllamaKey.Reveal()), MaxContext: mc.Context},
		OpenAI:       llm.OpenAIConfig{URL: mc.OpenAIURL, Key: llm.Secret(mc.OpenAIKey.Reveal()), Local: mc.OpenAILocal},
		Azure:        llm.AzureConfig{URL: mc.AzureEndpoint, Key: llm.Secret(mc.AzureKey.Reveal()), APIVersion: mc.AzureVersion},
		Limits:       llm.Limits{Calls: mc.AtOnce, FirstToken: mc.Timeout},
	}
	provider := modelProvider(mc)
	lc.Chat, lc.Embed = llm.Choice{Provider: provider, Model: mc.ChatModel}, llm.Choice{Provider: provider, Model: mc.EmbedModel}
	if provider == "azure" {
		lc.Chat.Model, lc.Embed.Model = mc.AzureChat, mc.AzureEmbed
	}
	if s.Provider != "" {
		overrideModels(&lc, s, key)
	}
	if lc.Chat.Model == "" {
		lc.Chat = llm.Choice{}
	}
	if lc.Embed.Model == "" {
		lc.Embed = llm.Choice{}
	}
	if lc.Chat.Provider == "" && lc.Embed.Provider == "" {
		return nil, nil
	}
	r, err := llm.Open(lc, llm.Deps{HTTP: modelClient(cfg, req.Door), Observer: modelObserver{m}, Log: req.Log})
	if err != nil {
		return nil, err
	}
	return registry{r}, nil
}

// registry is the registry of llm as the service sees it.
type registry struct{ *llm.Registry }

// ChatReady implements modelRegistry.
func (r registry) ChatReady(ctx context.Context) error {
	for _, s := range r.Status(ctx) {
		if s.Use == "chat" {
			return s.Err
		}
	}
	return nil
}

// modelProvider is the provider in force: the one that is named, or that has
// what it needs.
func modelProvider(m *config.Models) string {
	switch {
	case m.Provider == "none":
		return ""
	case m.Provider != "auto":
		return m.Provider
	case m.AzureEndpoint != "" && m.AzureKey != "":
		return "azure"
	case m.OpenAIKey != "":
		return "openai"
	case m.Ollama != "" || m.ChatModel != "" || m.EmbedModel != "":
		return "ollama"
	}
	return ""
}

// overrideModels lets what was chosen in the settings go before.
func overrideModels(lc *llm.Config, s ProviderSettings, key string) {
	choose := func(model string) llm.Choice { return llm.Choice{Provider: s.Provider, Model: model} }
	if s.Provider == "none" {
		lc.Chat, lc.Embed = llm.Choice{}, llm.Choice{}
		return
	}
	lc.Chat, lc.Embed = choose(s.ChatModel), choose(s.EmbedModel)
	switch s.Provider {
	case "ollama":
		if s.BaseURL != lc.Ollama.URL {
			lc.Ollama.Key = "" // it is for the server that it was set with
		}
		lc.Ollama.URL = s.BaseURL
	case "openai":
		if s.BaseURL != lc.OpenAI.URL {
			lc.OpenAI.Key, lc.OpenAI.Local = "", false // both were said of that address
		}
		lc.OpenAI.URL = s.BaseURL
		if key != "" {
			lc.OpenAI.Key = llm.Secret(key)
		}
	case "azure":
		if s.BaseURL != lc.Azure.URL {
			lc.Azure.Key = ""
		}
		lc.Azure.URL, lc.Azure.APIVersion = s.BaseURL, s.APIVersion
		if key != "" {
			lc.Azure.Key = llm.Secret(key)
		}
	}
}

// modelObserver counts calls of models.
type modelObserver struct{ m *obs.Metrics }

// ObserveCall implements llm.Observer.
func (o modelObserver) ObserveCall(_ context.Context, c llm.Call) {
	if o.m == nil {
		return
	}
	var err error
	if c.Code != "" {
		err = &retable.Error{Code: c.Code, Reason: c.Reason}
	}
	o.m.ModelCall(c.Provider, c.Kind, c.Duration, c.PromptTokens, c.CompletionTokens, err)
}

// builtInEmbedder is the embedder inside the program, nil in builds without it.
func builtInEmbedder(workers int) retable.Embedder {
	m, err := embed.BuiltIn()
	if err != nil {
		return nil
	}
	return embed.New(m, workers)
}
