package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"retable/internal/retable"
)

// trimIndexes removes the unpacked indexes that were unused longest until the
// rest fits. The blob store has them all: they are unpacked again when they
// are asked.
func (s *Service) trimIndexes(keep string) error {
	used := s.indexes.folders()
	used[keep] = true
	s.building.Range(func(dir, _ any) bool {
		used[dir.(string)] = true
		return true
	})
	return trimFolders(s.cacheDir("indexes"), s.cfg.IndexBytes, used)
}

// usedIndex remembers when an unpacked index was asked last.
func (s *Service) usedIndex(dir string) {
	now := s.clock()
	_ = os.Chtimes(dir, now, now) // without it the index goes sooner
}

// trimFolders removes folders of dir, those that were used longest ago first,
// until all hold limit bytes at most. Those in keep stay.
func trimFolders(dir string, limit int64, keep map[string]bool) error {
	type folder struct {
		path  string
		bytes int64
		used  time.Time
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return retable.Fault(err, "clearing a cache")
	}
	var all []folder
	var total int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() {
			continue // gone, or not ours
		}
		f := folder{filepath.Join(dir, e.Name()), 0, info.ModTime()}
		if f.bytes, err = folderBytes(f.path); err != nil {
			return retable.Fault(err, "clearing a cache")
		}
		all, total = append(all, f), total+f.bytes
	}
	slices.SortFunc(all, func(a, b folder) int { return a.used.Compare(b.used) })
	for _, f := range all {
		if total <= limit {
			return nil
		}
		if keep[f.path] {
			continue
		}
		if err := os.RemoveAll(f.path); err != nil {
			return retable.Fault(err, "clearing a cache")
		}
		total -= f.bytes
	}
	return nil
}

// folderBytes is the size of the files below a folder.
func folderBytes(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}
