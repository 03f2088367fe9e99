package app

import (
	"context"
	"sync"
	"time"

	"retable/internal/retable"
)

// The bounds of how a user's questions wait for each other (ADR 0062).
const (
	maxWaiting  = 8                // questions of one user beside the one at work
	longestWait = 30 * time.Second // of a question for those before it
)

// turns lets each user have one question at work at a time: whoever asks more
// waits for their own, not for others'.
type turns struct {
	mu    sync.Mutex
	users map[string]*turn
}

// turn is a user's; it is there while anybody has it or waits for it.
type turn struct {
	free   chan struct{} // holds one token
	asking int
}

// take waits for the user's turn. Whoever gets it must call end.
func (t *turns) take(ctx context.Context, user string, wait time.Duration) (end func(), err error) {
	x, ok := t.join(user)
	if !ok {
		return nil, tooManyQuestions()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-x.free:
		return func() { x.free <- struct{}{}; t.leave(user, x) }, nil
	case <-timer.C:
		err = tooManyQuestions()
	case <-ctx.Done():
		err = &retable.Error{Code: retable.Cancelled, Detail: "The question was withdrawn before its turn came.", Err: context.Cause(ctx)}
	}
	t.leave(user, x)
	return nil, err
}

func (t *turns) join(user string) (*turn, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users == nil {
		t.users = map[string]*turn{}
	}
	x := t.users[user]
	if x == nil {
		x = &turn{free: make(chan struct{}, 1)}
		x.free <- struct{}{}
		t.users[user] = x
	}
	if x.asking > maxWaiting {
		return nil, false
	}
	x.asking++
	return x, true
}

func (t *turns) leave(user string, x *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x.asking--; x.asking == 0 {
		delete(t.users, user)
	}
}

func tooManyQuestions() error {
	return &retable.Error{
		Code: retable.Busy, Reason: "question_at_work", RetryAfter: 5 * time.Second,
		Detail: "An earlier question of yours is still at work: wait for its answer, or stop it.",
	}
}
