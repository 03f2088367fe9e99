package storetest

import (
	"errors"
	"fmt"
	"strings"

	"retable/internal/retable"
)

func jobEndClaims() []claim {
	broke := retable.JobError{Code: retable.Unprocessable, Detail: "It broke.", Stack: "goroutine 1"}
	return []claim{
		{"a failure is final without a time to retry", func(e *env) {
			l := e.mustClaim("w", 1000, e.enqueue(retable.JobSpec{}).ID)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, broke, 0, 1500) })
			got := e.job(l.JobID)
			same(e, []any{got.State, got.Error, got.ErrorCode, got.Stack, got.FinishedAt, got.LeaseOwner},
				[]any{retable.JobFailed, "It broke.", retable.Unprocessable, "goroutine 1", retable.Millis(1500), ""})
			e.nothing("w", 9000)
		}},
		{"a passing failure is tried again at its time, until attempts are used up", func(e *env) {
			job := e.enqueue(retable.JobSpec{MaxAttempts: 2})
			l := e.mustClaim("w", 1000, job.ID)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, broke, 3000, 1500) })
			got := e.job(job.ID)
			same(e, []any{got.State, got.RunAt, got.Error, got.Attempts}, []any{retable.JobQueued, retable.Millis(3000), "It broke.", 1})
			e.nothing("w", 2999)
			l = e.mustClaim("w", 3000, job.ID)
			same(e, l.Attempt, 2)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, broke, 5000, 3500) })
			same(e, e.job(job.ID).State, retable.JobFailed)
		}},
		{"a job that waits for what is down loses no attempt by it", func(e *env) {
			down := retable.JobError{Code: retable.Unavailable, Detail: "It is down.", Stack: "refused"}
			job := e.enqueue(retable.JobSpec{MaxAttempts: 1})
			for n := range 5 {
				at := retable.Millis(1000 * (n + 1))
				l := e.mustClaim("w", at, job.ID)
				e.jobs(func(j retable.Jobs) error {
					state, err := j.Postpone(e.ctx, l, down, at+1000, at+10)
					same(e, state, retable.JobQueued)
					return err
				})
				got := e.job(job.ID)
				same(e, []any{got.State, got.RunAt, got.Error, got.Attempts, got.MaxAttempts, got.LeaseOwner}, []any{retable.JobQueued, at + 1000, "It is down.", n + 1, n + 2, ""})
				e.nothing("w", at+999)
				e.lost(func(j retable.Jobs) error { _, err := j.Postpone(e.ctx, l, down, at, at); return err })
			}
			l := e.mustClaim("w", 6000, job.ID)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, broke, 7000, 6500) })
			same(e, e.job(job.ID).State, retable.JobFailed) // its one attempt
			other := e.enqueue(retable.JobSpec{})
			l = e.mustClaim("w", 7000, other.ID)
			e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, other.ID, 7001); return err })
			e.jobs(func(j retable.Jobs) error {
				state, err := j.Postpone(e.ctx, l, down, 8000, 7002)
				same(e, state, retable.JobCancelled)
				return err
			})
			same(e, e.job(other.ID).State, retable.JobCancelled)
		}},
		{"success clears the error of the attempt before", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			l := e.mustClaim("w", 1000, job.ID)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, broke, 1001, 1000) })
			l = e.mustClaim("w", 1001, job.ID)
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, nil, "ok", 1002) })
			got := e.job(job.ID)
			same(e, []any{got.Error, got.ErrorCode, got.Stack}, []any{"", retable.Code(""), ""})
		}},
		{"a queued job is cancelled at once", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			e.jobs(func(j retable.Jobs) error {
				got, err := j.AskCancel(e.ctx, job.ID, 1500)
				same(e, []any{got.State, got.FinishedAt}, []any{retable.JobCancelled, retable.Millis(1500)})
				return err
			})
			e.nothing("w", 9000)
			e.jobs(func(j retable.Jobs) error {
				got, err := j.AskCancel(e.ctx, job.ID, 1600)
				same(e, got.FinishedAt, 1500)
				return err
			})
		}},
		{"a running job hears of it with its heartbeat", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			l := e.mustClaim("w", 1000, job.ID)
			e.jobs(func(j retable.Jobs) error {
				got, err := j.AskCancel(e.ctx, job.ID, 1500)
				same(e, []any{got.State, got.CancelAsked}, []any{retable.JobRunning, true})
				return err
			})
			e.jobs(func(j retable.Jobs) error {
				cancel, err := j.Heartbeat(e.ctx, l, 1, "", second, 1600)
				same(e, cancel, true)
				return err
			})
			e.jobs(func(j retable.Jobs) error { return j.Cancelled(e.ctx, l, 1700) })
			same(e, e.job(job.ID).State, retable.JobCancelled)
		}},
		{"a job that is to be cancelled isn't tried again", func(e *env) {
			for _, end := range []func(j retable.Jobs, l retable.Lease) error{
				func(j retable.Jobs, l retable.Lease) error { return j.Fail(e.ctx, l, broke, 1500, 1400) },
				func(j retable.Jobs, l retable.Lease) error { return j.Release(e.ctx, l, 1400) },
				func(j retable.Jobs, l retable.Lease) error { // its worker dies
					_, err := j.Claim(e.ctx, "other", nil, second, 9000)
					return err
				},
				func(j retable.Jobs, l retable.Lease) error { _, err := j.Requeue(e.ctx, 9000); return err },
			} {
				l := e.mustClaim("w", 1000, e.enqueue(retable.JobSpec{}).ID)
				e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, l.JobID, 1100); return err })
				e.jobs(func(j retable.Jobs) error { return end(j, l) })
				same(e, e.job(l.JobID).State, retable.JobCancelled)
			}
		}},
		{"one that ends by itself after all keeps its end", func(e *env) {
			for _, c := range []struct {
				end  func(j retable.Jobs, l retable.Lease) error
				want retable.JobState
			}{
				{func(j retable.Jobs, l retable.Lease) error { return j.Succeed(e.ctx, l, nil, "", 1400) }, retable.JobSuccess},
				{func(j retable.Jobs, l retable.Lease) error { return j.Fail(e.ctx, l, broke, 0, 1400) }, retable.JobFailed},
			} {
				l := e.mustClaim("w", 1000, e.enqueue(retable.JobSpec{}).ID)
				e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, l.JobID, 1100); return err })
				e.jobs(func(j retable.Jobs) error { return c.end(j, l) })
				same(e, e.job(l.JobID).State, c.want)
			}
		}},
		{"a released job's attempt doesn't count", func(e *env) {
			job := e.enqueue(retable.JobSpec{MaxAttempts: 1})
			for range 3 {
				l := e.mustClaim("w", 1000, job.ID)
				same(e, l.Attempt, 1)
				e.jobs(func(j retable.Jobs) error { return j.Release(e.ctx, l, 1100) })
				got := e.job(job.ID)
				same(e, []any{got.State, got.Attempts, got.LeaseOwner, got.LeaseUntil}, []any{retable.JobQueued, 0, "", retable.Millis(0)})
			}
		}},
		{"a job whose worker dies is taken up again without losing an attempt, later each time", func(e *env) {
			job := e.enqueue(retable.JobSpec{MaxAttempts: 1})
			now := retable.Millis(1000)
			for deaths := range retable.MaxDeaths {
				if rest := retable.RestAfterDeath(deaths); rest > 0 {
					e.nothing("w", now)
					now = now.Add(rest)
				}
				e.mustClaim("w", now, job.ID)
				got := e.job(job.ID)
				same(e, []any{got.Deaths, got.Attempts, got.MaxAttempts}, []any{deaths, deaths + 1, deaths + 1})
				now += 1000 // the lease is over
			}
			e.nothing("w", now)
			got := e.job(job.ID)
			same(e, []any{got.State, got.ErrorCode, got.Deaths}, []any{retable.JobFailed, retable.Internal, retable.MaxDeaths})
			if want := fmt.Sprintf("died %d times", retable.MaxDeaths); !strings.Contains(got.Error, want) {
				e.Errorf("it says %q, want %q", got.Error, want)
			}
			var events retable.List[retable.ErrorEvent]
			e.see(func(tx retable.Tx) (err error) {
				events, err = tx.ErrorEvents().List(e.ctx, "job "+string(job.Kind), "", retable.Page{})
				return err
			})
			if len(events.Items) != 1 || events.Items[0].JobID != job.ID || events.Items[0].Message != got.Error {
				e.Errorf("the error events are %+v", events.Items)
			}
			e.jobs(func(j retable.Jobs) error { _, err := j.Retry(e.ctx, job.ID, now); return err })
			e.mustClaim("w", now, job.ID)
			same(e, e.job(job.ID).Deaths, 0)
		}},
		{"boot requeues what ran, but not for ever", func(e *env) {
			job := e.enqueue(retable.JobSpec{MaxAttempts: 1})
			now := retable.Millis(1000)
			for deaths := 1; deaths < retable.MaxDeaths; deaths++ {
				lease := leaseOf(e.claim("w", 0, now))
				e.requeue(now, 1)
				e.lost(func(j retable.Jobs) error { return j.Succeed(e.ctx, lease, nil, "", now) })
				got := e.job(job.ID)
				same(e, []any{got.State, got.Deaths}, []any{retable.JobQueued, deaths})
				now = now.Add(retable.RestAfterDeath(deaths))
			}
			e.claim("w", 0, now)
			e.requeue(now, 0)
			same(e, e.job(job.ID).State, retable.JobFailed)
		}},
		{"boot cancels what was to be cancelled", func(e *env) {
			job := e.enqueue(retable.JobSpec{})
			e.claim("w", 0, 1000)
			e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, job.ID, 1100); return err })
			e.requeue(1200, 0)
			same(e, e.job(job.ID).State, retable.JobCancelled)
		}},
		{"a failure after a death has the attempts that it had", func(e *env) {
			job := e.enqueue(retable.JobSpec{MaxAttempts: 2})
			e.mustClaim("w1", 1000, job.ID)
			l := e.mustClaim("w2", 2000, job.ID) // the first has died
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, broke, 2100, 2100) })
			same(e, e.job(job.ID).State, retable.JobQueued)
			l = e.mustClaim("w2", 2100, job.ID)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, broke, 2200, 2200) })
			same(e, e.job(job.ID).State, retable.JobFailed)
		}},
		{"retrying grants fresh attempts, and no lease of before fits", func(e *env) {
			job := e.enqueue(retable.JobSpec{MaxAttempts: 2})
			first := e.mustClaim("w", 1000, job.ID)
			e.refused(retable.Conflict, func(tx retable.Tx) error { _, err := tx.Jobs().Retry(e.ctx, job.ID, 1); return err })
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, first, broke, 0, 1100) })
			e.jobs(func(j retable.Jobs) error {
				got, err := j.Retry(e.ctx, job.ID, 1200)
				same(e, []any{got.State, got.Error, got.FinishedAt, got.MaxAttempts - got.Attempts, got.RunAt},
					[]any{retable.JobQueued, "", retable.Millis(0), 2, retable.Millis(1200)})
				return err
			})
			e.refused(retable.Conflict, func(tx retable.Tx) error { _, err := tx.Jobs().Retry(e.ctx, job.ID, 1); return err })
			second := e.mustClaim("w", 1300, job.ID)
			e.lost(func(j retable.Jobs) error { return j.Succeed(e.ctx, first, nil, "", 1400) })
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, second, nil, "", 1400) })
			e.refused(retable.Conflict, func(tx retable.Tx) error { _, err := tx.Jobs().Retry(e.ctx, job.ID, 1); return err })
		}},
		{"what is under way as another job isn't retried", func(e *env) {
			job := e.enqueue(retable.JobSpec{DedupeKey: "k"})
			e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, job.ID, 1001); return err })
			e.enqueue(retable.JobSpec{DedupeKey: "k"})
			e.refused(retable.Conflict, func(tx retable.Tx) error { _, err := tx.Jobs().Retry(e.ctx, job.ID, 1002); return err })
		}},
		{"a job waits for those it names", func(e *env) {
			a, b := e.enqueue(retable.JobSpec{}), e.enqueue(retable.JobSpec{})
			c := e.enqueue(retable.JobSpec{Priority: 9, After: []int64{b.ID, a.ID}})
			same(e, c.After, []int64{a.ID, b.ID})
			la, lb := e.mustClaim("w", 1000, a.ID), e.mustClaim("w", 1000, b.ID)
			e.nothing("w", 1001)
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, lb, nil, "", 1002) })
			e.nothing("w", 1003)
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, la, nil, "", 1004) })
			e.mustClaim("w", 1005, c.ID)
		}},
		{"it fails or is cancelled with one of them, and so on", func(e *env) {
			for _, c := range []struct {
				end  func(j retable.Jobs, l retable.Lease) error
				want retable.JobState
				says string
			}{
				{func(j retable.Jobs, l retable.Lease) error { return j.Fail(e.ctx, l, broke, 0, 1100) }, retable.JobFailed, "failed"},
				{func(j retable.Jobs, l retable.Lease) error { return j.Cancelled(e.ctx, l, 1100) }, retable.JobCancelled, "was cancelled"},
			} {
				a := e.enqueue(retable.JobSpec{})
				b := e.enqueue(retable.JobSpec{After: []int64{a.ID}})
				d := e.enqueue(retable.JobSpec{After: []int64{b.ID}})
				l := e.mustClaim("w", 1000, a.ID)
				e.jobs(func(j retable.Jobs) error { return c.end(j, l) })
				late := e.enqueue(retable.JobSpec{After: []int64{a.ID}})
				for id, after := range map[int64]int64{b.ID: a.ID, d.ID: b.ID, late.ID: a.ID} {
					got := e.job(id)
					same(e, got.State, c.want)
					if want := fmt.Sprintf("Job %d, which this one waited for, %s.", after, c.says); got.Error != want {
						e.Errorf("got %q, want %q", got.Error, want)
					}
				}
				err := e.store.Update(e.ctx, func(tx retable.Tx) error { _, err := tx.Jobs().Retry(e.ctx, b.ID, 1200); return err })
				if !retable.Is(err, retable.Conflict) || !strings.Contains(detailOf(err), fmt.Sprintf("job %d", a.ID)) {
					e.Errorf("got %v", err)
				}
				for _, id := range []int64{a.ID, b.ID} {
					e.jobs(func(j retable.Jobs) error { _, err := j.Retry(e.ctx, id, 1200); return err })
				}
				for _, id := range []int64{a.ID, b.ID} {
					l := e.mustClaim("w", 1300, id)
					e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, nil, "", 1400) })
				}
				e.nothing("w", 1500)
			}
		}},
		{"jobs that were waited for can be purged", func(e *env) {
			a := e.enqueue(retable.JobSpec{})
			b := e.enqueue(retable.JobSpec{After: []int64{a.ID}})
			l := e.mustClaim("w", 1000, a.ID)
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, l, nil, "", 1001) })
			e.jobs(func(j retable.Jobs) error { _, err := j.Purge(e.ctx, 2000, 10); return err })
			e.mustClaim("w", 2001, b.ID)
		}},
		{"an effect and the end of the job are one", func(e *env) {
			l := e.mustClaim("w", 1000, e.enqueue(retable.JobSpec{}).ID)
			stop := errors.New("stop")
			err := e.store.Update(e.ctx, func(tx retable.Tx) error {
				if err := tx.Jobs().Succeed(e.ctx, l, nil, "", 1001); err != nil {
					return err
				}
				return stop
			})
			same(e, err, stop)
			same(e, e.job(l.JobID).State, retable.JobRunning)
		}},
	}
}

func jobOrderClaims() []claim {
	return []claim{
		{"higher priority comes first, then the lower id", func(e *env) {
			a := e.enqueue(retable.JobSpec{})
			b := e.enqueue(retable.JobSpec{Priority: 5})
			c := e.enqueue(retable.JobSpec{Priority: 5})
			d := e.enqueue(retable.JobSpec{Priority: -1})
			for _, want := range []*retable.Job{b, c, a, d} {
				e.mustClaim("w", 1000, want.ID)
			}
		}},
		{"a job isn't run before its time", func(e *env) {
			a := e.enqueue(retable.JobSpec{RunAt: 5000, Priority: 9})
			b := e.enqueue(retable.JobSpec{})
			e.mustClaim("w", 1000, b.ID)
			e.nothing("w", 1999)
			e.jobs(func(j retable.Jobs) error { _, err := j.Requeue(e.ctx, 2000); return err })
			e.mustClaim("w", 2000, b.ID)
			e.mustClaim("w", 5000, b.ID) // its lease ran out
			e.mustClaim("w", 5000, a.ID)
		}},
		{"what was enqueued by a clock that was ahead doesn't wait for it", func(e *env) {
			const day = 24 * 60 * 60 * 1000
			var id int64
			e.jobs(func(j retable.Jobs) error {
				job, _, err := j.Enqueue(e.ctx, retable.JobSpec{Kind: retable.JobScan}, day)
				if err == nil {
					id = job.ID
				}
				return err
			})
			e.nothing("w", day-30_000) // two machines may be half a minute apart
			e.mustClaim("w", 1000, id)
		}},
		{"jobs of one session run one after the other, whatever their priority", func(e *env) {
			u := e.user("anna")
			s, other := e.session(u, "a.zip"), e.session(u, "b.zip")
			a := e.enqueue(retable.JobSpec{SessionID: s.ID})
			b := e.enqueue(retable.JobSpec{SessionID: s.ID, Priority: 9})
			c := e.enqueue(retable.JobSpec{SessionID: other.ID})
			l := e.mustClaim("w", 1000, a.ID)
			e.mustClaim("w", 1000, c.ID)
			e.nothing("w", 1000)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, retable.JobError{}, 1500, 1100) })
			e.nothing("w", 1200) // the first waits for its retry
			l = e.mustClaim("w", 1500, a.ID)
			e.jobs(func(j retable.Jobs) error { return j.Fail(e.ctx, l, retable.JobError{}, 0, 1600) })
			lb := e.mustClaim("w", 1700, b.ID)
			e.jobs(func(j retable.Jobs) error { _, err := j.Retry(e.ctx, a.ID, 1750); return err })
			e.nothing("w", 1800) // b runs
			e.jobs(func(j retable.Jobs) error { return j.Succeed(e.ctx, lb, nil, "", 1900) })
			e.mustClaim("w", 1950, a.ID)
		}},
		{"a cancelled or failed job doesn't hold up its session", func(e *env) {
			s := e.session(e.user("anna"), "a.zip")
			a := e.enqueue(retable.JobSpec{SessionID: s.ID})
			b := e.enqueue(retable.JobSpec{SessionID: s.ID})
			e.jobs(func(j retable.Jobs) error { _, err := j.AskCancel(e.ctx, a.ID, 1000); return err })
			e.mustClaim("w", 1001, b.ID)
		}},
	}
}
