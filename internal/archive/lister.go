package archive

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// lister gathers the entries of a bundle while it is opened.
type lister struct {
	ctx    context.Context
	bundle *Bundle
	found  []*Entry
	seen   int // files so far, of whatever kind
}

// left returns how many more files there may be, -1 for any number.
func (l *lister) left() int {
	most := l.bundle.opts.Limits.Entries
	if most <= 0 {
		return -1
	}
	return max(most-l.seen, 0)
}

func (l *lister) tooMany() *Refusal {
	o := l.bundle.opts
	return &Refusal{Code: CodeEntries,
		Detail: fmt.Sprintf("has more than %d files (%s): raise the limit or split the bundle", o.Limits.Entries, o.Settings.Entries)}
}

func (l *lister) refuse(r *Refusal) { l.bundle.note(r) }

func (l *lister) skip(path, reason string) {
	l.bundle.skipped = append(l.bundle.skipped, Skipped{Path: path, Reason: reason})
}

// damaged reports an archive that is at fault as a whole, but has entries to
// give.
func (l *lister) damaged(inside string, code Code, detail string) {
	r := &Refusal{Path: strings.TrimSuffix(inside, "/"), Code: code, Detail: detail}
	if inside == "" {
		r.Path, r.Whole = l.bundle.name, true
	}
	l.refuse(r)
}

func (l *lister) cutOff(path string) {
	l.refuse(&Refusal{Path: path, Code: CodeTruncated, Detail: "is cut off: fetch the bundle again"})
}

// special refuses what is neither file nor folder.
func special(path string, mode fs.FileMode) *Refusal {
	switch {
	case mode&fs.ModeSymlink != 0:
		return &Refusal{Path: path, Code: CodeSymlink, Detail: "is a link, which may lead anywhere: put the file itself in its place"}
	case mode.Type() != 0:
		return &Refusal{Path: path, Code: CodeSpecial, Detail: "is no plain file (but a device, pipe or socket, or a folder with content): leave it out"}
	}
	return nil
}

// file takes an entry whose name has been judged. An error ends the listing.
func (l *lister) file(e *Entry, v verdict, depth int) error {
	if v == takeAsXML {
		if _, packed := cutPackedSuffix(e.Path); packed {
			e.Size = -1
		}
		l.found = append(l.found, e)
		return nil
	}
	head, packed, err := l.peek(e)
	kind := contentOf(head)
	if err != nil && (kind != contentXML || l.ctx.Err() != nil) {
		return l.report(e.Path, err)
	} // damaged XML is taken: what is good of it will be read
	if packed {
		e.Size = -1
	}
	switch {
	case kind == contentXML:
		l.found = append(l.found, e)
	case kind == contentZip && packed:
		l.refuse(&Refusal{Path: e.Path, Code: CodeDisguised, Detail: disguised(kind).Detail})
	case kind == contentZip, kind == contentTar:
		return l.nested(e, kind, depth+1)
	case kind == contentOffice:
		l.skip(e.Path, "an office document")
	case kind == contentAppleDouble:
		l.skip(e.Path, "macOS file attributes")
	case len(head) == 0:
		l.skip(e.Path, "empty")
	default:
		l.skip(e.Path, "no XML: "+beginning(head))
	}
	return nil
}

// peek returns the first bytes of an entry's content, and whether it is
// compressed by itself.
func (l *lister) peek(e *Entry) (head []byte, packed bool, err error) {
	r, err := e.open(l.ctx, sniffing)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	head = make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return head[:n], r.top == &r.second, err
}

// nested lists an archive within the bundle.
func (l *lister) nested(e *Entry, kind content, depth int) error {
	o := l.bundle.opts
	if most := o.Limits.nesting(); depth > most {
		l.refuse(&Refusal{Path: e.Path, Code: CodeNesting,
			Detail: fmt.Sprintf("is an archive more than %d deep in archives (%s): unpack it first or raise the limit", most, o.Settings.Nesting)})
		return nil
	}
	at, size, err := l.container(e)
	before := len(l.found)
	switch {
	case err != nil:
	case kind == contentTar:
		l.unspend(e)
		err = l.tar(at, size, e.Path+"/", depth)
	default:
		err = l.zip(at, size, e.Path+"/", depth)
	}
	if err != nil {
		l.found = l.found[:before] // refused as a whole
	}
	return l.report(e.Path, err)
}

// report refuses an entry by name, unless the error is the end of all.
func (l *lister) report(path string, err error) error {
	if err == nil || l.ctx.Err() != nil {
		return err
	}
	refusal := (&Entry{Path: path}).refusal(err)
	refusal.Whole = false
	l.refuse(refusal)
	return nil
}

// container gives random access to an archive within the bundle: where it
// lies, if it lies there unpacked, else in a spool.
func (l *lister) container(e *Entry) (io.ReaderAt, int64, error) {
	switch o := e.origin.(type) {
	case *dirOrigin:
		if e.Size >= 0 {
			return &lazyFile{handles: &l.bundle.handles, root: o.root, name: o.name}, e.Size, nil
		}
	case *rangeOrigin:
		if e.Size >= 0 {
			return io.NewSectionReader(o.at, o.offset, o.size), o.size, nil
		}
	case *zipOrigin:
		if o.method == stored && e.Size >= 0 {
			at, err := o.data()
			return io.NewSectionReader(o.at, at, o.packed), o.packed, err
		}
	}
	if most := l.bundle.opts.Limits.TotalBytes; most > 0 && e.Size > most-l.bundle.total.Load() {
		return nil, 0, l.bundle.pastTotal() // found out now, it costs the others nothing
	}
	r, err := e.open(l.ctx, unpacking)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	return l.bundle.spools.take(r)
}

// unspend takes what an unpacked tar cost off the total: its entries are the
// same bytes, counted when they are read.
func (l *lister) unspend(e *Entry) {
	l.bundle.total.Add(-e.counted[0].Load() - e.counted[1].Load())
}

// beginning shows the first characters of what isn't XML.
func beginning(head []byte) string {
	const most = 16
	return fmt.Sprintf("it begins with %q", head[:min(len(head), most)])
}

// cutPackedSuffix cuts the extension of a compressed single file off.
func cutPackedSuffix(path string) (string, bool) {
	lower := strings.ToLower(path)
	for _, suffix := range []string{".gz", ".bz2", ".zst"} {
		if strings.HasSuffix(lower, suffix) {
			return path[:len(path)-len(suffix)], true
		}
	}
	return path, false
}
