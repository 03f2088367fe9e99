package archive

import (
	"context"
	"errors"
	"io"
	"time"
)

var errClosed = errors.New("the bundle is closed")

// reader is one reading of an entry: a layer that unpacks what the bundle
// holds and, when that turns out to be compressed itself, a second one on top.
type reader struct {
	ctx     context.Context
	entry   *Entry
	closer  io.Closer
	purpose purpose

	first, second layer
	top           *layer // the one that content comes from
	known         bool   // the first bytes have been looked at
	pending       []byte // content read to look at it, not yet handed out

	began  time.Time // of the Read under way
	err    error     // sticky
	closed bool
}

// Read reads content. See Entry.Open for errors.
func (r *reader) Read(p []byte) (n int, err error) {
	switch {
	case r.closed:
		return 0, errClosed
	case len(p) == 0:
		return 0, nil
	case len(r.pending) > 0:
		n = copy(p, r.pending)
		r.pending = r.pending[n:]
		return n, nil
	case r.err != nil:
		return 0, r.err
	}
	defer r.stopwatch()()
	n, err = r.top.Read(p)
	if !r.known && n > 0 {
		r.known = true
		n, err = r.look(p, n, err)
	}
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		err = r.refuse(err)
	}
	r.err = err
	if n > 0 || len(r.pending) > 0 {
		return n, nil
	}
	return 0, err
}

// look decides on the first n bytes, already in p, whether the content is
// compressed once more. Ordinary XML is told by one byte.
func (r *reader) look(p []byte, n int, err error) (int, error) {
	if !maybePacked(p[0]) {
		r.first.settle()
		return n, err
	}
	head := append(make([]byte, 0, max(n, headSize)), p[:n]...)
	for err == nil && len(head) < headSize {
		var more int
		more, err = r.first.Read(head[len(head):headSize])
		head = head[:len(head)+more]
	}
	kind := contentOf(head)
	if !kind.compressed() {
		if r.purpose == reading && kind == contentZip {
			return 0, disguised(kind)
		}
		r.first.settle()
		r.pending = head[n:]
		return n, err
	}
	if err != nil && err != io.EOF {
		return 0, err
	}
	r.second.level = 1
	under := &refill{head: head, below: &r.first, end: err}
	if err := r.second.start(r, packed{r: under, method: kind.method(), size: -1}); err != nil {
		return 0, err
	}
	r.top = &r.second
	n, err = r.second.Read(p)
	if n > 0 && r.purpose == reading {
		if inner := contentOf(p[:n]); inner.compressed() || inner == contentZip || inner == contentTar {
			return 0, disguised(inner)
		}
	}
	return n, err
}

// disguised refuses an archive where a single file was expected.
func disguised(kind content) *Refusal {
	return &Refusal{Code: CodeDisguised, Detail: "holds a " + kind.kind() + " archive where XML was expected: unpack it, or give it its proper extension"}
}

// method returns the decompressor for the content.
func (c content) method() method {
	switch c {
	case contentGzip:
		return gzipped
	case contentBzip2:
		return bzipped
	}
	return zstded
}

// Close gives decompressors and file handles back. Twice is harmless.
func (r *reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.pending = nil
	r.second.stop()
	r.first.stop()
	if r.closer != nil {
		return r.closer.Close()
	}
	return nil
}

// refuse makes err what the caller sees, and reports it if it is a refusal.
func (r *reader) refuse(err error) error {
	if ctxErr := r.ctx.Err(); ctxErr != nil && (errors.Is(err, ctxErr) || errors.Is(err, context.Cause(r.ctx))) {
		return err
	}
	refusal := r.entry.refusal(err)
	if r.purpose == sniffing {
		return refusal // the one who sniffs reports it
	}
	return r.entry.bundle.refuse(refusal)
}

// stopwatch counts the time of one Read; alive looks at it from inside.
func (r *reader) stopwatch() (stop func()) {
	b := r.entry.bundle
	if !b.timed() {
		return func() {}
	}
	r.began = b.opts.Now()
	return func() { b.spent.Add(int64(b.opts.Now().Sub(r.began))) }
}

// alive returns why reading must stop, if it must.
func (r *reader) alive() error {
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	b := r.entry.bundle
	if b.opts.Limits.Time <= 0 {
		return nil
	}
	if b.opts.Now == nil || r.began.IsZero() {
		return b.checkTime(0)
	}
	return b.checkTime(b.opts.Now().Sub(r.began))
}

// refill is the packed side of a second layer: the bytes already looked at,
// then what follows below.
type refill struct {
	head  []byte
	below *layer
	end   error // the layer below has ended with it
}

// Read reads the compressed content.
func (f *refill) Read(p []byte) (int, error) {
	if len(f.head) > 0 {
		n := copy(p, f.head)
		f.head = f.head[n:]
		return n, nil
	}
	if f.end != nil {
		return 0, f.end
	}
	n, err := f.below.Read(p)
	if err != nil {
		f.end = err
	}
	return n, err
}
