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
// missing. The database comes last: what was refused, or broke off, is no data
// root, and what it had copied is removed again. It returns how many files were
// verified.
func Restore(ctx context.Context, cfg *config.Config, backup string) (files int, err error) {
	if cfg.Place.Postgres() || cfg.Place.S3() {
		return 0, retable.Errorf(retable.Unsupported, "Only an embedded data root is restored so; see docs/operations.md for PostgreSQL and S3.")
	}
	root := cfg.Place.RuntimeRoot
	if entries, err := os.ReadDir(root); err == nil && len(entries) > 0 {
		return 0, retable.Errorf(retable.Conflict, "%s is not empty: move it away first, nothing is overwritten.", root)
	}
	if _, err := os.Stat(databasePath(cfg)); err == nil {
		return 0, retable.Errorf(retable.Conflict, "%s is there already (RET_DATABASE): move it away first, nothing is overwritten.", databasePath(cfg))
	}
	if _, err := os.Stat(filepath.Join(backup, "retable.db")); err != nil {
		return 0, retable.Errorf(retable.Invalid, "%s is no backup of Retable: it has no retable.db.", backup)
	}
	if err := makeRoot(root); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, emptied(root))
		}
	}()
	return restore(ctx, cfg, backup)
}

// restore works in the folder for scratch files until all is verified.
func restore(ctx context.Context, cfg *config.Config, backup string) (files int, err error) {
	scratch, err := openScratch(filepath.Join(cfg.Place.RuntimeRoot, "tmp"), "restore")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, scratch.close()) }()
	database := filepath.Join(scratch.path, "retable.db")
	if err := copyAtomically(filepath.Join(backup, "retable.db"), database); err != nil {
		return 0, explained(ctx, err, "restoring the database")
	}
	arts, err := artifactsOf(ctx, database, true)
	if err != nil {
		return 0, err
	}
	blobs, err := blob.Open(ctx, blobConfig(cfg))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	done := map[string]bool{}
	for i := range arts {
		if a := &arts[i]; !done[a.Key] {
			if err := restoreBlob(ctx, blobs, a, filepath.Join(backup, "blobs", filepath.FromSlash(a.Key))); err != nil {
				return len(done), explained(ctx, err, "restoring the stored files")
			}
			done[a.Key] = true
		}
	}
	if err := copyAtomically(database, databasePath(cfg)); err != nil {
		return 0, explained(ctx, err, "restoring the database")
	}
	return len(done), nil
}

// artifactsOf looks through a copied database, and lists what it refers to.
// With migrate a copy of an older version is brought up to date.
func artifactsOf(ctx context.Context, database string, migrate bool) (arts []retable.Artifact, err error) {
	st, err := store.Open(ctx, store.Config{Path: database, Migrate: migrate})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.IntegrityCheck(ctx); err != nil {
		return nil, err
	}
	err = st.View(ctx, func(tx retable.Tx) (err error) {
		arts, err = tx.Artifacts().Find(ctx, retable.ArtifactFilter{})
		return err
	})
	return arts, err
}

// restoreBlob copies a file of a backup. The backup stays as it is.
func restoreBlob(ctx context.Context, blobs retable.BlobStore, a *retable.Artifact, path string) error {
	got, err := copyIn(ctx, blobs, a.Key, path)
	if errors.Is(err, fs.ErrNotExist) {
		return retable.Errorf(retable.Conflict, "The backup has no %s, which the database refers to: it is a backup of the database alone, or it is damaged.", a.Key)
	}
	if err != nil {
		return err
	}
	if got.SHA256 != a.SHA256 {
		return retable.Errorf(retable.Conflict, "%s of the backup is damaged: its SHA-256 is another.", a.Key)
	}
	return nil
}

// emptied removes what is in a folder that was empty.
func emptied(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

func copyIn(ctx context.Context, blobs retable.BlobStore, key, path string) (retable.BlobInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	defer f.Close()
	w, err := blobs.Create(ctx, key)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	defer w.Abort()
	if err := copyWith(ctx, w, f); err != nil {
		return retable.BlobInfo{}, fmt.Errorf("%s: %w", key, err)
	}
	return w.Commit(ctx)
}
