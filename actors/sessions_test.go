package actors_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"retable/actors"
	"retable/internal/retable"
)

func TestCommandsOfOneSessionComeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{}, nil)
	var inside, most atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := b.Do(t.Context(), "s", "count", func(context.Context, retable.Tx) error {
				n := inside.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				runtime.Gosched()
				inside.Add(-1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d commands were at work at once", most.Load())
	}
}

func TestACommandThatPanicsIsAnsweredAndTheNextOneWorks(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{}, nil)
	// Far beyond the budget of one actor.
	for range 20 {
		err := b.Do(t.Context(), "s", "boom", func(context.Context, retable.Tx) error { panic("boom") })
		if code := retable.CodeOf(err); code != retable.Internal && code != retable.Busy {
			t.Fatalf("got %v", err)
		}
	}
	eventually(t, "the session is commanded again", func() bool {
		return b.Do(t.Context(), "s", "fine", func(context.Context, retable.Tx) error { return nil }) == nil
	})
	if err := b.Do(t.Context(), "other", "fine", func(context.Context, retable.Tx) error { return nil }); err != nil {
		t.Errorf("another session is harmed: %v", err)
	}
}

func TestTooManyWaitingCommandsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{Pending: 2}, nil)
	hold, begun := make(chan struct{}), make(chan struct{}, 1)
	var wg sync.WaitGroup
	wait := func(context.Context, retable.Tx) error {
		select {
		case begun <- struct{}{}:
		default:
		}
		<-hold
		return nil
	}
	wg.Go(func() { _ = b.Do(context.Background(), "s", "first", wait) })
	<-begun
	wg.Go(func() { _ = b.Do(context.Background(), "s", "second", wait) })
	eventually(t, "the third is refused", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err := b.Do(ctx, "s", "third", func(context.Context, retable.Tx) error { return nil })
		return retable.Is(err, retable.Busy)
	})
	close(hold)
	wg.Wait()
}

func TestAThousandSessionsStayWithinBounds(t *testing.T) {
	t.Parallel()
	const limit = 50
	b := setup(t, actors.Config{Sessions: limit, Idle: 50 * time.Millisecond}, nil)
	before := runtime.NumGoroutine()
	for i := range 1000 {
		id := retable.NewID()
		if err := b.Do(t.Context(), id, "touch", func(context.Context, retable.Tx) error { return nil }); err != nil {
			t.Fatalf("session %d: %v", i, err)
		}
	}
	eventually(t, "the actors of idle sessions are gone", func() bool { return runtime.NumGoroutine() < before+2*limit })
}

func TestACallerWhoHasGoneIsNotServed(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	if err := b.Do(ctx, "s", "late", func(context.Context, retable.Tx) error { ran = true; return nil }); err == nil || ran {
		t.Errorf("got %v, ran %v", err, ran)
	}
}
