package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// agedFile is a file of a cache.
type agedFile struct {
	path  string
	bytes int64
	used  time.Time
}

// filesByAge lists the files of a folder, the longest unused first.
func filesByAge(dir string) (files []agedFile, total int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if info.Mode().IsRegular() {
			files = append(files, agedFile{filepath.Join(dir, e.Name()), info.Size(), info.ModTime()})
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b agedFile) int { return a.used.Compare(b.used) })
	return files, total, nil
}
