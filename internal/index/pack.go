package index

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxManifest is how long a manifest may be.
const maxManifest = 1 << 20

// Pack writes the set in dir as one stream: a tar of the manifest, first, and
// the files that it names.
func Pack(ctx context.Context, dir string, w io.Writer) error {
	m, err := ReadManifest(dir)
	if err != nil {
		return err
	}
	if err := m.check(dir); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	t := tar.NewWriter(w)
	if err := t.WriteHeader(&tar.Header{Name: manifestFile, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return fmt.Errorf("pack index: %w", err)
	}
	if _, err := t.Write(text); err != nil {
		return fmt.Errorf("pack index: %w", err)
	}
	for _, f := range m.files() {
		if err := packFile(ctx, t, dir, f); err != nil {
			return fmt.Errorf("pack index: %s: %w", f.File, err)
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("pack index: %w", err)
	}
	return nil
}

func packFile(ctx context.Context, t *tar.Writer, dir string, f FileInfo) error {
	in, err := os.Open(filepath.Join(dir, f.File))
	if err != nil {
		return err
	}
	defer in.Close()
	if err := t.WriteHeader(&tar.Header{Name: f.File, Mode: 0o644, Size: f.Bytes}); err != nil {
		return err
	}
	_, err = io.Copy(t, &contextReader{ctx, in})
	return err
}

// Unpack makes a set in dir, which must not exist, of a stream that Pack
// wrote. Every file is checked against the manifest's hashes; with anything
// wrong nothing is left.
func Unpack(ctx context.Context, r io.Reader, dir string) (m *Manifest, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("unpack index: %w", err)
		}
	}()
	work, err := os.MkdirTemp(filepath.Dir(dir), ".unpack-*.tmp")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	t := tar.NewReader(&contextReader{ctx, r})
	if m, err = unpackManifest(t); err != nil {
		return nil, err
	}
	for _, f := range m.files() {
		if err := unpackFile(t, work, f); err != nil {
			return nil, err
		}
	}
	if _, err := t.Next(); err != io.EOF {
		return nil, errors.Join(fmt.Errorf("%w: there is more than the manifest names", ErrDamaged), err)
	}
	if err := m.write(work); err != nil {
		return nil, err
	}
	return m, os.Rename(work, dir)
}

func unpackManifest(t *tar.Reader) (*Manifest, error) {
	h, err := t.Next()
	if err != nil || h.Name != manifestFile || h.Size > maxManifest {
		return nil, errors.Join(fmt.Errorf("%w: it doesn't begin with its manifest", ErrDamaged), err)
	}
	text, err := io.ReadAll(t)
	if err != nil {
		return nil, err
	}
	return parseManifest(text)
}

func unpackFile(t *tar.Reader, dir string, f FileInfo) error {
	h, err := t.Next()
	if err != nil || h.Name != f.File || h.Size != f.Bytes || h.Typeflag != tar.TypeReg {
		return errors.Join(fmt.Errorf("%w: %s isn't where it should be, or has another size", ErrDamaged, f.File), err)
	}
	out, err := os.OpenFile(filepath.Join(dir, f.File), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, hash), t)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%w: %s has another content than the manifest says", ErrDamaged, f.File)
	}
	return nil
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(b []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(b)
}
