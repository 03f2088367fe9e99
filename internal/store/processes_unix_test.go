//go:build unix

package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// lease of the jobs of this test; long enough for a loaded machine's heartbeats.
const testLease = 2 * time.Second

// workOnce claims a job in another process, keeps its lease until it is told
// to finish, and then ends it with an effect in the same transaction.
func workOnce(args []string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: args[0]})
	if err != nil {
		return err
	}
	defer s.Close()
	job, err := claim(ctx, s, args[1])
	if err != nil || job == nil {
		return fmt.Errorf("claimed %v, %w", job, err)
	}
	fmt.Println("claimed", job.ID)
	told := make(chan struct{})
	go func() {
		waitForLine()
		close(told)
	}()
	beat := time.NewTicker(testLease / 8)
	defer beat.Stop()
	for lost := false; ; {
		select {
		case <-told:
			return report(finish(ctx, s, job, args[1]))
		case <-beat.C:
			if lost { // it doesn't give up, unlike a real worker
				continue
			}
			err := s.Update(ctx, func(tx retable.Tx) error {
				_, err := tx.Jobs().Heartbeat(ctx, leaseOf(job), 50, "working", testLease, retable.MillisOf(time.Now()))
				return err
			})
			if lost = errors.Is(err, retable.ErrLeaseLost); err != nil && !lost {
				return err
			}
		}
	}
}

func report(err error) error {
	if errors.Is(err, retable.ErrLeaseLost) {
		fmt.Println("lost")
		return nil
	}
	if err == nil {
		fmt.Println("done")
	}
	return err
}

func leaseOf(j *retable.Job) retable.Lease {
	return retable.Lease{JobID: j.ID, Owner: j.LeaseOwner, Attempt: j.Attempts}
}

func claim(ctx context.Context, s *store.Store, owner string) (job *retable.Job, err error) {
	err = s.Update(ctx, func(tx retable.Tx) error {
		job, err = tx.Jobs().Claim(ctx, owner, nil, testLease, retable.MillisOf(time.Now()))
		return err
	})
	return job, err
}

// finish has an effect, which must be there once in the end.
func finish(ctx context.Context, s *store.Store, job *retable.Job, owner string) error {
	return s.Update(ctx, func(tx retable.Tx) error {
		if err := tx.Audit().Append(ctx, &retable.AuditEntry{Actor: owner, Action: "effect", Target: fmt.Sprint(job.ID), Outcome: "ok"}); err != nil {
			return err
		}
		return tx.Jobs().Succeed(ctx, leaseOf(job), nil, "done by "+owner, retable.MillisOf(time.Now()))
	})
}

// takeOver claims until it gets the job that another process held.
func takeOver(t *testing.T, s *store.Store, id int64, since time.Time) *retable.Job {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		job, err := claim(t.Context(), s, "here")
		if err != nil {
			t.Fatal(err)
		}
		if job != nil {
			if job.ID != id || job.Attempts != 2 {
				t.Fatalf("claimed %+v", job)
			}
			t.Logf("running elsewhere after %v with a lease of %v", time.Since(since).Round(time.Millisecond), testLease)
			return job
		}
	}
	t.Fatal("nobody took the job over")
	return nil
}

func effects(t *testing.T, s *store.Store) (actors []string) {
	t.Helper()
	err := s.View(t.Context(), func(tx retable.Tx) error {
		return tx.Audit().Each(t.Context(), func(e *retable.AuditEntry) error {
			actors = append(actors, e.Actor)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return actors
}

func newJob(t *testing.T, s *store.Store) int64 {
	t.Helper()
	var id int64
	err := s.Update(t.Context(), func(tx retable.Tx) error {
		job, _, err := tx.Jobs().Enqueue(t.Context(), retable.JobSpec{Kind: retable.JobConvert}, retable.MillisOf(time.Now()))
		if err == nil {
			id = job.ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAKilledWorkersJobRunsElsewhere(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.Postgres)
	s := storetest.OpenConfig(t, cfg)
	id := newJob(t, s)
	other := another(t, "work", cfg.URL, "there")
	other.says("claimed")
	if job, err := claim(t.Context(), s, "here"); err != nil || job != nil {
		t.Fatalf("claimed %v, %v while another holds it", job, err)
	}
	killed := time.Now()
	if err := other.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	job := takeOver(t, s, id, killed)
	if err := finish(t.Context(), s, job, "here"); err != nil {
		t.Fatal(err)
	}
	if got := effects(t, s); len(got) != 1 || got[0] != "here" {
		t.Errorf("effects of %q", got)
	}
}

func TestAFrozenWorkerHasNoEffectWhenItThaws(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.Postgres)
	s := storetest.OpenConfig(t, cfg)
	id := newJob(t, s)
	other := another(t, "work", cfg.URL, "there")
	other.says("claimed")
	frozen := time.Now()
	if err := other.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	job := takeOver(t, s, id, frozen)
	other.tell("finish") // it reads this once it thaws
	if err := other.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	other.says("lost")
	if got := effects(t, s); len(got) != 0 {
		t.Errorf("the frozen worker had an effect: %q", got)
	}
	if err := finish(t.Context(), s, job, "here"); err != nil {
		t.Fatal(err)
	}
	if got := effects(t, s); len(got) != 1 || got[0] != "here" {
		t.Errorf("effects of %q", got)
	}
}

func TestAWorkerThatIsLeftAloneKeepsItsJob(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.Postgres)
	s := storetest.OpenConfig(t, cfg)
	newJob(t, s)
	other := another(t, "work", cfg.URL, "there")
	other.says("claimed")
	var all sync.WaitGroup
	for range 3 { // others look for work meanwhile
		all.Go(func() {
			for range 20 {
				if job, err := claim(t.Context(), s, "here"); err != nil || job != nil {
					t.Errorf("claimed %v, %v", job, err)
				}
			}
		})
	}
	all.Wait()
	other.tell("finish")
	other.says("done")
	if got := effects(t, s); len(got) != 1 || got[0] != "there" {
		t.Errorf("effects of %q", got)
	}
}
