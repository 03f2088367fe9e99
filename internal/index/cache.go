package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

const cacheSchema = `
PRAGMA auto_vacuum = INCREMENTAL;
CREATE TABLE IF NOT EXISTS vectors (
	id INTEGER PRIMARY KEY AUTOINCREMENT, fingerprint TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL,
	UNIQUE (fingerprint, hash)
);
`

// Cache keeps vectors by model and text across sessions and revisions, so that
// the same text is embedded once. It is safe for use by several goroutines and
// processes.
type Cache struct {
	db   *sql.DB
	most int64 // bytes of vectors
}

var _ vectorSource = (*Cache)(nil)

// OpenCache opens or makes the cache at path, which holds about maxBytes of
// vectors; the oldest give way.
func OpenCache(path string, maxBytes int64) (*Cache, error) {
	db, err := openSQLite(path, "_busy_timeout=10000&_journal_mode=WAL&_synchronous=NORMAL&_txlock=immediate", 4)
	if err != nil {
		return nil, fmt.Errorf("open cache of vectors: %w", err)
	}
	if _, err := db.Exec(cacheSchema); err != nil {
		return nil, errors.Join(fmt.Errorf("open cache of vectors: %w", err), db.Close())
	}
	return &Cache{db: db, most: maxBytes}, nil
}

// Close closes the cache.
func (c *Cache) Close() error { return c.db.Close() }

func (c *Cache) find(ctx context.Context, fingerprint string, dimensions int, hashes []textHash) (map[textHash][]float32, error) {
	return findVectors(ctx, c.db, "SELECT hash, vector FROM vectors WHERE hash IN (SELECT unhex(value) FROM json_each(?)) AND fingerprint = ?",
		[]any{fingerprint}, dimensions, hashes)
}

// put keeps vectors and lets the oldest go when there are too many.
func (c *Cache) put(ctx context.Context, fingerprint string, vectors map[textHash][]float32) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	size := 0
	for hash, x := range vectors {
		if x == nil {
			continue
		}
		size = 4 * len(x)
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO vectors (fingerprint, hash, vector) VALUES (?, ?, ?)", fingerprint, hash[:], vectorBlob(x)); err != nil {
			return err
		}
	}
	if size > 0 {
		// Ids only grow, so those that far back are the oldest.
		_, err = tx.ExecContext(ctx, "DELETE FROM vectors WHERE id <= (SELECT max(id) FROM vectors) - ?", max(1, c.most/int64(size)))
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}
