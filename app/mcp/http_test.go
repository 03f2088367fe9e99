package mcp

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"retable/internal/retable"
)

// as serves requests in the name of whoever their bearer token names, as the
// server does.
func as(people map[string]context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := people[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if !ok {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		p, err := retable.PrincipalFrom(who)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r.WithContext(retable.WithPrincipal(r.Context(), p)))
	})
}

// bearer sends a token with each request.
type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

func TestOverHTTPEachRequestIsItsCallers(t *testing.T) {
	t.Parallel()
	r := openRoot(t)
	people := map[string]context.Context{"ann": r.user("ann"), "bob": r.user("bob")}
	server := httptest.NewServer(as(people, Handler(r.Service, nil)))
	t.Cleanup(server.Close)
	for name, ctx := range people {
		r.take(ctx, name+".zip", orders("30"))
	}
	for name := range people {
		tr := &http.Transport{}
		t.Cleanup(tr.CloseIdleConnections)
		session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(),
			&sdk.StreamableClientTransport{Endpoint: server.URL, HTTPClient: &http.Client{Transport: bearer{name, tr}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &client{session, t}
		var sessions sessionsOut
		c.call("list_sessions", nil, &sessions)
		if len(sessions.Sessions) != 1 || sessions.Sessions[0].Name != name+".zip" {
			t.Errorf("%s sees %+v", name, sessions)
		}
		var answer askOut
		c.call("ask", map[string]any{"question": "How many orders?"}, &answer)
		if !strings.Contains(answer.Answer, "3") {
			t.Errorf("got %+v", answer)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOddRequestsOverHTTPAreRefused(t *testing.T) {
	t.Parallel()
	r := openRoot(t)
	server := httptest.NewServer(as(map[string]context.Context{"ann": r.user("ann")}, Handler(r.Service, nil)))
	t.Cleanup(server.Close)
	const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	for claim, tc := range map[string]struct {
		method, token, kind, accept, body string
		status                            int
	}{
		"a good one is answered": {"POST", "ann", "application/json", "application/json, text/event-stream", initialize, 200},
		"nobody":                 {"POST", "", "application/json", "application/json, text/event-stream", initialize, 401},
		"another method":         {"GET", "ann", "", "text/event-stream", "", 405},
		"another type":           {"POST", "ann", "text/plain", "application/json, text/event-stream", initialize, 415},
		"no JSON":                {"POST", "ann", "application/json", "application/json, text/event-stream", "{", 400},
		"too much":               {"POST", "ann", "application/json", "application/json, text/event-stream", `{"x":"` + strings.Repeat("x", maxMessage) + `"}`, 413},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tc.method, server.URL, strings.NewReader(tc.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tc.token)
		req.Header.Set("Content-Type", tc.kind)
		req.Header.Set("Accept", tc.accept)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if cerr := res.Body.Close(); err != nil || cerr != nil {
			t.Fatal(err, cerr)
		}
		if res.StatusCode != tc.status {
			t.Errorf("%s: got %d %s", claim, res.StatusCode, body)
		}
		if tc.status == 200 && (!strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") || !strings.Contains(string(body), `"retable"`)) {
			t.Errorf("%s: got %s", claim, body)
		}
	}
}

func TestOverStreamsTheEndOfTheInputIsTheEnd(t *testing.T) {
	t.Parallel()
	in, write := io.Pipe()
	read, out := io.Pipe()
	ended := make(chan error, 1)
	from := shelf(t, orders("1"), false)
	go func() { ended <- Serve(context.Background(), from, in, out, Options{}) }()
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &sdk.IOTransport{Reader: read, Writer: write}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ListTools(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	in, write = io.Pipe()
	defer write.Close()
	go func() { ended <- Serve(ctx, &faulty{}, in, nopCloser{io.Discard}, Options{}) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("a server that was stopped ends with %v", err)
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
