package app

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"

	"retable/internal/retable"
)

// movedTable is a table that is copied between databases.
type movedTable struct {
	name    string
	columns []movedColumn
	keys    []string // of the primary key, in order; all columns if there is none
	parents []string // tables that its foreign keys refer to
}

type movedColumn struct {
	name string
	bool bool
	text bool
}

// movedDB is one end of a move, within a transaction.
type movedDB struct {
	tx       *sql.Tx
	postgres bool
}

// notMoved are tables that belong to one database: what was applied to it, and
// what counts requests there.
func notMoved(name string) bool {
	return name == "schema_version" || name == "retable_rate_limits" || strings.HasPrefix(name, "sqlite_")
}

// tables describes the tables of a database, each after those it refers to.
func (d *movedDB) tables(ctx context.Context) ([]movedTable, error) {
	names, err := d.strings(ctx, d.either("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
		"SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"))
	if err != nil {
		return nil, err
	}
	var all []movedTable
	for _, name := range names {
		if notMoved(name) {
			continue
		}
		t, err := d.table(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return inOrder(all)
}

func (d *movedDB) either(sqlite, postgres string) string {
	if d.postgres {
		return postgres
	}
	return sqlite
}

func (d *movedDB) strings(ctx context.Context, query string, args ...any) (out []string, err error) {
	rows, err := d.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func (d *movedDB) table(ctx context.Context, name string) (t movedTable, err error) {
	t.name = name
	columns, err := d.strings(ctx, d.either("SELECT name || ' ' || lower(type) FROM pragma_table_info($1) ORDER BY cid",
		"SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"), name)
	if err != nil {
		return t, err
	}
	for _, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		t.columns = append(t.columns, movedColumn{name, kind == "boolean", kind == "text"})
	}
	t.keys, err = d.strings(ctx, d.either("SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", `
		SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(number, place)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
		WHERE i.indisprimary AND i.indrelid = to_regclass($1) ORDER BY k.place`), name)
	if err != nil {
		return t, err
	}
	if len(t.keys) == 0 {
		for _, c := range t.columns {
			t.keys = append(t.keys, c.name)
		}
	}
	t.parents, err = d.strings(ctx, d.either(`SELECT DISTINCT "table" FROM pragma_foreign_key_list($1)`,
		"SELECT DISTINCT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass($1)"), name)
	return t, err
}

// inOrder puts each table after those that it refers to.
func inOrder(all []movedTable) (out []movedTable, err error) {
	there := map[string]bool{}
	for len(out) < len(all) {
		before := len(out)
	tables:
		for _, t := range all {
			if there[t.name] {
				continue
			}
			for _, p := range t.parents {
				if p != t.name && !there[p] {
					continue tables
				}
			}
			there[t.name], out = true, append(out, t)
		}
		if len(out) == before {
			return nil, retable.Fault(errors.New("foreign keys form a circle"), "ordering the tables")
		}
	}
	return out, nil
}

// sameTables refuses databases whose tables differ: both have been brought to
// the same version before.
func sameTables(from, to []movedTable) error {
	there := map[string]movedTable{}
	for _, t := range from {
		there[t.name] = t
	}
	for _, t := range to {
		f, ok := there[t.name]
		delete(there, t.name)
		if !ok || strings.Join(f.keys, ",") != strings.Join(t.keys, ",") || f.names() != t.names() {
			return retable.Fault(fmt.Errorf("table %s is not the same in both databases", t.name), "comparing the schemas")
		}
	}
	for name := range there {
		return retable.Fault(fmt.Errorf("table %s is not there", name), "comparing the schemas")
	}
	return nil
}

func (t *movedTable) names() string {
	var names []string
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// query reads a table in the order of its key, by code point on both engines.
func (d *movedDB) query(ctx context.Context, t *movedTable) (*sql.Rows, error) {
	text := map[string]bool{}
	for _, c := range t.columns {
		text[c.name] = c.text
	}
	var order []string
	for _, k := range t.keys {
		if d.postgres && text[k] {
			k += ` COLLATE "C"`
		}
		order = append(order, k+" NULLS FIRST")
	}
	return d.tx.QueryContext(ctx, "SELECT "+t.names()+" FROM "+t.name+" ORDER BY "+strings.Join(order, ", "))
}

// movedRows reads rows as values that both engines give alike.
type movedRows struct {
	*sql.Rows
	t      *movedTable
	values []any
	into   []any
}

func (d *movedDB) rows(ctx context.Context, t *movedTable) (*movedRows, error) {
	rows, err := d.query(ctx, t) //nolint:rowserrcheck // next looks
	if err != nil {
		return nil, err
	}
	r := &movedRows{Rows: rows, t: t, values: make([]any, len(t.columns)), into: make([]any, len(t.columns))}
	for i := range r.values {
		r.into[i] = &r.values[i]
	}
	return r, nil
}

// next reads the next row into r.values.
func (r *movedRows) next() (bool, error) {
	if !r.Next() {
		return false, r.Err()
	}
	if err := r.Scan(r.into...); err != nil {
		return false, err
	}
	for i, v := range r.values {
		switch v := v.(type) {
		case []byte:
			r.values[i] = string(v)
		case int64:
			if r.t.columns[i].bool {
				r.values[i] = v != 0
			}
		}
	}
	return true, nil
}

// batchValues bounds the parameters of one statement; SQLite takes 32766.
const batchValues = 4000

// copyTable copies all rows of a table.
func copyTable(ctx context.Context, from, to *movedDB, t *movedTable) (n int64, err error) {
	rows, err := from.rows(ctx, t)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	most := max(1, batchValues/len(t.columns))
	var batch []any
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		_, err := to.tx.ExecContext(ctx, insertOf(t, len(batch)/len(t.columns)), batch...)
		batch = batch[:0]
		return err
	}
	for {
		more, err := rows.next()
		if err != nil {
			return n, err
		}
		if !more {
			return n, flush()
		}
		batch = append(batch, rows.values...)
		if n++; len(batch) >= most*len(t.columns) {
			if err := flush(); err != nil {
				return n, err
			}
		}
	}
}

// insertOf is the statement for so many rows; its $n appear in ascending order.
func insertOf(t *movedTable, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", t.name, t.names())
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		for c := range t.columns {
			n++
			fmt.Fprintf(&b, "%s$%d", map[bool]string{true: "(", false: ","}[c == 0], n)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// verifyTable compares both copies of a table row by row, and returns the hash
// of all rows.
func verifyTable(ctx context.Context, from, to *movedDB, t *movedTable) (rows int64, sum string, err error) {
	a, err := from.rows(ctx, t)
	if err != nil {
		return 0, "", err
	}
	defer a.Close()
	b, err := to.rows(ctx, t)
	if err != nil {
		return 0, "", err
	}
	defer b.Close()
	h := sha256.New()
	for {
		left, err := a.next()
		if err != nil {
			return rows, "", err
		}
		right, err := b.next()
		if err != nil {
			return rows, "", err
		}
		if left != right {
			return rows, "", retable.Fault(fmt.Errorf("table %s has more than %d rows on one side only", t.name, rows), "verifying the move")
		}
		if !left {
			return rows, hex.EncodeToString(h.Sum(nil)), nil
		}
		for i := range a.values {
			if a.values[i] != b.values[i] {
				return rows, "", retable.Fault(fmt.Errorf("row %d of table %s differs in %s", rows+1, t.name, t.columns[i].name), "verifying the move")
			}
			hashValue(h, a.values[i])
		}
		rows++
	}
}

func hashValue(h hash.Hash, v any) {
	fmt.Fprintf(h, "%T %v\x00", v, v) //nolint:errcheck // a hash never fails
}

// counters carries over where the numbers of jobs go on: also those of jobs
// that are gone aren't given twice.
func copyCounters(ctx context.Context, from, to *movedDB) error {
	var last sql.NullInt64
	err := from.tx.QueryRowContext(ctx, from.either("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'",
		"SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = split_part(pg_get_serial_sequence('jobs', 'id'), '.', 2)")).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !last.Valid {
		return nil // there never was a job
	}
	if err != nil {
		return err
	}
	if to.postgres {
		_, err = to.tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence('jobs', 'id'), $1)", last.Int64)
		return err
	}
	if _, err = to.tx.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = 'jobs'"); err != nil {
		return err
	}
	_, err = to.tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', $1)", last.Int64)
	return err
}
