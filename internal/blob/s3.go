package blob

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"retable/internal/retable"
)

const (
	metaSum     = "Sha256" // user metadata of objects whose hash was known before
	headerSum   = "x-amz-meta-sha256"
	headerCheck = "x-amz-checksum-sha256"
	maxParts    = 10_000
	minPart     = 5 << 20
)

// S3 is a blob store in a bucket of an S3-compatible service.
type S3 struct {
	core      minio.Core
	place     place
	partBytes int64
	parts     sync.Pool // of *[]byte, partBytes each
	cache     *cache
	idle      func()
}

// OpenS3 makes a client; it doesn't call the service yet.
func OpenS3(c Config) (*S3, error) {
	p, err := parsePlace(c.Place)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	creds := credentials.NewStaticV4(c.AccessKey, c.SecretKey, c.Token)
	if c.AccessKey == "" {
		creds = credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.IAM{}})
	}
	lookup := minio.BucketLookupAuto
	switch p.lookup {
	case "path":
		lookup = minio.BucketLookupPath
	case "dns":
		lookup = minio.BucketLookupDNS
	}
	base := newTransport(c.Timeout)
	transport := http.RoundTripper(base)
	if c.Wrap != nil {
		transport = c.Wrap(transport)
	}
	core, err := minio.NewCore(p.host, &minio.Options{
		Creds: creds, Secure: p.secure, Region: p.region, BucketLookup: lookup, MaxRetries: c.Retries, Transport: correlated{transport},
	})
	if err != nil {
		return nil, retable.Errorf(retable.Invalid, "The blob store %q can't be used: %w.", redacted(c.Place), err)
	}
	s := &S3{core: *core, place: p, partBytes: c.PartBytes, idle: base.CloseIdleConnections}
	s.parts.New = func() any {
		b := make([]byte, c.PartBytes)
		return &b
	}
	s.cache, err = openCache(c.CacheDir, c.CacheBytes)
	return s, err
}

func (c Config) withDefaults() Config {
	if c.PartBytes == 0 {
		c.PartBytes = 8 << 20
	}
	c.PartBytes = max(c.PartBytes, minPart)
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.Retries == 0 {
		c.Retries = 5
	}
	if c.CacheDir == "" {
		c.CacheDir = path.Join(os.TempDir(), "retable-blobs")
	}
	return c
}

// Close lets go of connections and of the cache.
func (s *S3) Close() error {
	s.idle()
	return s.cache.close()
}

func (s *S3) name(key string) string { return s.place.prefix + key }

// Stat describes the blob.
func (s *S3) Stat(ctx context.Context, key string) (retable.BlobInfo, error) {
	info, _, err := s.stat(ctx, key)
	return info, err
}

// stat also returns the ETag, which changes with the content.
func (s *S3) stat(ctx context.Context, key string) (retable.BlobInfo, string, error) {
	if err := checkKey(key); err != nil {
		return retable.BlobInfo{}, "", err
	}
	o, err := s.head(ctx, key)
	if err != nil {
		return retable.BlobInfo{}, "", err
	}
	sum := sumOf(o)
	if sum == "" {
		if sum, err = s.keptSum(ctx, key, o); err != nil {
			return retable.BlobInfo{}, "", err
		}
	}
	return retable.BlobInfo{Key: key, Bytes: o.Size, SHA256: sum, ModTime: retable.MillisOf(o.LastModified)}, o.ETag, nil
}

func (s *S3) head(ctx context.Context, key string) (minio.ObjectInfo, error) {
	o, err := s.core.StatObject(ctx, s.place.bucket, s.name(key), minio.StatObjectOptions{Checksum: true})
	return o, s3Error(err, key, "looking for a blob")
}

// sumOf finds the hash of an object that was stored in one piece.
func sumOf(o minio.ObjectInfo) string {
	if sum, ours := o.UserMetadata[metaSum]; ours {
		if isSHA256(sum) {
			return sum
		}
		return ""
	}
	// Others stored it. The checksum of parts ends with -N: it is a hash of hashes.
	if raw, err := base64.StdEncoding.DecodeString(o.ChecksumSHA256); err == nil && isSHA256(hex.EncodeToString(raw)) {
		return hex.EncodeToString(raw)
	}
	return ""
}

// keptSum finds the hash of an object that was stored in parts: a small object
// beside it has it, with the ETag it was taken of. Otherwise it is computed.
func (s *S3) keptSum(ctx context.Context, key string, o minio.ObjectInfo) (string, error) {
	kept, _, _, err := s.core.GetObject(ctx, s.place.bucket, s.name(sumName(key)), minio.GetObjectOptions{})
	if err == nil {
		text, readErr := io.ReadAll(io.LimitReader(kept, 1024))
		kept.Close() //nolint:errcheck // it was read
		sum, etag, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
		if readErr == nil && ok && etag == o.ETag && isSHA256(sum) {
			return sum, nil
		}
	} else if !isMissing(err) {
		return "", s3Error(err, key, "looking for a blob's hash")
	}
	r := &s3Reader{store: s, ctx: ctx, key: key, etag: o.ETag, info: retable.BlobInfo{Key: key, Bytes: o.Size}}
	defer r.Close()
	sum, err := hashOf(r)
	if err != nil {
		return "", err
	}
	return sum, s.remember(ctx, key, sum, o.ETag)
}

// remember keeps the hash of an object that was stored in parts.
func (s *S3) remember(ctx context.Context, key, sum, etag string) error {
	text := sum + " " + etag + "\n"
	_, err := s.core.PutObject(ctx, s.place.bucket, s.name(sumName(key)), strings.NewReader(text), int64(len(text)), "", "", minio.PutObjectOptions{ContentType: "text/plain"})
	return s3Error(err, key, "keeping a blob's hash")
}

// Open opens the blob for reading. It reads on from where a connection broke;
// a blob that is replaced meanwhile is a Conflict.
func (s *S3) Open(ctx context.Context, key string) (retable.BlobReader, error) {
	info, etag, err := s.stat(ctx, key)
	if err != nil {
		return nil, err
	}
	return newS3Reader(ctx, s, key, etag, info), nil
}

// Local returns the path of a copy in the cache, which is checked against the
// blob's hash when it is made.
func (s *S3) Local(ctx context.Context, key string) (string, func(), error) {
	info, etag, err := s.stat(ctx, key)
	if err != nil {
		return "", nil, err
	}
	return s.cache.get(ctx, key+"\n"+etag, info, func(w io.Writer) error {
		r := newS3Reader(ctx, s, key, etag, info)
		defer r.Close()
		_, err := io.Copy(w, r)
		return err
	})
}

// Import moves a file into the store. Its hash is taken first, so that it
// stands in the object's own metadata.
func (s *S3) Import(ctx context.Context, key, file string) (retable.BlobInfo, error) {
	if err := checkKey(key); err != nil {
		return retable.BlobInfo{}, err
	}
	f, st, err := openRegular(file)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	sum, err := hashOf(contextReader{ctx, f})
	f.Close() //nolint:errcheck // it was only read
	if err != nil {
		return retable.BlobInfo{}, diskError(err, "reading a file")
	}
	info, err := importCopy(ctx, file, func() (retable.BlobWriter, error) {
		return s.create(ctx, key, sum, s.partFor(st.Size()))
	})
	return info, err
}

// partFor is the size of parts with which so many bytes fit into one upload.
func (s *S3) partFor(bytes int64) int64 { return max(s.partBytes, bytes/maxParts+1) }

// Health reports whether the bucket answers.
func (s *S3) Health(ctx context.Context) error {
	there, err := s.core.BucketExists(ctx, s.place.bucket)
	switch {
	case err != nil:
		return s3Error(err, "", "asking for the bucket")
	case !there:
		return &retable.Error{Code: retable.Unavailable, Reason: "no_bucket", Detail: fmt.Sprintf("There is no bucket %q. Make it, or correct RET_BLOBS.", s.place.bucket)}
	}
	return nil
}

// Free is not known of a bucket.
func (s *S3) Free(context.Context) (int64, error) { return -1, nil }

// Sweep gives up uploads in parts that began before the time and were never
// completed.
func (s *S3) Sweep(ctx context.Context, before time.Time) (int, error) {
	n, key, id := 0, "", ""
	for {
		page, err := s.core.ListMultipartUploads(ctx, s.place.bucket, s.place.prefix, key, id, "", 1000)
		if err != nil {
			return n, unlessMissing(s3Error(err, "", "listing uploads")) // so some say that there are none
		}
		for _, u := range page.Uploads {
			if !u.Initiated.Before(before) {
				continue
			}
			if err := s.core.AbortMultipartUpload(ctx, s.place.bucket, u.Key, u.UploadID); err != nil && !isMissing(err) {
				return n, s3Error(err, "", "giving up an upload")
			}
			n++
		}
		if !page.IsTruncated || page.NextKeyMarker == key && page.NextUploadIDMarker == id {
			return n, nil
		}
		key, id = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

// isMissing reports whether S3 says that the thing isn't there.
func isMissing(err error) bool {
	var e minio.ErrorResponse
	return errors.As(err, &e) && (e.Code == "NoSuchKey" || e.Code == "NoSuchUpload" || e.Code == "NotFound" || e.StatusCode == http.StatusNotFound && e.Code != "NoSuchBucket")
}
