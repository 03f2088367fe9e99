package limit

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"retable/internal/limit/limittest"
	"retable/internal/retable"
	"retable/internal/store/storetest"
)

// need skips where a server isn't installed; on CI it must be.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: %v", program, err)
	}
	t.Skipf("%s is not installed", program)
	return ""
}

// startRedis starts a server of the test's own and returns its URL.
func startRedis(t *testing.T) string {
	t.Helper()
	path := need(t, "redis-server")
	dir := t.TempDir()
	for range 5 { // a port may be taken between choosing and using it
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		_ = l.Close()
		_, port, _ := net.SplitHostPort(addr)
		cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir,
			"--logfile", filepath.Join(dir, "redis.log"))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		exited := make(chan struct{})
		go func() { _ = cmd.Wait(); close(exited) }()
		if answers(t, addr, exited) {
			t.Cleanup(func() { _ = cmd.Process.Kill(); <-exited })
			return "redis://" + addr + "/0"
		}
		_ = cmd.Process.Kill()
		<-exited
	}
	log, _ := os.ReadFile(filepath.Join(dir, "redis.log"))
	t.Fatalf("redis-server does not start: %s", log)
	return ""
}

// answers waits until something listens on the address.
func answers(t *testing.T, addr string, exited <-chan struct{}) bool {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		select {
		case <-exited:
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close() == nil
		}
	}
	return false
}

// backendFor opens limiters by URL, in this process or in a child.
func backendFor(ctx context.Context, url string) (retable.Limiter, func(), error) {
	if strings.HasPrefix(url, "redis:") {
		l, err := OpenRedis(ctx, url)
		return l, func() {}, err
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(4)
	l, err := OpenPostgres(ctx, db, PostgresOptions{})
	return l, func() { _ = db.Close() }, err
}

func open(t *testing.T, url string) retable.Limiter {
	t.Helper()
	l, closeAfter, err := backendFor(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		closeAfter()
	})
	return l
}

// apart gives each test keys of its own on a server that all share.
type apart struct {
	retable.Limiter
	prefix string
}

func (a apart) Allow(ctx context.Context, key string, r retable.Rate, cost int) (retable.Decision, error) {
	return a.Limiter.Allow(ctx, a.prefix+key, r, cost)
}

func conformance(t *testing.T, url string) {
	var n atomic.Int64
	limittest.Run(t, func(*testing.T) limittest.Backend {
		prefix := fmt.Sprintf("%s %d ", t.Name(), n.Add(1))
		return limittest.Backend{
			Open: func(t *testing.T) retable.Limiter { return apart{open(t, url), prefix} },
			Wait: func(d time.Duration) { time.Sleep(d) }, // the server's clock runs by itself
		}
	})
}

// twoProcesses lets two processes of their own share a limit.
func twoProcesses(t *testing.T, url string) {
	t.Helper()
	type child struct {
		cmd *exec.Cmd
		out strings.Builder
	}
	children := make([]*child, 2)
	for i := range children {
		c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestChildProcess$", "-test.v")}
		c.cmd.Env = append(os.Environ(), "LIMIT_TEST_URL="+url)
		c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.out
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		children[i] = c
	}
	sum := 0
	for _, c := range children {
		if err := c.cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, c.out.String())
		}
		_, after, ok := strings.Cut(c.out.String(), "allowed=")
		text, _, _ := strings.Cut(after, ";")
		n, err := strconv.Atoi(text)
		if !ok || err != nil {
			t.Fatalf("a child said %q", c.out.String())
		}
		t.Logf("one process got %d", n)
		sum += n
	}
	if sum != 300 {
		t.Errorf("got %d of 800 calls allowed over two processes, want exactly 300", sum)
	}
}

// TestChildProcess is one of the processes of twoProcesses.
func TestChildProcess(t *testing.T) {
	url := os.Getenv("LIMIT_TEST_URL")
	if url == "" {
		t.Skip("it runs in child processes only")
	}
	n := limittest.Storm(t, []retable.Limiter{open(t, url)}, "processes", 300, 8, 50)
	fmt.Printf("allowed=%d;\n", n)
}

func TestRedis(t *testing.T) {
	t.Parallel()
	url := startRedis(t)
	t.Run("conformance", func(t *testing.T) { conformance(t, url) })
	t.Run("two processes share one limit exactly", func(t *testing.T) { twoProcesses(t, url) })
	t.Run("keys expire when they are free again", func(t *testing.T) {
		l, err := OpenRedis(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := l.Health(t.Context()); err != nil {
			t.Error(err)
		}
		d, err := l.Allow(t.Context(), "gone soon", retable.Rate{Count: 1, Per: 90 * time.Second}, 1)
		if err != nil || !d.Allowed {
			t.Fatalf("got %+v, %v", d, err)
		}
		ttl, err := l.client.PTTL(t.Context(), "retable:limit:gone soon").Result()
		if err != nil || ttl <= 0 || ttl > 90*time.Second {
			t.Errorf("got a time to live of %s, %v; want at most 90s", ttl, err)
		}
	})
	t.Run("a client of the caller's stays open", func(t *testing.T) {
		owned, err := OpenRedis(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer owned.Close()
		if err := NewRedis(owned.client, "x:").Close(); err != nil {
			t.Error(err)
		}
		if err := owned.Health(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	t.Run("conformance", func(t *testing.T) { conformance(t, url) })
	t.Run("two processes share one limit exactly", func(t *testing.T) { twoProcesses(t, url) })
	t.Run("a sweep removes what is free again, and only that", func(t *testing.T) {
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		l, err := OpenPostgres(t.Context(), db, PostgresOptions{Sweep: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := db.Exec(`DELETE FROM retable_rate_limits`); err != nil {
			t.Fatal(err)
		}
		for key, r := range map[string]retable.Rate{"short": {Count: 1, Per: time.Microsecond}, "long": {Count: 1, Per: time.Hour}} {
			if _, err := l.Allow(t.Context(), key, r, 1); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := l.Sweep(t.Context()); err != nil || n != 1 {
			t.Errorf("got %d, %v; want 1 removed", n, err)
		}
		var left string
		if err := db.QueryRow(`SELECT string_agg(key, ',') FROM retable_rate_limits`).Scan(&left); err != nil || left != "long" {
			t.Errorf("got %q, %v; want long to stay", left, err)
		}
	})
	t.Run("it sweeps by itself and tells of failures", func(t *testing.T) {
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 100)
		l, err := OpenPostgres(t.Context(), db, PostgresOptions{Sweep: time.Millisecond, Failed: func(err error) {
			select {
			case failed <- err:
			default:
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		_ = db.Close() // the database is gone from here on
		select {
		case <-failed:
		case <-time.After(time.Minute):
			t.Error("nobody heard that the sweep failed")
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestServersThatAreNotThere(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"redis://127.0.0.1:1/0", "http://x"} {
		if l, err := OpenRedis(t.Context(), url); err == nil {
			t.Errorf("%s: got %v, want an error", url, l)
		}
	}
	db, err := sql.Open("pgx", "postgres://nobody@127.0.0.1:1/none?connect_timeout=5")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := OpenPostgres(t.Context(), db, PostgresOptions{}); err == nil {
		t.Error("PostgreSQL on a closed port was opened")
	}
	p := &Postgres{db: db, stop: func() {}}
	if _, err := p.Allow(t.Context(), "k", retable.Rate{Count: 1, Per: time.Second}, 1); err == nil || retable.Is(err, retable.Invalid) {
		t.Errorf("got %v, want the connection's error", err)
	}
}
