package limit

import (
	"container/list"
	"context"
	"hash/maphash"
	"sync"
	"time"

	"retable/internal/retable"
)

// Memory counts within one process. It is safe for concurrent use.
//
// It remembers at most a given number of keys. A key that is all free again
// needs no memory; beyond the bound the one that was asked longest ago goes,
// so a flood of addresses can't fill the memory. What it forgets starts anew.
type Memory struct {
	clock  retable.Clock
	seed   maphash.Seed
	shards [64]shard
}

var _ retable.Limiter = (*Memory)(nil)

type shard struct {
	mu   sync.Mutex
	max  int
	keys map[string]*list.Element
	used *list.List // of *entry, the latest in front
}

type entry struct {
	key string
	tat time.Time
}

// DefaultKeys is how many keys a Memory remembers unless told otherwise:
// about 20 MB.
const DefaultKeys = 100_000

// NewMemory returns a limiter that remembers so many keys (0: DefaultKeys).
func NewMemory(clock retable.Clock, keys int) *Memory {
	if keys <= 0 {
		keys = DefaultKeys
	}
	m := &Memory{clock: clock, seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i] = shard{max: max(1, keys/len(m.shards)), keys: map[string]*list.Element{}, used: list.New()}
	}
	return m
}

// Allow counts a call of the key.
func (m *Memory) Allow(ctx context.Context, key string, r retable.Rate, cost int) (retable.Decision, error) {
	if err := ctx.Err(); err != nil {
		return retable.Decision{}, err
	}
	c, err := newCell(r, cost)
	if err != nil {
		return retable.Decision{}, err
	}
	s := &m.shards[maphash.String(m.seed, key)%uint64(len(m.shards))]
	s.mu.Lock()
	defer s.mu.Unlock()
	now := m.clock().Round(0) // the wall clock: its jumps are dealt with
	e := s.entry(key, now)
	after, d := c.arrive(e.tat.Sub(now), cost)
	e.tat = now.Add(after)
	return d, nil
}

// entry finds or makes the key's entry and moves it to the front.
func (s *shard) entry(key string, now time.Time) *entry {
	if el, ok := s.keys[key]; ok {
		s.used.MoveToFront(el)
		return el.Value.(*entry)
	}
	s.evict(now)
	e := &entry{key: key, tat: now}
	s.keys[key] = s.used.PushFront(e)
	return e
}

// evict makes room for one: the oldest go while they are free again, and one
// more if the shard is full.
func (s *shard) evict(now time.Time) {
	for n := 0; n < 8; n++ {
		el := s.used.Back()
		if el == nil {
			return
		}
		e := el.Value.(*entry)
		if len(s.keys) < s.max && e.tat.After(now) {
			return
		}
		s.used.Remove(el)
		delete(s.keys, e.key)
	}
}

// Len returns how many keys are remembered.
func (m *Memory) Len() int {
	n := 0
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		n += len(s.keys)
		s.mu.Unlock()
	}
	return n
}

// Close does nothing: a Memory holds nothing open.
func (m *Memory) Close() error { return nil }
