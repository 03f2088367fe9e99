package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"retable/internal/retable"
)

// keyFile is the form of the file; of both lists the current key is first.
type keyFile struct {
	Format  int            `json:"format"`
	Signing []keyFileEntry `json:"signing"`
	Sealing []keyFileEntry `json:"sealing"`
}

type keyFileEntry struct {
	Algorithm string `json:"alg,omitempty"`
	Secret    string `json:"secret"` // base64
	CreatedAt string `json:"created_at"`
}

const keyFileFormat = 1

// stamp tells whether a file has changed.
type stamp struct {
	modified time.Time
	size     int64
}

// OpenRing reads the keys from a file that only its owner may read. If it
// isn't there it is made, with fresh keys: of two processes that start at once,
// both get the same. If the key that signs is of another algorithm ("" is
// HS256), a fresh one takes over.
//
// A rotation by another process is noticed within a second.
func OpenRing(path, algorithm string, clock retable.Clock) (*Ring, error) {
	if algorithm == "" {
		algorithm = HS256
	}
	r := &Ring{clock: clock, path: path}
	err := r.read()
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKeys(path, algorithm, clock.Now()); err == nil {
			err = r.read()
		}
	}
	if err == nil && r.signer().algorithm != algorithm {
		_, err = r.Rotate(Signing, algorithm)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// makeKeys writes a file of fresh keys, unless somebody was quicker.
func makeKeys(path, algorithm string, at retable.Millis) error {
	signing, err := generate(algorithm, at)
	if err != nil {
		return err
	}
	sealing, err := newSealing(randomBytes(minSecret), at)
	if err != nil {
		return err
	}
	err = writeKeys(path, keySet{[]*signingKey{signing}, []*sealingKey{sealing}}, os.Link)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keep the keys: %w", err)
	}
	return nil
}

// read takes the keys from the file.
func (r *Ring) read() error {
	f, err := os.Open(r.path)
	if err != nil {
		return fmt.Errorf("read the keys: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the keys: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others can read the keys in %s (%s); chmod 600 it, and rotate them if others may have", r.path, info.Mode().Perm())
	}
	var file keyFile
	if err := json.NewDecoder(f).Decode(&file); err != nil {
		return fmt.Errorf("the keys in %s can't be read: %w", r.path, err)
	}
	if file.Format != keyFileFormat {
		return fmt.Errorf("the keys in %s have the format %d; this version reads %d", r.path, file.Format, keyFileFormat)
	}
	set, err := file.keys()
	if err != nil {
		return fmt.Errorf("the keys in %s: %w", r.path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.stamp, r.checked = set, stamp{info.ModTime(), info.Size()}, r.clock()
	return nil
}

func (f keyFile) keys() (set keySet, err error) {
	for _, e := range f.Signing {
		secret, at, err := e.read()
		if err != nil {
			return set, err
		}
		k, err := newSigning("", e.Algorithm, secret, at)
		if err != nil {
			return set, err
		}
		set.signing = append(set.signing, k)
	}
	for _, e := range f.Sealing {
		secret, at, err := e.read()
		if err != nil {
			return set, err
		}
		k, err := newSealing(secret, at)
		if err != nil {
			return set, err
		}
		set.sealing = append(set.sealing, k)
	}
	return set, set.check()
}

func (e keyFileEntry) read() ([]byte, retable.Millis, error) {
	secret, err := base64.StdEncoding.DecodeString(e.Secret)
	if err != nil {
		return nil, 0, errors.New("a secret is not base64")
	}
	at, err := time.Parse(time.RFC3339, e.CreatedAt)
	if err != nil {
		return nil, 0, errors.New("a time is not RFC 3339")
	}
	return secret, retable.MillisOf(at), nil
}

// refresh reads the file again if it has changed; it looks at most once a
// second. A file that can't be read leaves the keys as they are: what it
// says next is taken then.
func (r *Ring) refresh() {
	if r.path == "" {
		return
	}
	now := r.clock()
	r.mu.RLock()
	due := now.Sub(r.checked).Abs() >= time.Second
	r.mu.RUnlock()
	if !due {
		return
	}
	r.mu.Lock()
	due = now.Sub(r.checked).Abs() >= time.Second
	r.checked = now
	old := r.stamp
	r.mu.Unlock()
	if !due {
		return
	}
	if info, err := os.Stat(r.path); err == nil && (stamp{info.ModTime(), info.Size()}) != old {
		_ = r.read() // see above
	}
}

// Own tells whether the ring makes its keys itself, in a file; else they come
// from settings, and whoever sets them rotates them.
func (r *Ring) Own() bool { return r.path != "" }

// Rotate makes a fresh key that is the current one of its use from now on; the
// others keep verifying and opening. The algorithm is for signing: "" is HS256.
// Keys from settings are rotated there.
func (r *Ring) Rotate(use KeyUse, algorithm string) (KeyInfo, error) {
	var info KeyInfo
	err := r.change(func(set keySet) (keySet, error) {
		if use == Sealing {
			k, err := newSealing(randomBytes(minSecret), r.clock.Now())
			if err != nil {
				return set, err
			}
			info, set.sealing = k.info(true), append([]*sealingKey{k}, set.sealing...)
			return set, nil
		}
		k, err := generate(algorithm, r.clock.Now())
		if err != nil {
			return set, &retable.Error{Code: retable.Unprocessable, Detail: "The key can't be made: " + err.Error() + "."}
		}
		info, set.signing = k.info(true), append([]*signingKey{k}, set.signing...)
		return set, nil
	})
	return info, err
}

// Retire removes a key that isn't the current one. Access tokens that it signed
// end at once; tokens and secrets that it hashed or sealed are worth nothing
// from now on.
func (r *Ring) Retire(id string) error {
	return r.change(func(set keySet) (keySet, error) {
		for _, k := range set.infos() {
			switch {
			case k.ID != id:
			case k.Current:
				return set, retable.Errorf(retable.Conflict, "The key %s is in use; rotate first, then retire it.", id)
			default:
				return keySet{
					slices.DeleteFunc(slices.Clone(set.signing), func(k *signingKey) bool { return k.id == id }),
					slices.DeleteFunc(slices.Clone(set.sealing), func(k *sealingKey) bool { return k.id == id }),
				}, nil
			}
		}
		return set, retable.Missing("key", id)
	})
}

func (r *Ring) change(fn func(keySet) (keySet, error)) error {
	if r.path == "" {
		return retable.Errorf(retable.Conflict, "The keys come from settings; change them there: the first of a list is the current one.")
	}
	if err := r.read(); err != nil { // what others did in the meantime
		return err
	}
	set, err := fn(r.set())
	if err != nil {
		return err
	}
	if err := writeKeys(r.path, set, os.Rename); err != nil {
		return fmt.Errorf("keep the keys: %w", err)
	}
	return r.read()
}

// writeKeys writes a file beside the path, flushes it and puts it in its place
// by place: os.Rename replaces, os.Link refuses to.
func writeKeys(path string, set keySet, place func(from, to string) error) error {
	file := keyFile{Format: keyFileFormat}
	b64 := base64.StdEncoding.EncodeToString
	for _, k := range set.signing {
		file.Signing = append(file.Signing, keyFileEntry{Algorithm: k.algorithm, Secret: b64(k.secret), CreatedAt: k.createdAt.String()})
	}
	for _, k := range set.sealing {
		file.Sealing = append(file.Sealing, keyFileEntry{Secret: b64(k.secret), CreatedAt: k.createdAt.String()})
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append(data, '\n'))
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return place(temp.Name(), path)
}
