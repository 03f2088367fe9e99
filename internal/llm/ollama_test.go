package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

// What the real server can't be brought to do at will is played by a fake one
// that keeps its contract.
const tagsBody = `{"models":[
	{"name":"chat:latest","model":"chat:latest","size":10,"digest":"d1","details":{"family":"llama"}},
	{"name":"vec:latest","model":"vec:latest","size":10,"digest":"d2","details":{"family":"bert"}},
	{"name":"big:cloud","model":"big:cloud","remote_model":"big","remote_host":"https://ollama.com:443","size":1,"digest":"d3","details":{}},
	{"name":"sly:latest","model":"sly:latest","remote_model":"big","remote_host":"https://ollama.com:443","size":1,"digest":"d4","details":{}}]}`

func line(text string, done bool) string {
	if done {
		return `{"model":"chat","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":3}` + "\n"
	}
	return fmt.Sprintf(`{"model":"chat","message":{"role":"assistant","content":%s},"done":false}`, quoted(text)) + "\n"
}

func newFakeOllama(t *testing.T) *fake {
	t.Helper()
	f := newFake(t)
	f.on("/", says(200, ""))
	f.on("/api/tags", says(200, tagsBody))
	f.on("/api/show", func(w http.ResponseWriter, _ *http.Request) {
		asked := f.requests("/api/show")
		capability, remote := "completion", ""
		switch name := asked[len(asked)-1].field(t, "model"); name {
		case "vec:latest":
			capability = "embedding"
		case "big:cloud", "sly:latest":
			remote = "https://ollama.com:443"
		}
		fmt.Fprintf(w, `{"capabilities":["%s"],"remote_host":"%s","parameters":"num_thread  1\nnum_ctx  3000\n","model_info":{"general.architecture":"llama","llama.context_length":8192}}`, capability, remote)
	})
	return f
}

func newOllama(t *testing.T, f *fake, limits Limits) (*OllamaProvider, testDeps) {
	t.Helper()
	deps := newDeps(t)
	p, err := NewOllama(OllamaConfig{URL: f.URL, Key: testKey, KeepAlive: time.Hour}, limits, deps.Deps)
	if err != nil {
		t.Fatal(err)
	}
	return p, deps
}

func TestOllamaSaysAllThatWouldBeASilentChoice(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t).on("/api/chat", says(200, line("42", false)+line("", true)))
	p, _ := newOllama(t, f, fast())
	req := user("How many?")
	req.Schema, req.MaxTokens = json.RawMessage(`{"type":"object"}`), 77
	ctx := retable.WithCorrelation(soon(t), "corr-8")
	if _, err := p.Chat("chat").Chat(ctx, req, nil); err != nil {
		t.Fatal(err)
	}
	asked := f.requests("/api/chat")[0]
	for _, c := range []struct {
		path []string
		want any
	}{
		{[]string{"stream"}, false},
		{[]string{"truncate"}, false},
		{[]string{"shift"}, false},
		{[]string{"think"}, false},
		{[]string{"keep_alive"}, "1h0m0s"},
		{[]string{"format", "type"}, "object"},
		{[]string{"options", "num_ctx"}, 3000.0}, // the Modelfile's own
		{[]string{"options", "num_predict"}, 77.0},
		{[]string{"options", "temperature"}, 0.0},
	} {
		if got := asked.field(t, c.path...); got != c.want {
			t.Errorf("%s: got %v, want %v", strings.Join(c.path, "."), got, c.want)
		}
	}
	for _, r := range append(f.requests("/api/tags"), asked) {
		if r.header.Get("X-Correlation-ID") != "corr-8" || r.header.Get("Authorization") != "Bearer "+testKey.Reveal() {
			t.Errorf("%s: header %v", r.path, r.header)
		}
	}
}

func TestOllamaChatFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply    reply
		code     retable.Code
		reason   string
		says     string
		attempts int
		passed   string
	}{
		"a full queue":                          {says(503, `{"error":"server busy, please try again.  maximum pending requests exceeded"}`), retable.Busy, ReasonBusy, "in its queue", 3, ""},
		"too many requests":                     {says(429, `{"error":"you have reached your usage limit"}`), retable.Busy, ReasonBusy, "no more requests", 3, ""},
		"a model that went away":                {says(404, `{"error":"model 'chat' not found"}`), retable.NotFound, ReasonMissing, "pull it: ollama pull chat", 1, ""},
		"a runner that died":                    {says(500, `{"error":"llama runner process has terminated: exit status 2"}`), retable.Unavailable, ReasonFailing, "has terminated", 3, ""},
		"too little memory":                     {says(500, `{"error":"model requires more system memory (40 GiB) than is available (8 GiB)"}`), retable.Unavailable, ReasonFailing, "choose a smaller one", 1, ""},
		"a key that is refused":                 {says(401, `{"error":"unauthorized, your key is `+testKey.Reveal()+`"}`), retable.Unavailable, ReasonKey, "RET_OLLAMA_KEY", 1, ""},
		"a request that is refused":             {says(400, `{"error":"invalid options"}`), retable.Unprocessable, ReasonFailing, "invalid options", 1, ""},
		"an error that came with 200":           {says(200, `{"error":"an error was encountered while running the model"}`+"\n"), retable.Unavailable, ReasonFailing, "encountered", 3, ""},
		"an error after a token":                {says(200, line("There ", false)+`{"error":"CUDA error"}`+"\n"), retable.Unavailable, ReasonFailing, "CUDA error", 1, "There "},
		"a stream that is cut cleanly":          {says(200, line("There ", false)), retable.Unavailable, ReasonFailing, "broke off", 1, "There "},
		"a stream that is torn":                 {breaks(line("There ", false)), retable.Unavailable, ReasonFailing, "broke off", 1, "There "},
		"a stream that never began":             {breaks(""), retable.Unavailable, ReasonFailing, "broke off", 3, ""},
		"a line that is torn":                   {breaks(`{"model":"chat","mess`), retable.Unavailable, ReasonFailing, "", 3, ""},
		"a proxy's page in place of the server": {says(502, "<html>"), retable.Unavailable, ReasonFailing, "", 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeOllama(t).on("/api/chat", c.reply)
			p, deps := newOllama(t, f, fast())
			var got sink
			_, err := p.Chat("chat").Chat(soon(t), user("How many?"), got.token)
			wants(t, err, c.code, c.reason, c.says)
			if n := len(f.requests("/api/chat")); n != c.attempts {
				t.Errorf("got %d attempts, want %d", n, c.attempts)
			}
			if got.String() != c.passed {
				t.Errorf("passed on %q, want %q", got.String(), c.passed)
			}
			noKeyIn(t, err, deps.log.String())
		})
	}
}

func TestOllamaRecoversFromAHiccup(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t).on("/api/chat", says(503, `{"error":"server busy"}`), breaks(""), says(200, line("42", false)+line("", true)))
	p, deps := newOllama(t, f, fast())
	res, err := p.Chat("chat").Chat(soon(t), user("How many?"), nil)
	if want := (retable.ChatResult{Text: "42", PromptTokens: 9, CompletionTokens: 3}); err != nil || res != want {
		t.Errorf("got %+v, %v", res, err)
	}
	if log := deps.log.String(); strings.Count(log, "model call is tried again") != 2 {
		t.Errorf("log: %s", log)
	}
	if c := deps.calls.of(KindChat); len(c) != 1 || c[0].Attempts != 3 {
		t.Errorf("observed: %+v", c)
	}
}

func TestOllamaDetailsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t).on("/api/chat", says(200, line("42", false)+line("", true)))
	p, _ := newOllama(t, f, fast())
	for range 3 {
		if _, err := p.Chat("chat").Chat(soon(t), user("How many?"), nil); err != nil {
			t.Fatal(err)
		}
	}
	if tags, shows := len(f.requests("/api/tags")), len(f.requests("/api/show")); tags != 1 || shows != 1 {
		t.Errorf("the list was asked for %d times, the details %d times", tags, shows)
	}
}

func TestOllamaCloudModelsAreNotTakenForLocal(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t).on("/api/chat", says(200, line("42", false)+line("", true)))
	p, _ := newOllama(t, f, fast())
	if p.Chat("chat").Remote() || !p.Chat("big:cloud").Remote() || !p.Chat("gpt-oss:120b-cloud").Remote() {
		t.Error("Remote takes a cloud model for a local one, or the reverse")
	}
	if _, err := p.Chat("big:cloud").Chat(soon(t), user("How many?"), nil); err != nil {
		t.Errorf("a cloud model that says so: %v", err)
	}
	_, err := p.Chat("sly").Chat(soon(t), user("How many?"), nil)
	wants(t, err, retable.Forbidden, ReasonRemote, "https://ollama.com:443", "its name doesn't say so")
	p.forbid(false, "")
	_, err = p.Chat("big:cloud").Chat(soon(t), user("How many?"), nil)
	wants(t, err, retable.Forbidden, ReasonRemote, "administrator")
	_, err = p.Embedder("big:cloud").Embed(soon(t), []string{"x"}, retable.ForQuery)
	wants(t, err, retable.Forbidden, ReasonRemote, "administrator")
	if n := len(f.requests("/api/chat")) + len(f.requests("/api/embed")); n != 1 {
		t.Errorf("%d requests went out, want only the one that was allowed", n)
	}
}

func TestOllamaEmbedsInBatches(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t)
	f.on("/api/embed", func(w http.ResponseWriter, _ *http.Request) {
		asked := f.requests("/api/embed")
		texts := asked[len(asked)-1].field(t, "input").([]any)
		var vectors []string
		for _, text := range texts {
			vectors = append(vectors, fmt.Sprintf("[%d,1,0]", len(text.(string))))
		}
		fmt.Fprintf(w, `{"model":"vec","embeddings":[%s],"prompt_eval_count":%d}`, strings.Join(vectors, ","), len(texts))
	})
	limits := fast()
	limits.BatchTexts, limits.BatchBytes = 2, 10
	p, deps := newOllama(t, f, limits)
	texts := []string{"a", "bb", "ccc", "dddddddddddddddd", "e"}
	vectors, err := p.Embedder("vec").Embed(soon(t), texts, retable.ForDocument)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if ratio := v[0] / v[1]; ratio < float32(len(texts[i]))*0.999 || ratio > float32(len(texts[i]))*1.001 {
			t.Errorf("text %d got the vector %v", i, v)
		}
	}
	asked := f.requests("/api/embed")
	if len(asked) != 5 { // the probe, then 2, 1, 1 and 1 texts
		t.Errorf("%d requests", len(asked))
	}
	if asked[1].field(t, "truncate") != false || asked[1].field(t, "options", "num_ctx") != 8192.0 {
		t.Errorf("asked: %s", asked[1].body)
	}
	if c := deps.calls.of(KindEmbed); len(c) != 5 || c[1].Texts != 2 {
		t.Errorf("observed: %+v", c)
	}
}

func TestOllamaPulls(t *testing.T) {
	t.Parallel()
	steps := `{"status":"pulling manifest"}
{"status":"pulling aabb","digest":"sha256:aabb","total":100,"completed":40}
{"status":"pulling aabb","digest":"sha256:aabb","total":100,"completed":100}
{"status":"success"}
`
	f := newFakeOllama(t).on("/api/pull", says(200, steps), says(200, strings.TrimSuffix(steps, "{\"status\":\"success\"}\n")),
		says(500, `{"error":"pull model manifest: file does not exist"}`), says(200, `{"status":"pulling manifest"}`+"\n"+`{"error":"no space left on device"}`+"\n"))
	p, deps := newOllama(t, f, fast())
	var seen []retable.PullProgress
	if err := p.Pull(soon(t), "chat:7b", func(pp retable.PullProgress) { seen = append(seen, pp) }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 4 || seen[1] != (retable.PullProgress{Status: "pulling aabb", Done: 40, Total: 100}) {
		t.Errorf("progress: %+v", seen)
	}
	wants(t, p.Pull(soon(t), "chat:7b", nil), retable.Unavailable, ReasonFailing, "broke off")
	wants(t, p.Pull(soon(t), "chat:7b", nil), retable.NotFound, ReasonMissing, `library has no model "chat:7b"`)
	wants(t, p.Pull(soon(t), "chat:7b", nil), retable.Unavailable, ReasonFailing, "no space left on device")
	if c := deps.calls.of(KindPull); len(c) != 4 || c[0].Code != "" {
		t.Errorf("observed: %+v", c)
	}
}

func TestOllamaPullEndsWithItsContext(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	f := newFakeOllama(t).on("/api/pull", hangs(`{"status":"pulling manifest"}`+"\n", gone))
	p, _ := newOllama(t, f, fast())
	ctx, cancel := contextWithCancel(t)
	wants(t, p.Pull(ctx, "chat:7b", func(retable.PullProgress) { cancel() }), retable.Cancelled, "")
	receive(t, gone)
	limits := fast()
	limits.Overall = 20 * time.Millisecond
	p, _ = newOllama(t, f, limits)
	wants(t, p.Pull(soon(t), "chat:7b", nil), retable.Unavailable, ReasonTimeout, "nothing more")
}

func TestOllamaPullsOneModelAtATime(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t).on("/api/pull", says(200, `{"status":"pulling manifest"}`+"\n"+`{"status":"success"}`+"\n"))
	p, _ := newOllama(t, f, fast())
	var second error
	first := p.Pull(soon(t), "chat:7b", func(pp retable.PullProgress) {
		if pp.Status != "success" {
			second = p.Pull(soon(t), "other:7b", nil)
		}
	})
	if first != nil {
		t.Error(first)
	}
	wants(t, second, retable.Busy, ReasonBusy, "another model")
	if err := p.Pull(soon(t), "other:7b", nil); err != nil {
		t.Errorf("after the first: %v", err)
	}
}

func TestModelNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"qwen2.5-coder:7b": true, "hf.co/someone/Model-GGUF:Q4_K_M": true, "llama3": true, "localhost:5000/a/b:c": true,
		"": false, "a b": false, "../x": false, "a//b": false, "x\n": false, "modèle": false, strings.Repeat("a", 300): false,
	} {
		if got := validModelName(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
	for _, c := range []struct {
		tag, name string
		want      bool
	}{{"a:latest", "a", true}, {"A:latest", "a", true}, {"a:7b", "a", false}, {"a:7b", "a:7b", true}, {"h:5000/a:latest", "h:5000/a", true}} {
		if got := sameModel(c.tag, c.name); got != c.want {
			t.Errorf("%s is %s: got %v", c.tag, c.name, got)
		}
	}
}

func TestOllamaSettingsThatCantWork(t *testing.T) {
	t.Parallel()
	_, err := NewOllama(OllamaConfig{URL: "127.0.0.1:11434"}, Limits{}, Deps{})
	wants(t, err, retable.Unprocessable, "", "RET_OLLAMA_URL")
	_, err = NewOllama(OllamaConfig{}, Limits{Calls: -1, Wait: -1}, Deps{})
	if e := wants(t, err, retable.Unprocessable, "", "calls"); len(e.Fields) != 2 {
		t.Errorf("fields: %+v", e.Fields)
	}
	p, err := NewOllama(OllamaConfig{}, Limits{}, Deps{})
	if err != nil || p.at.String() != "http://127.0.0.1:11434" || p.Remote() {
		t.Errorf("the defaults: %v, %v", p.at, err)
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"http://127.0.0.1:1": true, "http://localhost": true, "http://LOCALHOST.:1": true, "http://[::1]:1": true, "http://127.8.8.8": true,
		"http://[::ffff:127.0.0.1]": true, "http://0.0.0.0:1": true, "http://ollama.localhost": true,
		"http://10.0.0.1": false, "http://localhost.example": false, "http://ollama": false, "http://[fe80::1]": false, "http://2130706433": false,
	} {
		u, err := parseURL(raw, "X")
		if err != nil {
			t.Fatal(err)
		}
		if got := loopback(u); got != want {
			t.Errorf("%s: got %v, want %v", raw, got, want)
		}
	}
}

func TestUnreachableServersNameTheCure(t *testing.T) {
	t.Parallel()
	tls := newTLSFake(t)
	for name, c := range map[string]struct{ url, says string }{
		"a host that isn't there":       {"http://nowhere.invalid:11434", "there is no host \"nowhere.invalid\""},
		"a certificate nobody vouches":  {tls, "isn't trusted"},
		"a password isn't shown either": {"http://user:hunter2@127.0.0.1:1", "isn't running at http://user:xxxxx@127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := NewOllama(OllamaConfig{URL: c.url}, fast(), newDeps(t).Deps)
			if err != nil {
				t.Fatal(err)
			}
			err = p.Health(soon(t))
			if e := wants(t, err, retable.Unavailable, ReasonDown, c.says); strings.Contains(e.Error(), "hunter2") {
				t.Errorf("the password shows: %v", e)
			}
		})
	}
}

func TestTheTransportsOwnRefusalIsPassedOn(t *testing.T) {
	t.Parallel()
	private := &retable.Error{Code: retable.Forbidden, Reason: "private_address", Detail: "That address is private."}
	p, err := NewOllama(OllamaConfig{URL: "http://10.0.0.1"}, fast(), Deps{HTTP: &http.Client{Transport: refusing{private}}})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, p.Health(soon(t)), retable.Forbidden, "private_address", "private")
}

type refusing struct{ err error }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, r.err }

func TestRepliesAreBounded(t *testing.T) {
	t.Parallel()
	b := &bounded{ReadCloser: io.NopCloser(strings.NewReader("abcdef")), left: 4}
	got, err := io.ReadAll(b)
	if string(got) != "abcd" || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("got %q, %v", got, err)
	}
}
