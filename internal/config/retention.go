package config

import "time"

// Retention says what is kept, for whom, and for how long. 0 is no limit.
type Retention struct {
	QuotaBytes    int64
	QuotaSessions int
	Age           time.Duration // of sessions, since they were last used
	Bytes         int64
	Artifacts     time.Duration // exports and reports
	Jobs          time.Duration
	CleanupAt     Clock
	BackupAt      Clock
	BackupKeep    time.Duration
	BackupDir     string
}

func (r *Retention) fields() []Field {
	return []Field{
		{Name: "quota_bytes", value: size(&r.QuotaBytes, 0, maxSize), Default: "0", Served: "100GB", Help: "What one user may keep, originals included; 0 is no limit, here and below. An administrator can set it for a user."},
		{Name: "quota_sessions", value: integer(&r.QuotaSessions, 0, 10_000_000), Default: "0", Served: "10000", Help: "Sessions that one user may keep."},
		{Name: "retention_age", value: duration(&r.Age, 0, maxDuration), Default: "0s", Help: "Sessions that nobody used for so long are removed, with their comparisons of that age; pinned ones stay, and of a watched series that is compared the newest."},
		{Name: "retention_bytes", value: size(&r.Bytes, 0, maxSize), Default: "0", Help: "When all sessions together hold more, those that were not used for the longest time are removed."},
		{Name: "retention_artifacts", value: duration(&r.Artifacts, 0, maxDuration), Default: "30d", Help: "Exports and reports are removed after this time; they can be made again."},
		{Name: "retention_jobs", value: duration(&r.Jobs, 0, maxDuration), Default: "90d", Help: "Jobs that are over and their errors are removed after this time."},
		{Name: "cleanup_at", value: clock(&r.CleanupAt), Default: "03:30", Help: "Time of the daily clean-up, or off."},
		{Name: "backup_at", value: clock(&r.BackupAt), Default: "off", Served: "02:30", Help: "Time of the nightly backup, or off."},
		{Name: "backup_keep", value: duration(&r.BackupKeep, day, maxDuration), Default: "7d", Help: "Backups older than this are removed; the last one always stays."},
		{Name: "backup_dir", value: path(&r.BackupDir), Help: "Where backups go; by default backups in the data root. Another disk is better."},
	}
}
