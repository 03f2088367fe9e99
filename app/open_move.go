package app

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"retable/internal/auth"
	"retable/internal/blob"
	"retable/internal/config"
	"retable/internal/retable"
	"retable/internal/store"
)

// MoveRequest moves an installation: from a data root to PostgreSQL and S3, or
// back, or between two of a kind.
type MoveRequest struct {
	From, To *config.Config
	Progress func(text string) // may be nil
}

// MoveReport is what was moved and verified.
type MoveReport struct {
	Tables []MovedTable `json:"tables"`
	Rows   int64        `json:"rows"`
	Blobs  int64        `json:"blobs"`
	Bytes  int64        `json:"bytes"`
	Kept   int64        `json:"kept"` // blobs that an earlier attempt had brought already
	Keys   string       `json:"keys"` // carried: in keys.json of the target; fresh; settings: see docs/operations.md
}

// MovedTable is a table that is the same on both sides.
type MovedTable struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of all rows, in the order of their keys
}

// Move copies all blobs, then all rows in one transaction, and commits when
// both sides are the same: row by row, and hash by hash. The source stays as it
// is, but for jobs of workers that are gone, which are queued again. What broke
// off goes on with the same command: the target's database is empty until the
// end, and blobs that are there and right aren't sent again. Nobody may use
// either side meanwhile.
func Move(ctx context.Context, req MoveRequest) (_ *MoveReport, err error) {
	if req.Progress == nil {
		req.Progress = func(string) {}
	}
	from, err := openEnd(ctx, req.From)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	to, err := openEnd(ctx, req.To)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	if err := from.rest(ctx); err != nil {
		return nil, err
	}
	report := &MoveReport{}
	if err := to.mustBeEmpty(ctx); err != nil {
		return nil, err
	}
	known, err := from.hashes(ctx)
	if err != nil {
		return nil, err
	}
	if err := moveBlobs(ctx, from.blobs, to.blobs, known, report, req.Progress); err != nil {
		return nil, err
	}
	if report.Keys, err = moveKeys(req.From, req.To); err != nil {
		return nil, err
	}
	return report, moveRows(ctx, from, to, report, req.Progress)
}

// moveEnd is one side of a move, which nobody else works on.
type moveEnd struct {
	st    *store.Store
	blobs blob.Store
	lock  *store.RunnerLock
}

func openEnd(ctx context.Context, cfg *config.Config) (_ *moveEnd, err error) {
	e := &moveEnd{}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	sc := store.Config{URL: cfg.Place.Database, MaxConns: 4, Migrate: true}
	if !cfg.Place.Postgres() {
		if err := makeRoot(cfg.Place.RuntimeRoot); err != nil {
			return nil, err
		}
		if e.lock, err = store.LockRunner(cfg.Place.RuntimeRoot, "move"); err != nil {
			return nil, err
		}
		sc = store.Config{Path: databasePath(cfg), Migrate: true}
	}
	if e.st, err = store.Open(ctx, sc); err != nil {
		return nil, err
	}
	e.blobs, err = blob.Open(ctx, blobConfig(cfg))
	return e, err
}

func (e *moveEnd) close() error {
	var errs []error
	if e.blobs != nil {
		errs = append(errs, e.blobs.Close())
	}
	if e.st != nil {
		errs = append(errs, e.st.Close())
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}

// rest makes sure that nobody works on the source: jobs of workers that are
// gone are queued again, for a lease means nothing in another database.
func (e *moveEnd) rest(ctx context.Context) error {
	return e.st.Update(ctx, func(tx retable.Tx) error {
		now := retable.MillisOf(time.Now())
		l, err := tx.Jobs().List(ctx, retable.JobFilter{State: retable.JobRunning}, retable.Page{Limit: 100})
		if err != nil {
			return err
		}
		for _, j := range l.Items {
			if j.LeaseUntil > now {
				return retable.Errorf(retable.Conflict, "Job %d is being worked on: stop all replicas and try again.", j.ID)
			}
		}
		_, err = tx.Jobs().Requeue(ctx, now)
		return err
	})
}

// hashes are those that the database knows, by the keys of blobs.
func (e *moveEnd) hashes(ctx context.Context) (map[string]string, error) {
	known := map[string]string{}
	err := e.st.View(ctx, func(tx retable.Tx) error {
		arts, err := tx.Artifacts().Find(ctx, retable.ArtifactFilter{})
		for i := range arts {
			known[arts[i].Key] = arts[i].SHA256
		}
		return err
	})
	return known, err
}

// mustBeEmpty refuses a target that holds anything but the schema.
func (e *moveEnd) mustBeEmpty(ctx context.Context) error {
	return e.within(ctx, true, func(d *movedDB) error {
		tables, err := d.tables(ctx)
		if err != nil {
			return retable.Fault(err, "looking at the target")
		}
		for i := range tables {
			var n int64
			if err := d.tx.QueryRowContext(ctx, "SELECT count(*) FROM "+tables[i].name).Scan(&n); err != nil {
				return retable.Fault(err, "looking at the target")
			}
			if n > 0 && tables[i].name != "backfills" {
				return retable.Errorf(retable.Conflict, "The target is not empty: its table %s has %d rows. Name an empty database; nothing is overwritten.", tables[i].name, n)
			}
		}
		return nil
	})
}

// within runs fn in a transaction that is undone unless fn succeeds and it is
// no look.
func (e *moveEnd) within(ctx context.Context, look bool, fn func(*movedDB) error) error {
	var opts *sql.TxOptions
	if e.st.Engine() == store.Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead}
	}
	tx, err := e.st.SQL().BeginTx(ctx, opts)
	if err != nil {
		return retable.Fault(err, "beginning a transaction")
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	if e.st.Engine() == store.Postgres {
		// A big table takes longer to compare than an idle transaction may last.
		if _, err := tx.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
			return retable.Fault(err, "beginning a transaction")
		}
	}
	if err := fn(&movedDB{tx, e.st.Engine() == store.Postgres}); err != nil || look {
		return err
	}
	if err := tx.Commit(); err != nil {
		return retable.Fault(err, "committing the move")
	}
	return nil
}

func moveRows(ctx context.Context, from, to *moveEnd, report *MoveReport, progress func(string)) error {
	return from.within(ctx, true, func(a *movedDB) error {
		return to.within(ctx, false, func(b *movedDB) error {
			tables, err := a.tables(ctx)
			if err != nil {
				return retable.Fault(err, "reading the schema")
			}
			theirs, err := b.tables(ctx)
			if err != nil {
				return retable.Fault(err, "reading the schema")
			}
			if err := sameTables(tables, theirs); err != nil {
				return err
			}
			if _, err := b.tx.ExecContext(ctx, "DELETE FROM backfills"); err != nil {
				return retable.Fault(err, "copying the rows")
			}
			for i := range tables {
				if _, err := copyTable(ctx, a, b, &tables[i]); err != nil {
					return explained(ctx, err, "copying the table "+tables[i].name)
				}
			}
			if err := copyCounters(ctx, a, b); err != nil {
				return explained(ctx, err, "setting the counters")
			}
			for i := range tables {
				rows, sum, err := verifyTable(ctx, a, b, &tables[i])
				if err != nil {
					return explained(ctx, err, "verifying the table "+tables[i].name)
				}
				progress(fmt.Sprintf("table %s: %d rows, the same on both sides", tables[i].name, rows))
				report.Tables = append(report.Tables, MovedTable{tables[i].name, rows, sum})
				report.Rows += rows
			}
			return nil
		})
	})
}

// movedPrefixes are the folders in which blobs lie.
func movedPrefixes() []string { return []string{"sessions/", "comparisons/", "uploads/"} }

// moveBlobs copies what the target doesn't have, and refuses what it has
// besides. known are the hashes of what must be there; what else lies there,
// such as parts of uploads, comes along.
func moveBlobs(ctx context.Context, from, to blob.Store, known map[string]string, report *MoveReport, progress func(string)) error {
	there := map[string]bool{}
	for _, prefix := range movedPrefixes() {
		for info, err := range to.List(ctx, prefix) {
			if err != nil {
				return err
			}
			there[info.Key] = true
		}
	}
	for _, prefix := range movedPrefixes() {
		for info, err := range from.List(ctx, prefix) {
			if err != nil {
				return err
			}
			kept, err := moveBlob(ctx, from, to, info.Key, known[info.Key], there[info.Key])
			if err != nil {
				return explained(ctx, err, "copying "+info.Key)
			}
			delete(there, info.Key)
			delete(known, info.Key)
			report.Blobs, report.Bytes = report.Blobs+1, report.Bytes+info.Bytes
			if kept {
				report.Kept++
			}
			if report.Blobs%100 == 0 {
				progress(fmt.Sprintf("%d files, %d bytes", report.Blobs, report.Bytes))
			}
		}
	}
	for key := range known {
		return retable.Errorf(retable.Conflict, "%s is missing at the source, though its database refers to it: restore it from a backup, or remove what it belongs to.", key)
	}
	for key := range there {
		return retable.Errorf(retable.Conflict, "The target's store is not empty: it has %s, which the source has not. Name an empty place; nothing is overwritten.", key)
	}
	progress(fmt.Sprintf("%d files, %d bytes, their hashes the same on both sides", report.Blobs, report.Bytes))
	return nil
}

// moveBlob copies one blob, and reads it again from the target.
func moveBlob(ctx context.Context, from, to retable.BlobStore, key, known string, there bool) (kept bool, err error) {
	r, err := from.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer r.Close()
	want, err := hashOfBlob(ctx, r)
	if err != nil {
		return false, err
	}
	if known != "" && known != want {
		return false, retable.Errorf(retable.Conflict, "%s is damaged at the source: its SHA-256 is not the one that was written down.", key)
	}
	if there {
		if got, err := storedHash(ctx, to, key); err == nil && got == want {
			return true, nil
		}
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	w, err := to.Create(ctx, key)
	if err != nil {
		return false, err
	}
	defer w.Abort()
	if err := copyWith(ctx, w, r); err != nil {
		return false, err
	}
	if _, err := w.Commit(ctx); err != nil {
		return false, err
	}
	got, err := storedHash(ctx, to, key)
	if err == nil && got != want {
		err = retable.Errorf(retable.Conflict, "%s arrived with another SHA-256 than it left with.", key)
	}
	return false, err
}

func storedHash(ctx context.Context, s retable.BlobStore, key string) (string, error) {
	r, err := s.Open(ctx, key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return hashOfBlob(ctx, r)
}

func hashOfBlob(ctx context.Context, r io.Reader) (string, error) {
	h := sha256.New()
	if err := copyWith(ctx, h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// moveKeys carries the keys that seal what is stored. A data root keeps them in
// a file; a scaled installation has them in its settings, where only people put
// them.
func moveKeys(from, to *config.Config) (string, error) {
	target := filepath.Join(to.Place.RuntimeRoot, "keys.json")
	switch {
	case to.Place.Postgres():
		return "settings", nil
	case !from.Place.Postgres():
		raw, err := os.ReadFile(filepath.Join(from.Place.RuntimeRoot, "keys.json"))
		if errors.Is(err, os.ErrNotExist) {
			return "fresh", nil
		}
		if err != nil {
			return "", retable.Fault(err, "reading the keys")
		}
		return "carried", keptFile(target, raw)
	case from.Auth.SealKey == "":
		return "fresh", nil
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, os.ErrNotExist) { // of an attempt that broke off
		return "", retable.Fault(err, "writing the keys")
	}
	if err := auth.WriteRing(target, to.Auth.JWTAlgorithm, from.Auth.SealKey.Reveal(), time.Now); err != nil {
		return "", retable.Fault(err, "writing the keys")
	}
	return "carried", nil
}

// keptFile writes a file for its owner's eyes.
func keptFile(path string, raw []byte) error {
	if err := os.WriteFile(path+".part", raw, 0o600); err != nil {
		return retable.Fault(err, "writing the keys")
	}
	if err := os.Rename(path+".part", path); err != nil {
		return retable.Fault(err, "writing the keys")
	}
	return nil
}
