package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"
	"pgregory.net/rapid"

	"retable/internal/llm/llmtest"
	"retable/internal/retable"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestSecretsNeverShow(t *testing.T) {
	t.Parallel()
	cfg := Config{OpenAI: OpenAIConfig{Key: testKey}, Azure: AzureConfig{Key: testKey}, Ollama: OllamaConfig{Key: testKey}}
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("settings", "key", testKey, "cfg", cfg)
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v", cfg), "%+v": fmt.Sprintf("%+v", cfg), "%#v": fmt.Sprintf("%#v", cfg), "Sprint": fmt.Sprint(testKey),
		"%q": fmt.Sprintf("%q", testKey), "JSON": string(asJSON), "log": logged.String(),
	} {
		if strings.Contains(text, "0123456789") || !strings.Contains(text, "***") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if Secret("").String() != "" {
		t.Error("no key looks like one")
	}
}

func TestWhatServersSayIsMadeFit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Incorrect API key provided: sk-ab***yz. See":  "Incorrect API key provided: *** See",
		"key my-own-secret is wrong":                   "key *** is wrong",
		"Authorization: Bearer abc.def-123= refused":   "Authorization: *** refused",
		"two\nlines\tand \x1b[31mred\x1b[0m \u202eodd": "two lines and [31mred [0m odd",
		strings.Repeat("é", 200):                       strings.Repeat("é", 150) + "...",
	} {
		if got := said(text, "my-own-secret"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if scrubbed(nil) != nil {
		t.Error("nil became an error")
	}
	chain := fmt.Errorf("outer: %w", errors.New("my-own-secret"))
	if got := scrubbed(chain, "my-own-secret"); strings.Contains(got.Error(), "secret") || errors.Unwrap(got) != nil {
		t.Errorf("got %v", got)
	}
	if got := scrubbed(io.ErrUnexpectedEOF, "k"); got != io.ErrUnexpectedEOF {
		t.Errorf("an innocent error lost its identity: %v", got)
	}
}

func TestNoKeySurvives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[A-Za-z0-9_\-]{8,60}`).Draw(t, "key")
		text := rapid.String().Draw(t, "before") + key + rapid.String().Draw(t, "after")
		if got := said(text, Secret(key)); strings.Contains(got, key) || len(got) > maxSaid+3 {
			t.Fatalf("%q: got %q", text, got)
		}
	})
}

func TestBatchesKeepOrderAndBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.StringN(1, 20, 40)).Draw(t, "texts")
		most, bytes := rapid.IntRange(1, 5).Draw(t, "texts a batch"), rapid.IntRange(1, 60).Draw(t, "bytes a batch")
		var joined []string
		for _, b := range batches(texts, most, bytes) {
			size := 0
			for _, text := range b {
				size += len(text)
			}
			if len(b) == 0 || len(b) > most || len(b) > 1 && size > bytes {
				t.Fatalf("a batch of %d texts, %d bytes", len(b), size)
			}
			joined = append(joined, b...)
		}
		if fmt.Sprint(joined) != fmt.Sprint(texts) || len(joined) != len(texts) {
			t.Fatalf("got %q, want %q", joined, texts)
		}
	})
}

// However an answer is cut into pieces, its thought is left out, and all else
// passes.
func TestThoughtsAreLeftOutHoweverTheyAreCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"<think>a < b</think>\n\nplain": "plain", "  \n<think></think>x": "x", "plain <think>x</think>": "plain <think>x</think>",
		"<thin": "<thin", "<b>x": "<b>x", "": "", " \n": " \n", "<think>never ends": "", "<think>x</think>": "",
	} {
		rapid.Check(t, func(t *rapid.T) {
			var got sink
			c := &collector{a: &attempt{}, token: got.token}
			for rest := text; rest != ""; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "cut")
				if err := c.add(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			res, err := c.result(retable.ChatRequest{}, "", false)
			if err != nil || res.Text != want || got.String() != want {
				t.Fatalf("%q: got %q, %q in pieces, %v, want %q", text, res.Text, got.String(), err, want)
			}
		})
	}
}

func TestUnfenced(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"```json\n{}\n```": "{}", "```\n[1]\n```\n": "[1]", "{}": "{}", "```json\n{": "```json\n{", "```\nnot JSON\n```": "```\nnot JSON\n```",
	} {
		if got := unfenced(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestStrictSchemas(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]bool{
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`:                             true,
		`{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}`:                                false,
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`:                                                          false,
		`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],"additionalProperties":false}`:    false,
		`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}},"required":["a"],"additionalProperties":false}`: true,
		`{"type":"object","properties":{"a":{"anyOf":[{"type":"object"},{"type":"null"}]}},"required":["a"],"additionalProperties":false}`: false,
		`{`: false,
	} {
		if got := canBeStrict(json.RawMessage(schema)); got != want {
			t.Errorf("%s: got %v", schema, got)
		}
	}
}

func TestRequestsThatNobodyCanAnswer(t *testing.T) {
	t.Parallel()
	for name, req := range map[string]retable.ChatRequest{
		"no turn":           {},
		"an unknown role":   {Turns: []retable.ChatTurn{{Role: "tool", Text: "x"}}},
		"a broken schema":   {Turns: user("x").Turns, Schema: json.RawMessage(`{`)},
		"a negative length": {Turns: user("x").Turns, MaxTokens: -1},
	} {
		if err := checkRequest(req); !retable.Is(err, retable.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{
		"nomic-embed-text:v1.5": "search_document: |search_query: ", "bge-m3": "", "all-minilm": "",
		"bge-large": "|Represent this sentence for searching relevant passages: ", "text-embedding-3-small": "",
	} {
		if got := prefixOf(model).String(); got != want {
			t.Errorf("%s: got %q, want %q", model, got, want)
		}
	}
	p := prefixOf("nomic-embed-text")
	if got := p.add([]string{"x"}, retable.ForQuery); got[0] != "search_query: x" {
		t.Errorf("got %q", got)
	}
	if got := p.add([]string{"x"}, retable.ForDocument); got[0] != "search_document: x" {
		t.Errorf("got %q", got)
	}
}

// A keyring keeps what it is given: the machine's (mocked, since a build
// machine has none) and the one for tests behave alike.
func TestKeyrings(t *testing.T) {
	keyring.MockInit()
	for name, k := range map[string]Keyring{"of the system": NewKeyring(), "of tests": llmtest.NewKeyring[Secret]()} {
		t.Run(name, func(t *testing.T) {
			if _, err := k.Get("openai"); !retable.Is(err, retable.NotFound) {
				t.Errorf("none yet: %v", err)
			}
			if err := k.Set("openai", testKey); err != nil {
				t.Fatal(err)
			}
			if got, err := k.Get("openai"); err != nil || got.Reveal() != testKey.Reveal() {
				t.Errorf("got %v, %v", got, err)
			}
			if err := k.Delete("openai"); err != nil {
				t.Fatal(err)
			}
			if err := k.Delete("openai"); !retable.Is(err, retable.NotFound) {
				t.Errorf("deleted twice: %v", err)
			}
		})
	}
	keyring.MockInitWithError(errors.New("no such bus"))
	_, err := NewKeyring().Get("openai")
	wants(t, err, retable.Unavailable, "", "RET_OPENAI_KEY_FILE")
	keyring.MockInitWithError(keyring.ErrSetDataTooBig)
	wants(t, NewKeyring().Set("openai", "x"), retable.TooLarge, "")
}
