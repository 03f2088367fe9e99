package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"retable/actors"
	"retable/internal/retable"
)

// folders is the service as the watcher sees it.
type folders Service

var _ actors.Folder = (*folders)(nil)

// Active implements actors.Folder.
func (f *folders) Active(ctx context.Context) ([]retable.Watch, error) {
	var out []retable.Watch
	err := f.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Watches().List(ctx, "")
		for i := range l {
			if l[i].Active {
				out = append(out, l[i])
			}
		}
		return err
	})
	return out, err
}

// Open implements actors.Folder.
func (f *folders) Open(w retable.Watch) actors.Sweeper {
	return &sweeper{s: (*Service)(f), watch: w, seen: map[string]sighting{}, taken: map[string]sighting{}}
}

// The bounds of looking at a folder.
const (
	sweepBatch  = 200              // files taken in at once
	maxSighting = 100_000          // files remembered while they settle
	watchPause  = 10 * time.Second // after which a full queue is asked again
)

// sweeper looks at one folder. What it has to remember it writes into the
// table; only how long a file has been the same is lost with the process.
type sweeper struct {
	s     *Service
	watch retable.Watch
	seen  map[string]sighting // files that wait; each has its row
	taken map[string]sighting // files that were taken in as they are: the table needn't be asked again
}

// sighting is how a file looked when it was last different.
type sighting struct {
	bytes int64
	mod   time.Time
	since time.Time
}

// Sweep implements actors.Sweeper.
func (w *sweeper) Sweep(ctx context.Context) (time.Duration, error) {
	opts, err := watchOptions(&w.watch)
	if err != nil {
		return w.s.cfg.Sweep, err
	}
	ctx, err = w.asOwner(ctx)
	if err != nil {
		return w.s.cfg.Sweep, err
	}
	names, state, problem := w.list(&opts)
	again := w.s.cfg.Sweep
	taken := 0
	for _, name := range names {
		if ctx.Err() != nil {
			return again, context.Cause(ctx)
		}
		if taken >= sweepBatch {
			again = time.Millisecond
			break
		}
		took, wait, err := w.look(ctx, name, &opts)
		switch {
		case retable.Is(err, retable.Busy):
			again = min(again, watchPause) // later: too much is waiting already
			taken = sweepBatch
		case err != nil:
			state, problem = "failed", safeDetail(err)
			w.s.log.WarnContext(ctx, "a file of a watched folder could not be taken in", "watch", w.watch.ID, "file", name, "err", err)
		}
		if took {
			taken++
		}
		if wait > 0 {
			again = min(again, wait)
		}
	}
	if err := w.followJobs(ctx, &opts, &again); err != nil {
		return again, err
	}
	return again, w.note(ctx, state, problem)
}

// asOwner acts for the one who set the watch up.
func (w *sweeper) asOwner(ctx context.Context) (context.Context, error) {
	var p *retable.Principal
	err := w.s.store.View(ctx, func(tx retable.Tx) error {
		u, err := tx.Users().Get(ctx, w.watch.OwnerID)
		if err == nil {
			p = &retable.Principal{UserID: u.ID, Username: u.Username, Role: u.Role, Local: u.Username == retable.LocalUser}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return retable.WithCorrelation(retable.WithPrincipal(ctx, p), "watch-"+w.watch.ID), nil
}

// list names the bundles of the folder. A folder that is gone is a state, not
// an end: it may come back.
func (w *sweeper) list(opts *WatchOptions) (names []string, state, problem string) {
	entries, err := os.ReadDir(w.watch.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "missing", w.watch.Dir + " isn't there; it is watched again when it comes back."
	case err != nil:
		return nil, "failed", err.Error()
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || !e.Type().IsRegular() || !BundleName(name) {
			continue
		}
		if opts.Pattern == "" || matches(opts.Pattern, name) {
			names = append(names, name)
		}
	}
	return names, "watching", ""
}

// look looks at one file: known, not yet stable, or to be taken in.
func (w *sweeper) look(ctx context.Context, name string, opts *WatchOptions) (took bool, wait time.Duration, err error) {
	st, err := os.Stat(filepath.Join(w.watch.Dir, name))
	if err != nil {
		delete(w.seen, name)
		if errors.Is(err, fs.ErrNotExist) {
			return false, 0, nil // gone since the listing
		}
		return false, 0, retable.Errorf(retable.Unprocessable, "%s can't be read: %w", name, err)
	}
	if !st.Mode().IsRegular() {
		return false, 0, nil
	}
	last, ok := w.taken[name]
	if ok && last.same(st) {
		return false, 0, nil
	}
	known, err := w.known(ctx, name)
	if err != nil {
		return false, 0, err
	}
	if known != nil && known.State != fileWaiting && sameFile(known, st) {
		if opts.Marks && known.State != fileQueued {
			w.mark(ctx, known) // a repeat, or the program ended before it could
		}
		if len(w.taken) < maxSighting {
			w.taken[name] = sighting{bytes: st.Size(), mod: st.ModTime()}
		}
		return false, 0, nil
	}
	if wait := w.settling(name, st, opts); wait > 0 {
		if known == nil {
			err = w.put(ctx, &retable.WatchedFile{Path: name, Bytes: st.Size(), ModTime: retable.MillisOf(st.ModTime()), State: fileWaiting})
		}
		return false, wait, err
	}
	delete(w.seen, name)
	return true, 0, w.take(ctx, name, st, opts)
}

// known is what the table knows of a file; nil: nothing. Of one that waits the
// sweeper knows it itself.
func (w *sweeper) known(ctx context.Context, name string) (known *retable.WatchedFile, err error) {
	if _, ok := w.seen[name]; ok {
		return &retable.WatchedFile{Path: name, State: fileWaiting}, nil
	}
	err = w.s.store.View(ctx, func(tx retable.Tx) (err error) {
		known, err = tx.Watches().File(ctx, w.watch.ID, name)
		return ignoreMissing(err)
	})
	return known, err
}

// same tells whether a file still is as it was.
func (s sighting) same(st fs.FileInfo) bool { return s.bytes == st.Size() && s.mod.Equal(st.ModTime()) }

// sameFile tells whether a file still is as its row says.
func sameFile(row *retable.WatchedFile, st fs.FileInfo) bool {
	return row.Bytes == st.Size() && row.ModTime == retable.MillisOf(st.ModTime())
}

// settling is how long a file must still stay as it is.
func (w *sweeper) settling(name string, st fs.FileInfo, opts *WatchOptions) time.Duration {
	now := w.s.clock()
	need := w.s.cfg.Settle
	if opts.SettleS > 0 {
		need = time.Duration(opts.SettleS) * time.Second
	}
	if now.Sub(st.ModTime()) > time.Hour && now.After(st.ModTime()) {
		return 0 // nobody has written to it for long: it was here before us
	}
	last, ok := w.seen[name]
	if !ok || !last.same(st) {
		if len(w.seen) < maxSighting {
			w.seen[name] = sighting{st.Size(), st.ModTime(), now}
		}
		return need
	}
	return need - now.Sub(last.since)
}

// take takes a file in: unless its content was here before.
func (w *sweeper) take(ctx context.Context, name string, st fs.FileInfo, opts *WatchOptions) error {
	if err := w.room(ctx); err != nil {
		return err
	}
	row := &retable.WatchedFile{Path: name, Bytes: st.Size(), ModTime: retable.MillisOf(st.ModTime())}
	f, err := os.Open(filepath.Join(w.watch.Dir, name))
	if err != nil {
		row.State, row.Error = fileFailed, "can't be opened: "+err.Error()
		return w.put(ctx, row)
	}
	defer f.Close()
	got, err := w.s.receive(ctx, ReceiveRequest{Name: name, Bytes: st.Size(), Body: f, Convert: true, Options: opts.ConvertOptions, WatchID: w.watch.ID, watched: row, then: opts})
	switch {
	case err == nil:
		w.s.system.Hint()
		return nil // the row was written with the session
	case retable.Is(err, retable.Busy), retable.Is(err, retable.Unavailable), ctx.Err() != nil:
		return err // again at the next look
	}
	if got == nil {
		row.State, row.Error = fileFailed, safeDetail(err)
	}
	return w.put(ctx, row)
}

// room tells whether the queue takes more. A folder can wait, so it leaves half
// of the owner's room to what the owner asks for.
func (w *sweeper) room(ctx context.Context) error {
	return w.s.store.View(ctx, func(tx retable.Tx) error {
		if err := w.s.admit(ctx, tx, w.watch.OwnerID); err != nil || w.s.cfg.QueueUser <= 0 {
			return err
		}
		own, err := tx.Jobs().List(ctx, retable.JobFilter{OwnerID: w.watch.OwnerID, State: retable.JobQueued}, retable.Page{Limit: 1})
		if err == nil && own.Total >= (w.s.cfg.QueueUser+1)/2 {
			err = &retable.Error{Code: retable.Busy, Reason: "queue_full", RetryAfter: watchPause, Detail: "Many jobs are waiting; the folder is looked at again when some of them are done."}
		}
		return err
	})
}

func (w *sweeper) put(ctx context.Context, row *retable.WatchedFile) error {
	row.WatchID, row.UpdatedAt = w.watch.ID, w.s.clock.Now()
	if row.SeenAt == 0 {
		row.SeenAt = row.UpdatedAt
	}
	return w.s.store.Update(ctx, func(tx retable.Tx) error { return tx.Watches().PutFile(ctx, row) })
}

// note writes down how the folder is, if that has changed.
func (w *sweeper) note(ctx context.Context, state, problem string) error {
	return w.s.store.Update(ctx, func(tx retable.Tx) error {
		row, err := tx.Watches().Get(ctx, w.watch.ID)
		if err != nil {
			return ignoreMissing(err)
		}
		row.State, row.Error, row.SweptAt = state, problem, w.s.clock.Now()
		return tx.Watches().Update(ctx, row)
	})
}
