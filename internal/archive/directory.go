package archive

import (
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// openDirectory lists a directory's files. os.Root keeps every later opening
// inside of it, also when somebody swaps a folder for a link meanwhile.
func (l *lister) openDirectory(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	l.bundle.closers = append(l.bundle.closers, root)
	return l.directory(root, ".")
}

// directory lists the folder dir of root and those in it.
func (l *lister) directory(root *os.Root, dir string) error {
	if l.ctx.Err() != nil {
		return l.ctx.Err()
	}
	f, err := root.Open(dir)
	if err != nil {
		if dir == "." {
			return err
		}
		return l.report(escapeName(dir), err)
	}
	children, err := f.ReadDir(-1)
	_ = f.Close() // read only: nothing can be lost
	if err != nil {
		if dir == "." {
			return err
		}
		if err := l.report(escapeName(dir), err); err != nil {
			return err
		}
	}
	slices.SortFunc(children, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, c := range children {
		name := path.Join(dir, c.Name())
		if c.IsDir() {
			if err := l.directory(root, name); err != nil {
				return err
			}
			continue
		}
		if err := l.directoryFile(root, name, c); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) directoryFile(root *os.Root, name string, c fs.DirEntry) error {
	if l.ctx.Err() != nil {
		return l.ctx.Err()
	}
	if l.left() == 0 {
		return l.tooMany()
	}
	l.seen++
	shown, bad := checkName(escapeName(name))
	if bad == nil {
		bad = special(shown, c.Type())
	}
	if bad != nil {
		l.refuse(bad)
		return nil
	}
	v, reason := judgeName(shown)
	if v == skipIt {
		l.skip(shown, reason)
		return nil
	}
	info, err := c.Info()
	if err != nil {
		return l.report(shown, err)
	}
	e := &Entry{Path: shown, Size: info.Size(), Packed: info.Size(), Modified: info.ModTime(), bundle: l.bundle}
	e.origin = &dirOrigin{root: root, name: name}
	return l.file(e, v, -1)
}

// dirOrigin reads a file of a directory.
type dirOrigin struct {
	root *os.Root
	name string // as the file system has it
}

func (o *dirOrigin) open() (packed, error) {
	f, err := o.root.Open(o.name)
	if err != nil {
		return packed{}, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &Refusal{Code: CodeSpecial, Detail: "is no longer a file: leave it out"}
	}
	if err != nil {
		_ = f.Close()
		return packed{}, err
	}
	return packed{r: f, closer: f, size: -1}, nil
}

// rangeOrigin reads a file that lies unpacked in another: in a tar, in a
// spool, or the whole of a file.
type rangeOrigin struct {
	at           io.ReaderAt
	offset, size int64
}

func (o *rangeOrigin) open() (packed, error) {
	return packed{r: io.NewSectionReader(o.at, o.offset, o.size), size: o.size}, nil
}
