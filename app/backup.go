package app

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

func (s *Service) backup(ctx context.Context, dir string, blobs bool, report func(actors.Report)) error {
	b, ok := s.store.(backupStore)
	if !ok || s.store.Engine() != "sqlite" {
		return retable.Errorf(retable.Unsupported, "This database is backed up by its own tools (pg_dump, or point-in-time recovery): see docs/operations.md.")
	}
	if _, err := os.Lstat(dir); err == nil {
		return retable.Errorf(retable.Conflict, "%s exists already: name a folder that does not.", dir)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return retable.Fault(err, "making the folder for the backup")
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".retable-backup-")
	if err != nil {
		return explained(ctx, err, "making the backup")
	}
	defer os.RemoveAll(tmp) // gone by its other name after success
	report(actors.Report{Progress: 5, Message: "copying the database", Left: -1})
	if err := b.Backup(ctx, filepath.Join(tmp, "retable.db")); err != nil {
		return explained(ctx, err, "making the backup")
	}
	if blobs {
		if err := s.copyBlobs(ctx, filepath.Join(tmp, "blobs"), report); err != nil {
			return explained(ctx, err, "copying the stored files")
		}
	}
	if err := os.Rename(tmp, dir); err != nil {
		return explained(ctx, err, "finishing the backup")
	}
	return nil
}

// copyBlobs copies what the rows refer to and compares the hashes.
func (s *Service) copyBlobs(ctx context.Context, dir string, report func(actors.Report)) error {
	n := 0
	for info, err := range s.blobs.List(ctx, "") {
		if err != nil {
			return err
		}
		if strings.HasPrefix(info.Key, "uploads/") {
			continue
		}
		if err := s.copyBlob(ctx, info.Key, filepath.Join(dir, filepath.FromSlash(info.Key))); err != nil {
			return err
		}
		n++
		report(actors.Report{Progress: 50, Message: fmt.Sprintf("%d files copied", n), Left: -1})
	}
	return nil
}

func (s *Service) copyBlob(ctx context.Context, key, path string) (err error) {
	r, err := s.blobs.Open(ctx, key)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	if _, err := io.Copy(f, &contextReader{ctx, r}); err != nil {
		return err
	}
	return f.Sync()
}

// backupTask is the nightly backup of the database; those older than the plan
// keeps are removed.
func (s *Service) backupTask(ctx context.Context, _ *retable.Job, report func(actors.Report)) (actors.Outcome, error) {
	dir := s.cfg.Backup.Dir
	if dir == "" {
		dir = filepath.Join(s.cfg.DataRoot, "backups")
	}
	name := "retable-" + s.clock().UTC().Format("2006-01-02-150405")
	target := filepath.Join(dir, name)
	if err := s.backup(ctx, target, false, report); err != nil {
		return actors.Outcome{}, err
	}
	removed, err := s.retireBackups(dir)
	if err != nil {
		return actors.Outcome{}, retable.Fault(err, "removing old backups")
	}
	return actors.Outcome{Result: map[string]any{"name": name, "removed": removed}, Message: "written to " + name}, nil
}

// retireBackups removes backups older than the plan keeps, never the newest.
func (s *Service) retireBackups(dir string) (int, error) {
	entries, err := os.ReadDir(dir) // in order of name, and so of time
	if err != nil {
		return 0, err
	}
	var ours []fs.DirEntry
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), "retable-") {
			ours = append(ours, e)
		}
	}
	if s.cfg.Backup.KeepFor <= 0 {
		return 0, nil
	}
	limit := s.clock().Add(-s.cfg.Backup.KeepFor).UTC().Format("retable-2006-01-02-150405")
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
