package format

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// DirOptions are the choices of CreateDir.
type DirOptions struct {
	// Overwrite replaces a folder that Retable wrote and nobody added to.
	Overwrite bool
	// Inputs are files and folders that are being read: an output that would
	// replace one, or a folder that one lies in, is refused with ErrInput.
	Inputs []string
	// NoSync leaves it to the system when bytes reach the disk. A power cut
	// may then leave a folder with empty files.
	NoSync bool
	// OpenFiles limits the files open at once; 0 means 64.
	OpenFiles int

	fs filesystem // tests make it fail
}

// OutDir is a folder that appears complete or not at all. It is written
// under a hidden name beside its final one. Abort or Commit ends it.
type OutDir struct {
	final string
	opts  DirOptions
	fs    filesystem
	owner *owner
	pool  *pool

	mu    sync.Mutex
	names taken
	files []File
	open  int
	err   error // the first failure of a file, which forbids Commit
	ended bool
}

var _ Dir = (*OutDir)(nil)

// CreateDir starts the folder final. Its parent must exist. A final that
// exists must be an empty folder, or with Overwrite one that holds nothing
// but what Retable wrote; otherwise ErrOccupied or ErrForeign. What crashed
// runs left in the parent folder is swept first.
func CreateDir(final string, opts DirOptions) (*OutDir, error) {
	final, err := resolve(final)
	if err != nil {
		return nil, err
	}
	if opts.fs == nil {
		opts.fs = disk{}
	}
	Sweep(filepath.Dir(final))
	if err := mayReplaceDir(final, opts); err != nil {
		return nil, err
	}
	own, err := own(final)
	if err != nil {
		return nil, err
	}
	if err := opts.fs.Mkdir(own.temp()); err != nil {
		own.release()
		return nil, outputError("create", final, err)
	}
	return &OutDir{
		final: final, opts: opts, fs: opts.fs, owner: own, names: taken{},
		pool: newPool(opts.fs, opts.OpenFiles, opts.NoSync),
	}, nil
}

// resolve makes the path absolute and follows a link at its end, so that the
// renames happen where the folder really lies.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", outputError("create", path, err)
	}
	if abs == filepath.Dir(abs) {
		return "", &OutputError{Op: "create", Path: path, Err: ErrOccupied, Cure: "choose a folder below it"}
	}
	if target, err := filepath.EvalSymlinks(abs); err == nil {
		return target, nil
	}
	return abs, nil
}

// Path is where the folder appears.
func (d *OutDir) Path() string { return d.final }

// Create starts a file.
func (d *OutDir) Create(name string) (io.WriteCloser, error) {
	if err := d.begin(name); err != nil {
		return nil, err
	}
	f, err := d.pool.create(filepath.Join(d.owner.temp(), name), func(n int64, sum string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.files = append(d.files, File{Name: name, Bytes: n, SHA256: sum})
	})
	if err != nil {
		return nil, d.end(err)
	}
	return &dirFile{pooledFile: f, dir: d}, nil
}

// begin takes the name of one more file.
func (d *OutDir) begin(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return fmt.Errorf("%w: %s", ErrClosed, d.final)
	}
	if err := d.names.take(name); err != nil {
		return err
	}
	d.open++
	return nil
}

// end counts a file as finished and remembers its failure.
func (d *OutDir) end(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open--
	if d.err == nil {
		d.err = err
	}
	return err
}

// dirFile tells its folder how it ended.
type dirFile struct {
	*pooledFile
	dir  *OutDir
	once sync.Once
}

func (f *dirFile) Close() error {
	err := f.pooledFile.Close()
	f.once.Do(func() { _ = f.dir.end(err) })
	return err
}

// Scratch returns a folder inside the hidden one.
func (d *OutDir) Scratch() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return "", fmt.Errorf("%w: %s", ErrClosed, d.final)
	}
	path := filepath.Join(d.owner.temp(), scratchName)
	if err := d.fs.Mkdir(path); err != nil && !os.IsExist(err) {
		return "", outputError("create", path, err)
	}
	return path, nil
}

// scratchName can't be a file of the data set: it begins with a dot.
const scratchName = ".scratch"

// Adopt moves a file from the scratch folder into the data set.
func (d *OutDir) Adopt(name, path string) error {
	if err := d.begin(name); err != nil {
		return err
	}
	f, err := hashFile(d.fs, name, path, d.opts.NoSync)
	if err != nil {
		return d.end(err)
	}
	if err := d.fs.Rename(path, filepath.Join(d.owner.temp(), name)); err != nil {
		return d.end(outputError("rename", path, err))
	}
	d.mu.Lock()
	d.files = append(d.files, f)
	d.mu.Unlock()
	return d.end(nil)
}

// Files lists the finished files by name.
func (d *OutDir) Files() []File {
	d.mu.Lock()
	defer d.mu.Unlock()
	return sortedFiles(d.files)
}

func sortedFiles(files []File) []File {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files
}

// Commit renames the folder into place. It fails when a file is still open
// or failed; then, as after any failure, the caller aborts.
func (d *OutDir) Commit() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.ended:
		return fmt.Errorf("%w: %s", ErrClosed, d.final)
	case d.err != nil:
		return d.err
	case d.open > 0:
		return fmt.Errorf("commit %s: %d of its files are still open", d.final, d.open)
	}
	temp := d.owner.temp()
	if err := d.fs.RemoveAll(filepath.Join(temp, scratchName)); err != nil {
		return outputError("remove", temp, err)
	}
	if err := d.sync(temp); err != nil {
		return err
	}
	// Asked again: the folder may have come or changed meanwhile.
	if err := mayReplaceDir(d.final, d.opts); err != nil {
		return err
	}
	if err := d.swap(temp); err != nil {
		return err
	}
	d.ended = true
	d.owner.release()
	return d.sync(filepath.Dir(d.final))
}

// swap puts temp in the place of final; on failure the old folder is back.
func (d *OutDir) swap(temp string) error {
	old := d.owner.old()
	err := d.fs.Rename(d.final, old)
	if err != nil && !os.IsNotExist(err) {
		return outputError("replace", d.final, err)
	}
	replaced := err == nil
	if err := d.fs.Rename(temp, d.final); err != nil {
		if replaced {
			if back := d.fs.Rename(old, d.final); back != nil {
				d.owner.abandon() // the next sweep puts it back
				return outputError("replace", d.final, fmt.Errorf("%w (the old folder is now %s)", err, old))
			}
		}
		return outputError("rename", d.final, err)
	}
	if replaced {
		// The new folder stands; what is left of the old one hides nothing.
		_ = d.fs.RemoveAll(old)
	}
	return nil
}

func (d *OutDir) sync(path string) error {
	if d.opts.NoSync {
		return nil
	}
	return outputError("sync", path, d.fs.SyncDir(path))
}

// Abort removes the hidden folder. Open files must not be written after it.
func (d *OutDir) Abort() {
	d.mu.Lock()
	ended := d.ended
	d.ended = true
	d.mu.Unlock()
	if ended {
		return
	}
	d.pool.closeAll() // not under d.mu: a file that closes now waits for it
	d.owner.release()
}
