package actors

import (
	"context"
	"fmt"

	"github.com/anthdm/hollywood/actor"

	"retable/internal/retable"
)

// pool claims jobs from the table, as many at once as it has slots, and is the
// parent of the actors that work on them.
type pool struct {
	sys      *System
	kinds    []retable.JobKind
	working  map[int64]*actor.PID
	claiming bool
	again    bool // there was a hint while a claim was under way
	drained  chan<- struct{}
}

func (s *System) newPool(working map[int64]*actor.PID) actor.Receiver {
	p := &pool{sys: s, kinds: s.cfg.Kinds, working: working}
	if p.kinds == nil {
		for k := range s.deps.Tasks {
			p.kinds = append(p.kinds, k)
		}
	}
	return p
}

// Receive implements actor.Receiver.
func (p *pool) Receive(c *actor.Context) {
	switch msg := c.Message().(type) {
	case wake:
		p.claim(c)
	case claimed:
		p.claimed(c, msg)
	case cancelJob:
		if pid, ok := p.working[msg.id]; ok {
			c.Send(pid, msg)
		}
	case ended:
		p.ended(c, msg)
	case failed:
		c.Engine().Poison(msg.pid)
	case drain:
		p.drain(c, msg)
	}
}

// claim looks for a job, beside the mailbox: the database may take its time.
func (p *pool) claim(c *actor.Context) {
	if p.claiming {
		p.again = true
		return
	}
	if p.drained != nil || len(p.working) >= p.sys.cfg.Slots || p.sys.open() != nil {
		return
	}
	p.claiming, p.again = true, false
	sys, kinds, self, engine := p.sys, p.kinds, c.PID(), c.Engine()
	sys.running.Go(func() {
		var got claimed
		defer func() {
			if v := recover(); v != nil {
				got = claimed{err: fmt.Errorf("panic while claiming: %v", v)}
			}
			engine.Send(self, got)
		}()
		got.err = sys.deps.Store.Update(sys.ctx, func(tx retable.Tx) (err error) {
			got.job, err = tx.Jobs().Claim(sys.ctx, sys.cfg.Owner, kinds, sys.cfg.Lease, sys.deps.Clock.Now())
			return err
		})
	})
}

func (p *pool) claimed(c *actor.Context, msg claimed) {
	p.claiming = false
	if p.drained != nil {
		if msg.job != nil {
			p.giveBack(msg.job)
		}
		p.finishDrain()
		return
	}
	switch {
	case msg.err != nil:
		if p.sys.ctx.Err() == nil {
			p.sys.deps.Log.Error("no job could be claimed", "err", msg.err)
		}
		return // the next tick tries again
	case msg.job == nil:
		if p.again {
			p.claim(c)
		}
		return
	}
	job := msg.job
	sys, self := p.sys, c.PID()
	pid := sys.spawn.spawn(c.Engine(), self, kindOf(job.Kind), fmt.Sprintf("%d.%d", job.ID, sys.born.Add(1)), func() actor.Receiver {
		return &work{sys: sys, pool: self}
	})
	p.working[job.ID] = pid
	c.Send(pid, begin{job})
	p.claim(c)
}

// kindOf names the actor that works on a job.
func kindOf(k retable.JobKind) string {
	switch k {
	case retable.JobConvert:
		return "conversion"
	case retable.JobCompare:
		return "comparison"
	case retable.JobIndex:
		return "indexing"
	}
	return string(k)
}

// giveBack returns a job that was claimed while the pool is being drained.
func (p *pool) giveBack(job *retable.Job) {
	sys := p.sys
	ctx := context.WithoutCancel(sys.ctx)
	sys.running.Go(func() {
		err := sys.deps.Store.Update(ctx, func(tx retable.Tx) error {
			return tx.Jobs().Release(ctx, leaseOf(job), sys.deps.Clock.Now())
		})
		if err != nil {
			sys.deps.Log.Warn("a job could not be handed back", "job", job.ID, "err", err)
		}
	})
}

func (p *pool) ended(c *actor.Context, msg ended) {
	delete(p.working, msg.job.ID)
	c.Engine().Poison(msg.pid)
	if id := msg.job.SessionID; id != "" {
		c.Send(p.sys.sessions, jobOver{session: id, job: msg.job.ID, state: msg.state})
	}
	if p.drained != nil {
		p.finishDrain()
		return
	}
	p.claim(c)
}

// drain stops all work; each job hands itself back.
func (p *pool) drain(c *actor.Context, msg drain) {
	p.drained = msg.done
	for id, pid := range p.working {
		c.Send(pid, cancelJob{-id}) // released, not cancelled
	}
	p.finishDrain()
}

// finishDrain ends the drain when nothing is worked on, and no claim is under
// way that might still bring a job.
func (p *pool) finishDrain() {
	if len(p.working) == 0 && !p.claiming && p.drained != nil {
		close(p.drained)
		p.drained = make(chan struct{}) // still drained, and closed only once
	}
}
