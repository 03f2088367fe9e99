package ollamatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ollama/ollama/api"
)

// ErrMissing says that the server's binary isn't there.
var ErrMissing = errors.New("there is no Ollama server to test with; build/ollama.sh builds it, once, in about nine CPU minutes")

// startTime is the longest that the server may take to answer, on a machine
// that has other things to do.
const startTime = 2 * time.Minute

// Server is a running Ollama server.
type Server struct {
	URL    string
	Client *api.Client // the raw client, for what a test arranges

	cmd    *exec.Cmd
	leash  *os.File // the server ends when this process does
	output *output
	exited chan struct{}
	once   sync.Once
}

// Start starts a server that ends with the test. Without the binary the test
// is skipped; with CI=true it fails.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s, err := Launch(tb.Context(), tb.TempDir())
	Need(tb, err)
	tb.Cleanup(func() {
		s.Kill()
		if tb.Failed() {
			tb.Logf("the Ollama server said:\n%s", s.output.String())
		}
	})
	return s
}

// Need skips a test whose server is missing, or fails it with CI=true. Any
// other error fails it.
func Need(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrMissing) && os.Getenv("CI") != "true":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
}

// Launch starts a server that keeps its models and its home in dir. Whoever
// launches it kills it.
func Launch(ctx context.Context, dir string) (*Server, error) {
	binary, err := find()
	if err != nil {
		return nil, err
	}
	var s *Server
	for range 3 { // somebody else may take the port in between
		if s, err = launch(ctx, binary, dir); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// find looks for the binary in the cache.
func find() (string, error) {
	cache := os.Getenv("RET_CACHE")
	if cache == "" {
		dir, err := os.Getwd()
		if err != nil {
			return "", err
		}
		for !exists(filepath.Join(dir, "go.mod")) {
			if dir == filepath.Dir(dir) {
				return "", ErrMissing
			}
			dir = filepath.Dir(dir)
		}
		cache = filepath.Join(dir, ".cache")
	}
	binary := filepath.Join(cache, "bin", "ollama")
	if !exists(binary) {
		return "", ErrMissing
	}
	return binary, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func launch(ctx context.Context, binary, dir string) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	listener.Close() //nolint:errcheck // it has served its purpose
	base := &url.URL{Scheme: "http", Host: addr}
	s := &Server{
		URL: base.String(), Client: api.NewClient(base, &http.Client{}),
		cmd: exec.Command(binary), output: &output{}, exited: make(chan struct{}),
	}
	s.cmd.Dir = dir
	s.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "OLLAMA_HOST=" + addr, "OLLAMA_MODELS=" + filepath.Join(dir, "models"),
		"OLLAMA_NUM_PARALLEL=1", "OLLAMA_KEEP_ALIVE=30m", "OLLAMA_NOPRUNE=1",
	}
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	s.leash, err = start(s.cmd)
	if err != nil {
		return nil, fmt.Errorf("start the Ollama server: %w", err)
	}
	go func() {
		defer close(s.exited)
		s.cmd.Wait() //nolint:errcheck // it is killed in the end
	}()
	if err := s.await(ctx); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

// await asks until the server answers.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		err := s.Client.Heartbeat(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("the Ollama server ended at once:\n%s", s.output.String())
		case <-ctx.Done():
			return fmt.Errorf("the Ollama server doesn't answer (%w):\n%s", err, s.output.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Kill ends the server and the processes that run its models, at once, and
// waits until they are gone. Twice is harmless.
func (s *Server) Kill() {
	s.once.Do(func() {
		kill(s.cmd)
		if s.leash != nil {
			s.leash.Close() //nolint:errcheck // nothing was written
		}
	})
	<-s.exited
}

// Template passes all turns on as they are, system turns first.
const Template = `{{- if .System }}{{ .System }}{{ end }}{{- range .Messages }}{{ .Content }}{{- end }}`

// Create makes a model of a GGUF file. Each runs on one thread: with more,
// tiny models are slower by far on a busy machine.
func (s *Server) Create(ctx context.Context, name string, file []byte, template string, parameters map[string]any) error {
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(file))
	if err := s.Client.CreateBlob(ctx, digest, bytes.NewReader(file)); err != nil {
		return fmt.Errorf("upload model %s: %w", name, err)
	}
	all := map[string]any{"num_thread": 1}
	maps.Copy(all, parameters)
	req := &api.CreateRequest{Model: name, Files: map[string]string{"model.gguf": digest}, Template: template, Parameters: all}
	done := false
	err := s.Client.Create(ctx, req, func(r api.ProgressResponse) error {
		done = r.Status == "success"
		return nil
	})
	if err == nil && !done {
		err = errors.New("it ended without success")
	}
	if err != nil {
		return fmt.Errorf("create model %s: %w", name, err)
	}
	return nil
}

// output keeps what the server says, the last 64 KiB of it.
type output struct {
	mu   sync.Mutex
	said []byte
}

// Write keeps p.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, p...)
	if over := len(o.said) - 64<<10; over > 0 {
		o.said = slices.Delete(o.said, 0, over)
	}
	return len(p), nil
}

// String returns what was kept.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.said)
}

func sortedKeys(script map[rune]Answer) []rune { return slices.Sorted(maps.Keys(script)) }
