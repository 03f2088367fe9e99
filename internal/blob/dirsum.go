package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// The hash of the blob a/b is kept in a/.b.sha256 with the identity, size and
// time of the file it was taken of: "HASH IDENTITY BYTES NANOSECONDS". What
// doesn't match is not believed but computed again.

func sumName(key string) string { return path.Join(path.Dir(key), "."+path.Base(key)+".sha256") }

// stamp identifies the state of a file.
func stamp(st fs.FileInfo) string {
	return fmt.Sprintf("%s %d %d", fileIdentity(st), st.Size(), st.ModTime().UnixNano())
}

// sum returns the hash of an open blob: the remembered one, or a fresh one.
func (d *Dir) sum(ctx context.Context, key string, f *os.File, st fs.FileInfo) (string, error) {
	if kept, err := d.root.ReadFile(sumName(key)); err == nil {
		if sum, of, ok := strings.Cut(strings.TrimSpace(string(kept)), " "); ok && of == stamp(st) && isSHA256(sum) {
			return sum, nil
		}
	}
	h := sha256.New()
	if _, err := io.Copy(h, contextReader{ctx, io.NewSectionReader(f, 0, st.Size())}); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	d.remember(key, sum, st)
	return sum, nil
}

// remember keeps a hash. It isn't synced and may fail: it can be had again.
func (d *Dir) remember(key, sum string, st fs.FileInfo) {
	f, name, err := d.temp()
	if err != nil {
		return
	}
	_, err = fmt.Fprintf(f, "%s %s\n", sum, stamp(st))
	if f.Close() != nil || err != nil || d.root.Rename(name, sumName(key)) != nil {
		d.root.Remove(name) //nolint:errcheck // Sweep comes
	}
}

func isSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && strings.ToLower(s) == s
}
