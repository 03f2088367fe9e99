package format

import (
	"context"
	"errors"
	"fmt"
	"io"

	"retable/internal/table"
)

// NewLineWriter returns a writer of one table that encodes to w: the header
// at once, then the rows. Close flushes and, if w is a Closer, closes it.
func NewLineWriter(w io.Writer, enc LineEncoder) table.RowWriter {
	return &lineWriter{w: w, enc: enc, buf: enc.AppendHeader(nil)}
}

type lineWriter struct {
	w      io.Writer
	enc    LineEncoder
	buf    []byte
	err    error
	closed bool
}

func (l *lineWriter) Write(row *table.Row) error {
	if l.err != nil {
		return l.err
	}
	l.buf = l.enc.AppendRow(l.buf, row)
	if len(l.buf) >= 64<<10 {
		l.flush()
	}
	return l.err
}

func (l *lineWriter) flush() {
	if l.err == nil && len(l.buf) > 0 {
		_, l.err = l.w.Write(l.buf)
		l.buf = l.buf[:0]
	}
}

func (l *lineWriter) Close() error {
	if l.closed {
		return l.err
	}
	l.closed = true
	l.flush()
	if c, ok := l.w.(io.Closer); ok {
		l.err = errors.Join(l.err, c.Close())
	}
	return l.err
}

// OpenSet starts a data set of the format in dir, whatever its shape: a line
// format becomes a set with a file per table, named by Names. See Format.Open
// for base.
func (f Format) OpenSet(dir Dir, base string, opts Options) (Set, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	if f.Open != nil {
		return f.Open(dir, base, opts)
	}
	return &lineSet{format: f, dir: dir, opts: opts, files: map[string]*table.Schema{}}, nil
}

type lineSet struct {
	format Format
	dir    Dir
	opts   Options
	names  Names
	files  map[string]*table.Schema
}

var (
	_ Set   = (*lineSet)(nil)
	_ Filer = (*lineSet)(nil)
)

func (s *lineSet) TableFiles() map[string]*table.Schema { return s.files }

func (s *lineSet) Table(schema *table.Schema) (table.RowWriter, error) {
	name := s.names.Of(schema.Name, s.format.Ext)
	file, err := s.dir.Create(name)
	if err != nil {
		return nil, err
	}
	s.files[name] = schema
	return NewLineWriter(file, s.format.Line(schema, s.opts)), nil
}

func (s *lineSet) Close() error { return nil }
func (s *lineSet) Abort()       {}

// Copy writes all rows of r as one table of the set and returns their
// number. It closes neither.
func Copy(ctx context.Context, set Set, r table.RowReader) (rows int64, err error) {
	schema := r.Schema()
	w, err := set.Table(schema)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var row table.Row
	for {
		if rows%1024 == 0 && ctx.Err() != nil {
			return rows, context.Cause(ctx)
		}
		switch err := r.Read(&row); {
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return rows, fmt.Errorf("copy table %s: %w", schema.Name, err)
		}
		if err := w.Write(&row); err != nil {
			return rows, err
		}
		rows++
	}
}
