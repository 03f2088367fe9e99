package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"retable/internal/blob"
	"retable/internal/config"
	"retable/internal/retable"
	"retable/internal/store"
)

// Restore makes a data root of a backup: the database, and the stored files
// whose hashes must be those that the database knows. The root must be empty or
// missing. It returns how many files were verified.
func Restore(ctx context.Context, cfg *config.Config, backup string) (files int, err error) {
	if cfg.Place.Postgres() || cfg.Place.S3() {
		return 0, retable.Errorf(retable.Unsupported, "Only an embedded data root is restored so; see docs/operations.md for PostgreSQL and S3.")
	}
	root := cfg.Place.RuntimeRoot
	if entries, err := os.ReadDir(root); err == nil && len(entries) > 0 {
		return 0, retable.Errorf(retable.Conflict, "%s is not empty: move it away first, nothing is overwritten.", root)
	}
	source := filepath.Join(backup, "retable.db")
	if _, err := os.Stat(source); err != nil {
		return 0, retable.Errorf(retable.Invalid, "%s is no backup of Retable: it has no retable.db.", backup)
	}
	if err := makeRoot(root); err != nil {
		return 0, err
	}
	if err := copyAtomically(source, databasePath(cfg)); err != nil {
		return 0, explained(ctx, err, "restoring the database")
	}
	st, err := store.Open(ctx, store.Config{Path: databasePath(cfg), Migrate: true})
	if err != nil {
		return 0, err
	}
	defer st.Close()
	blobs, err := blob.Open(ctx, blobConfig(cfg))
	if err != nil {
		return 0, err
	}
	defer blobs.Close()
	if err := importBlobs(ctx, blobs, filepath.Join(backup, "blobs")); err != nil {
		return 0, explained(ctx, err, "restoring the stored files")
	}
	return verifyBlobs(ctx, st, blobs)
}

// importBlobs copies the files of a backup. The backup stays as it is.
func importBlobs(ctx context.Context, blobs retable.BlobStore, dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil // a backup of the database alone
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return copyIn(ctx, blobs, filepath.ToSlash(rel), path)
	})
}

// verifyBlobs compares every artifact with its blob.
func verifyBlobs(ctx context.Context, st retable.Store, blobs retable.BlobStore) (n int, err error) {
	var arts []retable.Artifact
	err = st.View(ctx, func(tx retable.Tx) (err error) {
		arts, err = tx.Artifacts().Find(ctx, retable.ArtifactFilter{})
		return err
	})
	if err != nil {
		return 0, err
	}
	for i := range arts {
		a := &arts[i]
		sum, err := sumBlob(ctx, blobs, a.Key)
		if retable.Is(err, retable.NotFound) {
			return n, retable.Errorf(retable.Conflict, "The backup has no %s, which the database refers to: it is a backup of the database alone, or it is damaged.", a.Key)
		}
		if err != nil {
			return n, err
		}
		if sum != a.SHA256 {
			return n, retable.Errorf(retable.Conflict, "%s of the backup is damaged: its SHA-256 is another.", a.Key)
		}
		n++
	}
	return n, nil
}

func copyIn(ctx context.Context, blobs retable.BlobStore, key, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := blobs.Create(ctx, key)
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := copyWith(ctx, w, f); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	_, err = w.Commit(ctx)
	return err
}

func sumBlob(ctx context.Context, blobs retable.BlobStore, key string) (string, error) {
	r, err := blobs.Open(ctx, key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	d := newDigestReader(&contextReader{ctx, r})
	return d.sum()
}
