package llm

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// attempt is one try of a call: its context, its deadlines, and what the
// transport saw of the reply that the client libraries don't pass on.
type attempt struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	guard   *guard
	timer   *time.Timer
	began   time.Time
	idle    time.Duration // how long it may be silent after a sign of life
	first   time.Duration // when the first token came, 0: not yet
	passed  bool          // something has reached the caller: no second attempt
	status  atomic.Int64  // of HTTP
	retryIn atomic.Int64  // Retry-After in nanoseconds, 0 without one
	call    *Call
}

type attemptKey struct{}

// newAttempt starts a try that fails when nothing was heard within patience.
func (g *guard) newAttempt(ctx context.Context, c *Call, patience time.Duration, silent string) *attempt {
	a := &attempt{guard: g, began: time.Now(), idle: g.limits.Idle, call: c}
	a.ctx, a.cancel = context.WithCancelCause(context.WithValue(ctx, attemptKey{}, a))
	a.timer = time.AfterFunc(patience, func() { a.cancel(tooSlow(g.title, silent, patience)) })
	return a
}

// end releases what the try holds.
func (a *attempt) end() {
	a.timer.Stop()
	a.cancel(nil)
}

// heard notes a sign of life and waits anew.
func (a *attempt) heard() {
	if a.first == 0 {
		a.first = max(1, time.Since(a.began))
		a.timer.Stop()
		a.timer = time.AfterFunc(a.idle, func() { a.cancel(tooSlow(a.guard.title, "said nothing more", a.idle)) })
		return
	}
	a.timer.Reset(a.idle)
}

// pass gives a piece of text to the caller.
func (a *attempt) pass(piece string, token func(string) error) error {
	if piece == "" {
		return nil
	}
	a.passed = true
	if err := token(piece); err != nil {
		return &stopped{err}
	}
	return nil
}

// note keeps what a reply's head says.
func (a *attempt) note(resp *http.Response) {
	a.status.Store(int64(resp.StatusCode))
	a.retryIn.Store(int64(retryAfter(resp.Header.Get("Retry-After"), time.Now())))
}

// retryAfter reads seconds or a date; 0 means that it says nothing.
func retryAfter(header string, now time.Time) time.Duration {
	if n, err := strconv.ParseFloat(header, 64); err == nil && n > 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second))
	}
	if at, err := http.ParseTime(header); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
