package diff

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// scratch hands out stores. They share a budget of memory; what doesn't fit
// goes to files of a directory that is made when it is first needed.
type scratch struct {
	parent string
	left   atomic.Int64 // bytes of memory that stores may still take
	mu     sync.Mutex
	dir    string
	made   int
}

func newScratch(parent string, memory int64) *scratch {
	s := &scratch{parent: parent}
	s.left.Store(memory)
	return s
}

// create makes a file of its own in the directory.
func (s *scratch) create() (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		if s.parent == "" {
			return nil, ErrNoScratch
		}
		dir, err := os.MkdirTemp(s.parent, "compare-")
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoScratch, err)
		}
		s.dir = dir
	}
	s.made++
	return os.Create(fmt.Sprintf("%s%c%d", s.dir, os.PathSeparator, s.made))
}

// close removes all that was made.
func (s *scratch) close() {
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

const (
	storeStep   = 64 << 10  // memory is reserved in steps of this
	writeBuffer = 128 << 10 // bytes gathered before they are written to a file
	readBlock   = 128 << 10
)

// store is bytes that are written once and then read anywhere: in memory
// while there is budget, in a file from then on.
type store struct {
	sc       *scratch
	buf      []byte // all bytes, or those not yet in the file
	file     *os.File
	inFile   int64
	reserved int64
}

func (s *scratch) newStore() *store { return &store{sc: s} }

func (st *store) size() int64 { return st.inFile + int64(len(st.buf)) }

// write appends p and returns where it begins.
func (st *store) write(p []byte) (int64, error) {
	at := st.size()
	if err := st.room(len(p)); err != nil {
		return 0, err
	}
	st.buf = append(st.buf, p...)
	return at, nil
}

// room makes sure that n more bytes may be appended to buf.
func (st *store) room(n int) error {
	need := len(st.buf) + n
	if st.file == nil {
		if need <= cap(st.buf) {
			return nil
		}
		grow := int64(max(need, 2*cap(st.buf), storeStep)) - st.reserved
		if st.sc.left.Add(-grow) >= 0 {
			st.reserved += grow
			buf := make([]byte, len(st.buf), st.reserved)
			copy(buf, st.buf)
			st.buf = buf
			return nil
		}
		st.sc.left.Add(grow)
		return st.spill(n)
	}
	if need <= writeBuffer {
		return nil
	}
	return st.flush()
}

func (st *store) spill(n int) error {
	f, err := st.sc.create()
	if err != nil {
		return err
	}
	st.file = f
	if err := st.flush(); err != nil {
		return err
	}
	st.sc.left.Add(st.reserved)
	st.reserved = 0
	st.buf = make([]byte, 0, max(writeBuffer, n))
	return nil
}

func (st *store) flush() error {
	if st.file == nil || len(st.buf) == 0 {
		return nil
	}
	if _, err := st.file.Write(st.buf); err != nil {
		return fmt.Errorf("write scratch: %w", err)
	}
	st.inFile += int64(len(st.buf))
	st.buf = st.buf[:0]
	return nil
}

// finish ends the writing; reading may begin, from any goroutine.
func (st *store) finish() error {
	if err := st.flush(); err != nil {
		return err
	}
	if st.file != nil {
		st.buf = nil
	}
	return nil
}

// readAt fills p from off as far as there are bytes, and returns how many.
func (st *store) readAt(p []byte, off int64) (int, error) {
	if st.file == nil {
		if off >= int64(len(st.buf)) {
			return 0, nil
		}
		return copy(p, st.buf[off:]), nil
	}
	n, err := st.file.ReadAt(p, off)
	if err == io.EOF {
		err = nil
	}
	if err != nil {
		return n, fmt.Errorf("read scratch: %w", err)
	}
	return n, nil
}

// window returns bytes [off, off+n), fewer at the end: the store's own memory,
// or buf after reading into it.
func (st *store) window(buf []byte, off int64, n int) (view, grown []byte, err error) {
	if st.file == nil {
		end := min(off+int64(n), int64(len(st.buf)))
		if off >= end {
			return nil, buf, nil
		}
		return st.buf[off:end:end], buf, nil
	}
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	got, err := st.readAt(buf[:n], off)
	return buf[:got], buf, err
}

// close gives back memory and file. The store may be nil.
func (st *store) close() {
	if st == nil {
		return
	}
	st.sc.left.Add(st.reserved)
	st.reserved, st.buf = 0, nil
	if st.file != nil {
		name := st.file.Name()
		_ = st.file.Close() // nobody reads it any more
		os.Remove(name)
		st.file = nil
	}
}
