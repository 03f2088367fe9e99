package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"retable/internal/retable"
)

type jobs struct{ *tx }

// Texts of jobs and errors are cut to these sizes, in bytes.
const (
	maxMessage = 1 << 10
	maxText    = 4 << 10
	maxStack   = 64 << 10
)

// bounded cuts a text at a character's edge.
func bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most-len("…")]
	for len(s) > 0 {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s + "…"
}

const jobColumns = "id, kind, state, owner_id, session_id, comparison_id, dedupe_key, payload, progress, message, result, error, error_code, " +
	"stack, attempts, max_attempts, deaths, cancel_asked, run_at, priority, lease_owner, lease_until, correlation_id, trace_parent, " +
	"created_at, updated_at, started_at, finished_at"

func scanJob(row scanner) (j retable.Job, err error) {
	err = row.Scan(&j.ID, &j.Kind, &j.State, orNull(&j.OwnerID), orNull(&j.SessionID), orNull(&j.ComparisonID), orNull(&j.DedupeKey),
		raw(&j.Payload), &j.Progress, &j.Message, raw(&j.Result), &j.Error, &j.ErrorCode,
		&j.Stack, &j.Attempts, &j.MaxAttempts, &j.Deaths, &j.CancelAsked, &j.RunAt, &j.Priority, &j.LeaseOwner, &j.LeaseUntil,
		&j.CorrelationID, &j.TraceParent, &j.CreatedAt, &j.UpdatedAt, &j.StartedAt, &j.FinishedAt)
	return j, err
}

// defaultAttempts is what JobSpec.MaxAttempts of 0 means.
const defaultAttempts = 3

// Enqueue adds a job. It holds the rows of its session and comparison, so that
// jobs of one session get their ids in the order in which they appear.
func (t jobs) Enqueue(ctx context.Context, spec retable.JobSpec, now retable.Millis) (*retable.Job, bool, error) {
	if spec.Kind == "" {
		return nil, false, retable.Errorf(retable.Invalid, "A job needs a kind.")
	}
	if err := t.holdSubject(ctx, spec); err != nil {
		return nil, false, err
	}
	ended, err := t.holdAfter(ctx, spec.After)
	if err != nil {
		return nil, false, err
	}
	// Between our insertion, which finds an active twin, and our reading it, the
	// twin may end: then we insert again.
	for range 5 {
		id, err := t.add(ctx, spec, now)
		if err == nil {
			return t.added(ctx, id, spec.After, ended, now)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return nil, false, err
		}
		twin, err := t.active(ctx, spec.DedupeKey)
		if err == nil || !retable.Is(err, retable.NotFound) {
			return twin, false, err
		}
	}
	return nil, false, &retable.Error{Code: retable.Busy, Reason: "database_busy", Detail: "The same job keeps coming and going. Repeat in a moment."}
}

// add inserts the row; sql.ErrNoRows if an active job has the key.
func (t jobs) add(ctx context.Context, spec retable.JobSpec, now retable.Millis) (id int64, err error) {
	tries := spec.MaxAttempts
	if tries <= 0 {
		tries = defaultAttempts
	}
	err = t.value(ctx, &id, `
		INSERT INTO jobs (kind, state, owner_id, session_id, comparison_id, dedupe_key, payload, max_attempts, tries,
			run_at, priority, correlation_id, trace_parent, created_at, updated_at)
		VALUES ($1, 'QUEUED', $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12, $12)
		ON CONFLICT (dedupe_key) WHERE state IN ('QUEUED', 'RUNNING') DO NOTHING RETURNING id`,
		spec.Kind, nullable(spec.OwnerID), nullable(spec.SessionID), nullable(spec.ComparisonID), nullable(spec.DedupeKey),
		spec.Payload, tries, max(spec.RunAt, now), spec.Priority, spec.CorrelationID, spec.TraceParent, now)
	return id, err
}

// added completes a new job: what it waits for, and its end if that failed.
func (t jobs) added(ctx context.Context, id int64, after []int64, ended *retable.Job, now retable.Millis) (*retable.Job, bool, error) {
	for _, other := range after {
		if _, err := t.exec(ctx, "INSERT INTO job_after (job_id, after_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", id, other); err != nil {
			return nil, false, err
		}
	}
	if ended != nil {
		if err := t.followOne(ctx, id, ended.ID, ended.State, now); err != nil {
			return nil, false, err
		}
	}
	t.wakeWorkers(ctx)
	job, err := t.Get(ctx, id)
	return job, true, err
}

// holdSubject makes sure that what the job is about is there and stays.
func (t jobs) holdSubject(ctx context.Context, spec retable.JobSpec) error {
	for _, subject := range []struct{ table, what, id string }{
		{"sessions", "session", spec.SessionID}, {"comparisons", "comparison", spec.ComparisonID}, {"users", "user", spec.OwnerID},
	} {
		if subject.id == "" {
			continue
		}
		lock := t.s.d.forUpdate
		if subject.table == "users" {
			lock = "" // nobody orders jobs by their owner
		}
		there, err := t.exists(ctx, "SELECT id FROM "+subject.table+" WHERE id = $1"+lock, subject.id)
		if err != nil {
			return err
		}
		if !there {
			return retable.Missing(subject.what, subject.id)
		}
	}
	return nil
}

// holdAfter makes sure that the jobs to wait for are there, and that none ends
// before the new one is seen to wait. It returns one that failed or was
// cancelled already.
func (t jobs) holdAfter(ctx context.Context, after []int64) (ended *retable.Job, err error) {
	for _, id := range slices.Sorted(slices.Values(after)) {
		job, err := get(ctx, t.tx, noJob(id), scanJob, "SELECT "+jobColumns+" FROM jobs WHERE id = $1"+t.s.d.forShare, id)
		if err != nil {
			return nil, err
		}
		if ended == nil && (job.State == retable.JobFailed || job.State == retable.JobCancelled) {
			ended = job
		}
	}
	return ended, nil
}

func noJob(id int64) error { return retable.Errorf(retable.NotFound, "There is no job %d.", id) }

// active is the job of the key that is not over.
func (t jobs) active(ctx context.Context, key string) (*retable.Job, error) {
	return t.whole(ctx, retable.Errorf(retable.NotFound, "There is no active job of that key."),
		"SELECT "+jobColumns+" FROM jobs WHERE dedupe_key = $1 AND state IN ('QUEUED', 'RUNNING')", key)
}

func (t jobs) Get(ctx context.Context, id int64) (*retable.Job, error) {
	return t.whole(ctx, noJob(id), "SELECT "+jobColumns+" FROM jobs WHERE id = $1", id)
}

// whole reads a job with what it waits for.
func (t jobs) whole(ctx context.Context, missing error, query string, args ...any) (*retable.Job, error) {
	job, err := get(ctx, t.tx, missing, scanJob, query, args...)
	if err != nil {
		return nil, err
	}
	one := []retable.Job{*job}
	err = t.fillAfter(ctx, one)
	return &one[0], err
}

// fillAfter reads what jobs wait for.
func (t jobs) fillAfter(ctx context.Context, list []retable.Job) error {
	if len(list) == 0 {
		return nil
	}
	at := map[int64]*retable.Job{}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	var w where
	in(&w, "job_id", ids)
	return t.rows(ctx, func(row scanner) error {
		var id, after int64
		if err := row.Scan(&id, &after); err != nil {
			return err
		}
		at[id].After = append(at[id].After, after)
		return nil
	}, "SELECT job_id, after_id FROM job_after"+w.String()+" ORDER BY job_id, after_id", w.args...)
}

func (t jobs) List(ctx context.Context, f retable.JobFilter, p retable.Page) (retable.List[retable.Job], error) {
	l := listing[retable.Job]{
		columns: jobColumns, table: "jobs", key: "id", number: true, scan: scanJob,
		cursor: func(j *retable.Job) string { return strconv.FormatInt(j.ID, 10) },
	}
	equal(&l.where, "owner_id", f.OwnerID)
	equal(&l.where, "session_id", f.SessionID)
	equal(&l.where, "kind", f.Kind)
	equal(&l.where, "state", f.State)
	if f.Active {
		l.where.and("state IN ('QUEUED', 'RUNNING')")
	}
	if f.After > 0 { // ids rise with time: the first of them says where to begin
		l.where.and("created_at > ? AND id >= (SELECT COALESCE(min(id), 0) FROM jobs WHERE created_at > ?)", f.After, f.After)
	}
	list, err := l.page(ctx, t.tx, p)
	if err == nil {
		err = t.fillAfter(ctx, list.Items)
	}
	return list, err
}

func (t jobs) LastOf(ctx context.Context, kind retable.JobKind) (*retable.Job, error) {
	return t.whole(ctx, retable.Errorf(retable.NotFound, "There was no %s job yet.", kind),
		"SELECT "+jobColumns+" FROM jobs WHERE kind = $1 ORDER BY id DESC LIMIT 1", kind)
}

// Stats counts the jobs that are not over, by state and kind. Oldest is the
// earliest time that queued jobs were to run, or that running ones started.
func (t jobs) Stats(ctx context.Context) ([]retable.QueueStats, error) {
	stats, err := t.counts(ctx, "SELECT kind, state, count(*), min(run_at) FROM jobs WHERE state = 'QUEUED' GROUP BY state, kind")
	if err != nil {
		return nil, err
	}
	running, err := t.counts(ctx, "SELECT kind, state, count(*), min(started_at) FROM jobs WHERE state = 'RUNNING' GROUP BY state, kind")
	return sorted(append(stats, running...)), err
}

// Over counts the jobs that are over; their Oldest is 0.
func (t jobs) Over(ctx context.Context) ([]retable.QueueStats, error) {
	stats, err := t.counts(ctx, "SELECT kind, state, count(*), 0 FROM jobs WHERE state IN ('SUCCESS', 'FAILED', 'CANCELLED') GROUP BY state, kind")
	return sorted(stats), err
}

func (t jobs) counts(ctx context.Context, query string) ([]retable.QueueStats, error) {
	return many(ctx, t.tx, func(row scanner) (q retable.QueueStats, err error) {
		err = row.Scan(&q.Kind, &q.State, &q.Count, &q.Oldest)
		return q, err
	}, query)
}

func sorted(stats []retable.QueueStats) []retable.QueueStats {
	slices.SortFunc(stats, func(a, b retable.QueueStats) int {
		return strings.Compare(string(a.Kind)+" "+string(a.State), string(b.Kind)+" "+string(b.State))
	})
	return stats
}

func (t jobs) Waiting(ctx context.Context, limit int64) (n int64, err error) {
	err = t.value(ctx, &n, "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state = 'QUEUED' LIMIT "+strconv.FormatInt(limit, 10)+") AS queued")
	return n, err
}

// Purge removes up to limit jobs, 0 for all, that were over before the time.
func (t jobs) Purge(ctx context.Context, before retable.Millis, limit int) (int64, error) {
	some := ""
	if limit > 0 {
		some = fmt.Sprintf(" ORDER BY finished_at LIMIT %d", limit)
	}
	return t.exec(ctx, `DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
		WHERE state IN ('SUCCESS', 'FAILED', 'CANCELLED') AND finished_at < $1`+some+")", before)
}

// wakeWorkers tells, once the transaction is committed, that jobs are ready.
func (t *tx) wakeWorkers(ctx context.Context) {
	if !t.wake {
		t.wake = true
		t.s.notifier.within(ctx, t)
	}
}
