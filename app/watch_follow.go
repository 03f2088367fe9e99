package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"retable/internal/retable"
)

// recordWatched writes down, in the transaction that makes the session, that a
// watched file became it, and enqueues what follows its conversion.
func (s *Service) recordWatched(ctx context.Context, tx retable.Tx, p *retable.Principal, x *retable.Session, convert int64, req *ReceiveRequest) (last int64, err error) {
	row, opts := *req.watched, req.then
	now := s.clock.Now()
	row.WatchID, row.SHA256, row.SessionID, row.State, row.SeenAt, row.UpdatedAt = req.WatchID, x.SHA256, x.ID, fileQueued, now, now
	last = convert
	after := []int64{convert}
	for _, f := range opts.Formats {
		if opts.Output == "" {
			break
		}
		j, err := s.enqueueExport(ctx, tx, x, exportPayload{Format: f, Options: opts.ConvertOptions, Guard: s.cfg.Guard, Output: opts.Output}, after)
		if err != nil {
			return 0, err
		}
		last = j.ID
	}
	if opts.Compare {
		before, err := s.deliveryBefore(ctx, tx, x)
		if err != nil {
			return 0, err
		}
		if before != nil {
			c, err := s.startComparison(ctx, tx, p, before.ID, x.ID, CompareSettings{Output: opts.Output, Reports: opts.Report}, nil)
			if err != nil {
				return 0, err
			}
			last = c.JobID
		}
	}
	if opts.Index != "" {
		j, err := s.enqueueIndex(ctx, tx, p, x, opts.Index, after)
		if err != nil {
			return 0, err
		}
		last = j
	}
	row.JobID = last
	return last, tx.Watches().PutFile(ctx, &row)
}

// deliveryBefore is the newest earlier session of the same series from the
// same folder.
func (s *Service) deliveryBefore(ctx context.Context, tx retable.Tx, x *retable.Session) (*retable.Session, error) {
	l, err := tx.Sessions().List(ctx, retable.SessionFilter{OwnerID: x.OwnerID, Pattern: x.Pattern, WatchID: x.WatchID}, retable.Page{Limit: 100})
	if err != nil {
		return nil, err
	}
	var best *retable.Session
	for i := range l.Items {
		y := &l.Items[i]
		if y.ID == x.ID || y.State == retable.SessionFailed || y.State == retable.SessionDeleting || y.SHA256 == x.SHA256 || !deliveredBefore(y, x) {
			continue
		}
		if best == nil || deliveredBefore(best, y) {
			best = y
		}
	}
	return best, nil
}

// followJobs writes down what became of the files that are being worked on.
func (w *sweeper) followJobs(ctx context.Context, opts *WatchOptions, again *time.Duration) error {
	page := retable.Page{Limit: 500}
	for {
		var l retable.List[retable.WatchedFile]
		var over []retable.WatchedFile
		err := w.s.store.Update(ctx, func(tx retable.Tx) (err error) {
			over = over[:0]
			if l, err = tx.Watches().Files(ctx, w.watch.ID, fileQueued, page); err != nil {
				return err
			}
			for i := range l.Items {
				row := l.Items[i]
				done, err := w.settleFile(ctx, tx, &row)
				if err != nil {
					return err
				}
				if done {
					over = append(over, row)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if opts.Marks {
			for i := range over {
				w.mark(ctx, &over[i])
			}
		}
		if len(over) < len(l.Items) {
			*again = min(*again, time.Second)
		}
		if l.Next == "" {
			return nil
		}
		page.Cursor = l.Next
	}
}

// settleFile moves a file on when all jobs of its session are over.
func (w *sweeper) settleFile(ctx context.Context, tx retable.Tx, row *retable.WatchedFile) (bool, error) {
	jobs := []int64{row.JobID}
	l, err := tx.Jobs().List(ctx, retable.JobFilter{SessionID: row.SessionID}, retable.Page{Limit: 50})
	if err != nil {
		return false, err
	}
	for i := range l.Items {
		jobs = append(jobs, l.Items[i].ID)
	}
	row.State, row.Error = fileDone, ""
	slices.Sort(jobs) // the first that failed says why; the others only waited for it
	for _, id := range jobs {
		j, err := tx.Jobs().Get(ctx, id)
		if err != nil {
			if retable.Is(err, retable.NotFound) {
				continue
			}
			return false, err
		}
		switch {
		case !j.State.Over():
			return false, nil
		case j.State != retable.JobSuccess && j.Kind == retable.JobCompare && j.Attempts == 0:
			row.Error = cmp.Or(row.Error, j.Error) // the delivery before it has failed, not this one
		case j.State != retable.JobSuccess:
			row.State = fileFailed
			if row.Error == "" {
				row.Error = j.Error
			}
		}
	}
	row.UpdatedAt = w.s.clock.Now()
	return true, tx.Watches().PutFile(ctx, row)
}

// mark moves the original into processed/ or failed/, which the person has
// asked for. A name that is taken there gets a number. One that has changed
// meanwhile is another delivery, and stays to be taken in.
func (w *sweeper) mark(ctx context.Context, row *retable.WatchedFile) {
	if st, err := os.Lstat(filepath.Join(w.watch.Dir, row.Path)); err == nil && !sameFile(row, st) {
		return
	}
	folder := "processed"
	if row.State == fileFailed {
		folder = "failed"
	}
	dir := filepath.Join(w.watch.Dir, folder)
	err := os.MkdirAll(dir, 0o777)
	if err == nil {
		err = moveFresh(filepath.Join(w.watch.Dir, row.Path), dir, row.Path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.s.log.WarnContext(ctx, "a file could not be moved", "file", row.Path, "err", err)
	}
}

// moveFresh moves a file into dir under a name that is free there.
func moveFresh(path, dir, name string) error {
	ext := filepath.Ext(name)
	for n := 1; ; n++ {
		target := filepath.Join(dir, name)
		if n > 1 {
			target = filepath.Join(dir, name[:len(name)-len(ext)]+"-"+strconv.Itoa(n)+ext)
		}
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		return os.Rename(path, target)
	}
}
