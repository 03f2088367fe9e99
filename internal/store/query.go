package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"retable/internal/retable"
)

// scanner is a row that is being read.
type scanner interface{ Scan(dest ...any) error }

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	if err := t.usable(true); err != nil {
		return 0, err
	}
	start := time.Now()
	result, err := t.sql.ExecContext(ctx, statement, values(args)...)
	t.s.timed(ctx, statement, start)
	if err != nil {
		return 0, t.failed(ctx, err, statement)
	}
	n, err := result.RowsAffected()
	return n, t.s.d.explain(err, "counting changed rows")
}

// try is exec for a statement that may break a constraint in ordinary use: a
// unique one gives taken, a foreign key gives reference. The transaction stays
// usable.
func (t *tx) try(ctx context.Context, taken, reference error, statement string, args ...any) (int64, error) {
	if err := t.savepoint(ctx, "SAVEPOINT attempt"); err != nil {
		return 0, err
	}
	n, err := t.exec(ctx, statement, args...)
	if err == nil {
		return n, t.savepoint(ctx, "RELEASE SAVEPOINT attempt")
	}
	var refusal error
	switch t.s.d.classify(err) {
	case faultUnique:
		refusal = taken
	case faultReference:
		refusal = reference
	}
	if refusal == nil {
		return 0, err
	}
	if err := t.savepoint(ctx, "ROLLBACK TO SAVEPOINT attempt"); err != nil {
		return 0, err
	}
	t.spoiled = nil
	return 0, refusal
}

func (t *tx) savepoint(ctx context.Context, statement string) error {
	if !t.s.d.savepoints || t.over {
		return nil
	}
	if _, err := t.sql.ExecContext(ctx, statement); err != nil {
		return t.failed(ctx, err, statement)
	}
	return nil
}

// insert adds a row; columns are separated by commas, one for each value.
func (t *tx) insert(ctx context.Context, taken, reference error, table, columns string, args ...any) error {
	_, err := t.try(ctx, taken, reference, "INSERT INTO "+table+" ("+columns+") VALUES ("+params(1, len(args))+")", args...)
	return err
}

// params lists n parameters from $first.
func params(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// one runs a query and scans its first row; sql.ErrNoRows if there is none.
func (t *tx) one(ctx context.Context, scan func(scanner) error, query string, args ...any) error {
	found := false
	err := t.rows(ctx, func(row scanner) error {
		if found {
			return nil
		}
		found = true
		return scan(row)
	}, query, args...)
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

// value reads the one value of the first row into dest.
func (t *tx) value(ctx context.Context, dest any, query string, args ...any) error {
	return t.one(ctx, func(row scanner) error { return row.Scan(dest) }, query, args...)
}

// exists reports whether a query has a row.
func (t *tx) exists(ctx context.Context, query string, args ...any) (bool, error) {
	err := t.one(ctx, func(scanner) error { return nil }, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// rows runs a query and calls scan for each row. Statements with RETURNING go
// this way too.
func (t *tx) rows(ctx context.Context, scan func(scanner) error, query string, args ...any) error {
	if err := t.usable(!strings.HasPrefix(strings.TrimSpace(query), "SELECT")); err != nil {
		return err
	}
	start := time.Now()
	defer func() { t.s.timed(ctx, query, start) }()
	rows, err := t.sql.QueryContext(ctx, query, values(args)...)
	if err != nil {
		return t.failed(ctx, err, query)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return t.failed(ctx, err, query)
	}
	return nil
}

// many collects what scan makes of each row.
func many[T any](ctx context.Context, t *tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := t.rows(ctx, func(row scanner) error {
		item, err := scan(row)
		if err != nil {
			return err
		}
		all = append(all, item)
		return nil
	}, query, args...)
	return all, err
}

// get scans the one row of a thing, or says that it is missing.
func get[T any](ctx context.Context, t *tx, missing error, scan func(scanner) (T, error), query string, args ...any) (*T, error) {
	var item T
	err := t.one(ctx, func(row scanner) (err error) {
		item, err = scan(row)
		return err
	}, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	return &item, nil
}

// failed notes and explains the error of a statement.
func (t *tx) failed(ctx context.Context, err error, statement string) error {
	if f := t.s.failed(ctx, err); (f == faultBusy || f == faultLocked) && t.conflict == nil {
		t.conflict = err
	}
	if t.s.d.savepoints {
		t.spoiled = err
	}
	verb, _, _ := strings.Cut(statement, "(")
	if words := strings.Fields(verb); len(words) > 3 {
		verb = strings.Join(words[:3], " ")
	}
	return t.s.d.explain(fmt.Errorf("%s: %w", strings.TrimSpace(verb), err), "working with the database")
}

var (
	errOver     = errors.New("a transaction was used after its end")
	errReadOnly = errors.New("View must not write: use Update")
)

// usable refuses a transaction that is over, and writing where only reading is
// agreed.
func (t *tx) usable(writing bool) error {
	switch {
	case t.over:
		return retable.Fault(errOver, "working with the database")
	case writing && !t.write:
		return retable.Fault(errReadOnly, "working with the database")
	}
	return nil
}

// timed tells of a slow statement.
func (s *Store) timed(ctx context.Context, statement string, start time.Time) {
	if s.cfg.Slow <= 0 || s.cfg.Hooks.Slow == nil {
		return
	}
	if took := time.Since(start); took >= s.cfg.Slow {
		s.cfg.Hooks.Slow(ctx, statement, took)
	}
}

// changed makes the refusal of a guarded UPDATE or DELETE that met no row.
func changed(n int64, err, refusal error) error {
	if err == nil && n == 0 {
		return refusal
	}
	return err
}
