package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"retable/app/mcp"
)

// tokened sends a token with each request.
type tokened struct{ token string }

func (t tokened) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.token)
	return http.DefaultTransport.RoundTrip(r)
}

// speak connects a client of the Model Context Protocol.
func (b *bench) speak(token string) (*sdk.ClientSession, error) {
	return sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(b.t.Context(),
		&sdk.StreamableClientTransport{Endpoint: b.base + "/mcp", HTTPClient: &http.Client{Transport: tokened{token}}, MaxRetries: -1}, nil)
}

// tool calls a tool and returns what it gives.
func (b *bench) tool(s *sdk.ClientSession, name string, args map[string]any) (text string, failed bool) {
	b.t.Helper()
	r, err := s.CallTool(context.Background(), &sdk.CallToolParams{Name: name, Arguments: args})
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := json.Marshal(r.Content)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw), r.IsError
}

func startMCP(t *testing.T, settings ...string) *bench {
	return startWith(t, func(_ *Config, d *Deps) { d.MCP = mcp.Handler(d.Service, d.Log) }, settings...)
}

func TestOtherProgramsModelsSpeakByATokenOfTheirUser(t *testing.T) {
	t.Parallel()
	b := startMCP(t)
	id := b.as("bea").converted("orders.zip", someOrders(t, 4, "7"))
	r := b.as("bea").call("POST", "/api/auth/tokens", map[string]any{"name": "editor", "scopes": []string{"read", "ask"}})
	r.want(200)
	s, err := b.speak(r.text("token"))
	if err != nil {
		t.Fatal(err)
	}
	if text, failed := b.tool(s, "list_sessions", nil); failed || !strings.Contains(text, id) {
		t.Errorf("got %s", text)
	}
	if text, failed := b.tool(s, "compare", map[string]any{"earlier": id, "later": id}); !failed || !strings.Contains(text, "not good for") {
		t.Errorf("got %s", text)
	}
	other, err := b.speak(b.people["carl"].token)
	if err != nil {
		t.Fatal(err)
	}
	if text, failed := b.tool(other, "list_sessions", nil); failed || strings.Contains(text, id) {
		t.Errorf("got %s", text)
	}
	if text, failed := b.tool(other, "list_tables", map[string]any{"session": id}); !failed || !strings.Contains(text, "There is no session") {
		t.Errorf("got %s", text)
	}
	for _, x := range []*sdk.ClientSession{s, other} {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := b.speak("nonsense"); err == nil {
		t.Error("whoever has no token is spoken with")
	}
}

func TestMessagesOfModelsAreBoundedAndCounted(t *testing.T) {
	t.Parallel()
	b := startMCP(t, "RET_RATE_ASK=3/1h", "RET_MAX_BODY_BYTES=64KiB")
	b.as("").call("POST", "/mcp", map[string]any{}).want(401)
	b.as("bea").call("GET", "/mcp", nil).want(405)
	b.as("bea").call("POST", "/mcp", map[string]any{"x": strings.Repeat("x", 70_000)}).want(413)
	b.as("bea").call("POST", "/mcp", map[string]any{"x": "no message"}).want(400)
	s, err := b.speak(b.people["bea"].token)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 5 {
		if _, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "list_sessions"}); err != nil {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("got %d of 5 calls refused, want 2", refused)
	}
}

func TestAServerWithoutModelsHasNoDoorForThem(t *testing.T) {
	t.Parallel()
	b := start(t)
	if r := b.as("bea").call("POST", "/mcp", map[string]any{}); r.status != 404 && r.status != 405 {
		t.Errorf("got %d", r.status)
	}
}
