package llm

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/retable"
)

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(soon(t))
	t.Cleanup(cancel)
	return ctx, cancel
}

// newTLSFake is a server whose certificate nobody vouches for.
func newTLSFake(t *testing.T) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func testGuard(t *testing.T, change func(*Limits)) (*guard, *recorder) {
	t.Helper()
	limits := fast()
	if change != nil {
		change(&limits)
	}
	deps := newDeps(t)
	return newGuard("test", "The server", limits.withDefaults(), deps.Deps), deps.calls
}

// call makes a call with the given function as its attempt.
func (g *guard) call(ctx context.Context, fn try) error {
	return g.do(ctx, &Call{Kind: KindChat}, patience, "was silent", fn)
}

func failing(transient, down bool) error {
	return &fault{transient: transient, down: down, err: &retable.Error{Code: retable.Unavailable, Reason: ReasonFailing, Detail: "It failed."}}
}

func TestOnlyTransientFaultsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"transient":       {failing(true, false), 3},
		"not transient":   {failing(false, false), 1},
		"of the caller":   {&stopped{errors.New("enough")}, 1},
		"of someone else": {errors.New("odd"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, calls := testGuard(t, nil)
			n := 0
			err := g.call(soon(t), func(*attempt) error { n++; return c.err })
			if n != c.want || err == nil {
				t.Errorf("got %d attempts, %v, want %d", n, err, c.want)
			}
			if made := calls.of(KindChat); len(made) != 1 || made[0].Attempts != c.want || made[0].Code == "" {
				t.Errorf("observed: %+v", made)
			}
		})
	}
}

func TestBreakerOpensAndSaysWhenItIsTriedAgain(t *testing.T) {
	t.Parallel()
	g, _ := testGuard(t, func(l *Limits) { l.BreakAfter, l.Attempts = 3, 1 })
	n := 0
	fail := func(*attempt) error { n++; return failing(false, true) }
	for range 3 {
		wants(t, g.call(soon(t), fail), retable.Unavailable, ReasonFailing, "It failed.")
	}
	e := wants(t, g.call(soon(t), fail), retable.Unavailable, ReasonFailing, "It failed. It is tried again in ")
	if n != 3 || e.RetryAfter <= 0 || e.RetryAfter > time.Hour {
		t.Errorf("%d attempts, retry after %s", n, e.RetryAfter)
	}
	// A sign of life closes it.
	if err := g.probe(soon(t), &Call{Kind: KindHealth}, func(*attempt) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := g.call(soon(t), func(*attempt) error { return nil }); err != nil {
		t.Errorf("after a sign of life: %v", err)
	}
}

func TestBreakerCountsOnlyTheProvidersFaults(t *testing.T) {
	t.Parallel()
	g, _ := testGuard(t, func(l *Limits) { l.BreakAfter, l.Attempts = 1, 1 })
	g.call(soon(t), func(*attempt) error { return failing(false, false) })
	g.call(soon(t), func(*attempt) error { return &stopped{errors.New("enough")} })
	ctx, cancel := contextWithCancel(t)
	wants(t, g.call(ctx, func(a *attempt) error { cancel(); <-a.ctx.Done(); return a.ctx.Err() }), retable.Cancelled, "")
	if !g.breaker.IsClosed() {
		t.Error("it opened for what the provider isn't to blame for")
	}
	g.breaker.HalfOpen()
	ctx, cancel = contextWithCancel(t)
	g.call(ctx, func(a *attempt) error { cancel(); <-a.ctx.Done(); return a.ctx.Err() })
	if !g.breaker.IsOpen() {
		t.Error("a trial that was cut short closed it")
	}
}

func TestCallsWaitTheirTurn(t *testing.T) {
	t.Parallel()
	g, _ := testGuard(t, func(l *Limits) { l.Calls = 1 })
	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var first, second error
	wg.Go(func() {
		first = g.call(soon(t), func(*attempt) error { close(inside); <-leave; return nil })
	})
	<-inside
	alone := true
	wg.Go(func() {
		second = g.call(soon(t), func(*attempt) error { alone = g.slots.TryAcquirePermit(); return nil })
	})
	close(leave)
	wg.Wait()
	if first != nil || second != nil {
		t.Errorf("first %v, second %v", first, second)
	}
	if alone {
		t.Error("the second ran beside the first")
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	g, calls := testGuard(t, func(l *Limits) { l.Calls, l.Waiting = 1, 3 })
	g.slots.TryAcquirePermit()
	g.waiting.Store(3)
	e := wants(t, g.call(soon(t), func(*attempt) error { t.Error("it ran"); return nil }), retable.Busy, ReasonBusy, "too many calls are waiting")
	if e.RetryAfter <= 0 {
		t.Error("Busy doesn't say when to come back")
	}
	if made := calls.of(KindChat); g.waiting.Load() != 3 || len(made) != 1 || made[0].Attempts != 0 {
		t.Errorf("%d are waiting; observed: %+v", g.waiting.Load(), made)
	}
}

func TestWaitingIsBoundedInTime(t *testing.T) {
	t.Parallel()
	g, calls := testGuard(t, func(l *Limits) { l.Calls, l.Wait = 1, 10*time.Millisecond })
	err := g.call(soon(t), func(*attempt) error {
		return g.call(soon(t), func(*attempt) error { return nil })
	})
	wants(t, err, retable.Busy, ReasonBusy, "no call ended within 10ms")
	if made := calls.of(KindChat); len(made) != 2 || made[0].Attempts != 0 {
		t.Errorf("observed: %+v", made)
	}
	g, _ = testGuard(t, func(l *Limits) { l.Calls = 1 })
	err = g.call(soon(t), func(*attempt) error {
		ctx, cancel := contextWithCancel(t)
		cancel()
		return g.call(ctx, func(*attempt) error { return nil })
	})
	wants(t, err, retable.Cancelled, "")
}

func TestCancelEndsThePauseBetweenAttempts(t *testing.T) {
	t.Parallel()
	g, _ := testGuard(t, func(l *Limits) { l.Backoff, l.BackoffMax = time.Hour, time.Hour })
	ctx, cancel := contextWithCancel(t)
	err := g.call(ctx, func(*attempt) error { cancel(); return failing(true, true) })
	wants(t, err, retable.Cancelled, "")
}

func TestPauses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := &guard{limits: Limits{}.withDefaults()}
		n := rapid.IntRange(1, 100).Draw(t, "attempts")
		asked := time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "asked"))
		got := g.pause(n, asked)
		least := max(asked, min(g.limits.Backoff<<min(n-1, 10), g.limits.BackoffMax))
		if got < least || got > least+least/4 {
			t.Fatalf("pause %d, asked for %s: got %s, want %s to a quarter more", n, asked, got, least)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0.5": time.Second / 2, "-3": 0, "soon": 0, "NaN": 0, "1e99": 0,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: got %s, want %s", header, got, want)
		}
	}
}

func TestOddCorrelationIDsDontBreakCalls(t *testing.T) {
	t.Parallel()
	f := newFakeOllama(t)
	p, _ := newOllama(t, f, fast())
	for _, id := range []string{"two\r\nlines", "sp ace", "ü", string(make([]byte, 200))} {
		if err := p.Health(retable.WithCorrelation(soon(t), id)); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, r := range f.requests("/") {
		if got := r.header.Get("X-Correlation-ID"); got != "" {
			t.Errorf("sent %q", got)
		}
	}
}
