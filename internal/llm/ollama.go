package llm

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ollama/ollama/api"

	"retable/internal/retable"
)

// OllamaProvider is an Ollama server, spoken to through its own protocol: the
// one it shares with OpenAI has no num_ctx, truncate, keep_alive and think.
type OllamaProvider struct {
	*guard
	cfg    OllamaConfig
	at     *url.URL
	local  bool
	client *api.Client

	mu    sync.Mutex
	tags  []api.ListModelResponse
	asked time.Time
	shown map[string]*ollamaModel // by digest
	ctx   map[string]int          // the largest num_ctx in use, by model

	pulling atomic.Bool
}

var _ retable.ModelProvider = (*OllamaProvider)(nil)

// startOllama is the cure when nobody answers.
const startOllama = "start it (ollama serve) or set RET_OLLAMA_URL"

// NewOllama makes the provider; nothing is asked yet.
func NewOllama(cfg OllamaConfig, limits Limits, deps Deps) (*OllamaProvider, error) {
	at, err := parseURL(cmp.Or(cfg.URL, defaultOllamaURL), "RET_OLLAMA_URL")
	if err != nil {
		return nil, err
	}
	if err := limits.validate(); err != nil {
		return nil, err
	}
	cfg.MaxContext = max(cmp.Or(cfg.MaxContext, defaultMaxContext), smallestMaxContext)
	return &OllamaProvider{
		guard: newGuard(Ollama, "Ollama", limits.withDefaults(), deps.withDefaults()),
		cfg:   cfg, at: at, local: loopback(at),
		client: api.NewClient(at, newClient(deps.HTTP, cfg.Key)),
		shown:  map[string]*ollamaModel{},
		ctx:    map[string]int{},
	}, nil
}

// Name is "ollama".
func (p *OllamaProvider) Name() string { return p.name }

// Remote reports whether the server is on another machine.
func (p *OllamaProvider) Remote() bool { return !p.local }

// Health asks whether the server is there.
func (p *OllamaProvider) Health(ctx context.Context) error {
	return p.probe(ctx, &Call{Kind: KindHealth}, func(a *attempt) error {
		return p.fault(p.client.Heartbeat(a.ctx), "")
	})
}

// Models lists what the server has, with what each can do.
func (p *OllamaProvider) Models(ctx context.Context) ([]retable.ModelInfo, error) {
	tags, err := p.list(ctx, 0)
	if err != nil {
		return nil, err
	}
	infos := make([]retable.ModelInfo, 0, len(tags))
	for _, tag := range tags {
		m, err := p.show(ctx, tag)
		if retable.Is(err, retable.NotFound) {
			continue // removed in the meantime
		}
		if err != nil {
			return nil, err
		}
		infos = append(infos, retable.ModelInfo{
			Name: tag.Name, Bytes: tag.Size, Chat: m.chat, Embed: m.embed, Context: m.context, Family: tag.Details.Family,
		})
	}
	return infos, nil
}

// Pull downloads a model, one at a time. It takes no slot from questions, and
// its time is bounded only by silence: a model has many GB, and checking them
// says nothing for minutes.
func (p *OllamaProvider) Pull(ctx context.Context, name string, progress func(retable.PullProgress)) error {
	if p.refused != nil {
		return p.refused
	}
	if !validModelName(name) {
		return retable.Errorf(retable.Invalid, "%q is no name of a model; names look like qwen2.5-coder:7b.", name)
	}
	if !p.pulling.CompareAndSwap(false, true) {
		return &retable.Error{Code: retable.Busy, Reason: ReasonBusy, RetryAfter: time.Minute,
			Detail: "Ollama is downloading another model; wait until that is done."}
	}
	defer p.pulling.Store(false)
	began, call := time.Now(), &Call{Kind: KindPull, Model: name, Attempts: 1}
	ctx = withCorrelation(ctx)
	a := p.newAttempt(ctx, call, p.limits.FirstToken, "did not begin to download")
	defer a.end()
	a.idle = p.limits.Overall
	done := false
	err := p.client.Pull(a.ctx, &api.PullRequest{Model: name}, func(r api.ProgressResponse) error {
		a.heard()
		done = r.Status == "success"
		if progress != nil {
			progress(retable.PullProgress{Status: r.Status, Done: r.Completed, Total: r.Total})
		}
		return nil
	})
	switch {
	case a.ctx.Err() != nil:
		err = p.ended(a.ctx, err)
	case err != nil:
		err = p.pullFault(err, name)
	case !done:
		err = cutOff(p.title, nil)
	}
	p.forget()
	err = asError(err)
	p.tell(ctx, call, began, err)
	return err
}

// Chat returns one of the server's models for chats.
func (p *OllamaProvider) Chat(model string) retable.ChatModel {
	return &ollamaChat{p: p, model: model}
}

// Embedder returns one of the server's models for vectors.
func (p *OllamaProvider) Embedder(model string) retable.Embedder {
	return &ollamaEmbedder{p: p, model: model, prefix: prefixOf(model)}
}

// fault says what an error of the client library means; model is the one it
// was about, if any.
func (p *OllamaProvider) fault(err error, model string) error {
	var known *fault
	var own *stopped
	var status api.StatusError
	var auth api.AuthorizationError
	var network *url.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.As(err, &own):
		return err
	case errors.As(err, &network):
		return unreachable(err, p.title, p.at, p.local, startOllama, p.cfg.Key)
	case errors.As(err, &auth):
		return refusal(retable.Unavailable, ReasonKey, nil, "Ollama at %s refuses the key; check RET_OLLAMA_KEY.", p.at.Redacted())
	case errors.As(err, &status):
		return p.statusFault(status.StatusCode, status.ErrorMessage, model)
	}
	if unreadable(err) {
		return cutOff(p.title, scrubbed(err, p.cfg.Key))
	}
	// The stream's own error, that came with status 200.
	return p.statusFault(http.StatusInternalServerError, err.Error(), model)
}

// statusFault reads a status and the server's words.
func (p *OllamaProvider) statusFault(status int, text, model string) error {
	words := strings.TrimSuffix(said(text, p.cfg.Key), ".")
	cause := errors.New(words)
	low := strings.ToLower(text)
	switch {
	case strings.Contains(low, "context length"), strings.Contains(low, "input length exceeds"):
		return refusal(retable.TooLarge, ReasonContext, cause, "The text is too long for the context of model %s.", model)
	case status == http.StatusNotFound:
		return refusal(retable.NotFound, ReasonMissing, cause, "Ollama has no model %q; pull it: ollama pull %s", model, model)
	case status == http.StatusServiceUnavailable:
		return &fault{transient: true, err: &retable.Error{Code: retable.Busy, Reason: ReasonBusy, Err: cause,
			RetryAfter: seconds(p.limits.Backoff), Detail: "Ollama has too many requests in its queue; try again in a moment."}}
	case status == http.StatusTooManyRequests:
		return &fault{transient: true, err: &retable.Error{Code: retable.Busy, Reason: ReasonBusy, Err: cause,
			RetryAfter: seconds(p.limits.Backoff), Detail: "Ollama takes no more requests at the moment; try again later."}}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return refusal(retable.Unavailable, ReasonKey, cause, "Ollama at %s refuses the key; check RET_OLLAMA_KEY.", p.at.Redacted())
	case strings.Contains(low, "more system memory"):
		return refusal(retable.Unavailable, ReasonFailing, nil,
			"Ollama's machine has too little memory for model %s (%s); choose a smaller one, or lower RET_MODEL_CONTEXT.", model, words)
	case status >= 500 || status == 499:
		return &fault{transient: true, down: true, err: &retable.Error{Code: retable.Unavailable, Reason: ReasonFailing,
			Detail: "Ollama failed: " + words + "."}}
	}
	return refusal(retable.Unprocessable, ReasonFailing, nil, "Ollama refuses the request: %s.", words)
}

// pullFault says why a download failed: the server passes on the words of the
// library it loads from.
func (p *OllamaProvider) pullFault(err error, name string) error {
	var network *url.Error
	var status api.StatusError
	if errors.As(err, &network) || errors.As(err, &status) && status.StatusCode != http.StatusInternalServerError {
		return p.fault(err, name)
	}
	if strings.Contains(err.Error(), "file does not exist") {
		return refusal(retable.NotFound, ReasonMissing, nil, "Ollama's library has no model %q.", name)
	}
	return refusal(retable.Unavailable, ReasonFailing, nil, "Ollama could not download %s: %s.", name, strings.TrimSuffix(said(err.Error(), p.cfg.Key), "."))
}

// validModelName takes [host/][namespace/]model[:tag].
func validModelName(name string) bool {
	if name == "" || len(name) > 250 {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.Trim(part, ".") == "" {
			return false
		}
	}
	return strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/@", r))
	}) < 0
}
