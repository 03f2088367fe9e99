package config

import "time"

// Role is what a process does.
type Role string

// The roles.
const (
	RoleAll    Role = "all"
	RoleAPI    Role = "api"
	RoleWorker Role = "worker"
)

// API reports whether the process answers requests.
func (r Role) API() bool { return r != RoleWorker }

// Worker reports whether the process runs jobs.
func (r Role) Worker() bool { return r != RoleAPI }

// Jobs says how work is done.
type Jobs struct {
	Role            Role
	JobWorkers      int // 0: one per core
	Workers         int // files read at once; 0: one per core
	Lease           time.Duration
	Poll            time.Duration
	Attempts        int
	Backoff         time.Duration
	QueueMax        int
	QueueMaxUser    int
	WatchSweep      time.Duration
	WatchStable     time.Duration
	ShutdownTimeout time.Duration
}

func (j *Jobs) fields() []Field {
	return []Field{
		{
			Name: "role", value: choice(&j.Role, "all", "api", "worker"), Default: "all",
			Help: "What this process does: answer requests (api), run jobs (worker), or both.",
		},
		{Name: "job_workers", value: integer(&j.JobWorkers, 0, 1024), Default: "0", Help: "Jobs run at once; 0 is one per core."},
		{Name: "workers", value: integer(&j.Workers, 0, 1024), Default: "0", Help: "Files of one bundle read at once; 0 is one per core."},
		{Name: "job_lease", value: duration(&j.Lease, 3*time.Second, time.Hour), Default: "15s", Help: "A worker that is silent for so long has lost its job to another one (PostgreSQL)."},
		{Name: "job_poll", value: duration(&j.Poll, 10*time.Millisecond, time.Minute), Default: "1s", Help: "How often an idle worker looks for jobs that nobody told it of."},
		{Name: "job_attempts", value: integer(&j.Attempts, 1, 100), Default: "3", Help: "Attempts at a job before it has failed; only passing faults are tried again."},
		{Name: "job_backoff", value: duration(&j.Backoff, 10*time.Millisecond, time.Hour), Default: "5s", Help: "Wait before the second attempt; it doubles each time."},
		{Name: "queue_max", value: integer(&j.QueueMax, 1, 10_000_000), Default: "10000", Help: "Jobs that may wait; more are refused as busy."},
		{Name: "queue_max_user", value: integer(&j.QueueMaxUser, 1, 10_000_000), Default: "1000", Help: "Jobs that may wait for one user."},
		{Name: "watch_sweep", value: duration(&j.WatchSweep, time.Second, day), Default: "1m", Help: "How often watched folders are searched for what the system didn't report."},
		{Name: "watch_stable", value: duration(&j.WatchStable, 100*time.Millisecond, time.Hour), Default: "2s", Help: "A file in a watched folder is taken when it hasn't changed for so long."},
		{Name: "shutdown_timeout", value: duration(&j.ShutdownTimeout, time.Second, time.Hour), Default: "30s", Help: "Time that requests and jobs get to end when the program is stopped; jobs are then handed back."},
	}
}
