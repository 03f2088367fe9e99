package index

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"retable/internal/retable"
)

// FormatVersion is the version of a set's files that this package writes and
// reads.
const FormatVersion = 1

const manifestFile = "manifest.json"

// Manifest says what a set holds. A folder without one is no set.
type Manifest struct {
	Format   int    `json:"format"`
	Chunker  string `json:"chunker"`
	Session  string `json:"session"`
	Revision string `json:"revision"`
	Changes  string `json:"changes"` // hash of the comparisons' cards

	Tables int64 `json:"tables"`
	Rows   int64 `json:"rows"`
	Chunks int64 `json:"chunks"` // of rows
	Cards  int64 `json:"cards"`

	Words   FileInfo    `json:"words"`
	Vectors *VectorInfo `json:"vectors,omitempty"`
}

// FileInfo says what a file of the set must be.
type FileInfo struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// VectorInfo says which model made the vectors.
type VectorInfo struct {
	FileInfo
	Fingerprint string             `json:"fingerprint"`
	Model       retable.EmbedModel `json:"model"`
	Vectors     int64              `json:"vectors"`  // distinct texts
	Passages    int64              `json:"passages"` // places where they stand
	LeftOut     int64              `json:"left_out"` // chunks that the limit left without some of their vectors
}

// The refusals of a set.
var (
	ErrNoIndex  = errors.New("there is no index")
	ErrFormat   = errors.New("index of another version of Retable")
	ErrDamaged  = errors.New("the index is damaged")
	ErrRevision = errors.New("the index was made of other content")
)

// ReadManifest reads the manifest of the set in dir: ErrNoIndex if there is
// none, ErrFormat if it is of another version.
func ReadManifest(dir string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNoIndex, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read index: %w", err)
	}
	return parseManifest(text)
}

func parseManifest(text []byte) (*Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, manifestFile, err)
	}
	if m.Format != FormatVersion {
		return nil, fmt.Errorf("%w: its format is %d, this version reads %d: make the index again", ErrFormat, m.Format, FormatVersion)
	}
	for _, f := range m.files() {
		if !fileName.MatchString(f.File) {
			return nil, fmt.Errorf("%w: %s names a file %q", ErrDamaged, manifestFile, f.File)
		}
	}
	return &m, nil
}

var fileName = regexp.MustCompile(`^(words|vectors-[0-9a-f]{16})\.sqlite$`)

// files lists the files that the manifest names.
func (m *Manifest) files() []FileInfo {
	all := []FileInfo{m.Words}
	if m.Vectors != nil {
		all = append(all, m.Vectors.FileInfo)
	}
	return all
}

// check compares the sizes of the files with the manifest's; their content
// was checked when they came here.
func (m *Manifest) check(dir string) error {
	for _, f := range m.files() {
		info, err := os.Stat(filepath.Join(dir, f.File))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: %s is missing", ErrDamaged, f.File)
		case err != nil:
			return err
		case info.Size() != f.Bytes:
			return fmt.Errorf("%w: %s has %d bytes, expected %d", ErrDamaged, f.File, info.Size(), f.Bytes)
		}
	}
	return nil
}

// write puts the manifest into dir, whole or not at all.
func (m *Manifest) write(dir string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".manifest-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, manifestFile)); err != nil {
		return err
	}
	_ = syncFile(dir) // not every system can sync a folder
	return nil
}

// describe measures and hashes a file.
func describe(dir, name string) (FileInfo, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return FileInfo{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return FileInfo{File: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}
