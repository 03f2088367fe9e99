package blob

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"retable/internal/retable"
)

// partsAtOnce are sent while the next one is filled.
const partsAtOnce = 2

// s3Writer sends a blob in parts while it is written. One that fits into a
// part is sent in one piece by Commit.
type s3Writer struct {
	store     *S3
	caller    context.Context
	ctx       context.Context // of what is sent; ends with the caller's, and with the writer
	stop      context.CancelFunc
	key       string
	known     string // hash, if it is known from the start
	mark      string // what the object's metadata says in the place of its hash: that, or a word of our own
	partBytes int64

	over   bool
	sum    hash.Hash
	bytes  int64
	part   *[]byte // being filled
	filled int

	upload  string // id, once there is more than a part
	sending sync.WaitGroup
	slots   chan struct{}
	mu      sync.Mutex
	done    []minio.CompletePart
	err     error
}

// Create begins a blob.
func (s *S3) Create(ctx context.Context, key string) (retable.BlobWriter, error) {
	return s.create(ctx, key, "", s.partBytes)
}

func (s *S3) create(ctx context.Context, key, known string, partBytes int64) (retable.BlobWriter, error) {
	if err := errors.Join(checkKey(key), ctx.Err()); err != nil {
		return nil, err
	}
	w := &s3Writer{store: s, caller: ctx, key: key, known: known, partBytes: partBytes, sum: sha256.New(), slots: make(chan struct{}, partsAtOnce)}
	w.mark = cmp.Or(known, inParts+retable.NewID())
	w.ctx, w.stop = context.WithCancel(ctx)
	w.part = w.buffer()
	return w, nil
}

// buffer is a part to fill; those of the usual size are used again.
func (w *s3Writer) buffer() *[]byte {
	if w.partBytes == w.store.partBytes {
		b, _ := w.store.parts.Get().(*[]byte)
		return b
	}
	b := make([]byte, w.partBytes)
	return &b
}

func (w *s3Writer) release(b *[]byte) {
	if int64(len(*b)) == w.store.partBytes {
		w.store.parts.Put(b)
	}
}

// Write appends to the blob. It waits while parts enough are on their way.
func (w *s3Writer) Write(p []byte) (n int, err error) {
	if w.over {
		return 0, retable.Fault(errWritten, "writing a blob")
	}
	for len(p) > 0 {
		if w.filled == len(*w.part) {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
		c := copy((*w.part)[w.filled:], p)
		w.sum.Write(p[:c])
		w.filled, w.bytes, p, n = w.filled+c, w.bytes+int64(c), p[c:], n+c
	}
	return n, errors.Join(w.ctx.Err(), w.failed())
}

func (w *s3Writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// flush sends the filled part in the background and takes an empty one.
func (w *s3Writer) flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	select {
	case w.slots <- struct{}{}:
	case <-w.ctx.Done():
		return errors.Join(w.failed(), w.ctx.Err())
	}
	if err := w.failed(); err != nil {
		return err
	}
	number := len(w.done) + 1
	if number > maxParts {
		return retable.Errorf(retable.TooLarge, "The blob is larger than %d parts of %d bytes: raise RET_S3_PART_BYTES.", maxParts, w.partBytes)
	}
	w.mu.Lock()
	w.done = append(w.done, minio.CompletePart{PartNumber: number})
	w.mu.Unlock()
	part, n := w.part, w.filled
	w.sending.Go(func() {
		defer func() { <-w.slots }()
		defer w.release(part)
		w.send(number, (*part)[:n])
	})
	w.part, w.filled = w.buffer(), 0
	return nil
}

// begin starts an upload in parts.
func (w *s3Writer) begin() error {
	if w.upload != "" {
		return nil
	}
	// Some services keep the metadata of the object that is replaced: so there
	// is always a value.
	meta := map[string]string{"x-amz-checksum-algorithm": "SHA256", headerSum: w.mark}
	id, err := w.store.core.NewMultipartUpload(w.ctx, w.store.place.bucket, w.store.name(w.key), minio.PutObjectOptions{UserMetadata: meta, ContentType: octets})
	if err != nil {
		return s3Error(err, w.key, "beginning a blob")
	}
	w.upload = id
	return nil
}

// inParts stands before the mark of an object whose hash is kept beside it.
const inParts = "in-parts-"

const octets = "application/octet-stream"

// send sends one part; the service checks its hash.
func (w *s3Writer) send(number int, data []byte) {
	sum := sha256.Sum256(data)
	check := base64.StdEncoding.EncodeToString(sum[:])
	got, err := w.store.core.PutObjectPart(w.ctx, w.store.place.bucket, w.store.name(w.key), w.upload, number, bytes.NewReader(data), int64(len(data)),
		minio.PutObjectPartOptions{Sha256Hex: hex.EncodeToString(sum[:]), DisableContentSha256: true, CustomHeader: http.Header{"X-Amz-Checksum-Sha256": {check}}})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		if w.err == nil {
			w.err = s3Error(err, w.key, "sending a part of a blob")
		}
		return
	}
	w.done[number-1].ETag, w.done[number-1].ChecksumSHA256 = got.ETag, check
}

// Commit makes the blob lasting.
func (w *s3Writer) Commit(ctx context.Context) (retable.BlobInfo, error) {
	if w.over {
		return retable.BlobInfo{}, retable.Fault(errWritten, "storing a blob")
	}
	defer w.Abort()
	if err := errors.Join(w.ctx.Err(), ctx.Err()); err != nil {
		return retable.BlobInfo{}, err
	}
	sum := hex.EncodeToString(w.sum.Sum(nil))
	if w.known != "" && w.known != sum {
		return retable.BlobInfo{}, retable.Errorf(retable.Conflict, "The file changed while it was stored. Try again.")
	}
	var err error
	if w.upload == "" {
		err = w.putWhole(ctx, sum)
	} else {
		err = w.complete(ctx)
	}
	if err != nil {
		return retable.BlobInfo{}, err
	}
	info := retable.BlobInfo{Key: w.key, Bytes: w.bytes, SHA256: sum, ModTime: retable.MillisOf(time.Now())}
	o, ours, err := w.look(ctx)
	if err != nil || !ours { // another one replaced it at once: nothing is to be remembered
		return info, err
	}
	info.ModTime = retable.MillisOf(o.LastModified)
	if w.mark != sum {
		err = w.store.remember(ctx, w.key, sum, o.ETag)
	}
	return info, err
}

// look finds the object and tells whether this writer stored it.
func (w *s3Writer) look(ctx context.Context) (o minio.ObjectInfo, ours bool, err error) {
	o, err = w.store.head(ctx, w.key)
	if retable.Is(err, retable.NotFound) {
		return o, false, nil
	}
	return o, err == nil && o.UserMetadata[metaSum] == w.mark && o.Size == w.bytes, err
}

func (w *s3Writer) putWhole(ctx context.Context, sum string) error {
	raw, err := hex.DecodeString(sum)
	if err != nil {
		return retable.Fault(err, "storing a blob")
	}
	w.mark = sum
	meta := map[string]string{headerSum: sum, headerCheck: base64.StdEncoding.EncodeToString(raw)}
	_, err = w.store.core.PutObject(ctx, w.store.place.bucket, w.store.name(w.key), bytes.NewReader((*w.part)[:w.filled]), int64(w.filled), "", sum,
		minio.PutObjectOptions{UserMetadata: meta, ContentType: octets, DisableContentSha256: true}) // the hash is known: it is signed, not streamed
	return s3Error(err, w.key, "storing a blob")
}

func (w *s3Writer) complete(ctx context.Context) error {
	if err := w.flush(); err != nil {
		return err
	}
	w.sending.Wait()
	if err := w.failed(); err != nil {
		return err
	}
	_, err := w.store.core.CompleteMultipartUpload(ctx, w.store.place.bucket, w.store.name(w.key), w.upload, w.done, minio.PutObjectOptions{})
	if isMissing(err) { // an answer was lost, and the next try found the upload completed; unless somebody swept it
		_, ours, lookErr := w.look(ctx)
		switch {
		case lookErr != nil:
			err = lookErr
		case ours:
			err = nil
		default:
			err = retable.Errorf(retable.Conflict, "The upload was given up by a clean-up, or its blob was replaced at once. Store it again.")
		}
	}
	if err != nil {
		return s3Error(err, w.key, "storing a blob")
	}
	w.upload = ""
	return nil
}

// Abort drops what was written. After Commit it does nothing.
func (w *s3Writer) Abort() {
	if w.over {
		return
	}
	w.over = true
	if w.caller.Err() != nil {
		w.stop()
	}
	w.sending.Wait() // a part that is on its way would outlive its upload
	w.stop()
	w.release(w.part)
	if w.upload == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 10*time.Second)
	defer cancel()
	for range 3 { // until it is gone: the service may still be at a part that we broke off
		if w.store.core.AbortMultipartUpload(ctx, w.store.place.bucket, w.store.name(w.key), w.upload) != nil {
			return // gone, or Sweep comes
		}
	}
}
