//go:build unix

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"retable/actors"
	"retable/internal/retable"
	"retable/internal/store"
)

// A worker of the test for order: this test binary, started again with these
// variables, works on jobs that write down when they were worked on.
const (
	workerURL   = "RET_TEST_WORKER_URL"
	workerDir   = "RET_TEST_WORKER_DIR"
	workerLease = "RET_TEST_WORKER_LEASE"
)

// turn is one attempt at a job, as its worker saw it.
type turn struct {
	Job     int64
	Attempt int
	Session string
	Began   int64 // nanoseconds of the machine's clock
	Ended   int64
}

// beWorker works until it is told to end, if this process was started as a
// worker.
func beWorker() (was bool) {
	url := os.Getenv(workerURL)
	if url == "" {
		return false
	}
	if err := workFor(url, os.Getenv(workerDir)); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
	return true
}

func workFor(url, dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	lease, err := time.ParseDuration(os.Getenv(workerLease))
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Config{URL: url})
	if err != nil {
		return err
	}
	defer st.Close()
	turns, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(os.Getpid())+".jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer turns.Close()
	wake, quiet := st.Wake()
	defer quiet()
	sys, err := actors.New(actors.Config{Owner: fmt.Sprintf("test/%d/%s", os.Getpid(), retable.NewID()), Slots: 4, Lease: lease, Poll: 200 * time.Millisecond}, actors.Deps{
		Store: st, Wake: wake, Tasks: map[retable.JobKind]actors.Task{retable.JobScan: turnTask(turns)},
	})
	if err != nil {
		return err
	}
	if err := sys.Work(); err != nil {
		return err
	}
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return sys.Stop(end)
}

// turnTask notes its turn in the file, and in the database as its effect: the
// session's list of jobs.
func turnTask(turns *os.File) actors.Task {
	return func(_ context.Context, j *retable.Job, _ func(actors.Report)) (actors.Outcome, error) {
		began := time.Now().UnixNano()
		time.Sleep(time.Millisecond) // the work
		line, err := json.Marshal(turn{j.ID, j.Attempts, j.SessionID, began, time.Now().UnixNano()})
		if err == nil {
			_, err = turns.Write(append(line, '\n')) // one write of a line: whole, or not at all
		}
		return actors.Outcome{Commit: func(ctx context.Context, tx retable.Tx) error { return addTurn(ctx, tx, j) }}, err
	}
}

// addTurn appends the job to its session's list.
func addTurn(ctx context.Context, tx retable.Tx, j *retable.Job) error {
	key := "turns/" + j.SessionID
	var list []int64
	raw, err := tx.Settings().Get(ctx, key)
	if err == nil {
		err = json.Unmarshal(raw, &list)
	} else if retable.Is(err, retable.NotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	if raw, err = json.Marshal(append(list, j.ID)); err != nil {
		return err
	}
	return tx.Settings().Set(ctx, key, raw, retable.MillisOf(time.Now()))
}
