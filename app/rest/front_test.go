package rest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"retable/app"
)

func newRequestCtx() *fasthttp.RequestCtx {
	ctx := &fasthttp.RequestCtx{}
	ctx.Init(&fasthttp.Request{}, nil, nil)
	return ctx
}

func bare(t *testing.T, d Deps) *Server {
	t.Helper()
	if d.Service == nil {
		d.Service = &app.Service{Accounts: &app.Accounts{}}
	}
	s, err := New(Config{}, d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(t *testing.T, s *Server, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.App().Test(req, 30_000)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestTheFrontEndIsServed(t *testing.T) {
	t.Parallel()
	s := bare(t, Deps{Front: someFront()})
	for _, page := range []string{"/", "/index.html", "/sessions/01a2/tables", "/compare/x", "/reset"} {
		res, body := get(t, s, page)
		if res.StatusCode != 200 || !strings.Contains(body, "<title>Retable") || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: got %d, %q, %.100s", page, res.StatusCode, res.Header.Get("Cache-Control"), body)
		}
		csp := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %s", page, csp)
		}
	}
	res, _ := get(t, s, "/assets/index-Bx81kQz9.js")
	if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("got %v", res.Header)
	}
	if res, _ := get(t, s, "/assets/index-Bx81kQz9.js", "If-None-Match", res.Header.Get("ETag")); res.StatusCode != 304 {
		t.Errorf("got %d for what is known", res.StatusCode)
	}
	if res, body := get(t, s, "/assets/index-Bx81kQz9.js", "Accept-Encoding", "gzip, br"); res.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(body, "packed") {
		t.Errorf("got %v", res.Header)
	}
	if res, _ := get(t, s, "/favicon.svg"); res.Header.Get("Content-Type") != "image/svg+xml" || strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("got %v", res.Header)
	}
	for _, path := range []string{"/assets/gone.js", "/favicon.png", "/api/nothing", "/api"} {
		if res, body := get(t, s, path); res.StatusCode != 404 || !strings.Contains(body, `"code":"not_found"`) {
			t.Errorf("%s: got %d %s", path, res.StatusCode, body)
		}
	}
	req := httptest.NewRequest("POST", "/sessions", nil)
	if res, err := s.App().Test(req, 30_000); err != nil || res.StatusCode != 405 {
		t.Errorf("got %v %v", res, err)
	}
	for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy", "X-Correlation-Id"} {
		if res.Header.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	if res.Header.Get("Server") != "" {
		t.Errorf("the server names itself: %s", res.Header.Get("Server"))
	}
}

func TestWithoutAFrontEndThereIsAWord(t *testing.T) {
	t.Parallel()
	if _, body := get(t, bare(t, Deps{}), "/"); !strings.Contains(body, "make build") {
		t.Errorf("got %s", body)
	}
}

func TestTheReferencePageNeedsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	s := bare(t, Deps{})
	for path, has := range map[string]string{"/docs": "reference.js", "/docs/": "reference.js", "/docs/reference.js": "openapi.json", "/docs/reference.css": "color-scheme"} {
		res, body := get(t, s, path)
		if res.StatusCode != 200 || !strings.Contains(body, has) {
			t.Errorf("%s: got %d %.200s", path, res.StatusCode, body)
		}
		if strings.Contains(body, "https://") || strings.Contains(body, "http://") || strings.Contains(body, "innerHTML") {
			t.Errorf("%s fetches something from elsewhere, or draws text as HTML", path)
		}
		if strings.Contains(res.Header.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("the policy is %s", res.Header.Get("Content-Security-Policy"))
		}
	}
	if res, _ := get(t, s, "/docs/index.html/../../x"); res.StatusCode == 500 {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestJSONIsNotEscapedForHTML(t *testing.T) {
	t.Parallel()
	raw, err := marshal(map[string]string{"a": "<b>&'\""})
	if err != nil || string(raw) != `{"a":"<b>&'\""}` {
		t.Errorf("got %s %v", raw, err)
	}
	var v map[string]string
	if err := json.Unmarshal(raw, &v); err != nil || !bytes.Contains(raw, []byte("<b>")) {
		t.Error(err)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header       string
		size         int64
		from, length int64
		partial, ok  bool
	}{
		{"", 10, 0, 10, false, true},
		{"bytes=0-0", 10, 0, 1, true, true},
		{"bytes=5-", 10, 5, 5, true, true},
		{"bytes=5-100", 10, 5, 5, true, true},
		{"bytes=-3", 10, 7, 3, true, true},
		{"bytes=-30", 10, 0, 10, true, true},
		{"bytes=10-", 10, 0, 0, false, false},
		{"bytes=-0", 10, 0, 0, false, false},
		{"bytes=3-1", 10, 0, 10, false, true},
		{"bytes=0-1,3-4", 10, 0, 10, false, true},
		{"lines=0-1", 10, 0, 10, false, true},
		{"bytes=a-b", 10, 0, 10, false, true},
		{"bytes=", 10, 0, 10, false, true},
	} {
		from, length, partial, ok := oneRange(c.header, c.size)
		if from != c.from || length != c.length || partial != c.partial || ok != c.ok {
			t.Errorf("%q: got %d %d %t %t", c.header, from, length, partial, ok)
		}
	}
}
