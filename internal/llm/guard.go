package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"retable/internal/retable"
)

// guard stands in front of a provider: it refuses, lets wait, tries again and
// gives up. Every call goes through it.
type guard struct {
	name, title  string         // "ollama", "Ollama"
	refused      *retable.Error // set: no call at all
	forbidRemote bool           // no text may leave the machine
	limits       Limits
	slots        bulkhead.Bulkhead[any]
	waiting      atomic.Int64
	breaker      circuitbreaker.CircuitBreaker[any]
	last         atomic.Pointer[retable.Error] // that counted against the provider
	observer     Observer
	log          *slog.Logger
}

func newGuard(name, title string, limits Limits, deps Deps) *guard {
	g := &guard{
		name: name, title: title, limits: limits,
		slots:    bulkhead.New[any](uint(limits.Calls)),
		observer: deps.Observer, log: deps.Log,
	}
	g.breaker = circuitbreaker.NewBuilder[any]().
		WithFailureThreshold(uint(min(limits.BreakAfter, 1000))).
		WithDelay(limits.BreakFor).
		OnOpen(func(circuitbreaker.StateChangedEvent) {
			g.log.Warn("model provider is left alone for a while", "provider", name, "for", limits.BreakFor)
		}).
		Build()
	return g
}

// forbid is the administrator's word that nothing may leave the machine.
func (g *guard) forbid(remote bool, what string) {
	g.forbidRemote = true
	if remote {
		g.refused = remoteForbidden(what)
	}
}

// remoteForbidden says why and what to do instead.
func remoteForbidden(what string) *retable.Error {
	return &retable.Error{Code: retable.Forbidden, Reason: ReasonRemote,
		Detail: "The administrator of this installation forbids that data leaves this machine (RET_CLOUD_MODELS=forbid), and " + what + " would send it away. Use a model on this machine, such as one of a local Ollama."}
}

// try is one attempt at a call; its error is a *fault, a *stopped, or one of
// the context.
type try func(a *attempt) error

// do makes a call: in its turn, at most Attempts times, within Overall.
// patience is how long an attempt may be silent, silent what it then failed to
// do.
func (g *guard) do(ctx context.Context, c *Call, patience time.Duration, silent string, fn try) error {
	began := time.Now()
	ctx = withCorrelation(ctx)
	err := g.inTurn(ctx, func() error { return g.repeat(ctx, c, patience, silent, fn) })
	g.tell(ctx, c, began, err)
	return err
}

// tell reports a call that is over.
func (g *guard) tell(ctx context.Context, c *Call, began time.Time, err error) {
	c.Provider, c.Duration = g.name, time.Since(began)
	var e *retable.Error
	if errors.As(err, &e) {
		c.Code, c.Reason = e.Code, e.Reason
	} else if err != nil {
		c.Code = retable.Cancelled // the caller's own function stopped it
	}
	g.observer.ObserveCall(ctx, *c)
}

// inTurn runs fn when one of the slots is free, or refuses it as Busy.
func (g *guard) inTurn(ctx context.Context, fn func() error) error {
	if g.refused != nil {
		return g.refused
	}
	if !g.slots.TryAcquirePermit() {
		if err := g.wait(ctx); err != nil {
			return err
		}
	}
	defer g.slots.ReleasePermit()
	return fn()
}

// wait acquires a slot. The queue is bounded in length and time.
func (g *guard) wait(ctx context.Context) error {
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > int64(g.limits.Waiting) {
		return g.busy("too many calls are waiting for it")
	}
	switch err := g.slots.AcquirePermitWithMaxWait(ctx, g.limits.Wait); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return cancelled(ctx)
	default:
		return g.busy(fmt.Sprintf("no call ended within %s", g.limits.Wait))
	}
}

func (g *guard) busy(why string) *retable.Error {
	return &retable.Error{
		Code: retable.Busy, Reason: ReasonBusy, RetryAfter: seconds(g.limits.Wait),
		Detail: fmt.Sprintf("%s is busy: %s; try again in a moment.", g.title, why),
	}
}

// repeat makes the attempts.
func (g *guard) repeat(ctx context.Context, c *Call, patience time.Duration, silent string, fn try) error {
	ctx, cancel := context.WithTimeoutCause(ctx, g.limits.Overall, tooSlow(g.title, "gave no whole answer", g.limits.Overall))
	defer cancel()
	err := failsafe.With(g.retries(c)).WithContext(ctx).Run(func() error {
		c.Attempts++
		a := g.newAttempt(ctx, c, patience, silent)
		defer a.end()
		err := g.once(a, fn)
		if a.first > 0 {
			c.FirstToken = a.first
		}
		return err
	})
	// failsafe answers with the bare context's error; what ended it is the cause.
	if ctx.Err() != nil && err != nil {
		err = g.ended(ctx, err)
	}
	return asError(err)
}

// once makes one attempt, unless the breaker is open.
func (g *guard) once(a *attempt, fn try) error {
	if !g.breaker.TryAcquirePermit() {
		return g.broken()
	}
	err := fn(a)
	if err != nil && a.ctx.Err() != nil {
		err = g.ended(a.ctx, err)
	}
	var f *fault
	switch {
	case errors.As(err, &f) && f.down:
		g.last.Store(f.err)
		g.breaker.RecordFailure()
	case a.ctx.Err() == nil || err == nil:
		g.breaker.RecordSuccess()
	case g.breaker.IsHalfOpen():
		g.breaker.RecordFailure() // cut short by the caller: still unknown, so closed it stays
	}
	if f != nil {
		f.transient = f.transient && !a.passed
		f.err = g.hurry(f, time.Duration(a.retryIn.Load()))
	}
	return err
}

// ended says why a context is over: by a deadline of ours or by the caller.
func (g *guard) ended(ctx context.Context, err error) error {
	var s *stopped
	if errors.As(err, &s) {
		return err
	}
	var f *fault
	if errors.As(context.Cause(ctx), &f) {
		// A copy: the overall deadline's fault is shared by its attempts.
		return &fault{err: f.err, down: f.down}
	}
	return &fault{err: cancelled(ctx)}
}

// hurry notes when the server wants to be asked again. A wait beyond the cap
// is left to the caller.
func (g *guard) hurry(f *fault, wait time.Duration) *retable.Error {
	if wait == 0 {
		return f.err
	}
	e := *f.err
	e.RetryAfter = wait
	f.transient = f.transient && wait <= g.limits.RetryAfterMax
	return &e
}

// broken refuses a call because the last ones failed.
func (g *guard) broken() error {
	e := retable.Error{Code: retable.Unavailable, Reason: ReasonFailing, Detail: g.title + " has failed several times in a row."}
	if last := g.last.Load(); last != nil {
		e = *last
	}
	e.RetryAfter = seconds(g.breaker.RemainingDelay())
	e.Detail = fmt.Sprintf("%s It is tried again in %s.", e.Detail, e.RetryAfter)
	return &fault{err: &e}
}

// retries is the policy: transient faults only, growing pauses with jitter,
// and what the server asks for.
func (g *guard) retries(c *Call) retrypolicy.RetryPolicy[any] {
	return retrypolicy.NewBuilder[any]().
		HandleIf(func(_ any, err error) bool {
			var f *fault
			return errors.As(err, &f) && f.transient
		}).
		WithMaxAttempts(g.limits.Attempts).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[any]) time.Duration {
			var f *fault
			errors.As(e.LastError(), &f)
			return g.pause(e.Attempts(), f.err.RetryAfter)
		}).
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[any]) {
			g.log.Info("model call is tried again", "provider", g.name, "kind", c.Kind, "model", c.Model,
				"attempt", e.Attempts(), "in", e.Delay, "error", e.LastError())
		}).
		ReturnLastFailure().
		Build()
}

// pause is the time before the next attempt, n being those made. Jitter only
// lengthens it, so that a server gets the time it asked for.
func (g *guard) pause(n int, asked time.Duration) time.Duration {
	backoff := g.limits.Backoff << min(max(n-1, 0), 16)
	backoff = min(max(backoff, g.limits.Backoff), g.limits.BackoffMax)
	wait := max(backoff, asked)
	return wait + rand.N(max(wait/4, 1)) //nolint:gosec // jitter is no secret
}

// probe makes one attempt past the queue and the breaker: is it there? If it
// is, the breaker closes, so that calls needn't wait for it.
func (g *guard) probe(ctx context.Context, c *Call, fn try) error {
	if g.refused != nil {
		return g.refused
	}
	began := time.Now()
	ctx = withCorrelation(ctx)
	a := g.newAttempt(ctx, c, g.limits.Lookup, "did not answer")
	defer a.end()
	c.Attempts = 1
	err := fn(a)
	if err != nil && a.ctx.Err() != nil {
		err = g.ended(a.ctx, err)
	}
	if err == nil && !g.breaker.IsClosed() {
		g.breaker.Close()
	}
	err = asError(err)
	g.tell(ctx, c, began, err)
	return err
}
