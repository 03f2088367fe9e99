package config

import (
	"net/url"
	"time"
)

// Models says which language models are used.
type Models struct {
	Provider      string // auto, none, ollama, openai, azure
	Ollama        string
	OllamaKey     Secret
	ChatModel     string
	EmbedModel    string
	OpenAIKey     Secret
	OpenAIURL     string
	OpenAILocal   bool
	AzureEndpoint string
	AzureKey      Secret
	AzureChat     string
	AzureEmbed    string
	AzureVersion  string
	Cloud         string // allow, forbid
	FusionWeight  float64
	Timeout       time.Duration
	AtOnce        int
	Context       int
}

// CloudAllowed reports whether texts may leave for a provider elsewhere.
func (m *Models) CloudAllowed() bool { return m.Cloud == "allow" }

// openAIHere reports whether the server of OpenAI's protocol is at a loopback
// address.
func (m *Models) openAIHere() bool {
	u, err := url.Parse(m.OpenAIURL)
	return err == nil && loopback(u.Hostname())
}

func (m *Models) fields() []Field {
	return []Field{
		{Name: "model_provider", value: choice(&m.Provider, "auto", "none", "ollama", "openai", "azure"), Default: "auto", Help: "Who runs models. auto takes the one that is configured, and no model (search mode) where none is."},
		{Name: "ollama_url", value: link(&m.Ollama, "http", "https"), Help: "Ollama server, such as http://127.0.0.1:11434."},
		{Name: "ollama_key", value: secret(&m.OllamaKey), Help: "Bearer token for a proxy in front of Ollama that asks for one."},
		{Name: "chat_model", value: text(&m.ChatModel), Help: "Model that writes answers and queries, such as qwen2.5-coder:7b or gpt-4o-mini."},
		{Name: "embed_model", value: text(&m.EmbedModel), Help: "Model that makes vectors, such as nomic-embed-text; by default the built-in one."},
		{Name: "openai_key", value: secret(&m.OpenAIKey), Help: "Key for OpenAI, or what speaks like it."},
		{Name: "openai_url", value: link(&m.OpenAIURL, "https", "http"), Default: "https://api.openai.com/v1", Help: "Address of the API."},
		{Name: "openai_local", value: boolean(&m.OpenAILocal), Default: "false", Help: "The server at RET_OPENAI_URL keeps what it is told on this machine, so rows may go there where RET_CLOUD_MODELS forbids others. Only believed of a loopback address."},
		{Name: "azure_endpoint", value: link(&m.AzureEndpoint, "https", "http"), Help: "Azure OpenAI resource, such as https://NAME.openai.azure.com."},
		{Name: "azure_key", value: secret(&m.AzureKey), Help: "Key for Azure OpenAI."},
		{Name: "azure_deployment", value: text(&m.AzureChat), Help: "Deployment that writes answers."},
		{Name: "azure_embed_deployment", value: text(&m.AzureEmbed), Help: "Deployment that makes vectors."},
		{Name: "azure_api_version", value: text(&m.AzureVersion), Default: "2024-10-21", Help: "API version of Azure OpenAI."},
		{Name: "cloud_models", value: choice(&m.Cloud, "allow", "forbid"), Default: "allow", Help: "Whether texts may be sent to a model on another machine."},
		{Name: "fusion_weight", value: number(&m.FusionWeight, 0, 1), Default: "0.3", Help: "Weight of meaning (vectors) beside words (full text) in the search; 0 turns vectors off."},
		{Name: "model_timeout", value: duration(&m.Timeout, time.Second, time.Hour), Default: "2m", Help: "Time for one call of a model."},
		{Name: "models_at_once", value: integer(&m.AtOnce, 1, 1000), Default: "2", Help: "Calls of models at once; more wait."},
		{Name: "model_context", value: integer(&m.Context, 512, 10_000_000), Default: "8192", Help: "Tokens that a model may be given, question and rows together."},
	}
}
