package actors_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"retable/actors"
	"retable/internal/retable"
	"retable/internal/store/storetest"
)

// bundle is a system over a store of its own, and what it has told.
type bundle struct {
	*actors.System
	store retable.Store
	heard *recorder
}

// recorder keeps the events.
type recorder struct {
	mu     sync.Mutex
	events []retable.Event
}

func (r *recorder) publish(e retable.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) of(kind retable.EventKind) (out []retable.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

func setup(t *testing.T, cfg actors.Config, tasks map[retable.JobKind]actors.Task, more ...func(*actors.Deps)) *bundle {
	t.Helper()
	b := &bundle{store: storetest.Open(t, "sqlite"), heard: &recorder{}}
	if cfg.Owner == "" {
		cfg.Owner = "test"
	}
	if cfg.Poll == 0 {
		cfg.Poll = 10 * time.Millisecond
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 10 * time.Millisecond
	}
	if cfg.BackoffMin == 0 {
		cfg.BackoffMin, cfg.BackoffMax = time.Millisecond, 10*time.Millisecond
	}
	deps := actors.Deps{Store: b.store, Tasks: tasks, Publish: b.heard.publish, Log: slog.New(slog.DiscardHandler)}
	for _, m := range more {
		m(&deps)
	}
	var err error
	if b.System, err = actors.New(cfg, deps); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.stop(t) })
	return b
}

func (b *bundle) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// user makes the owner of everything.
func (b *bundle) user(t *testing.T) string {
	t.Helper()
	u := &retable.User{ID: retable.NewID(), Username: "u-" + retable.NewID(), Role: retable.RoleUser, Active: true, CreatedAt: 1, UpdatedAt: 1}
	b.update(t, func(tx retable.Tx) error { return tx.Users().Create(t.Context(), u) })
	return u.ID
}

// session makes a session.
func (b *bundle) session(t *testing.T, owner string) string {
	t.Helper()
	x := &retable.Session{ID: retable.NewID(), OwnerID: owner, Name: "a.zip", State: retable.SessionReceived, CreatedAt: 1, UpdatedAt: 1, UsedAt: 1}
	b.update(t, func(tx retable.Tx) error { return tx.Sessions().Create(t.Context(), x) })
	return x.ID
}

func (b *bundle) enqueue(t *testing.T, spec retable.JobSpec) int64 {
	t.Helper()
	var id int64
	b.update(t, func(tx retable.Tx) error {
		j, _, err := tx.Jobs().Enqueue(t.Context(), spec, retable.MillisOf(time.Now()))
		if err == nil {
			id = j.ID
		}
		return err
	})
	b.Hint()
	return id
}

func (b *bundle) update(t *testing.T, fn func(retable.Tx) error) {
	t.Helper()
	if err := b.store.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) job(t *testing.T, id int64) *retable.Job {
	t.Helper()
	var j *retable.Job
	err := b.store.View(context.Background(), func(tx retable.Tx) (err error) {
		j, err = tx.Jobs().Get(context.Background(), id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// await waits until the job is in the state.
func (b *bundle) await(t *testing.T, id int64, state retable.JobState) *retable.Job {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		j := b.job(t, id)
		if j.State == state {
			return j
		}
		if j.State.Over() || time.Now().After(deadline) {
			t.Fatalf("job %d is %s (%s %s), not %s", id, j.State, j.Error, j.Stack, state)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatal("not yet: " + what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
