package archive

import (
	"bufio"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// layer takes off one layer of packing and counts what goes in and comes out.
// All guards on content are here.
type layer struct {
	reader *reader
	level  int // 0 as the bundle holds it, 1 the compressed file inside
	packed packed
	source source
	buffer *bufio.Reader // packed bytes read ahead; nil when stored
	dec    io.Reader
	put    func() // hands dec back

	made    int64 // bytes that came out
	sum     uint32
	counted bool // made is being counted against the limits
}

// source is the packed side of a layer.
type source struct {
	layer *layer
	r     io.Reader
	taken int64
}

// Read reads packed bytes. A decompressor may ask for many before it gives
// one, so whether to go on is asked here.
func (s *source) Read(p []byte) (int, error) {
	if err := s.layer.reader.alive(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	s.taken += int64(n)
	if s.layer.level == 0 && s.layer.reader.purpose == reading {
		s.layer.reader.entry.bundle.consumed.Add(int64(n))
	}
	return n, err
}

// start readies the layer. What is stored is counted only once it is known to
// be content and not a compressed file: packed bytes aren't content.
func (l *layer) start(r *reader, p packed) error {
	l.reader, l.packed = r, p
	l.source = source{layer: l, r: p.r}
	if p.method == stored {
		l.dec = &l.source
		return nil
	}
	d := &r.entry.bundle.decoders
	l.buffer = d.buffer(&l.source)
	l.counted = r.purpose != sniffing
	var err error
	l.dec, l.put, err = d.decoder(p.method, l.buffer)
	return err
}

// settle starts the counting of stored content.
func (l *layer) settle() {
	l.counted = l.reader.purpose != sniffing
}

// stop hands decompressor and buffer back.
func (l *layer) stop() {
	if l.put != nil {
		l.put()
		l.put = nil
	}
	if l.buffer != nil {
		l.reader.entry.bundle.decoders.putBuffer(l.buffer)
		l.buffer = nil
	}
}

// Read reads unpacked bytes and returns only as many as are allowed and true.
func (l *layer) Read(p []byte) (int, error) {
	n, err := l.dec.Read(p)
	l.made += int64(n)
	if want := l.packed.size; want >= 0 && l.made > want {
		n -= int(l.made - want)
		l.made = want
		err = &Refusal{Code: CodeSize, Detail: fmt.Sprintf("holds more than the %s it declares: fetch or pack it again", bytesText(want))}
	}
	if l.packed.hasCRC {
		l.sum = crc32.Update(l.sum, crc32.IEEETable, p[:n])
	}
	if l.counted {
		if cut, refusal := l.check(); refusal != nil {
			return n - int(min(int64(n), cut)), refusal
		}
	}
	if err == io.EOF {
		err = l.complete()
	}
	return n, err
}

// check holds what was made so far against the limits and returns how many
// bytes at the end are too many.
func (l *layer) check() (cut int64, refusal *Refusal) {
	e, b := l.reader.entry, l.reader.entry.bundle
	limits, names := b.opts.Limits, b.opts.Settings
	verb, made := "inflates", l.made
	if l.packed.method == stored {
		verb = "goes"
	}
	if most := limits.EntryBytes; most > 0 && made > most && l.reader.purpose == reading {
		cut = made - most
		refusal = &Refusal{Code: CodeEntryBytes,
			Detail: fmt.Sprintf("%s past %s (%s): raise the limit or split the file", verb, bytesText(most), names.EntryBytes)}
		made = most
	}
	if l.packed.method != stored {
		used := max(l.source.taken-int64(l.buffer.Buffered()), 1)
		if most := limits.Ratio; most > 0 && made > limits.RatioAfter && (made-1)/most >= used && refusal == nil {
			refusal = &Refusal{Code: CodeRatio,
				Detail: fmt.Sprintf("inflates more than %d to 1 (%s): it may be a bomb; raise the limit if you trust it", most, names.Ratio)}
		}
	}
	fresh := e.count(l.level, made)
	if fresh == 0 {
		return cut, refusal
	}
	total := b.total.Add(fresh)
	if most := limits.TotalBytes; most > 0 && total > most && refusal == nil {
		cut = min(total-most, fresh)
		b.total.Add(-cut) // so that reading again ends at the same byte
		e.counted[l.level].Add(-cut)
		return cut, b.pastTotal()
	}
	return cut, refusal
}

// complete is called at the end of the content: io.EOF if it is what was
// declared.
func (l *layer) complete() error {
	p := l.packed
	if p.size >= 0 && l.made < p.size {
		return &Refusal{Code: CodeTruncated, Err: io.ErrUnexpectedEOF,
			Detail: fmt.Sprintf("ends after %d of %d bytes: fetch or pack it again", l.made, p.size)}
	}
	if p.hasCRC && l.sum != p.crc {
		return &Refusal{Code: CodeChecksum,
			Detail: fmt.Sprintf("has checksum %08x, not %08x as declared: it is damaged, fetch or pack it again", l.sum, p.crc)}
	}
	return io.EOF
}

// refusal makes err a Refusal of this entry. Only ctx's error stays as it is,
// for those who ask before.
func (e *Entry) refusal(err error) *Refusal {
	var known *Refusal
	if errors.As(err, &known) {
		if known.Path == "" {
			known.Path = e.Path
		}
		return known
	}
	r := &Refusal{Path: e.Path, Code: CodeUnreadable, Err: err}
	var (
		flateErr flate.CorruptInputError
		bzipErr  bzip2.StructuralError
		pathErr  *fs.PathError
	)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		r.Code, r.Detail = CodeTruncated, "is cut off: fetch or pack it again"
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch), errors.Is(err, bzip2.StructuralError("checksum mismatch")):
		r.Code, r.Detail = CodeChecksum, "has a wrong checksum: it is damaged, fetch or pack it again"
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		r.Code, r.Detail = CodeMethod, fmt.Sprintf("needs more than %s of memory to decompress: pack it again with a smaller window", bytesText(windowLimit))
	case errors.As(err, &pathErr):
		r.Detail = fmt.Sprintf("can't be read (%v): check that it exists and that you may read it", pathErr.Err)
	case errors.As(err, &flateErr), errors.As(err, &bzipErr), errors.Is(err, gzip.ErrHeader), isZstd(err):
		r.Code, r.Detail = CodeCorrupt, fmt.Sprintf("is damaged (%v): fetch or pack it again", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		r.Detail = "wasn't read to its end: " + err.Error()
	default:
		r.Detail = fmt.Sprintf("can't be read: %v", err)
	}
	return r
}

func isZstd(err error) bool {
	for _, known := range []error{zstd.ErrMagicMismatch, zstd.ErrReservedBlockType, zstd.ErrCompressedSizeTooBig,
		zstd.ErrBlockTooSmall, zstd.ErrUnexpectedBlockSize, zstd.ErrFrameSizeExceeded, zstd.ErrFrameSizeMismatch, zstd.ErrUnknownDictionary} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
