package app

import (
	"context"
	"errors"
	"sync"

	"retable/internal/retable"
	"retable/internal/tabledb"
)

// maxOpenDatabases bounds the tables.sqlite files that are held open between
// the pages of grids.
const maxOpenDatabases = 16

// databases holds files of tables open: opening one for each page would cost
// more than reading the page.
type databases struct {
	mu    sync.Mutex
	order []string // keys, the longest unused first
	open  map[string]*openDatabase
}

// openDatabase closes when the cache and the last user have let go.
type openDatabase struct {
	db      *tabledb.DB
	release func()
	users   int
}

// use calls fn with the file of the blob's key.
func (d *databases) use(ctx context.Context, blobs retable.BlobStore, key string, fn func(*tabledb.DB) error) error {
	o, err := d.acquire(ctx, blobs, key)
	if err != nil {
		return err
	}
	err = fn(o.db)
	return errors.Join(err, d.letGo(o))
}

func (d *databases) acquire(ctx context.Context, blobs retable.BlobStore, key string) (*openDatabase, error) {
	d.mu.Lock()
	o, ok := d.open[key]
	if ok {
		o.users++
		d.touch(key)
		d.mu.Unlock()
		return o, nil
	}
	d.mu.Unlock()
	// Opened outside the lock: another one may do the same, and one of both wins.
	path, release, err := blobs.Local(ctx, key)
	if err != nil {
		return nil, err
	}
	db, err := tabledb.Open(path)
	if err != nil {
		release()
		return nil, explained(ctx, err, "opening the tables")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]*openDatabase{}
	}
	if o, ok := d.open[key]; ok {
		o.users++
		err := db.Close()
		release()
		return o, err
	}
	o = &openDatabase{db: db, release: release, users: 2} // the cache and the caller
	d.open[key] = o
	d.touch(key)
	return o, d.evict()
}

// touch makes the key the most recently used one.
func (d *databases) touch(key string) {
	for i, k := range d.order {
		if k == key {
			d.order = append(d.order[:i], d.order[i+1:]...)
			break
		}
	}
	d.order = append(d.order, key)
}

// evict lets the longest unused go.
func (d *databases) evict() error {
	var errs []error
	for len(d.order) > maxOpenDatabases {
		key := d.order[0]
		d.order = d.order[1:]
		errs = append(errs, d.drop(d.open[key]))
		delete(d.open, key)
	}
	return errors.Join(errs...)
}

func (d *databases) letGo(o *openDatabase) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.drop(o)
}

func (d *databases) drop(o *openDatabase) error {
	if o.users--; o.users > 0 {
		return nil
	}
	defer o.release()
	return o.db.Close()
}

// close lets all go.
func (d *databases) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, o := range d.open {
		errs = append(errs, d.drop(o))
	}
	d.open, d.order = nil, nil
	return errors.Join(errs...)
}
