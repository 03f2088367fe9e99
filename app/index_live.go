package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"retable/internal/index"
	"retable/internal/retable"
	"retable/internal/tabledb"
)

// maxOpenIndexes bounds the indexes that are held open between questions.
const maxOpenIndexes = 16

// openIndexes holds the snapshots that questions are asked of, the most
// recently used ones.
type openIndexes struct {
	mu    sync.Mutex
	order []string                   // artifact ids, the longest unused first
	open  map[string]*index.Snapshot // by artifact id
	dirs  map[string]string          // where they lie, by artifact id
}

// folders are those of the open snapshots.
func (o *openIndexes) folders() map[string]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	used := map[string]bool{}
	for _, dir := range o.dirs {
		used[dir] = true
	}
	return used
}

// get returns a snapshot that the caller must Release, opening it if need be.
func (o *openIndexes) get(id, dir string, open func() (*index.Snapshot, error)) (*index.Snapshot, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil {
		o.open, o.dirs = map[string]*index.Snapshot{}, map[string]string{}
	}
	snap, ok := o.open[id]
	if !ok {
		var err error
		if snap, err = open(); err != nil {
			return nil, err
		}
		o.open[id], o.dirs[id] = snap, dir
	}
	for i, x := range o.order {
		if x == id {
			o.order = append(o.order[:i], o.order[i+1:]...)
			break
		}
	}
	o.order = append(o.order, id)
	if len(o.order) > maxOpenIndexes {
		old := o.order[0]
		o.order = o.order[1:]
		if err := o.open[old].Release(); err != nil {
			return nil, retable.Fault(err, "closing an index")
		}
		delete(o.open, old)
		delete(o.dirs, old)
	}
	return snap, snap.Acquire()
}

// close lets all go.
func (o *openIndexes) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, snap := range o.open {
		errs = append(errs, snap.Release())
	}
	o.open, o.dirs, o.order = nil, nil, nil
	return errors.Join(errs...)
}

// snapshot opens a session's index, nil if it has none.
func (s *Service) snapshot(ctx context.Context, sessionID, name string) (*index.Snapshot, error) {
	var a, tables *retable.Artifact
	err := s.store.View(ctx, func(tx retable.Tx) (err error) {
		if a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactIndex}); err != nil || a == nil {
			return err
		}
		tables, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactTables})
		return err
	})
	if err != nil || a == nil || tables == nil || tables.SHA256 != a.OptionsHash {
		return nil, err
	}
	dir := s.indexDir(sessionID, a.SHA256)
	snap, err := s.indexes.get(a.ID, dir, func() (*index.Snapshot, error) { return s.openIndex(ctx, a, tables, dir, name) })
	if err != nil {
		return nil, err
	}
	s.usedIndex(dir)
	if err := s.trimIndexes(dir); err != nil {
		return nil, errors.Join(err, snap.Release())
	}
	return snap, nil
}

// indexDir is where a session's index lies as long as it is used, by the hash
// of the blob that it comes from: another index has another folder, so none is
// ever changed while it is asked.
func (s *Service) indexDir(sessionID, hash string) string {
	return filepath.Join(s.cacheDir("indexes"), sessionID+"-"+hash[:16])
}

// workDir is where the index of a session's tables is made; comparison is the
// one that it tells of.
func (s *Service) workDir(sessionID, revision, comparison string) string {
	sum := sha256.Sum256([]byte(revision + " " + comparison))
	return filepath.Join(s.cacheDir("indexes"), fmt.Sprintf("%s-making-%x", sessionID, sum[:8]))
}

// baseIndex is the folder of the session's index as it is, which a new one
// takes over what is the same from; "" if there is none. It is kept until the
// caller deletes it from s.building.
func (s *Service) baseIndex(ctx context.Context, sessionID string) string {
	var a *retable.Artifact
	err := s.store.View(ctx, func(tx retable.Tx) (err error) {
		a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactIndex})
		return err
	})
	if err != nil {
		s.log.WarnContext(ctx, "the index before isn't known; all is made anew", "session", sessionID, "err", err)
	}
	if err != nil || a == nil {
		return ""
	}
	dir := s.indexDir(sessionID, a.SHA256)
	s.building.Store(dir, true)
	if _, err := index.ReadManifest(dir); err == nil {
		return dir
	}
	if err := s.unpackIndex(ctx, a, dir); err != nil {
		s.building.Delete(dir)
		s.log.WarnContext(ctx, "the index before can't be used; all is made anew", "session", sessionID, "err", err)
		return ""
	}
	return dir
}

// keepIndex makes what was made the folder that is asked.
func (s *Service) keepIndex(made, dir string) error {
	if _, err := index.ReadManifest(dir); err == nil {
		return os.RemoveAll(made) // the same, made before
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(made, dir)
}

// openIndex opens a set from the cache, unpacking it there if need be: another
// replica may have made it.
func (s *Service) openIndex(ctx context.Context, a, tables *retable.Artifact, dir, name string) (*index.Snapshot, error) {
	if _, err := index.ReadManifest(dir); err != nil {
		if err := s.unpackIndex(ctx, a, dir); err != nil {
			return nil, err
		}
	}
	path, release, err := s.blobs.Local(ctx, tables.Key)
	if err != nil {
		return nil, err
	}
	db, err := tabledb.Open(path)
	if err != nil {
		release()
		return nil, explained(ctx, err, "opening the tables")
	}
	opts := index.OpenOptions{
		Name: name, Revision: a.OptionsHash, Embedder: s.models.embedder(ctx),
		OnClose: func() error { defer release(); return db.Close() },
	}
	snap, err := index.Open(ctx, dir, db, opts)
	if errors.Is(err, index.ErrDamaged) || errors.Is(err, index.ErrFormat) {
		// The folder is a copy: the blob has it whole.
		if err = s.unpackIndex(ctx, a, dir); err == nil {
			snap, err = index.Open(ctx, dir, db, opts)
		}
	}
	if err != nil {
		err = errors.Join(err, db.Close())
		release()
		return nil, indexError(ctx, err, "opening the index")
	}
	return snap, nil
}

// indexError says what is to be done about an index that can't be used.
func indexError(ctx context.Context, err error, doing string) error {
	again := func(reason, detail string) error {
		return &retable.Error{Code: retable.Conflict, Reason: reason, Detail: detail, Err: err}
	}
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, index.ErrBuilding):
		return &retable.Error{Code: retable.Busy, Reason: "index_at_work", RetryAfter: 5 * time.Second, Detail: "The index is being made already; try again when that is done.", Err: err}
	case errors.Is(err, index.ErrNoIndex):
		return again("not_indexed", "This session has no index yet: index it first.")
	case errors.Is(err, index.ErrFormat):
		return again("index_of_another_version", "The index was made by another version of Retable: index the session again.")
	case errors.Is(err, index.ErrDamaged):
		return again("index_damaged", "The index is damaged: index the session again.")
	case errors.Is(err, index.ErrRevision):
		return again("index_is_old", "The index was made of other tables: index the session again.")
	case errors.Is(err, index.ErrClosed):
		return &retable.Error{Code: retable.Busy, Reason: "index_closed", RetryAfter: time.Second, Detail: "The index was just replaced by a newer one; ask again.", Err: err}
	}
	return explained(ctx, err, doing)
}

func (s *Service) unpackIndex(ctx context.Context, a *retable.Artifact, dir string) error {
	if err := makeRoot(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explained(ctx, err, "clearing an old index away")
	}
	r, err := s.blobs.Open(ctx, a.Key)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := index.Unpack(ctx, r, dir); err != nil {
		return indexError(ctx, err, "unpacking the index")
	}
	return nil
}
