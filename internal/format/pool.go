package format

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"os"
	"sync"
)

// pool lets any number of files be written while few are open: past the
// limit the one unused longest is closed, and opened again to append when
// its next bytes come. Buffers share a budget, so that ten thousand tables
// take no more memory than a hundred.
type pool struct {
	fs     filesystem
	limit  int // open files
	noSync bool

	mu     sync.Mutex
	recent *list.List // of *pooledFile with an open handle, the latest first
	alive  int        // files between create and Close
}

const (
	maxOpen      = 64
	bufferSize   = 256 << 10
	bufferBudget = 32 << 20
	minBuffer    = 4 << 10
)

func newPool(fs filesystem, limit int, noSync bool) *pool {
	if limit <= 0 {
		limit = maxOpen
	}
	return &pool{fs: fs, limit: limit, noSync: noSync, recent: list.New()}
}

// pooledFile is one file of a pool. Its own lock is taken before the pool's;
// the pool only tries a file's lock, so the two can't wait for each other.
type pooledFile struct {
	pool   *pool
	path   string
	done   func(bytes int64, sha256 string) // told once, after a good close
	mu     sync.Mutex
	handle file
	at     *list.Element
	buf    []byte
	sum    hash.Hash
	bytes  int64
	err    error
	closed bool
}

func (p *pool) create(path string, done func(int64, string)) (*pooledFile, error) {
	f := &pooledFile{pool: p, path: path, done: done, sum: sha256.New()}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(os.O_WRONLY | os.O_CREATE | os.O_EXCL); err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.alive++
	p.mu.Unlock()
	return f, nil
}

// Write buffers b. After a failure every call reports it.
func (f *pooledFile) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, os.ErrClosed
	}
	if f.err != nil {
		return 0, f.err
	}
	if len(f.buf)+len(b) > f.pool.bufferLimit() {
		if err := f.flush(b); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	f.buf = append(f.buf, b...)
	return len(b), nil
}

// Close writes the rest, syncs and closes. A second call reports the same.
func (f *pooledFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return f.err
	}
	f.closed = true
	f.pool.mu.Lock()
	f.pool.alive--
	f.pool.mu.Unlock()
	if f.err == nil {
		f.err = f.finish()
	}
	_ = f.drop()
	f.buf = nil
	if f.err == nil && f.done != nil {
		f.done(f.bytes, hex.EncodeToString(f.sum.Sum(nil)))
	}
	return f.err
}

func (f *pooledFile) finish() error {
	if err := f.flush(nil); err != nil {
		return err
	}
	if f.pool.noSync {
		return f.drop()
	}
	if err := f.reopen(); err != nil {
		return err
	}
	if err := f.handle.Sync(); err != nil {
		return outputError("sync", f.path, err)
	}
	return f.drop()
}

// flush writes the buffer and b after it.
func (f *pooledFile) flush(b []byte) error {
	for _, part := range [][]byte{f.buf, b} {
		if len(part) == 0 {
			continue
		}
		if f.err = f.reopen(); f.err != nil {
			return f.err
		}
		f.sum.Write(part)
		n, err := f.handle.Write(part)
		f.bytes += int64(n)
		if err != nil {
			f.err = outputError("write", f.path, err)
			return f.err
		}
	}
	f.buf = f.buf[:0]
	return nil
}

func (f *pooledFile) reopen() error {
	if f.handle == nil {
		return f.open(os.O_WRONLY | os.O_APPEND)
	}
	f.pool.mu.Lock()
	f.pool.recent.MoveToFront(f.at)
	f.pool.mu.Unlock()
	return nil
}

func (f *pooledFile) open(flag int) error {
	if err := f.pool.makeRoom(); err != nil {
		return err
	}
	h, err := f.pool.fs.OpenFile(f.path, flag)
	if err != nil {
		return outputError("create", f.path, err)
	}
	f.handle = h
	f.pool.mu.Lock()
	f.at = f.pool.recent.PushFront(f)
	f.pool.mu.Unlock()
	return nil
}

// drop closes the handle, if there is one.
func (f *pooledFile) drop() error {
	if f.handle == nil {
		return nil
	}
	f.pool.mu.Lock()
	f.pool.recent.Remove(f.at)
	f.pool.mu.Unlock()
	err := f.handle.Close()
	f.handle, f.at = nil, nil
	return outputError("close", f.path, err)
}

// makeRoom closes the handles unused longest until one more may open. Files
// that are being written this moment are passed over.
func (p *pool) makeRoom() error {
	p.mu.Lock()
	var victims []*pooledFile
	for e := p.recent.Back(); e != nil && p.recent.Len()-len(victims) >= p.limit; e = e.Prev() {
		if f := e.Value.(*pooledFile); f.mu.TryLock() {
			victims = append(victims, f)
		}
	}
	p.mu.Unlock()
	var errs []error
	for _, f := range victims {
		if err := f.drop(); err != nil && f.err == nil {
			f.err = err
			errs = append(errs, err)
		}
		f.mu.Unlock()
	}
	return errors.Join(errs...)
}

// bufferLimit is what each file may buffer now.
func (p *pool) bufferLimit() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(bufferSize, max(minBuffer, bufferBudget/max(1, p.alive)))
}

// closeAll closes every handle and drops what is buffered.
func (p *pool) closeAll() {
	p.mu.Lock()
	var files []*pooledFile
	for e := p.recent.Front(); e != nil; e = e.Next() {
		files = append(files, e.Value.(*pooledFile))
	}
	p.mu.Unlock()
	for _, f := range files {
		f.mu.Lock()
		if f.err == nil {
			f.err = os.ErrClosed
		}
		_ = f.drop()
		f.mu.Unlock()
	}
}
