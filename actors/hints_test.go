package actors_test

import (
	"context"
	"testing"
	"time"

	"retable/actors"
	"retable/internal/retable"
)

// Each hint of a job reaches all replicas: a worker that looked at the queue for
// every one of them would keep the database busy with claims that find nothing.
func TestHintsThatFollowEachOtherCountAsOne(t *testing.T) {
	t.Parallel()
	hints := make(chan struct{}) // whoever sends sees whether it is heard
	done := make(chan int64, 2)
	b := setup(t, actors.Config{Lease: time.Minute, Poll: time.Hour, HintRest: time.Hour}, map[retable.JobKind]actors.Task{
		retable.JobScan: func(_ context.Context, j *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
			done <- j.ID
			return actors.Outcome{}, nil
		},
	}, func(d *actors.Deps) { d.Wake = hints })
	if err := b.Work(); err != nil {
		t.Fatal(err)
	}
	id := b.enqueue(t, retable.JobSpec{Kind: retable.JobScan})
	hints <- struct{}{}
	if got := <-done; got != id {
		t.Errorf("got job %d, want %d", got, id)
	}
	select {
	case hints <- struct{}{}:
		t.Error("a second hint was heard at once")
	case <-time.After(100 * time.Millisecond): // a worker that doesn't rest hears it within microseconds
	}
}
