package actors

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anthdm/hollywood/actor"

	"retable/internal/retable"
)

// Command changes a session within a transaction: it reads and writes rows
// and enqueues jobs through tx. It may run twice if the database asks for it.
type Command func(ctx context.Context, tx retable.Tx) error

// Config bounds a System. Zero values mean the defaults in brackets.
type Config struct {
	Owner      string            // names this worker in leases; unique among all that run
	Slots      int               // jobs worked on at once [2]
	Kinds      []retable.JobKind // kinds to claim; nil: all that have a Task
	Lease      time.Duration     // 0: leases never expire, for a store with one runner
	Poll       time.Duration     // between looks at the queue without a hint [1 s]
	HintRest   time.Duration     // after a hint before the next is heard [50 ms with a Lease, else none]
	Heartbeat  time.Duration     // [a third of Lease, or 1 s]
	Idle       time.Duration     // after which a session's actor stops [1 min]
	Sessions   int               // that are commanded at once, more are refused [1,000]
	Pending    int               // commands that wait for one session, more are refused [32]
	BackoffMin time.Duration     // before a transient error is tried again [1 s]
	BackoffMax time.Duration     // [1 min]
	Patience   time.Duration     // with the database when a job's end is recorded [Lease, at least 10 s]
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	if c.Slots <= 0 {
		c.Slots = 2
	}
	if c.Sessions <= 0 {
		c.Sessions = 1000
	}
	if c.Pending <= 0 {
		c.Pending = 32
	}
	set(&c.Poll, time.Second)
	set(&c.Idle, time.Minute)
	set(&c.BackoffMin, time.Second)
	set(&c.BackoffMax, time.Minute)
	set(&c.Patience, max(c.Lease, 10*time.Second))
	if c.Lease > 0 {
		set(&c.Heartbeat, c.Lease/3)
		set(&c.HintRest, 50*time.Millisecond)
	}
	set(&c.Heartbeat, time.Second)
	return c
}

// Deps are what a System works with.
type Deps struct {
	Store   retable.Store
	Tasks   map[retable.JobKind]Task
	Publish func(retable.Event) // may be nil
	Wake    <-chan struct{}     // hints that jobs were enqueued; may be nil
	Folder  Folder              // what to do with watched folders; may be nil
	// Settle is called in the transaction that ends an attempt without success
	// (err says why; state is where the job goes), so that what the job has begun
	// can be put right; may be nil.
	Settle    func(ctx context.Context, tx retable.Tx, job *retable.Job, state retable.JobState, err error) error
	Observe   func(retable.Job, JobFacts) // told of each attempt's end; may be nil
	Restarted func(actor string)          // told of each panic in an actor, by kind; may be nil
	Clock     retable.Clock
	Log       *slog.Logger
}

// JobFacts are what metrics want to know of an attempt.
type JobFacts struct {
	State retable.JobState
	Took  time.Duration
	Code  retable.Code
}

// System is the tree of actors of this process.
type System struct {
	cfg      Config
	deps     Deps
	engine   *actor.Engine
	spawn    *spawner
	sessions *actor.PID
	pool     *actor.PID // nil until Work
	watcher  *actor.PID // nil until Watch

	born    atomic.Int64 // actors whose names must be new
	mu      sync.Mutex   // guards pool, watcher and closed
	closed  bool
	stop    context.CancelFunc // ends the tickers
	running sync.WaitGroup     // tickers and the work on jobs
	ctx     context.Context
}

// New starts the actors that serve commands. Work adds the pool that runs jobs,
// Watch the watched folders. Stop ends all of it.
func New(cfg Config, deps Deps) (*System, error) {
	if deps.Clock == nil {
		deps.Clock = time.Now
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Publish == nil {
		deps.Publish = func(retable.Event) {}
	}
	if deps.Settle == nil {
		deps.Settle = func(context.Context, retable.Tx, *retable.Job, retable.JobState, error) error { return nil }
	}
	if deps.Restarted == nil {
		deps.Restarted = func(string) {}
	}
	if deps.Observe == nil {
		deps.Observe = func(retable.Job, JobFacts) {}
	}
	engine, err := actor.NewEngine(actor.NewEngineConfig())
	if err != nil {
		return nil, retable.Fault(err, "starting the actors")
	}
	s := &System{cfg: cfg.withDefaults(), deps: deps, engine: engine}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.spawn = &spawner{log: deps.Log, clock: deps.Clock, counts: newCounts(), restarted: deps.Restarted}
	engine.Subscribe(s.spawn.spawn(engine, nil, "monitor", "monitor", func() actor.Receiver { return &monitor{log: deps.Log} }))
	live := map[string]*member{} // outlives a panic of the registry
	s.sessions = s.spawn.spawn(engine, nil, "sessions", "registry", func() actor.Receiver { return &registry{sys: s, live: live} })
	s.every(max(s.cfg.Idle/4, 10*time.Millisecond), func() { engine.Send(s.sessions, sweepIdle{}) })
	return s, nil
}

// every calls fn in intervals until the system stops.
func (s *System) every(d time.Duration, fn func()) {
	s.running.Go(func() {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-s.ctx.Done():
				return
			case <-t.C:
				fn()
			}
		}
	})
}

// Do runs fn in a transaction through the session's mailbox: commands of one
// session come one after the other. Too many of them are refused as Busy.
func (s *System) Do(ctx context.Context, sessionID, name string, fn Command) error {
	if err := s.open(); err != nil {
		return err
	}
	reply := make(chan error, 1)
	s.engine.Send(s.sessions, command{ctx: ctx, session: sessionID, name: name, fn: fn, reply: reply})
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ctx.Done():
		return errStopping()
	}
}

func (s *System) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errStopping()
	}
	return nil
}

func errStopping() error {
	return &retable.Error{Code: retable.Unavailable, Reason: "stopping", Detail: "The program is shutting down; try again in a moment.", RetryAfter: 2 * time.Second}
}

// isStopping tells whether err came of the program's end, which is not the
// fault of the job that met it: a task commands its session through Do, and may
// be refused before it is told to stop.
func (s *System) isStopping(err error) bool {
	var e *retable.Error
	return s.open() != nil && errors.As(err, &e) && e.Reason == "stopping"
}

// Work starts the pool: from now on this process claims jobs.
func (s *System) Work() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errStopping()
	}
	if s.pool != nil {
		return errors.New("the pool works already")
	}
	working := map[int64]*actor.PID{} // outlives a panic of the pool
	s.pool = s.spawn.spawn(s.engine, nil, "pool", "pool", func() actor.Receiver { return s.newPool(working) })
	pool := s.pool
	s.every(s.cfg.Poll, func() { s.engine.Send(pool, wake{}) })
	if s.deps.Wake != nil {
		s.running.Go(func() { s.hear(s.deps.Wake, pool) })
	}
	s.engine.Send(pool, wake{})
	return nil
}

// hear passes hints on to the pool. Where several work on one queue each hint
// reaches all of them, and most find nothing: after one they rest for a moment,
// not all for the same, and what came meanwhile counts as one. The first hint is
// never late.
func (s *System) hear(hints <-chan struct{}, pool *actor.PID) {
	for {
		select {
		case <-s.ctx.Done():
			return
		case _, ok := <-hints:
			if !ok {
				return
			}
			s.engine.Send(pool, wake{})
		}
		rest := s.cfg.HintRest
		if rest == 0 {
			continue
		}
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(rest/2 + rand.N(rest)): //nolint:gosec // spreads looks at the queue; nothing is guessed by it
		}
	}
}

// Cancel stops the work on a job if it is done here. The job's row has been
// told before; a worker elsewhere sees it at its next heartbeat.
func (s *System) Cancel(jobID int64) {
	s.mu.Lock()
	pool := s.pool
	s.mu.Unlock()
	if pool != nil {
		s.engine.Send(pool, cancelJob{jobID})
	}
}

// Hint tells the pool that there may be work.
func (s *System) Hint() {
	s.mu.Lock()
	pool := s.pool
	s.mu.Unlock()
	if pool != nil {
		s.engine.Send(pool, wake{})
	}
}

// Messages counts the messages that actors received, by kind of actor.
func (s *System) Messages() map[string]int64 { return s.spawn.counts.all() }

// Stop hands back the jobs that run, ends the actors and waits for all that
// they have started. The context bounds the wait.
func (s *System) Stop(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	pool, watcher := s.pool, s.watcher
	s.mu.Unlock()

	var errs []error
	for _, pid := range []*actor.PID{watcher, pool, s.sessions} {
		if pid == nil {
			continue
		}
		done := make(chan struct{})
		s.engine.Send(pid, drain{done})
		select {
		case <-done:
		case <-ctx.Done():
			errs = append(errs, errors.New(pid.GetID()+": not all work stopped in time; it will be taken up again at the next start"))
		}
		errs = append(errs, s.poison(ctx, pid))
	}
	s.stop()
	gone := make(chan struct{})
	go func() { s.running.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-ctx.Done():
		errs = append(errs, errors.New("the actors did not stop in time"))
	}
	return errors.Join(errs...)
}

func (s *System) poison(ctx context.Context, pid *actor.PID) error {
	select {
	case <-s.engine.Poison(pid).Done():
		return nil
	case <-ctx.Done():
		return errors.New(pid.GetID() + " did not stop in time")
	}
}

// closeAfter closes done when all of gone are closed, beside the mailbox that
// asks for it.
func (s *System) closeAfter(done chan<- struct{}, gone []<-chan struct{}) {
	s.running.Go(func() {
		for _, g := range gone {
			<-g
		}
		close(done)
	})
}
