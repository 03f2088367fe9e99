package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"retable/internal/retable"
	"retable/internal/store"
)

// scratchFolder is where one process keeps its scratch files. It holds the
// folder's lock, so that others know when what lies there is nobody's.
type scratchFolder struct {
	path string
	lock *store.RunnerLock
}

// runPrefix begins the names of the folders of processes.
const runPrefix = "run-"

// openScratch makes a folder in parent for this process, and removes those of
// processes that were killed.
func openScratch(parent, door string) (*scratchFolder, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, explained(context.Background(), err, "making the folder for scratch files")
	}
	sweepScratch(parent)
	for {
		path := filepath.Join(parent, runPrefix+retable.NewID())
		if err := os.Mkdir(path, 0o700); err != nil {
			return nil, explained(context.Background(), err, "making the folder for scratch files")
		}
		lock, err := store.LockRunner(path, door)
		if err == nil {
			return &scratchFolder{path, lock}, nil
		}
		// Between making and locking it another process may have swept it.
		if !retable.Is(err, retable.Conflict) && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
}

// close removes the folder.
func (f *scratchFolder) close() error {
	if f == nil {
		return nil
	}
	return errors.Join(f.lock.Close(), os.RemoveAll(f.path))
}

// sweepScratch removes the folders whose processes are gone. What can't be
// removed is left for the next one who tries.
func sweepScratch(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), runPrefix) {
			continue
		}
		path := filepath.Join(parent, e.Name())
		lock, err := store.LockRunner(path, "sweep")
		if err != nil {
			continue // somebody works in it
		}
		_ = os.RemoveAll(path) // while it is held, so that nobody takes it for its own
		_ = lock.Close()
		_ = os.RemoveAll(path) // Windows doesn't remove what is open
	}
}

// beginFolder makes the folder in which something is put together that shall
// appear whole under another name, and removes what an earlier try has left
// there. Two can't do it at once.
func beginFolder(path, door string) (io.Closer, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	lock, err := store.LockRunner(path, door)
	if retable.Is(err, retable.Conflict) {
		return nil, retable.Errorf(retable.Conflict, "%s is being written by another process.", strings.TrimSuffix(path, partSuffix))
	}
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if e.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// lockName is the file in a folder by which it is held.
const lockName = "runner.lock"
