package actors

import (
	"fmt"
	"time"

	"github.com/anthdm/hollywood/actor"

	"retable/internal/retable"
)

// registry is the parent of the sessions' actors and the only one who writes
// to them. It spawns one when a session is first commanded, bounds what waits
// for it, and stops it when nobody has used it for a while.
type registry struct {
	sys  *System
	live map[string]*member
}

// member is a live session's actor.
type member struct {
	pid     *actor.PID
	pending int
	used    time.Time
}

// Receive implements actor.Receiver.
func (r *registry) Receive(c *actor.Context) {
	switch msg := c.Message().(type) {
	case command:
		r.command(c, msg)
	case handled:
		r.handled(msg)
	case jobOver:
		r.jobOver(c, msg)
	case failed:
		r.failed(c, msg.pid)
	case sweepIdle:
		r.sweep(c)
	case drain:
		r.drain(c, msg)
	}
}

// drain stops the sessions' actors; what waits in them is answered first.
func (r *registry) drain(c *actor.Context, msg drain) {
	var gone []<-chan struct{}
	for id, m := range r.live {
		gone = append(gone, c.Engine().Poison(m.pid).Done())
		delete(r.live, id)
	}
	r.sys.closeAfter(msg.done, gone)
}

// command forwards to the session's actor, or refuses.
func (r *registry) command(c *actor.Context, msg command) {
	m, ok := r.live[msg.session]
	if !ok {
		if len(r.live) >= r.sys.cfg.Sessions && !r.evict(c) {
			msg.fail(&retable.Error{Code: retable.Busy, Reason: "sessions_busy", RetryAfter: time.Second, Detail: "Too many sessions are being worked on at once; try again in a moment."})
			return
		}
		m = r.admit(c, msg.session)
	}
	if m.pending >= r.sys.cfg.Pending {
		msg.fail(&retable.Error{Code: retable.Busy, Reason: "session_busy", RetryAfter: time.Second, Detail: "Too many commands are waiting for this session; try again in a moment."})
		return
	}
	m.pending++
	m.used = r.sys.deps.Clock()
	c.Send(m.pid, msg)
}

func (r *registry) admit(c *actor.Context, id string) *member {
	sys, self := r.sys, c.PID()
	m := &member{pid: sys.spawn.spawn(c.Engine(), self, "session", fmt.Sprintf("%s.%d", id, sys.born.Add(1)), func() actor.Receiver {
		return &session{sys: sys, registry: self, id: id}
	})}
	r.live[id] = m
	return m
}

// evict makes room by stopping a session's actor that has nothing to do.
func (r *registry) evict(c *actor.Context) bool {
	for id, m := range r.live {
		if m.pending == 0 {
			r.drop(c, id)
			return true
		}
	}
	return false
}

// drop stops a session's actor. Nobody else writes to it, so nothing can be
// behind the poison.
func (r *registry) drop(c *actor.Context, id string) {
	c.Engine().Poison(r.live[id].pid)
	delete(r.live, id)
}

func (r *registry) handled(msg handled) {
	if m, ok := r.live[msg.session]; ok && m.pending > 0 {
		m.pending--
		m.used = r.sys.deps.Clock()
	}
}

func (r *registry) jobOver(c *actor.Context, msg jobOver) {
	if m, ok := r.live[msg.session]; ok {
		c.Send(m.pid, msg)
		return
	}
	r.sys.publishSession(msg.session)
}

// failed drops an actor that has used up its budget; the next command gets a
// fresh one.
func (r *registry) failed(c *actor.Context, pid *actor.PID) {
	for id, m := range r.live {
		if m.pid.Equals(pid) {
			r.drop(c, id)
			return
		}
	}
}

func (r *registry) sweep(c *actor.Context) {
	now := r.sys.deps.Clock()
	for id, m := range r.live {
		if m.pending == 0 && now.Sub(m.used) >= r.sys.cfg.Idle {
			r.drop(c, id)
		}
	}
}

// session is the mailbox of one session: whoever changes the session does it
// through here, one after the other.
type session struct {
	sys      *System
	registry *actor.PID
	id       string
}

// Receive implements actor.Receiver.
func (s *session) Receive(c *actor.Context) {
	switch msg := c.Message().(type) {
	case command:
		defer c.Send(s.registry, handled{s.id})
		s.command(msg)
	case jobOver:
		s.sys.publishSession(s.id)
	}
}

// command runs one transaction. It is short, and it is what the mailbox is
// there to put in order, so it runs here and not beside.
func (s *session) command(msg command) {
	if err := msg.ctx.Err(); err != nil {
		msg.fail(err) // whoever asked has gone
		return
	}
	err := s.sys.deps.Store.Update(msg.ctx, func(tx retable.Tx) error { return msg.fn(msg.ctx, tx) })
	if err == nil {
		s.sys.publishSession(s.id)
	}
	msg.reply <- err
}

// publishSession tells that a session has changed. Its owner is read where
// somebody listens.
func (s *System) publishSession(id string) {
	s.deps.Publish(retable.Event{Kind: retable.EventSession, SessionID: id, At: s.deps.Clock.Now()})
}
