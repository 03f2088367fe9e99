package blob

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/s3utils"

	"retable/internal/retable"
)

// Config says where blobs are kept. The zero value of a member is its default.
type Config struct {
	Place    string   // a directory, or s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION&lookup=path|dns
	Reserved []string // names in that directory that belong to others

	// The rest is for S3. Without keys the environment's (AWS_*) and then the
	// instance's own role are asked.
	AccessKey, SecretKey, Token string

	PartBytes  int64         // 8 MiB; a writer holds up to three parts in memory
	Timeout    time.Duration // 1 min without progress
	Retries    int           // 5
	CacheDir   string        // of copies for Local
	CacheBytes int64         // 0 keeps only what is in use
	// Wrap, if there is one, is put around the transport of all calls.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// Store is a blob store that was opened here.
type Store interface {
	retable.BlobStore
	retable.Sweeper
	Close() error
}

// Open opens the store that the configuration names and makes sure that it
// answers.
func Open(ctx context.Context, c Config) (Store, error) {
	if !strings.Contains(c.Place, "://") {
		d, err := OpenDir(c.Place, c.Reserved...)
		if err != nil {
			return nil, err
		}
		return healthy(ctx, d)
	}
	s, err := OpenS3(c)
	if err != nil {
		return nil, err
	}
	return healthy(ctx, s)
}

func healthy(ctx context.Context, s Store) (Store, error) {
	if err := s.Health(ctx); err != nil {
		s.Close() //nolint:errcheck // the first error counts
		return nil, err
	}
	return s, nil
}

// place is what an s3:// URL says.
type place struct {
	bucket, prefix string // the prefix is "" or ends with a slash
	host           string
	secure         bool
	region         string
	lookup         string
}

func parsePlace(s string) (p place, err error) {
	fault := func(format string, args ...any) error {
		return retable.Errorf(retable.Invalid, "The blob store %q can't be used: "+format+". Write s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION.", append([]any{redacted(s)}, args...)...)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "s3":
		return p, fault("it is neither a directory nor an s3:// address")
	case u.User != nil:
		return p, fault("keys don't belong here, set RET_S3_ACCESS_KEY and RET_S3_SECRET_KEY")
	case u.Host == "":
		return p, fault("the bucket is missing")
	}
	p.bucket = u.Host
	if err := s3utils.CheckValidBucketName(p.bucket); err != nil {
		return p, fault("%q is no bucket: %w", p.bucket, err)
	}
	if p.prefix, err = folder(strings.Trim(u.Path, "/")); err != nil {
		return p, fault("the prefix may hold letters, digits and ._@+=,~- between slashes")
	}
	q := u.Query()
	for name := range q {
		switch name {
		case "endpoint", "region", "lookup":
		default:
			return p, fault("it says %q, which is not known", name)
		}
	}
	p.region, p.lookup = q.Get("region"), q.Get("lookup")
	if p.lookup != "" && p.lookup != "path" && p.lookup != "dns" {
		return p, fault("lookup is path or dns")
	}
	p.host, p.secure = "s3.amazonaws.com", true
	if endpoint := q.Get("endpoint"); endpoint != "" {
		e, err := url.Parse(endpoint)
		if err != nil || e.Host == "" || (e.Scheme != "https" && e.Scheme != "http") || strings.Trim(e.Path, "/") != "" || e.User != nil {
			return p, fault("the endpoint is no address such as https://s3.example.org")
		}
		p.host, p.secure = e.Host, e.Scheme == "https"
	}
	return p, nil
}

// redacted takes a password out of an address.
func redacted(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return fmt.Sprintf("%.20s...", s)
	}
	return u.Redacted()
}
