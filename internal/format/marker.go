package format

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// PackageName is the file that marks a folder as written by Retable.
const PackageName = "datapackage.json"

// mayReplaceDir refuses to put a folder at final where something is that
// Retable did not write. A folder counts as Retable's when its
// datapackage.json has a member "retable" that lists every file in it, so a
// file that somebody added is never deleted.
func mayReplaceDir(final string, opts DirOptions) error {
	info, err := os.Lstat(final)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return outputError("create", final, err)
	}
	if !info.IsDir() {
		return &OutputError{Op: "create", Path: final, Err: ErrOccupied, Cure: "it is a file: choose a folder that doesn't exist yet"}
	}
	entries, err := os.ReadDir(final)
	if err != nil {
		return outputError("read", final, err)
	}
	if len(entries) == 0 {
		return nil
	}
	written, err := writtenFiles(filepath.Join(final, PackageName))
	if err != nil {
		return &OutputError{
			Op: "create", Path: final, Err: fmt.Errorf("%w: %w", ErrForeign, err),
			Cure: "choose another folder, or empty this one yourself",
		}
	}
	for _, e := range entries {
		if e.IsDir() || !slices.Contains(written, e.Name()) {
			return &OutputError{
				Op: "create", Path: final, Err: fmt.Errorf("%w: it holds %s", ErrForeign, e.Name()),
				Cure: "move that elsewhere or choose another folder",
			}
		}
	}
	if !opts.Overwrite {
		return &OutputError{Op: "create", Path: final, Err: ErrOccupied, Cure: "choose another folder, or overwrite it (--overwrite)"}
	}
	return notRead(final, info, opts.Inputs)
}

// notRead refuses to replace what is being read.
func notRead(final string, info os.FileInfo, inputs []string) error {
	for _, in := range inputs {
		at, err := filepath.Abs(in)
		if err != nil {
			return outputError("create", final, err)
		}
		for up := ""; at != up; at, up = filepath.Dir(at), at {
			if st, err := os.Stat(at); err == nil && os.SameFile(st, info) {
				return &OutputError{Op: "create", Path: final, Err: fmt.Errorf("%w: %s", ErrInput, in), Cure: "choose another output"}
			}
		}
	}
	return nil
}

// writtenFiles reads which files Retable wrote from the package file.
func writtenFiles(path string) ([]string, error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("no %s in it", PackageName)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var pkg struct {
		Retable *struct {
			Files []File `json:"files"`
		} `json:"retable"`
	}
	if err := json.NewDecoder(io.LimitReader(f, 1<<30)).Decode(&pkg); err != nil {
		return nil, fmt.Errorf("its %s can't be read: %w", PackageName, err)
	}
	if pkg.Retable == nil {
		return nil, fmt.Errorf("its %s is not Retable's", PackageName)
	}
	names := []string{PackageName}
	for _, file := range pkg.Retable.Files {
		if !strings.ContainsAny(file.Name, `/\`) {
			names = append(names, file.Name)
		}
	}
	return names, nil
}
