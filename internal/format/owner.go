package format

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A writer of outputs works in hidden siblings of what it will create:
//
//	.retable-NAME-RANDOM.lock   held (flock) while the writer lives; holds the final name
//	.retable-NAME-RANDOM.tmp    what is being written
//	.retable-NAME-RANDOM.wait   entries that wait to enter a zip
//	.retable-NAME-RANDOM.old    what it replaces, between the two renames
//
// A crash leaves them behind, and the next writer in the same folder finds
// their lock free and sweeps them. It also puts back an .old whose place is
// empty, so that a crash between the two renames loses nothing.
const hiddenPrefix = ".retable-"

type owner struct {
	stem string // path of the hidden siblings without ending
	lock *os.File
}

// own takes a fresh set of hidden names beside final.
func own(final string) (*owner, error) {
	for {
		o, err := ownOnce(final)
		if err == nil || !os.IsNotExist(err) {
			return o, err
		}
		// A sweep took the file for one that a crash had left before it was locked.
		if _, err := os.Stat(filepath.Dir(final)); err != nil {
			return nil, outputError("create", final, err)
		}
	}
}

func ownOnce(final string) (*owner, error) {
	folder, base := filepath.Split(final)
	short := strings.ToValidUTF8(base[:min(len(base), 80)], "")
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	o := &owner{stem: filepath.Join(folder, hiddenPrefix+short+"-"+hex.EncodeToString(random[:]))}
	// The lock is taken before the file has the name that a sweep looks for.
	unseen := o.stem + ".new"
	f, err := os.OpenFile(unseen, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, outputError("create", final, err)
	}
	if _, err = tryLock(f); err == nil {
		_, err = f.WriteString(base)
	}
	if err == nil {
		err = os.Rename(unseen, o.stem+".lock")
	}
	if os.IsNotExist(err) {
		_ = f.Close()
		return nil, err
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(unseen)
		return nil, outputError("create", final, err)
	}
	o.lock = f
	return o, nil
}

func (o *owner) temp() string    { return o.stem + ".tmp" }
func (o *owner) old() string     { return o.stem + ".old" }
func (o *owner) scratch() string { return o.stem + ".wait" }

// release ends the ownership; nothing hidden is left.
func (o *owner) release() {
	if o.lock == nil {
		return
	}
	os.RemoveAll(o.temp())
	os.RemoveAll(o.scratch())
	_ = o.lock.Close()
	os.Remove(o.stem + ".lock")
	o.lock = nil
}

// abandon ends the ownership as a crash would, for a sweep to repair.
func (o *owner) abandon() {
	_ = o.lock.Close()
	o.lock = nil
}

// Sweep removes what crashed writers left in folder and puts back what they
// had moved aside. Living writers are left alone. It reports what it swept.
func Sweep(folder string) (swept []string) {
	if !canLock {
		return nil
	}
	// What a writer left that was killed before it had its lock holds nothing.
	unseen, _ := filepath.Glob(filepath.Join(escapeGlob(folder), hiddenPrefix+"*.new"))
	for _, path := range unseen {
		if removeFree(path) {
			swept = append(swept, filepath.Base(path))
		}
	}
	locks, _ := filepath.Glob(filepath.Join(escapeGlob(folder), hiddenPrefix+"*.lock"))
	for _, path := range locks {
		if sweepOne(folder, path) {
			swept = append(swept, filepath.Base(path))
		}
	}
	return swept
}

// removeFree removes a file that nobody has locked.
func removeFree(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	free, err := tryLock(f)
	return free && err == nil && os.Remove(path) == nil
}

func sweepOne(folder, path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	if free, err := tryLock(f); !free || err != nil {
		return false
	}
	base, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return false
	}
	stem := strings.TrimSuffix(path, ".lock")
	if _, err := os.Lstat(stem + ".old"); err == nil {
		final := filepath.Join(folder, filepath.Base(string(base)))
		if _, err := os.Lstat(final); os.IsNotExist(err) {
			if os.Rename(stem+".old", final) != nil {
				return false
			}
		}
		os.RemoveAll(stem + ".old")
	}
	os.RemoveAll(stem + ".tmp")
	os.RemoveAll(stem + ".wait")
	return os.Remove(path) == nil
}

// escapeGlob keeps a folder's own brackets from being read as a pattern.
func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path // the backslash escapes nothing on Windows
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
