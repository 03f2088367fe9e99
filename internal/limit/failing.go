package limit

import (
	"context"
	"errors"
	"time"

	"retable/internal/retable"
)

// Patience is how long a call waits for a backend before it counts as
// unreachable: a limiter must not become the slowest part of a request.
const Patience = 250 * time.Millisecond

// Failed hears that a backend couldn't be asked: for the counter of the class
// of routes, and for the log.
type Failed func(class string, err error)

// FailOpen lets calls pass that couldn't be counted: for reading, where a
// missing limit does less harm than a missing answer.
func FailOpen(next retable.Limiter, class string, failed Failed) retable.Limiter {
	return &failing{Limiter: next, class: class, failed: failed, open: true}
}

// FailClosed refuses calls that couldn't be counted, as Unavailable: for
// log-ins, where a missing limit invites guessing.
func FailClosed(next retable.Limiter, class string, failed Failed) retable.Limiter {
	return &failing{Limiter: next, class: class, failed: failed}
}

type failing struct {
	retable.Limiter
	class  string
	failed Failed
	open   bool
}

func (f *failing) Allow(ctx context.Context, key string, r retable.Rate, cost int) (retable.Decision, error) {
	asking, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	d, err := f.Limiter.Allow(asking, key, r, cost)
	var refusal *retable.Error
	switch {
	case err == nil:
		return d, nil
	case ctx.Err() != nil, errors.As(err, &refusal): // the caller left, or asked nonsense
		return d, err
	}
	f.failed(f.class, err)
	if f.open {
		return retable.Decision{Allowed: true}, nil // Limit 0: not counted
	}
	return retable.Decision{}, &retable.Error{
		Code: retable.Unavailable, Reason: "limiter_unavailable", RetryAfter: 5 * time.Second, Err: err,
		Detail: "The limit of requests can't be checked at the moment; try again in some seconds.",
	}
}
