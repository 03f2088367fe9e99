package app

import (
	"context"
	"sync"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// errands are what is done behind a request's back, so that its answer takes
// the same time whatever there is to do: messages to people.
type errands struct {
	queue chan func(context.Context)
	done  sync.WaitGroup
	stop  context.CancelFunc

	mu     sync.Mutex
	closed bool
}

const (
	errandWorkers = 4
	errandQueue   = 256
	errandTime    = time.Minute
)

func newErrands() *errands {
	ctx, stop := context.WithCancel(context.Background())
	e := &errands{queue: make(chan func(context.Context), errandQueue), stop: stop}
	for range errandWorkers {
		e.done.Go(func() {
			for errand := range e.queue {
				e.run(ctx, errand)
			}
		})
	}
	return e
}

func (e *errands) run(ctx context.Context, errand func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, errandTime)
	defer cancel()
	errand(ctx)
}

// send queues an errand; false if there are too many.
func (e *errands) send(errand func(context.Context)) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	select {
	case e.queue <- errand:
		return true
	default:
		return false
	}
}

// close takes no more and waits for the rest; when ctx ends it is cut short.
func (e *errands) close(ctx context.Context) error {
	e.mu.Lock()
	if !e.closed {
		e.closed = true
		close(e.queue)
	}
	e.mu.Unlock()
	rest := make(chan struct{})
	go func() { e.done.Wait(); close(rest) }()
	defer e.stop()
	select {
	case <-rest:
		return nil
	case <-ctx.Done():
		e.stop()
		<-rest
		return ctx.Err()
	}
}

// later queues an errand on behalf of a request: it keeps the request's
// correlation id, not its end.
func (a *Accounts) later(ctx context.Context, what string, errand func(context.Context) error) {
	correlation, client := retable.CorrelationFrom(ctx), clientFrom(ctx)
	sent := a.errands.send(func(ctx context.Context) {
		ctx = WithClient(retable.WithCorrelation(ctx, correlation), client)
		if err := errand(ctx); err != nil {
			a.observe(what, auditFailed)
			a.log.ErrorContext(ctx, "a message could not be sent", "what", what, "err", err)
		}
	})
	if !sent {
		a.observe(what, auditDenied)
		a.log.ErrorContext(ctx, "too many messages are waiting; one was dropped", "what", what)
	}
}

// deliver brings a link to a person, at the last to the administrators, and
// returns by which way.
func (a *Accounts) deliver(ctx context.Context, n *auth.Notification) (string, error) {
	by, err := auth.NotifyAll(ctx, a.notifiers, n)
	if err == nil {
		return by, nil
	}
	if len(a.notifiers) > 0 {
		a.log.WarnContext(ctx, "a person could not be reached; administrators are told instead", "user_id", n.UserID, "kind", n.Kind, "err", err)
	}
	if err := a.toAdmins.Notify(ctx, n); err != nil {
		return "", err
	}
	return a.toAdmins.Name(), nil
}

// warn tells a person of something about their account, if there is a way.
func (a *Accounts) warn(ctx context.Context, u *retable.User, kind, subject, text string) {
	if len(a.notifiers) == 0 || u.Email == "" {
		return
	}
	n := &auth.Notification{Kind: kind, UserID: u.ID, Username: u.Username, Email: u.Email, Subject: subject, Text: text}
	a.later(ctx, "notify."+kind, func(ctx context.Context) error {
		_, err := auth.NotifyAll(ctx, a.notifiers, n)
		return err
	})
}
