package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// OpenOptions are the choices of Open.
type OpenOptions struct {
	Name     string           // of the session, shown before each row's place
	Revision string           // what the set must be of, "" for anything
	Embedder retable.Embedder // nil: words alone
	OnClose  func() error     // called once the last user is gone, to close the tables
}

// Snapshot is an opened set. It never changes, and any number of goroutines
// may search in it at the same time. Whoever uses it holds it: Open hands it
// to its caller, Acquire to another user, and it closes when the last has
// released it.
type Snapshot struct {
	manifest *Manifest
	name     string
	tables   *tabledb.DB
	words    *sql.DB
	spans    *sql.DB
	files    map[sourceFile]tabledb.File
	marker   *marker
	dense    *dense // nil without vectors or embedder
	onClose  func() error
	warning  string // why there is no dense, if there should be

	mu     sync.Mutex
	users  int
	shapes map[string]*shape
}

// ErrClosed says that the snapshot's last user is gone.
var ErrClosed = errors.New("the index is closed")

// Open opens the set in dir for searching. tables must be the file it was made
// of, and stay open until OnClose is called.
func Open(ctx context.Context, dir string, tables *tabledb.DB, opts OpenOptions) (*Snapshot, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	if opts.Revision != "" && opts.Revision != m.Revision {
		return nil, fmt.Errorf("%w: of revision %q, not %q: make it again", ErrRevision, m.Revision, opts.Revision)
	}
	if err := m.check(dir); err != nil {
		return nil, err
	}
	s := &Snapshot{manifest: m, name: opts.Name, tables: tables, users: 1, shapes: map[string]*shape{}}
	if err := s.open(ctx, dir, opts.Embedder); err != nil {
		return nil, errors.Join(fmt.Errorf("open index: %w", err), s.close())
	}
	s.onClose = opts.OnClose
	return s, nil
}

func (s *Snapshot) open(ctx context.Context, dir string, embedder retable.Embedder) (err error) {
	if s.words, err = openSQLite(filepath.Join(dir, s.manifest.Words.File), readParams, 8); err != nil {
		return err
	}
	if err := s.words.PingContext(ctx); err != nil {
		return err
	}
	if s.spans, err = openSpans(s.tables); err != nil {
		return err
	}
	if s.marker, err = newMarker(); err != nil {
		return err
	}
	names, err := filesByID(ctx, s.tables)
	if err != nil {
		return err
	}
	files, err := s.tables.Files(ctx)
	if err != nil {
		return err
	}
	s.files = map[sourceFile]tabledb.File{{}: {}} // rows of no known file
	for _, f := range files {
		s.files[names[f.ID]] = f
	}
	switch {
	case embedder == nil:
	case s.manifest.Vectors == nil:
		s.warning = "The index has no vectors yet: words alone are searched."
	default:
		s.dense, err = openDense(dir, s.manifest.Vectors, embedder)
	}
	return err
}

// Manifest says what the set holds. The caller must not change it.
func (s *Snapshot) Manifest() *Manifest { return s.manifest }

// Acquire adds a user, who must Release: ErrClosed if the last is gone.
func (s *Snapshot) Acquire() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		return ErrClosed
	}
	s.users++
	return nil
}

// Release ends a use; the last one closes the snapshot.
func (s *Snapshot) Release() error {
	s.mu.Lock()
	if s.users == 0 {
		s.mu.Unlock()
		return ErrClosed
	}
	s.users--
	last := s.users == 0
	s.mu.Unlock()
	if !last {
		return nil
	}
	return s.close()
}

func (s *Snapshot) close() error {
	var errs []error
	for _, db := range []*sql.DB{s.words, s.spans} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.marker != nil {
		errs = append(errs, s.marker.close())
	}
	if s.dense != nil {
		errs = append(errs, s.dense.close())
	}
	if s.onClose != nil {
		errs = append(errs, s.onClose())
	}
	return errors.Join(errs...)
}

// Live holds the snapshot that questions are asked of at the moment. A new one
// takes the place of the old at once; the old closes when the searches that
// still run in it are over.
type Live struct {
	mu  sync.Mutex
	now *Snapshot
}

// Acquire returns the present snapshot, which the caller must Release:
// ErrNoIndex if there is none.
func (l *Live) Acquire() (*Snapshot, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil {
		return nil, ErrNoIndex
	}
	return l.now, l.now.Acquire()
}

// Swap puts another snapshot in place, nil for none, and takes over the
// caller's use of it.
func (l *Live) Swap(next *Snapshot) error {
	l.mu.Lock()
	old := l.now
	l.now = next
	l.mu.Unlock()
	if old == nil {
		return nil
	}
	return old.Release()
}
