package actors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/anthdm/hollywood/actor"

	"retable/internal/retable"
)

// Task does the work of one kind of job. It may be called again for a job
// whose earlier attempt died, so what it leaves behind must not count until
// Outcome.Commit. It ends when ctx does.
type Task func(ctx context.Context, job *retable.Job, report func(Report)) (Outcome, error)

// Report is how far a job has come.
type Report struct {
	Progress float64 // 0..100
	Message  string
	Rate     float64       // units of Message per second; 0: not known
	Left     time.Duration // negative: not known
}

// Outcome is what a job has achieved. Commit makes it count, in the
// transaction that ends the job: both happen, or neither. Discard cleans up if
// it came to nothing.
type Outcome struct {
	Result  any // JSON of MaxJobResult at most
	Message string
	Commit  func(ctx context.Context, tx retable.Tx) error
	Discard func()
}

// The reasons for which work is stopped.
var (
	errCancelAsked = &retable.Error{Code: retable.Cancelled, Detail: "It was cancelled."}
	errReleased    = errors.New("handed back: the program is stopping")
)

// work is the mailbox of one job: it is commanded, progressed and cancelled
// here, whichever door asked for it.
type work struct {
	sys    *System
	pool   *actor.PID // hears of the end of the work, however this actor fares
	job    *retable.Job
	cancel context.CancelCauseFunc
}

// Receive implements actor.Receiver.
func (w *work) Receive(c *actor.Context) {
	switch msg := c.Message().(type) {
	case begin:
		w.begin(c, msg.job)
	case advanced:
		w.advanced(msg.Report)
	case cancelJob:
		w.stop(msg)
	case ended:
		w.sys.publishJob(msg.job, msg.state, "")
	}
}

// abandon implements abandoner: nobody could command the work any more.
func (w *work) abandon() {
	if w.cancel != nil {
		w.cancel(retable.Fault(errors.New("the job's actor panicked"), "working on this job"))
	}
}

// begin starts the work beside the mailbox.
func (w *work) begin(c *actor.Context, job *retable.Job) {
	w.job = job
	ctx := retable.WithCorrelation(context.WithoutCancel(w.sys.ctx), job.CorrelationID)
	ctx, w.cancel = context.WithCancelCause(ctx)
	r := &run{sys: w.sys, job: job, self: c.PID(), pool: w.pool, engine: c.Engine(), cancel: w.cancel, started: w.sys.deps.Clock()}
	w.sys.running.Go(func() { r.do(ctx) }) // first: what is claimed is worked on, or fails
	w.sys.publishJob(job, retable.JobRunning, "")
}

func (w *work) advanced(r Report) {
	if w.job == nil {
		return
	}
	e := w.sys.jobEvent(w.job, retable.JobRunning)
	e.Kind, e.Progress, e.Message, e.Rate, e.LeftMS = retable.EventProgress, r.Progress, r.Message, r.Rate, r.Left.Milliseconds()
	if r.Left < 0 {
		e.LeftMS = -1
	}
	w.sys.deps.Publish(e)
}

// stop ends the work: for good, or (a negative id) to be taken up again.
func (w *work) stop(msg cancelJob) {
	if w.cancel == nil {
		return
	}
	if msg.id < 0 {
		w.cancel(errReleased)
		return
	}
	w.cancel(errCancelAsked)
}

func leaseOf(j *retable.Job) retable.Lease {
	return retable.Lease{JobID: j.ID, Owner: j.LeaseOwner, Attempt: j.Attempts}
}

func (s *System) jobEvent(j *retable.Job, state retable.JobState) retable.Event {
	return retable.Event{
		Kind: retable.EventJob, OwnerID: j.OwnerID, JobID: j.ID, SessionID: j.SessionID, ID: j.ComparisonID,
		State: string(state), LeftMS: -1, At: s.deps.Clock.Now(),
	}
}

func (s *System) publishJob(j *retable.Job, state retable.JobState, message string) {
	e := s.jobEvent(j, state)
	e.Message = message
	s.deps.Publish(e)
}

// run is the work on one job, on a goroutine of its own. The mailbox hears of
// it by messages alone.
type run struct {
	sys     *System
	job     *retable.Job
	self    *actor.PID
	pool    *actor.PID
	engine  *actor.Engine
	cancel  context.CancelCauseFunc
	started time.Time

	mu   sync.Mutex // guards what is below: the task reports from its own goroutines
	last Report
	sent time.Time
}

// do works on the job, keeps its lease meanwhile, and ends it in the table.
func (r *run) do(ctx context.Context) {
	beating, rest := context.WithCancel(context.WithoutCancel(ctx))
	var heart sync.WaitGroup
	heart.Go(func() { r.beat(beating) })
	out, err := r.task(ctx)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause // why it stopped says more than that it did
	}
	state := r.conclude(context.WithoutCancel(ctx), out, err)
	rest()
	heart.Wait()
	r.cancel(nil)
	r.sys.deps.Observe(*r.job, JobFacts{State: state, Took: r.sys.deps.Clock().Sub(r.started), Code: retable.CodeOf(err)})
	over := ended{job: r.job, state: state, pid: r.self}
	r.engine.Send(r.self, over) // before the pool stops it
	r.engine.Send(r.pool, over)
}

// panicError is a panic in a task, with its stack.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func (r *run) task(ctx context.Context) (out Outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = retable.Fault(&panicError{v, debug.Stack()}, "working on this job")
		}
	}()
	task, ok := r.sys.deps.Tasks[r.job.Kind]
	if !ok {
		return out, retable.Errorf(retable.Unsupported, "This version knows no jobs of the kind %q.", r.job.Kind)
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	return task(ctx, r.job, r.report)
}

// report passes progress on, 30 times a second at most.
func (r *run) report(p Report) {
	p.Progress = min(max(p.Progress, 0), 100)
	r.mu.Lock()
	r.last = p
	now := r.sys.deps.Clock()
	due := now.Sub(r.sent) >= time.Second/30
	if due {
		r.sent = now
	}
	r.mu.Unlock()
	if due {
		r.engine.Send(r.self, advanced{p})
	}
}

// beat keeps the lease, records progress and looks for a wish to cancel.
func (r *run) beat(ctx context.Context) {
	t := time.NewTicker(r.sys.cfg.Heartbeat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		r.mu.Lock()
		p := r.last
		r.mu.Unlock()
		var stop bool
		err := r.sys.deps.Store.Update(ctx, func(tx retable.Tx) (err error) {
			stop, err = tx.Jobs().Heartbeat(ctx, leaseOf(r.job), p.Progress, p.Message, r.sys.cfg.Lease, r.sys.deps.Clock.Now())
			return err
		})
		switch {
		case errors.Is(err, retable.ErrLeaseLost):
			r.cancel(retable.ErrLeaseLost)
			return
		case err != nil && ctx.Err() == nil:
			r.sys.deps.Log.WarnContext(ctx, "heartbeat failed", "job", r.job.ID, "err", err)
		case stop:
			r.cancel(errCancelAsked)
		}
	}
}

// conclude writes the end of the attempt into the table. It tries until the
// table answers or the lease must be over: a database that restarts costs a
// pause, not the work. Where leases don't expire nobody else would end the job,
// so it tries until the program stops: a disk that is full is full for long.
func (r *run) conclude(ctx context.Context, out Outcome, err error) retable.JobState {
	result, rerr := encodeResult(out.Result)
	if err == nil {
		err = rerr
	}
	deadline := time.Now().Add(r.sys.cfg.Patience)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		state, cerr := r.write(ctx, out, result, err)
		switch {
		case cerr == nil:
			if state != retable.JobSuccess && out.Discard != nil {
				out.Discard()
			}
			return state
		case err == nil && !transient(cerr):
			err = cerr // the effect is impossible: the attempt has failed
			continue
		case errors.Is(cerr, retable.ErrLeaseLost), time.Now().After(deadline) && (r.sys.cfg.Lease > 0 || r.sys.open() != nil):
			r.sys.deps.Log.WarnContext(ctx, "the end of a job could not be recorded", "job", r.job.ID, "err", cerr)
			if out.Discard != nil {
				out.Discard()
			}
			return retable.JobQueued // somebody else's by now, or soon
		}
		time.Sleep(wait)
	}
}

// write is one try to record the end.
func (r *run) write(ctx context.Context, out Outcome, result json.RawMessage, err error) (state retable.JobState, werr error) {
	defer func() { // Commit and Settle are foreign code too
		if v := recover(); v != nil {
			werr = retable.Fault(&panicError{v, debug.Stack()}, "recording the result of this job")
		}
	}()
	if errors.Is(err, retable.ErrLeaseLost) {
		return retable.JobQueued, nil // somebody else's by now
	}
	werr = r.sys.deps.Store.Update(ctx, func(tx retable.Tx) (werr error) {
		if err == nil {
			state = retable.JobSuccess
			if werr = tx.Jobs().Succeed(ctx, leaseOf(r.job), result, out.Message, r.sys.deps.Clock.Now()); werr == nil && out.Commit != nil {
				werr = out.Commit(ctx, tx)
			}
			return werr
		}
		if state, werr = r.giveUp(ctx, tx, err); werr != nil {
			return werr
		}
		return r.sys.deps.Settle(ctx, tx, r.job, state, err)
	})
	return state, werr
}

// giveUp ends the attempt without success and says where the job goes.
func (r *run) giveUp(ctx context.Context, tx retable.Tx, err error) (retable.JobState, error) {
	now, jobs, lease := r.sys.deps.Clock.Now(), tx.Jobs(), leaseOf(r.job)
	switch {
	case errors.Is(err, errReleased), r.sys.isStopping(err):
		return retable.JobQueued, jobs.Release(ctx, lease, now)
	case errors.Is(err, errCancelAsked):
		return retable.JobCancelled, jobs.Cancelled(ctx, lease, now)
	}
	return r.fail(ctx, tx, err, now)
}

// fail records a failed attempt, and whether it is worth another one.
func (r *run) fail(ctx context.Context, tx retable.Tx, err error, now retable.Millis) (retable.JobState, error) {
	e, state := jobError(err), retable.JobFailed
	var retryAt retable.Millis
	if outage(err) && now-r.job.CreatedAt < retable.Millis(retable.MaxOutage.Milliseconds()) {
		r.sys.deps.Log.Warn("a job waits for what is down", "job", r.job.ID, "kind", r.job.Kind, "err", err)
		return tx.Jobs().Postpone(ctx, leaseOf(r.job), e, now.Add(min(r.backoff(), outagePause)), now)
	}
	if transient(err) && r.job.Attempts < r.job.MaxAttempts {
		retryAt, state = now.Add(r.backoff()), retable.JobQueued
	}
	if err := tx.Jobs().Fail(ctx, leaseOf(r.job), e, retryAt, now); err != nil {
		return state, err
	}
	if e.Code != retable.Internal && !transient(err) {
		return state, nil // the input's fault, not ours
	}
	return state, tx.ErrorEvents().Add(ctx, &retable.ErrorEvent{
		ID: retable.NewID(), At: now, Source: "job " + string(r.job.Kind), JobID: r.job.ID, UserID: r.job.OwnerID,
		CorrelationID: r.job.CorrelationID, Code: e.Code, Message: e.Detail, Stack: e.Stack,
	})
}

// backoff grows with the attempts.
func (r *run) backoff() time.Duration {
	d := r.sys.cfg.BackoffMin << min(max(r.job.Attempts-1, 0), 16)
	return min(d, r.sys.cfg.BackoffMax)
}

// outagePause is the longest pause before a job looks whether what was down is
// back.
const outagePause = 30 * time.Second

// outage reports whether a part that all jobs need is down. That is no fault of
// the job's, and says nothing of whether it can be done: it waits, and loses no
// attempt by it.
func outage(err error) bool {
	var known *retable.Error
	return errors.As(err, &known) && known.Code == retable.Unavailable && (known.Reason == "blobs_down" || known.Reason == "database_down")
}

// transient reports whether the same work may succeed later.
func transient(err error) bool {
	switch retable.CodeOf(err) {
	case retable.Busy, retable.Unavailable, retable.RateLimited:
		return true
	}
	return false
}

// jobError parts what people may read from what operators need.
func jobError(err error) retable.JobError {
	e := retable.JobError{Code: retable.CodeOf(err), Stack: err.Error()}
	var known *retable.Error
	if errors.As(err, &known) {
		e.Detail = known.Detail
	} else {
		e.Detail = retable.Fault(err, "working on this job").Detail
	}
	var p *panicError
	if errors.As(err, &p) {
		e.Stack = p.Error() + "\n" + string(p.stack)
	}
	return e
}

func encodeResult(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, retable.Fault(err, "writing the result of this job")
	}
	if len(raw) > retable.MaxJobResult {
		return nil, retable.Fault(fmt.Errorf("a result of %d bytes is over %d", len(raw), retable.MaxJobResult), "writing the result of this job")
	}
	return raw, nil
}
