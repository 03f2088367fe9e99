package event

import (
	"context"
	"slices"
	"sync"
	"time"

	"retable/internal/retable"
)

// subscriber is one who listens: what waits for them, and the goroutine that
// hands it out.
type subscriber struct {
	hub    *Hub
	filter Filter
	wake   chan struct{} // holds one token while something may be waiting
	out    chan retable.Event

	mu       sync.Mutex
	resync   bool // facts were lost and they don't know yet
	facts    []retable.Event
	progress map[int64]retable.Event // the latest of each job
	order    []int64                 // of progress, longest waiting first
	round    int                     // how many of order have their turn now
	resume   time.Time               // no new round before
}

// put lets an event wait for the subscriber.
func (s *subscriber) put(e retable.Event) {
	s.mu.Lock()
	switch {
	case e.Kind == retable.EventProgress:
		s.putProgress(e)
	case len(s.facts) >= s.hub.options.Facts:
		s.drop()
	default:
		s.facts = append(s.facts, e)
		if e.Kind == retable.EventJob && retable.JobState(e.State).Over() {
			s.forget(e.JobID) // nothing is at 80 % that is over
		}
	}
	s.mu.Unlock()
	s.ring()
}

func (s *subscriber) putProgress(e retable.Event) {
	if _, waiting := s.progress[e.JobID]; !waiting {
		if len(s.order) >= s.hub.options.Jobs {
			return
		}
		s.order = append(s.order, e.JobID)
	}
	s.progress[e.JobID] = e
}

func (s *subscriber) forget(job int64) {
	if _, waiting := s.progress[job]; waiting {
		delete(s.progress, job)
		i := slices.Index(s.order, job)
		s.order = slices.Delete(s.order, i, i+1)
		if i < s.round {
			s.round--
		}
	}
}

// lose makes the subscriber read everything again.
func (s *subscriber) lose() {
	s.mu.Lock()
	s.drop()
	s.mu.Unlock()
	s.ring()
}

// drop puts a resync in the place of all that waits, the event that comes
// included: reading again shows what it told.
func (s *subscriber) drop() {
	if !s.resync {
		s.resync = true
		s.hub.options.OnResync()
	}
	s.facts, s.order, s.round = nil, nil, 0
	clear(s.progress)
}

func (s *subscriber) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// next takes what comes first: the resync, then facts, then progress if it is
// time for it. Without an event it says how long until there may be one; 0 is
// "when the bell rings".
func (s *subscriber) next(now time.Time) (e retable.Event, ok bool, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.resync:
		s.resync = false
		return retable.Event{Kind: retable.EventResync, OwnerID: s.filter.OwnerID, At: retable.MillisOf(now)}, true, 0
	case len(s.facts) > 0:
		e, s.facts = s.facts[0], s.facts[1:]
		return e, true, 0
	case len(s.order) == 0:
		return e, false, 0
	case s.round == 0 && now.Before(s.resume):
		return e, false, s.resume.Sub(now)
	case s.round == 0: // a new round: every job that waits has its turn
		s.round, s.resume = len(s.order), now.Add(s.hub.options.Every)
	}
	id := s.order[0]
	e, s.order = s.progress[id], s.order[1:]
	s.round--
	delete(s.progress, id)
	return e, true, 0
}

// pump hands out until nobody listens any more.
func (s *subscriber) pump(ctx context.Context) {
	defer close(s.out)
	defer s.hub.remove(s)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		e, ok, wait := s.next(time.Now())
		if ok {
			select {
			case s.out <- e:
			case <-ctx.Done():
				return
			case <-s.hub.done:
				return
			}
			continue
		}
		var later <-chan time.Time
		if wait > 0 {
			timer.Reset(wait)
			later = timer.C
		}
		select {
		case <-s.wake:
		case <-later:
		case <-ctx.Done():
			return
		case <-s.hub.done:
			return
		}
	}
}
