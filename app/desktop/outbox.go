package desktop

import (
	"context"
	"sync"
	"time"

	"retable/app/rest"
	"retable/internal/obs"
	"retable/internal/retable"
)

// The events that the page listens to.
const (
	eventName   = "retable:event"   // an event of the service
	commandName = "retable:command" // what the menu, the desktop or a second start asks for
)

// command asks the page for something.
type command struct {
	Command string   `json:"command"` // open, navigate, palette, keys, quit, notice
	Paths   []string `json:"paths,omitempty"`
	To      string   `json:"to,omitempty"`   // page of navigate and notice
	Text    string   `json:"text,omitempty"` // of notice
	Good    bool     `json:"good,omitempty"` // of notice
	Jobs    int      `json:"jobs,omitempty"` // of quit: under way
}

// outbox sends commands to the page, and keeps them until it listens.
type outbox struct {
	to      window
	mu      sync.Mutex
	ready   bool
	waiting []command
}

// maxWaiting bounds what is kept for a page that doesn't come up.
const maxWaiting = 100

func (o *outbox) send(c command) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ready {
		o.to.emit(commandName, c)
		return
	}
	if len(o.waiting) < maxWaiting {
		o.waiting = append(o.waiting, c)
	}
}

// listens sends what has waited.
func (o *outbox) listens() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ready = true
	for _, c := range o.waiting {
		o.to.emit(commandName, c)
	}
	o.waiting = nil
}

func (o *outbox) isReady() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ready
}

// Ready says that the page listens to commands.
func (a *App) Ready() { a.outbox.listens() }

// The page is told at most so often; what comes in between is told together.
const (
	gather    = 25 * time.Millisecond
	maxGather = 500 // facts at once; with more the page reads everything again
)

// tell passes the service's events on to the page until the window closes.
func (a *App) tell(b *backend) {
	ctx := retable.WithPrincipal(a.base, b.local)
	events, err := b.in.Listen(ctx)
	if err != nil {
		a.log.Error("the page can't be told what happens", obs.Err(err))
		return
	}
	for e := range events {
		batch := gathered(ctx, e, events)
		for i := range batch {
			a.win.emit(eventName, rest.EventBody(&batch[i]))
			a.ended(ctx, b, &batch[i])
		}
	}
}

// gathered takes what comes within a moment. Of a job's progress only the
// latest is told, and none that is followed by a fact of the same job.
func gathered(ctx context.Context, first retable.Event, more <-chan retable.Event) []retable.Event {
	all := []retable.Event{first}
	over := time.NewTimer(gather)
	defer over.Stop()
	for open := true; open; {
		select {
		case e, ok := <-more:
			if open = ok; ok {
				all = append(all, e)
			}
		case <-over.C:
			open = false
		case <-ctx.Done():
			open = false
		}
	}
	return coalesced(all)
}

func coalesced(all []retable.Event) []retable.Event {
	last := map[int64]int{} // of each job
	for i := range all {
		if all[i].JobID != 0 {
			last[all[i].JobID] = i
		}
	}
	out := all[:0]
	for i, e := range all {
		if e.Kind != retable.EventProgress || last[e.JobID] == i {
			out = append(out, e)
		}
	}
	if len(out) > maxGather {
		return []retable.Event{{Kind: retable.EventResync, LeftMS: -1, At: out[len(out)-1].At}}
	}
	return out
}
