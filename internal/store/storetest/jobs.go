package storetest

import (
	"errors"
	"strings"
	"time"

	"retable/internal/retable"
)

const second = time.Second

// enqueue adds a job that must be new.
func (e *env) enqueue(spec retable.JobSpec) *retable.Job {
	e.Helper()
	if spec.Kind == "" {
		spec.Kind = retable.JobConvert
	}
	var job *retable.Job
	e.do(func(tx retable.Tx) error {
		j, created, err := tx.Jobs().Enqueue(e.ctx, spec, 1000)
		if err == nil && !created {
			e.Errorf("job %d was there already", j.ID)
		}
		job = j
		return err
	})
	return job
}

// claim takes the next job, nil if there is none.
func (e *env) claim(owner string, lease time.Duration, now retable.Millis, kinds ...retable.JobKind) (job *retable.Job) {
	e.Helper()
	e.do(func(tx retable.Tx) (err error) {
		job, err = tx.Jobs().Claim(e.ctx, owner, kinds, lease, now)
		return err
	})
	return job
}

// mustClaim takes the next job, which must be the one of the id.
func (e *env) mustClaim(owner string, now retable.Millis, id int64) retable.Lease {
	e.Helper()
	job := e.claim(owner, second, now)
	if job == nil || job.ID != id {
		e.Fatalf("claimed %s, want job %d", show(job), id)
	}
	return leaseOf(job)
}

func leaseOf(j *retable.Job) retable.Lease {
	return retable.Lease{JobID: j.ID, Owner: j.LeaseOwner, Attempt: j.Attempts}
}

// nothing claims and must get no job.
func (e *env) nothing(owner string, now retable.Millis) {
	e.Helper()
	if job := e.claim(owner, second, now); job != nil {
		e.Fatalf("claimed %s, want nothing", show(job))
	}
}

func (e *env) job(id int64) (job *retable.Job) {
	e.Helper()
	e.see(func(tx retable.Tx) (err error) {
		job, err = tx.Jobs().Get(e.ctx, id)
		return err
	})
	return job
}

// jobs runs something on the jobs table.
func (e *env) jobs(fn func(j retable.Jobs) error) {
	e.Helper()
	e.do(func(tx retable.Tx) error { return fn(tx.Jobs()) })
}

// requeue boots: so many jobs of those that ran must be queued again.
func (e *env) requeue(now retable.Millis, want int64) {
	e.Helper()
	e.jobs(func(j retable.Jobs) error {
		n, err := j.Requeue(e.ctx, now)
		same(e, n, want)
		return err
	})
}

// lost runs something that must be refused because the lease is lost, and
// whose effect must be undone.
func (e *env) lost(fn func(j retable.Jobs) error) {
	e.Helper()
	e.refusedAs(retable.ErrLeaseLost, func(tx retable.Tx) error {
		if err := tx.Settings().Set(e.ctx, "effect", raw(`true`), 1); err != nil {
			return err
		}
		return fn(tx.Jobs())
	})
	e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Settings().Get(e.ctx, "effect"); return err })
}

func jobClaims() []claim {
	return []claim{
		{"what is enqueued is read again", func(e *env) {
			u := e.user("anna")
			s := e.session(u, "a.zip")
			c := e.comparison(u, s, s)
			first := e.enqueue(retable.JobSpec{})
			got := e.enqueue(retable.JobSpec{
				Kind: retable.JobCompare, OwnerID: u.ID, SessionID: s.ID, ComparisonID: c.ID, DedupeKey: "k", Payload: raw(`{"a":1}`),
				MaxAttempts: 5, RunAt: 2000, Priority: 3, After: []int64{first.ID, first.ID}, CorrelationID: "corr", TraceParent: "00-a",
			})
			same(e, got, &retable.Job{
				ID: got.ID, Kind: retable.JobCompare, State: retable.JobQueued, OwnerID: u.ID, SessionID: s.ID, ComparisonID: c.ID, DedupeKey: "k",
				Payload: raw(`{"a":1}`), MaxAttempts: 5, RunAt: 2000, Priority: 3, After: []int64{first.ID}, CorrelationID: "corr",
				TraceParent: "00-a", CreatedAt: 1000, UpdatedAt: 1000,
			})
			same(e, e.job(got.ID), got)
			same(e, []any{first.MaxAttempts, first.RunAt}, []any{3, retable.Millis(1000)})
		}},
		{"what it refers to must be there", func(e *env) {
			for _, spec := range []retable.JobSpec{
				{Kind: "scan", SessionID: "none"}, {Kind: "scan", ComparisonID: "none"}, {Kind: "scan", OwnerID: "none"}, {Kind: "scan", After: []int64{99}},
			} {
				e.refused(retable.NotFound, func(tx retable.Tx) error { _, _, err := tx.Jobs().Enqueue(e.ctx, spec, 1); return err })
			}
			e.refused(retable.Invalid, func(tx retable.Tx) error { _, _, err := tx.Jobs().Enqueue(e.ctx, retable.JobSpec{}, 1); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Jobs().Get(e.ctx, 99); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Jobs().AskCancel(e.ctx, 99, 1); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Jobs().Retry(e.ctx, 99, 1); return err })
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Jobs().LastOf(e.ctx, retable.JobBackup); return err })
		}},
		{"the same work is enqueued once while it is active", func(e *env) {
			job := e.enqueue(retable.JobSpec{DedupeKey: "k"})
			again := func(want bool, now retable.Millis) (id int64) {
				e.Helper()
				e.jobs(func(j retable.Jobs) error {
					got, created, err := j.Enqueue(e.ctx, retable.JobSpec{Kind: retable.JobConvert, DedupeKey: "k"}, now)
					if err == nil {
						same(e, created, want)
						id = got.ID
					}
					return err
				})
				return id
			}
			same(e, again(false, 1001), job.ID)
			l := e.mustClaim("w", 1002, job.ID)
			same(e, again(false, 1003), job.ID)
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, nil, "", 1004) })
			next := again(true, 1005)
			if next == job.ID {
				e.Error("a job that is over was returned")
			}
		}},
		{"a claim runs the job and a heartbeat keeps it", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			got := e.claim("w1", second, 2000)
			same(e, []any{got.ID, got.State, got.Attempts, got.LeaseOwner, got.LeaseUntil, got.StartedAt},
				[]any{job.ID, retable.JobRunning, 1, "w1", retable.Millis(3000), retable.Millis(2000)})
			e.nothing("w2", 2500)
			l := leaseOf(got)
			e.jobs(func(j retable.Jobs) error {
				cancel, err := j.Heartbeat(e.ctx, l, 41.5, "rows", second, 2900)
				same(e, cancel, false)
				return err
			})
			read := e.job(job.ID)
			same(e, []any{read.Progress, read.Message, read.LeaseUntil, read.UpdatedAt}, []any{41.5, "rows", retable.Millis(3900), retable.Millis(2900)})
			e.nothing("w2", 3899)
		}},
		{"progress is kept within bounds, messages are cut", func(e *env) {
			l := e.mustClaim("w", 1000, e.enqueue(retable.JobSpec{}).ID)
			for _, c := range [][2]float64{{-5, 0}, {250, 100}, {nan(), 0}} {
				e.jobs(func(j retable.Jobs) error {
					_, err := j.Heartbeat(e.ctx, l, c[0], strings.Repeat("ü", 1000), second, 1001)
					return err
				})
				got := e.job(l.JobID)
				same(e, got.Progress, c[1])
				if len(got.Message) > 1024 || !strings.HasSuffix(got.Message, "ü…") {
					e.Errorf("the message has %d bytes", len(got.Message))
				}
			}
		}},
		{"only the asked kinds are claimed", func(e *env) {
			e.enqueue(retable.JobSpec{Kind: retable.JobScan})
			b := e.enqueue(retable.JobSpec{Kind: retable.JobIndex})
			if got := e.claim("w", second, 1000, retable.JobCompare); got != nil {
				e.Errorf("claimed %s", show(got))
			}
			same(e, e.claim("w", second, 1000, retable.JobCompare, retable.JobIndex).ID, b.ID)
			if got := e.claim("w", second, 9000, retable.JobCompare); got != nil {
				e.Errorf("claimed %s, whose lease ran out", show(got))
			}
			same(e, e.claim("w", second, 9000, retable.JobIndex).ID, b.ID)
		}},
		{"a lease that ran out goes to the next, and the first has no effect any more", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			frozen := e.mustClaim("w1", 1000, job.ID)
			l := e.mustClaim("w2", 2000, job.ID)
			same(e, l.Attempt, 2)
			e.lost(func(j retable.Jobs) error { _, err := j.Heartbeat(e.ctx, frozen, 1, "", second, 2001); return err })
			e.lost(func(j retable.Jobs) error { return j.Succeed(e.ctx, frozen, nil, "", 2001) })
			e.lost(func(j retable.Jobs) error { return j.Fail(e.ctx, frozen, retable.JobError{}, 0, 2001) })
			e.lost(func(j retable.Jobs) error { return j.Fail(e.ctx, frozen, retable.JobError{}, 3000, 2001) })
			e.lost(func(j retable.Jobs) error { return j.Cancelled(e.ctx, frozen, 2001) })
			e.lost(func(j retable.Jobs) error { return j.Release(e.ctx, frozen, 2001) })
			e.lost(func(j retable.Jobs) error {
				return j.Succeed(e.ctx, retable.Lease{JobID: job.ID, Owner: "w1", Attempt: 2}, nil, "", 2001)
			})
			e.lost(func(j retable.Jobs) error {
				return j.Succeed(e.ctx, retable.Lease{JobID: 99, Owner: "w2", Attempt: 2}, nil, "", 2001)
			})
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, raw(`{"rows":1}`), "done", 2002) })
			got := e.job(job.ID)
			same(e, []any{got.State, string(got.Result), got.Message, got.Progress, got.FinishedAt, got.LeaseOwner, got.Attempts},
				[]any{retable.JobSuccess, `{"rows":1}`, "done", 100.0, retable.Millis(2002), "", 2})
			e.lost(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, nil, "", 2003) })
		}},
		{"a lease that ran out but that nobody took goes on", func(e *env) {
			l := e.mustClaim("w1", 1000, e.enqueue(retable.JobSpec{}).ID)
			e.jobs(func(j retable.Jobs) error { _, err := j.Heartbeat(e.ctx, l, 1, "", second, 9000); return err })
			e.nothing("w2", 9999)
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, nil, "", 20_000) })
		}},
		{"a lease of 0 never runs out", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			got := e.claim("w1", 0, 1000)
			same(e, []any{got.ID, got.LeaseUntil}, []any{job.ID, retable.Millis(0)})
			e.jobs(func(j retable.Jobs) error { _, err := j.Heartbeat(e.ctx, leaseOf(got), 1, "", 0, 1001); return err })
			e.nothing("w2", 1<<50)
		}},
		{"jobs whose lease ran out come before ready ones", func(e *env) {
			a := e.enqueue(retable.JobSpec{})
			e.mustClaim("w1", 1000, a.ID)
			b := e.enqueue(retable.JobSpec{Priority: 9})
			e.mustClaim("w2", 2000, a.ID)
			e.mustClaim("w2", 2001, b.ID)
		}},
		{"too large a result is refused", func(e *env) {
			l := e.mustClaim("w", 1000, e.enqueue(retable.JobSpec{}).ID)
			large := raw(`"` + strings.Repeat("x", retable.MaxJobResult) + `"`)
			e.refused(retable.TooLarge, func(tx retable.Tx) error { return tx.Jobs().Succeed(e.ctx, l, large, "", 1001) })
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, large[:2], "", 1001) })
		}},
		{"a view claims nothing", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			for _, fn := range []func(j retable.Jobs) error{
				func(j retable.Jobs) error { _, err := j.Claim(e.ctx, "w", nil, second, 2000); return err },
				func(j retable.Jobs) error { return j.Release(e.ctx, retable.Lease{JobID: job.ID}, 1) },
				func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, job.ID, 1); return err },
				func(j retable.Jobs) error { _, err := j.Retry(e.ctx, job.ID, 1); return err },
			} {
				if err := e.store.View(e.ctx, func(tx retable.Tx) error { return fn(tx.Jobs()) }); !retable.Is(err, retable.Internal) {
					e.Errorf("got %v, want an internal error", err)
				}
			}
			same(e, e.job(job.ID).State, retable.JobQueued)
		}},
		{"the list is filtered in every way, newest first", func(e *env) {
			u := e.user("anna")
			s := e.session(u, "a.zip")
			a := e.enqueue(retable.JobSpec{Kind: retable.JobScan, OwnerID: u.ID, SessionID: s.ID})
			b := e.enqueue(retable.JobSpec{Kind: retable.JobConvert, SessionID: s.ID, After: []int64{a.ID}})
			c := e.enqueue(retable.JobSpec{Kind: retable.JobConvert})
			e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, c.ID, 1001); return err })
			e.mustClaim("w", 1002, a.ID)
			for _, q := range []struct {
				filter retable.JobFilter
				want   []int64
			}{
				{retable.JobFilter{}, []int64{c.ID, b.ID, a.ID}},
				{retable.JobFilter{OwnerID: u.ID}, []int64{a.ID}},
				{retable.JobFilter{SessionID: s.ID}, []int64{b.ID, a.ID}},
				{retable.JobFilter{Kind: retable.JobConvert}, []int64{c.ID, b.ID}},
				{retable.JobFilter{State: retable.JobCancelled}, []int64{c.ID}},
				{retable.JobFilter{Active: true}, []int64{b.ID, a.ID}},
				{retable.JobFilter{After: 999}, []int64{c.ID, b.ID, a.ID}},
				{retable.JobFilter{After: 1000}, []int64{}},
			} {
				got := all(e, func(tx retable.Tx, p retable.Page) (retable.List[retable.Job], error) {
					return tx.Jobs().List(e.ctx, q.filter, p)
				})
				ids := make([]int64, len(got))
				for i, j := range got {
					ids[i] = j.ID
					if j.ID == b.ID {
						same(e, j.After, []int64{a.ID})
					}
				}
				same(e, ids, q.want)
			}
			e.see(func(tx retable.Tx) error {
				last, err := tx.Jobs().LastOf(e.ctx, retable.JobConvert)
				same(e, last.ID, c.ID)
				return err
			})
		}},
		{"statistics tell counts and ages", func(e *env) {
			e.enqueue(retable.JobSpec{Kind: retable.JobScan, RunAt: 5000})
			e.enqueue(retable.JobSpec{Kind: retable.JobScan, RunAt: 4000})
			e.mustClaim("w", 3000, e.enqueue(retable.JobSpec{Kind: retable.JobScan}).ID)
			c := e.enqueue(retable.JobSpec{Kind: retable.JobConvert})
			e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, c.ID, 1001); return err })
			e.see(func(tx retable.Tx) error {
				got, err := tx.Jobs().Stats(e.ctx)
				same(e, got, []retable.QueueStats{
					{Kind: retable.JobScan, State: retable.JobQueued, Count: 2, Oldest: 4000},
					{Kind: retable.JobScan, State: retable.JobRunning, Count: 1, Oldest: 3000},
				})
				if err != nil {
					return err
				}
				over, err := tx.Jobs().Over(e.ctx)
				same(e, over, []retable.QueueStats{{Kind: retable.JobConvert, State: retable.JobCancelled, Count: 1}})
				return err
			})
			e.see(func(tx retable.Tx) error {
				for limit, want := range map[int64]int64{1: 1, 2: 2, 100: 2} {
					n, err := tx.Jobs().Waiting(e.ctx, limit)
					if same(e, n, want); err != nil {
						return err
					}
				}
				return nil
			})
		}},
		{"purging removes those that were over before, the oldest first", func(e *env) {
			var ids []int64
			for i := range 4 {
				job := e.enqueue(retable.JobSpec{})
				ids = append(ids, job.ID)
				if i < 3 {
					e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, job.ID, retable.Millis(2000+i)); return err })
				}
			}
			purge := func(limit int, want int64) {
				e.Helper()
				e.jobs(func(j retable.Jobs) error {
					n, err := j.Purge(e.ctx, 2002, limit)
					same(e, n, want)
					return err
				})
			}
			purge(1, 1)
			e.refused(retable.NotFound, func(tx retable.Tx) error { _, err := tx.Jobs().Get(e.ctx, ids[0]); return err })
			purge(0, 1)
			purge(0, 0)
			same(e, e.job(ids[2]).State, retable.JobCancelled)
			same(e, e.job(ids[3]).State, retable.JobQueued)
		}},
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}

// detailOf is what people read of an error.
func detailOf(err error) string {
	var typed *retable.Error
	if errors.As(err, &typed) {
		return typed.Detail
	}
	return ""
}
