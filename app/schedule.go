package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"retable/internal/config"
	"retable/internal/retable"
)

// requeue takes up what an earlier process of this data root had not ended.
func (s *Service) requeue(ctx context.Context) error {
	var n int64
	err := s.store.Update(ctx, func(tx retable.Tx) (err error) {
		n, err = tx.Jobs().Requeue(ctx, s.clock.Now())
		return err
	})
	if n > 0 {
		s.log.InfoContext(ctx, "jobs of an earlier run are taken up again", "jobs", n)
	}
	if err != nil {
		return err
	}
	return s.sweepCaches(ctx, s.cfg.Retention.withDefaults().Grace)
}

// scheduleEvery is how often the schedules are looked at.
const scheduleEvery = time.Minute

// schedule enqueues what is due by itself, until ctx ends. Several replicas
// may do so at once: the jobs' dedupe keys make one of them.
func (s *Service) schedule(ctx context.Context) {
	t := time.NewTicker(scheduleEvery)
	defer t.Stop()
	for {
		if err := s.due(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("the schedules could not be kept", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// due enqueues what is due, ends uploads that nobody goes on with, and mends
// sessions whose job is gone.
func (s *Service) due(ctx context.Context) error {
	ctx = retable.WithPrincipal(ctx, systemPrincipal())
	if err := s.enqueueDaily(ctx, retable.JobCleanup, s.cfg.CleanupAt); err != nil {
		return err
	}
	if s.store.Engine() == "sqlite" {
		if err := s.enqueueDaily(ctx, retable.JobBackup, s.cfg.Backup.At); err != nil {
			return err
		}
	}
	if err := s.expireUploads(ctx); err != nil {
		return err
	}
	return s.mend(ctx)
}

// enqueueDaily enqueues a kind of job once a day. A machine that was off at
// the time makes up for it. One that was asked for in the future says nothing:
// the clock was wrong then.
func (s *Service) enqueueDaily(ctx context.Context, kind retable.JobKind, at config.Clock) error {
	if !at.On {
		return nil
	}
	now := s.clock()
	dueAt := retable.MillisOf(at.Next(now.Add(-24 * time.Hour))) // the last one that has passed
	return s.store.Update(ctx, func(tx retable.Tx) error {
		last, err := tx.Jobs().LastOf(ctx, kind)
		if err != nil && !retable.Is(err, retable.NotFound) {
			return err
		}
		if err == nil && last != nil && last.CreatedAt >= dueAt && last.CreatedAt <= retable.MillisOf(now.Add(time.Hour)) {
			return nil
		}
		_, _, err = tx.Jobs().Enqueue(ctx, retable.JobSpec{Kind: kind, DedupeKey: "daily:" + string(kind)}, s.clock.Now())
		return err
	})
}

// mend brings sessions to rest that are said to be worked on while no job is:
// the table itself has given up on a job whose worker died too often.
func (s *Service) mend(ctx context.Context) error {
	for _, state := range []retable.SessionState{retable.SessionScanning, retable.SessionConverting} {
		err := s.store.Update(ctx, func(tx retable.Tx) error {
			l, err := tx.Sessions().List(ctx, retable.SessionFilter{State: state}, retable.Page{Limit: 500, Uncounted: true})
			if err != nil {
				return err
			}
			for i := range l.Items {
				x := &l.Items[i]
				active, err := tx.Jobs().List(ctx, retable.JobFilter{SessionID: x.ID, Active: true}, retable.Page{Limit: 1})
				if err != nil {
					return err
				}
				if len(active.Items) > 0 {
					continue
				}
				if err := s.settleSession(ctx, tx, &retable.Job{SessionID: x.ID}, retable.JobFailed, errWorkerDied()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func errWorkerDied() error {
	return &retable.Error{Code: retable.Internal, Detail: "The program died while working on this, more than once; the error events have more. Retry the job, or report the bundle."}
}

// sortByUse puts the longest unused first.
func sortByUse(l []retable.Session) {
	slices.SortFunc(l, func(a, b retable.Session) int {
		return cmp.Or(cmp.Compare(a.UsedAt, b.UsedAt), cmp.Compare(a.ID, b.ID))
	})
}
