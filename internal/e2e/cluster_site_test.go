//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"retable/internal/blob/blobtest"
)

// site is an installation of Retable as a team has it: processes that answer
// over HTTP, embedded (one) or on PostgreSQL and S3 (several).
type site struct {
	servers []*server
	token   string // of the administrator
}

// server is one process of a site, with an address of its own that it keeps
// when it is started again.
type server struct {
	home    house
	base    string // http://127.0.0.1:PORT, "" if it answers nobody
	program string // "": the one that is tested
	cmd     *exec.Cmd
	said    *syncBuffer
}

const sitePassword = "correct horse battery staple"

// aloneSite is a site of one process over a data root.
func aloneSite(t *testing.T) *site {
	t.Helper()
	root := t.TempDir()
	s := &site{}
	s.add(t, house{root, []string{"RET_RUNTIME_ROOT=" + root, "RET_CLEANUP_AT=off", "RET_BACKUP_AT=off", "RET_JOB_POLL=100ms"}})
	return s
}

// teamSettings are what the replicas of a team share.
func teamSettings(database string, s3 *blobtest.Server, more ...string) []string {
	return append([]string{
		"RET_DATABASE=" + database, "RET_BLOBS=" + s3.Place("team"), "RET_S3_ACCESS_KEY=" + blobtest.AccessKey, "RET_S3_SECRET_KEY=" + blobtest.SecretKey,
		"RET_JWT_KEY=" + strings.Repeat("k", 48), "RET_SEAL_KEY=" + strings.Repeat("s", 48), "RET_LIMITER=postgres", "RET_DATABASE_MAX=8",
		"RET_JOB_POLL=200ms", "RET_JOB_LEASE=" + lease.String(), "RET_JOB_WORKERS=1", "RET_CLEANUP_AT=off",
	}, more...)
}

// add starts one more process, with a disk of its own.
func (s *site) add(t *testing.T, h house) *server {
	t.Helper()
	return s.addAt(t, h, "127.0.0.1", "")
}

// addAt is add at an address of this machine, of a program.
func (s *site) addAt(t *testing.T, h house, host, program string) *server {
	t.Helper()
	r := &server{home: h, program: program}
	if !strings.Contains(strings.Join(h.environ, "\n"), "RET_ROLE=worker") {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		r.base = "http://" + l.Addr().String()
		r.home.environ = append(r.home.environ, "RET_ADDRESS="+l.Addr().String())
		l.Close()
	}
	s.servers = append(s.servers, r)
	t.Cleanup(func() {
		r.kill()
		if t.Failed() && r.said != nil {
			t.Logf("%s said:\n%.1500s", r.base, tail(r.said.String(), 1500))
		}
	})
	r.start(t)
	return r
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// replicaHome is the place of a team's next replica.
func replicaHome(t *testing.T, settings []string, more ...string) house {
	t.Helper()
	root := t.TempDir()
	return house{root, append(append([]string{"RET_RUNTIME_ROOT=" + root}, settings...), more...)}
}

// start starts the process (again) and waits until it is up.
func (r *server) start(t *testing.T) {
	t.Helper()
	r.launch(t)
	deadline := time.Now().Add(patience)
	for !r.up() {
		if time.Now().After(deadline) {
			t.Fatalf("the server is not up: %s", r.said)
		}
		time.Sleep(10 * time.Millisecond) // between two looks
	}
}

// launch starts the process and waits for nothing.
func (r *server) launch(t *testing.T) {
	t.Helper()
	path := r.program
	if path == "" {
		path = program(t)
	}
	r.cmd, r.said = exec.CommandContext(context.Background(), path, "serve"), &syncBuffer{}
	r.cmd.Env = append([]string{"HOME=" + r.home.root, "PATH=" + os.Getenv("PATH")}, r.home.environ...)
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = r.home.root, r.said, r.said
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// up reports whether it does what it is there for.
func (r *server) up() bool {
	if r.base == "" {
		return strings.Contains(r.said.String(), "works on jobs")
	}
	res, err := oneShot.Get(r.base + "/health/ready")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// kill ends the process as a power failure would.
func (r *server) kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
	_ = r.cmd.Wait()
	r.cmd = nil
}

// stop ends the process in order.
func (r *server) stop(t *testing.T) {
	t.Helper()
	if err := errors.Join(r.cmd.Process.Signal(syscall.SIGTERM), r.cmd.Wait()); err != nil {
		t.Errorf("the server ended with %v: %s", err, r.said)
	}
	r.cmd = nil
}

// oneShot makes each request on a connection of its own: none is kept to a
// server that is killed.
var oneShot = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}

var setupLink = regexp.MustCompile(`/setup#token=(\S+)\n`)

// setUp makes the administrator by the link that the process started last has
// printed, and logs in.
func (s *site) setUp(t *testing.T) {
	t.Helper()
	var link []string
	until := time.Now().Add(time.Minute) // it is printed after the address
	for link == nil {
		for _, r := range s.servers {
			if m := setupLink.FindStringSubmatch(r.said.String()); m != nil {
				link = m
			}
		}
		if time.Now().After(until) {
			t.Fatal("nobody printed a set-up link")
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.at(0, t).call("POST", "/api/auth/setup", map[string]any{"token": link[1], "username": "ada", "password": sitePassword}).want(200)
	s.token = s.at(0, t).call("POST", "/api/auth/login", map[string]any{"username": "ada", "password": sitePassword}).want(200).text("access_token")
}

// caller speaks with one process of a site as a user.
type caller struct {
	t     *testing.T
	base  string
	token string
}

// at is the administrator's voice at the n-th process that answers, counted
// round.
func (s *site) at(n int, t *testing.T) caller { return s.as(s.token, n, t) }

func (s *site) as(token string, n int, t *testing.T) caller {
	var answering []*server
	for _, r := range s.servers {
		if r.base != "" {
			answering = append(answering, r)
		}
	}
	return caller{t, answering[n%len(answering)].base, token}
}

// reply is an answer that was read.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
	value  any
}

// call makes a request: with JSON, with bytes, or without a body.
func (c caller) call(method, path string, body any) *reply {
	c.t.Helper()
	r, err := c.try(context.Background(), method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// try is call for those who expect servers to be gone.
func (c caller) try(ctx context.Context, method, path string, body any) (*reply, error) {
	var content io.Reader
	media := ""
	switch b := body.(type) {
	case nil:
	case []byte:
		content, media = bytes.NewReader(b), "application/octet-stream"
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		content, media = bytes.NewReader(raw), "application/json"
	}
	url := path
	if strings.HasPrefix(path, "/") {
		url = c.base + path
	}
	req, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return nil, err
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := oneShot.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	r := &reply{t: c.t, what: method + " " + path, status: res.StatusCode, header: res.Header}
	if r.body, err = io.ReadAll(res.Body); err != nil {
		return nil, err
	}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		return r, json.Unmarshal(r.body, &r.value)
	}
	return r, nil
}

func (r *reply) want(status int) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: got %d %.1000s, want %d", r.what, r.status, r.body, status)
	}
	return r
}

// at walks into the answer: names of members, and places in lists.
func (r *reply) at(path ...any) any {
	v := r.value
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// text is what stands there, "" if nothing does.
func (r *reply) text(path ...any) string {
	switch v := r.at(path...).(type) {
	case nil:
		return ""
	case float64:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprint(v)
	}
}

// finished waits until a job has succeeded.
func (c caller) finished(id string) *reply {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		r := c.call("GET", "/api/jobs/"+id, nil).want(200)
		switch s := r.text("status"); {
		case s == "SUCCESS":
			return r
		case s == "FAILED" || s == "CANCELLED" || time.Now().After(deadline):
			c.t.Fatalf("job %s is %s: %s", id, s, r.body)
		}
	}
}

// listen hears the events of the user, each as its JSON, until ctx ends.
func (c caller) listen(ctx context.Context, path string) <-chan map[string]any {
	c.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		c.t.Fatalf("GET %s: %d", path, res.StatusCode)
	}
	events, lines := make(chan map[string]any, 10_000), bufio.NewScanner(res.Body)
	go func() {
		defer close(events)
		defer res.Body.Close()
		for lines.Scan() {
			var e map[string]any
			if raw, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(raw), &e) == nil {
				events <- e
			}
		}
	}()
	return events
}
