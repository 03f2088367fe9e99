package desktop

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"retable/app"
	"retable/app/rest"
	"retable/internal/retable"
)

func TestThePageWorksAsThePersonAtThisMachine(t *testing.T) {
	t.Parallel()
	a, w := start(t)
	me := ask[struct {
		Username, Role string
		Local          bool
	}](t, a.Me, `{}`)
	if me.Username != retable.LocalUser || !me.Local || me.Role != "admin" {
		t.Errorf("got %+v", me)
	}
	got := taken(t, a)
	s := ask[app.Session](t, a.GetSession, `{"session_id":"`+got.SessionID+`"}`)
	if s.Name != "orders.xml" || s.State != "READY" || !s.Proved {
		t.Errorf("got %+v", s)
	}
	// An absent request, and null, are empty ones.
	for _, req := range []string{"", "null", " {} "} {
		if l := ask[app.List[app.Session]](t, a.ListSessions, req); l.Total != 1 {
			t.Errorf("%q: got %+v", req, l)
		}
	}
	w.until(t, "the end of the conversion is told", func() bool {
		for _, e := range w.events {
			if strings.Contains(string(e), `"kind":"job"`) && strings.Contains(string(e), `"state":"SUCCESS"`) {
				return true
			}
		}
		return false
	})
}

func TestRefusalsAreProblemDocuments(t *testing.T) {
	t.Parallel()
	a, _ := start(t)
	for _, c := range []struct {
		claim, code, says string
		call              func() error
	}{
		{"what isn't there", "not_found", "no session", func() error { _, err := a.GetSession(json.RawMessage(`{"session_id":"x"}`)); return err }},
		{"what doesn't fit", "unprocessable", "session_id", func() error { _, err := a.GetSession(json.RawMessage(`{}`)); return err }},
		{"members nobody knows", "unprocessable", "colour", func() error { _, err := a.ListSessions(json.RawMessage(`{"colour":"red"}`)); return err }},
		{"no JSON", "invalid", "JSON", func() error { _, err := a.ListSessions(json.RawMessage(`{`)); return err }},
		{"a list for an object", "unprocessable", "expected", func() error { _, err := a.ListSessions(json.RawMessage(`[1]`)); return err }},
		{"a call that there isn't", "not_allowed", "no call", func() error { _, err := a.call("steal", nil); return err }},
		{"a path that isn't whole", "invalid", "whole path", func() error { _, err := a.AddPath(json.RawMessage(`{"path":"orders.xml"}`)); return err }},
		{"a path that is no JSON", "invalid", "{path", func() error { _, err := a.AddPath(json.RawMessage(`"x"`)); return err }},
		{"a panic", "internal", "our side", func() error {
			_, err := bound(a, "test", func(context.Context, *backend) (int, error) { panic("boom") })
			return err
		}},
		{"a nil in the middle", "internal", "our side", func() error {
			_, err := bound(a, "test", func(context.Context, *backend) (int64, error) { return nowhere().ID, nil })
			return err
		}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			code, detail, id := problemIn(t, c.call())
			if code != c.code || !strings.Contains(detail, c.says) || len(id) < 16 {
				t.Errorf("got %s, %q, id %q", code, detail, id)
			}
		})
	}
	if code, detail, _ := problemIn(t, errors.New("received 0 arguments")); code != "invalid" || detail != "received 0 arguments" {
		t.Errorf("of Wails itself: %s %q", code, detail)
	}
	events := ask[app.List[app.ErrorEventDTO]](t, a.ErrorEvents, `{}`)
	if events.Total != 2 {
		t.Errorf("%d panics were written down", events.Total)
	}
}

func TestEveryBoundMethodReachesItsCall(t *testing.T) {
	t.Parallel()
	a, _ := start(t)
	for _, c := range rest.Calls() {
		call, ok := reflect.ValueOf(a).MethodByName(upper(c.Name)).Interface().(func(json.RawMessage) (json.RawMessage, error))
		if !ok {
			t.Errorf("%s has another signature", c.Name)
			continue
		}
		_, err := call(json.RawMessage(`{"nobody_knows_this":1}`))
		if err == nil && c.Name == "health" { // takes nothing at all
			continue
		}
		if code, detail, _ := problemIn(t, err); code != "unprocessable" {
			t.Errorf("%s: %s %s", c.Name, code, detail)
		}
	}
}

// Lists in queries are written with commas; the page sends the same here.
func TestListsMayBeWrittenWithCommas(t *testing.T) {
	t.Parallel()
	a, _ := start(t)
	got := taken(t, a)
	later := filepath.Join(t.TempDir(), "orders.xml")
	if err := os.WriteFile(later, []byte(strings.Replace(orders, "6", "7", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := a.AddPath(json.RawMessage(`{"path":"` + later + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	await(t, a, other.JobID)
	c := ask[struct {
		ComparisonID string `json:"comparison_id"`
		JobID        int64  `json:"job_id"`
	}](t, a.Compare, `{"left_session_id":"`+got.SessionID+`","right_session_id":"`+other.SessionID+`"}`)
	await(t, a, c.JobID)
	find := func(ops string) error {
		_, err := a.FindChange(json.RawMessage(`{"comparison_id":"` + c.ComparisonID + `","number":2,"from":-1,"direction":"next","ops":` + ops + `}`))
		return err
	}
	if err := find(`"changed,added"`); err != nil {
		t.Error(err)
	}
	if code, _, _ := problemIn(t, find(`"added"`)); code != "not_found" {
		t.Errorf("got %s", code)
	}
	if code, _, _ := problemIn(t, find(`17`)); code != "unprocessable" {
		t.Errorf("got %s", code)
	}
}

func TestTheHandlerAnswersStreamsAndPages(t *testing.T) {
	t.Parallel()
	a, _ := start(t)
	got := taken(t, a)
	srv := httptest.NewServer(protected(&handler{a}))
	defer srv.Close()
	fetch := func(method, path, body string) (*http.Response, string) {
		req, err := http.NewRequest(method, srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = -1 // the web view doesn't know it
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", "wails://wails")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(raw)
	}
	res, page := fetch("GET", "/api/sessions/"+got.SessionID+"/tables/1/rows?offset=0&limit=10", "")
	if res.StatusCode != 200 || !strings.Contains(page, `"rows":[`) {
		t.Errorf("got %d %s", res.StatusCode, page)
	}
	if p := res.Header.Get("Content-Security-Policy"); p == "" || strings.Contains(p, "unsafe-eval") {
		t.Errorf("policy %q", p)
	}
	if res, page = fetch("POST", "/api/ai/chat", `{"collection":"x"`); res.StatusCode != 400 || !strings.Contains(page, `"code":"invalid"`) {
		t.Errorf("a broken body: %d %s", res.StatusCode, page)
	}
	if res, page = fetch("POST", "/api/ai/chat", strings.Repeat("x", 2<<20)); res.StatusCode != 413 || res.Header.Get("X-Correlation-ID") == "" {
		t.Errorf("a large body: %d %s", res.StatusCode, page)
	}
	if res, page = fetch("GET", "/etc/passwd", ""); res.StatusCode != 404 {
		t.Errorf("a file of nobody's: %d %s", res.StatusCode, page)
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	first := make([]byte, 10)
	if _, err := io.ReadFull(stream.Body, first); err != nil || first[0] != ':' {
		t.Errorf("the first piece of an endless stream: %q, %v", first, err)
	}
}

func TestNothingListensBeyondThisProcess(t *testing.T) {
	t.Parallel()
	a, _ := start(t)
	b, err := a.opened(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := b.lines.DialContext(context.Background(), "tcp", "anywhere:80")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n := conn.LocalAddr().Network(); n != "pipe" && !strings.Contains(n, "memory") {
		t.Errorf("the listener's network is %s", n)
	}
}

func TestAHeldDataRootIsNamedAndOpensWhenItIsFree(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	other, err := app.Open(context.Background(), app.OpenRequest{Config: cfg, Door: "server", Version: "test", Run: true})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := startWith(t, Options{Config: cfg})
	_, err = a.Info(nil)
	if code, detail, _ := problemIn(t, err); code != "conflict" || !strings.Contains(detail, "server") {
		t.Errorf("got %s %q", code, detail)
	}
	res := httptest.NewRecorder()
	(&handler{a}).ServeHTTP(res, httptest.NewRequest("GET", "/api/info", nil))
	if res.Code != http.StatusConflict {
		t.Errorf("the handler says %d", res.Code)
	}
	if err := other.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	a.opener.mu.Lock()
	a.opener.tried = a.opener.tried.Add(-2 * tryAgain) // as time would do
	a.opener.mu.Unlock()
	if _, err := a.Info(nil); err != nil {
		t.Error(err)
	}
}

func TestAServersDatabaseIsNotForTheWindow(t *testing.T) {
	t.Parallel()
	a, _ := startWith(t, Options{Config: settings(t, "RET_DATABASE=postgres://nobody@localhost/x")})
	_, err := a.Info(nil)
	if code, detail, _ := problemIn(t, err); code != "invalid" || !strings.Contains(detail, "RET_DATABASE") {
		t.Errorf("got %s %q", code, detail)
	}
}

func TestCallsAfterTheEndAreCancelled(t *testing.T) {
	t.Parallel()
	a, _ := start(t)
	if _, err := a.Info(nil); err != nil {
		t.Fatal(err)
	}
	a.stopped()
	_, err := a.Info(nil)
	if code, _, _ := problemIn(t, err); code != "cancelled" {
		t.Errorf("got %s", code)
	}
}

func TestTheLogIsKeptInTheDataRoot(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "fresh")
	f, err := openLog(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, maxLog+1)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f, err = openLog(root); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := os.Stat(filepath.Join(root, "desktop.log.1")); err != nil || info.Size() != maxLog+1 {
		t.Errorf("the old one: %v, %v", info, err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("the new one: %v, %v", info, err)
	}
	if _, err := openLog("/dev/null/x"); err == nil {
		t.Error("a root that can't be made was taken")
	}
}

// nowhere is a job that isn't there.
func nowhere() *app.Job { return nil }
