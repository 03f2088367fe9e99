package format

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// OutputError is a failure to write, with what to do about it.
type OutputError struct {
	Op   string // what was attempted: "create", "write", "rename" ...
	Path string
	Cure string // "" where nothing better is known than the cause
	Err  error
}

// Error tells operation, path, cause and cure in one sentence.
func (e *OutputError) Error() string {
	s := fmt.Sprintf("%s %s: %v", e.Op, e.Path, cause(e.Err))
	if e.Cure != "" {
		s += "; " + e.Cure
	}
	return s
}

// Unwrap returns the cause.
func (e *OutputError) Unwrap() error { return e.Err }

// cause drops the path that a PathError repeats.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// The refusals of CreateDir and CreateFile.
var (
	ErrOccupied = errors.New("output exists")
	ErrForeign  = errors.New("folder was not written by Retable")
	ErrInput    = errors.New("output would replace what is being read")
)

// outputError explains err; an OutputError passes as it is.
func outputError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var known *OutputError
	if errors.As(err, &known) {
		return err
	}
	e := &OutputError{Op: op, Path: path, Err: err}
	folder := filepath.Dir(path)
	switch {
	case isDiskFull(err):
		e.Cure = "the disk is full: free some space or choose another output folder"
	case isReadOnly(err):
		e.Cure = "the disk is read-only: choose another output folder"
	case isTooManyFiles(err):
		e.Cure = "the process may open no more files: raise its limit (ulimit -n)"
	case errors.Is(err, fs.ErrPermission):
		e.Cure = fmt.Sprintf("this user may not write in %s: change its permissions or choose another output folder", folder)
	case errors.Is(err, fs.ErrNotExist):
		e.Cure = fmt.Sprintf("the folder %s does not exist or was removed meanwhile: create it or choose another output folder", folder)
	}
	return e
}

// Explain gives an error of writing at path, or in its scratch folder, its
// cure; an OutputError passes as it is.
func Explain(op, path string, err error) error { return outputError(op, path, err) }
