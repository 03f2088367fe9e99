package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"retable/internal/llm/ollamatest"
	"retable/internal/retable"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	if s := started(); s != nil {
		s.Kill()
		os.RemoveAll(shared.dir)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			os.Stderr.WriteString(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

// The one server that most tests share.
var shared struct {
	once   sync.Once
	server *ollamatest.Server
	dir    string
	err    error
}

func started() *ollamatest.Server { return shared.server }

// fast are limits for tests: short pauses, but patient where a busy machine
// may be slow.
func fast() Limits {
	return Limits{
		Backoff: time.Millisecond, BackoffMax: 4 * time.Millisecond, FirstToken: patience, Idle: patience, Overall: 2 * patience,
		Lookup: patience, Wait: patience, BreakFor: time.Hour,
	}
}

// recorder notes the calls.
type recorder struct {
	mu    sync.Mutex
	calls []Call
}

func (r *recorder) ObserveCall(_ context.Context, c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

func (r *recorder) of(kind string) []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.calls), func(c Call) bool { return c.Kind != kind })
}

// lockedBuffer takes a log from many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// testDeps are deps whose calls, log and connections a test can look at.
type testDeps struct {
	Deps
	calls *recorder
	log   *lockedBuffer
}

func newDeps(t *testing.T) testDeps {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	d := testDeps{calls: &recorder{}, log: &lockedBuffer{}}
	d.Deps = Deps{
		HTTP: &http.Client{Transport: transport}, Observer: d.calls,
		Log: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return d
}

// request is what a fake server was asked.
type request struct {
	path, query string
	header      http.Header
	body        string
}

// field reads a value of the body by its path of keys.
func (r request) field(t *testing.T, path ...string) any {
	t.Helper()
	var node any
	if err := json.Unmarshal([]byte(r.body), &node); err != nil {
		t.Fatalf("the request is no JSON: %v\n%s", err, r.body)
	}
	for _, key := range path {
		m, ok := node.(map[string]any)
		if !ok {
			return nil
		}
		node = m[key]
	}
	return node
}

// reply is one scripted answer of a fake server.
type reply func(w http.ResponseWriter, r *http.Request)

// fake is a server that plays replies path by path, the last one again and
// again, and records what it was asked.
type fake struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	replies map[string][]reply
	asked   []request
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, replies: map[string][]reply{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// on sets the replies to a path.
func (f *fake) on(path string, replies ...reply) *fake {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replies[path] = replies
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Errorf("read the request: %v", err)
	}
	f.mu.Lock()
	f.asked = append(f.asked, request{path: r.URL.Path, query: r.URL.RawQuery, header: r.Header.Clone(), body: string(body)})
	replies := f.replies[r.URL.Path]
	if len(replies) > 1 {
		f.replies[r.URL.Path] = replies[1:]
	}
	f.mu.Unlock()
	if len(replies) == 0 {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	replies[0](w, r)
}

// requests returns what came to a path.
func (f *fake) requests(path string) []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.asked), func(r request) bool { return r.path != path })
}

// says answers with a status, a body, and header fields as key, value.
func says(status int, body string, header ...string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// breaks sends a part of an answer and tears the connection down.
func breaks(part string) reply {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		io.WriteString(w, part)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// hangs sends a part of an answer, and nothing more until the client is gone.
func hangs(part string, gone chan<- struct{}) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		if part != "" {
			io.WriteString(w, part)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
		if gone != nil {
			gone <- struct{}{}
		}
	}
}

// wants checks an error's code and reason, and that its text has all parts.
func wants(t *testing.T, err error, code retable.Code, reason string, parts ...string) *retable.Error {
	t.Helper()
	var e *retable.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want a *retable.Error", err, err)
	}
	if e.Code != code || e.Reason != reason {
		t.Errorf("got code %q, reason %q, want %q, %q: %v", e.Code, e.Reason, code, reason, err)
	}
	for _, part := range parts {
		if !strings.Contains(e.Detail, part) {
			t.Errorf("the detail has no %q: %s", part, e.Detail)
		}
	}
	return e
}

// user is a request of one turn.
func user(text string) retable.ChatRequest {
	return retable.ChatRequest{Turns: []retable.ChatTurn{{Role: "user", Text: text}}}
}

// sink collects streamed pieces.
type sink struct{ pieces []string }

func (s *sink) token(piece string) error {
	s.pieces = append(s.pieces, piece)
	return nil
}

func (s *sink) String() string { return strings.Join(s.pieces, "") }

// soon returns a context that ends when a test has waited long enough.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	return ctx
}
