package index

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// BuildOptions are the choices of Build.
type BuildOptions struct {
	// Base is a set of an earlier revision of the session, "" for none: what is
	// the same in it is taken over. It isn't changed.
	Base     string
	Progress func(Progress) // called every few hundred rows; must be quick

	batch int // chunks between two commits; tests have fewer
}

// Build makes the set of a source in dir, full text and cards, and returns
// its manifest. If dir holds the set of that revision already, nothing is done.
//
// The work stands in dir.part until it is complete, and a Build that was
// ended or killed goes on from there. Two at the same time for one dir are
// refused with ErrBuilding.
func Build(ctx context.Context, dir string, src Source, opts BuildOptions) (*Manifest, error) {
	changes, err := json.Marshal(src.Changes)
	if err != nil {
		return nil, fmt.Errorf("index session %s: %w", src.Session, err)
	}
	sum := sha256.Sum256(changes)
	want := Manifest{
		Format: FormatVersion, Chunker: chunkerVersion, Session: src.Session, Revision: src.Revision,
		Changes: hex.EncodeToString(sum[:]), Tables: int64(len(src.Tables.Tables())),
	}
	if err := vacant(dir); err != nil {
		return nil, fmt.Errorf("index session %s: %w", src.Session, err)
	}
	if have, err := ReadManifest(dir); err == nil && have.of(&want) && have.check(dir) == nil {
		return have, nil
	} else if err == nil || errors.Is(err, ErrFormat) || errors.Is(err, ErrDamaged) {
		// Another revision belongs elsewhere; what can't be read is made again.
		if err == nil && !have.of(&want) {
			return nil, fmt.Errorf("index session %s: %s holds the index of revision %q of session %s, not of %q", src.Session, dir, have.Revision, have.Session, src.Revision)
		}
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("index session %s: %w", src.Session, err)
		}
	}
	if err := build(ctx, dir, &src, &want, &opts); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("index session %s: %w", src.Session, err)
	}
	return &want, nil
}

// vacant refuses a folder that holds something else than a set.
func vacant(dir string) error {
	names, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(names) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, manifestFile)); err != nil {
		return fmt.Errorf("%s holds something else than an index; choose another folder", dir)
	}
	return nil
}

// of tells whether m is what want asks for.
func (m *Manifest) of(want *Manifest) bool {
	return m.Session == want.Session && m.Revision == want.Revision && m.Chunker == want.Chunker && m.Changes == want.Changes
}

// build does the work in dir.part and gives it its name.
func build(ctx context.Context, dir string, src *Source, m *Manifest, opts *BuildOptions) error {
	work := dir + ".part"
	if err := prepare(work, src.Session, opts.Base); err != nil {
		return err
	}
	w, err := openWords(ctx, work, cmp.Or(opts.batch, batch))
	if err != nil {
		return err
	}
	b := &builder{w: w, src: src, m: m, progress: opts.Progress, seen: map[int64]bool{}, hash: sha256.New()}
	if err := b.run(ctx); err != nil {
		return errors.Join(err, w.close())
	}
	if err := errors.Join(w.tx.Commit(), finishWork(ctx, w.db, filepath.Join(work, wordsFile))); err != nil {
		return err
	}
	if m.Words, err = describe(work, wordsFile); err != nil {
		return err
	}
	if err := m.write(work); err != nil {
		return err
	}
	if err := os.Rename(work, dir); err != nil {
		return err
	}
	_ = syncFile(filepath.Dir(dir)) // not every system can sync a folder
	return nil
}

// prepare makes the work folder. A new one begins with the base's full text.
func prepare(work, session, base string) error {
	if _, err := os.Stat(filepath.Join(work, wordsFile)); err == nil {
		return nil // goes on
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(work, 0o700); err != nil || base == "" {
		return err
	}
	m, err := ReadManifest(base)
	if err != nil || m.Session != session || m.Chunker != chunkerVersion || m.check(base) != nil {
		return nil //nolint:nilerr // a base that can't serve is no fault: everything is made anew
	}
	return copyFile(filepath.Join(base, m.Words.File), filepath.Join(work, wordsFile))
}

// copyFile copies a file under a hidden name first, so that half of one is
// never taken for work that was begun.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".copy-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
