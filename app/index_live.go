package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

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
	dir := s.indexDir(sessionID, a.OptionsHash)
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

// indexDir is where the index of a session's tables lies, as long as it is used.
func (s *Service) indexDir(sessionID, revision string) string {
	return filepath.Join(s.cacheDir("indexes"), sessionID+"-"+revision[:16])
}

// openIndex opens a set from the cache, unpacking it there if need be: another
// replica may have made it.
func (s *Service) openIndex(ctx context.Context, a, tables *retable.Artifact, dir, name string) (*index.Snapshot, error) {
	if m, err := index.ReadManifest(dir); err != nil || m.Revision != a.OptionsHash || modelOf(m) != a.Format {
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
	snap, err := index.Open(ctx, dir, db, index.OpenOptions{
		Name: name, Revision: a.OptionsHash, Embedder: s.models.embedder(ctx),
		OnClose: func() error { defer release(); return db.Close() },
	})
	if err != nil {
		err = errors.Join(err, db.Close())
		release()
		return nil, explained(ctx, err, "opening the index")
	}
	return snap, nil
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
		return explained(ctx, err, "unpacking the index")
	}
	return nil
}
