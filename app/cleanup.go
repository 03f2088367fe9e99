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
	Sessions    []CleanupSession `json:"sessions"`
	Total       int64            `json:"total"`
	Comparisons int64            `json:"comparisons"` // that go with them
	Bytes       int64            `json:"bytes"`
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
	gone := map[string]bool{} // comparisons: of some both sides go
	err := s.eachDisposable(ctx, s.clock.Now().Add(-time.Duration(req.UnusedDays)*24*time.Hour), func(x *retable.Session, compared []string) error {
		for _, id := range compared {
			gone[id] = true
		}
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
	out.Comparisons = int64(len(gone))
	err = s.store.View(ctx, func(tx retable.Tx) error {
		names, err := tx.Users().Names(ctx, idsOf(out.Sessions, func(x *CleanupSession) string { return x.Owner }))
		for i := range out.Sessions {
			if name, there := names[out.Sessions[i].Owner]; there {
				out.Sessions[i].Owner = name
			}
		}
		return err
	})
	return out, err
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
	remove := func(x *retable.Session, compared []string) error {
		for _, id := range compared {
			err := s.deleteComparison(ctx, systemPrincipal(), id)
			if retable.Is(err, retable.Conflict) {
				return nil // it is made again just now
			}
			if ignoreMissing(err) != nil { // it went with its other side
				return err
			}
		}
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

// sweepBlobs deletes blobs of sessions, comparisons and uploads that no row
// refers to. Young ones may belong to work under way.
func (s *Service) sweepBlobs(ctx context.Context, grace time.Duration) (n, freed int64, err error) {
	for _, prefix := range []string{"sessions/", "comparisons/", "uploads/"} {
		var some []retable.BlobInfo
		sweep := func() error {
			orphans, bytes, err := s.sweepSome(ctx, some)
			n, freed, some = n+orphans, freed+bytes, some[:0]
			return err
		}
		for info, err := range s.blobs.List(ctx, prefix) {
			if err != nil {
				return n, freed, err
			}
			if info.ModTime > s.clock.Now().Add(-grace) {
				continue
			}
			if some = append(some, info); len(some) == sweepAtOnce {
				if err := sweep(); err != nil {
					return n, freed, err
				}
			}
		}
		if err := sweep(); err != nil {
			return n, freed, err
		}
		if b, ok := s.blobs.(pruner); ok {
			if err := b.Prune(ctx, prefix, s.clock().Add(-grace)); err != nil {
				return n, freed, err
			}
		}
	}
	return n, freed, nil
}

// sweepAtOnce is of how many blobs the database is asked at once.
const sweepAtOnce = 500

// sweepSome deletes those of the blobs that no row refers to.
func (s *Service) sweepSome(ctx context.Context, some []retable.BlobInfo) (n, freed int64, err error) {
	used, err := s.needed(ctx, some)
	if err != nil {
		return 0, 0, err
	}
	for _, info := range some {
		if used[info.Key] {
			continue
		}
		if err := s.blobs.Delete(ctx, info.Key); err != nil {
			return n, freed, err
		}
		n, freed = n+1, freed+info.Bytes
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
	const some = 500
	for {
		var old []retable.Artifact
		err := s.store.Update(ctx, func(tx retable.Tx) (err error) {
			old, err = tx.Artifacts().Find(ctx, retable.ArtifactFilter{Kind: retable.ArtifactExport, Before: s.clock.Now().Add(-age) + 1, Limit: some})
			for i := 0; i < len(old) && err == nil; i++ {
				err = tx.Artifacts().Delete(ctx, old[i].ID)
			}
			return err
		})
		if err != nil || len(old) < some {
			return err
		}
	}
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

// needed tells which of the blobs something refers to: an artifact, or an
// upload that is under way to its parts.
func (s *Service) needed(ctx context.Context, some []retable.BlobInfo) (used map[string]bool, err error) {
	uploads := map[string][]string{}
	var keys []string
	for _, info := range some {
		if rest, ok := strings.CutPrefix(info.Key, "uploads/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			uploads[id] = append(uploads[id], info.Key)
		} else {
			keys = append(keys, info.Key)
		}
	}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if used, err = tx.Artifacts().HasKeys(ctx, keys); err != nil {
			return err
		}
		for id, parts := range uploads {
			u, err := tx.Uploads().Get(ctx, id)
			if ignoreMissing(err) != nil {
				return err
			}
			for _, key := range parts {
				used[key] = err == nil && (u.State == retable.UploadOpen || u.State == retable.UploadVerifying)
			}
		}
		return nil
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
