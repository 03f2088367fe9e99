package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"retable/internal/retable"
)

// A transaction that meets a passing conflict runs again at most so often, and
// no longer than this.
const (
	maxAttempts = 10
	maxRetrying = 15 * time.Second
)

// View runs fn on a consistent snapshot.
func (s *Store) View(ctx context.Context, fn func(retable.Tx) error) error {
	leave, err := s.enter("View", false)
	if err != nil {
		return err
	}
	defer leave()
	return s.retry(ctx, func() (fault, error) {
		return s.once(ctx, s.read, readOnlySnapshot(s.d.name), false, fn)
	})
}

// Update runs fn in a transaction that is committed when fn returns nil. On
// PostgreSQL it is READ COMMITTED: guards stand in the statements (versions,
// unique indexes, row locks), see docs/adr/0020.
func (s *Store) Update(ctx context.Context, fn func(retable.Tx) error) error {
	leave, err := s.enter("Update", true)
	if err != nil {
		return err
	}
	defer leave()
	return s.retry(ctx, func() (fault, error) { return s.once(ctx, s.write, nil, true, fn) })
}

// retry runs a transaction until it doesn't meet a passing conflict. SQLite
// waits for other processes itself, but not in all cases: a lock is asked for
// again until that time is over.
func (s *Store) retry(ctx context.Context, once func() (fault, error)) error {
	start := time.Now()
	limits := map[fault]time.Duration{faultBusy: maxRetrying, faultLocked: s.cfg.BusyTimeout}
	for attempt := 1; ; attempt++ {
		met, err := once()
		if err == nil || attempt >= maxAttempts || time.Since(start) >= limits[met] {
			return err
		}
		if s.cfg.Hooks.Retry != nil {
			s.cfg.Hooks.Retry(ctx, attempt)
		}
		pause := time.NewTimer(backoff(attempt))
		select {
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		case <-pause.C:
		}
	}
}

// backoff grows from 4 ms to 512 ms; half of it is chance, so that those who
// met once don't meet again.
func backoff(attempt int) time.Duration {
	d := 4 * time.Millisecond << min(attempt-1, 7)
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads attempts; nothing is guessed by it
}

// once runs fn in one transaction and tells the fault of the database that
// ended it, faultOther if fn did.
func (s *Store) once(ctx context.Context, db *sql.DB, opts *sql.TxOptions, write bool, fn func(retable.Tx) error) (met fault, err error) {
	sqlTx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return s.failed(ctx, err), s.d.explain(err, "beginning a transaction")
	}
	t := &tx{s: s, sql: sqlTx, write: write}
	defer func() {
		t.over = true
		if !t.committed {
			_ = sqlTx.Rollback() // of what failed, or of a panic on its way
		}
	}()
	if err := fn(t); err != nil || t.conflict != nil {
		if t.conflict != nil { // also if fn made something else of it
			return s.d.classify(t.conflict), s.d.explain(t.conflict, "working with the database")
		}
		return faultOther, err
	}
	if t.spoiled != nil {
		return faultOther, retable.Fault(t.spoiled, "working with the database (the error of a statement was ignored)")
	}
	if err := sqlTx.Commit(); err != nil {
		return s.failed(ctx, err), s.d.explain(err, "committing a transaction")
	}
	t.committed = true
	if t.wake {
		s.notifier.committed()
	}
	return faultOther, nil
}

// failed classifies and counts an error of the driver.
func (s *Store) failed(ctx context.Context, err error) fault {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return faultOther
	}
	f := s.d.classify(err)
	if s.cfg.Hooks.Error != nil {
		s.cfg.Hooks.Error(ctx, faultNames[f])
	}
	return f
}

// enter refuses a transaction inside another one on the same goroutine: it
// would wait for itself, at once on SQLite and under load on PostgreSQL. Of
// reading alone that is looked at in tests only: asking the runtime which
// goroutine this is takes longer than the reading (10 µs from deep within a
// server, a sixth of a request).
func (s *Store) enter(what string, write bool) (leave func(), err error) {
	if !write && !testing.Testing() {
		return func() {}, nil
	}
	id := goroutine()
	if outer, inside := s.active.LoadOrStore(id, what); inside {
		return nil, retable.Fault(
			fmt.Errorf("%s was called inside %s: one transaction can't run inside another", what, outer), "working with the database")
	}
	return func() { s.active.Delete(id) }, nil
}

// goroutine returns what the runtime calls this goroutine: the number in
// "goroutine 18 [running]:".
func goroutine() string {
	var buf [40]byte
	head := buf[:runtime.Stack(buf[:], false)]
	head = bytes.TrimPrefix(head, []byte("goroutine "))
	number, _, _ := bytes.Cut(head, []byte(" "))
	return string(number)
}

// tx is a transaction under way.
type tx struct {
	s         *Store
	sql       *sql.Tx
	write     bool
	over      bool
	committed bool
	wake      bool  // jobs have become ready
	conflict  error // a passing one was met
	spoiled   error // PostgreSQL: the statement that broke the transaction
}

var _ retable.Tx = (*tx)(nil)

func (t *tx) Users() retable.Users             { return users{t} }
func (t *tx) Logins() retable.Logins           { return logins{t} }
func (t *tx) Credentials() retable.Credentials { return credentials{t} }
func (t *tx) Sharing() retable.Sharing         { return sharing{t} }
func (t *tx) Throttle() retable.Throttle       { return throttle{t} }
func (t *tx) Sessions() retable.Sessions       { return sessions{t} }
func (t *tx) Uploads() retable.Uploads         { return uploads{t} }
func (t *tx) Artifacts() retable.Artifacts     { return artifacts{t} }
func (t *tx) Inventory() retable.Inventory     { return inventory{t} }
func (t *tx) Jobs() retable.Jobs               { return jobs{t} }
func (t *tx) ErrorEvents() retable.ErrorEvents { return errorEvents{t} }
func (t *tx) Comparisons() retable.Comparisons { return comparisons{t} }
func (t *tx) Recipes() retable.Recipes         { return recipes{t} }
func (t *tx) Collections() retable.Collections { return collections{t} }
func (t *tx) Chats() retable.Chats             { return chats{t} }
func (t *tx) Audit() retable.Audit             { return audit{t} }
func (t *tx) Settings() retable.Settings       { return settings{t} }
func (t *tx) Watches() retable.Watches         { return watches{t} }
func (t *tx) Notices() retable.Notices         { return notices{t} }
