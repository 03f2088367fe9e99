// Package limittest is the conformance suite of retable.Limiter: what every
// backend must hold.
package limittest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"retable/internal/retable"
)

// Backend is a limiter under test.
type Backend struct {
	// Open returns a limiter; all that one test opens share their counts, as
	// replicas do.
	Open func(t *testing.T) retable.Limiter
	// Wait lets time pass for the backend.
	Wait func(d time.Duration)
}

// Run holds a backend against all claims. fresh returns one without counts.
func Run(t *testing.T, fresh func(t *testing.T) Backend) {
	for name, claim := range map[string]func(*testing.T, Backend){
		"a burst passes and no more":                  burstPasses,
		"time gives back one by one":                  timeGivesBack,
		"after Reset the whole burst passes again":    resetFreesAll,
		"refused calls cost nothing":                  refusedAreFree,
		"a call may cost several, or only look":       costs,
		"keys don't touch each other":                 keysAreApart,
		"any string is a key":                         anyKey,
		"a burst of its own":                          ownBurst,
		"nonsense is refused":                         nonsense,
		"an ended context is heeded":                  contextEnds,
		"eight goroutines get exactly the limit":      exactGoroutines,
		"two limiters and their goroutines share one": exactReplicas,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claim(t, fresh(t))
		})
	}
}

// slow refills so slowly that no test sees it.
func slow(n int) retable.Rate {
	return retable.Rate{Count: n, Per: time.Duration(n) * time.Hour}
}

func allow(t *testing.T, l retable.Limiter, key string, r retable.Rate, cost int) retable.Decision {
	t.Helper()
	d, err := l.Allow(t.Context(), key, r, cost)
	if err != nil {
		t.Fatalf("Allow(%q, %+v, %d): %v", key, r, cost, err)
	}
	return d
}

func burstPasses(t *testing.T, b Backend) {
	l, r := b.Open(t), slow(5)
	for i := range 5 {
		d := allow(t, l, "k", r, 1)
		if !d.Allowed || d.Limit != 5 || d.Remaining != 4-i || d.RetryAfter != 0 {
			t.Fatalf("call %d: got %+v, want it allowed with %d of 5 remaining", i+1, d, 4-i)
		}
		most := time.Duration(i+1) * time.Hour
		if d.Reset <= most-time.Minute*10 || d.Reset > most {
			t.Errorf("call %d: got Reset %s, want nearly %s", i+1, d.Reset, most)
		}
	}
	d := allow(t, l, "k", r, 1)
	if d.Allowed || d.Remaining != 0 || d.RetryAfter <= 50*time.Minute || d.RetryAfter > time.Hour {
		t.Errorf("call 6: got %+v, want a refusal for nearly one hour", d)
	}
}

func timeGivesBack(t *testing.T, b Backend) {
	l, r := b.Open(t), retable.Rate{Count: 2, Per: 400 * time.Millisecond}
	for i := range 3 {
		for used := true; used; {
			used = allow(t, l, "k", r, 1).Allowed
		}
		d := allow(t, l, "k", r, 1)
		if d.Allowed {
			continue // the machine slept for a step: nothing to see
		}
		if d.RetryAfter <= 0 || d.RetryAfter > 200*time.Millisecond {
			t.Fatalf("round %d: got RetryAfter %s, want at most a step of 200ms", i, d.RetryAfter)
		}
		b.Wait(d.RetryAfter)
		if d := allow(t, l, "k", r, 1); !d.Allowed {
			t.Fatalf("round %d: refused after its own RetryAfter: %+v", i, d)
		}
	}
}

func resetFreesAll(t *testing.T, b Backend) {
	l, r := b.Open(t), retable.Rate{Count: 10, Per: 500 * time.Millisecond}
	d := allow(t, l, "k", r, 10)
	b.Wait(d.Reset)
	if d := allow(t, l, "k", r, 10); !d.Allowed {
		t.Errorf("refused after Reset: %+v", d)
	}
}

func refusedAreFree(t *testing.T, b Backend) {
	l, r := b.Open(t), slow(3)
	allow(t, l, "k", r, 3)
	first := allow(t, l, "k", r, 1)
	for range 20 {
		if d := allow(t, l, "k", r, 1); d.Allowed || d.RetryAfter > first.RetryAfter {
			t.Fatalf("got %+v after %+v: refused calls must not push the time away", d, first)
		}
	}
}

func costs(t *testing.T, b Backend) {
	l, r := b.Open(t), slow(10)
	if d := allow(t, l, "k", r, 0); !d.Allowed || d.Remaining != 10 {
		t.Errorf("a look at an unused key: got %+v, want 10 remaining", d)
	}
	if d := allow(t, l, "k", r, 7); !d.Allowed || d.Remaining != 3 {
		t.Errorf("7 of 10: got %+v, want 3 remaining", d)
	}
	if d := allow(t, l, "k", r, 0); !d.Allowed || d.Remaining != 3 {
		t.Errorf("a look: got %+v, want 3 remaining", d)
	}
	if d := allow(t, l, "k", r, 4); d.Allowed || d.Remaining != 3 {
		t.Errorf("4 of 3: got %+v, want a refusal that leaves 3", d)
	}
	if d := allow(t, l, "k", r, 3); !d.Allowed || d.Remaining != 0 {
		t.Errorf("3 of 3: got %+v, want it allowed", d)
	}
}

func keysAreApart(t *testing.T, b Backend) {
	l, r := b.Open(t), slow(1)
	for _, key := range []string{"a", "b", "A", "a ", "a:b", ""} {
		if d := allow(t, l, key, r, 1); !d.Allowed {
			t.Errorf("the first call of %q was refused", key)
		}
	}
	if d := allow(t, l, "a", r, 1); d.Allowed {
		t.Error("the second call of a passed")
	}
}

func anyKey(t *testing.T, b Backend) {
	l, r := b.Open(t), slow(1)
	long := make([]byte, 5000)
	for i := range long {
		long[i] = 'x'
	}
	for _, key := range []string{string(long), string(long) + "y", "\x00", "\xff\xfe", "a'; DROP TABLE x;--", "ключ", "{a}b\n"} {
		if d := allow(t, l, key, r, 1); !d.Allowed {
			t.Errorf("the first call of %.20q was refused", key)
		}
		if d := allow(t, l, key, r, 1); d.Allowed {
			t.Errorf("the second call of %.20q passed", key)
		}
	}
}

func ownBurst(t *testing.T, b Backend) {
	l, r := b.Open(t), retable.Rate{Count: 60, Per: 60 * time.Hour, Burst: 2}
	for i, want := range []bool{true, true, false} {
		if d := allow(t, l, "k", r, 1); d.Allowed != want || d.Limit != 2 {
			t.Errorf("call %d: got %+v, want allowed %t of 2", i+1, d, want)
		}
	}
}

func nonsense(t *testing.T, b Backend) {
	l := b.Open(t)
	for name, c := range map[string]struct {
		r    retable.Rate
		cost int
	}{
		"no count":                  {retable.Rate{Per: time.Second}, 1},
		"no time":                   {retable.Rate{Count: 1}, 1},
		"negative burst":            {retable.Rate{Count: 1, Per: time.Second, Burst: -1}, 1},
		"negative cost":             {retable.Rate{Count: 1, Per: time.Second}, -1},
		"a cost that never fits":    {retable.Rate{Count: 5, Per: time.Second}, 6},
		"finer than a microsecond":  {retable.Rate{Count: 10, Per: time.Microsecond}, 1},
		"a window beyond all bound": {retable.Rate{Count: 1, Per: 300 * 24 * time.Hour, Burst: 1 << 30}, 1},
	} {
		if _, err := l.Allow(t.Context(), "k", c.r, c.cost); !retable.Is(err, retable.Invalid) {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
}

func contextEnds(t *testing.T, b Backend) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Open(t).Allow(ctx, "k", slow(1), 1); err == nil {
		t.Error("Allow answered under an ended context")
	}
}

func exactGoroutines(t *testing.T, b Backend) {
	if got := Storm(t, []retable.Limiter{b.Open(t)}, "k", 100, 8, 50); got != 100 {
		t.Errorf("got %d of 400 calls allowed, want exactly 100", got)
	}
}

func exactReplicas(t *testing.T, b Backend) {
	if got := Storm(t, []retable.Limiter{b.Open(t), b.Open(t)}, "k", 100, 8, 25); got != 100 {
		t.Errorf("got %d of 400 calls allowed, want exactly 100", got)
	}
}

// Storm lets goroutines call each limiter at once and returns how many calls
// passed. The limit refills once an hour.
func Storm(t *testing.T, limiters []retable.Limiter, key string, limit, goroutines, calls int) int64 {
	t.Helper()
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for _, l := range limiters {
		for range goroutines {
			wg.Go(func() {
				for range calls {
					d, err := l.Allow(t.Context(), key, slow(limit), 1)
					if err != nil {
						t.Error(err)
						return
					}
					if d.Allowed {
						allowed.Add(1)
					}
				}
			})
		}
	}
	wg.Wait()
	return allowed.Load()
}
