package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"retable/internal/retable"
)

// guarded is the condition that the job is still the lease's. Its four
// parameters end each statement's.
const guarded = "id = ? AND lease_owner = ? AND attempts = ? AND state = 'RUNNING'"

// mine is guarded with its parameters numbered from $first.
func mine(first int, l retable.Lease) (string, []any) {
	w := where{args: make([]any, first-1)}
	w.and(guarded, l.JobID, l.Owner, l.Attempt)
	return w.conds[0], w.args[first-1:]
}

// Heartbeat keeps the lease. One that ran out but that nobody took goes on.
func (t jobs) Heartbeat(ctx context.Context, l retable.Lease, progress float64, message string, lease time.Duration, now retable.Millis) (cancel bool, err error) {
	until := retable.Millis(0)
	if lease > 0 {
		until = now.Add(lease)
	}
	guard, of := mine(5, l)
	err = t.value(ctx, &cancel, "UPDATE jobs SET progress = $1, message = $2, lease_until = $3, updated_at = $4 WHERE "+guard+" RETURNING cancel_asked",
		append([]any{percent(progress), bounded(message, maxMessage), until, now}, of...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, retable.ErrLeaseLost
	}
	return cancel, err
}

// percent keeps progress within 0 and 100; what is no number is 0.
func percent(p float64) float64 {
	if !(p > 0) {
		return 0
	}
	return min(p, 100)
}

func (t jobs) Succeed(ctx context.Context, l retable.Lease, result json.RawMessage, message string, now retable.Millis) error {
	if len(result) > retable.MaxJobResult {
		return retable.Errorf(retable.TooLarge, "The result of job %d has %d bytes; at most %d may stand in the job, more in an artifact.",
			l.JobID, len(result), retable.MaxJobResult)
	}
	guard, of := mine(4, l)
	n, err := t.exec(ctx, `UPDATE jobs SET state = 'SUCCESS', progress = 100, result = $1, message = $2, error = '', error_code = '', stack = '',
		lease_owner = '', lease_until = 0, updated_at = $3, finished_at = $3 WHERE `+guard,
		append([]any{result, bounded(message, maxMessage), now}, of...)...)
	if err := changed(n, err, retable.ErrLeaseLost); err != nil {
		return err
	}
	t.wakeWorkers(ctx) // jobs may have waited for this one
	return nil
}

// Fail ends the attempt. With retryAt, and attempts left, the job is queued
// again, unless someone wants it cancelled.
func (t jobs) Fail(ctx context.Context, l retable.Lease, e retable.JobError, retryAt, now retable.Millis) error {
	job, err := t.held(ctx, l)
	switch {
	case err != nil:
		return err
	case retryAt > 0 && job.CancelAsked:
		return t.end(ctx, l.JobID, retable.JobCancelled, e, now)
	case retryAt > 0 && job.Attempts < job.MaxAttempts:
		_, err := t.exec(ctx, `UPDATE jobs SET state = 'QUEUED', run_at = $1, error = $2, error_code = $3, stack = $4,
			lease_owner = '', lease_until = 0, updated_at = $5 WHERE id = $6`,
			max(retryAt, now), bounded(e.Detail, maxText), e.Code, bounded(e.Stack, maxStack), now, l.JobID)
		t.wakeWorkers(ctx)
		return err
	}
	return t.end(ctx, l.JobID, retable.JobFailed, e, now)
}

func (t jobs) Postpone(ctx context.Context, l retable.Lease, e retable.JobError, retryAt, now retable.Millis) (retable.JobState, error) {
	job, err := t.held(ctx, l)
	if err != nil {
		return "", err
	}
	if job.CancelAsked {
		return retable.JobCancelled, t.end(ctx, l.JobID, retable.JobCancelled, e, now)
	}
	_, err = t.exec(ctx, `UPDATE jobs SET state = 'QUEUED', max_attempts = max_attempts + 1, run_at = $1, error = $2, error_code = $3, stack = $4,
		progress = 0, lease_owner = '', lease_until = 0, updated_at = $5 WHERE id = $6`,
		max(retryAt, now), bounded(e.Detail, maxText), e.Code, bounded(e.Stack, maxStack), now, l.JobID)
	t.wakeWorkers(ctx)
	return retable.JobQueued, err
}

func (t jobs) Cancelled(ctx context.Context, l retable.Lease, now retable.Millis) error {
	if _, err := t.held(ctx, l); err != nil {
		return err
	}
	return t.end(ctx, l.JobID, retable.JobCancelled, retable.JobError{}, now)
}

// Release hands the job back; if someone wants it cancelled, it is.
func (t jobs) Release(ctx context.Context, l retable.Lease, now retable.Millis) error {
	job, err := t.held(ctx, l)
	if err != nil {
		return err
	}
	if job.CancelAsked {
		return t.end(ctx, l.JobID, retable.JobCancelled, retable.JobError{}, now)
	}
	_, err = t.exec(ctx, `UPDATE jobs SET state = 'QUEUED', attempts = attempts - 1, progress = 0, message = '',
		lease_owner = '', lease_until = 0, updated_at = $1 WHERE id = $2`, now, l.JobID)
	t.wakeWorkers(ctx)
	return err
}

// held locks the lease's job and reads it, or tells that it was lost.
func (t jobs) held(ctx context.Context, l retable.Lease) (*retable.Job, error) {
	guard, of := mine(1, l)
	if !t.write {
		return nil, t.usable(true)
	}
	return get(ctx, t.tx, retable.ErrLeaseLost, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE "+guard+t.s.d.forUpdate, of...)
}

// end moves a job that is this transaction's to FAILED or CANCELLED, and all
// that wait for it too.
func (t jobs) end(ctx context.Context, id int64, state retable.JobState, e retable.JobError, now retable.Millis) error {
	message := ""
	if state == retable.JobCancelled {
		message = "Cancelled."
	}
	_, err := t.exec(ctx, `UPDATE jobs SET state = $1, message = CASE WHEN $2 = '' THEN message ELSE $2 END,
		error = $3, error_code = $4, stack = $5, lease_owner = '', lease_until = 0, updated_at = $6, finished_at = $6 WHERE id = $7`,
		state, message, bounded(e.Detail, maxText), e.Code, bounded(e.Stack, maxStack), now, id)
	if err != nil {
		return err
	}
	t.wakeWorkers(ctx) // the next job of the session may run
	return t.follow(ctx, id, state, now)
}

// follow ends the queued jobs that wait for one that did not succeed.
func (t jobs) follow(ctx context.Context, id int64, state retable.JobState, now retable.Millis) error {
	waiting, err := many(ctx, t.tx, func(row scanner) (id int64, err error) {
		err = row.Scan(&id)
		return id, err
	}, "SELECT a.job_id FROM job_after a JOIN jobs j ON j.id = a.job_id WHERE a.after_id = $1 AND j.state = 'QUEUED' ORDER BY a.job_id", id)
	if err != nil {
		return err
	}
	for _, dependent := range waiting {
		if err := t.followOne(ctx, dependent, id, state, now); err != nil {
			return err
		}
	}
	return nil
}

func (t jobs) followOne(ctx context.Context, id, after int64, state retable.JobState, now retable.Millis) error {
	detail, code := fmt.Sprintf("Job %d, which this one waited for, failed.", after), retable.Conflict
	if state == retable.JobCancelled {
		detail, code = fmt.Sprintf("Job %d, which this one waited for, was cancelled.", after), retable.Cancelled
	}
	n, err := t.exec(ctx, `UPDATE jobs SET state = $1, message = $2, error = $2, error_code = $3, updated_at = $4, finished_at = $4
		WHERE id = $5 AND state = 'QUEUED'`, state, detail, code, now, id)
	if err != nil || n == 0 {
		return err
	}
	return t.follow(ctx, id, state, now)
}

// AskCancel cancels a queued job at once; of a running one it tells the worker
// with its next heartbeat. A job that is over stays as it is.
func (t jobs) AskCancel(ctx context.Context, id int64, now retable.Millis) (*retable.Job, error) {
	job, err := t.lock(ctx, id)
	if err != nil {
		return nil, err
	}
	switch job.State {
	case retable.JobQueued:
		err = t.end(ctx, id, retable.JobCancelled, retable.JobError{}, now)
	case retable.JobRunning:
		_, err = t.exec(ctx, "UPDATE jobs SET cancel_asked = TRUE, updated_at = $1 WHERE id = $2", now, id)
	}
	if err != nil {
		return nil, err
	}
	return t.Get(ctx, id)
}

// lock reads a job and keeps it from changing.
func (t jobs) lock(ctx context.Context, id int64) (*retable.Job, error) {
	if !t.write {
		return nil, t.usable(true)
	}
	return get(ctx, t.tx, noJob(id), scanJob, "SELECT "+jobColumns+" FROM jobs WHERE id = $1"+t.s.d.forUpdate, id)
}

// Retry queues the job with as many attempts as it had at first. They count on
// from those that were made, so that no lease of before fits again. Conflict
// if the job isn't over or succeeded, if its work is under way as another job,
// or if a job that it waits for must be retried first.
func (t jobs) Retry(ctx context.Context, id int64, now retable.Millis) (*retable.Job, error) {
	job, err := t.lock(ctx, id)
	if err != nil {
		return nil, err
	}
	if job.State != retable.JobFailed && job.State != retable.JobCancelled {
		return nil, retable.Errorf(retable.Conflict, "Job %d is %s; only one that failed or was cancelled can be retried.", id, job.State)
	}
	var ended int64
	err = t.value(ctx, &ended, `SELECT d.id FROM job_after a JOIN jobs d ON d.id = a.after_id
		WHERE a.job_id = $1 AND d.state IN ('FAILED', 'CANCELLED') ORDER BY d.id LIMIT 1`, id)
	switch {
	case err == nil:
		return nil, retable.Errorf(retable.Conflict, "Job %d waits for job %d, which did not succeed: retry that one first.", id, ended)
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	}
	twin := retable.Errorf(retable.Conflict, "The work of job %d is under way as another job already.", id)
	twin.Reason = "taken"
	_, err = t.try(ctx, twin, nil, `UPDATE jobs SET state = 'QUEUED', max_attempts = attempts + tries, deaths = 0, cancel_asked = FALSE, run_at = $1,
		progress = 0, message = '', error = '', error_code = '', stack = '', result = NULL, started_at = 0, finished_at = 0, updated_at = $1
		WHERE id = $2`, now, id)
	if err != nil {
		return nil, err
	}
	t.wakeWorkers(ctx)
	return t.Get(ctx, id)
}
