package actors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"retable/actors"
	"retable/internal/retable"
)

func TestAJobRunsAndItsEffectCountsOnce(t *testing.T) {
	t.Parallel()
	var b *bundle
	task := func(_ context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
		report(actors.Report{Progress: 50, Message: "half", Rate: 10, Left: time.Second})
		return actors.Outcome{Result: map[string]int{"n": 3}, Message: "three", Commit: func(ctx context.Context, tx retable.Tx) error {
			return tx.Settings().Set(ctx, "effect", []byte(`1`), 1)
		}}, nil
	}
	b = setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobConvert: task})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	owner := b.user(t)
	id := b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert, OwnerID: owner, SessionID: b.session(t, owner)})
	j := b.await(t, id, retable.JobSuccess)
	if string(j.Result) != `{"n":3}` || j.Message != "three" || j.Progress != 100 {
		t.Errorf("got result %s, message %q, progress %v", j.Result, j.Message, j.Progress)
	}
	if err := b.store.View(t.Context(), func(tx retable.Tx) error {
		_, err := tx.Settings().Get(t.Context(), "effect")
		return err
	}); err != nil {
		t.Errorf("the effect is missing: %v", err)
	}
	eventually(t, "the end is told", func() bool {
		for _, e := range b.heard.of(retable.EventJob) {
			if e.JobID == id && e.State == "SUCCESS" {
				return true
			}
		}
		return false
	})
	if p := b.heard.of(retable.EventProgress); len(p) == 0 || p[0].Progress != 50 || p[0].LeftMS != 1000 || p[0].Rate != 10 {
		t.Errorf("got progress %+v", p)
	}
	if n := b.Messages()["conversion"]; n < 3 {
		t.Errorf("the conversion's actor got %d messages, not begin, progress and end", n)
	}
}

func TestEachKindOfJobHasItsOwnActor(t *testing.T) {
	t.Parallel()
	ok := func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
		return actors.Outcome{}, nil
	}
	b := setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobConvert: ok, retable.JobCompare: ok, retable.JobIndex: ok})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	for kind, name := range map[retable.JobKind]string{retable.JobConvert: "conversion", retable.JobCompare: "comparison", retable.JobIndex: "indexing"} {
		b.await(t, b.enqueue(t, retable.JobSpec{Kind: kind}), retable.JobSuccess)
		eventually(t, name+" was told to begin, and told its end", func() bool { return b.Messages()[name] == 2 })
	}
}

func TestAPanicIsAFailedAttemptWithItsStack(t *testing.T) {
	t.Parallel()
	task := func(_ context.Context, j *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
		if string(j.Payload) == `"panic"` {
			panic("parser went wild")
		}
		return actors.Outcome{}, nil
	}
	b := setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobConvert: task})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	bad := b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert, Payload: []byte(`"panic"`), CorrelationID: "c-1"})
	good := b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert, Payload: []byte(`"fine"`)})
	j := b.await(t, bad, retable.JobFailed)
	b.await(t, good, retable.JobSuccess)
	if strings.Contains(j.Error, "wild") || !strings.Contains(j.Stack, "parser went wild") || !strings.Contains(j.Stack, "jobs_test.go") || j.Attempts != 1 {
		t.Errorf("got error %q, stack %q, %d attempts", j.Error, j.Stack, j.Attempts)
	}
	var events retable.List[retable.ErrorEvent]
	if err := b.store.View(t.Context(), func(tx retable.Tx) (err error) {
		events, err = tx.ErrorEvents().List(t.Context(), "", "", retable.Page{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(events.Items) != 1 || events.Items[0].JobID != bad || events.Items[0].CorrelationID != "c-1" || !strings.Contains(events.Items[0].Stack, "wild") {
		t.Errorf("got error events %+v", events.Items)
	}
}

func TestOnlyTransientErrorsAreTriedAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	task := func(_ context.Context, j *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
		switch string(j.Payload) {
		case `"busy twice"`:
			if calls.Add(1) < 3 {
				return actors.Outcome{}, &retable.Error{Code: retable.Unavailable, Detail: "The database is busy."}
			}
			return actors.Outcome{}, nil
		case `"S3 is down for long"`:
			if j.Attempts < 8 {
				return actors.Outcome{}, fmt.Errorf("storing: %w", &retable.Error{Code: retable.Unavailable, Reason: "blobs_down", Detail: "The blob store doesn't answer."})
			}
			return actors.Outcome{}, nil
		case `"always busy"`:
			return actors.Outcome{}, &retable.Error{Code: retable.Busy, Detail: "No room."}
		}
		return actors.Outcome{}, &retable.Error{Code: retable.Unprocessable, Detail: "No XML in it."}
	}
	b := setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobScan: task})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		payload  string
		state    retable.JobState
		attempts int
		detail   string
	}{
		{`"busy twice"`, retable.JobSuccess, 3, ""},
		{`"S3 is down for long"`, retable.JobSuccess, 8, ""},
		{`"always busy"`, retable.JobFailed, 3, "No room."},
		{`"not xml"`, retable.JobFailed, 1, "No XML in it."},
	} {
		j := b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobScan, Payload: []byte(c.payload)}), c.state)
		if j.Attempts != c.attempts || c.detail != "" && j.Error != c.detail {
			t.Errorf("%s: got %d attempts and %q, want %d and %q", c.payload, j.Attempts, j.Error, c.attempts, c.detail)
		}
	}
}

func TestAFailedEffectFailsTheJobAndIsUndone(t *testing.T) {
	t.Parallel()
	var discarded atomic.Bool
	task := func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
		return actors.Outcome{
			Commit: func(ctx context.Context, tx retable.Tx) error {
				if err := tx.Settings().Set(ctx, "half", []byte(`1`), 1); err != nil {
					return err
				}
				return retable.Missing("session", "x")
			},
			Discard: func() { discarded.Store(true) },
		}, nil
	}
	b := setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobConvert: task})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert}), retable.JobFailed)
	err := b.store.View(t.Context(), func(tx retable.Tx) error {
		_, err := tx.Settings().Get(t.Context(), "half")
		return err
	})
	if !retable.Is(err, retable.NotFound) {
		t.Errorf("half an effect is there: %v", err)
	}
	eventually(t, "what was made is discarded", discarded.Load)
}

// block is a task that says when it has begun and runs until it is stopped.
func block(begun chan<- int64) actors.Task {
	return func(ctx context.Context, j *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
		begun <- j.ID
		<-ctx.Done()
		return actors.Outcome{}, ctx.Err()
	}
}

func TestCancelStopsTheWork(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(*bundle, int64){
		"told through the mailbox": func(b *bundle, id int64) { b.Cancel(id) },
		"seen at the heartbeat":    func(*bundle, int64) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := make(chan int64, 1)
			b := setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobIndex: block(begun)})
			if err := b.Work(); err != nil {
				t.Fatal(err)
			}
			id := b.enqueue(t, retable.JobSpec{Kind: retable.JobIndex})
			<-begun
			b.update(t, func(tx retable.Tx) error {
				_, err := tx.Jobs().AskCancel(t.Context(), id, retable.MillisOf(time.Now()))
				return err
			})
			cancel(b, id)
			b.await(t, id, retable.JobCancelled)
		})
	}
}

func TestStoppingHandsJobsBackAtOnce(t *testing.T) {
	t.Parallel()
	begun := make(chan int64, 4)
	b := setup(t, actors.Config{Slots: 2}, map[retable.JobKind]actors.Task{retable.JobConvert: block(begun)})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	first, second := b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert}), b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert})
	<-begun
	<-begun
	b.stop(t)
	for _, id := range []int64{first, second} {
		if j := b.job(t, id); j.State != retable.JobQueued || j.Attempts != 0 {
			t.Errorf("job %d is %s after %d attempts; handed back it is QUEUED after none", id, j.State, j.Attempts)
		}
	}
	if err := b.Do(t.Context(), "x", "late", func(context.Context, retable.Tx) error { return nil }); !retable.Is(err, retable.Unavailable) {
		t.Errorf("a command after the end gives %v", err)
	}
}

// slowFolder keeps the watcher busy until it is told.
type slowFolder struct{ asked, over chan struct{} }

func (f *slowFolder) Active(context.Context) ([]retable.Watch, error) {
	close(f.asked)
	<-f.over
	return nil, nil
}

func (f *slowFolder) Open(retable.Watch) actors.Sweeper { return nil }

// TestAJobThatMeetsTheEndIsHandedBack: the watcher takes its time to stop, and
// a task that commands its session meanwhile is refused before anybody has told
// it to stop. That is nobody's failure.
func TestAJobThatMeetsTheEndIsHandedBack(t *testing.T) {
	t.Parallel()
	var b *bundle
	folder := &slowFolder{make(chan struct{}), make(chan struct{})}
	begun, once := make(chan struct{}, 100), sync.Once{}
	b = setup(t, actors.Config{Slots: 1}, map[retable.JobKind]actors.Task{
		retable.JobConvert: func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
			begun <- struct{}{}
			for {
				if err := b.Do(context.Background(), "x", "on", func(context.Context, retable.Tx) error { return nil }); err != nil {
					return actors.Outcome{}, err
				}
			}
		},
	}, func(d *actors.Deps) {
		d.Folder = folder
		d.Observe = func(retable.Job, actors.JobFacts) { once.Do(func() { close(folder.over) }) }
	})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	go b.Watch(context.Background())
	<-folder.asked
	id := b.enqueue(t, retable.JobSpec{Kind: retable.JobConvert})
	<-begun
	b.stop(t)
	if j := b.job(t, id); j.State != retable.JobQueued || j.Attempts != 0 {
		t.Errorf("the job is %s after %d attempts: %s", j.State, j.Attempts, j.Error)
	}
}

func TestSettleSharesTheTransaction(t *testing.T) {
	t.Parallel()
	var seen atomic.Value
	b := setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobScan: func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
		return actors.Outcome{}, retable.Errorf(retable.Unprocessable, "no")
	}}, func(d *actors.Deps) {
		d.Settle = func(ctx context.Context, tx retable.Tx, j *retable.Job, state retable.JobState, err error) error {
			seen.Store(string(state) + " " + err.Error())
			return tx.Settings().Set(ctx, "settled", []byte(`1`), 1)
		}
	})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobScan}), retable.JobFailed)
	if got := seen.Load(); got != "FAILED no" {
		t.Errorf("got %v", got)
	}
}

func TestResultsAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{}, map[retable.JobKind]actors.Task{retable.JobScan: func(context.Context, *retable.Job, func(actors.Report)) (actors.Outcome, error) {
		return actors.Outcome{Result: strings.Repeat("x", retable.MaxJobResult+1)}, nil
	}})
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	if j := b.await(t, b.enqueue(t, retable.JobSpec{Kind: retable.JobScan}), retable.JobFailed); !strings.Contains(j.Stack, "is over") {
		t.Errorf("got %q", j.Stack)
	}
}

func TestWorkTwiceIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, actors.Config{}, nil)
	if err := errors.Join(b.Work(), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Work(); err == nil {
		t.Error("two pools")
	}
}
