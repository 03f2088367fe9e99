package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

const (
	chatPath  = "/v1/chat/completions"
	embedPath = "/v1/embeddings"
	testKey   = Secret("sk-test-0123456789abcdefghijklmnop")
)

// The contract, as OpenAI's servers keep it.
func completion(text, finish string) string {
	return fmt.Sprintf(`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":%s,"refusal":null},"logprobs":null,"finish_reason":%s}],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}`,
		quoted(text), quoted(finish))
}

func chunk(text, finish string) string {
	return fmt.Sprintf("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%s},\"finish_reason\":%s}],\"usage\":null}\n\n",
		quoted(text), quoted(finish))
}

const (
	usageChunk = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}\n\n"
	doneChunk  = "data: [DONE]\n\n"
	rateLimit  = `{"error":{"message":"Rate limit reached for gpt-4o-mini","type":"requests","param":null,"code":"rate_limit_exceeded"}}`
	overloaded = `{"error":{"message":"The server had an error while processing your request","type":"server_error","param":null,"code":null}}`
)

// quoted is a JSON string, or null for "".
func quoted(s string) string {
	if s == "" {
		return "null"
	}
	b, _ := json.Marshal(s)
	return string(b)
}

func stream(chunks ...string) reply {
	return says(200, strings.Join(chunks, ""), "Content-Type", "text/event-stream")
}

func newOpenAI(t *testing.T, f *fake, limits Limits) (*OpenAIProvider, testDeps) {
	t.Helper()
	deps := newDeps(t)
	p, err := NewOpenAI(OpenAIConfig{URL: f.URL + "/v1", Key: testKey}, limits, deps.Deps)
	if err != nil {
		t.Fatal(err)
	}
	return p, deps
}

func TestOpenAIAnswersWhole(t *testing.T) {
	t.Parallel()
	f := newFake(t).on(chatPath, says(200, completion("There are 42.", "stop")))
	p, deps := newOpenAI(t, f, fast())
	ctx := retable.WithCorrelation(soon(t), "corr-7")
	res, err := p.Chat("gpt-4o-mini").Chat(ctx, retable.ChatRequest{
		Turns:     []retable.ChatTurn{{Role: "system", Text: "Be brief."}, {Role: "user", Text: "How many?"}},
		MaxTokens: 100,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := (retable.ChatResult{Text: "There are 42.", PromptTokens: 11, CompletionTokens: 7}); res != want {
		t.Errorf("got %+v, want %+v", res, want)
	}
	asked := f.requests(chatPath)[0]
	if got := asked.header.Get("X-Correlation-ID"); got != "corr-7" {
		t.Errorf("correlation id: got %q", got)
	}
	if got := asked.header.Get("Authorization"); got != "Bearer "+testKey.Reveal() {
		t.Errorf("authorization: got %q", got)
	}
	if got := asked.field(t, "max_completion_tokens"); got != 100.0 {
		t.Errorf("max_completion_tokens: got %v", got)
	}
	if got, ok := asked.field(t, "temperature").(float64); !ok || got <= 0 || got > 1e-30 {
		t.Errorf("temperature: got %v, want hardly more than zero", got)
	}
	if got := asked.field(t, "stream"); got != false {
		t.Errorf("stream: got %v", got)
	}
	calls := deps.calls.of(KindChat)
	if len(calls) != 1 || calls[0].PromptTokens != 11 || calls[0].CompletionTokens != 7 || calls[0].Attempts != 1 || calls[0].Code != "" || calls[0].Provider != OpenAI {
		t.Errorf("observed: %+v", calls)
	}
}

func TestOpenAIStreams(t *testing.T) {
	t.Parallel()
	f := newFake(t).on(chatPath, stream(chunk("There ", ""), chunk("are 42.", ""), chunk("", "stop"), usageChunk, doneChunk))
	p, deps := newOpenAI(t, f, fast())
	var got sink
	res, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), got.token)
	if err != nil {
		t.Fatal(err)
	}
	if want := (retable.ChatResult{Text: "There are 42.", PromptTokens: 11, CompletionTokens: 7}); res != want {
		t.Errorf("got %+v, want %+v", res, want)
	}
	if fmt.Sprint(got.pieces) != "[There  are 42.]" {
		t.Errorf("pieces: %q", got.pieces)
	}
	asked := f.requests(chatPath)[0]
	if asked.field(t, "stream_options", "include_usage") != true {
		t.Error("usage isn't asked for")
	}
	if asked.header.Get("X-Correlation-ID") == "" {
		t.Error("a call without a correlation id got none")
	}
	if c := deps.calls.of(KindChat); len(c) != 1 || c[0].FirstToken <= 0 {
		t.Errorf("observed: %+v", c)
	}
}

func TestOpenAIFaults(t *testing.T) {
	t.Parallel()
	authentic := `{"error":{"message":"Incorrect API key provided: ` + testKey.Reveal() + `.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`
	for name, c := range map[string]struct {
		replies  []reply
		code     retable.Code
		reason   string
		says     string
		attempts int
	}{
		"a key that is refused isn't tried again": {[]reply{says(401, authentic)}, retable.Unavailable, ReasonKey, "check RET_OPENAI_KEY", 1},
		"a model that isn't there": {
			[]reply{says(404, `{"error":{"message":"The model does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}`)},
			retable.NotFound, ReasonMissing, `no model "gpt-4o-mini"`, 1,
		},
		"a rate limit is tried three times": {[]reply{says(429, rateLimit)}, retable.Busy, ReasonBusy, "takes no more requests", 3},
		"a used-up quota isn't tried again": {
			[]reply{says(429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`)},
			retable.Unavailable, ReasonQuota, "quota", 1,
		},
		"a failing server is tried three times": {[]reply{says(500, overloaded)}, retable.Unavailable, ReasonFailing, "had an error", 3},
		"an error that is no JSON":              {[]reply{says(502, "<html>Bad Gateway</html>")}, retable.Unavailable, ReasonFailing, "Bad Gateway", 3},
		"an error that is only a string":        {[]reply{says(503, `{"error":"model is loading"}`)}, retable.Unavailable, ReasonFailing, "model is loading", 3},
		"an error with a message beside":        {[]reply{says(400, `{"message":"no such template"}`)}, retable.Unprocessable, ReasonFailing, "no such template", 1},
		"a prompt that is too long": {
			[]reply{says(400, `{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`)},
			retable.TooLarge, ReasonContext, "choose a model with a larger context", 1,
		},
		"a request that is refused": {
			[]reply{says(400, `{"error":{"message":"Invalid value for 'messages'.","type":"invalid_request_error","param":"messages","code":null}}`)},
			retable.Unprocessable, ReasonFailing, "Invalid value", 1,
		},
		"a filtered prompt":                     {[]reply{says(400, `{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400}}`)}, retable.Unprocessable, ReasonFiltered, "other words", 1},
		"a filtered answer":                     {[]reply{says(200, completion("", "content_filter"))}, retable.Unprocessable, ReasonFiltered, "other words", 1},
		"a model that declines":                 {[]reply{says(200, `{"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"I can't."},"finish_reason":"stop"}]}`)}, retable.Unprocessable, ReasonFiltered, "", 1},
		"an answer without a finish_reason":     {[]reply{says(200, completion("There", ""))}, retable.Unavailable, ReasonFailing, "broke off", 3},
		"an answer without choices":             {[]reply{says(200, `{"choices":[]}`)}, retable.Unavailable, ReasonFailing, "broke off", 3},
		"an answer that breaks off":             {[]reply{breaks(`{"choices":[{"index":0,`)}, retable.Unavailable, ReasonFailing, "broke off", 3},
		"an answer that is no JSON":             {[]reply{says(200, "it works!")}, retable.Unavailable, ReasonFailing, "broke off", 3},
		"a redirect isn't followed":             {[]reply{says(307, "", "Location", "https://elsewhere.example/v1/chat/completions")}, retable.Unavailable, ReasonDown, "sends calls on to another address", 1},
		"a wait beyond the cap is the caller's": {[]reply{says(429, rateLimit, "Retry-After", "120")}, retable.Busy, ReasonBusy, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).on(chatPath, c.replies...)
			p, deps := newOpenAI(t, f, fast())
			_, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), nil)
			wants(t, err, c.code, c.reason, c.says)
			if got := len(f.requests(chatPath)); got != c.attempts {
				t.Errorf("got %d attempts, want %d", got, c.attempts)
			}
			if calls := deps.calls.of(KindChat); len(calls) != 1 || calls[0].Attempts != c.attempts || calls[0].Code != c.code || calls[0].Reason != c.reason {
				t.Errorf("observed: %+v", calls)
			}
			noKeyIn(t, err, deps.log.String())
		})
	}
}

// noKeyIn looks for the key in all that people and logs can see.
func noKeyIn(t *testing.T, err error, log string) {
	t.Helper()
	text := log
	for e := err; e != nil; e = errors.Unwrap(e) {
		text += fmt.Sprintf("%v %+v %#v\n", e, e, e)
	}
	if strings.Contains(text, testKey.Reveal()) || strings.Contains(text, "0123456789") {
		t.Errorf("the key shows:\n%s", text)
	}
}

func TestOpenAIStreamsThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply    reply
		code     retable.Code
		reason   string
		attempts int
		passed   string
	}{
		"broken before the first token: tried again": {breaks(""), retable.Unavailable, ReasonFailing, 3, ""},
		"broken after a token: not tried again":      {breaks(chunk("There ", "")), retable.Unavailable, ReasonFailing, 1, "There "},
		"cut cleanly, which looks like success":      {stream(chunk("There ", "")), retable.Unavailable, ReasonFailing, 1, "There "},
		"cut cleanly with a done mark":               {stream(chunk("There ", ""), doneChunk), retable.Unavailable, ReasonFailing, 1, "There "},
		"cut before any token":                       {stream(), retable.Unavailable, ReasonFailing, 3, ""},
		"an error inside of a 200":                   {stream("data: " + overloaded + "\n\n"), retable.Unavailable, ReasonFailing, 3, ""},
		"an error inside after a token":              {stream(chunk("There ", ""), "data: "+overloaded+"\n\n"), retable.Unavailable, ReasonFailing, 1, "There "},
		"a chunk that is garbled":                    {stream(chunk("There ", ""), "data: {\"choices\":[{\n\n"), retable.Unavailable, ReasonFailing, 1, "There "},
		"filtered at the end":                        {stream(chunk("There ", ""), chunk("", "content_filter"), doneChunk), retable.Unprocessable, ReasonFiltered, 1, "There "},
		"declined":                                   {stream("data: {\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"I can't\"}}]}\n\n"), retable.Unprocessable, ReasonFiltered, 1, ""},
		"rate limited":                               {says(429, rateLimit), retable.Busy, ReasonBusy, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).on(chatPath, c.reply)
			p, _ := newOpenAI(t, f, fast())
			var got sink
			_, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), got.token)
			wants(t, err, c.code, c.reason)
			if n := len(f.requests(chatPath)); n != c.attempts {
				t.Errorf("got %d attempts, want %d", n, c.attempts)
			}
			if got.String() != c.passed {
				t.Errorf("passed on %q, want %q", got.String(), c.passed)
			}
		})
	}
}

func TestOpenAIRecoversFromAHiccup(t *testing.T) {
	t.Parallel()
	const asked = 30 * time.Millisecond
	f := newFake(t).on(chatPath, says(429, rateLimit, "Retry-After", "0.03"), breaks(""), stream(chunk("42", "stop"), usageChunk, doneChunk))
	p, deps := newOpenAI(t, f, fast())
	began := time.Now()
	var got sink
	res, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), got.token)
	if err != nil || res.Text != "42" || got.String() != "42" {
		t.Fatalf("got %+v, %q, %v", res, got.String(), err)
	}
	if took := time.Since(began); took < asked {
		t.Errorf("it came back after %s, the server asked for %s", took, asked)
	}
	if c := deps.calls.of(KindChat); len(c) != 1 || c[0].Attempts != 3 || c[0].Code != "" {
		t.Errorf("observed: %+v", c)
	}
}

func TestOpenAITokenErrorStopsTheModel(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	f := newFake(t).on(chatPath, hangs(chunk("There ", ""), gone))
	p, _ := newOpenAI(t, f, fast())
	enough := errors.New("enough")
	_, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), func(string) error { return enough })
	if err != enough {
		t.Errorf("got %v, want the error of the token function itself", err)
	}
	receive(t, gone)
}

func receive(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatal("the server wasn't told")
	}
}

func TestOpenAICancelStopsTheModel(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{}, 1)
	f := newFake(t).on(chatPath, hangs(chunk("There ", ""), gone))
	p, _ := newOpenAI(t, f, fast())
	ctx, cancel := context.WithCancel(soon(t))
	defer cancel()
	_, err := p.Chat("gpt-4o-mini").Chat(ctx, user("How many?"), func(string) error { cancel(); return nil })
	if e := wants(t, err, retable.Cancelled, ""); !errors.Is(e, context.Canceled) {
		t.Errorf("got cause %v", e.Err)
	}
	receive(t, gone)
	if n := len(f.requests(chatPath)); n != 1 {
		t.Errorf("%d attempts after a cancel", n)
	}
}

func TestOpenAIDeadlines(t *testing.T) {
	t.Parallel()
	const short = 20 * time.Millisecond
	for name, c := range map[string]struct {
		part  string
		limit func(*Limits)
		says  string
	}{
		"no first token":           {"", func(l *Limits) { l.FirstToken = short }, "no first word"},
		"silence after a token":    {chunk("There ", ""), func(l *Limits) { l.Idle = short }, "nothing more"},
		"the whole takes too long": {"", func(l *Limits) { l.Overall = short }, "no whole answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := fast()
			c.limit(&limits)
			f := newFake(t).on(chatPath, hangs(c.part, nil))
			p, _ := newOpenAI(t, f, limits)
			_, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), (&sink{}).token)
			wants(t, err, retable.Unavailable, ReasonTimeout, c.says)
			if n := len(f.requests(chatPath)); n > 1 {
				t.Errorf("a deadline was tried again: %d attempts", n)
			}
		})
	}
}

func TestOpenAISchema(t *testing.T) {
	t.Parallel()
	strict := json.RawMessage(`{"type":"object","properties":{"sql":{"type":"string"}},"required":["sql"],"additionalProperties":false}`)
	lax := json.RawMessage(`{"type":"object","properties":{"sql":{"type":"string"},"why":{"type":"string"}},"required":["sql"],"additionalProperties":false}`)
	f := newFake(t).on(chatPath, says(200, completion("```json\n{\"sql\":\"SELECT 1\"}\n```", "stop")))
	p, _ := newOpenAI(t, f, fast())
	for i, c := range []struct {
		schema json.RawMessage
		strict bool
	}{{strict, true}, {lax, false}} {
		req := user("one")
		req.Schema = c.schema
		res, err := p.Chat("gpt-4o-mini").Chat(soon(t), req, nil)
		if err != nil || res.Text != `{"sql":"SELECT 1"}` {
			t.Fatalf("got %q, %v", res.Text, err)
		}
		asked := f.requests(chatPath)[i]
		if asked.field(t, "response_format", "type") != "json_schema" {
			t.Errorf("response_format: %v", asked.field(t, "response_format"))
		}
		if got := asked.field(t, "response_format", "json_schema", "strict"); got != c.strict {
			t.Errorf("strict: got %v for %s", got, c.schema)
		}
		if asked.field(t, "response_format", "json_schema", "schema", "type") != "object" {
			t.Error("the schema isn't sent")
		}
	}
}

func TestOpenAICutAnswers(t *testing.T) {
	t.Parallel()
	f := newFake(t).on(chatPath, says(200, completion(`{"sql":"SEL`, "length")))
	p, _ := newOpenAI(t, f, fast())
	res, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), nil)
	if err != nil || !res.Truncated {
		t.Errorf("text that is cut: got %+v, %v", res, err)
	}
	req := user("How many?")
	req.Schema = json.RawMessage(`{"type":"object"}`)
	_, err = p.Chat("gpt-4o-mini").Chat(soon(t), req, nil)
	wants(t, err, retable.Unprocessable, ReasonCut, "allow more tokens")
}

// A model that refuses a parameter is asked without it, now and later.
func TestOpenAILearnsWhatAModelLacks(t *testing.T) {
	t.Parallel()
	refuse := func(param string) reply {
		return says(400, fmt.Sprintf(`{"error":{"message":"Unsupported parameter: '%s' is not supported with this model.","type":"invalid_request_error","param":"%s","code":"unsupported_parameter"}}`, param, param))
	}
	f := newFake(t).on(chatPath, refuse("temperature"), refuse("max_completion_tokens"), refuse("stream_options"), refuse("response_format"),
		stream(chunk("{}", "stop"), doneChunk))
	p, deps := newOpenAI(t, f, fast())
	req := user("How many?")
	req.MaxTokens, req.Schema = 50, json.RawMessage(`{"type":"object"}`)
	for range 2 {
		if res, err := p.Chat("local").Chat(soon(t), req, (&sink{}).token); err != nil || res.Text != "{}" {
			t.Fatalf("got %+v, %v", res, err)
		}
	}
	asked := f.requests(chatPath)
	if len(asked) != 6 {
		t.Fatalf("got %d requests, want 5 and then 1", len(asked))
	}
	last := asked[5]
	for _, gone := range []string{"temperature", "max_completion_tokens", "stream_options"} {
		if got := last.field(t, gone); got != nil {
			t.Errorf("%s is still sent: %v", gone, got)
		}
	}
	if last.field(t, "max_tokens") != 50.0 || last.field(t, "response_format", "type") != "json_object" {
		t.Errorf("sent: %s", last.body)
	}
	if c := deps.calls.of(KindChat); len(c) != 2 || c[0].Attempts != 1 {
		t.Errorf("learning counts as attempts: %+v", c)
	}
}

func TestOpenAIReasoningModelsGetNoTemperature(t *testing.T) {
	t.Parallel()
	f := newFake(t).on(chatPath, says(200, completion("42", "stop")))
	p, _ := newOpenAI(t, f, fast())
	for _, model := range []string{"o3-mini", "gpt-5-mini"} {
		if _, err := p.Chat(model).Chat(soon(t), user("How many?"), nil); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
	for _, r := range f.requests(chatPath) {
		if r.field(t, "temperature") != nil {
			t.Errorf("sent: %s", r.body)
		}
	}
}

func embeddings(order ...int) string {
	var data []string
	for _, i := range order {
		data = append(data, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%d,3,0]}`, i, i))
	}
	return `{"object":"list","data":[` + strings.Join(data, ",") + `],"model":"text-embedding-3-small","usage":{"prompt_tokens":5,"total_tokens":5}}`
}

func TestOpenAIEmbedsInOrder(t *testing.T) {
	t.Parallel()
	f := newFake(t).on(embedPath, says(200, embeddings(0)), says(200, embeddings(2, 0, 1)))
	p, deps := newOpenAI(t, f, fast())
	e := p.Embedder("text-embedding-3-small")
	m, err := e.Model(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if m.Provider != OpenAI || m.Dimensions != 3 || !m.Normalised || !m.Remote {
		t.Errorf("got %+v", m)
	}
	vectors, err := e.Embed(soon(t), []string{"a", "b", "c"}, retable.ForDocument)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if ratio := v[0] / v[1]; ratio < float32(i)/3-1e-6 || ratio > float32(i)/3+1e-6 {
			t.Errorf("text %d got the vector %v", i, v)
		}
		if n := v[0]*v[0] + v[1]*v[1]; n < 0.999 || n > 1.001 {
			t.Errorf("vector %d has the square length %v", i, n)
		}
	}
	if c := deps.calls.of(KindEmbed); len(c) != 2 || c[1].Texts != 3 || c[1].PromptTokens != 5 {
		t.Errorf("observed: %+v", c)
	}
}

func TestOpenAIEmbedFaults(t *testing.T) {
	t.Parallel()
	texts := []string{"short", "a rather longer text"}
	for name, c := range map[string]struct {
		reply    reply
		code     retable.Code
		reason   string
		says     string
		attempts int
	}{
		"too few vectors":   {says(200, embeddings(0)), retable.Unavailable, ReasonFailing, "1 vectors for 2 texts", 1},
		"too many vectors":  {says(200, embeddings(0, 1, 2)), retable.Unavailable, ReasonFailing, "3 vectors for 2 texts", 1},
		"an index twice":    {says(200, embeddings(0, 0)), retable.Unavailable, ReasonFailing, "don't fit the texts", 1},
		"an index too high": {says(200, embeddings(0, 5)), retable.Unavailable, ReasonFailing, "don't fit the texts", 1},
		"another length":    {says(200, `{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1,2]}]}`), retable.Unavailable, ReasonFailing, "3 dimensions", 1},
		"a zero vector":     {says(200, `{"data":[{"index":0,"embedding":[1,2,3]},{"index":1,"embedding":[0,0,0]}]}`), retable.Unavailable, ReasonFailing, "without a direction for text 2", 1},
		"a text that's too long": {
			says(400, `{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error","param":null,"code":null}}`),
			retable.TooLarge, ReasonContext, "the longest of 2 has 20 bytes", 1,
		},
		"a failing server": {says(500, overloaded), retable.Unavailable, ReasonFailing, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).on(embedPath, says(200, embeddings(0)), c.reply)
			p, _ := newOpenAI(t, f, fast())
			_, err := p.Embedder("text-embedding-3-small").Embed(soon(t), texts, retable.ForDocument)
			wants(t, err, c.code, c.reason, c.says)
			if n := len(f.requests(embedPath)) - 1; n != c.attempts {
				t.Errorf("got %d attempts, want %d", n, c.attempts)
			}
		})
	}
}

func TestOpenAIListsModels(t *testing.T) {
	t.Parallel()
	f := newFake(t).on("/v1/models", says(200, `{"object":"list","data":[{"id":"text-embedding-3-small","object":"model"},{"id":"gpt-4o-mini","object":"model"},{"id":"whisper-1","object":"model"}]}`))
	p, _ := newOpenAI(t, f, fast())
	if err := p.Health(soon(t)); err != nil {
		t.Fatal(err)
	}
	models, err := p.Models(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []retable.ModelInfo{{Name: "gpt-4o-mini", Chat: true}, {Name: "text-embedding-3-small", Embed: true}, {Name: "whisper-1"}}
	if fmt.Sprint(models) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", models, want)
	}
	wants(t, p.Pull(soon(t), "x", nil), retable.Unsupported, "")
}

func TestOpenAISettingsThatCantWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cfg  OpenAIConfig
		says string
	}{
		"no key for OpenAI itself":    {OpenAIConfig{}, "RET_OPENAI_KEY_FILE"},
		"no address":                  {OpenAIConfig{URL: "localhost:8080", Key: "k"}, "RET_OPENAI_URL"},
		"local, but another machine":  {OpenAIConfig{URL: "https://models.example", Local: true}, "RET_OPENAI_LOCAL"},
		"a password in a bad address": {OpenAIConfig{URL: "ftp://user:hunter2@models.example"}, "RET_OPENAI_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewOpenAI(c.cfg, Limits{}, Deps{})
			if e := wants(t, err, retable.Unprocessable, reasonOf(err), c.says); strings.Contains(e.Error(), "hunter2") {
				t.Errorf("the password shows: %v", err)
			}
		})
	}
}

func reasonOf(err error) string {
	var e *retable.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Reason
}

func TestAzureCallsDeployments(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("/openai/deployments/team-gpt/chat/completions", stream(
		`data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}`+"\n\n", chunk("42", ""), chunk("", "stop"), doneChunk))
	f.on("/openai/deployments/team-vec/embeddings", says(200, embeddings(0)))
	f.on("/openai/models", says(200, `{"data":[]}`))
	deps := newDeps(t)
	p, err := NewAzure(AzureConfig{URL: f.URL, Key: testKey, Deployments: map[string]string{"gpt-4.1": "team-gpt", "text-embedding-3-small": "team-vec"}},
		fast(), deps.Deps, "gpt-4.1", "text-embedding-3-small")
	if err != nil {
		t.Fatal(err)
	}
	if !p.Remote() || p.Name() != Azure {
		t.Errorf("remote %v, name %s", p.Remote(), p.Name())
	}
	var got sink
	res, err := p.Chat("gpt-4.1").Chat(soon(t), user("How many?"), got.token)
	if err != nil || res.Text != "42" {
		t.Fatalf("got %+v, %v", res, err)
	}
	asked := f.requests("/openai/deployments/team-gpt/chat/completions")[0]
	if asked.query != "api-version=2024-10-21" {
		t.Errorf("query: %q", asked.query)
	}
	if asked.header.Get("Api-Key") != testKey.Reveal() || asked.header.Get("Authorization") != "" {
		t.Errorf("header: %v", asked.header)
	}
	if m, err := p.Embedder("text-embedding-3-small").Model(soon(t)); err != nil || m.Provider != Azure || m.Dimensions != 3 || m.MaxTokens != openaiMaxTokens {
		t.Errorf("got %+v, %v", m, err)
	}
	if err := p.Health(soon(t)); err != nil {
		t.Error(err)
	}
	models, err := p.Models(soon(t))
	if err != nil || len(models) != 2 || models[0].Name != "gpt-4.1" || !models[1].Embed {
		t.Errorf("got %+v, %v", models, err)
	}
	_, err = p.Chat("gpt-9").Chat(soon(t), user("How many?"), nil)
	wants(t, err, retable.Unprocessable, ReasonMissing, "gpt-9", "gpt-4.1")
	_, err = p.Embedder("gpt-9").Embed(soon(t), []string{"x"}, retable.ForQuery)
	wants(t, err, retable.Unprocessable, ReasonMissing, "gpt-9")
}

func TestAzureSettingsThatCantWork(t *testing.T) {
	t.Parallel()
	good := AzureConfig{URL: "https://team.openai.azure.com", Key: testKey}
	if _, err := NewAzure(good, Limits{}, Deps{}, "gpt-4.1"); err != nil {
		t.Errorf("without a map deployments are called like models: %v", err)
	}
	mapped := good
	mapped.Deployments = map[string]string{"gpt-4.1": ""}
	_, err := NewAzure(mapped, Limits{}, Deps{}, "gpt-4.1")
	wants(t, err, retable.Unprocessable, ReasonMissing, "RET_AZURE_DEPLOYMENT")
	_, err = NewAzure(AzureConfig{Key: testKey}, Limits{}, Deps{})
	wants(t, err, retable.Unprocessable, "", "RET_AZURE_ENDPOINT")
	_, err = NewAzure(AzureConfig{URL: good.URL}, Limits{}, Deps{})
	wants(t, err, retable.Unprocessable, ReasonKey, "RET_AZURE_KEY")
}

func TestRedirectsCarryNoKey(t *testing.T) {
	t.Parallel()
	thief := newFake(t)
	f := newFake(t).on(chatPath, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief.URL+chatPath, http.StatusTemporaryRedirect)
	})
	p, _ := newOpenAI(t, f, fast())
	_, err := p.Chat("gpt-4o-mini").Chat(soon(t), user("How many?"), nil)
	wants(t, err, retable.Unavailable, ReasonDown)
	if got := thief.requests(chatPath); len(got) != 0 {
		t.Errorf("the redirect was followed: %+v", got)
	}
}
