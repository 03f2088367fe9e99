package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"retable/internal/archive"
	"retable/internal/xmltok"
)

// Source names what to read and under which limits.
type Source struct {
	Path   string    // file or directory; "-" reads Stdin
	Stdin  io.Reader // for "-"
	Reader io.Reader // read instead of Path, and called Name; stays open as long as the work takes
	Name   string    // of what Reader gives; what a side of a comparison is called
	Limits archive.Limits
	Parse  ParseOptions
}

// ParseOptions are the tokenizer's choices and limits.
type ParseOptions struct {
	Entities xmltok.EntityPolicy
	Limits   xmltok.Limits
	MaxValue int // bytes of one text or attribute; 0 is the default
}

func (p ParseOptions) tokenizer() xmltok.Options {
	return xmltok.Options{Entities: p.Entities, Limits: p.Limits}
}

// open opens the bundle. Streams are spooled where they will be read twice.
func (a *App) open(ctx context.Context, s Source, twice bool, report func(Progress)) (*archive.Bundle, error) {
	opts := archive.Options{Limits: s.Limits, Scratch: a.scratch, Spool: twice, Now: time.Now}
	if s.Reader != nil {
		return archive.OpenReader(ctx, s.Reader, s.Name, opts)
	}
	if s.Path != "-" {
		return archive.Open(ctx, s.Path, opts)
	}
	in := s.Stdin
	if in == nil {
		in = os.Stdin
	}
	if f, ok := in.(*os.File); ok {
		if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
			return archive.OpenReader(ctx, in, "stdin", opts)
		}
	}
	return archive.OpenReader(ctx, &stream{ctx: ctx, r: in, tick: ticker(report)}, "stdin", opts)
}

// stream reads what somebody else writes in their own time: an interrupt
// doesn't wait for them, and what has come so far is reported.
type stream struct {
	ctx  context.Context
	r    io.Reader
	tick func(Progress)
	buf  []byte
	rest []byte // of buf, not yet handed out
	done int64
	err  error
}

type readResult struct {
	n   int
	err error
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 && s.err == nil {
		s.fill()
	}
	if len(s.rest) == 0 {
		return 0, s.err
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// fill reads on a goroutine of its own. An interrupt leaves it behind with
// its buffer; it ends with its read, or with the process.
func (s *stream) fill() {
	if s.buf == nil {
		s.buf = make([]byte, 64<<10)
	}
	got := make(chan readResult, 1)
	go func(buf []byte) {
		n, err := s.r.Read(buf)
		got <- readResult{n, err}
	}(s.buf)
	select {
	case <-s.ctx.Done():
		s.err = context.Cause(s.ctx)
	case r := <-got:
		s.rest, s.err = s.buf[:r.n], r.err
		s.done += int64(r.n)
		s.tick(Progress{Phase: "read", Done: s.done, Total: -1})
	}
}

// digestReader hashes what passes through it.
type digestReader struct {
	r io.Reader
	h hash.Hash
}

func newDigestReader(r io.Reader) *digestReader { return &digestReader{r, sha256.New()} }

func (d *digestReader) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	d.h.Write(p[:n])
	return n, err
}

// sum returns the digest of the whole input: what the parser left unread
// behind an error counts too.
func (d *digestReader) sum() (string, error) {
	if _, err := io.Copy(io.Discard, d); err != nil {
		return "", fmt.Errorf("hash the rest: %w", err)
	}
	return hex.EncodeToString(d.h.Sum(nil)), nil
}
