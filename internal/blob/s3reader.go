package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/minio/minio-go/v7"

	"retable/internal/retable"
)

// s3Reader reads a blob by ranges. Read streams from the present place; ReadAt
// makes a call of its own, so whoever reads here and there takes Local.
type s3Reader struct {
	store *S3
	ctx   context.Context
	key   string
	etag  string
	info  retable.BlobInfo

	at     int64
	stream io.ReadCloser // from at; nil: not begun
	closed bool
	sum    hash.Hash // of what was read from the beginning on; nil after a jump, or where the hash isn't known
}

func newS3Reader(ctx context.Context, s *S3, key, etag string, info retable.BlobInfo) *s3Reader {
	r := &s3Reader{store: s, ctx: ctx, key: key, etag: etag, info: info}
	if info.SHA256 != "" {
		r.sum = sha256.New()
	}
	return r
}

// check compares the hash of a blob that was read from the beginning to the
// end: not every service keeps content and metadata together while a blob is
// replaced.
func (r *s3Reader) check() error {
	if r.sum != nil && hex.EncodeToString(r.sum.Sum(nil)) != r.info.SHA256 {
		return errReplaced(nil)
	}
	return io.EOF
}

// readTries is how often in a row a broken stream is begun again without progress.
const readTries = 3

// Info describes the blob.
func (r *s3Reader) Info() retable.BlobInfo { return r.info }

func (r *s3Reader) get(from, to int64) (io.ReadCloser, error) {
	opts := minio.GetObjectOptions{}
	if err := errors.Join(opts.SetMatchETag(r.etag), opts.SetRange(from, to)); err != nil {
		return nil, retable.Fault(err, "reading a blob")
	}
	body, o, _, err := r.store.core.GetObject(r.ctx, r.store.place.bucket, r.store.name(r.key), opts)
	if err != nil {
		return nil, s3Error(err, r.key, "reading a blob")
	}
	if o.ETag != r.etag { // not every service knows If-Match
		body.Close() //nolint:errcheck // nothing was read
		return nil, errReplaced(nil)
	}
	return body, nil
}

// Read reads on. A connection that breaks is made again where it broke.
func (r *s3Reader) Read(p []byte) (int, error) {
	switch {
	case r.closed:
		return 0, retable.Fault(io.ErrClosedPipe, "reading a blob")
	case len(p) == 0:
		return 0, nil
	}
	var err error
	for range readTries {
		if r.at >= r.info.Bytes {
			return 0, r.check()
		}
		if r.stream == nil {
			if r.stream, err = r.get(r.at, r.info.Bytes-1); err != nil {
				return 0, err
			}
		}
		var n int
		if n, err = r.stream.Read(p); n > 0 {
			r.at += int64(n)
			if r.sum != nil {
				r.sum.Write(p[:n])
			}
			if err != nil {
				r.drop()
			}
			return n, nil
		}
		if err != nil {
			r.drop() // io.EOF, too: the blob isn't over
		}
		if r.ctx.Err() != nil {
			return 0, r.ctx.Err()
		}
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return 0, s3Error(err, r.key, "reading a blob")
}

func (r *s3Reader) drop() {
	if r.stream != nil {
		r.stream.Close() //nolint:errcheck // nothing more is read from it
		r.stream = nil
	}
}

// Seek chooses the place at which Read goes on.
func (r *s3Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.info.Bytes
	}
	if offset < 0 || whence < io.SeekStart || whence > io.SeekEnd {
		return r.at, retable.Fault(fmt.Errorf("seek to %d by %d", offset, whence), "reading a blob")
	}
	if offset != r.at {
		r.drop()
		r.at, r.sum = offset, nil
		if offset == 0 && r.info.SHA256 != "" {
			r.sum = sha256.New()
		}
	}
	return r.at, nil
}

// ReadAt reads a range. It may be called at the same time from many places.
func (r *s3Reader) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case off < 0:
		return 0, retable.Fault(fmt.Errorf("read at %d", off), "reading a blob")
	case len(p) == 0:
		return 0, nil
	case off >= r.info.Bytes:
		return 0, io.EOF
	}
	part := &s3Reader{store: r.store, ctx: r.ctx, key: r.key, etag: r.etag, info: r.info, at: off}
	part.info.Bytes = min(off+int64(len(p)), r.info.Bytes)
	defer part.Close()
	n, err := io.ReadFull(part, p[:part.info.Bytes-off])
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Close ends reading.
func (r *s3Reader) Close() error {
	r.closed = true
	r.drop()
	return nil
}

// hashOf reads to the end.
func hashOf(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
