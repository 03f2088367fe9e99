package blob

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"retable/internal/retable"
)

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

// Prune removes the empty folders below a prefix, and before that the hashes of
// blobs that are gone, if they are older than the time: a process that is killed
// while it deletes a blob leaves them. Whoever puts a blob into such a folder
// makes it again.
func (d *Dir) Prune(ctx context.Context, prefix string, before time.Time) error {
	prefix, err := folder(prefix)
	if err == nil && prefix == "" {
		err = retable.Errorf(retable.Invalid, "Name the folder that shall be looked through.")
	}
	start := strings.TrimSuffix(prefix, "/")
	if err = errors.Join(err, reserved(start, d.reserved)); err != nil {
		return err
	}
	var folders []string
	err = fs.WalkDir(d.root.FS(), start, func(name string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return unlessGone(err)
		case e.IsDir() && checkKey(name) != nil:
			return fs.SkipDir
		case e.IsDir():
			folders = append(folders, name)
			return nil
		}
		return unlessGone(d.forget(name, e, before))
	})
	if err != nil {
		return diskError(err, "removing empty folders")
	}
	for _, name := range slices.Backward(folders) { // those within others first
		d.root.Remove(name) //nolint:errcheck // it isn't empty
	}
	return nil
}

// forget removes a remembered hash whose blob is gone.
func (d *Dir) forget(name string, e fs.DirEntry, before time.Time) error {
	base, ok := strings.CutSuffix(strings.TrimPrefix(path.Base(name), "."), ".sha256")
	key := path.Join(path.Dir(name), base)
	if !ok || name != sumName(key) {
		return nil
	}
	st, err := e.Info()
	if err != nil || !st.ModTime().Before(before) {
		return err
	}
	if _, err := d.root.Lstat(key); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return d.root.Remove(name)
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
