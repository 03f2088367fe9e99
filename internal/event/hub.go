// Package event tells whoever listens that something changed: from the actors
// and services to the event streams of browsers and the desktop's window.
//
// Publishers never wait. Every subscriber has a bounded queue of its own. Of
// progress only the latest of each job counts, at most 30 times a second. Facts
// come in order and none is missing; a subscriber that is too slow for them
// gets one EventResync in their place and reads everything again.
package event

import (
	"context"
	"slices"
	"sync"
	"time"

	"retable/internal/retable"
)

// Options bound what a subscriber may leave lying.
type Options struct {
	Facts    int           // that may wait for a subscriber; 0 means 256
	Jobs     int           // whose progress may wait; 0 means 1024. More are left out: the next progress comes soon.
	Every    time.Duration // between two reports of progress; 0 means a thirtieth of a second
	OnResync func()        // is told that a subscriber fell behind
}

// Hub passes events on. It is safe for concurrent use.
type Hub struct {
	options Options
	done    chan struct{}
	pumps   sync.WaitGroup

	mu     sync.RWMutex
	subs   map[*subscriber]struct{}
	closed bool
}

// New returns a hub; Close ends it.
func New(o Options) *Hub {
	if o.Facts == 0 {
		o.Facts = 256
	}
	if o.Jobs == 0 {
		o.Jobs = 1024
	}
	if o.Every == 0 {
		o.Every = time.Second / 30
	}
	if o.OnResync == nil {
		o.OnResync = func() {}
	}
	return &Hub{options: o, done: make(chan struct{}), subs: map[*subscriber]struct{}{}}
}

// Filter chooses events; empty members don't matter.
type Filter struct {
	OwnerID   string                    // events of this user's things, and
	Also      func(*retable.Event) bool // with OwnerID: what else the user may see, such as what is shared; it must be quick
	JobID     int64
	SessionID string
	Kinds     []retable.EventKind
}

func (f *Filter) matches(e *retable.Event) bool {
	switch {
	case f.OwnerID != "" && e.OwnerID != f.OwnerID && (f.Also == nil || !f.Also(e)),
		f.JobID != 0 && e.JobID != f.JobID,
		f.SessionID != "" && e.SessionID != f.SessionID,
		len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind):
		return false
	}
	return true
}

// Publish passes an event on to all who want it, and doesn't wait for them.
func (h *Hub) Publish(e retable.Event) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for s := range h.subs {
		if s.filter.matches(&e) {
			s.put(e)
		}
	}
}

// Resync tells every subscriber to read again: events of other processes may
// have been lost with the connection to them.
func (h *Hub) Resync() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for s := range h.subs {
		s.lose()
	}
}

// Subscribe returns the events that the filter lets through from now on. The
// channel closes when ctx ends or the hub is closed.
func (h *Hub) Subscribe(ctx context.Context, f Filter) <-chan retable.Event {
	s := &subscriber{hub: h, filter: f, wake: make(chan struct{}, 1), out: make(chan retable.Event), progress: map[int64]retable.Event{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.out)
		return s.out
	}
	h.subs[s] = struct{}{}
	h.pumps.Go(func() { s.pump(ctx) })
	return s.out
}

// Subscribers is how many listen.
func (h *Hub) Subscribers() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.subs)
}

// Close closes all channels and waits until nothing runs any more. Publishing
// afterwards reaches nobody.
func (h *Hub) Close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
	h.mu.Unlock()
	h.pumps.Wait()
}

func (h *Hub) remove(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, s)
}
