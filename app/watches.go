package app

import (
	"context"
	"os"
	"path/filepath"

	"retable/internal/retable"
)

// WatchOptions say what happens to a bundle that appears in a watched folder.
type WatchOptions struct {
	ConvertOptions
	Formats []string `json:"formats,omitempty"`  // written to Output for each bundle
	Output  string   `json:"output,omitempty"`   // a folder of this machine; empty: results stay in the data root
	Compare bool     `json:"compare,omitempty"`  // with the delivery before it of the same name pattern
	Report  []string `json:"report,omitempty"`   // kinds of report written to Output; html if empty
	Index   string   `json:"index,omitempty"`    // the collection that it is added to
	Marks   bool     `json:"marks,omitempty"`    // move what is done into processed/ and failed/
	Pattern string   `json:"pattern,omitempty"`  // of names, with * and ?; empty: every bundle
	SettleS int      `json:"settle_s,omitempty"` // seconds that a file must stay the same [2]
}

// Watch is a watched folder as it travels.
type Watch struct {
	ID        string           `json:"id"`
	OwnerID   string           `json:"owner_id"`
	Dir       string           `json:"dir"`
	Options   WatchOptions     `json:"options"`
	Active    bool             `json:"active"`
	State     string           `json:"state" enum:"watching,missing,failed"`
	Error     string           `json:"error,omitempty"`
	SweptAt   string           `json:"swept_at,omitempty"`
	Counts    map[string]int64 `json:"counts"`
	CreatedAt string           `json:"created_at"`
	UpdatedAt string           `json:"updated_at"`
}

// WatchList are the watched folders.
type WatchList struct {
	Watches []Watch `json:"watches"`
}

// WatchRequest makes or changes a watched folder.
type WatchRequest struct {
	WatchID string       `json:"watch_id,omitempty"`
	Dir     string       `json:"dir,omitempty"`
	Options WatchOptions `json:"options"`
	Active  bool         `json:"active"`
}

// WatchRef names a watched folder.
type WatchRef struct {
	WatchID string `json:"watch_id"`
}

// The states of a file in a watched folder.
const (
	fileWaiting  = "waiting"  // seen, not yet stable
	fileQueued   = "queued"   // taken in, its jobs are not over
	fileDone     = "done"     // converted
	fileFailed   = "failed"   // could not be
	fileRepeated = "repeated" // the content was there before
)

// ListWatches lists the watched folders that the caller may see.
func (s *Service) ListWatches(ctx context.Context, _ None) (*WatchList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	out := &WatchList{Watches: []Watch{}}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Watches().List(ctx, visible(p, true))
		if err != nil {
			return err
		}
		out.Watches, err = watchDTOs(ctx, tx, l)
		return err
	})
	return out, err
}

func watchDTO(ctx context.Context, tx retable.Tx, w *retable.Watch) (*Watch, error) {
	one, err := watchDTOs(ctx, tx, []retable.Watch{*w})
	if err != nil {
		return nil, err
	}
	return &one[0], nil
}

func watchDTOs(ctx context.Context, tx retable.Tx, l []retable.Watch) ([]Watch, error) {
	counts, err := tx.Watches().Counts(ctx, idsOf(l, func(w *retable.Watch) string { return w.ID }))
	if err != nil {
		return nil, err
	}
	out := make([]Watch, len(l))
	for i := range l {
		w := &l[i]
		out[i] = Watch{
			ID: w.ID, OwnerID: w.OwnerID, Dir: w.Dir, Active: w.Active, State: w.State, Error: w.Error, SweptAt: w.SweptAt.String(),
			Counts: map[string]int64{}, CreatedAt: w.CreatedAt.String(), UpdatedAt: w.UpdatedAt.String(),
		}
		for _, state := range []string{fileWaiting, fileQueued, fileDone, fileFailed, fileRepeated} {
			out[i].Counts[state] = counts[w.ID][state]
		}
		if out[i].Options, err = watchOptions(w); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func watchOptions(w *retable.Watch) (WatchOptions, error) {
	return payload[WatchOptions](&retable.Job{Payload: w.Options})
}

// CreateWatch watches a folder of the machine that Retable runs on: only the
// person at it, or an administrator, may.
func (s *Service) CreateWatch(ctx context.Context, req WatchRequest) (*Watch, error) {
	p, err := s.watcher(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(req.Dir)
	if err != nil || req.Dir == "" {
		return nil, &retable.Error{Code: retable.Unprocessable, Detail: "Name the folder to watch.", Fields: []retable.FieldError{{Field: "dir", Message: "is empty"}}}
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, retable.Errorf(retable.Unprocessable, "%s is no folder on this machine: make it, or check the path.", dir)
	}
	if err := s.checkWatch(dir, &req.Options); err != nil {
		return nil, err
	}
	raw, err := encoded(req.Options)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	w := &retable.Watch{ID: retable.NewID(), OwnerID: p.UserID, Dir: dir, Options: raw, Active: req.Active, State: "watching", CreatedAt: now, UpdatedAt: now}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		if err := tx.Watches().Create(ctx, w); err != nil {
			if retable.Is(err, retable.Conflict) {
				return retable.Errorf(retable.Conflict, "%s is watched already.", dir)
			}
			return err
		}
		return s.audit(ctx, tx, "watch.create", w.ID, map[string]any{"dir": dir})
	})
	if err != nil {
		return nil, err
	}
	return s.reloaded(ctx, w.ID)
}

func (s *Service) watcher(ctx context.Context) (*retable.Principal, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err == nil && !p.Local && !p.IsAdmin() {
		return nil, &retable.Error{Code: retable.Forbidden, Detail: "Folders of the server are watched by administrators."}
	}
	return p, err
}

// checkWatch refuses options that would not work, or would feed on themselves.
func (s *Service) checkWatch(dir string, o *WatchOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if _, err := lookupFormats(o.Formats); err != nil {
		return refused(err)
	}
	if _, err := reportKinds(o.Report); err != nil {
		return refused(err)
	}
	if o.Output == "" {
		return nil
	}
	if !filepath.IsAbs(o.Output) {
		o.Output = filepath.Join(dir, o.Output)
	}
	if filepath.Clean(o.Output) == filepath.Clean(dir) {
		return retable.Errorf(retable.Unprocessable, "Results can't be written into the watched folder itself: name a folder below it, or another one.")
	}
	return nil
}

// UpdateWatch changes what happens in a watched folder, or pauses it.
func (s *Service) UpdateWatch(ctx context.Context, req WatchRequest) (*Watch, error) {
	err := s.changeWatch(ctx, req.WatchID, func(tx retable.Tx, w *retable.Watch) error {
		if err := s.checkWatch(w.Dir, &req.Options); err != nil {
			return err
		}
		raw, err := encoded(req.Options)
		if err != nil {
			return err
		}
		w.Options, w.Active, w.UpdatedAt = raw, req.Active, s.clock.Now()
		return tx.Watches().Update(ctx, w)
	})
	if err != nil {
		return nil, err
	}
	return s.reloaded(ctx, req.WatchID)
}

// DeleteWatch stops watching a folder. What came from it stays.
func (s *Service) DeleteWatch(ctx context.Context, req WatchRef) (*Success, error) {
	err := s.changeWatch(ctx, req.WatchID, func(tx retable.Tx, w *retable.Watch) error {
		if err := tx.Watches().Delete(ctx, w.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, "watch.delete", w.ID, map[string]any{"dir": w.Dir})
	})
	if err != nil {
		return nil, err
	}
	return done(), s.system.ReloadWatches(ctx)
}

// SweepWatch looks at a folder now.
func (s *Service) SweepWatch(ctx context.Context, req WatchRef) (*Watch, error) {
	err := s.changeWatch(ctx, req.WatchID, func(tx retable.Tx, w *retable.Watch) error {
		w.UpdatedAt = s.clock.Now() // a changed watch begins anew, with a sweep
		return tx.Watches().Update(ctx, w)
	})
	if err != nil {
		return nil, err
	}
	return s.reloaded(ctx, req.WatchID)
}

func (s *Service) changeWatch(ctx context.Context, id string, change func(retable.Tx, *retable.Watch) error) error {
	p, err := s.watcher(ctx)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx retable.Tx) error {
		w, err := tx.Watches().Get(ctx, id)
		if err != nil {
			return err
		}
		if w.OwnerID != p.UserID && !p.IsAdmin() {
			return retable.Missing("watched folder", id)
		}
		return change(tx, w)
	})
}

// GetWatch returns a watched folder.
func (s *Service) GetWatch(ctx context.Context, req WatchRef) (*Watch, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var d *Watch
	err = s.store.View(ctx, func(tx retable.Tx) error {
		w, err := tx.Watches().Get(ctx, req.WatchID)
		if err != nil {
			return err
		}
		if w.OwnerID != p.UserID && !p.IsOps() {
			return retable.Missing("watched folder", req.WatchID)
		}
		d, err = watchDTO(ctx, tx, w)
		return err
	})
	return d, err
}

// reloaded makes the watcher follow, and returns the watch as it is now.
func (s *Service) reloaded(ctx context.Context, id string) (*Watch, error) {
	if err := s.system.ReloadWatches(ctx); err != nil {
		return nil, err
	}
	var d *Watch
	err := s.store.View(ctx, func(tx retable.Tx) error {
		w, err := tx.Watches().Get(ctx, id)
		if err != nil {
			return err
		}
		d, err = watchDTO(ctx, tx, w)
		return err
	})
	return d, err
}

// WatchedFile is what became of a file in a watched folder.
type WatchedFile struct {
	Path      string `json:"path"`
	Bytes     int64  `json:"bytes"`
	State     string `json:"state" enum:"waiting,queued,done,failed,repeated"`
	SessionID string `json:"session_id,omitempty"`
	JobID     int64  `json:"job_id,omitempty"`
	Error     string `json:"error,omitempty"`
	SeenAt    string `json:"seen_at"`
	UpdatedAt string `json:"updated_at"`
}

// WatchedFilesRequest chooses files of a watched folder.
type WatchedFilesRequest struct {
	WatchID string `json:"watch_id"`
	State   string `json:"state,omitempty"`
	PageQuery
}

// ListWatchedFiles lists what became of the files, newest first.
func (s *Service) ListWatchedFiles(ctx context.Context, req WatchedFilesRequest) (*List[WatchedFile], error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out *List[WatchedFile]
	err = s.store.View(ctx, func(tx retable.Tx) error {
		w, err := tx.Watches().Get(ctx, req.WatchID)
		if err != nil {
			return err
		}
		if w.OwnerID != p.UserID && !p.IsOps() {
			return retable.Missing("watched folder", req.WatchID)
		}
		l, err := tx.Watches().Files(ctx, req.WatchID, req.State, req.page())
		out = listOf(l, func(f *retable.WatchedFile) WatchedFile {
			return WatchedFile{f.Path, f.Bytes, f.State, f.SessionID, f.JobID, f.Error, f.SeenAt.String(), f.UpdatedAt.String()}
		})
		return err
	})
	return out, err
}
