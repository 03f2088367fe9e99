package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"retable/internal/retable"
)

// Job is a piece of work as it travels.
type Job struct {
	ID            int64           `json:"id"`
	JobType       string          `json:"job_type" enum:"scan,convert,compare,index,export,cleanup,backup"`
	Status        string          `json:"status" enum:"QUEUED,RUNNING,SUCCESS,FAILED,CANCELLED"`
	Progress      float64         `json:"progress"`
	Message       string          `json:"message"`
	Result        json.RawMessage `json:"result,omitempty"`
	Error         string          `json:"error,omitempty"`
	ErrorCode     string          `json:"error_code,omitempty"`
	Stack         string          `json:"stack,omitempty"`
	Attempts      int             `json:"attempts"`
	MaxAttempts   int             `json:"max_attempts"`
	CancelAsked   bool            `json:"cancel_asked"`
	OwnerID       string          `json:"owner_id"`
	Owner         string          `json:"owner,omitempty"`
	SessionID     string          `json:"session_id,omitempty"`
	ComparisonID  string          `json:"comparison_id,omitempty"`
	Subject       string          `json:"subject,omitempty"`
	After         []int64         `json:"after,omitempty"`
	CorrelationID string          `json:"correlation_id,omitempty"`
	RunAt         string          `json:"run_at,omitempty"`
	CreatedAt     string          `json:"created_at"`
	UpdatedAt     string          `json:"updated_at"`
	StartedAt     string          `json:"started_at,omitempty"`
	FinishedAt    string          `json:"finished_at,omitempty"`
}

// JobList is a part of the jobs.
type JobList = List[Job]

// ListJobsRequest chooses jobs. All shows everybody's, to ops and admin.
type ListJobsRequest struct {
	Active    bool   `json:"active,omitempty"`
	Status    string `json:"status,omitempty"`
	JobType   string `json:"job_type,omitempty"`
	SessionID string `json:"session_id,omitempty"`
	All       bool   `json:"all,omitempty"`
	PageQuery
}

// ListJobs lists jobs, newest first.
func (s *Service) ListJobs(ctx context.Context, req ListJobsRequest) (*JobList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out *JobList
	err = s.store.View(ctx, func(tx retable.Tx) error {
		f := retable.JobFilter{OwnerID: visible(p, req.All), SessionID: req.SessionID, Kind: retable.JobKind(req.JobType), State: retable.JobState(req.Status), Active: req.Active}
		if req.SessionID != "" {
			if _, err := session(ctx, tx, p, req.SessionID, false); err != nil {
				return err
			}
			f.OwnerID = ""
		}
		l, err := tx.Jobs().List(ctx, f, req.page())
		if err != nil {
			return err
		}
		out = listOf(l, func(j *retable.Job) Job { return jobDTO(j, p) })
		return describeJobs(ctx, tx, out.Items)
	})
	return out, err
}

// GetJob returns a job.
func (s *Service) GetJob(ctx context.Context, req JobRef) (*Job, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out Job
	err = s.store.View(ctx, func(tx retable.Tx) error {
		j, err := job(ctx, tx, p, req.JobID, false)
		if err != nil {
			return err
		}
		one := []Job{jobDTO(j, p)}
		err = describeJobs(ctx, tx, one)
		out = one[0]
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// job reads a job that the caller may see, or change.
func job(ctx context.Context, tx retable.Tx, p *retable.Principal, id int64, write bool) (*retable.Job, error) {
	j, err := tx.Jobs().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if j.OwnerID == p.UserID || p.IsOps() {
		return j, nil
	}
	if j.SessionID != "" {
		if _, err := session(ctx, tx, p, j.SessionID, write); err == nil {
			return j, nil
		}
	}
	return nil, retable.Errorf(retable.NotFound, "There is no job %d.", id) // as if there were none
}

func jobDTO(j *retable.Job, p *retable.Principal) Job {
	d := Job{
		ID: j.ID, JobType: string(j.Kind), Status: string(j.State), Progress: j.Progress, Message: j.Message, Result: j.Result,
		Error: j.Error, ErrorCode: string(j.ErrorCode), Attempts: j.Attempts, MaxAttempts: j.MaxAttempts, CancelAsked: j.CancelAsked,
		OwnerID: j.OwnerID, SessionID: j.SessionID, ComparisonID: j.ComparisonID, After: j.After, CorrelationID: j.CorrelationID,
		RunAt: j.RunAt.String(), CreatedAt: j.CreatedAt.String(), UpdatedAt: j.UpdatedAt.String(), StartedAt: j.StartedAt.String(), FinishedAt: j.FinishedAt.String(),
	}
	if p.IsOps() {
		d.Stack = j.Stack
	}
	return d
}

// describeJobs says what jobs are about, for people.
func describeJobs(ctx context.Context, tx retable.Tx, all []Job) error {
	owners, err := tx.Users().Names(ctx, idsOf(all, func(d *Job) string { return d.OwnerID }))
	if err != nil {
		return err
	}
	sessions, err := tx.Sessions().Names(ctx, idsOf(all, func(d *Job) string { return d.SessionID }))
	if err != nil {
		return err
	}
	compared, err := tx.Comparisons().Names(ctx, idsOf(all, func(d *Job) string { return d.ComparisonID }))
	for i := range all {
		d := &all[i]
		d.Owner, d.Subject = owners[d.OwnerID], sessions[d.SessionID]
		if sides, ok := compared[d.ComparisonID]; ok {
			d.Subject = sides[0] + " → " + sides[1]
		}
	}
	return err
}

func ignoreMissing(err error) error {
	if retable.Is(err, retable.NotFound) {
		return nil
	}
	return err
}

// CancelJob cancels a job: a queued one at once, a running one as soon as its
// worker hears of it.
func (s *Service) CancelJob(ctx context.Context, req JobRef) (*Job, error) {
	return s.changeJob(ctx, req.JobID, "job.cancel", func(tx retable.Tx) error {
		_, err := tx.Jobs().AskCancel(ctx, req.JobID, s.clock.Now())
		return err
	}, s.system.Cancel)
}

// RetryJob queues a job that failed or was cancelled again.
func (s *Service) RetryJob(ctx context.Context, req JobRef) (*Job, error) {
	return s.changeJob(ctx, req.JobID, "job.retry", func(tx retable.Tx) error {
		_, err := tx.Jobs().Retry(ctx, req.JobID, s.clock.Now())
		return err
	}, func(int64) { s.system.Hint() })
}

func (s *Service) changeJob(ctx context.Context, id int64, action string, change func(retable.Tx) error, then func(int64)) (*Job, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		j, err := job(ctx, tx, p, id, true)
		if err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		if j.OwnerID == p.UserID {
			return nil
		}
		return s.audit(ctx, tx, action, string(j.Kind), map[string]any{"job": id, "owner": j.OwnerID})
	})
	if err != nil {
		return nil, err
	}
	then(id)
	j, err := s.GetJob(ctx, JobRef{id})
	if err == nil {
		s.publish(retable.Event{Kind: retable.EventJob, OwnerID: j.OwnerID, JobID: id, SessionID: j.SessionID, ID: j.ComparisonID, State: j.Status, LeftMS: -1, At: s.clock.Now()})
	}
	return j, err
}

// WaitJob waits until a job is over, or the time is, and returns it. It reads
// the table, as the worker may be another process.
func (s *Service) WaitJob(ctx context.Context, id int64, wait time.Duration) (*Job, error) {
	limit := time.NewTimer(max(wait, 0))
	defer limit.Stop()
	for pause := 10 * time.Millisecond; ; pause = min(pause*3/2, 500*time.Millisecond) {
		j, err := s.GetJob(ctx, JobRef{id})
		if err != nil || retable.JobState(j.Status).Over() {
			return j, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-limit.C:
			return j, nil
		case <-time.After(pause):
		}
	}
}

// enqueue adds a job in the caller's transaction, in the caller's name. A full
// queue refuses.
func (s *Service) enqueue(ctx context.Context, tx retable.Tx, spec retable.JobSpec) (*retable.Job, error) {
	if p, err := retable.PrincipalFrom(ctx); err == nil && spec.OwnerID == "" {
		spec.OwnerID = p.UserID
	}
	spec.CorrelationID = retable.CorrelationFrom(ctx)
	spec.TraceParent = traceParent(ctx)
	spec.MaxAttempts = s.cfg.Attempts
	if err := s.admit(ctx, tx, spec.OwnerID); err != nil {
		return nil, err
	}
	j, _, err := tx.Jobs().Enqueue(ctx, spec, s.clock.Now())
	return j, err
}

// admit refuses new work while too much is waiting, of all or of the user.
func (s *Service) admit(ctx context.Context, tx retable.Tx, userID string) error {
	waiting, err := tx.Jobs().Waiting(ctx, s.cfg.QueueMax)
	if err != nil {
		return err
	}
	if waiting >= s.cfg.QueueMax {
		return &retable.Error{Code: retable.Busy, Reason: "queue_full", RetryAfter: 10 * time.Second, Detail: "Too many jobs are waiting; try again in a while."}
	}
	if s.cfg.QueueUser <= 0 || userID == "" {
		return nil
	}
	mine, err := tx.Jobs().List(ctx, retable.JobFilter{OwnerID: userID, State: retable.JobQueued}, retable.Page{Limit: 1})
	if err == nil && mine.Total >= s.cfg.QueueUser {
		err = &retable.Error{Code: retable.Busy, Reason: "queue_full", RetryAfter: 10 * time.Second, Detail: fmt.Sprintf("%d of your jobs are waiting, which is all that may (RET_QUEUE_MAX_USER); try again when some are done.", mine.Total)}
	}
	return err
}
