package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// eventStreams opens streams of one user's events and measures how long an
// event takes to all of them.
func eventStreams(ctx context.Context, o options, s *server) (string, error) {
	at, cancel := context.WithCancel(ctx)
	defer cancel()
	heard := make(chan time.Time, o.streams)
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: o.streams, MaxIdleConnsPerHost: o.streams}}
	var open, failed atomic.Int64
	var all sync.WaitGroup
	for range o.streams {
		all.Go(func() {
			if err := s.listen(at, client, &open, heard); err != nil && at.Err() == nil {
				failed.Add(1)
			}
		})
	}
	for range 600 {
		if int(open.Load()+failed.Load()) == o.streams {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if failed.Load() > 0 || int(open.Load()) != o.streams {
		return "", fmt.Errorf("%d of %d streams opened, %d failed", open.Load(), o.streams, failed.Load())
	}
	resident := s.resident()
	begun := time.Now()
	if err := s.call(ctx, "POST", "/api/sessions/sample", s.token, map[string]any{}, nil); err != nil {
		return "", err
	}
	var took []time.Duration
	limit := time.After(30 * time.Second)
	for len(took) < o.streams {
		select {
		case t := <-heard:
			took = append(took, t.Sub(begun))
		case <-limit:
			return "", fmt.Errorf("%d of %d streams heard of the event", len(took), o.streams)
		}
	}
	slices.Sort(took)
	cancel()
	all.Wait()
	client.CloseIdleConnections()
	spread := took[len(took)-1] - took[0]
	return row(fmt.Sprintf("%d event streams", o.streams), "all open, the process has %d MB; after an upload its event is with the first after %.0f ms and with the last %.0f ms later",
		resident, ms(took[0]), ms(spread)), nil
}

// listen reads a stream and tells when its first event came.
func (s *server) listen(ctx context.Context, client *http.Client, open *atomic.Int64, heard chan<- time.Time) error {
	req, err := http.NewRequestWithContext(ctx, "GET", s.base+"/api/events", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	lines := bufio.NewScanner(res.Body)
	first := true
	for lines.Scan() {
		switch {
		case first && strings.HasPrefix(lines.Text(), ":"):
			first = false
			open.Add(1)
		case strings.HasPrefix(lines.Text(), "data:"):
			heard <- time.Now()
			return nil
		}
	}
	return lines.Err()
}

// manyConnections holds connections open that have each had an answer, and
// reads beside them.
func manyConnections(ctx context.Context, o options, s *server) (string, error) {
	var mu sync.Mutex
	var held []net.Conn
	defer func() {
		for _, c := range held {
			c.Close() //nolint:errcheck // of what was read
		}
	}()
	begun := time.Now()
	todo := make(chan struct{}, o.connections)
	for range o.connections {
		todo <- struct{}{}
	}
	close(todo)
	var failed atomic.Int64
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for range todo {
				c, err := ask(ctx, s.addr)
				if err != nil {
					failed.Add(1)
					continue
				}
				mu.Lock()
				held = append(held, c)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	took := time.Since(begun)
	resident := s.resident()
	f, err := s.wrk(ctx, "/api/auth/me", 16, o.time/2)
	if err != nil {
		return "", err
	}
	again := 0
	for _, c := range held {
		if answered(c) == nil {
			again++
		}
	}
	return row(fmt.Sprintf("%d connections at once", o.connections), "%d were answered in %.1f s, %d failed; the process has %d MB; reads beside them: %s; %d of them answer again afterwards",
		len(held), took.Seconds(), failed.Load(), resident, f, again), nil
}

func ask(ctx context.Context, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := answered(c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// answered sends a request over a connection and reads its answer.
func answered(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(c, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}
