package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// figures are what wrk found.
type figures struct {
	rate     float64 // requests per second
	p50, p99 time.Duration
	bad      int // answers that are no success, and broken connections
}

// wrk reads one address over so many connections.
func (s *server) wrk(ctx context.Context, path string, connections int, t time.Duration) (figures, error) {
	cmd := exec.CommandContext(ctx, "wrk", "-t2", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(int(t.Seconds()))+"s", "--latency", "--timeout", "10s",
		"-H", "Authorization: Bearer "+s.token, s.base+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return figures{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	return parse(string(out))
}

var (
	rateLine  = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	shareLine = regexp.MustCompile(`(50|99)%\s+([\d.]+)(us|ms|s)\b`)
	badLine   = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	sockets   = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
)

// parse reads wrk's report.
func parse(out string) (f figures, err error) {
	m := rateLine.FindStringSubmatch(out)
	if m == nil {
		return f, fmt.Errorf("wrk said %s", out)
	}
	if f.rate, err = strconv.ParseFloat(m[1], 64); err != nil {
		return f, err
	}
	for _, m := range shareLine.FindAllStringSubmatch(out, -1) {
		d, err := time.ParseDuration(m[2] + m[3])
		if err != nil {
			return f, err
		}
		if m[1] == "50" {
			f.p50 = d
		} else {
			f.p99 = d
		}
	}
	for _, line := range []*regexp.Regexp{badLine, sockets} {
		if m := line.FindStringSubmatch(out); m != nil {
			for _, text := range m[1:] {
				n, err := strconv.Atoi(text)
				if err != nil {
					return f, err
				}
				f.bad += n
			}
		}
	}
	return f, nil
}

func (f figures) String() string {
	return fmt.Sprintf("%.0f/s, median %.1f ms, p99 %.1f ms, %d failed", f.rate, ms(f.p50), ms(f.p99), f.bad)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// reads measures authenticated reads that ask the database.
func reads(ctx context.Context, o options, s *server) (string, error) {
	if _, err := s.wrk(ctx, "/api/auth/me", 64, 2*time.Second); err != nil { // warm
		return "", err
	}
	out := ""
	for _, path := range []string{"/api/auth/me", "/api/sessions", "/api/jobs"} {
		f, err := s.wrk(ctx, path, 64, o.time)
		if err != nil {
			return "", err
		}
		out += row("`GET "+path+"`, 64 connections", "%s", f)
	}
	return out, nil
}

// loginsBeside measures reads while as many log-ins as can be are checked.
func loginsBeside(ctx context.Context, o options, s *server) (string, error) {
	alone, err := s.wrk(ctx, "/api/auth/me", 16, o.time)
	if err != nil {
		return "", err
	}
	var done, busy, failed atomic.Int64
	at, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for at.Err() == nil {
				err := s.call(at, "POST", "/api/auth/login", "", map[string]string{"username": "anna", "password": password}, nil)
				var r *refusal
				switch {
				case err == nil:
					done.Add(1)
				case errors.As(err, &r) && (r.status == 503 || r.status == 429):
					busy.Add(1)
					time.Sleep(50 * time.Millisecond)
				case at.Err() == nil:
					failed.Add(1)
				}
			}
		})
	}
	beside, err := s.wrk(ctx, "/api/auth/me", 16, o.time)
	cancel()
	all.Wait()
	if err == nil && failed.Load() > 0 {
		err = fmt.Errorf("%d log-ins failed", failed.Load())
	}
	return row("`GET /api/auth/me`, 16 connections", "%s", alone) +
		row("the same beside 16 clients that log in without a pause", "%s; %.0f log-ins/s were checked, %d told to wait", beside, float64(done.Load())/o.time.Seconds(), busy.Load()), err
}
