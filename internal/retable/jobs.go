package retable

import (
	"context"
	"encoding/json"
	"time"
)

// JobKind is a kind of work.
type JobKind string

// The kinds.
const (
	JobScan    JobKind = "scan"
	JobConvert JobKind = "convert"
	JobCompare JobKind = "compare"
	JobIndex   JobKind = "index"
	JobExport  JobKind = "export"
	JobCleanup JobKind = "cleanup"
	JobBackup  JobKind = "backup"
)

// JobState is the state of a job; the jobs table is the truth.
type JobState string

// The states. A job that waits for others or for its time is QUEUED.
const (
	JobQueued    JobState = "QUEUED"
	JobRunning   JobState = "RUNNING"
	JobSuccess   JobState = "SUCCESS"
	JobFailed    JobState = "FAILED"
	JobCancelled JobState = "CANCELLED"
)

// Over reports whether nothing more will happen to the job by itself.
func (s JobState) Over() bool { return s == JobSuccess || s == JobFailed || s == JobCancelled }

// Job is a piece of work that survives crashes.
type Job struct {
	ID            int64
	Kind          JobKind
	State         JobState
	OwnerID       string
	SessionID     string // its jobs run one after the other, in order of id
	ComparisonID  string
	DedupeKey     string          // of jobs that are not over, unique
	Payload       json.RawMessage // what to do
	Progress      float64         // 0..100
	Message       string          // what is being done
	Result        json.RawMessage // bounded by MaxJobResult; large ones are artifacts
	Error         string          // safe to show
	ErrorCode     Code
	Stack         string // for admin and ops only
	Attempts      int
	MaxAttempts   int
	Deaths        int // of workers that had it; they don't use up its attempts
	CancelAsked   bool
	RunAt         Millis // not before
	Priority      int    // higher first
	LeaseOwner    string
	LeaseUntil    Millis // 0: never expires (SQLite)
	CorrelationID string
	TraceParent   string  // W3C trace context of the request
	After         []int64 // jobs that must be over before; a failed one fails this one
	CreatedAt     Millis
	UpdatedAt     Millis
	StartedAt     Millis
	FinishedAt    Millis
}

// MaxJobResult is the size that a job's result may have.
const MaxJobResult = 64 << 10

// A job whose worker dies is taken up again: at once while its deaths are few,
// then later each time, so that others get on, and no more after the last.
const (
	EarlyDeaths = 2
	MaxDeaths   = 10
)

// RestAfterDeath is how long a job waits after so many deaths.
func RestAfterDeath(deaths int) time.Duration {
	if deaths <= EarlyDeaths {
		return 0
	}
	return min(time.Second<<(deaths-EarlyDeaths), time.Minute)
}

// MaxOutage is for how long after it was asked for a job waits for a part of
// ours that is down; later that counts as a failed attempt.
const MaxOutage = 24 * time.Hour

// JobSpec asks for a job.
type JobSpec struct {
	Kind          JobKind
	OwnerID       string
	SessionID     string
	ComparisonID  string
	DedupeKey     string
	Payload       json.RawMessage
	MaxAttempts   int // 0 means 3
	RunAt         Millis
	Priority      int
	After         []int64
	CorrelationID string
	TraceParent   string
}

// Lease is a worker's right to a job. Each UPDATE is guarded by it.
type Lease struct {
	JobID   int64
	Owner   string
	Attempt int
}

// JobFilter chooses jobs.
type JobFilter struct {
	OwnerID   string
	SessionID string
	Kind      JobKind
	State     JobState
	Active    bool   // QUEUED or RUNNING
	After     Millis // created after
}

// QueueStats describe the jobs of one kind and state.
type QueueStats struct {
	Kind   JobKind
	State  JobState
	Count  int64
	Oldest Millis // run_at of the oldest that is ready, or start of the longest running
}

// Jobs is the jobs table.
type Jobs interface {
	// Enqueue adds a job. If one with the same DedupeKey is not over, it returns
	// that one and false.
	Enqueue(ctx context.Context, spec JobSpec, now Millis) (job *Job, created bool, err error)
	Get(ctx context.Context, id int64) (*Job, error)
	List(ctx context.Context, f JobFilter, p Page) (List[Job], error)
	// Some gives those of the jobs that are there, by id, without what they wait for.
	Some(ctx context.Context, ids []int64) (map[int64]Job, error)
	// Active gives each session's newest job that is not over, by session; of one
	// kind unless that is "".
	Active(ctx context.Context, sessions []string, kind JobKind) (map[string]int64, error)

	// Claim gives the next job that is ready to the worker, nil if there is none:
	// first those whose lease ran out, then by priority and id; never one whose
	// session has an older job that is not over, or one that waits for others.
	// A lease of 0 never expires. A worker whose lease ran out has died, and is
	// counted as that: see MaxDeaths.
	Claim(ctx context.Context, owner string, kinds []JobKind, lease time.Duration, now Millis) (*Job, error)
	// Heartbeat keeps the lease and records progress. It tells whether someone
	// wants the job cancelled. ErrLeaseLost.
	Heartbeat(ctx context.Context, l Lease, progress float64, message string, lease time.Duration, now Millis) (cancel bool, err error)
	// Succeed, Fail, Cancelled and Release end the lease: ErrLeaseLost if it was
	// lost, so that an effect in the same transaction is undone with it.
	Succeed(ctx context.Context, l Lease, result json.RawMessage, message string, now Millis) error
	// Fail ends the attempt. With retryAt the job is queued again if attempts are left.
	Fail(ctx context.Context, l Lease, e JobError, retryAt Millis, now Millis) error
	// Postpone queues the job again and grants one more attempt: the one that ends
	// failed for want of a part of ours that is down. One that someone wants
	// cancelled is.
	Postpone(ctx context.Context, l Lease, e JobError, retryAt, now Millis) (JobState, error)
	Cancelled(ctx context.Context, l Lease, now Millis) error
	// Release hands a job back unfinished (shutdown): the attempt doesn't count.
	Release(ctx context.Context, l Lease, now Millis) error

	// AskCancel cancels a queued job at once and a running one at its next heartbeat.
	AskCancel(ctx context.Context, id int64, now Millis) (*Job, error)
	// Retry queues a job that FAILED or was CANCELLED again, with fresh attempts.
	Retry(ctx context.Context, id int64, now Millis) (*Job, error)
	// Requeue takes all running jobs from owners that have died: the boot of the
	// only runner of an embedded store.
	Requeue(ctx context.Context, now Millis) (int64, error)
	// Stats counts the jobs that wait or run, which are few.
	Stats(ctx context.Context) ([]QueueStats, error)
	// Over counts the jobs that are over, by reading through all of them.
	Over(ctx context.Context) ([]QueueStats, error)
	// Waiting counts the queued jobs up to a limit, beyond which it doesn't look.
	Waiting(ctx context.Context, limit int64) (int64, error)
	// Purge removes jobs that were over before the time.
	Purge(ctx context.Context, before Millis, limit int) (int64, error)
	// LastOf returns the newest job of a kind, for schedules.
	LastOf(ctx context.Context, kind JobKind) (*Job, error)
}

// JobError says why an attempt failed.
type JobError struct {
	Code   Code
	Detail string // safe to show
	Stack  string // or cause, for admin and ops
}

// ErrorEvent is an error that an operator may want to see.
type ErrorEvent struct {
	ID            string
	At            Millis
	Source        string // job kind, route, actor
	JobID         int64
	UserID        string
	CorrelationID string
	Code          Code
	Message       string
	Stack         string
}

// ErrorEvents keeps them.
type ErrorEvents interface {
	Add(ctx context.Context, e *ErrorEvent) error
	List(ctx context.Context, source, search string, p Page) (List[ErrorEvent], error)
	Purge(ctx context.Context, before Millis) (int64, error)
}
