package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"retable/internal/retable"
)

// errWritten is the error of a writer that is used after its end.
var errWritten = errors.New("the blob writer is used after Commit or Abort")

// temp makes a temporary file on the disk of the blobs.
func (d *Dir) temp() (*os.File, string, error) {
	name := path.Join(tempDir, retable.NewID())
	open := func() (*os.File, error) { return d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode) }
	f, err := open()
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.root.MkdirAll(tempDir, dirMode); err != nil {
			return nil, "", err
		}
		f, err = open()
	}
	return f, name, err
}

// dirWriter writes a blob to a temporary file.
type dirWriter struct {
	dir  *Dir
	ctx  context.Context
	key  string
	f    *os.File // nil when it is over
	name string   // of the temporary file
	sum  hash.Hash
}

// Create begins a blob.
func (d *Dir) Create(ctx context.Context, key string) (retable.BlobWriter, error) {
	if err := errors.Join(d.check(key), ctx.Err()); err != nil {
		return nil, err
	}
	f, name, err := d.temp()
	if err != nil {
		return nil, diskError(err, "beginning a blob")
	}
	return &dirWriter{dir: d, ctx: ctx, key: key, f: f, name: name, sum: sha256.New()}, nil
}

// Write appends to the blob.
func (w *dirWriter) Write(p []byte) (int, error) {
	if w.f == nil {
		return 0, retable.Fault(errWritten, "writing a blob")
	}
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.f.Write(p)
	w.sum.Write(p[:n])
	if err != nil {
		return n, diskError(err, "writing a blob")
	}
	return n, nil
}

// Commit makes the blob lasting.
func (w *dirWriter) Commit(ctx context.Context) (retable.BlobInfo, error) {
	if w.f == nil {
		return retable.BlobInfo{}, retable.Fault(errWritten, "storing a blob")
	}
	defer w.Abort()
	if err := errors.Join(w.ctx.Err(), ctx.Err()); err != nil {
		return retable.BlobInfo{}, err
	}
	err := w.f.Sync()
	st, statErr := w.f.Stat()
	if err = errors.Join(err, statErr, w.f.Close()); err != nil {
		return retable.BlobInfo{}, diskError(err, "storing a blob")
	}
	return w.dir.publish(w.key, st, hex.EncodeToString(w.sum.Sum(nil)), func() error { return w.dir.root.Rename(w.name, w.key) })
}

// Abort drops what was written. After Commit it does nothing.
func (w *dirWriter) Abort() {
	if w.f == nil {
		return
	}
	w.f.Close()               //nolint:errcheck // it goes
	w.dir.root.Remove(w.name) //nolint:errcheck // after Commit it isn't there; else Sweep comes
	w.f = nil
}

// publish gives a file that is whole its place by rename, and remembers its hash.
func (d *Dir) publish(key string, st fs.FileInfo, sum string, rename func() error) (retable.BlobInfo, error) {
	made, err := d.place(key, rename)
	if err != nil {
		return retable.BlobInfo{}, diskError(err, "storing a blob")
	}
	for _, dir := range append(made, path.Dir(key)) {
		if err := d.syncDir(dir); err != nil {
			return retable.BlobInfo{}, diskError(err, "storing a blob")
		}
	}
	d.remember(key, sum, st)
	return infoOf(key, st, sum), nil
}

// place renames into folders that it makes. Somebody may remove an empty
// folder in between, so it tries again. It returns the folders whose content
// changed, besides that of the blob.
func (d *Dir) place(key string, rename func() error) (changed []string, err error) {
	dir := path.Dir(key)
	for range 100 {
		changed = changed[:0]
		for at := dir; at != "."; at = path.Dir(at) {
			if _, err := d.root.Lstat(at); err == nil {
				break
			}
			changed = append(changed, path.Dir(at))
		}
		if err = d.root.MkdirAll(dir, dirMode); err == nil {
			err = rename()
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return changed, err
}

// Import moves a file into the store: by rename on the same disk, else by a
// copy. Nobody may write to it meanwhile.
func (d *Dir) Import(ctx context.Context, key, file string) (retable.BlobInfo, error) {
	if err := errors.Join(d.check(key), ctx.Err()); err != nil {
		return retable.BlobInfo{}, err
	}
	f, st, err := openRegular(file)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, contextReader{ctx, f}); err != nil {
		return retable.BlobInfo{}, diskError(err, "reading a file")
	}
	if err := f.Sync(); err != nil && !isReadOnly(err) {
		return retable.BlobInfo{}, diskError(err, "storing a file")
	}
	if err := f.Close(); err != nil { // Windows doesn't rename what is open
		return retable.BlobInfo{}, diskError(err, "reading a file")
	}
	info, err := d.publish(key, st, hex.EncodeToString(sum.Sum(nil)), func() error {
		if err := os.Chmod(file, fileMode); err != nil {
			return err
		}
		return os.Rename(file, filepath.Join(d.path, filepath.FromSlash(key)))
	})
	if err == nil || !isOtherDisk(err) {
		return info, err
	}
	return importCopy(ctx, file, func() (retable.BlobWriter, error) { return d.Create(ctx, key) })
}

// openRegular opens a file that is no link and nothing special.
func openRegular(file string) (*os.File, fs.FileInfo, error) {
	before, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, retable.Missing("file", file)
	case err != nil:
		return nil, nil, diskError(err, "opening a file")
	case !before.Mode().IsRegular():
		return nil, nil, retable.Errorf(retable.Invalid, "%q is no ordinary file.", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, diskError(err, "opening a file")
	}
	st, err := f.Stat()
	if err != nil || !os.SameFile(before, st) {
		f.Close() //nolint:errcheck // nothing was written
		return nil, nil, retable.Errorf(retable.Conflict, "%q was replaced while it was opened.", file)
	}
	return f, st, nil
}

// importCopy stores a copy of a file and removes the file.
func importCopy(ctx context.Context, file string, create func() (retable.BlobWriter, error)) (retable.BlobInfo, error) {
	f, _, err := openRegular(file)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	defer f.Close()
	w, err := create()
	if err != nil {
		return retable.BlobInfo{}, err
	}
	defer w.Abort()
	if _, err := io.Copy(w, contextReader{ctx, f}); err != nil {
		return retable.BlobInfo{}, diskError(err, "copying a file")
	}
	info, err := w.Commit(ctx)
	if err != nil {
		return retable.BlobInfo{}, err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return info, diskError(err, "removing a file that was stored")
	}
	return info, nil
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
