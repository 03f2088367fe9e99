package format

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	kflate "github.com/klauspost/compress/flate"
)

// ZipDir writes a data set as one zip archive, entries in the order of their
// creation, so that equal data sets give equal archives. The oldest open
// entry streams into the archive; those begun meanwhile wait in the
// scratch folder. Commit or Abort ends it.
type ZipDir struct {
	zip     *zip.Writer
	scratch string
	pool    *pool
	flate   *kflate.Writer
	commit  func() error
	abort   func()

	mu    sync.Mutex
	names taken
	queue []*zipEntry // not yet in the archive, the oldest first
	files []File
	spool int
	err   error
	ended bool
}

var _ Dir = (*ZipDir)(nil)

// NewZip writes the archive to w, which it doesn't close. The scratch folder
// must exist; the caller removes it.
func NewZip(w io.Writer, scratch string) *ZipDir {
	return newZip(w, scratch, disk{})
}

func newZip(w io.Writer, scratch string, fs filesystem) *ZipDir {
	z := &ZipDir{
		zip: zip.NewWriter(w), scratch: scratch, names: taken{},
		pool:   newPool(fs, 0, true),
		commit: func() error { return nil }, abort: func() {},
	}
	z.zip.RegisterCompressor(zip.Deflate, z.deflate)
	return z
}

// deflate returns the compressor of the entry that begins. One is enough:
// the entry before has ended.
func (z *ZipDir) deflate(w io.Writer) (io.WriteCloser, error) {
	if z.flate != nil {
		z.flate.Reset(w)
		return z.flate, nil
	}
	var err error
	z.flate, err = kflate.NewWriter(w, flate.DefaultCompression)
	return z.flate, err
}

// CreateZip starts the archive final, which appears complete or not at all;
// options as for CreateFile. Entries that wait do so in a hidden folder
// beside it.
func CreateZip(final string, opts DirOptions) (*ZipDir, error) {
	f, err := CreateFile(final, opts)
	if err != nil {
		return nil, err
	}
	scratch := f.owner.scratch()
	if err := f.opts.fs.Mkdir(scratch); err != nil {
		f.Abort()
		return nil, outputError("create", final, err)
	}
	z := newZip(f, scratch, f.opts.fs)
	z.commit = func() error {
		if err := f.opts.fs.RemoveAll(scratch); err != nil {
			return outputError("remove", scratch, err)
		}
		_, err := f.Commit()
		return err
	}
	z.abort = func() {
		_ = f.opts.fs.RemoveAll(scratch)
		f.Abort()
	}
	return z, nil
}

// Create starts an entry.
func (z *ZipDir) Create(name string) (io.WriteCloser, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return z.create(name)
}

// create starts an entry whose name may lie in a folder.
func (z *ZipDir) create(name string) (*zipEntry, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	e, err := z.enqueue(name)
	if err != nil {
		return nil, err
	}
	if z.queue[0] == e {
		return e, z.fail(e.stream())
	}
	e.path = z.spoolPath()
	e.spool, err = z.pool.create(e.path, nil)
	return e, z.fail(err)
}

func (z *ZipDir) enqueue(name string) (*zipEntry, error) {
	if z.ended {
		return nil, fmt.Errorf("%w: zip", ErrClosed)
	}
	if z.err != nil {
		return nil, z.err
	}
	if err := z.names.take(name); err != nil {
		return nil, err
	}
	e := &zipEntry{dir: z, name: name, sum: sha256.New()}
	z.queue = append(z.queue, e)
	return e, nil
}

func (z *ZipDir) spoolPath() string {
	z.spool++
	return filepath.Join(z.scratch, fmt.Sprintf("entry-%d", z.spool))
}

func (z *ZipDir) fail(err error) error {
	if z.err == nil {
		z.err = err
	}
	return err
}

// advance takes the finished entries off the queue's head and lets the first
// unfinished one stream.
func (z *ZipDir) advance() error {
	for len(z.queue) > 0 {
		e := z.queue[0]
		if e.w == nil {
			if err := e.stream(); err != nil {
				return err
			}
		}
		if !e.closed {
			return nil
		}
		z.files = append(z.files, File{Name: e.name, Bytes: e.bytes, SHA256: hex.EncodeToString(e.sum.Sum(nil))})
		e.w = nil
		z.queue[0] = nil
		z.queue = z.queue[1:]
	}
	return nil
}

// Adopt makes an entry of a finished file and removes the file.
func (z *ZipDir) Adopt(name, path string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	e, err := z.enqueue(name)
	if err != nil {
		return err
	}
	e.path, e.closed = path, true
	if z.queue[0] != e {
		return nil
	}
	return z.fail(z.advance())
}

// Scratch returns the folder where entries wait.
func (z *ZipDir) Scratch() (string, error) { return z.scratch, nil }

// Files lists the entries that stand in the archive by name.
func (z *ZipDir) Files() []File {
	z.mu.Lock()
	defer z.mu.Unlock()
	return sortedFiles(z.files)
}

// Commit writes the archive's directory.
func (z *ZipDir) Commit() error {
	z.mu.Lock()
	defer z.mu.Unlock()
	switch {
	case z.ended:
		return fmt.Errorf("%w: zip", ErrClosed)
	case z.err != nil:
		return z.err
	case len(z.queue) > 0:
		return fmt.Errorf("commit zip: %d of its entries are still open", len(z.queue))
	}
	if err := z.zip.Close(); err != nil {
		return z.fail(outputError("write", "zip", err))
	}
	if err := z.commit(); err != nil {
		return z.fail(err)
	}
	z.ended = true
	return nil
}

// Abort removes what was written, as far as it is CreateZip's.
func (z *ZipDir) Abort() {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.ended {
		return
	}
	z.ended = true
	z.pool.closeAll()
	for _, e := range z.queue {
		if e.spool != nil {
			_ = z.pool.fs.Remove(e.path)
		}
	}
	z.abort()
}
