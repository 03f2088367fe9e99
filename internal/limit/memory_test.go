package limit

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/limit/limittest"
	"retable/internal/retable"
)

// fakeClock stands until it is moved.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{now: time.Unix(1_700_000_000, 0)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestMemory(t *testing.T) {
	t.Parallel()
	limittest.Run(t, func(t *testing.T) limittest.Backend {
		clock := newFakeClock()
		m := NewMemory(clock.Now, 0)
		return limittest.Backend{Open: func(*testing.T) retable.Limiter { return m }, Wait: clock.Move}
	})
}

func TestClockJumps(t *testing.T) {
	t.Parallel()
	rate := retable.Rate{Count: 10, Per: 10 * time.Minute}
	take := func(m *Memory, n int) (allowed int, last retable.Decision) {
		for range n {
			d, err := m.Allow(t.Context(), "k", rate, 1)
			if err != nil {
				t.Fatal(err)
			}
			if d.Allowed {
				allowed++
			}
			last = d
		}
		return allowed, last
	}
	t.Run("back by a year: one window at most is lost", func(t *testing.T) {
		clock := newFakeClock()
		m := NewMemory(clock.Now, 0)
		take(m, 10)
		clock.Move(-365 * 24 * time.Hour)
		n, d := take(m, 1)
		if n != 0 || d.RetryAfter > time.Minute || d.Reset > 10*time.Minute {
			t.Errorf("got %d allowed, %+v; want a refusal for at most a minute", n, d)
		}
		clock.Move(10 * time.Minute)
		if n, _ := take(m, 20); n != 10 {
			t.Errorf("a window later: got %d allowed, want 10", n)
		}
	})
	t.Run("ahead by a year: one burst is free, not more", func(t *testing.T) {
		clock := newFakeClock()
		m := NewMemory(clock.Now, 0)
		take(m, 10)
		clock.Move(365 * 24 * time.Hour)
		if n, _ := take(m, 50); n != 10 {
			t.Errorf("got %d allowed, want 10", n)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	m := NewMemory(clock.Now, 640)
	rate := retable.Rate{Count: 1, Per: time.Hour}
	for i := range 10_000 {
		if _, err := m.Allow(t.Context(), fmt.Sprint("flood ", i), rate, 1); err != nil {
			t.Fatal(err)
		}
	}
	if n := m.Len(); n > 640 {
		t.Errorf("got %d keys, want at most 640", n)
	}
	clock.Move(2 * time.Hour)
	for i := range 640 {
		if _, err := m.Allow(t.Context(), fmt.Sprint("later ", i), rate, 1); err != nil {
			t.Fatal(err)
		}
	}
	before := m.Len()
	clock.Move(2 * time.Hour)
	for i := range 64 {
		if _, err := m.Allow(t.Context(), fmt.Sprint("last ", i), rate, 1); err != nil {
			t.Fatal(err)
		}
	}
	if after := m.Len(); after >= before {
		t.Errorf("got %d keys after %d: those that are free again should go", after, before)
	}
}

// Whatever is asked and however time runs, no stretch of time sees more than
// the burst and what it gives back, and a refusal's RetryAfter is exact.
func TestNeverMoreThanTheRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := retable.Rate{
			Count: rapid.IntRange(1, 20).Draw(t, "count"),
			Per:   time.Duration(rapid.IntRange(1, 100_000).Draw(t, "per ms")) * time.Millisecond,
			Burst: rapid.IntRange(1, 20).Draw(t, "burst"),
		}
		step := (r.Per / time.Duration(r.Count)).Truncate(time.Microsecond)
		clock := newFakeClock()
		m := NewMemory(clock.Now, 0)
		type pass struct {
			at   time.Time
			cost int
		}
		var passed []pass
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			clock.Move(time.Duration(rapid.IntRange(0, int(2*step/time.Microsecond)).Draw(t, "wait")) * time.Microsecond)
			cost := rapid.IntRange(0, r.Burst).Draw(t, "cost")
			d, err := m.Allow(t.Context(), "k", r, cost)
			if err != nil {
				t.Fatal(err)
			}
			if d.Remaining < 0 || d.Remaining > r.Burst || d.Reset < 0 {
				t.Fatalf("got %+v", d)
			}
			if d.Allowed {
				passed = append(passed, pass{clock.Now(), cost})
				continue
			}
			clock.Move(d.RetryAfter - time.Microsecond)
			if d, _ := m.Allow(t.Context(), "k", r, cost); d.Allowed {
				t.Fatal("it passed before its RetryAfter")
			}
			clock.Move(time.Microsecond)
			if d, _ := m.Allow(t.Context(), "k", r, cost); !d.Allowed {
				t.Fatal("it was refused after its RetryAfter")
			}
			passed = append(passed, pass{clock.Now(), cost})
		}
		for i := range passed {
			total := 0
			for _, p := range passed[i:] {
				total += p.cost
				span := p.at.Sub(passed[i].at)
				if most := r.Burst + int(span/step); total > most {
					t.Fatalf("%d passed within %s, want at most %d", total, span, most)
				}
			}
		}
	})
}
