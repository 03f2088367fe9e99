package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"retable/internal/retable"
)

// clockWrong is how far in the future a row may have been written: one that is
// further was written by a clock that has been set right since.
const clockWrong = time.Minute

// Claim gives the next job to the owner, by one UPDATE: first a job whose lease
// ran out, else the first that is ready. On PostgreSQL it passes over rows that
// another worker is taking; the index jobs_one_running stands behind the rule
// that a session runs one job at a time. A death is no attempt: it adds one.
func (t jobs) Claim(ctx context.Context, owner string, kinds []retable.JobKind, lease time.Duration, now retable.Millis) (*retable.Job, error) {
	if err := t.usable(true); err != nil {
		return nil, err
	}
	if err := t.settle(ctx, now); err != nil {
		return nil, err
	}
	until := retable.Millis(0)
	if lease > 0 {
		until = now.Add(lease)
	}
	w := where{args: []any{owner, until, now}} // $1, $2, $3
	of := ""
	if in(&w, "kind", kinds); len(w.conds) > 0 {
		of = " AND " + w.conds[0]
	}
	w.args = append(w.args, now.Add(clockWrong)) // it stands behind the kinds
	ahead := "$" + strconv.Itoa(len(w.args))
	job, err := t.whole(ctx, errNothing, `
		UPDATE jobs SET state = 'RUNNING', attempts = attempts + 1, lease_owner = $1, lease_until = $2,
			max_attempts = max_attempts + CASE state WHEN 'RUNNING' THEN 1 ELSE 0 END,
			deaths = deaths + CASE state WHEN 'RUNNING' THEN 1 ELSE 0 END,
			started_at = $3, updated_at = $3, progress = 0, message = ''
		WHERE id = COALESCE(
			(SELECT id FROM jobs
				WHERE state = 'RUNNING' AND lease_until > 0 AND lease_until <= $3`+of+`
				ORDER BY lease_until, id LIMIT 1`+t.s.d.skipLocked+`),
			(SELECT id FROM jobs
				WHERE state = 'QUEUED' AND (run_at <= $3 OR updated_at > `+ahead+`)`+of+`
				AND NOT EXISTS (SELECT 1 FROM jobs o
					WHERE o.session_id = jobs.session_id AND o.state IN ('QUEUED', 'RUNNING') AND o.id < jobs.id)
				AND NOT EXISTS (SELECT 1 FROM jobs o WHERE o.session_id = jobs.session_id AND o.state = 'RUNNING')
				AND NOT EXISTS (SELECT 1 FROM job_after a JOIN jobs d ON d.id = a.after_id
					WHERE a.job_id = jobs.id AND d.state <> 'SUCCESS')
				ORDER BY priority DESC, id LIMIT 1`+t.s.d.skipLocked+`))
		RETURNING `+jobColumns, w.args...)
	if err == errNothing { //nolint:errorlint // it comes back as it went in
		return nil, nil
	}
	return job, err
}

// errNothing: no job is ready.
var errNothing = &retable.Error{Code: retable.NotFound, Detail: "No job is ready."}

// settle puts away those jobs whose lease ran out that nobody shall take at
// once: someone wants them cancelled, or their workers have died before.
func (t jobs) settle(ctx context.Context, now retable.Millis) error {
	dead, err := many(ctx, t.tx, scanJob, "SELECT "+jobColumns+` FROM jobs
		WHERE state = 'RUNNING' AND lease_until > 0 AND lease_until <= $1 AND (cancel_asked OR deaths >= $2)
		ORDER BY lease_until, id LIMIT 20`+t.s.d.skipLocked, now, retable.EarlyDeaths)
	if err != nil {
		return err
	}
	for i := range dead {
		if _, err := t.died(ctx, &dead[i], now); err != nil {
			return err
		}
	}
	return nil
}

// died counts the death of a job's worker, and says whether the job is queued
// again: it isn't if someone wants it cancelled, or if it was the last death.
func (t jobs) died(ctx context.Context, job *retable.Job, now retable.Millis) (queued bool, err error) {
	deaths := job.Deaths + 1
	if job.CancelAsked || deaths >= retable.MaxDeaths {
		return false, t.bury(ctx, job, deaths, now)
	}
	runAt := job.RunAt
	if rest := retable.RestAfterDeath(deaths); rest > 0 {
		runAt = now.Add(rest)
	}
	n, err := t.exec(ctx, `UPDATE jobs SET state = 'QUEUED', run_at = $1, deaths = $2, max_attempts = max_attempts + 1,
		lease_owner = '', lease_until = 0, updated_at = $3 WHERE id = $4 AND state = 'RUNNING'`, runAt, deaths, now, job.ID)
	if n > 0 {
		t.wakeWorkers(ctx)
	}
	return n > 0, err
}

// bury ends a job whose worker is gone.
func (t jobs) bury(ctx context.Context, job *retable.Job, deaths int, now retable.Millis) error {
	if _, err := t.exec(ctx, "UPDATE jobs SET deaths = $1 WHERE id = $2", deaths, job.ID); err != nil {
		return err
	}
	if job.CancelAsked {
		return t.end(ctx, job.ID, retable.JobCancelled, retable.JobError{}, now)
	}
	e := retable.JobError{Code: retable.Internal, Detail: fmt.Sprintf(
		"The program died %d times while it worked on this. Retry the job; if it happens again, this input may need more memory than there is.", deaths)}
	if err := t.end(ctx, job.ID, retable.JobFailed, e, now); err != nil {
		return err
	}
	return errorEvents(t).Add(ctx, &retable.ErrorEvent{
		ID: retable.NewID(), At: now, Source: "job " + string(job.Kind), JobID: job.ID, UserID: job.OwnerID, CorrelationID: job.CorrelationID,
		Code: e.Code, Message: e.Detail, Stack: "last worked on by " + job.LeaseOwner,
	})
}

// Requeue takes all running jobs from their owners, who have died.
func (t jobs) Requeue(ctx context.Context, now retable.Millis) (int64, error) {
	running, err := many(ctx, t.tx, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE state = 'RUNNING' ORDER BY id"+t.s.d.forUpdate)
	if err != nil {
		return 0, err
	}
	var queued int64
	for i := range running {
		again, err := t.died(ctx, &running[i], now)
		if err != nil {
			return 0, err
		}
		if again {
			queued++
		}
	}
	return queued, nil
}
