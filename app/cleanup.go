package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"retable/actors"
	"retable/internal/retable"
)

// Retention says what may go by itself. Zero keeps for ever.
type Retention struct {
	Unused    time.Duration // sessions that nobody used for so long
	MaxBytes  int64         // of all sessions: the longest unused go first
	Artifacts time.Duration // exports, which can be made again
	Jobs      time.Duration // rows of jobs that are over
	Errors    time.Duration // error events
	Grace     time.Duration // age from which an orphan blob is one [1 h]
}

func (r Retention) withDefaults() Retention {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&r.Jobs, 90*24*time.Hour)
	set(&r.Errors, 90*24*time.Hour)
	set(&r.Grace, time.Hour)
	return r
}

// CleanupRequest asks for what nobody has used for so many days.
type CleanupRequest struct {
	UnusedDays int `json:"unused_days" minimum:"0" maximum:"36500"`
}

// CleanupPreview is what a clean-up would remove.
type CleanupPreview struct {
	Sessions []CleanupSession `json:"sessions"`
	Total    int64            `json:"total"`
	Bytes    int64            `json:"bytes"`
}

// CleanupSession is a session that would go.
type CleanupSession struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Owner  string `json:"owner"`
	Bytes  int64  `json:"bytes"`
	UsedAt string `json:"used_at"`
}

// PreviewCleanup says what a clean-up would remove.
func (s *Service) PreviewCleanup(ctx context.Context, req CleanupRequest) (*CleanupPreview, error) {
	if _, err := s.ops(ctx); err != nil {
		return nil, err
	}
	out := &CleanupPreview{Sessions: []CleanupSession{}}
	err := s.eachDisposable(ctx, s.clock.Now().Add(-time.Duration(req.UnusedDays)*24*time.Hour), func(x *retable.Session) error {
		out.Total++
		out.Bytes += x.Stored
		if len(out.Sessions) < 500 {
			out.Sessions = append(out.Sessions, CleanupSession{ID: x.ID, Name: x.Name, Owner: x.OwnerID, Bytes: x.Stored, UsedAt: x.UsedAt.String()})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		for i := range out.Sessions {
			u, err := tx.Users().Get(ctx, out.Sessions[i].Owner)
			if err != nil {
				return ignoreMissing(err)
			}
			out.Sessions[i].Owner = u.Username
		}
		return nil
	})
	return out, err
}

// eachDisposable calls fn for every session that retention may remove: not
// pinned, not used since, not needed by anything.
func (s *Service) eachDisposable(ctx context.Context, before retable.Millis, fn func(*retable.Session) error) error {
	if before <= 0 {
		return nil // longer ago than time goes back: to the filter that would be no limit
	}
	unpinned := false
	page := retable.Page{Limit: 200}
	for {
		var l retable.List[retable.Session]
		var free []int
		err := s.store.View(ctx, func(tx retable.Tx) (err error) {
			free = free[:0]
			if l, err = tx.Sessions().List(ctx, retable.SessionFilter{Before: before, Pinned: &unpinned}, page); err != nil {
				return err
			}
			for i := range l.Items {
				refs, err := tx.Sessions().References(ctx, l.Items[i].ID)
				if err != nil {
					return err
				}
				if len(refs) == 0 {
					free = append(free, i)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, i := range free {
			if err := fn(&l.Items[i]); err != nil {
				return err
			}
		}
		if l.Next == "" {
			return nil
		}
		page.Cursor = l.Next
	}
}

// CleanUp enqueues a clean-up.
func (s *Service) CleanUp(ctx context.Context, req CleanupRequest) (*JobStarted, error) {
	if _, err := s.ops(ctx); err != nil {
		return nil, err
	}
	raw, err := encoded(cleanupPayload{UnusedMS: (time.Duration(req.UnusedDays) * 24 * time.Hour).Milliseconds(), Sessions: true})
	if err != nil {
		return nil, err
	}
	var j *retable.Job
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		if j, err = s.enqueue(ctx, tx, retable.JobSpec{Kind: retable.JobCleanup, Payload: raw, DedupeKey: "cleanup:" + hashOf(req)}); err != nil {
			return err
		}
		return s.audit(ctx, tx, "cleanup.start", fmt.Sprint(j.ID), req)
	})
	if err != nil {
		return nil, err
	}
	s.system.Hint()
	return &JobStarted{j.ID}, nil
}

type cleanupPayload struct {
	UnusedMS int64 `json:"unused_ms"`
	Sessions bool  `json:"sessions"`
}

// system is who does what nobody in particular has asked for.
func systemPrincipal() *retable.Principal {
	return &retable.Principal{Username: "system", Role: retable.RoleAdmin, Local: true}
}

// cleanupTask removes what the request or the policy says, then what nothing
// refers to any more.
func (s *Service) cleanupTask(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	var none actors.Outcome
	w, err := payload[cleanupPayload](j)
	if err != nil {
		return none, err
	}
	ctx = retable.WithPrincipal(ctx, systemPrincipal())
	var sessions, bytes, orphans int64
	remove := func(x *retable.Session) error {
		err := s.deleteSession(ctx, systemPrincipal(), x.ID)
		if retable.Is(err, retable.Conflict) || retable.Is(err, retable.NotFound) {
			return nil // it has come into use, or is gone
		}
		if err == nil {
			sessions++
			bytes += x.Stored
			report(actors.Report{Progress: 25, Message: fmt.Sprintf("%d sessions removed", sessions), Left: -1})
		}
		return err
	}
	now := s.clock.Now()
	policy := s.cfg.Retention.withDefaults()
	switch {
	case w.Sessions:
		err = s.eachDisposable(ctx, now.Add(-time.Duration(w.UnusedMS)*time.Millisecond), remove)
	case policy.Unused > 0:
		err = s.eachDisposable(ctx, now.Add(-policy.Unused), remove)
	}
	if err == nil && !w.Sessions && policy.MaxBytes > 0 {
		err = s.shrink(ctx, policy.MaxBytes, remove)
	}
	if err != nil {
		return none, err
	}
	if err := s.retireExports(ctx, policy.Artifacts); err != nil {
		return none, err
	}
	report(actors.Report{Progress: 50, Message: "looking for what nothing refers to", Left: -1})
	n, freed, err := s.sweepBlobs(ctx, policy.Grace)
	if err != nil {
		return none, err
	}
	orphans, bytes = n, bytes+freed
	if err := s.sweepCaches(ctx, policy.Grace); err != nil {
		return none, err
	}
	if err := s.purgeRows(ctx, policy); err != nil {
		return none, err
	}
	return actors.Outcome{
		Result:  map[string]any{"sessions": sessions, "bytes": bytes, "orphans": orphans},
		Message: fmt.Sprintf("%d sessions and %d orphans removed, %d bytes freed", sessions, orphans, bytes),
	}, nil
}

// shrink removes the longest unused sessions until the rest fits.
func (s *Service) shrink(ctx context.Context, limit int64, remove func(*retable.Session) error) error {
	total := int64(0)
	err := s.eachSession(ctx, func(x *retable.Session) { total += x.Stored })
	if err != nil || total <= limit {
		return err
	}
	var all []retable.Session
	err = s.eachDisposable(ctx, s.clock.Now(), func(x *retable.Session) error {
		all = append(all, retable.Session{ID: x.ID, UsedAt: x.UsedAt, Stored: x.Stored})
		return nil
	})
	if err != nil {
		return err
	}
	sortByUse(all)
	for i := range all {
		if total <= limit {
			return nil
		}
		if err := remove(&all[i]); err != nil {
			return err
		}
		total -= all[i].Stored
	}
	return nil
}

func (s *Service) eachSession(ctx context.Context, fn func(*retable.Session)) error {
	page := retable.Page{Limit: 500}
	for {
		var l retable.List[retable.Session]
		err := s.store.View(ctx, func(tx retable.Tx) (err error) {
			l, err = tx.Sessions().List(ctx, retable.SessionFilter{}, page)
			return err
		})
		if err != nil {
			return err
		}
		for i := range l.Items {
			fn(&l.Items[i])
		}
		if l.Next == "" {
			return nil
		}
		page.Cursor = l.Next
	}
}

// sweepBlobs deletes blobs of sessions, comparisons and uploads that no row
// refers to. Young ones may belong to work under way.
func (s *Service) sweepBlobs(ctx context.Context, grace time.Duration) (n, freed int64, err error) {
	for _, prefix := range []string{"sessions/", "comparisons/", "uploads/"} {
		for info, err := range s.blobs.List(ctx, prefix) {
			if err != nil {
				return n, freed, err
			}
			if info.ModTime > s.clock.Now().Add(-grace) {
				continue
			}
			used, err := s.needed(ctx, info.Key)
			if err != nil {
				return n, freed, err
			}
			if used {
				continue
			}
			if err := s.blobs.Delete(ctx, info.Key); err != nil {
				return n, freed, err
			}
			n, freed = n+1, freed+info.Bytes
		}
		if b, ok := s.blobs.(pruner); ok {
			if err := b.Prune(ctx, prefix, s.clock().Add(-grace)); err != nil {
				return n, freed, err
			}
		}
	}
	return n, freed, nil
}

// pruner is a store of blobs in which a deletion that was killed leaves folders.
type pruner interface {
	Prune(ctx context.Context, prefix string, before time.Time) error
}

// retireExports forgets exports that are older; the sweep that follows frees
// their space.
func (s *Service) retireExports(ctx context.Context, age time.Duration) error {
	if age <= 0 {
		return nil
	}
	return s.store.Update(ctx, func(tx retable.Tx) error {
		all, err := tx.Artifacts().Find(ctx, retable.ArtifactFilter{Kind: retable.ArtifactExport})
		if err != nil {
			return err
		}
		for i := range all {
			if all[i].CreatedAt > s.clock.Now().Add(-age) {
				continue
			}
			if err := tx.Artifacts().Delete(ctx, all[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweepCaches removes what writers that died have left, and the unpacked
// indexes of sessions that are gone.
func (s *Service) sweepCaches(ctx context.Context, grace time.Duration) error {
	before := s.clock().Add(-grace)
	if b, ok := s.blobs.(retable.Sweeper); ok {
		if _, err := b.Sweep(ctx, before); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(s.cacheDir("indexes"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explained(ctx, err, "looking through the cache of indexes")
	}
	for _, e := range entries {
		const idLength = 36
		if len(e.Name()) <= idLength || !retable.ValidID(e.Name()[:idLength]) {
			continue
		}
		var there bool
		err := s.store.View(ctx, func(tx retable.Tx) error {
			_, err := tx.Sessions().Get(ctx, e.Name()[:idLength])
			there = err == nil
			return ignoreMissing(err)
		})
		if err == nil && !there {
			err = os.RemoveAll(filepath.Join(s.cacheDir("indexes"), e.Name()))
		}
		if err != nil {
			return explained(ctx, err, "clearing the cache of indexes")
		}
	}
	return nil
}

// needed reports whether a row refers to a blob.
func (s *Service) needed(ctx context.Context, key string) (used bool, err error) {
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if rest, ok := strings.CutPrefix(key, "uploads/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			u, err := tx.Uploads().Get(ctx, id)
			used = err == nil && (u.State == retable.UploadOpen || u.State == retable.UploadVerifying)
			return ignoreMissing(err)
		}
		used, err = tx.Artifacts().HasKey(ctx, key)
		return err
	})
	return used, err
}

// purgeRows removes rows that have had their time.
func (s *Service) purgeRows(ctx context.Context, policy Retention) error {
	now := s.clock.Now()
	for {
		var n int64
		err := s.store.Update(ctx, func(tx retable.Tx) (err error) {
			n, err = tx.Jobs().Purge(ctx, now.Add(-policy.Jobs), 1000)
			return err
		})
		if err != nil {
			return err
		}
		if n < 1000 {
			break
		}
	}
	return s.store.Update(ctx, func(tx retable.Tx) error {
		if _, err := tx.ErrorEvents().Purge(ctx, now.Add(-policy.Errors)); err != nil {
			return err
		}
		_, err := tx.Logins().Purge(ctx, now.Add(-30*24*time.Hour))
		return err
	})
}
