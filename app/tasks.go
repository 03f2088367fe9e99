package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"retable/actors"
	"retable/internal/archive"
	"retable/internal/format"
	"retable/internal/retable"
)

// tasks is the work behind each kind of job: one file each, one line here.
func (s *Service) tasks() map[retable.JobKind]actors.Task {
	return map[retable.JobKind]actors.Task{
		retable.JobScan:    s.afresh(s.scanTask),
		retable.JobConvert: s.afresh(s.convertTask),
		retable.JobCompare: s.afresh(s.compareTask),
		retable.JobIndex:   s.afresh(s.indexTask),
		retable.JobExport:  s.afresh(s.exportTask),
		retable.JobCleanup: s.cleanupTask,
		retable.JobBackup:  s.backupTask,
	}
}

// madeBy is the folder of the blobs that an attempt makes. Each attempt has its
// own: one that was frozen, lost its job and thaws can neither replace nor
// discard what the next one has made.
func madeBy(j *retable.Job) string {
	if j.ComparisonID != "" {
		return fmt.Sprintf("comparisons/%s/%d-%d/", j.ComparisonID, j.ID, j.Attempts)
	}
	return fmt.Sprintf("sessions/%s/%d-%d/", j.SessionID, j.ID, j.Attempts)
}

// afresh removes what earlier attempts at the job have made and couldn't record
// before the task begins.
func (s *Service) afresh(task actors.Task) actors.Task {
	return func(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
		earlier := *j
		for earlier.Attempts = j.Attempts - 1; earlier.Attempts > 0; earlier.Attempts-- {
			var keys []string
			for info, err := range s.blobs.List(ctx, madeBy(&earlier)) {
				if err != nil {
					return actors.Outcome{}, err
				}
				keys = append(keys, info.Key)
			}
			s.dropBlobs(ctx, keys)
		}
		return task(ctx, j, report)
	}
}

// payload decodes what a job is to do.
func payload[T any](j *retable.Job) (T, error) {
	var v T
	if len(j.Payload) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(j.Payload, &v); err != nil {
		return v, retable.Fault(fmt.Errorf("payload of job %d: %w", j.ID, err), "reading what this job is to do")
	}
	return v, nil
}

func encoded(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, retable.Fault(err, "writing down what a job is to do")
	}
	return raw, nil
}

// explained gives the errors of the work on files their class: what is the
// input's fault is said, what is ours is not.
func explained(ctx context.Context, err error, doing string) error {
	var (
		known   *retable.Error
		refusal *archive.Refusal
		output  *format.OutputError
	)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &known):
		return err
	case diskFull(err):
		return &retable.Error{Code: retable.Unavailable, Reason: "disk_full", Detail: "The disk is full; nothing was lost. Free some space, then retry.", Err: err}
	case errors.As(err, &refusal):
		return &retable.Error{Code: retable.Unprocessable, Reason: string(refusal.Code), Detail: err.Error(), Err: err}
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return &retable.Error{Code: retable.Unavailable, Reason: "read_only", Detail: "A folder of Retable can't be written to: its disk is read-only, or it belongs to another user; the log names it. Nothing was lost.", Err: err}
	case errors.As(err, &output):
		return retable.Fault(err, doing)
	}
	// What reading and comparing say of their input is written for people.
	return &retable.Error{Code: retable.Unprocessable, Detail: err.Error(), Err: err}
}

// diskFull tells whether there was no room. SQLite says so in words of its own,
// which are the same in every build, with its driver or without.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "database or disk is full")
}

// forward turns the progress of the work on files into that of a job: from is
// where this step begins, to where it ends.
func forward(report func(actors.Report), clock retable.Clock, from, to float64, words func(Progress) string) func(Progress) {
	begun := clock()
	phase := ""
	return func(p Progress) {
		if p.Phase != phase {
			phase, begun = p.Phase, clock()
		}
		r := actors.Report{Progress: from, Message: words(p), Left: -1}
		share := -1.0
		switch {
		case p.Total > 0:
			share = float64(p.Done) / float64(p.Total)
		case p.FilesTotal > 0:
			share = float64(p.Files) / float64(p.FilesTotal)
		}
		if took := clock().Sub(begun); share > 0.01 && took > 200*time.Millisecond {
			r.Left = time.Duration(float64(took) * (1 - min(share, 1)) / share)
			if p.Total > 0 {
				r.Rate = float64(p.Done) / took.Seconds()
			}
		}
		if share >= 0 {
			r.Progress = from + (to-from)*min(share, 1)
		}
		report(r)
	}
}

// scratch makes a folder for one job's work.
func (s *Service) scratch(name string) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(s.cfg.Scratch, "retable-"+name+"-")
	if err != nil {
		return "", nil, explained(context.Background(), err, "making a folder for scratch files")
	}
	return dir, func() {
		if err := os.RemoveAll(dir); err != nil {
			s.log.Warn("scratch files are left", "dir", dir, "err", err)
		}
	}, nil
}

// settle puts right what a job has begun and could not end.
func (s *Service) settle(ctx context.Context, tx retable.Tx, j *retable.Job, state retable.JobState, err error) error {
	switch j.Kind {
	case retable.JobScan, retable.JobConvert:
		return s.settleSession(ctx, tx, j, state, err)
	case retable.JobCompare:
		return s.settleComparison(ctx, tx, j, state, err)
	}
	return nil
}

// settleSession brings a session back to where it was before a step that
// didn't succeed.
func (s *Service) settleSession(ctx context.Context, tx retable.Tx, j *retable.Job, state retable.JobState, cause error) error {
	x, err := tx.Sessions().Get(ctx, j.SessionID)
	if err != nil {
		return ignoreMissing(err)
	}
	if x.State == retable.SessionDeleting {
		return nil
	}
	if err := restState(ctx, tx, x); err != nil {
		return err
	}
	if state == retable.JobFailed {
		x.Error = safeDetail(cause)
		if x.State != retable.SessionReady {
			x.State = retable.SessionFailed
		}
	}
	x.UpdatedAt = s.clock.Now()
	return tx.Sessions().Update(ctx, x)
}

// restState is how far a session has come when nothing works on it.
func restState(ctx context.Context, tx retable.Tx, x *retable.Session) error {
	has := func(k retable.ArtifactKind) (bool, error) {
		a, err := newest(ctx, tx, retable.ArtifactFilter{SessionID: x.ID, Kind: k})
		return a != nil, err
	}
	for _, step := range []struct {
		kind  retable.ArtifactKind
		state retable.SessionState
	}{{retable.ArtifactTables, retable.SessionReady}, {retable.ArtifactProfile, retable.SessionScanned}} {
		ok, err := has(step.kind)
		if err != nil {
			return err
		}
		if ok {
			x.State = step.state
			return nil
		}
	}
	x.State = retable.SessionReceived
	return nil
}

func safeDetail(err error) string {
	var known *retable.Error
	if errors.As(err, &known) {
		return known.Detail
	}
	return "It failed; the log has the cause."
}

// enter moves a session into a state of being worked on.
func (s *Service) enter(ctx context.Context, sessionID, step string, state retable.SessionState) (*retable.Session, error) {
	var x *retable.Session
	err := s.system.Do(ctx, sessionID, step, func(ctx context.Context, tx retable.Tx) (err error) {
		if x, err = tx.Sessions().Get(ctx, sessionID); err != nil {
			return err
		}
		if x.State == retable.SessionDeleting {
			return retable.Errorf(retable.Conflict, "%s is being deleted.", x.Name)
		}
		x.State, x.Error, x.UpdatedAt = state, "", s.clock.Now()
		return tx.Sessions().Update(ctx, x)
	})
	return x, err
}
