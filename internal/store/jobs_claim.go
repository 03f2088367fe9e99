package store

import (
	"context"
	"strconv"
	"time"

	"retable/internal/retable"
)

// Claim gives the next job to the owner, by one UPDATE: first a job whose lease
// ran out, else the first that is ready. On PostgreSQL it passes over rows that
// another worker is taking; the index jobs_one_running stands behind the rule
// that a session runs one job at a time.
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
	job, err := t.whole(ctx, errNothing, `
		UPDATE jobs SET state = 'RUNNING', attempts = attempts + 1, lease_owner = $1, lease_until = $2,
			started_at = $3, updated_at = $3, progress = 0, message = ''
		WHERE id = COALESCE(
			(SELECT id FROM jobs
				WHERE state = 'RUNNING' AND lease_until > 0 AND lease_until <= $3`+of+`
				ORDER BY lease_until, id LIMIT 1`+t.s.d.skipLocked+`),
			(SELECT id FROM jobs
				WHERE state = 'QUEUED' AND run_at <= $3`+of+`
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

// settle ends those jobs whose lease ran out that nobody shall take again:
// someone wants them cancelled, or their workers died too often.
func (t jobs) settle(ctx context.Context, now retable.Millis) error {
	dead, err := many(ctx, t.tx, scanJob, "SELECT "+jobColumns+` FROM jobs
		WHERE state = 'RUNNING' AND lease_until > 0 AND lease_until <= $1 AND (cancel_asked OR attempts >= max_attempts)
		ORDER BY lease_until, id LIMIT 20`+t.s.d.skipLocked, now)
	if err != nil {
		return err
	}
	for i := range dead {
		if err := t.bury(ctx, &dead[i], now); err != nil {
			return err
		}
	}
	return nil
}

// bury ends a job whose worker is gone.
func (t jobs) bury(ctx context.Context, job *retable.Job, now retable.Millis) error {
	if job.CancelAsked {
		return t.end(ctx, job.ID, retable.JobCancelled, retable.JobError{}, now)
	}
	return t.end(ctx, job.ID, retable.JobFailed, retable.JobError{Code: retable.Internal, Detail: died(job.Attempts)}, now)
}

func died(times int) string {
	if times == 1 {
		return "The worker died during the only attempt. Retry the job; if it happens again, this input may need more memory than there is."
	}
	return "The worker died " + strconv.Itoa(times) + " times. Retry the job; if it happens again, this input may need more memory than there is."
}

// Requeue takes all running jobs from their owners. Those that were to be
// cancelled are, those whose workers died too often fail, the rest is queued.
func (t jobs) Requeue(ctx context.Context, now retable.Millis) (int64, error) {
	running, err := many(ctx, t.tx, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE state = 'RUNNING' ORDER BY id"+t.s.d.forUpdate)
	if err != nil {
		return 0, err
	}
	var queued int64
	for i := range running {
		job := &running[i]
		if job.CancelAsked || job.Attempts >= job.MaxAttempts {
			if err := t.bury(ctx, job, now); err != nil {
				return 0, err
			}
			continue
		}
		n, err := t.exec(ctx, `UPDATE jobs SET state = 'QUEUED', lease_owner = '', lease_until = 0, updated_at = $1
			WHERE id = $2 AND state = 'RUNNING'`, now, job.ID)
		if err != nil {
			return 0, err
		}
		queued += n
	}
	if queued > 0 {
		t.wakeWorkers(ctx)
	}
	return queued, nil
}
