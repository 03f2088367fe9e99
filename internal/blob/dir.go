package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"retable/internal/retable"
)

const (
	tempDir  = ".tmp" // of files that are being written, and folders that are being removed
	dirMode  = 0o700  // blobs are people's data
	fileMode = 0o600
)

// Dir is a blob store in a directory: the blob of a key is the file of that
// path. It is safe for concurrent use, also by several processes.
type Dir struct {
	root     *os.Root // nothing outside is ever reached, not even through a symbolic link
	path     string
	reserved []string
}

// OpenDir opens the directory, and makes it if it isn't there. Names that are
// reserved belong to others in the same directory.
func OpenDir(dir string, reservedNames ...string) (*Dir, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, diskError(err, "opening the blob directory")
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, diskError(err, "making the blob directory")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, diskError(err, "opening the blob directory")
	}
	return &Dir{root: root, path: dir, reserved: reservedNames}, nil
}

// Close lets go of the directory.
func (d *Dir) Close() error { return d.root.Close() }

func (d *Dir) check(key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	return reserved(key, d.reserved)
}

// regular returns what is known of the file of a key. A link, or a folder in
// the way, is no blob.
func (d *Dir) regular(key string) (fs.FileInfo, error) {
	parts := strings.Split(key, "/")
	for i := 1; i < len(parts); i++ {
		info, err := d.root.Lstat(path.Join(parts[:i]...))
		if err != nil || !info.IsDir() {
			return nil, notThere(err, key)
		}
	}
	info, err := d.root.Lstat(key)
	if err != nil || !info.Mode().IsRegular() {
		return nil, notThere(err, key)
	}
	return info, nil
}

// notThere is the error for a file that can't be looked at.
func notThere(err error, key string) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
		return missing(key)
	}
	return diskError(err, "looking for a blob")
}

// unlessMissing is err, but what isn't there needs no deleting.
func unlessMissing(err error) error {
	if retable.Is(err, retable.NotFound) {
		return nil
	}
	return err
}

// Open opens the blob for reading.
func (d *Dir) Open(ctx context.Context, key string) (retable.BlobReader, error) {
	f, info, err := d.open(ctx, key)
	if err != nil {
		return nil, err
	}
	return &dirReader{File: f, info: info}, nil
}

type dirReader struct {
	*os.File
	info retable.BlobInfo
}

// Info describes the blob.
func (r *dirReader) Info() retable.BlobInfo { return r.info }

func (d *Dir) open(ctx context.Context, key string) (*os.File, retable.BlobInfo, error) {
	if err := d.check(key); err != nil {
		return nil, retable.BlobInfo{}, err
	}
	for {
		before, err := d.regular(key)
		if err != nil {
			return nil, retable.BlobInfo{}, err
		}
		f, err := d.root.Open(key)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, retable.BlobInfo{}, missing(key)
		}
		if err != nil {
			return nil, retable.BlobInfo{}, diskError(err, "opening a blob")
		}
		st, err := f.Stat()
		if err == nil && !os.SameFile(before, st) && ctx.Err() == nil { // replaced in between
			f.Close() //nolint:errcheck // it was only read
			continue
		}
		sum := ""
		if err == nil {
			sum, err = d.sum(ctx, key, f, st)
		}
		if err != nil {
			f.Close() //nolint:errcheck // it was only read
			return nil, retable.BlobInfo{}, diskError(err, "reading a blob")
		}
		return f, infoOf(key, st, sum), nil
	}
}

func infoOf(key string, st fs.FileInfo, sum string) retable.BlobInfo {
	return retable.BlobInfo{Key: key, Bytes: st.Size(), SHA256: sum, ModTime: retable.MillisOf(st.ModTime())}
}

// Stat describes the blob.
func (d *Dir) Stat(ctx context.Context, key string) (retable.BlobInfo, error) {
	f, info, err := d.open(ctx, key)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	return info, f.Close()
}

// Local returns the path of the blob itself.
func (d *Dir) Local(ctx context.Context, key string) (string, func(), error) {
	if err := errors.Join(d.check(key), ctx.Err()); err != nil {
		return "", nil, err
	}
	if _, err := d.regular(key); err != nil {
		return "", nil, err
	}
	return filepath.Join(d.path, filepath.FromSlash(key)), func() {}, nil
}

// Health reports whether the directory can be written to.
func (d *Dir) Health(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, name, err := d.temp()
	if err != nil {
		return diskError(err, "writing to the blob directory")
	}
	_, err = io.WriteString(f, "ok")
	err = errors.Join(err, f.Sync(), f.Close(), d.root.Remove(name))
	if err != nil {
		return diskError(err, "writing to the blob directory")
	}
	return nil
}

// Free is what the disk still takes.
func (d *Dir) Free(context.Context) (int64, error) {
	n, err := freeBytes(d.path)
	if err != nil {
		return 0, diskError(err, "asking how much of the disk is free")
	}
	return n, nil
}

// Sweep removes what writers left behind that died before the time: temporary
// files and folders half removed. It returns how many there were.
func (d *Dir) Sweep(ctx context.Context, before time.Time) (int, error) {
	entries, err := fs.ReadDir(d.root.FS(), tempDir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, diskError(err, "sweeping temporary files")
	}
	n := 0
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		st, err := e.Info()
		if err != nil || !st.ModTime().Before(before) {
			continue // gone already, or still being written
		}
		if err := d.root.RemoveAll(path.Join(tempDir, e.Name())); err != nil {
			return n, diskError(err, "sweeping temporary files")
		}
		n++
	}
	return n, nil
}
