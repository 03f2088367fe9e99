package rest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"retable/app"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
)

const password = "a long and unusual passphrase"

// bench is a server on a listener of its own, over a data root of its own, and
// its people.
type bench struct {
	t      *testing.T
	server *Server
	in     *app.Instance
	base   string
	log    *lines
	people map[string]*person
	jar    *http.Client
}

// person is a user who is logged in.
type person struct {
	id, name, token string
	client          *http.Client
}

// lines is a log that tests look at.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// load reads settings for a data root of the test's own.
func load(t *testing.T, settings ...string) *config.Config {
	t.Helper()
	env := append([]string{"RET_RUNTIME_ROOT=" + t.TempDir(), "RET_ADDRESS=127.0.0.1:0", "RET_RATE=off", "RET_RATE_USER=off", "RET_RATE_LOGIN=off", "RET_JOB_POLL=20ms", "HOME=" + t.TempDir()}, settings...)
	cfg, err := config.Load(config.Source{Environ: env, Served: true})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// front is a built front end as small as possible.
func someFront() fs.FS {
	return fstest.MapFS{
		"index.html":                  {Data: []byte("<!doctype html><title>Retable</title>")},
		"favicon.svg":                 {Data: []byte("<svg/>")},
		"assets/index-Bx81kQz9.js":    {Data: []byte("export const plain = 1\n")},
		"assets/index-Bx81kQz9.js.gz": {Data: []byte("\x1f\x8b packed")},
	}
}

// start runs a server. Its people are ann (admin), otto (ops), bea and carl
// (users).
func start(t *testing.T, settings ...string) *bench {
	t.Helper()
	return startWith(t, nil, settings...)
}

func startWith(t *testing.T, change func(*Config, *Deps), settings ...string) *bench {
	t.Helper()
	cfg := load(t, settings...)
	b := &bench{t: t, log: &lines{}, people: map[string]*person{}}
	log := obs.NewLogger(b.log, obs.LogOptions{Level: slog.LevelDebug})
	metrics := obs.NewMetrics("test")
	var err error
	b.in, err = app.Open(context.Background(), app.OpenRequest{Config: cfg, Door: "server", Version: "test", Run: true, Log: log, Metrics: metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := b.in.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	limiter, err := b.in.OpenLimiter(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	deps := Deps{Service: b.in.Service, Front: someFront(), Limiter: limiter, Metrics: metrics, Log: log}
	rc := ConfigOf(cfg, "test")
	rc.Heartbeat = 200 * time.Millisecond
	if change != nil {
		change(&rc, &deps)
	}
	if b.server, err = New(rc, deps); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.base = "http://" + ln.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- b.server.Listener(ln) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := b.server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for name, role := range map[string]retable.Role{"ann": retable.RoleAdmin, "otto": retable.RoleOps, "bea": retable.RoleUser, "carl": retable.RoleUser} {
		b.join(name, role)
	}
	return b
}

// join makes a user and logs them in by what the log-in's route does.
func (b *bench) join(name string, role retable.Role) *person {
	b.t.Helper()
	ctx, err := b.in.AsLocal(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	u, err := b.in.CreateUser(ctx, app.CreateUserRequest{Username: name, Password: password, Role: role})
	if err != nil {
		b.t.Fatal(err)
	}
	p := &person{id: u.ID, name: name, client: newClient(b.t)}
	b.people[name] = p
	b.login(p)
	return p
}

// sub runs a part of a test, to which what fails in it counts.
func (b *bench) sub(t *testing.T, name string, fn func(t *testing.T)) {
	t.Run(name, func(part *testing.T) {
		b.t = part
		defer func() { b.t = t }()
		fn(part)
	})
}

func newClient(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{MaxIdleConnsPerHost: 4}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: tr, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (b *bench) login(p *person) {
	b.t.Helper()
	p.token = ""
	r := b.as(p.name).call("POST", "/api/auth/login", map[string]any{"username": p.name, "password": password})
	r.want(200)
	p.token = r.text("access_token")
}

// caller calls as somebody; "" is nobody.
type caller struct {
	b      *bench
	p      *person
	header http.Header
}

func (b *bench) as(name string) *caller {
	return &caller{b: b, p: b.people[name], header: http.Header{}}
}

func (c *caller) with(name, value string) *caller {
	h := c.header.Clone()
	h.Add(name, value)
	return &caller{b: c.b, p: c.p, header: h}
}

// reply is an answer, read whole.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// call sends JSON (or raw bytes, or a reader) and reads the answer, which must
// be as the API's description says.
func (c *caller) call(method, path string, body any) *reply {
	c.b.t.Helper()
	var r io.Reader
	media := ""
	switch x := body.(type) {
	case nil:
	case io.Reader:
		r = x
	case []byte:
		r = bytes.NewReader(x)
	case string:
		r, media = strings.NewReader(x), "application/json"
	default:
		raw, err := json.Marshal(x)
		if err != nil {
			c.b.t.Fatal(err)
		}
		r, media = bytes.NewReader(raw), "application/json"
	}
	req, err := http.NewRequest(method, c.b.base+path, r)
	if err != nil {
		c.b.t.Fatal(err)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	client := c.b.client()
	if c.p != nil {
		client = c.p.client
		if c.p.token != "" {
			req.Header.Set("Authorization", "Bearer "+c.p.token)
		}
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	return c.b.do(client, req)
}

func (b *bench) client() *http.Client {
	if b.jar == nil {
		b.jar = newClient(b.t)
		b.jar.Jar = nil
	}
	return b.jar
}

func (b *bench) do(client *http.Client, req *http.Request) *reply {
	b.t.Helper()
	res, err := client.Do(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	r := &reply{t: b.t, what: req.Method + " " + req.URL.Path, status: res.StatusCode, header: res.Header, body: raw}
	b.described(req.Method, req.URL.Path, r)
	return r
}

// described compares an answer with the API's description.
func (b *bench) described(method, path string, r *reply) {
	b.t.Helper()
	if strings.HasPrefix(path, "/api/") && r.header.Get("X-Correlation-ID") == "" {
		b.t.Errorf("%s: no correlation id", r.what)
	}
	media := r.header.Get("Content-Type")
	var schema *huma.Schema
	registry := b.server.api.api.Components.Schemas
	o := b.operation(method, path)
	switch {
	case media == "application/problem+json":
		schema = registry.Map()["Problem"]
	case media == "application/json" && o != nil && o.response != nil && r.status < 300:
		schema = registry.Schema(o.response, true, o.name+"Response")
	case r.status >= 400 && strings.HasPrefix(path, "/api/"):
		b.t.Errorf("%s: %d with the media type %q instead of a problem document: %s", r.what, r.status, media, r.body)
	}
	if schema == nil {
		return
	}
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		b.t.Errorf("%s: no JSON: %v: %s", r.what, err, r.body)
		return
	}
	res := &huma.ValidateResult{}
	huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, res)
	for _, err := range res.Errors {
		b.t.Errorf("%s answers what the description doesn't know: %v in %s", r.what, err, r.body[:min(len(r.body), 2000)])
	}
}

func (b *bench) operation(method, path string) *operation {
	for i := range b.server.ops {
		o := &b.server.ops[i]
		if o.method == method && regexp.MustCompile("^"+pathMember.ReplaceAllString(o.path, `[^/]+`)+"$").MatchString(path) {
			return o
		}
	}
	return nil
}

// want requires a status.
func (r *reply) want(status int) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: got %d, want %d: %s", r.what, r.status, status, r.body)
	}
	return r
}

// refused requires a problem with the code and reason ("" for any).
func (r *reply) refused(status int, reason string) *reply {
	r.t.Helper()
	r.want(status)
	if reason != "" && r.text("reason") != reason {
		r.t.Fatalf("%s: got the reason %q, want %q: %s", r.what, r.text("reason"), reason, r.body)
	}
	return r
}

func (r *reply) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		r.t.Fatalf("%s: %v: %s", r.what, err, r.body)
	}
}

// at follows members and places into the answer.
func (r *reply) at(path ...any) any {
	r.t.Helper()
	var v any
	r.into(&v)
	for _, key := range path {
		switch k := key.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				r.t.Fatalf("%s: nothing at %v: %s", r.what, path, r.body)
			}
			v = l[k]
		}
	}
	return v
}

func (r *reply) text(path ...any) string {
	r.t.Helper()
	switch v := r.at(path...).(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprint(v)
	}
}

// someOrders is a small bundle; price is that of the first order.
func someOrders(t testing.TB, n int, price string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var x strings.Builder
	x.WriteString("<Orders>")
	for i := range n {
		p := "10.50"
		if i == 0 {
			p = price
		}
		fmt.Fprintf(&x, "<Order id=%q><Customer>C%d</Customer><Price>%s</Price></Order>", fmt.Sprintf("O-%04d", i), i%5, p)
	}
	x.WriteString("</Orders>")
	w, err := z.Create("orders.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(x.String())); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scanned sends a bundle as the name.
func (c *caller) scanned(name string, bundle []byte) string {
	c.b.t.Helper()
	return c.with("X-Filename", url.PathEscape(name)).with("Content-Type", "application/zip").call("POST", "/api/conversion/scan", bundle).want(200).text("session_id")
}

// converted sends a bundle and makes its tables.
func (c *caller) converted(name string, bundle []byte) string {
	c.b.t.Helper()
	id := c.scanned(name, bundle)
	r := c.call("POST", "/api/conversion/convert?wait=60s", map[string]any{"session_id": id}).want(200)
	if r.text("status") != "SUCCESS" {
		c.b.t.Fatalf("converting: %s", r.body)
	}
	return id
}

// finished waits for a job.
func (c *caller) finished(id string) *reply {
	c.b.t.Helper()
	for range 1200 {
		r := c.call("GET", "/api/jobs/"+id, nil).want(200)
		if retable.JobState(r.text("status")).Over() {
			return r
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.b.t.Fatalf("job %s doesn't end", id)
	return nil
}
