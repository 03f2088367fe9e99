package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
)

// tar lists the entries of a tar. They lie in it unpacked, so each is noted as
// a range. What it returns refuses the archive itself.
func (l *lister) tar(at io.ReaderAt, size int64, inside string, depth int) error {
	in := io.NewSectionReader(at, 0, size)
	t := tar.NewReader(in)
	files := 0
	for {
		if l.ctx.Err() != nil {
			return l.ctx.Err()
		}
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if files == 0 {
				return &Refusal{Code: CodeCorrupt, Err: err, Detail: fmt.Sprintf("is a damaged tar (%v): fetch it again", err)}
			}
			code := CodeCorrupt
			if errors.Is(err, io.ErrUnexpectedEOF) {
				code = CodeTruncated
			}
			l.damaged(inside, code, fmt.Sprintf("is damaged after %d entries, which are read (%v): fetch it again", files, err))
			return nil
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if l.left() == 0 {
			return l.tooMany()
		}
		l.seen++
		files++
		offset, err := in.Seek(0, io.SeekCurrent) // headers are read exactly
		if err != nil {
			return err
		}
		if err := l.tarEntry(at, h, offset, size, inside, depth); err != nil {
			return err
		}
	}
	if files == 0 {
		return &Refusal{Code: CodeEmpty, Detail: "is an empty archive: nothing was packed into it"}
	}
	return nil
}

func (l *lister) tarEntry(at io.ReaderAt, h *tar.Header, offset, size int64, inside string, depth int) error {
	clean, bad := checkName(escapeName(h.Name))
	path := inside + clean
	switch {
	case bad != nil:
		bad.Path = inside + bad.Path
		l.refuse(bad)
		return nil
	case h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeSymlink:
		l.refuse(&Refusal{Path: path, Code: CodeSymlink, Detail: "is a link, which may lead anywhere: put the file itself in its place"})
		return nil
	case h.Typeflag != tar.TypeReg || isSparse(h):
		l.refuse(&Refusal{Path: path, Code: CodeSpecial, Detail: "is no plain file: pack it again as one (sparse files without --sparse), or leave it out"})
		return nil
	case h.Size > size-offset:
		l.cutOff(path)
		return nil
	}
	v, reason := judgeName(path)
	if v == skipIt {
		l.skip(path, reason)
		return nil
	}
	e := &Entry{Path: path, Size: h.Size, Packed: h.Size, Modified: h.ModTime.UTC(), bundle: l.bundle}
	e.origin = &rangeOrigin{at: at, offset: offset, size: h.Size}
	return l.file(e, v, depth)
}

func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}
