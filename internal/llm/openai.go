package llm

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	openai "github.com/sashabaranov/go-openai"

	"retable/internal/retable"
)

// OpenAIProvider is OpenAI, a server that speaks like it, or Azure OpenAI.
type OpenAIProvider struct {
	*guard
	at          *url.URL
	key         Secret
	remote      bool
	azure       bool
	deployments map[string]string // of Azure: by model
	dimensions  int
	urlSetting  string // where its address is set: "RET_OPENAI_URL"
	keySetting  string // and its key
	client      *openai.Client

	mu      sync.Mutex
	lacking map[string]lacks // by model: what it has refused
}

var _ retable.ModelProvider = (*OpenAIProvider)(nil)

// NewOpenAI makes the provider for OpenAI or a server that speaks like it;
// nothing is asked yet.
func NewOpenAI(cfg OpenAIConfig, limits Limits, deps Deps) (*OpenAIProvider, error) {
	at, err := parseURL(cmp.Or(cfg.URL, defaultOpenAIURL), "RET_OPENAI_URL")
	if err != nil {
		return nil, err
	}
	if cfg.Key == "" && cmp.Or(cfg.URL, defaultOpenAIURL) == defaultOpenAIURL {
		return nil, noKey("OpenAI", "RET_OPENAI_KEY")
	}
	if cfg.Local && !loopback(at) {
		return nil, &retable.Error{Code: retable.Unprocessable, Fields: []retable.FieldError{{Field: "RET_OPENAI_LOCAL", Message: "is not true of this address"}},
			Detail: "RET_OPENAI_LOCAL says that the model's server is this machine, but " + at.Redacted() + " is another one."}
	}
	title := "OpenAI"
	if at.Host != "api.openai.com" {
		title = "The model server"
	}
	p := &OpenAIProvider{at: at, key: cfg.Key, remote: !cfg.Local, dimensions: cfg.Dimensions, urlSetting: "RET_OPENAI_URL", keySetting: "RET_OPENAI_KEY"}
	c := openai.DefaultConfig(cfg.Key.Reveal())
	c.BaseURL = at.String()
	return p.ready(OpenAI, title, c, limits, deps)
}

// NewAzure makes the provider for an Azure OpenAI resource. Each of models
// must have a deployment: the client library would call "UNKNOWN" otherwise.
func NewAzure(cfg AzureConfig, limits Limits, deps Deps, models ...string) (*OpenAIProvider, error) {
	at, err := parseURL(cfg.URL, "RET_AZURE_ENDPOINT")
	if err != nil {
		return nil, err
	}
	if cfg.Key == "" {
		return nil, noKey("Azure OpenAI", "RET_AZURE_KEY")
	}
	p := &OpenAIProvider{at: at, key: cfg.Key, remote: true, azure: true, dimensions: cfg.Dimensions, urlSetting: "RET_AZURE_ENDPOINT", keySetting: "RET_AZURE_KEY", deployments: maps.Clone(cfg.Deployments)}
	for _, model := range models {
		if model != "" && p.deployment(model) == "" {
			return nil, p.noDeployment(model)
		}
	}
	c := openai.DefaultAzureConfig(cfg.Key.Reveal(), at.String())
	c.APIVersion = cmp.Or(cfg.APIVersion, defaultAzureAPI)
	c.AzureModelMapperFunc = p.deployment
	return p.ready(Azure, "Azure OpenAI", c, limits, deps)
}

func noKey(title, setting string) error {
	return &retable.Error{Code: retable.Unprocessable, Reason: ReasonKey, Fields: []retable.FieldError{{Field: setting, Message: "is missing"}},
		Detail: title + " needs a key: set " + setting + ", or " + setting + "_FILE to a file that holds it."}
}

// ready puts the parts together.
func (p *OpenAIProvider) ready(name, title string, c openai.ClientConfig, limits Limits, deps Deps) (*OpenAIProvider, error) {
	if err := limits.validate(); err != nil {
		return nil, err
	}
	deps = deps.withDefaults()
	if p.at.Scheme == "http" && !loopback(p.at) && p.key != "" {
		deps.Log.Warn("the key of the model server goes over the network unencrypted; use https", "provider", name, "host", p.at.Hostname())
	}
	p.guard = newGuard(name, title, limits.withDefaults(), deps)
	p.lacking = map[string]lacks{}
	c.HTTPClient = newClient(deps.HTTP, "")
	p.client = openai.NewClientWithConfig(c)
	return p, nil
}

// Name is "openai" or "azure".
func (p *OpenAIProvider) Name() string { return p.name }

// Remote reports whether texts leave the machine.
func (p *OpenAIProvider) Remote() bool { return p.remote }

// Health asks whether the server is there and takes the key.
func (p *OpenAIProvider) Health(ctx context.Context) error {
	return p.probe(ctx, &Call{Kind: KindHealth}, func(a *attempt) error {
		_, err := p.client.ListModels(a.ctx)
		return p.fault(err, "")
	})
}

// Models lists what the server has. Azure lists what could be deployed, so
// there it is what is deployed according to the settings. What a model can do
// isn't told: it is guessed by its name.
func (p *OpenAIProvider) Models(ctx context.Context) ([]retable.ModelInfo, error) {
	if p.refused != nil {
		return nil, p.refused
	}
	if p.azure && len(p.deployments) > 0 {
		var infos []retable.ModelInfo
		for _, name := range slices.Sorted(maps.Keys(p.deployments)) {
			infos = append(infos, guessed(name))
		}
		return infos, nil
	}
	var infos []retable.ModelInfo
	err := p.do(ctx, &Call{Kind: KindLookup}, p.limits.Lookup, "did not list its models", func(a *attempt) error {
		list, err := p.client.ListModels(a.ctx)
		if err != nil {
			return p.fault(err, "")
		}
		infos = make([]retable.ModelInfo, 0, len(list.Models))
		for _, m := range list.Models {
			infos = append(infos, guessed(m.ID))
		}
		return nil
	})
	slices.SortFunc(infos, func(a, b retable.ModelInfo) int { return strings.Compare(a.Name, b.Name) })
	return infos, err
}

// otherModels neither chat nor make vectors of text.
var otherModels = []string{"whisper", "tts", "dall-e", "moderation", "image", "audio", "realtime", "transcribe", "sora", "babbage", "davinci", "rerank"}

func guessed(name string) retable.ModelInfo {
	low := strings.ToLower(name)
	m := retable.ModelInfo{Name: name, Embed: strings.Contains(low, "embed") || strings.HasPrefix(low, "bge-") || strings.HasPrefix(low, "e5-")}
	m.Chat = !m.Embed && !slices.ContainsFunc(otherModels, func(part string) bool { return strings.Contains(low, part) })
	return m
}

// Pull is not possible: such servers load models on their own.
func (p *OpenAIProvider) Pull(context.Context, string, func(retable.PullProgress)) error {
	return &retable.Error{Code: retable.Unsupported, Detail: p.title + " has no models to download; only Ollama has."}
}

// Chat returns a chat model.
func (p *OpenAIProvider) Chat(model string) retable.ChatModel {
	return &openaiChat{p: p, model: model}
}

// Embedder returns a model for vectors.
func (p *OpenAIProvider) Embedder(model string) retable.Embedder {
	return &openaiEmbedder{p: p, model: model, prefix: prefixOf(model)}
}

// deployment is what Azure calls the model, "" if it isn't deployed.
func (p *OpenAIProvider) deployment(model string) string {
	if len(p.deployments) == 0 {
		return model
	}
	return p.deployments[model]
}

// deployed refuses a model that Azure would be asked for under a wrong name.
func (p *OpenAIProvider) deployed(model string) error {
	if p.azure && p.deployment(model) == "" {
		return p.noDeployment(model)
	}
	return nil
}

func (p *OpenAIProvider) noDeployment(model string) error {
	return &retable.Error{Code: retable.Unprocessable, Reason: ReasonMissing,
		Fields: []retable.FieldError{{Field: "RET_AZURE_DEPLOYMENT", Message: "has no deployment of " + model}},
		Detail: "Azure OpenAI has no deployment of model " + model + " in the settings (RET_AZURE_DEPLOYMENT, RET_AZURE_EMBED_DEPLOYMENT), which have: " +
			strings.Join(slices.Sorted(maps.Keys(p.deployments)), ", ") + "."}
}
