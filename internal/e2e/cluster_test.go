//go:build unix

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"retable/app"
	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// lease is how long a silent worker keeps its job in these tests.
const lease = 3 * time.Second

// replica is a house on a shared database with a shared folder of blobs.
func replica(t *testing.T, url, blobs string) house {
	t.Helper()
	root := t.TempDir()
	return house{root, []string{
		"RET_RUNTIME_ROOT=" + root, "RET_DATABASE=" + url, "RET_BLOBS=" + blobs, "RET_ROLE=worker", "RET_CLEANUP_AT=off", "RET_BACKUP_AT=off",
		"RET_JOB_LEASE=" + lease.String(), "RET_JOB_POLL=200ms", "RET_JOB_WORKERS=1",
	}}
}

// cluster is two replicas that work, and a third place that asks.
type cluster struct {
	*look
	blobs string
	homes [2]house
	procs [2]*worker
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{blobs: t.TempDir()}
	url := storetest.Postgres(t)
	program(t)
	for i := range c.homes {
		c.homes[i] = replica(t, url, c.blobs)
	}
	c.look = replica(t, url, c.blobs).look(t, nil)
	for i, h := range c.homes {
		c.procs[i] = h.work(t)
	}
	return c
}

// holder is the place of the worker that has the job, -1 if none has.
func (c *cluster) holder(j *retable.Job) int {
	return slices.IndexFunc(c.procs[:], func(w *worker) bool { return w.owns(j) })
}

// convert takes a bundle in, scans it, and waits until somebody converts it.
func (c *cluster) convert(t *testing.T, content []byte) (job *retable.Job, by int) {
	t.Helper()
	got := c.bring(t, "delivery.zip", content, true)
	job = c.until(t, got.JobID, "running", running)
	if by = c.holder(job); by < 0 {
		t.Fatalf("job %d was over before anybody could be stopped: make the delivery larger", job.ID)
	}
	return job, by
}

// settled checks that the conversion has had its effect once.
func (c *cluster) settled(t *testing.T, j *retable.Job) {
	t.Helper()
	j = c.done(t, j.ID)
	var tables []retable.Artifact
	var x *retable.Session
	c.view(t, func(tx retable.Tx) (err error) {
		if tables, err = tx.Artifacts().Find(c.ctx, retable.ArtifactFilter{SessionID: j.SessionID, Kind: retable.ArtifactTables}); err == nil {
			x, err = tx.Sessions().Get(c.ctx, j.SessionID)
		}
		return err
	})
	if len(tables) != 1 || x.State != retable.SessionReady || !x.Proved || j.Attempts != 2 {
		t.Errorf("got %d artifacts of a session that is %s (proved: %v) after %d attempts", len(tables), x.State, x.Proved, j.Attempts)
	}
}

func clusterSize() (rounds int, size int64) {
	switch {
	case soak():
		return 20, 8 << 20
	case testing.Short():
		return 1, 4 << 20
	}
	return 3, 8 << 20
}

func TestAKilledReplicasJobRunsElsewhere(t *testing.T) {
	rounds, size := clusterSize()
	c := newCluster(t)
	var took []time.Duration
	for round := range rounds {
		j, by := c.convert(t, delivery(t, size, uint64(round)+1))
		c.procs[by].kill()
		killed := time.Now()
		next := c.until(t, j.ID, "running elsewhere", func(j *retable.Job) bool { return running(j) && j.Attempts == 2 })
		took = append(took, next.StartedAt.Time().Sub(killed))
		if next.State == retable.JobRunning && !c.procs[1-by].owns(next) {
			t.Errorf("the job is %s's, not the other worker's", next.LeaseOwner)
		}
		c.settled(t, j)
		c.procs[by] = c.homes[by].work(t)
	}
	for _, w := range c.procs {
		w.stop(t)
	}
	c.whole(t, c.blobs)
	t.Logf("lease %v; from SIGKILL to running elsewhere: %s", lease, figures(took))
}

func TestAThawedReplicaHasNoEffect(t *testing.T) {
	rounds, size := clusterSize()
	c := newCluster(t)
	var took []time.Duration
	for round := range rounds {
		j, by := c.convert(t, delivery(t, size, uint64(round)+1))
		frozen := c.procs[by]
		if err := frozen.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		stopped := time.Now()
		next := c.until(t, j.ID, "running elsewhere", func(j *retable.Job) bool { return running(j) && j.Attempts == 2 })
		took = append(took, next.StartedAt.Time().Sub(stopped))
		c.settled(t, j)
		before := c.artifacts(t, j.SessionID)
		if err := frozen.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		c.idle(t, by)
		if after := c.artifacts(t, j.SessionID); !slices.Equal(before, after) {
			t.Errorf("the thawed worker has changed %v to %v", before, after)
		}
		c.whole(t, c.blobs)
	}
	for _, w := range c.procs {
		w.stop(t)
	}
	t.Logf("lease %v; from SIGSTOP to running elsewhere: %s", lease, figures(took))
}

func (c *cluster) artifacts(t *testing.T, session string) (ids []string) {
	t.Helper()
	c.view(t, func(tx retable.Tx) error {
		all, err := tx.Artifacts().Find(c.ctx, retable.ArtifactFilter{SessionID: session})
		for i := range all {
			ids = append(ids, all[i].ID+" "+all[i].SHA256)
		}
		return err
	})
	return ids
}

// idle waits until the worker has let go of what it was doing: it has one slot,
// and does another job when that is free.
func (c *cluster) idle(t *testing.T, by int) {
	t.Helper()
	other := c.procs[1-by]
	if err := other.cmd.Process.Signal(syscall.SIGSTOP); err != nil { // so that the thawed one must do it
		t.Fatal(err)
	}
	defer func() {
		if err := other.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}()
	got, err := c.CleanUp(c.ctx, app.CleanupRequest{UnusedDays: 3650})
	c.done(t, started(t, got, err))
}

// TestOrderOfAThousandJobs: two processes with four slots each work on the jobs
// of fifty sessions. No two jobs of one session overlap, and they come in the
// order in which they were asked for.
func TestOrderOfAThousandJobs(t *testing.T) {
	const sessions = 50
	jobs := 1000
	if soak() {
		jobs = 5000
	}
	dir, url := t.TempDir(), storetest.Postgres(t)
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: url, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	order := enqueueOrdered(t, st, sessions, jobs)
	began := time.Now()
	for range 2 {
		startTurns(t, url, dir)
	}
	l := &look{Instance: &app.Instance{Store: st}, ctx: ctx}
	deadline := time.Now().Add(patience)
	for left := int64(1); left > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d jobs are not over", left)
		}
		l.view(t, func(tx retable.Tx) error {
			active, err := tx.Jobs().List(ctx, retable.JobFilter{Active: true}, retable.Page{Limit: 1})
			left = active.Total
			return err
		})
		time.Sleep(20 * time.Millisecond)
	}
	took := time.Since(began)
	all := readTurns(t, dir)
	overlaps, disorder := judge(all)
	if overlaps != 0 || disorder != 0 || len(all) != jobs {
		t.Errorf("%d turns, %d overlap, %d out of order", len(all), overlaps, disorder)
	}
	l.view(t, func(tx retable.Tx) error {
		for session, want := range order {
			var got []int64
			raw, err := tx.Settings().Get(ctx, "turns/"+session)
			if err == nil {
				err = json.Unmarshal(raw, &got)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("the effects of session %s are %v (%v), want %v", session, got, err, want)
			}
		}
		return nil
	})
	t.Logf("%d jobs of %d sessions by 2 processes in %v: %d overlaps, %d out of order", jobs, sessions, took.Round(time.Millisecond), overlaps, disorder)
}

// enqueueOrdered asks for jobs, going round the sessions.
func enqueueOrdered(t *testing.T, st *store.Store, sessions, jobs int) map[string][]int64 {
	t.Helper()
	ctx, now := context.Background(), retable.MillisOf(time.Now())
	order := map[string][]int64{}
	err := st.Update(ctx, func(tx retable.Tx) error {
		u := &retable.User{ID: retable.NewID(), Username: "ada", Role: retable.RoleUser, Active: true, CreatedAt: now, UpdatedAt: now}
		if err := tx.Users().Create(ctx, u); err != nil {
			return err
		}
		var ids []string
		for range sessions {
			x := &retable.Session{ID: retable.NewID(), OwnerID: u.ID, Name: "a.zip", State: retable.SessionReceived, CreatedAt: now, UpdatedAt: now, UsedAt: now}
			if err := tx.Sessions().Create(ctx, x); err != nil {
				return err
			}
			ids = append(ids, x.ID)
		}
		for i := range jobs {
			id := ids[i%sessions]
			j, _, err := tx.Jobs().Enqueue(ctx, retable.JobSpec{Kind: retable.JobScan, SessionID: id, OwnerID: u.ID}, now)
			if err != nil {
				return err
			}
			order[id] = append(order[id], j.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return order
}

// startTurns starts this test binary as a worker, which ends with the test.
func startTurns(t *testing.T, url, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), self)
	cmd.Env = append(os.Environ(), workerURL+"="+url, workerDir+"="+dir, workerLease+"=1m")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("a worker ended with %v", err)
		}
	})
}

func readTurns(t *testing.T, dir string) (all []turn) {
	t.Helper()
	for _, name := range listing(t, dir) {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var x turn
			if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
				t.Fatal(err)
			}
			all = append(all, x)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return all
}

// judge counts pairs of jobs of one session that overlap, and those that came
// before an older one.
func judge(all []turn) (overlaps, disorder int) {
	bySession := map[string][]turn{}
	for _, x := range all {
		bySession[x.Session] = append(bySession[x.Session], x)
	}
	for _, turns := range bySession {
		slices.SortFunc(turns, func(a, b turn) int { return int(a.Began - b.Began) })
		for i := 1; i < len(turns); i++ {
			if turns[i].Began < turns[i-1].Ended {
				overlaps++
			}
			if turns[i].Job <= turns[i-1].Job {
				disorder++
			}
		}
	}
	return overlaps, disorder
}
