package format

import (
	"archive/zip"
	"errors"
	"hash"
	"io"
	"os"
	"strings"
	"time"
)

// zipEntry is a file of the archive: spooled until it is the oldest.
type zipEntry struct {
	dir    *ZipDir
	name   string
	spool  *pooledFile // nil once it streams
	path   string      // of the spool or the adopted file
	w      io.Writer   // into the archive, set when it streams
	sum    hash.Hash
	bytes  int64
	closed bool
	err    error
}

// stream begins the entry in the archive and copies what was spooled.
func (e *zipEntry) stream() error {
	header := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: zipEpoch}
	if compressed(e.name) {
		header.Method = zip.Store
	}
	w, err := e.dir.zip.CreateHeader(header)
	if err != nil {
		return outputError("write", e.name, err)
	}
	e.w = w
	if e.path == "" {
		return nil
	}
	if e.spool != nil {
		if err := e.spool.Close(); err != nil {
			return err
		}
		e.spool = nil
	}
	f, err := e.dir.pool.fs.OpenFile(e.path, os.O_RDONLY)
	if err != nil {
		return outputError("read", e.path, err)
	}
	_, err = io.CopyBuffer(onlyWriter{e}, onlyReader{f}, make([]byte, bufferSize))
	if err := errors.Join(err, f.Close(), e.dir.pool.fs.Remove(e.path)); err != nil {
		return outputError("read", e.path, err)
	}
	return nil
}

// zipEpoch is the earliest time a zip can hold: equal archives for equal data.
var zipEpoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// compressed reports the files that deflating would not make smaller.
func compressed(name string) bool {
	return strings.HasSuffix(name, ".parquet") || strings.HasSuffix(name, ".xlsx")
}

// onlyWriter reaches put, which takes no lock.
type onlyWriter struct{ e *zipEntry }

func (o onlyWriter) Write(b []byte) (int, error) { return o.e.put(b) }

func (e *zipEntry) put(b []byte) (int, error) {
	n, err := e.w.Write(b)
	e.sum.Write(b[:n])
	e.bytes += int64(n)
	return n, err
}

// Write appends to the entry.
func (e *zipEntry) Write(b []byte) (int, error) {
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	switch {
	case e.closed || e.dir.ended:
		return 0, os.ErrClosed
	case e.dir.err != nil:
		return 0, e.dir.err
	case e.w == nil:
		n, err := e.spool.Write(b)
		return n, e.dir.fail(err)
	}
	n, err := e.put(b)
	return n, e.dir.fail(outputError("write", e.name, err))
}

// Close ends the entry. If it was the one that streamed, the next ones move
// up.
func (e *zipEntry) Close() error {
	e.dir.mu.Lock()
	defer e.dir.mu.Unlock()
	if !e.closed {
		e.closed = true
		e.err = e.dir.err
		if e.err == nil {
			e.err = e.dir.fail(e.dir.advance())
		}
	}
	return e.err
}
