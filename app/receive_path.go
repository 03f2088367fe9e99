package app

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"retable/internal/retable"
)

// PathRequest brings a bundle that lies on this machine: a file, or a folder
// with all that is in it.
type PathRequest struct {
	Path    string         `json:"path" minLength:"1"`
	Convert *bool          `json:"convert,omitempty"` // absent: true
	Options ConvertOptions `json:"options,omitempty"`
}

// ReceivePath takes in what lies at a path, for the person at this machine
// alone. A folder becomes a ZIP on the way: files in the order of their names,
// stored, without times, so that the same folder gives the same bytes again.
func (s *Service) ReceivePath(ctx context.Context, req PathRequest) (*Received, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	if !p.Local {
		return nil, &retable.Error{Code: retable.Forbidden, Detail: "Paths of this machine are only for the person at it; send the bundle instead."}
	}
	f, err := os.Open(req.Path)
	if err != nil {
		return nil, unreadable(req.Path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(req.Path, err)
	}
	take := ReceiveRequest{Name: filepath.Base(req.Path), Bytes: info.Size(), Body: f, Convert: req.Convert == nil || *req.Convert, Options: req.Options}
	switch {
	case info.IsDir():
		return s.receiveFolder(ctx, req.Path, take)
	case !info.Mode().IsRegular():
		return nil, retable.Errorf(retable.Unsupported, "%s is neither a file nor a folder.", req.Path)
	}
	return s.ReceiveBundle(ctx, take)
}

func unreadable(name string, err error) error {
	var at *fs.PathError
	why := err
	if errors.As(err, &at) {
		why = at.Err
	}
	code := retable.Unprocessable
	if errors.Is(err, fs.ErrNotExist) {
		code = retable.NotFound
	}
	return &retable.Error{Code: code, Detail: fmt.Sprintf("%s can't be read: %v.", name, why), Err: err}
}

func (s *Service) receiveFolder(ctx context.Context, dir string, take ReceiveRequest) (*Received, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, retable.Fault(err, "reading a folder's name")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := s.packFolder(ctx, w, abs)
		packed <- err
		_ = w.CloseWithError(err) // a pipe's writer always closes
	}()
	take.Name, take.Bytes, take.Body = filepath.Base(abs)+".zip", -1, r
	got, err := s.ReceiveBundle(ctx, take)
	cancel()
	_ = r.Close() // ends the writer if the reader gave up
	if perr := <-packed; err != nil && perr != nil && !errors.Is(perr, io.ErrClosedPipe) && !errors.Is(perr, context.Canceled) {
		return nil, perr
	}
	return got, err
}

// maxFolders bounds folders within folders.
const maxFolders = 100

// packFolder writes all files below dir as a ZIP. Links aren't followed:
// os.Root keeps every opening inside, and what is no file is left out.
func (s *Service) packFolder(ctx context.Context, w io.Writer, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return unreadable(dir, err)
	}
	defer root.Close()
	p := &folderPacker{ctx: ctx, dir: dir, root: root, zip: zip.NewWriter(w), limits: s.cfg.Limits}
	if err := p.folder(".", 0); err != nil {
		return err
	}
	if p.files == 0 {
		return retable.Errorf(retable.Unprocessable, "The folder %s has no files in it.", dir)
	}
	return p.zip.Close()
}

type folderPacker struct {
	ctx    context.Context
	dir    string
	root   *os.Root
	zip    *zip.Writer
	limits Limits
	files  int
	bytes  int64
}

func (p *folderPacker) folder(name string, depth int) error {
	if depth > maxFolders {
		return retable.Errorf(retable.Unprocessable, "The folder %s has more than %d folders within folders.", p.dir, maxFolders)
	}
	f, err := p.root.Open(name)
	if err != nil {
		return unreadable(filepath.Join(p.dir, name), err)
	}
	children, err := f.ReadDir(-1)
	_ = f.Close() // read only: nothing can be lost
	if err != nil {
		return unreadable(filepath.Join(p.dir, name), err)
	}
	slices.SortFunc(children, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, c := range children {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		child := path.Join(name, c.Name())
		switch {
		case c.IsDir():
			err = p.folder(child, depth+1)
		case c.Type().IsRegular():
			err = p.file(child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *folderPacker) file(name string) (err error) {
	if p.files++; p.limits.Entries > 0 && p.files > p.limits.Entries {
		return retable.Errorf(retable.TooLarge, "The folder %s has more than %d files (RET_MAX_ENTRIES).", p.dir, p.limits.Entries)
	}
	f, err := p.root.Open(name)
	if err != nil {
		return unreadable(filepath.Join(p.dir, name), err)
	}
	defer f.Close()
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	var body io.Reader = &contextReader{p.ctx, f}
	if p.limits.TotalBytes > 0 {
		body = io.LimitReader(body, p.limits.TotalBytes-p.bytes+1)
	}
	n, err := io.Copy(w, body)
	if p.bytes += n; p.limits.TotalBytes > 0 && p.bytes > p.limits.TotalBytes {
		return retable.Errorf(retable.TooLarge, "The files of %s have more than %d bytes (RET_MAX_TOTAL_BYTES).", p.dir, p.limits.TotalBytes)
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		return unreadable(filepath.Join(p.dir, name), err)
	}
	return err
}
