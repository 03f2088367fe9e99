package archive

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// Entry is one XML file of a bundle.
type Entry struct {
	Index    int       // position among the bundle's entries, from 0
	Path     string    // unique, with slashes; what lies in a nested archive begins with its path
	Size     int64     // uncompressed size as declared, -1 where the format doesn't say
	Packed   int64     // size in the bundle, -1 for a stream
	Modified time.Time // zero where unknown; UTC where the format has no zone

	bundle *Bundle
	origin origin
	// counted holds, per layer of compression, how much was decompressed in
	// any one reading: reading again costs no more of the bundle's total.
	counted [2]atomic.Int64
}

// origin is where an entry's packed bytes come from.
type origin interface {
	open() (packed, error)
}

// packed is an entry about to be read.
type packed struct {
	r      io.Reader
	closer io.Closer // or nil
	method method
	size   int64 // uncompressed size that must come out, -1 if unknown
	crc    uint32
	hasCRC bool
}

// Open returns a reader at byte zero of the entry's content, decompressed: one
// layer of gzip, bzip2 or Zstandard inside is taken off as well, whatever the
// file is called. The caller closes it. Any number of readers may be open at
// once, each for one goroutine, if the bundle is Reopenable; otherwise one.
//
// Open and Read return a *Refusal when a limit is passed or the content is
// damaged, or else ctx's error. Bytes returned before it are good.
func (e *Entry) Open(ctx context.Context) (io.ReadCloser, error) {
	r, err := e.open(ctx, reading)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Tail returns up to n bytes from the end of the entry's content, of what lies
// behind its first skip bytes; nil where the bundle doesn't hold it as it is
// and at random access. Nothing is checked but the context.
func (e *Entry) Tail(ctx context.Context, skip int64, n int) ([]byte, error) {
	o, ok := e.origin.(*rangeOrigin)
	if !ok || e.Size < 0 || e.bundle.closed.Load() {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	b := make([]byte, max(min(int64(n), o.size-skip), 0))
	if _, err := o.at.ReadAt(b, o.offset+o.size-int64(len(b))); err != nil && err != io.EOF {
		return nil, e.refusal(err)
	}
	return b, nil
}

// purpose is what an entry is opened for.
type purpose uint8

const (
	reading   purpose = iota
	sniffing          // a first look: nothing is counted, nothing reported
	unpacking         // an archive: it may be as large as all its entries together
)

func (e *Entry) open(ctx context.Context, why purpose) (*reader, error) {
	b := e.bundle
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if b.closed.Load() {
		return nil, errClosed
	}
	r := &reader{ctx: ctx, entry: e, purpose: why}
	p, err := e.origin.open()
	if err != nil {
		return nil, r.refuse(err)
	}
	r.closer = p.closer
	defer r.stopwatch()()
	if err := r.first.start(r, p); err != nil {
		_ = r.Close() // the first error counts
		return nil, r.refuse(err)
	}
	r.top = &r.first
	return r, nil
}

// count notes that made bytes came out of a layer and returns how many of them
// are new to the bundle.
func (e *Entry) count(layer int, made int64) int64 {
	for {
		old := e.counted[layer].Load()
		if made <= old {
			return 0
		}
		if e.counted[layer].CompareAndSwap(old, made) {
			return made - old
		}
	}
}
