package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const password = "a passphrase for measuring only"

// server is the program as a process of its own.
type server struct {
	program, root, addr, base, version string
	setup                              string // the link's secret
	token                              string // of a user, not an administrator
	cmd                                *exec.Cmd
	client                             *http.Client
}

// startServer starts the program over an empty data root and makes two
// accounts.
func startServer(ctx context.Context, program, root string) (*server, error) {
	s := &server{program: program, root: root, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if err := s.start(ctx, "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if err := s.people(ctx); err != nil {
		s.kill()
		return nil, fmt.Errorf("%w\n%s", err, s.tail())
	}
	return s, nil
}

// people sets up the administrator by the link and logs a user in.
func (s *server) people(ctx context.Context) error {
	var tokens struct {
		Token string `json:"access_token"`
	}
	if err := s.call(ctx, "POST", "/api/auth/setup", "", map[string]string{"token": s.setup, "username": "admin", "password": password}, &tokens); err != nil {
		return err
	}
	if err := s.call(ctx, "POST", "/api/admin/users", tokens.Token, map[string]string{"username": "anna", "password": password}, nil); err != nil {
		return err
	}
	return s.login(ctx)
}

func (s *server) login(ctx context.Context) error {
	var tokens struct {
		Token string `json:"access_token"`
	}
	err := s.call(ctx, "POST", "/api/auth/login", "", map[string]string{"username": "anna", "password": password}, &tokens)
	s.token = tokens.Token
	return err
}

// start starts the process and waits until it listens.
func (s *server) start(ctx context.Context, address string) error {
	out, err := os.Create(filepath.Join(s.root, "out"))
	if err != nil {
		return err
	}
	defer out.Close()
	log, err := os.OpenFile(filepath.Join(s.root, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = exec.CommandContext(ctx, s.program, "serve")
	s.cmd.Env = append(os.Environ(), "RET_RUNTIME_ROOT="+filepath.Join(s.root, "data"), "RET_ADDRESS="+address, "RET_RATE=off", "RET_RATE_USER=off", "RET_RATE_LOGIN=off", "RET_RATE_ASK=off")
	s.cmd.Stdout, s.cmd.Stderr = out, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	listens := regexp.MustCompile(`Retable (\S+) listens on (http://(\S+))`)
	link := regexp.MustCompile(`setup#token=(\S+)\n`)
	for range 600 {
		said, err := os.ReadFile(out.Name())
		if err != nil {
			return err
		}
		if m := listens.FindSubmatch(said); m != nil && s.call(ctx, "GET", "/health", "", nil, nil, string(m[2])) == nil {
			s.version, s.base, s.addr = "Retable "+string(m[1]), string(m[2]), string(m[3])
			if l := link.FindSubmatch(said); l != nil {
				s.setup = string(l[1])
			}
			if s.setup != "" { // of the first start; it is printed after the address
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the server doesn't listen\n%s", s.tail())
}

// call sends JSON and reads JSON.
func (s *server) call(ctx context.Context, method, path, token string, body, answer any, base ...string) error {
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(raw)
	}
	at := s.base
	if len(base) > 0 {
		at = base[0]
	}
	req, err := http.NewRequestWithContext(ctx, method, at+path, r)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return &refusal{res.StatusCode, fmt.Sprintf("%s %s: %s %s", method, path, res.Status, raw)}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(raw, answer)
}

// refusal is an answer that is no success.
type refusal struct {
	status int
	text   string
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

// stop asks the process to end and waits for it.
func (s *server) stop() (time.Duration, error) {
	begun := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	err := s.cmd.Wait()
	return time.Since(begun), err
}

func (s *server) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill() // at the end, whatever has happened
		_ = s.cmd.Wait()
	}
}

// tail is what the server said last.
func (s *server) tail() string {
	raw, err := os.ReadFile(filepath.Join(s.root, "log"))
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-2000):])
}

// resident is the process's memory in MB.
func (s *server) resident() int {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(raw), "VmRSS:")
	kb, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, err := strconv.Atoi(kb)
	if err != nil {
		return 0
	}
	return n / 1024
}
