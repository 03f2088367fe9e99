// Package blobtest tests blob stores: one suite that every store must pass, and
// a real S3 server to run it against.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// version of the server that build/versitygw.sh builds.
const version = "v1.8.0"

// ErrMissing says that the server's binary isn't there.
var ErrMissing = errors.New("there is no S3 server to test with; build/versitygw.sh builds it, once, in about five CPU minutes")

// startTime is the longest that the server may take to answer, on a machine
// that has other things to do.
const startTime = 2 * time.Minute

// The server's only account, and its bucket.
const (
	AccessKey = "retable-tests"
	SecretKey = "not-a-secret-just-for-tests"
	Region    = "eu-test-1"
	Bucket    = "retable"
)

// Server is a running S3 server (versitygw) that keeps objects in a folder.
type Server struct {
	URL string // http://127.0.0.1:PORT

	dir    string
	port   string
	cmd    *exec.Cmd
	leash  *os.File // the server ends when this process does
	output *output
	exited chan struct{}
}

// S3 starts a server that ends with the test. Without the binary the test is
// skipped; with CI=true it fails.
func S3(tb testing.TB) *Server {
	tb.Helper()
	s, err := Launch(tb.Context(), tb.TempDir())
	switch {
	case err == nil:
	case errors.Is(err, ErrMissing) && os.Getenv("CI") != "true":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Kill()
		if tb.Failed() {
			tb.Logf("the S3 server said:\n%s", s.output.String())
		}
	})
	return s
}

// Launch starts a server that keeps its buckets in dir. Whoever launches it
// kills it.
func Launch(ctx context.Context, dir string) (*Server, error) {
	if _, err := find(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "buckets", Bucket), 0o700); err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	var err error
	for range 3 { // somebody else may take the port in between
		if s.port, err = freePort(ctx); err != nil {
			return nil, err
		}
		s.URL = "http://127.0.0.1:" + s.port
		if err = s.Start(ctx); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// Place is the address of a folder in the bucket, as RET_BLOBS has it.
func (s *Server) Place(prefix string) string {
	return fmt.Sprintf("s3://%s/%s?endpoint=%s&region=%s", Bucket, prefix, s.URL, Region)
}

// Start starts the server again after Kill, at the same address and with the
// same objects.
func (s *Server) Start(ctx context.Context) error {
	binary, err := find()
	if err != nil {
		return err
	}
	s.output, s.exited = &output{}, make(chan struct{})
	s.cmd = exec.Command(binary, "--port", "127.0.0.1:"+s.port, "--access", AccessKey, "--secret", SecretKey, "--region", Region, "--quiet",
		"posix", filepath.Join(s.dir, "buckets"))
	s.cmd.Stdout, s.cmd.Stderr, s.cmd.Dir = s.output, s.output, s.dir
	if s.leash, err = start(s.cmd); err != nil {
		return err
	}
	go func(cmd *exec.Cmd, exited chan struct{}) {
		cmd.Wait() //nolint:errcheck // how it ended is told by its output
		close(exited)
	}(s.cmd, s.exited)
	if err := s.await(ctx); err != nil {
		s.Kill()
		return fmt.Errorf("%w; it said:\n%s", err, s.output.String())
	}
	return nil
}

// await waits until the server answers.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		if err != nil {
			return err
		}
		if res, err := client.Do(req); err == nil { // it refuses, but it is there
			return res.Body.Close()
		}
		select {
		case <-s.exited:
			return errors.New("the S3 server ended at once")
		case <-ctx.Done():
			return errors.New("the S3 server doesn't answer")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill ends the server at once.
func (s *Server) Kill() {
	kill(s.cmd)
	<-s.exited
	s.leash.Close() //nolint:errcheck // nothing was written
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
	binary := filepath.Join(cache, "bin", "versitygw-"+version)
	if !exists(binary) {
		return "", ErrMissing
	}
	return binary, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// output keeps what a process says.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
