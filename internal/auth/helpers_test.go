package auth

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"retable/internal/retable"
)

// fakeClock stands until it is moved.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
}

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

var testKey = strings.Repeat("k", 31) + "1"

func testRing(t testing.TB, clock retable.Clock) *Ring {
	t.Helper()
	r, err := NewRing(HS256, []Secret{{"1", testKey}}, strings.Repeat("s", 32), clock)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fileRing(t testing.TB, clock retable.Clock) *Ring {
	t.Helper()
	r, err := OpenRing(filepath.Join(t.TempDir(), "keys.json"), "", clock)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// cheap hashes quickly: most tests need a hash, not its cost.
func cheap(t testing.TB, cfg HasherConfig) *Hasher {
	t.Helper()
	cfg.Cost = Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	h, err := NewHasher(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
