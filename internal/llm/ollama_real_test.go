package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"retable/internal/llm/ollamatest"
	"retable/internal/retable"
)

// The script of the chat model: the last character of the prompt picks the
// answer.
var script = map[rune]ollamatest.Answer{
	ollamatest.DefaultKey: {Pieces: []string{"I ", "do ", "not ", "know."}},
	'1':                   {Pieces: []string{"SELECT ", "count(*) ", "FROM ", "sales;"}},
	'2':                   {Pieces: []string{`{"sql":`, ` "SELECT 1",`, ` "rows":`, ` 71`, `}` + "\n"}},
	'3':                   {Pieces: []string{"<think>", "count the rows", "</think>", "There are ", "42 rows."}},
	'4':                   {Pieces: []string{"again ", "and again "}, Loop: true},
}

// thinkingTemplate makes the server see a model that thinks.
const thinkingTemplate = `{{- range .Messages }}{{- if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}{{- end }}`

// realServer is the shared Ollama server with its models.
func realServer(t *testing.T) *ollamatest.Server {
	t.Helper()
	shared.once.Do(func() {
		dir, err := os.MkdirTemp("", "ollama") //nolint:usetesting // it outlives the test that makes it
		if err != nil {
			shared.err = err
			return
		}
		s, err := ollamatest.Launch(context.Background(), dir)
		if err != nil {
			shared.err = err
			return
		}
		shared.server, shared.dir = s, dir
		shared.err = models(context.Background(), s)
	})
	ollamatest.Need(t, shared.err)
	return shared.server
}

// models makes the models of the tests.
func models(ctx context.Context, s *ollamatest.Server) error {
	chat := ollamatest.ChatModel(script)
	return errors.Join(
		s.Create(ctx, "script", chat, ollamatest.Template, nil),
		s.Create(ctx, "thinker", chat, thinkingTemplate, nil),
		s.Create(ctx, "words", ollamatest.EmbedModel(1, "customer", "invoice", "amount", "country"), "", nil),
	)
}

func realOllama(t *testing.T) (*OllamaProvider, testDeps) {
	t.Helper()
	s := realServer(t)
	deps := newDeps(t)
	p, err := NewOllama(OllamaConfig{URL: s.URL, Options: map[string]any{"num_thread": 1}}, fast(), deps.Deps)
	if err != nil {
		t.Fatal(err)
	}
	return p, deps
}

func TestRealOllamaListsModels(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	if err := p.Health(soon(t)); err != nil {
		t.Fatal(err)
	}
	list, err := p.Models(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]retable.ModelInfo{}
	for _, m := range list {
		found[m.Name] = m
	}
	if m := found["script:latest"]; !m.Chat || m.Embed || m.Context != ollamatest.ChatContext || m.Family != "llama" || m.Bytes == 0 {
		t.Errorf("the chat model: %+v of %+v", m, list)
	}
	if m := found["words:latest"]; m.Chat || !m.Embed || m.Context != ollamatest.EmbedContext || m.Family != "bert" {
		t.Errorf("the model for vectors: %+v", m)
	}
	if p.Remote() || p.Name() != Ollama {
		t.Errorf("remote %v, name %q", p.Remote(), p.Name())
	}
}

func TestRealOllamaAnswers(t *testing.T) {
	t.Parallel()
	p, deps := realOllama(t)
	for _, c := range []struct{ prompt, want string }{
		{"SQL please: 1", "SELECT count(*) FROM sales;"},
		{"how many rows?", "I do not know."},
	} {
		whole, err := p.Chat("script").Chat(soon(t), user(c.prompt), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got sink
		streamed, err := p.Chat("script").Chat(soon(t), user(c.prompt), got.token)
		if err != nil {
			t.Fatal(err)
		}
		if whole.Text != c.want || streamed.Text != c.want || got.String() != c.want {
			t.Errorf("%s: got %q whole, %q streamed, %q in pieces, want %q", c.prompt, whole.Text, streamed.Text, got.String(), c.want)
		}
		if len(got.pieces) < 3 {
			t.Errorf("it came in %d pieces: %q", len(got.pieces), got.pieces)
		}
		if whole.PromptTokens < 5 || whole.CompletionTokens < 4 || whole.Truncated {
			t.Errorf("got %+v", whole)
		}
	}
	calls := deps.calls.of(KindChat)
	if len(calls) != 4 || calls[1].FirstToken <= 0 || calls[1].CompletionTokens < 4 || calls[1].Attempts != 1 {
		t.Errorf("observed: %+v", calls)
	}
}

func TestRealOllamaStopsAtTheTokensAllowed(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	req := user("go on: 4")
	req.MaxTokens = 5
	res, err := p.Chat("script").Chat(soon(t), req, nil)
	if err != nil || !res.Truncated || res.CompletionTokens != 5 {
		t.Errorf("got %+v, %v", res, err)
	}
	req.Schema = json.RawMessage(`{"type":"array","items":{"type":"string"}}`)
	_, err = p.Chat("script").Chat(soon(t), req, nil)
	wants(t, err, retable.Unprocessable, ReasonCut)
}

func TestRealOllamaFollowsASchema(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	schema := json.RawMessage(`{"type":"object","properties":{"sql":{"type":"string"},"rows":{"type":"integer"}},"required":["sql","rows"]}`)
	for _, model := range []string{"script", "thinker"} {
		for _, prompt := range []string{"as JSON: 2", "no JSON at all: 1"} {
			req := user(prompt)
			// The second prompt's script breaks the schema: only because the server
			// enforces it does the model find its way to an object.
			req.Schema, req.MaxTokens = schema, 200
			res, err := p.Chat(model).Chat(soon(t), req, nil)
			if err != nil {
				t.Fatalf("%s, %s: %v", model, prompt, err)
			}
			var answer struct {
				SQL  *string
				Rows *int
			}
			if err := json.Unmarshal([]byte(res.Text), &answer); err != nil || answer.SQL == nil || answer.Rows == nil {
				t.Errorf("%s, %s: %q doesn't fulfil the schema: %v", model, prompt, res.Text, err)
			}
		}
	}
}

func TestRealOllamaLeavesThoughtsOut(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	for _, model := range []string{"script", "thinker"} {
		var got sink
		res, err := p.Chat(model).Chat(soon(t), user("think: 3"), got.token)
		if err != nil || res.Text != "There are 42 rows." || got.String() != res.Text {
			t.Errorf("%s: got %q, %q in pieces, %v", model, res.Text, got.String(), err)
		}
	}
}

func TestRealOllamaEmbeds(t *testing.T) {
	t.Parallel()
	p, deps := realOllama(t)
	e := p.Embedder("words")
	m, err := e.Model(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if m.Provider != Ollama || len(m.Digest) < 12 || m.Dimensions != ollamatest.EmbedDimensions || m.MaxTokens != ollamatest.EmbedContext || !m.Normalised || m.Remote {
		t.Errorf("got %+v", m)
	}
	texts := []string{"customer invoice", "invoice customer", "amount country"}
	vectors, err := e.Embed(soon(t), texts, retable.ForDocument)
	if err != nil {
		t.Fatal(err)
	}
	if same, other := dot(vectors[0], vectors[1]), dot(vectors[0], vectors[2]); same < 0.999 || other > 0.9 || same-other < 0.1 {
		t.Errorf("similarities: the same words %.3f, others %.3f", same, other)
	}
	query, err := e.Embed(soon(t), texts[:1], retable.ForQuery)
	if err != nil || dot(query[0], vectors[0]) < 0.999 {
		t.Errorf("a text alone differs from itself in a batch: %v", err)
	}
	calls := deps.calls.of(KindEmbed)
	if len(calls) != 3 || calls[1].Texts != 3 || calls[1].PromptTokens == 0 {
		t.Errorf("observed: %+v", calls)
	}
}

func dot(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestRealOllamaCutsNoText(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	long := strings.Repeat("customer ", 2*ollamatest.EmbedContext)
	_, err := p.Embedder("words").Embed(soon(t), []string{"amount", long}, retable.ForDocument)
	wants(t, err, retable.TooLarge, ReasonContext, "at most 512 tokens", fmt.Sprint(len(long)), "smaller pieces")
	_, err = p.Embedder("words").Embed(soon(t), []string{"amount", " "}, retable.ForDocument)
	wants(t, err, retable.Unprocessable, "", "Text 2 of 2 is empty")
}

// Each byte is a token here, three times the guess: the first context is too
// small, and a larger one is asked for.
func TestRealOllamaGrowsTheContext(t *testing.T) {
	t.Parallel()
	p, deps := realOllama(t)
	prompt := strings.Repeat("x", 3000) + " 1"
	var got sink
	res, err := p.Chat("script").Chat(soon(t), user(prompt), got.token)
	if err != nil || got.String() != "SELECT count(*) FROM sales;" {
		t.Fatalf("got %q, %v", got.String(), err)
	}
	if res.PromptTokens < 3000 {
		t.Errorf("the prompt was cut to %d tokens", res.PromptTokens)
	}
	if calls := deps.calls.of(KindChat); len(calls) != 2 || calls[0].Reason != ReasonContext || calls[1].Code != "" {
		t.Errorf("observed: %+v", calls)
	}
	_, err = p.Chat("script").Chat(soon(t), user(prompt), nil)
	if calls := deps.calls.of(KindChat); err != nil || len(calls) != 3 {
		t.Errorf("the larger context isn't remembered: %v, %+v", err, calls)
	}
}

func TestRealOllamaContextOverflowNamesTheCure(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	for _, token := range []func(string) error{nil, (&sink{}).token} {
		_, err := p.Chat("script").Chat(soon(t), user(strings.Repeat("x", ollamatest.ChatContext+100)), token)
		wants(t, err, retable.TooLarge, ReasonContext, "4096 tokens", "model script", "choose a model with a larger one")
	}
	small, err := NewOllama(OllamaConfig{URL: p.at.String(), MaxContext: 2048}, fast(), Deps{HTTP: newDeps(t).HTTP})
	if err != nil {
		t.Fatal(err)
	}
	_, err = small.Chat("script").Chat(soon(t), user(strings.Repeat("x", 3000)), nil)
	wants(t, err, retable.TooLarge, ReasonContext, "2048 tokens", "RET_MODEL_CONTEXT")
}

func TestRealOllamaMissingModel(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	_, err := p.Chat("qwen2.5-coder:7b").Chat(soon(t), user("x"), nil)
	wants(t, err, retable.NotFound, ReasonMissing, "pull it: ollama pull qwen2.5-coder:7b")
	_, err = p.Embedder("nomic-embed-text").Model(soon(t))
	wants(t, err, retable.NotFound, ReasonMissing, "pull it: ollama pull nomic-embed-text")
	_, err = p.Chat("words").Chat(soon(t), user("x"), nil)
	wants(t, err, retable.Unprocessable, "", "makes vectors and can't chat")
}

// Leaving stops the generation at once: an endless answer would keep the only
// slot of the model, and the next question would wait forever.
func TestRealOllamaCancelStopsTheGeneration(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	enough := errors.New("enough")
	for range 2 {
		ctx, cancel := context.WithCancel(soon(t))
		pieces := 0
		_, err := p.Chat("script").Chat(ctx, user("go on: 4"), func(string) error {
			if pieces++; pieces == 10 {
				cancel()
			}
			return nil
		})
		wants(t, err, retable.Cancelled, "")
		pieces = 0
		_, err = p.Chat("script").Chat(soon(t), user("go on: 4"), func(string) error {
			if pieces++; pieces == 10 {
				return enough
			}
			return nil
		})
		if err != enough {
			t.Errorf("got %v, want the token function's own error", err)
		}
		if res, err := p.Chat("script").Chat(soon(t), user("1"), nil); err != nil || res.Text != "SELECT count(*) FROM sales;" {
			t.Errorf("the next question: got %+v, %v", res, err)
		}
	}
}

func TestRealOllamaIsKilled(t *testing.T) {
	t.Parallel()
	s := ollamatest.Start(t)
	if err := models(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	deps := newDeps(t)
	p, err := NewOllama(OllamaConfig{URL: s.URL}, fast(), deps.Deps)
	if err != nil {
		t.Fatal(err)
	}
	pieces := 0
	_, err = p.Chat("script").Chat(soon(t), user("go on: 4"), func(string) error {
		if pieces++; pieces == 10 {
			s.Kill()
		}
		return nil
	})
	wants(t, err, retable.Unavailable, ReasonFailing, "broke off")
	if calls := deps.calls.of(KindChat); len(calls) != 1 || calls[0].Attempts != 1 {
		t.Errorf("a stream that had begun was tried again: %+v", calls)
	}
	err = p.Health(soon(t))
	wants(t, err, retable.Unavailable, ReasonDown, "Ollama isn't running at "+s.URL, "start it", "RET_OLLAMA_URL")
	_, err = p.Chat("script").Chat(soon(t), user("1"), nil)
	wants(t, err, retable.Unavailable, ReasonDown, "isn't running")
	_, err = p.Embedder("words").Embed(soon(t), []string{"x"}, retable.ForQuery)
	wants(t, err, retable.Unavailable, ReasonDown, "isn't running")
}

func TestRealOllamaModelChangesUnderItsName(t *testing.T) {
	t.Parallel()
	p, _ := realOllama(t)
	s := realServer(t)
	if err := s.Create(soon(t), "changing", ollamatest.EmbedModel(2), "", nil); err != nil {
		t.Fatal(err)
	}
	e := p.Embedder("changing")
	before, err := e.Model(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Create(soon(t), "changing", ollamatest.EmbedModel(3), "", nil); err != nil {
		t.Fatal(err)
	}
	p.forget()
	_, err = e.Embed(soon(t), []string{"x"}, retable.ForQuery)
	wants(t, err, retable.Conflict, ReasonModelChanged, "index again")
	after, err := e.Model(soon(t))
	if err != nil || after.Digest == before.Digest {
		t.Errorf("got %+v after %+v, %v", after, before, err)
	}
	if _, err := e.Embed(soon(t), []string{"x"}, retable.ForQuery); err != nil {
		t.Errorf("with the new weights: %v", err)
	}
}

// What can't be downloaded is said in the library's words. There is no library
// at the address of the name.
func TestRealOllamaPullFails(t *testing.T) {
	t.Parallel()
	p, deps := realOllama(t)
	at, err := url.Parse(newFake(t).URL)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Pull(soon(t), at.Host+"/library/nothing:1b", func(retable.PullProgress) {})
	if e := wants(t, err, retable.Unavailable, ReasonFailing, "could not download"); strings.Contains(e.Detail, "\n") {
		t.Errorf("the detail has several lines: %s", e.Detail)
	}
	wants(t, p.Pull(soon(t), "not a name", nil), retable.Invalid, "", "qwen2.5-coder:7b")
	if calls := deps.calls.of(KindPull); len(calls) != 1 || calls[0].Code != retable.Unavailable {
		t.Errorf("observed: %+v", calls)
	}
}
