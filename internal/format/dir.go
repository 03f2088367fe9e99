package format

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Dir takes the files of one data set. All methods may be called from
// several goroutines; each file belongs to one goroutine at a time.
type Dir interface {
	// Create starts a file of that name, which CheckName must pass and no
	// other file of the data set may have, ignoring case. The caller closes
	// it; its close reports what writing held back.
	Create(name string) (io.WriteCloser, error)
	// Adopt moves the finished file at path, which lies in the scratch
	// folder, into the data set under that name.
	Adopt(name, path string) error
	// Scratch is an existing folder for temporary files. It vanishes with
	// the end of the data set.
	Scratch() (string, error)
	// Files lists the finished files by name.
	Files() []File
	// Commit makes the data set appear, complete. Every file must be closed.
	Commit() error
	// Abort removes all that was written. After Commit it does nothing.
	Abort()
}

// File is one finished file of a data set.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// The refusals of Create.
var (
	ErrName   = errors.New("name can't be a file of a data set")
	ErrExists = errors.New("file exists in this data set")
	ErrClosed = errors.New("data set is finished")
)

// CheckName refuses names that would leave the folder, hide in it, or that
// some file system can't hold.
func CheckName(name string) error {
	switch {
	case name == "" || len(name) > maxFileName:
		return fmt.Errorf("%w: %q has %d bytes, 1 to %d are allowed", ErrName, name, len(name), maxFileName)
	case name[0] == '.':
		return fmt.Errorf("%w: %q begins with a dot", ErrName, name)
	case strings.ContainsAny(name, "/\\\x00"):
		return fmt.Errorf("%w: %q holds a path separator", ErrName, name)
	}
	return nil
}

// taken guards a data set against two files of one name. Case is folded,
// since the file systems of Windows and macOS do so too.
type taken map[string]bool

func (t taken) take(name string) error {
	folded := strings.ToLower(name)
	if t[folded] {
		return fmt.Errorf("%w: %s", ErrExists, name)
	}
	t[folded] = true
	return nil
}
