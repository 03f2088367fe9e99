package llm

import (
	"testing"

	"retable/internal/llm/llmtest"
	"retable/internal/retable"
)

func TestNoModelIsAValidState(t *testing.T) {
	t.Parallel()
	r, err := Open(Config{}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Chat()
	wants(t, err, retable.Unavailable, ReasonNoModel, "No chat model is set up", "ollama pull qwen2.5-coder:7b", "RET_MODEL_PROVIDER=ollama", "RET_CHAT_MODEL=")
	_, err = r.Embedder()
	wants(t, err, retable.Unavailable, ReasonNoModel, "No embed model is set up", "ollama pull nomic-embed-text")
	if len(r.Providers()) != 0 {
		t.Errorf("providers: %v", r.Providers())
	}
	_, err = r.Provider(Ollama)
	wants(t, err, retable.NotFound, "")
	for _, s := range r.Status(soon(t)) {
		if s.Provider != None || reasonOf(s.Err) != ReasonNoModel || s.Remote {
			t.Errorf("status: %+v", s)
		}
	}
	r, err = Open(Config{Chat: Choice{Provider: Ollama}}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Chat()
	wants(t, err, retable.Unavailable, ReasonNoModel, "no chat model is chosen", "RET_CHAT_MODEL")
}

func TestChatAndEmbeddingsMayHaveDifferentProviders(t *testing.T) {
	t.Parallel()
	r, err := Open(Config{
		Chat: Choice{" OpenAI ", "gpt-4o-mini"}, Embed: Choice{Ollama, "nomic-embed-text"}, OpenAI: OpenAIConfig{Key: testKey},
	}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	chat, err := r.Chat()
	if err != nil || chat.Name() != "gpt-4o-mini" || !chat.Remote() {
		t.Errorf("chat: %+v, %v", chat, err)
	}
	if e, err := r.Embedder(); err != nil || e.(*ollamaEmbedder).model != "nomic-embed-text" {
		t.Errorf("embedder: %v, %v", e, err)
	}
	if p := r.Providers(); len(p) != 2 || p[0].Name() != Ollama || p[1].Name() != OpenAI {
		t.Errorf("providers: %v", p)
	}
}

func TestTheAdministratorsWordHolds(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	azure := AzureConfig{URL: f.URL, Key: testKey}
	for name, c := range map[string]struct {
		cfg       Config
		forbidden bool
	}{
		"OpenAI":                    {Config{Chat: Choice{OpenAI, "m"}, OpenAI: OpenAIConfig{URL: "https://models.example/v1"}}, true},
		"a relay on this machine":   {Config{Chat: Choice{OpenAI, "m"}, OpenAI: OpenAIConfig{URL: f.URL}}, true},
		"a server on this machine":  {Config{Chat: Choice{OpenAI, "m"}, OpenAI: OpenAIConfig{URL: f.URL, Local: true}}, false},
		"Azure":                     {Config{Chat: Choice{Azure, "m"}, Azure: azure}, true},
		"Ollama on another machine": {Config{Chat: Choice{Ollama, "m"}, Ollama: OllamaConfig{URL: "http://10.1.2.3:11434"}}, true},
		"Ollama's cloud":            {Config{Chat: Choice{Ollama, "m:cloud"}, Ollama: OllamaConfig{URL: f.URL}}, true},
		"Ollama on this machine":    {Config{Chat: Choice{Ollama, "m"}, Ollama: OllamaConfig{URL: f.URL}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.Embed = c.cfg.Chat
			open, err := Open(c.cfg, Deps{})
			if err != nil {
				t.Fatal(err)
			}
			m, err := open.Chat()
			if err != nil || m.Remote() != c.forbidden {
				t.Errorf("allowed: remote %v, %v", m.Remote(), err)
			}
			c.cfg.ForbidRemote = true
			r, err := Open(c.cfg, Deps{})
			if err != nil {
				t.Fatal("a forbidden provider keeps the program from starting:", err)
			}
			_, chatErr := r.Chat()
			_, embedErr := r.Embedder()
			if !c.forbidden {
				if chatErr != nil || embedErr != nil {
					t.Errorf("got %v, %v", chatErr, embedErr)
				}
				return
			}
			wants(t, chatErr, retable.Forbidden, ReasonRemote, "RET_CLOUD_MODELS=forbid", "local Ollama")
			wants(t, embedErr, retable.Forbidden, ReasonRemote)
			for _, s := range r.Status(soon(t)) {
				if reasonOf(s.Err) != ReasonRemote {
					t.Errorf("status: %+v", s)
				}
			}
			// Nor by the back door.
			p := r.Providers()[0]
			if !p.Remote() {
				return // a local server: it refuses model by model
			}
			_, err = p.Chat("m").Chat(soon(t), user("x"), nil)
			wants(t, err, retable.Forbidden, ReasonRemote)
			_, err = p.Embedder("m").Embed(soon(t), []string{"x"}, retable.ForQuery)
			wants(t, err, retable.Forbidden, ReasonRemote)
			_, err = p.Models(soon(t))
			wants(t, err, retable.Forbidden, ReasonRemote)
			wants(t, p.Health(soon(t)), retable.Forbidden, ReasonRemote)
		})
	}
	if n := len(f.asked); n != 0 {
		t.Errorf("%d requests went out", n)
	}
}

func TestEmbeddedEmbedder(t *testing.T) {
	t.Parallel()
	inside := llmtest.NewEmbedder(8)
	r, err := Open(Config{Embed: Choice{Provider: Embedded}}, Deps{Embedded: inside})
	if err != nil {
		t.Fatal(err)
	}
	if e, err := r.Embedder(); err != nil || e != retable.Embedder(inside) {
		t.Errorf("got %v, %v", e, err)
	}
	if s := r.Status(soon(t))[1]; s.Err != nil || s.Model != "words" {
		t.Errorf("status: %+v", s)
	}
	r, err = Open(Config{Embed: Choice{Provider: Embedded}}, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Embedder()
	wants(t, err, retable.Unavailable, ReasonNoModel, "tag embedder")
}

func TestStatusTellsWhetherModelsAreThere(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t).on("/v1/models", says(401, `{"error":{"message":"no","type":"x","code":"invalid_api_key"}}`))
	r, err := Open(Config{
		Chat: Choice{Ollama, "chat"}, Embed: Choice{OpenAI, "vec"}, Ollama: OllamaConfig{URL: f.URL}, OpenAI: OpenAIConfig{URL: f.URL + "/v1", Key: testKey}, Limits: fast(),
	}, newDeps(t).Deps)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Status(soon(t))
	if s[0].Err != nil || s[0].Remote || s[0].Model != "chat" {
		t.Errorf("chat: %+v", s[0])
	}
	if !s[1].Remote {
		t.Errorf("embed: %+v", s[1])
	}
	wants(t, s[1].Err, retable.Unavailable, ReasonKey, "RET_OPENAI_KEY")
	r.cfg.Chat.Model = "missing"
	wants(t, r.Status(soon(t))[0].Err, retable.NotFound, ReasonMissing, "pull it: ollama pull missing")
}

func TestSettingsThatCantWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg  Config
		says string
	}{
		"an unknown provider":            {Config{Chat: Choice{Provider: "claude"}}, `RET_MODEL_PROVIDER is "claude"; it must be one of none, ollama, openai, azure`},
		"the embedder inside can't chat": {Config{Chat: Choice{Provider: Embedded}}, "RET_MODEL_PROVIDER"},
		"no deployment":                  {Config{Chat: Choice{Azure, "m"}, Azure: AzureConfig{URL: "https://x.example", Key: "k", Deployments: map[string]string{"n": "d"}}}, "RET_AZURE_DEPLOYMENT"},
		"no key":                         {Config{Chat: Choice{OpenAI, "m"}}, "RET_OPENAI_KEY"},
		"no address":                     {Config{Embed: Choice{Ollama, "m"}, Ollama: OllamaConfig{URL: "nonsense"}}, "RET_OLLAMA_URL"},
		"a negative limit":               {Config{Limits: Limits{Attempts: -1}}, "attempts must not be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(c.cfg, Deps{})
			if e := wants(t, err, retable.Unprocessable, reasonOf(err), c.says); len(e.Fields) == 0 {
				t.Error("no field is named")
			}
		})
	}
}
