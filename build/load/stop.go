package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// stopUnderLoad stops the server while clients write, starts it again, and
// looks for everything that was answered with success.
func stopUnderLoad(ctx context.Context, _ options, s *server) (string, error) {
	if err := s.login(ctx); err != nil {
		return "", err
	}
	var mu sync.Mutex
	made := map[string]bool{}
	var sent, refused, cut atomic.Int64
	at, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for client := range 32 {
		all.Go(func() {
			for i := 0; at.Err() == nil; i++ {
				name := fmt.Sprintf("c%d-%d", client, i)
				sent.Add(1)
				err := s.call(at, "POST", "/api/ai/collections", s.token, map[string]any{"name": name, "sessions": []string{}}, nil)
				var r *refusal
				var dial *net.OpError
				switch {
				case err == nil:
					mu.Lock()
					made[name] = true
					mu.Unlock()
				case errors.As(err, &r):
					refused.Add(1)
				case errors.As(err, &dial) && dial.Op == "dial":
					sent.Add(-1) // nobody listens any more
					return
				default:
					cut.Add(1)
					return
				}
			}
		})
	}
	time.Sleep(2 * time.Second)
	var sample struct {
		JobID int64 `json:"job_id"`
	}
	if err := s.call(ctx, "POST", "/api/sessions/sample", s.token, map[string]any{}, &sample); err != nil {
		return "", err
	}
	took, err := s.stop()
	if err != nil {
		return "", fmt.Errorf("the server ended with %w", err)
	}
	cancel()
	all.Wait()
	s.client.CloseIdleConnections()
	if err := s.start(ctx, s.addr); err != nil {
		return "", err
	}
	if err := s.login(ctx); err != nil {
		return "", err
	}
	lost, err := s.missing(ctx, made)
	if err != nil {
		return "", err
	}
	jobs, err := s.jobsEnd(ctx)
	if err != nil {
		return "", err
	}
	if lost > 0 {
		return "", fmt.Errorf("%d of %d writes that were answered are lost", lost, len(made))
	}
	return row("stop (SIGTERM) while 32 clients write and jobs run", "ended by itself after %.1f s; of %d writes %d were done and are all there after the next start, %d refused, %d without an answer (their connections were closed as they were sent); %s",
		took.Seconds(), sent.Load(), len(made), refused.Load(), cut.Load(), jobs), nil
}

// missing counts what isn't there.
func (s *server) missing(ctx context.Context, made map[string]bool) (int, error) {
	var l struct {
		Collections []struct {
			Name string `json:"name"`
		} `json:"collections"`
	}
	if err := s.call(ctx, "GET", "/api/ai/collections", s.token, nil, &l); err != nil {
		return 0, err
	}
	there := map[string]bool{}
	for _, c := range l.Collections {
		there[c.Name] = true
	}
	lost := 0
	for name := range made {
		if !there[name] {
			lost++
		}
	}
	return lost, nil
}

// jobsEnd waits for the jobs that were under way at the stop.
func (s *server) jobsEnd(ctx context.Context) (string, error) {
	for range 1200 {
		var l struct {
			Items []struct {
				Status string `json:"status"`
			} `json:"items"`
		}
		if err := s.call(ctx, "GET", "/api/jobs?limit=100", s.token, nil, &l); err != nil {
			return "", err
		}
		count := map[string]int{}
		for _, j := range l.Items {
			count[j.Status]++
		}
		if count["QUEUED"]+count["RUNNING"] == 0 {
			if count["FAILED"]+count["CANCELLED"] > 0 {
				return "", fmt.Errorf("jobs ended as %v", count)
			}
			return fmt.Sprintf("the %d jobs ended well", count["SUCCESS"]), nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "", errors.New("the jobs don't end")
}
