package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"retable/actors"
	"retable/internal/config"
	"retable/internal/retable"
)

// BackupPlan says when an embedded database is copied, and where to.
type BackupPlan struct {
	Dir     string // backups in the data root if empty
	At      config.Clock
	KeepFor time.Duration
}

// backupStore is a store that can copy its database while it is used.
type backupStore interface {
	Backup(ctx context.Context, path string) error
}

// Backup writes a consistent copy of the database, and with blobs of
// everything, to a folder that must not exist. It is verified before it
// appears.
func (s *Service) Backup(ctx context.Context, dir string, blobs bool) error {
	if _, err := s.ops(ctx); err != nil {
		return err
	}
	return s.backup(ctx, dir, blobs, func(actors.Report) {})
}

// partSuffix ends the name of a backup that is being written.
const partSuffix = ".part"

func (s *Service) backup(ctx context.Context, dir string, blobs bool, report func(actors.Report)) error {
	b, ok := s.store.(backupStore)
	if !ok || s.store.Engine() != "sqlite" {
		return retable.Errorf(retable.Unsupported, "This database is backed up by its own tools (pg_dump, or point-in-time recovery): see docs/operations.md.")
	}
	if _, err := os.Lstat(dir); err == nil {
		return retable.Errorf(retable.Conflict, "%s exists already: name a folder that does not.", dir)
	}
	tmp := dir + partSuffix
	held, err := beginFolder(tmp, s.cfg.Door)
	if err != nil {
		return explained(ctx, err, "making the folder for the backup")
	}
	defer func() {
		held.Close()      //nolint:errcheck // twice is harmless
		os.RemoveAll(tmp) // gone by its other name after success; else the next backup clears it away
	}()
	if err := s.copyAll(ctx, b, tmp, blobs, report); err != nil {
		return err
	}
	if err := errors.Join(held.Close(), os.Remove(filepath.Join(tmp, lockName)), os.Rename(tmp, dir)); err != nil {
		return explained(ctx, err, "finishing the backup")
	}
	return nil
}

// copyAll copies the database and then what its rows refer to. A session that
// is deleted in between is in the copy of the database while its files are
// gone: then the copy begins anew.
func (s *Service) copyAll(ctx context.Context, b backupStore, dir string, blobs bool, report func(actors.Report)) error {
	database := filepath.Join(dir, "retable.db")
	for try := 1; ; try++ {
		report(actors.Report{Progress: 5, Message: "copying the database", Left: -1})
		if err := b.Backup(ctx, database); err != nil {
			return explained(ctx, err, "making the backup")
		}
		if !blobs {
			return nil
		}
		err := s.copyBlobs(ctx, database, filepath.Join(dir, "blobs"), report)
		if !retable.Is(err, retable.NotFound) || try == 3 {
			return explained(ctx, err, "copying the stored files")
		}
		if err := errors.Join(os.Remove(database), os.RemoveAll(filepath.Join(dir, "blobs"))); err != nil {
			return explained(ctx, err, "beginning the backup anew")
		}
	}
}

// copyBlobs copies what the rows of a copied database refer to, and compares
// the hashes.
func (s *Service) copyBlobs(ctx context.Context, database, dir string, report func(actors.Report)) error {
	arts, err := artifactsOf(ctx, database, false)
	if err != nil {
		return err
	}
	copied := map[string]bool{}
	for i := range arts {
		a := &arts[i]
		if copied[a.Key] {
			continue
		}
		copied[a.Key] = true
		sum, err := s.copyBlob(ctx, a.Key, filepath.Join(dir, filepath.FromSlash(a.Key)))
		if err != nil {
			return err
		}
		if sum != a.SHA256 {
			return retable.Errorf(retable.Conflict, "The stored file %s (%s) is damaged: its SHA-256 is another. Delete or convert its session again, then make the backup; or leave the stored files out.", a.Key, a.Name)
		}
		report(actors.Report{Progress: 10 + 85*float64(i+1)/float64(len(arts)), Message: fmt.Sprintf("%d of %d files copied", i+1, len(arts)), Left: -1})
	}
	return nil
}

// copyBlob copies a blob to a file and returns its hash.
func (s *Service) copyBlob(ctx context.Context, key, path string) (sum string, err error) {
	r, err := s.blobs.Open(ctx, key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), &contextReader{ctx, r}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), f.Sync()
}

// backupTask is the nightly backup of the database; those older than the plan
// keeps are removed. It is named for the time when it was asked for: an attempt
// that was killed after it had written its backup has written this one.
func (s *Service) backupTask(ctx context.Context, j *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	dir := s.cfg.Backup.Dir
	if dir == "" {
		dir = filepath.Join(s.cfg.DataRoot, "backups")
	}
	name := j.CreatedAt.Time().UTC().Format(backupName)
	target := filepath.Join(dir, name)
	if _, err := os.Lstat(target); j.Attempts == 1 || err != nil {
		if err := s.backup(ctx, target, false, report); err != nil {
			return actors.Outcome{}, err
		}
	}
	removed, err := s.retireBackups(dir)
	if err != nil {
		return actors.Outcome{}, explained(ctx, err, "removing old backups")
	}
	return actors.Outcome{Result: map[string]any{"name": name, "removed": removed}, Message: "written to " + name}, nil
}

// backupName is what nightly backups are called.
const backupName = "retable-2006-01-02-150405"

// retireBackups removes backups older than the plan keeps, never the newest.
func (s *Service) retireBackups(dir string) (int, error) {
	entries, err := os.ReadDir(dir) // in order of name, and so of time
	if err != nil {
		return 0, err
	}
	var ours []fs.DirEntry
	for _, e := range entries {
		if _, err := time.Parse(backupName, e.Name()); err == nil && e.IsDir() {
			ours = append(ours, e)
		}
	}
	if s.cfg.Backup.KeepFor <= 0 {
		return 0, nil
	}
	limit := s.clock().Add(-s.cfg.Backup.KeepFor).UTC().Format(backupName)
	n := 0
	for i, e := range ours {
		if i == len(ours)-1 || e.Name() >= limit {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
