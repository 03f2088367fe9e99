package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"retable/internal/rag"
	"retable/internal/retable"
)

// maxOpenCatalogues bounds the catalogues that are held open between questions.
const maxOpenCatalogues = 8

// catalogues holds what questions are asked of: to read the tables' names and
// values anew takes longer than most answers.
type catalogues struct {
	mu     sync.Mutex
	order  []string                  // keys, the longest unused first
	open   map[string]*openCatalogue // by key
	closed bool
}

// openCatalogue closes when the cache and the last question have let go.
type openCatalogue struct {
	*rag.Catalogue
	tables  map[string]string // by session, which tables under which name
	closers []func() error    // of the files under it
	users   int
}

// catalogueKey names sessions in an order, each with its tables.
func catalogueKey(sessions []*retable.Session, tables map[string]string) string {
	var b strings.Builder
	for _, x := range sessions {
		b.WriteString(x.ID + " " + tables[x.ID] + "\x00")
	}
	return b.String()
}

// acquire returns a catalogue that is open, for the caller to let go; nil if it
// isn't.
func (c *catalogues) acquire(key string) *openCatalogue {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.open[key]
	if !ok {
		return nil
	}
	o.users++
	c.touch(key)
	return o
}

// keep takes a catalogue in that was opened just now, and lets those go that
// are of tables which it shows to be replaced. Where another one was quicker,
// the answer is theirs.
func (c *catalogues) keep(key string, fresh *openCatalogue) (*openCatalogue, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh.users = 1
	if c.closed {
		return fresh, nil
	}
	if o, ok := c.open[key]; ok {
		o.users++
		c.touch(key)
		return o, fresh.close()
	}
	if c.open == nil {
		c.open = map[string]*openCatalogue{}
	}
	err := c.dropWhere(func(o *openCatalogue) bool {
		for session, tables := range fresh.tables {
			if old, ok := o.tables[session]; ok && old != tables {
				return true
			}
		}
		return false
	})
	fresh.users++
	c.open[key] = fresh
	c.touch(key)
	for len(c.order) > maxOpenCatalogues {
		err = errors.Join(err, c.dropKey(c.order[0]))
	}
	return fresh, err
}

// forget lets the catalogues of a session go: its tables are replaced, or gone.
func (c *catalogues) forget(session string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropWhere(func(o *openCatalogue) bool { _, ok := o.tables[session]; return ok })
}

// letGo is for whoever has acquired a catalogue.
func (c *catalogues) letGo(o *openCatalogue) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drop(o)
}

// close lets all go, and keeps none from now on.
func (c *catalogues) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return c.dropWhere(func(*openCatalogue) bool { return true })
}

// touch makes the key the most recently used one.
func (c *catalogues) touch(key string) {
	c.order = append(slices.DeleteFunc(c.order, func(k string) bool { return k == key }), key)
}

func (c *catalogues) dropWhere(which func(*openCatalogue) bool) error {
	var errs []error
	for _, key := range slices.Clone(c.order) {
		if which(c.open[key]) {
			errs = append(errs, c.dropKey(key))
		}
	}
	return errors.Join(errs...)
}

func (c *catalogues) dropKey(key string) error {
	o := c.open[key]
	delete(c.open, key)
	c.order = slices.DeleteFunc(c.order, func(k string) bool { return k == key })
	return c.drop(o)
}

func (c *catalogues) drop(o *openCatalogue) error {
	if o.users--; o.users > 0 {
		return nil
	}
	return o.close()
}

// close closes the catalogue, then the files under it.
func (o *openCatalogue) close() error {
	var errs []error
	if o.Catalogue != nil {
		errs = append(errs, o.Catalogue.Close())
	}
	for _, shut := range slices.Backward(o.closers) {
		errs = append(errs, shut())
	}
	return errors.Join(errs...)
}

// withCatalogue calls fn with the catalogue of sessions' tables, opened if it
// isn't.
func (s *Service) withCatalogue(ctx context.Context, sessions []*retable.Session, fn func(*rag.Catalogue) error) (err error) {
	tables, arts, err := s.tablesNow(ctx, sessions)
	if err != nil {
		return err
	}
	key := catalogueKey(sessions, tables)
	o := s.catalogues.acquire(key)
	if o == nil {
		// Opened outside the lock: another one may do the same, and one of both wins.
		fresh, err := s.openCatalogue(ctx, sessions, tables, arts)
		if err != nil {
			return err
		}
		if o, err = s.catalogues.keep(key, fresh); err != nil {
			return errors.Join(explained(ctx, err, "closing tables"), s.catalogues.letGo(o))
		}
	}
	defer func() { err = errors.Join(err, s.catalogues.letGo(o)) }()
	return fn(o.Catalogue)
}

// tablesNow tells which tables sessions have now, as parts of a key and as
// artifacts.
func (s *Service) tablesNow(ctx context.Context, sessions []*retable.Session) (map[string]string, []*retable.Artifact, error) {
	var arts []*retable.Artifact
	tables := map[string]string{}
	err := s.store.View(ctx, func(tx retable.Tx) error {
		arts = arts[:0]
		for _, x := range sessions {
			a, err := newest(ctx, tx, retable.ArtifactFilter{SessionID: x.ID, Kind: retable.ArtifactTables})
			if err != nil {
				return err
			}
			if a == nil {
				return notConverted()
			}
			arts = append(arts, a)
			tables[x.ID] = a.ID + " " + x.Name
		}
		return nil
	})
	return tables, arts, err
}

// openCatalogue opens the tables and reads their catalogue. The files stay open
// as long as it does.
func (s *Service) openCatalogue(ctx context.Context, sessions []*retable.Session, tables map[string]string, arts []*retable.Artifact) (_ *openCatalogue, err error) {
	o := &openCatalogue{tables: tables}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	var sources []rag.Source
	for i, x := range sessions {
		db, err := s.databases.acquire(ctx, s.blobs, arts[i].Key)
		if err != nil {
			return nil, err
		}
		o.closers = append(o.closers, func() error { return s.databases.letGo(db) })
		sources = append(sources, rag.Source{SessionID: x.ID, Name: x.Name, DB: db.db})
	}
	o.Catalogue, err = rag.Open(ctx, sources)
	return o, err
}

// forgetTables closes what questions hold open of a session whose tables are
// replaced, or gone.
func (s *Service) forgetTables(ctx context.Context, sessionID string) {
	if err := s.catalogues.forget(sessionID); err != nil {
		s.log.WarnContext(ctx, "the former tables of a session were not closed well", "session", sessionID, "err", err)
	}
}
