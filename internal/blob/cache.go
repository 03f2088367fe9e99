package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"retable/internal/retable"
)

// cache keeps copies of blobs on the local disk. Copies that are in use stay;
// of the rest those go first that were used longest ago, when all together are
// over the limit.
type cache struct {
	dir   string // of this process alone
	lock  *os.File
	limit int64

	mu      sync.Mutex
	bytes   int64
	entries map[string]*entry // by file name
}

type entry struct {
	ready chan struct{} // closed when it is there, or failed
	err   error
	bytes int64
	users int
	used  time.Time
}

// openCache takes the first folder 0, 1, 2 ... that no other process has, with
// the copies that an earlier one left there.
func openCache(dir string, limit int64) (*cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, diskError(err, "opening the cache")
	}
	for i := range 1000 {
		c := &cache{dir: filepath.Join(dir, strconv.Itoa(i)), limit: limit, entries: map[string]*entry{}}
		if err := os.MkdirAll(c.dir, dirMode); err != nil {
			return nil, diskError(err, "making the cache")
		}
		if c.lock, err = os.OpenFile(filepath.Join(c.dir, ".lock"), os.O_RDWR|os.O_CREATE, fileMode); err != nil {
			return nil, diskError(err, "making the cache")
		}
		if lockFile(c.lock) {
			return c, c.load()
		}
		c.lock.Close() //nolint:errcheck // nothing was written
	}
	return nil, retable.Errorf(retable.Unavailable, "The cache directory is used by too many processes: give them directories of their own (RET_CACHE_DIR).")
}

// load finds the copies that are there and drops what was not finished.
func (c *cache) load() error {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return diskError(err, "opening the cache")
	}
	for _, f := range files {
		name := f.Name()
		st, err := f.Info()
		switch {
		case name == ".lock" || err != nil:
		case !isSHA256(name) || !st.Mode().IsRegular():
			os.RemoveAll(filepath.Join(c.dir, name))
		default:
			ready := make(chan struct{})
			close(ready)
			c.entries[name] = &entry{ready: ready, bytes: st.Size(), used: st.ModTime()}
			c.bytes += st.Size()
		}
	}
	c.evict()
	return nil
}

// get returns the path of the copy under a name, which fetch makes if it isn't
// there. One at a time fetches; others wait for it.
func (c *cache) get(ctx context.Context, name string, info retable.BlobInfo, fetch func(io.Writer) error) (string, func(), error) {
	hashed := sha256.Sum256([]byte(name))
	file := hex.EncodeToString(hashed[:])
	path := filepath.Join(c.dir, file)
	for {
		c.mu.Lock()
		e, there := c.entries[file]
		if there && isReady(e) && e.err == nil {
			if st, err := os.Lstat(path); err != nil || st.Size() != info.Bytes {
				c.forget(file, e) // somebody cleared the cache
				there = false
			}
		}
		if !there {
			e = &entry{ready: make(chan struct{})}
			c.entries[file] = e
		}
		e.users++
		c.mu.Unlock()

		if !there {
			c.fill(file, path, e, info, fetch)
		}
		select {
		case <-e.ready:
		case <-ctx.Done():
			c.release(e)
			return "", nil, ctx.Err()
		}
		if e.err == nil {
			return path, sync.OnceFunc(func() { c.release(e) }), nil
		}
		c.release(e)
		if there && ctx.Err() == nil && (errors.Is(e.err, context.Canceled) || errors.Is(e.err, context.DeadlineExceeded)) {
			continue // who fetched it left; now it is our turn
		}
		return "", nil, e.err
	}
}

func isReady(e *entry) bool {
	select {
	case <-e.ready:
		return true
	default:
		return false
	}
}

// fill fetches a copy, checks it and makes it known.
func (c *cache) fill(file, path string, e *entry, info retable.BlobInfo, fetch func(io.Writer) error) {
	err := c.write(path, info, fetch)
	c.mu.Lock()
	defer c.mu.Unlock()
	e.err = err
	if err != nil {
		delete(c.entries, file)
	} else {
		e.bytes, e.used = info.Bytes, time.Now()
		c.bytes += info.Bytes
		c.evict()
	}
	close(e.ready)
}

func (c *cache) write(path string, info retable.BlobInfo, fetch func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(c.dir, "new-*")
	if err != nil {
		return diskError(err, "caching a blob")
	}
	defer func() {
		f.Close() //nolint:errcheck // it was closed, or it goes
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	sum := sha256.New()
	w := &diskWriter{f}
	if err := fetch(io.MultiWriter(w, sum)); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != info.SHA256 {
		return retable.Fault(fmt.Errorf("%s has the hash %s instead of %s", info.Key, got, info.SHA256), "fetching a blob")
	}
	if err := f.Close(); err != nil {
		return diskError(err, "caching a blob")
	}
	return diskError(os.Rename(f.Name(), path), "caching a blob")
}

// diskWriter tells a full disk from a broken connection.
type diskWriter struct{ f *os.File }

func (w *diskWriter) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	return n, diskError(err, "caching a blob")
}

func (c *cache) release(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.users--
	e.used = time.Now()
	c.evict()
}

// evict removes copies until all are within the limit, or only those in use
// are left.
func (c *cache) evict() {
	for c.bytes > c.limit {
		file := ""
		var oldest *entry
		for name, e := range c.entries {
			if isReady(e) && e.err == nil && e.users == 0 && (oldest == nil || e.used.Before(oldest.used)) {
				file, oldest = name, e
			}
		}
		if oldest == nil {
			return
		}
		if err := os.Remove(filepath.Join(c.dir, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return // next time
		}
		c.forget(file, oldest)
	}
}

func (c *cache) forget(file string, e *entry) {
	delete(c.entries, file)
	c.bytes -= e.bytes
}

// close lets another process have the folder. The copies stay for the next one.
func (c *cache) close() error { return c.lock.Close() }
