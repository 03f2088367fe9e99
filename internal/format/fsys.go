package format

import (
	"io"
	"os"
)

// filesystem is the seam through which output folders reach the disk, so
// that tests can make any step fail.
type filesystem interface {
	Mkdir(name string) error
	OpenFile(name string, flag int) (file, error)
	Rename(from, to string) error
	Remove(name string) error
	RemoveAll(name string) error
	SyncDir(name string) error
}

type file interface {
	io.Reader
	io.Writer
	io.Closer
	Sync() error
}

// disk is the operating system's file system.
type disk struct{}

func (disk) Mkdir(name string) error { return os.Mkdir(name, 0o777) }

func (disk) OpenFile(name string, flag int) (file, error) {
	f, err := os.OpenFile(name, flag, 0o666)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (disk) Rename(from, to string) error { return os.Rename(from, to) }
func (disk) Remove(name string) error     { return os.Remove(name) }
func (disk) RemoveAll(name string) error  { return os.RemoveAll(name) }

// SyncDir makes the names in a folder lasting. Systems that can't sync a
// folder (Windows) do so by themselves.
func (disk) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && (isDiskFull(err) || isReadOnly(err)) {
		return err
	}
	return nil
}
