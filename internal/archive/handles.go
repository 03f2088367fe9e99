package archive

import (
	"io"
	"os"
	"slices"
	"sync"
)

// openFiles is how many archives of a directory are kept open at once.
const openFiles = 64

// handles keeps the open files of a directory's archives below openFiles: a
// folder may hold thousands of ZIPs.
type handles struct {
	mu   sync.Mutex
	open []*lazyFile // the longest open first
}

// lazyFile is a file that is opened when it is read, and may be closed in
// between to make room for others.
type lazyFile struct {
	handles *handles
	root    *os.Root
	name    string

	mu   sync.RWMutex
	file *os.File
}

var _ io.ReaderAt = (*lazyFile)(nil)

// ReadAt opens the file if need be and reads from it.
func (f *lazyFile) ReadAt(p []byte, off int64) (int, error) {
	f.mu.RLock()
	if f.file != nil {
		defer f.mu.RUnlock()
		return f.file.ReadAt(p, off)
	}
	f.mu.RUnlock()

	n, opened, err := f.openAndRead(p, off)
	if opened {
		if victim := f.handles.add(f); victim != nil {
			victim.close()
		}
	}
	return n, err
}

func (f *lazyFile) openAndRead(p []byte, off int64) (n int, opened bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		file, err := f.root.Open(f.name)
		if err != nil {
			return 0, false, err
		}
		f.file, opened = file, true
	}
	n, err = f.file.ReadAt(p, off)
	return n, opened, err
}

// close waits for reads under way.
func (f *lazyFile) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		_ = f.file.Close() // read only: nothing can be lost
		f.file = nil
	}
}

// add notes that f is open and returns a file to close for it, or nil.
func (h *handles) add(f *lazyFile) (victim *lazyFile) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = append(h.open, f)
	if len(h.open) > openFiles {
		victim = h.open[0]
		h.open = slices.Delete(h.open, 0, 1)
	}
	return victim
}

// close closes all files.
func (h *handles) close() {
	h.mu.Lock()
	open := h.open
	h.open = nil
	h.mu.Unlock()
	for _, f := range open {
		f.close()
	}
}
