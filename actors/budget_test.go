package actors_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"retable/actors"
	"retable/internal/retable"
)

// TestAnActorPastItsBudgetHarmsNobody: the actor of one session panics until it
// is given up. Each asker gets an error, the process lives, and the session is
// served again.
func TestAnActorPastItsBudgetHarmsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{Slots: 1}, map[retable.JobKind]actors.Task{retable.JobScan: func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
		return actors.Outcome{}, nil
	}})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	var internal, busy atomic.Int64
	var wg sync.WaitGroup
	for range 40 { // many at once: what waits behind the panic is answered, too
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			err := b.Do(ctx, "s", "boom", func(context.Context, retable.Tx) error { panic("boom") })
			switch retable.CodeOf(err) {
			case retable.Internal:
				internal.Add(1)
			case retable.Busy:
				busy.Add(1)
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if internal.Load() < 6 {
		t.Errorf("%d askers got the error and %d were asked to come again; the budget of 5 panics was not used up", internal.Load(), busy.Load())
	}
	if err := b.Do(t.Context(), "other", "fine", func(context.Context, retable.Tx) error { return nil }); err != nil {
		t.Errorf("another session is harmed: %v", err)
	}
	b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobScan}), retable.JobSuccess)
	eventually(t, "the session is served again", func() bool {
		return b.Do(t.Context(), "s", "fine", func(context.Context, retable.Tx) error { return nil }) == nil
	})
}

// TestAJobsActorPastItsBudgetFreesItsSlot: whoever hears of progress panics at
// every word, so that the job's actor is given up. The job fails, and the one
// slot there is serves the next job.
func TestAJobsActorPastItsBudgetFreesItsSlot(t *testing.T) {
	t.Parallel()
	var wild atomic.Int64 // the job whose events nobody can bear
	var counted atomic.Int64
	begun := make(chan struct{})
	task := func(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
		if string(j.Payload) != `"wild"` {
			return actors.Outcome{}, nil
		}
		close(begun)
		for n := 0; ctx.Err() == nil; n++ {
			report(actors.Report{Progress: float64(n % 100)})
			runtime.Gosched()
		}
		return actors.Outcome{}, ctx.Err()
	}
	b := setup(t, actors.Config{Slots: 1}, map[retable.JobKind]actors.Task{retable.JobConvert: task}, func(d *actors.Deps) {
		told := d.Publish
		d.Restarted = func(kind string) {
			if kind == "conversion" {
				counted.Add(1)
			}
		}
		d.Publish = func(e retable.Event) {
			if e.JobID == wild.Load() && e.Kind == retable.EventProgress {
				panic("nobody can bear it")
			}
			told(e)
		}
	})
	id := b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert, Payload: []byte(`"wild"`)})
	wild.Store(id)
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	<-begun
	if j := b.await(t, id, retable.JobFailed); !strings.Contains(j.Stack, "panicked") {
		t.Errorf("got %q", j.Stack)
	}
	b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert}), retable.JobSuccess)
	if counted.Load() == 0 {
		t.Error("no panic was counted")
	}
}

// TestAPanicWhileAJobBeginsFreesItsSlot: the very first word about a job is not
// borne. Nothing runs on without an owner.
func TestAPanicWhileAJobBeginsFreesItsSlot(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	armed.Store(true)
	task := func(ctx context.Context, j *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
		if string(j.Payload) == `"first"` {
			<-ctx.Done()
			return actors.Outcome{}, ctx.Err()
		}
		return actors.Outcome{}, nil
	}
	b := setup(t, actors.Config{Slots: 1}, map[retable.JobKind]actors.Task{retable.JobConvert: task}, func(d *actors.Deps) {
		told := d.Publish
		d.Publish = func(e retable.Event) {
			if e.Kind == retable.EventJob && e.State == string(retable.JobRunning) && armed.CompareAndSwap(true, false) {
				panic("not today")
			}
			told(e)
		}
	})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert, Payload: []byte(`"first"`)}), retable.JobFailed)
	b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert}), retable.JobSuccess)
}

// TestStoppingLosesNoClaimedJob: the end comes while jobs are being claimed, a
// hundred times. Each job is done or waits; none is said to run.
func TestStoppingLosesNoClaimedJob(t *testing.T) {
	t.Parallel()
	rounds := 100
	if testing.Short() {
		rounds = 20
	}
	for range rounds {
		task := func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
			return actors.Outcome{}, nil
		}
		b := setup(t, actors.Config{Slots: 2}, map[retable.JobKind]actors.Task{retable.JobConvert: task})
		var ids []int64
		for range 5 {
			ids = append(ids, b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert}))
		}
		if err := b.Work(); err != nil {
			t.Fatal(err)
		}
		b.stop(t)
		for _, id := range ids {
			if j := b.job(t, id); j.State != retable.JobSuccess && (j.State != retable.JobQueued || j.Attempts != 0) {
				t.Fatalf("job %d is %s after %d attempts", id, j.State, j.Attempts)
			}
		}
	}
}

// TestAThousandSessionsAtOnce: a thousand sessions are commanded and have jobs
// at the same time. Goroutines and memory stay in proportion to what is allowed
// to run, and the session beyond the limit is told to come again.
func TestAThousandSessionsAtOnce(t *testing.T) {
	const sessions = 1000
	var inside, most atomic.Int64
	task := func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
		n := inside.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		inside.Add(-1)
		return actors.Outcome{}, nil
	}
	b := setup(t, actors.Config{Sessions: sessions, Idle: time.Hour, Slots: 4}, map[retable.JobKind]actors.Task{retable.JobScan: task})
	owner := b.user(t)
	ids := make([]string, sessions)
	b.update(t, func(tx retable.Tx) error {
		for i := range ids {
			x := &retable.Session{ID: retable.NewID(), OwnerID: owner, Name: "a.zip", State: retable.SessionReceived, CreatedAt: 1, UpdatedAt: 1, UsedAt: 1}
			ids[i] = x.ID
			if err := tx.Sessions().Create(t.Context(), x); err != nil {
				return err
			}
		}
		return nil
	})
	before, heapBefore := runtime.NumGoroutine(), heap()
	var wg sync.WaitGroup
	jobs := make([]int64, sessions)
	for i, id := range ids {
		wg.Go(func() {
			err := b.Do(context.Background(), id, "scan", func(ctx context.Context, tx retable.Tx) error {
				j, _, err := tx.Jobs().Enqueue(ctx, retable.JobSpec{Kind: retable.JobScan, SessionID: id, OwnerID: owner}, retable.MillisOf(time.Now()))
				if err == nil {
					jobs[i] = j.ID
				}
				return err
			})
			if err != nil {
				t.Errorf("session %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	live, heapLive := runtime.NumGoroutine(), heap()
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	b.await(t, jobs[sessions-1], retable.JobSuccess)
	b.await(t, jobs[0], retable.JobSuccess)
	atWork := runtime.NumGoroutine()
	t.Logf("%d sessions: %d goroutines at first, %d with all actors alive, %d at work; %d bytes of heap a session; %d jobs at once", sessions, before, live, atWork, (heapLive-heapBefore)/sessions, most.Load())
	if most.Load() > 4 {
		t.Errorf("%d jobs were at work at once", most.Load())
	}
	// An idle actor has no goroutine; SQL and tickers have some.
	if live > before+50 || atWork > before+100 {
		t.Errorf("%d goroutines became %d, and %d at work", before, live, atWork)
	}
	if per := (heapLive - heapBefore) / sessions; per > 64<<10 {
		t.Errorf("a session's actor takes %d bytes", per)
	}
}

// TestTheSessionBeyondTheLimitIsToldToComeAgain: no room, and nobody idle.
func TestTheSessionBeyondTheLimitIsToldToComeAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{Sessions: 2}, nil)
	hold, begun := make(chan struct{}), make(chan struct{}, 2)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(hold)
	// The first holds the store's one writer, the second waits for it: both are busy.
	wg.Go(func() {
		_ = b.Do(context.Background(), "first", "hold", func(context.Context, retable.Tx) error { begun <- struct{}{}; <-hold; return nil })
	})
	<-begun
	wg.Go(func() {
		_ = b.Do(context.Background(), "second", "wait", func(context.Context, retable.Tx) error { return nil })
	})
	eventually(t, "the second waits", func() bool { return b.Messages()["session"] == 2 })
	err := b.Do(t.Context(), "third", "refused", func(context.Context, retable.Tx) error { return nil })
	if e, ok := err.(*retable.Error); !ok || e.RetryAfter <= 0 || e.Reason != "sessions_busy" {
		t.Errorf("got %#v", err)
	}
}

// fullStore is a store that can't write, as on a full disk, while it is full.
type fullStore struct {
	retable.Store
	full   atomic.Bool
	denied atomic.Int64
}

func (s *fullStore) Update(ctx context.Context, fn func(retable.Tx) error) error {
	if s.full.Load() {
		s.denied.Add(1)
		return &retable.Error{Code: retable.Unavailable, Reason: "disk_full", Detail: "The disk is full."}
	}
	return s.Store.Update(ctx, fn)
}

// TestAnEndThatCantBeRecordedIsRecordedLater: the disk is full when the job
// ends, and for longer than anybody's patience. With room again it ends as it
// did; it is not said to run until the next start.
func TestAnEndThatCantBeRecordedIsRecordedLater(t *testing.T) {
	t.Parallel()
	var full *fullStore
	var tasks atomic.Int64
	task := func(_ context.Context, j *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
		tasks.Add(1)
		full.full.Store(true)
		if string(j.Payload) == `"bad"` {
			return actors.Outcome{}, retable.Errorf(retable.Unprocessable, "No XML in it.")
		}
		return actors.Outcome{}, nil
	}
	b := setup(t, actors.Config{Slots: 1, Patience: time.Millisecond}, map[retable.JobKind]actors.Task{retable.JobConvert: task}, func(d *actors.Deps) {
		full = &fullStore{Store: d.Store}
		d.Store = full
	})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]retable.JobState{`"good"`: retable.JobSuccess, `"bad"`: retable.JobFailed} {
		before := full.denied.Load()
		id := b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert, Payload: []byte(payload)})
		eventually(t, "the end can't be recorded", func() bool { return full.denied.Load() >= before+4 })
		if j := b.job(t, id); j.State != retable.JobRunning {
			t.Errorf("meanwhile the job is %s", j.State)
		}
		full.full.Store(false)
		b.await(t, id, want)
	}
	if tasks.Load() != 2 {
		t.Errorf("the work was done %d times, not twice", tasks.Load())
	}
}

// heap is what is in use after a collection.
func heap() int64 {
	for range 3 { // what pools and finalizers hold goes with the second and third
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
