package llm

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"retable/internal/retable"
)

// canned answers every request with a body, in memory.
type canned struct {
	bodies map[string]string // by the end of the path
	other  []byte
}

func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	body := c.other
	for path, text := range c.bodies {
		if strings.HasSuffix(req.URL.Path, path) {
			body = []byte(text)
		}
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, nil
}

// once are limits without a second attempt.
func once() Limits {
	l := fast()
	l.Attempts, l.BreakAfter = 1, 1000
	return l
}

// Whatever an Ollama server sends: no answer counts that wasn't said to be
// over, and what was streamed is what is returned.
func FuzzOllamaStream(f *testing.F) {
	f.Add([]byte(line("There ", false) + line("", true)))
	f.Add([]byte(line("There ", false)))
	f.Add([]byte(line("<think>x</think>", false) + `{"error":"CUDA"}`))
	f.Add([]byte("{\"message\":{\"content\":\"x\"},\"done\":tru"))
	f.Add([]byte("<html>\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		show := `{"capabilities":["completion"],"model_info":{"general.architecture":"llama","llama.context_length":8192}}`
		p, err := NewOllama(OllamaConfig{}, once(), Deps{HTTP: &http.Client{Transport: canned{map[string]string{"/api/tags": tagsBody, "/api/show": show}, body}}})
		if err != nil {
			t.Fatal(err)
		}
		checkStream(t, p.Chat("chat"), body, "done")
	})
}

// The same of a server that speaks like OpenAI.
func FuzzOpenAIStream(f *testing.F) {
	f.Add([]byte(chunk("There ", "") + chunk("", "stop") + usageChunk + doneChunk))
	f.Add([]byte(chunk("There ", "") + doneChunk))
	f.Add([]byte("data: " + overloaded + "\n\n"))
	f.Add([]byte("data: {\"error\":\"text\"}\n\n"))
	f.Add([]byte("data: {\"choices\":[{}]}\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := NewOpenAI(OpenAIConfig{URL: "http://127.0.0.1/v1"}, once(), Deps{HTTP: &http.Client{Transport: canned{nil, body}}})
		if err != nil {
			t.Fatal(err)
		}
		checkStream(t, p.Chat("m"), body, "finish_reason")
	})
}

func checkStream(t *testing.T, m retable.ChatModel, body []byte, mark string) {
	t.Helper()
	var got sink
	res, err := m.Chat(t.Context(), user("x"), got.token)
	if err == nil {
		if !bytes.Contains(bytes.ToLower(body), []byte(mark)) && !bytes.Contains(body, []byte(`\u`)) {
			t.Errorf("an answer without %s was taken for whole: %q", mark, body)
		}
		if res.Text != got.String() {
			t.Errorf("streamed %q, returned %q", got.String(), res.Text)
		}
		return
	}
	if code := retable.CodeOf(err); code == retable.Internal || code == retable.Cancelled {
		t.Errorf("code %q: %v", code, err)
	}
}
