package app

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"retable/internal/blob"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
)

// openBlobs opens the store of blobs that the settings name.
func openBlobs(ctx context.Context, req OpenRequest) (blob.Store, error) {
	c := blobConfig(req.Config)
	if m := req.Metrics; m != nil {
		c.Wrap = func(next http.RoundTripper) http.RoundTripper { return countedCalls{next, m} }
	}
	return blob.Open(ctx, c)
}

// countedCalls counts what is asked of S3. The store tries again by itself, so
// what is counted as failed need not have failed for anybody.
type countedCalls struct {
	next    http.RoundTripper
	metrics *obs.Metrics
}

// RoundTrip implements http.RoundTripper.
func (c countedCalls) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	failed := err
	if err == nil && (resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests) {
		failed = errors.New(resp.Status)
	}
	if failed != nil {
		failed = &retable.Error{Code: retable.Unavailable, Err: failed}
	}
	c.metrics.BlobCall(strings.ToLower(r.Method), failed)
	return resp, err
}

// blobConfig takes from the settings where blobs are kept. In a data root the
// database and what can be made again lie beside them.
func blobConfig(cfg *config.Config) blob.Config {
	p := &cfg.Place
	c := blob.Config{
		Place: p.Blobs, AccessKey: p.S3AccessKey.Reveal(), SecretKey: p.S3SecretKey.Reveal(), Token: p.S3Token.Reveal(),
		PartBytes: p.S3PartBytes, Timeout: p.S3Timeout, CacheDir: p.CacheDir, CacheBytes: p.CacheBytes,
	}
	if c.Place == "" {
		c.Place = p.RuntimeRoot
	}
	c.Reserved = []string{"retable.db", "retable.db-wal", "retable.db-shm", "keys.json", "runner.lock", "cache", "tmp", "backups"}
	return c
}
