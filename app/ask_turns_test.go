package app

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"retable/internal/retable"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	const patience = time.Minute
	t.Run("one question of a user is at work at a time", func(t *testing.T) {
		var all turns
		var mu sync.Mutex
		now, most := 0, 0
		var askers sync.WaitGroup
		for range maxWaiting + 1 {
			askers.Go(func() {
				end, err := all.take(t.Context(), "ada", patience)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				mu.Lock()
				now--
				mu.Unlock()
				end()
			})
		}
		askers.Wait()
		if most != 1 || len(all.users) != 0 {
			t.Errorf("got %d at once, %d users left", most, len(all.users))
		}
	})
	t.Run("another user doesn't wait", func(t *testing.T) {
		var all turns
		end, err := all.take(t.Context(), "ada", patience)
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		other, err := all.take(t.Context(), "ben", patience)
		if err != nil {
			t.Fatal(err)
		}
		other()
	})
	t.Run("who waits too long, or is one too many, is told so", func(t *testing.T) {
		var all turns
		end, err := all.take(t.Context(), "ada", patience)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all.take(t.Context(), "ada", time.Nanosecond); !retable.Is(err, retable.Busy) {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for range maxWaiting {
			if _, ok := all.join("ada"); !ok {
				t.Fatal("refused before there were too many")
			}
		}
		if _, err := all.take(t.Context(), "ada", patience); !retable.Is(err, retable.Busy) {
			t.Errorf("one too many: got %v", err)
		}
		for range maxWaiting {
			all.leave("ada", all.users["ada"])
		}
		waiting.Go(func() {
			if _, err := all.take(ctx, "ada", patience); !retable.Is(err, retable.Cancelled) || !errors.Is(err, context.Canceled) {
				t.Errorf("withdrawn: got %v", err)
			}
		})
		cancel()
		waiting.Wait()
		end()
		if len(all.users) != 0 {
			t.Errorf("%d users left", len(all.users))
		}
	})
}

// TestQuestionsTakeTurns: questions and statements of SQL wait for the same
// user's other ones.
func TestQuestionsTakeTurns(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	id := s.take(t, s.ctx, "notes.zip", notes(t, "one remark of several words")).SessionID
	end, err := s.asking.take(s.ctx, s.user.ID, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func(context.Context) error{
		"question": func(ctx context.Context) error {
			_, err := s.Ask(ctx, AskRequest{SessionID: id, Question: "How many notes?"}, nil)
			return err
		},
		"query": func(ctx context.Context) error {
			_, err := s.Query(ctx, QueryRequest{SessionID: id, SQL: "SELECT 1"})
			return err
		},
	} {
		done := make(chan error)
		go func() { done <- ask(s.ctx) }()
		for waiting := 0; waiting < 2; {
			s.asking.mu.Lock()
			waiting = s.asking.users[s.user.ID].asking
			s.asking.mu.Unlock()
			select {
			case err := <-done:
				t.Fatalf("the %s didn't wait: %v", name, err)
			case <-time.After(time.Millisecond):
			}
		}
		end()
		if err := <-done; err != nil {
			t.Errorf("the %s: %v", name, err)
		}
		if end, err = s.asking.take(s.ctx, s.user.ID, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	end()
}
