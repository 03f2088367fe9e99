package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
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

// Delete removes the blob, and folders that are empty then.
func (d *Dir) Delete(ctx context.Context, key string) error {
	if err := errors.Join(d.check(key), ctx.Err()); err != nil {
		return err
	}
	if _, err := d.regular(key); err != nil {
		return unlessMissing(err)
	}
	d.root.Remove(sumName(key)) //nolint:errcheck // it is of no use without the blob, and never believed
	if err := d.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(err, "deleting a blob")
	}
	d.prune(path.Dir(key))
	return nil
}

// prune removes a folder that is empty, and those above it that are empty then.
func (d *Dir) prune(dir string) {
	for dir != "." && d.root.Remove(dir) == nil {
		dir = path.Dir(dir)
	}
}

// DeletePrefix removes all blobs in the folder. They are gone at once for
// everybody; their space is freed afterwards.
func (d *Dir) DeletePrefix(ctx context.Context, prefix string) error {
	prefix, err := folder(prefix)
	switch {
	case err != nil:
		return err
	case prefix == "":
		return retable.Errorf(retable.Invalid, "Name the folder whose blobs shall go.")
	}
	dir := strings.TrimSuffix(prefix, "/")
	if err := errors.Join(reserved(dir, d.reserved), ctx.Err()); err != nil {
		return err
	}
	if st, err := d.root.Lstat(dir); err != nil || !st.IsDir() {
		return unlessMissing(notThere(err, dir))
	}
	if err := d.root.MkdirAll(tempDir, dirMode); err != nil {
		return diskError(err, "deleting blobs")
	}
	aside := path.Join(tempDir, retable.NewID())
	if err := d.root.Rename(dir, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskError(err, "deleting blobs")
	}
	if err := d.root.RemoveAll(aside); err != nil {
		return diskError(err, "deleting blobs")
	}
	return nil
}

// List yields the blobs in the folder, folder by folder in order of their
// names, without hashes: those would have to be read.
func (d *Dir) List(ctx context.Context, prefix string) iter.Seq2[retable.BlobInfo, error] {
	return func(yield func(retable.BlobInfo, error) bool) {
		prefix, err := folder(prefix)
		if err != nil {
			yield(retable.BlobInfo{}, err)
			return
		}
		start := "."
		if prefix != "" {
			start = strings.TrimSuffix(prefix, "/")
		}
		if err := reserved(start, d.reserved); err != nil {
			yield(retable.BlobInfo{}, err)
			return
		}
		err = fs.WalkDir(d.root.FS(), start, func(name string, e fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return unlessGone(err)
			case e.IsDir() && name != "." && (checkKey(name) != nil || reserved(name, d.reserved) != nil):
				return fs.SkipDir
			case !d.isBlob(name, e):
				return nil
			}
			st, err := e.Info()
			if err == nil && !yield(infoOf(name, st, ""), nil) {
				return fs.SkipAll
			}
			return unlessGone(err)
		})
		if err != nil {
			yield(retable.BlobInfo{}, diskError(err, "listing blobs"))
		}
	}
}

// isBlob tells a blob from what lies beside it.
func (d *Dir) isBlob(name string, e fs.DirEntry) bool {
	return e.Type().IsRegular() && d.check(name) == nil
}

// unlessGone is err, but what was removed in between, or is no folder, has
// nothing to list.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
		return nil
	}
	return err
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
