package actors

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/anthdm/hollywood/actor"

	"retable/internal/retable"
)

// The budget of an actor: so many panics in so long. One that is past it is
// given up: its asker gets an error, its parent is told, and the next command
// begins with a fresh one.
const (
	panicBudget = 5
	panicWindow = time.Minute
)

// replier is a message whose sender waits for an answer.
type replier interface{ fail(err error) }

// failed tells a parent that a child has used up its budget.
type failed struct{ pid *actor.PID }

// guard stands between Hollywood and a receiver. Hollywood forgets the message
// that panicked, leaves its asker waiting and, past its own count of restarts,
// takes the process down; so no panic gets there. The receiver is replaced by a
// fresh one, the asker gets an error, and the budget is kept here.
type guard struct {
	make   func() actor.Receiver
	inner  actor.Receiver
	parent *actor.PID // nil at the top
	log    *slog.Logger
	clock  retable.Clock
	panics []time.Time
	dead   bool
	count  *atomic.Int64 // messages received, for System.Messages
	tell   func()        // of a panic
}

// Receive implements actor.Receiver.
func (g *guard) Receive(c *actor.Context) {
	msg := c.Message()
	if g.dead {
		g.refuse(msg)
		return
	}
	defer func() {
		if v := recover(); v != nil {
			g.panicked(c, msg, v, debug.Stack())
		}
	}()
	switch msg.(type) {
	case actor.Initialized, actor.Started, actor.Stopped:
	default:
		g.count.Add(1)
	}
	g.inner.Receive(c)
}

func (g *guard) refuse(msg any) {
	if r, ok := msg.(replier); ok {
		r.fail(&retable.Error{Code: retable.Busy, RetryAfter: time.Second, Detail: "This part of the program is being restarted; try again in a moment."})
	}
}

// panicked answers the asker, spends the budget and puts a fresh receiver in
// the place of the broken one.
func (g *guard) panicked(c *actor.Context, msg, v any, stack []byte) {
	err := fmt.Errorf("panic in %s on %T: %v", c.PID().GetID(), msg, v)
	g.log.Error("actor panicked", "actor", c.PID().GetID(), "message", fmt.Sprintf("%T", msg), "err", fmt.Sprint(v), "stack", string(stack))
	g.tell()
	if r, ok := msg.(replier); ok {
		r.fail(retable.Fault(err, "doing this"))
	}
	now := g.clock()
	g.panics = slices.DeleteFunc(g.panics, func(t time.Time) bool { return now.Sub(t) >= panicWindow })
	g.panics = append(g.panics, now)
	if len(g.panics) > panicBudget {
		g.dead = true
		if a, ok := g.inner.(abandoner); ok {
			a.abandon()
		}
		if g.parent != nil {
			c.Send(g.parent, failed{c.PID()})
		}
		return
	}
	if _, stopping := msg.(actor.Stopped); !stopping {
		if a, ok := g.inner.(abandoner); ok {
			a.abandon()
		}
		g.inner = g.make()
	}
}

// abandoner is a receiver that holds more than memory.
type abandoner interface{ abandon() }

// spawner makes guarded actors, the only kind there is.
type spawner struct {
	log    *slog.Logger
	clock  retable.Clock
	counts *counts

	restarted func(kind string)
}

// spawn starts an actor. Hollywood's own children are not used: a parent that
// stops waits for ever for a child that was stopped before. Whoever spawns
// keeps the list, is told of failures, and stops what it has started. The name
// must be new: one that is still stopping holds on to its own.
func (s *spawner) spawn(e *actor.Engine, parent *actor.PID, kind, id string, fresh func() actor.Receiver) *actor.PID {
	producer := func() actor.Receiver {
		return &guard{make: fresh, inner: fresh(), parent: parent, log: s.log, clock: s.clock, count: s.counts.of(kind), tell: func() { s.restarted(kind) }}
	}
	// A small inbox saves 27 kB each; it grows by itself, and what must be
	// bounded is bounded by its receiver.
	return e.Spawn(producer, kind, actor.WithID(id), actor.WithMaxRestarts(-1), actor.WithInboxSize(16))
}
