package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"retable/internal/retable"
)

// Querier runs statements within the transaction of a batch.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Backfill fills what a migration added, in batches: large tables are not
// locked for long, and an interrupted one goes on where it was. A migration
// names it in a line "-- backfill: NAME" of its file; it runs right after it.
type Backfill struct {
	Name string
	Size int // rows per batch; 0 means 1000
	// Total counts the rows to do, for progress; nil if nobody knows.
	Total func(ctx context.Context, q Querier) (int64, error)
	// Batch does up to size rows from a position ("" at the beginning) and returns
	// where the next batch begins, "" when all is done. It runs in a transaction
	// with the note of how far it came, so no row is done twice.
	Batch func(ctx context.Context, q Querier, from string, size int) (next string, rows int64, err error)
}

// BackfillStatus is how far a backfill has come.
type BackfillStatus struct {
	Name       string
	Done       int64
	Total      int64
	StartedAt  retable.Millis // 0: not yet
	FinishedAt retable.Millis // 0: not yet
}

func (p plan) backfill(name string) (Backfill, error) {
	for _, b := range p.backfills {
		if b.Name == name {
			if b.Size <= 0 {
				b.Size = 1000
			}
			return b, nil
		}
	}
	return Backfill{}, fmt.Errorf("there is no backfill %q", name)
}

func (s *Store) backfillStatus(ctx context.Context, name string) (BackfillStatus, error) {
	state := BackfillStatus{Name: name}
	there, err := s.hasTable(ctx, "backfills")
	if err != nil || !there {
		return state, err
	}
	err = s.read.QueryRowContext(ctx, "SELECT done, total, started_at, finished_at FROM backfills WHERE name = $1", name).
		Scan(&state.Done, &state.Total, &state.StartedAt, &state.FinishedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return state, nil
	}
	return state, s.d.explain(err, "reading the state of a backfill")
}

func (s *Store) backfilled(ctx context.Context, name string) (bool, error) {
	state, err := s.backfillStatus(ctx, name)
	return state.FinishedAt > 0, err
}

// backfill runs one to its end, batch by batch.
func (s *Store) backfill(ctx context.Context, st step, b Backfill) error {
	state, err := s.backfillStatus(ctx, b.Name)
	if err != nil || state.FinishedAt > 0 {
		return err
	}
	if state.StartedAt == 0 {
		if err := s.beginBackfill(ctx, b); err != nil {
			return s.backfillFailed(err, b)
		}
	}
	for over := false; !over; {
		p := Progress{Version: st.version, Name: st.name, Backfill: b.Name}
		err := s.inBatch(ctx, func(q Querier) error {
			over, err = s.batch(ctx, q, b, &p)
			return err
		})
		if err != nil {
			return s.backfillFailed(err, b)
		}
		s.progress(p)
	}
	return nil
}

func (s *Store) backfillFailed(err error, b Backfill) error {
	return s.d.explain(fmt.Errorf("backfill %s: %w", b.Name, err), "filling what a migration added")
}

func (s *Store) beginBackfill(ctx context.Context, b Backfill) error {
	return s.inBatch(ctx, func(q Querier) error {
		var total int64
		if b.Total != nil {
			var err error
			if total, err = b.Total(ctx, q); err != nil {
				return err
			}
		}
		_, err := q.ExecContext(ctx, `INSERT INTO backfills (name, position, done, total, started_at, updated_at, finished_at)
			VALUES ($1, '', 0, $2, $3, $3, 0)`, b.Name, total, int64(s.cfg.Clock.Now()))
		return err
	})
}

// batch does one batch and notes how far it came.
func (s *Store) batch(ctx context.Context, q Querier, b Backfill, p *Progress) (over bool, err error) {
	var from string
	err = q.QueryRowContext(ctx, "SELECT position, done, total FROM backfills WHERE name = $1", b.Name).Scan(&from, &p.Done, &p.Total)
	if err != nil {
		return false, err
	}
	next, rows, err := b.Batch(ctx, q, from, b.Size)
	if err != nil {
		return false, err
	}
	now, finished := int64(s.cfg.Clock.Now()), int64(0)
	if next == "" {
		finished = now
	}
	p.Done += rows
	_, err = q.ExecContext(ctx, "UPDATE backfills SET position = $1, done = $2, updated_at = $3, finished_at = $4 WHERE name = $5",
		next, p.Done, now, finished, b.Name)
	return next == "", err
}

func (s *Store) inBatch(ctx context.Context, fn func(Querier) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// forgetBackfills lets those of migrations that are undone run again later.
func (s *Store) forgetBackfills(ctx context.Context, steps []step, to int64) error {
	for _, st := range steps {
		for _, b := range st.backfills {
			if st.version <= to {
				continue
			}
			if _, err := s.write.ExecContext(ctx, "DELETE FROM backfills WHERE name = $1", b.Name); err != nil {
				return s.backfillFailed(err, b)
			}
		}
	}
	return nil
}

// backupBefore makes a backup if something is about to change rows: a backfill
// that has not begun, of a database that has data already.
func (s *Store) backupBefore(ctx context.Context, steps []step, have int64) (string, error) {
	if have == 0 {
		return "", nil
	}
	for _, st := range steps {
		for _, b := range st.backfills {
			state, err := s.backfillStatus(ctx, b.Name)
			if err != nil {
				return "", err
			}
			if state.StartedAt == 0 {
				return s.backupTo(ctx, have)
			}
		}
	}
	return "", nil
}

// backupTo makes a backup beside an SQLite file. Of PostgreSQL its own tools
// make one.
func (s *Store) backupTo(ctx context.Context, version int64) (string, error) {
	if s.d.name != SQLite {
		return "", nil
	}
	path := fmt.Sprintf("%s.schema-%05d.%s.backup", s.cfg.Path, version, s.cfg.Clock.Now().Time().Format("20060102T150405.000Z"))
	if err := s.Backup(ctx, path); err != nil {
		return "", err
	}
	return path, nil
}
