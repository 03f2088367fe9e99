package format

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
)

// hashFile reads a finished file for its size and hash, and syncs it.
func hashFile(fs filesystem, name, path string, noSync bool) (File, error) {
	f, err := fs.OpenFile(path, os.O_RDWR)
	if err != nil {
		return File{}, outputError("read", path, err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, onlyReader{f}, make([]byte, bufferSize))
	if err != nil {
		return File{}, outputError("read", path, err)
	}
	if !noSync {
		if err := f.Sync(); err != nil {
			return File{}, outputError("sync", path, err)
		}
	}
	return File{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// onlyReader hides WriteTo, so that CopyBuffer uses its buffer.
type onlyReader struct{ io.Reader }
