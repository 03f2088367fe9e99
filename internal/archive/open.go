package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// Open opens the bundle at name: a ZIP, a tar, a directory, or one XML file,
// plain or compressed. A pipe is read as a stream. The caller closes the
// bundle.
//
// The error is a *Refusal with Whole set when there is nothing to read (for
// CodeNoXML its Parts say what was refused), or else ctx's error.
func Open(ctx context.Context, name string, opts Options) (*Bundle, error) {
	b := newBundle(ctx, escapeName(filepath.Base(name)), opts)
	return b.opened(ctx, func(l *lister) error {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		if info.IsDir() {
			b.kind = KindDirectory
			return l.openDirectory(name)
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		b.closers = append(b.closers, f)
		if !info.Mode().IsRegular() {
			return l.openStream(f)
		}
		return l.openFile(f, info.Size(), info.ModTime())
	})
}

// OpenReader opens the bundle that r gives, which is called name. What can be
// read at random (a regular file, a bytes.Reader) is; it must then stay open
// as long as the bundle. Of other streams, archives are spooled, to
// Options.Scratch if large; a single file is not, and can be read once, unless
// Options.Spool asks for it. Errors are as for Open.
func OpenReader(ctx context.Context, r io.Reader, name string, opts Options) (*Bundle, error) {
	name = path.Base(filepath.ToSlash(name))
	if name == "." || name == "/" {
		name = "stream"
	}
	b := newBundle(ctx, escapeName(name), opts)
	return b.opened(ctx, func(l *lister) error {
		if at, size, ok := randomAccess(r); ok {
			return l.openFile(at, size, time.Time{})
		}
		return l.openStream(r)
	})
}

// opened lists the bundle and makes it ready, or closes it.
func (b *Bundle) opened(ctx context.Context, list func(*lister) error) (*Bundle, error) {
	l := &lister{ctx: ctx, bundle: b}
	err := ctx.Err()
	if err == nil {
		err = list(l)
	}
	if err == nil {
		err = b.settle(l.found)
	}
	if err == nil {
		return b, nil
	}
	_ = b.Close() // the first error counts
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, b.wholeRefusal(err)
}

// wholeRefusal makes err one of the bundle itself.
func (b *Bundle) wholeRefusal(err error) *Refusal {
	if errors.Is(err, fs.ErrNotExist) {
		detail := "doesn't exist: check the path"
		if at := new(fs.PathError); errors.As(err, &at) && at.Path != b.name {
			detail = "doesn't exist: check the path " + at.Path
		}
		return &Refusal{Path: b.name, Whole: true, Code: CodeUnreadable, Err: err, Detail: detail}
	}
	r := *(&Entry{Path: b.name}).refusal(err)
	if r.Path == "" {
		r.Path = b.name
	}
	r.Whole = r.Path == b.name
	return &r
}

// randomAccess finds out whether r can be read at any offset, from where it
// stands to its end.
func randomAccess(r io.Reader) (io.ReaderAt, int64, bool) {
	ras, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return nil, 0, false
	}
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
			return nil, 0, false
		}
	}
	here, err := ras.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, 0, false
	}
	end, err := ras.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, false
	}
	if _, err := ras.Seek(here, io.SeekStart); err != nil || end < here {
		return nil, 0, false
	}
	return io.NewSectionReader(ras, here, end-here), end - here, true
}

// openFile lists a file by what it is.
func (l *lister) openFile(at io.ReaderAt, size int64, modified time.Time) error {
	b := l.bundle
	if size == 0 {
		return errEmptyFile()
	}
	head := make([]byte, min(size, headSize))
	if _, err := at.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	kind := contentOf(head)
	b.kind = kind.kind()
	e := &Entry{Path: b.name, Size: size, Packed: size, Modified: modified, bundle: b}
	e.origin = &rangeOrigin{at: at, size: size}
	switch {
	case kind == contentZip:
		return l.zip(at, size, "", 0)
	case kind == contentTar:
		return l.tar(at, size, "", 0)
	case kind.compressed():
		return l.openCompressed(e)
	case kind == contentXML && isErrorPage(b.name, head):
		return &Refusal{Code: CodeNotBundle, Detail: "is an HTML page, not the archive that its name promises: most likely an error or login page, fetch it again"}
	case kind == contentXML || isNamedXML(b.name):
		l.found = append(l.found, e)
		return nil
	}
	if _, err := findZipEnd(at, size); err == nil { // something stands before the ZIP
		b.kind = KindZip
		return l.zip(at, size, "", 0)
	}
	return errNotBundle(b.name, head)
}

// openCompressed lists a compressed file: an XML or a tar.
func (l *lister) openCompressed(e *Entry) error {
	e.Size = -1
	head, _, err := l.peek(e)
	switch kind := contentOf(head); {
	case err != nil && (kind != contentXML || l.ctx.Err() != nil):
		return err // damaged XML is taken: what is good of it will be read
	case kind == contentTar:
		l.bundle.kind = KindTar
		at, size, err := l.container(e)
		if err != nil {
			return err
		}
		l.unspend(e)
		return l.tar(at, size, "", 0)
	case kind == contentZip || kind.compressed():
		return disguised(kind)
	case kind == contentXML || isNamedXML(e.Path):
		l.found = append(l.found, e)
		return nil
	}
	return errNotBundle(e.Path, head)
}

// openStream lists what can be read only once.
func (l *lister) openStream(r io.Reader) error {
	b := l.bundle
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(headSize)
	if err != nil && err != io.EOF {
		return err
	}
	if len(head) == 0 {
		return errEmptyFile()
	}
	kind := contentOf(head)
	b.kind = kind.kind()
	bare, _ := cutPackedSuffix(b.name)
	archived := kind == contentZip || kind == contentTar ||
		kind.compressed() && (path.Ext(bare) == ".tar" || path.Ext(bare) == ".tgz")
	if archived || b.opts.Spool {
		at, size, err := b.spools.take(&guarded{lister: l, r: in})
		if err != nil {
			return err
		}
		return l.openFile(at, size, time.Time{})
	}
	if kind != contentXML && !kind.compressed() && !isNamedXML(b.name) {
		return errNotBundle(b.name, head)
	}
	e := &Entry{Path: b.name, Size: -1, Packed: -1, bundle: b}
	e.origin = &streamOrigin{r: in}
	l.found = append(l.found, e)
	b.stream = true
	return nil
}

// guarded bounds what is spooled: the packed bytes alone may not exceed what
// may come out of them.
type guarded struct {
	lister *lister
	r      io.Reader
	n      int64
}

// Read reads the stream, as long as ctx and the limits allow.
func (g *guarded) Read(p []byte) (int, error) {
	b := g.lister.bundle
	if g.lister.ctx.Err() != nil {
		return 0, context.Cause(g.lister.ctx)
	}
	var began time.Time
	if b.timed() {
		began = b.opts.Now()
	}
	n, err := g.r.Read(p)
	if b.timed() {
		b.spent.Add(int64(b.opts.Now().Sub(began)))
	}
	g.n += int64(n)
	if most := b.opts.Limits.TotalBytes; most > 0 && g.n > most {
		return 0, &Refusal{Code: CodeTotalBytes,
			Detail: fmt.Sprintf("is larger than %s (%s): raise the limit or split the bundle", bytesText(most), b.opts.Settings.TotalBytes)}
	}
	if b.opts.Limits.Time > 0 && err == nil {
		err = b.checkTime(0)
	}
	return n, err
}

// streamOrigin reads a stream, once.
type streamOrigin struct {
	r    io.Reader
	used atomic.Bool
}

func (o *streamOrigin) open() (packed, error) {
	if o.used.Swap(true) {
		return packed{}, &Refusal{Code: CodeSpent, Detail: "comes from a stream and was read already: give a file, or open it with spooling"}
	}
	return packed{r: o.r, size: -1}, nil
}

func isNamedXML(name string) bool {
	v, _ := judgeName(name)
	return v == takeAsXML
}

func errEmptyFile() *Refusal {
	return &Refusal{Code: CodeEmpty, Detail: "is empty (0 bytes): fetch or make it again"}
}

// isErrorPage tells a web server's answer that was saved as an archive.
func isErrorPage(name string, head []byte) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".zip", ".tar", ".tgz", ".gz", ".bz2", ".zst":
		text := strings.ToLower(strings.TrimSpace(string(head)))
		return strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, "<html")
	}
	return false
}

// errNotBundle says what a file is taken for, as far as its name tells.
func errNotBundle(name string, head []byte) *Refusal {
	what := beginning(head)
	if contentOf(head) == contentOffice {
		what = "it is an office document"
	} else if reason := otherKind(path.Ext(name)); reason != "" {
		what = "it is " + reason
	}
	return &Refusal{Code: CodeNotBundle, Detail: "is neither XML nor an archive of XML (" + what + "): give a ZIP, a tar, a folder or an XML file"}
}
