package format

import (
	"fmt"
	"os"
	"path/filepath"
)

// OutFile is a file that appears complete or not at all: it is written under
// a hidden name beside its final one. Commit or Abort ends it.
type OutFile struct {
	final string
	opts  DirOptions
	owner *owner
	body  *pooledFile
	info  File
	ended bool
}

// CreateFile starts the file final. An existing file is replaced at Commit
// if opts.Overwrite is set and refused with ErrOccupied if not; anything but
// a regular file is refused.
func CreateFile(final string, opts DirOptions) (*OutFile, error) {
	final, err := resolve(final)
	if err != nil {
		return nil, err
	}
	if opts.fs == nil {
		opts.fs = disk{}
	}
	Sweep(filepath.Dir(final))
	if err := mayReplaceFile(final, opts); err != nil {
		return nil, err
	}
	own, err := own(final)
	if err != nil {
		return nil, err
	}
	f := &OutFile{final: final, opts: opts, owner: own}
	f.body, err = newPool(opts.fs, opts.OpenFiles, opts.NoSync).create(own.temp(), func(n int64, sum string) {
		f.info = File{Name: filepath.Base(final), Bytes: n, SHA256: sum}
	})
	if err != nil {
		own.release()
		return nil, err
	}
	return f, nil
}

func mayReplaceFile(final string, opts DirOptions) error {
	info, err := os.Lstat(final)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return outputError("create", final, err)
	case !info.Mode().IsRegular():
		return &OutputError{Op: "create", Path: final, Err: ErrOccupied, Cure: "it is not a regular file: choose another name"}
	case !opts.Overwrite:
		return &OutputError{Op: "create", Path: final, Err: ErrOccupied, Cure: "choose another name, or overwrite it (--overwrite)"}
	}
	return notRead(final, info, opts.Inputs)
}

// Path is where the file appears.
func (f *OutFile) Path() string { return f.final }

// Write appends b.
func (f *OutFile) Write(b []byte) (int, error) { return f.body.Write(b) }

// Commit closes the file, renames it into place and returns what it holds.
// After a failure the caller aborts.
func (f *OutFile) Commit() (File, error) {
	if f.ended {
		return File{}, fmt.Errorf("%w: %s", ErrClosed, f.final)
	}
	if err := f.body.Close(); err != nil {
		return File{}, err
	}
	if err := mayReplaceFile(f.final, f.opts); err != nil {
		return File{}, err
	}
	if err := f.opts.fs.Rename(f.owner.temp(), f.final); err != nil {
		return File{}, outputError("rename", f.final, err)
	}
	f.ended = true
	f.owner.release()
	if f.opts.NoSync {
		return f.info, nil
	}
	folder := filepath.Dir(f.final)
	return f.info, outputError("sync", folder, f.opts.fs.SyncDir(folder))
}

// Abort removes what was written. After Commit it does nothing.
func (f *OutFile) Abort() {
	if f.ended {
		return
	}
	f.ended = true
	f.body.pool.closeAll()
	f.owner.release()
}
