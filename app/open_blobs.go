package app

import (
	"context"

	"retable/internal/blob"
	"retable/internal/config"
)

// openBlobs opens the store of blobs that the settings name.
func openBlobs(ctx context.Context, req OpenRequest) (blob.Store, error) {
	return blob.Open(ctx, blobConfig(req.Config))
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
