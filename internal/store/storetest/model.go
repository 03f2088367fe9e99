package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/retable"
)

// RunJobModel tests the jobs table against a model of it: whatever is asked in
// whatever order, both answer the same and end in the same states.
func RunJobModel(t *testing.T, open Opener) {
	s := open(t)
	rapid.Check(t, func(r *rapid.T) {
		m := newModel(r, s)
		r.Repeat(map[string]func(*rapid.T){
			"enqueue":    m.enqueue,
			"claim":      m.claim,
			"heartbeat":  m.heartbeat,
			"succeed":    m.succeed,
			"fail":       m.fail,
			"cancelled":  m.cancelled,
			"release":    m.release,
			"askCancel":  m.askCancel,
			"retry":      m.retry,
			"requeue":    m.requeue,
			"wait":       m.wait,
			"claim next": m.claim,
			"claim late": func(r *rapid.T) { // leases run out
				m.now += 600
				m.claim(r)
			},
			"rest": func(*rapid.T) { m.now = m.now.Add(time.Minute) }, // longer than any rest after a death
			"":     m.compare,
		})
	})
}

// model is what the jobs table should hold.
type model struct {
	ctx      context.Context
	store    retable.Store
	now      retable.Millis
	sessions []string
	jobs     map[int64]*retable.Job
	tries    map[int64]int
	leases   []retable.Lease // all that were ever given
}

func newModel(r *rapid.T, s retable.Store) *model {
	m := &model{ctx: context.Background(), store: s, now: 1000, jobs: map[int64]*retable.Job{}, tries: map[int64]int{}}
	m.do(r, m.clear)
	m.do(r, func(tx retable.Tx) error {
		u := &retable.User{ID: retable.NewID(), Username: retable.NewID(), Role: retable.RoleUser}
		if err := tx.Users().Create(m.ctx, u); err != nil {
			return err
		}
		for range 2 {
			x := &retable.Session{ID: retable.NewID(), OwnerID: u.ID, State: retable.SessionReady}
			if err := tx.Sessions().Create(m.ctx, x); err != nil {
				return err
			}
			m.sessions = append(m.sessions, x.ID)
		}
		return nil
	})
	return m
}

// clear removes the jobs of the round before.
func (m *model) clear(tx retable.Tx) error {
	if _, err := tx.Jobs().Requeue(m.ctx, m.now); err != nil {
		return err
	}
	for {
		active, err := tx.Jobs().List(m.ctx, retable.JobFilter{Active: true}, retable.Page{})
		if err != nil {
			return err
		}
		for _, j := range active.Items {
			if _, err := tx.Jobs().AskCancel(m.ctx, j.ID, m.now); err != nil {
				return err
			}
		}
		if active.Next == "" {
			_, err := tx.Jobs().Purge(m.ctx, 1<<60, 0)
			return err
		}
	}
}

func (m *model) do(r *rapid.T, fn func(tx retable.Tx) error) {
	r.Helper()
	if err := m.store.Update(m.ctx, fn); err != nil {
		r.Fatalf("update: %v", err)
	}
}

// ids are those of all jobs, in order.
func (m *model) ids() []int64 {
	ids := make([]int64, 0, len(m.jobs))
	for id := range m.jobs {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (m *model) wait(r *rapid.T) { m.now += retable.Millis(rapid.IntRange(1, 700).Draw(r, "ms")) }

func (m *model) enqueue(r *rapid.T) {
	spec := retable.JobSpec{
		Kind: rapid.SampledFrom([]retable.JobKind{"scan", "convert"}).Draw(r, "kind"), MaxAttempts: rapid.IntRange(1, 2).Draw(r, "attempts"),
		Priority: rapid.IntRange(0, 2).Draw(r, "priority"), RunAt: m.now + retable.Millis(rapid.IntRange(-50, 300).Draw(r, "delay")),
		SessionID: rapid.SampledFrom([]string{"", m.sessions[0], m.sessions[1]}).Draw(r, "session"),
		DedupeKey: rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(r, "key"),
	}
	if ids := m.ids(); len(ids) > 0 && rapid.IntRange(0, 3).Draw(r, "after") == 0 {
		spec.After = []int64{rapid.SampledFrom(ids).Draw(r, "job")}
	}
	var got *retable.Job
	var created bool
	m.do(r, func(tx retable.Tx) (err error) {
		got, created, err = tx.Jobs().Enqueue(m.ctx, spec, m.now)
		return err
	})
	if twin := m.twin(spec.DedupeKey); twin != nil {
		if created || got.ID != twin.ID {
			r.Fatalf("got job %d, created %v; want job %d", got.ID, created, twin.ID)
		}
		return
	}
	if !created || m.jobs[got.ID] != nil {
		r.Fatalf("job %d was there already", got.ID)
	}
	want := &retable.Job{
		ID: got.ID, Kind: spec.Kind, State: retable.JobQueued, SessionID: spec.SessionID, DedupeKey: spec.DedupeKey, Priority: spec.Priority,
		MaxAttempts: spec.MaxAttempts, RunAt: max(spec.RunAt, m.now), After: spec.After,
	}
	m.jobs[want.ID], m.tries[want.ID] = want, spec.MaxAttempts
	for _, id := range spec.After {
		if s := m.jobs[id].State; s == retable.JobFailed || s == retable.JobCancelled {
			want.State = s
		}
	}
}

// twin is the active job of a key.
func (m *model) twin(key string) *retable.Job {
	for _, j := range m.jobs {
		if key != "" && j.DedupeKey == key && !j.State.Over() {
			return j
		}
	}
	return nil
}

func (m *model) claim(r *rapid.T) {
	owner := rapid.SampledFrom([]string{"w1", "w2"}).Draw(r, "owner")
	var got *retable.Job
	m.do(r, func(tx retable.Tx) (err error) {
		got, err = tx.Jobs().Claim(m.ctx, owner, nil, 500*time.Millisecond, m.now)
		return err
	})
	for _, id := range m.ids() {
		if j := m.jobs[id]; m.expired(j) && (j.CancelAsked || j.Deaths >= retable.EarlyDeaths) {
			m.died(j)
		}
	}
	want := m.next()
	switch {
	case want == nil && got == nil:
		return
	case want == nil || got == nil || want.ID != got.ID:
		r.Fatalf("claimed %s, want %s", show(got), show(want))
	}
	if want.State == retable.JobRunning { // its worker has died
		want.Deaths, want.MaxAttempts = want.Deaths+1, want.MaxAttempts+1
	}
	want.State, want.LeaseOwner, want.LeaseUntil = retable.JobRunning, owner, m.now.Add(500*time.Millisecond)
	want.Attempts++
	lease := retable.Lease{JobID: want.ID, Owner: owner, Attempt: want.Attempts}
	if got.Attempts != want.Attempts {
		r.Fatalf("attempt %d, want %d", got.Attempts, want.Attempts)
	}
	m.leases = append(m.leases, lease)
}

func (m *model) expired(j *retable.Job) bool {
	return j.State == retable.JobRunning && j.LeaseUntil <= m.now
}

// next is the job that a claim must give.
func (m *model) next() *retable.Job {
	var expired, ready []*retable.Job
	for _, j := range m.jobs {
		switch {
		case m.expired(j):
			expired = append(expired, j)
		case m.ready(j):
			ready = append(ready, j)
		}
	}
	if len(expired) > 0 {
		return slices.MinFunc(expired, func(a, b *retable.Job) int {
			return cmp.Or(cmp.Compare(a.LeaseUntil, b.LeaseUntil), cmp.Compare(a.ID, b.ID))
		})
	}
	if len(ready) == 0 {
		return nil
	}
	return slices.MinFunc(ready, func(a, b *retable.Job) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID, b.ID))
	})
}

func (m *model) ready(j *retable.Job) bool {
	if j.State != retable.JobQueued || j.RunAt > m.now {
		return false
	}
	for _, id := range j.After {
		if m.jobs[id].State != retable.JobSuccess {
			return false
		}
	}
	for _, o := range m.jobs {
		if j.SessionID != "" && o.SessionID == j.SessionID && o.ID != j.ID &&
			(o.State == retable.JobRunning || o.State == retable.JobQueued && o.ID < j.ID) {
			return false
		}
	}
	return true
}

// died is what becomes of a job whose worker has died, unless it is claimed at
// once.
func (m *model) died(j *retable.Job) {
	j.Deaths++
	switch {
	case j.CancelAsked:
		m.end(j, retable.JobCancelled)
	case j.Deaths >= retable.MaxDeaths:
		m.end(j, retable.JobFailed)
	default:
		j.State, j.LeaseOwner, j.LeaseUntil, j.MaxAttempts = retable.JobQueued, "", 0, j.MaxAttempts+1
		if rest := retable.RestAfterDeath(j.Deaths); rest > 0 {
			j.RunAt = m.now.Add(rest)
		}
	}
}

// end ends a job, and with it those that wait for it.
func (m *model) end(j *retable.Job, state retable.JobState) {
	j.State, j.LeaseOwner, j.LeaseUntil = state, "", 0
	if state == retable.JobSuccess {
		return
	}
	for _, id := range m.ids() {
		if o := m.jobs[id]; o.State == retable.JobQueued && slices.Contains(o.After, j.ID) {
			m.end(o, state)
		}
	}
}

// leased runs something with one of the leases that were ever given. It must
// be refused unless the lease is still good; then agreed is told.
func (m *model) leased(r *rapid.T, run func(j retable.Jobs, l retable.Lease) error, agreed func(j *retable.Job)) {
	if len(m.leases) == 0 {
		r.Skip("nothing was claimed yet")
	}
	l := rapid.SampledFrom(m.leases).Draw(r, "lease")
	j := m.jobs[l.JobID]
	good := j.State == retable.JobRunning && j.LeaseOwner == l.Owner && j.Attempts == l.Attempt
	err := m.store.Update(m.ctx, func(tx retable.Tx) error { return run(tx.Jobs(), l) })
	switch {
	case good && err != nil:
		r.Fatalf("a good lease %+v was refused: %v", l, err)
	case !good && !errors.Is(err, retable.ErrLeaseLost):
		r.Fatalf("a lost lease %+v: got %v", l, err)
	case good:
		agreed(j)
	}
}

func (m *model) heartbeat(r *rapid.T) {
	var cancel bool
	m.leased(r, func(j retable.Jobs, l retable.Lease) (err error) {
		cancel, err = j.Heartbeat(m.ctx, l, 10, "", 500*time.Millisecond, m.now)
		return err
	}, func(j *retable.Job) {
		j.LeaseUntil = m.now.Add(500 * time.Millisecond)
		if cancel != j.CancelAsked {
			r.Fatalf("cancel %v, want %v", cancel, j.CancelAsked)
		}
	})
}

func (m *model) succeed(r *rapid.T) {
	m.leased(r, func(j retable.Jobs, l retable.Lease) error { return j.Succeed(m.ctx, l, nil, "", m.now) },
		func(j *retable.Job) { m.end(j, retable.JobSuccess) })
}

func (m *model) fail(r *rapid.T) {
	var retryAt retable.Millis
	if rapid.Bool().Draw(r, "again") {
		retryAt = m.now + retable.Millis(rapid.IntRange(0, 300).Draw(r, "delay"))
	}
	m.leased(r, func(j retable.Jobs, l retable.Lease) error {
		return j.Fail(m.ctx, l, retable.JobError{Code: retable.Internal, Detail: "x"}, retryAt, m.now)
	}, func(j *retable.Job) {
		switch {
		case retryAt > 0 && j.CancelAsked:
			m.end(j, retable.JobCancelled)
		case retryAt > 0 && j.Attempts < j.MaxAttempts:
			j.State, j.RunAt, j.LeaseOwner, j.LeaseUntil = retable.JobQueued, retryAt, "", 0
		default:
			m.end(j, retable.JobFailed)
		}
	})
}

func (m *model) cancelled(r *rapid.T) {
	m.leased(r, func(j retable.Jobs, l retable.Lease) error { return j.Cancelled(m.ctx, l, m.now) },
		func(j *retable.Job) { m.end(j, retable.JobCancelled) })
}

func (m *model) release(r *rapid.T) {
	m.leased(r, func(j retable.Jobs, l retable.Lease) error { return j.Release(m.ctx, l, m.now) }, func(j *retable.Job) {
		if j.CancelAsked {
			m.end(j, retable.JobCancelled)
			return
		}
		j.State, j.LeaseOwner, j.LeaseUntil = retable.JobQueued, "", 0
		j.Attempts--
		// The lease that was handed back doesn't count as given: its attempt comes again.
		m.leases = slices.DeleteFunc(m.leases, func(l retable.Lease) bool { return l.JobID == j.ID && l.Attempt == j.Attempts+1 })
	})
}

func (m *model) anyJob(r *rapid.T) *retable.Job {
	ids := m.ids()
	if len(ids) == 0 {
		r.Skip("there is no job yet")
	}
	return m.jobs[rapid.SampledFrom(ids).Draw(r, "job")]
}

func (m *model) askCancel(r *rapid.T) {
	j := m.anyJob(r)
	m.do(r, func(tx retable.Tx) error { _, err := tx.Jobs().AskCancel(m.ctx, j.ID, m.now); return err })
	switch j.State {
	case retable.JobQueued:
		m.end(j, retable.JobCancelled)
	case retable.JobRunning:
		j.CancelAsked = true
	}
}

func (m *model) retry(r *rapid.T) {
	j := m.anyJob(r)
	may := (j.State == retable.JobFailed || j.State == retable.JobCancelled) && m.twin(j.DedupeKey) == nil
	for _, id := range j.After {
		s := m.jobs[id].State
		may = may && s != retable.JobFailed && s != retable.JobCancelled
	}
	err := m.store.Update(m.ctx, func(tx retable.Tx) error { _, err := tx.Jobs().Retry(m.ctx, j.ID, m.now); return err })
	switch {
	case may && err != nil, !may && !retable.Is(err, retable.Conflict):
		r.Fatalf("retrying %s: got %v", show(j), err)
	case may:
		j.State, j.CancelAsked, j.RunAt, j.Deaths, j.MaxAttempts = retable.JobQueued, false, m.now, 0, j.Attempts+m.tries[j.ID]
	}
}

func (m *model) requeue(r *rapid.T) {
	if rapid.IntRange(0, 4).Draw(r, "boots") > 0 {
		r.Skip("boots are rare")
	}
	m.do(r, func(tx retable.Tx) error { _, err := tx.Jobs().Requeue(m.ctx, m.now); return err })
	for _, id := range m.ids() {
		if j := m.jobs[id]; j.State == retable.JobRunning {
			m.died(j)
		}
	}
}

// compare looks at every job in the table.
func (m *model) compare(r *rapid.T) {
	err := m.store.View(m.ctx, func(tx retable.Tx) error {
		for _, id := range m.ids() {
			got, err := tx.Jobs().Get(m.ctx, id)
			if err != nil {
				return err
			}
			if want := m.jobs[id]; essence(got) != essence(want) {
				r.Fatalf("got  %s\nwant %s", essence(got), essence(want))
			}
			if over := got.FinishedAt > 0; over != got.State.Over() {
				r.Fatalf("job %d is %s and finished at %d", id, got.State, got.FinishedAt)
			}
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
}

// essence is what the model knows of a job.
func essence(j *retable.Job) string {
	return fmt.Sprintf("%d %s %s attempt %d of %d, %d deaths, cancel %v, run at %d, lease %q until %d, after %v",
		j.ID, j.Kind, j.State, j.Attempts, j.MaxAttempts, j.Deaths, j.CancelAsked, j.RunAt, j.LeaseOwner, j.LeaseUntil, j.After)
}
