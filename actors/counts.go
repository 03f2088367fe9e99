package actors

import (
	"sync"
	"sync/atomic"
)

// counts is how many messages actors of each kind have received.
type counts struct {
	mu sync.Mutex
	n  map[string]*atomic.Int64
}

func newCounts() *counts { return &counts{n: map[string]*atomic.Int64{}} }

func (c *counts) of(kind string) *atomic.Int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.n[kind]
	if !ok {
		n = new(atomic.Int64)
		c.n[kind] = n
	}
	return n
}

func (c *counts) all() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]int64, len(c.n))
	for k, n := range c.n {
		out[k] = n.Load()
	}
	return out
}
