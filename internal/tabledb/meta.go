package tabledb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"retable/internal/table"
)

const metaTables = `
CREATE TABLE _retable_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE _retable_files (
	file_id INTEGER PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT, bytes INTEGER, kind TEXT, encoding TEXT,
	doctype TEXT, status TEXT, error TEXT, warnings TEXT, rows INTEGER
);
CREATE TABLE _retable_tables (
	table_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sql_name TEXT NOT NULL, view_name TEXT NOT NULL,
	kind TEXT NOT NULL, path TEXT NOT NULL, parent TEXT NOT NULL, rows INTEGER NOT NULL, columns INTEGER NOT NULL
);
CREATE TABLE _retable_columns (
	table_id INTEGER, position INTEGER, name TEXT NOT NULL, sql_column TEXT, view_column TEXT,
	xpath TEXT, path TEXT, type TEXT, form TEXT, role TEXT,
	"values" INTEGER, nulls INTEGER, empty INTEGER, "distinct" INTEGER, min TEXT, max TEXT, longest INTEGER, examples TEXT,
	PRIMARY KEY (table_id, position)
) WITHOUT ROWID;
CREATE TABLE _retable_spans (
	table_id INTEGER, file_id INTEGER, first_rid INTEGER, rows INTEGER,
	PRIMARY KEY (table_id, file_id, first_rid)
) WITHOUT ROWID;
CREATE TABLE _retable_proof (kind TEXT PRIMARY KEY, complete INTEGER NOT NULL, report TEXT NOT NULL);
`

// File is what is known of a source file. Its ID is the _file_id of its rows.
type File struct {
	ID                      int64
	Path, SHA256            string
	Bytes                   int64
	Kind, Encoding, DocType string
	Status, Error           string
	Warnings                []string
	Rows                    int64
}

// Proof is the completeness proof of one kind; Report is kept as JSON.
type Proof struct {
	Kind     string
	Complete bool
	Report   any
}

// span is a run of rows from one file.
type span struct {
	table       int
	file        int64
	first, rows int64
}

// AddFile adds a source file.
func (w *Writer) AddFile(f File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files = append(w.files, f)
}

// AddProof adds the proof of a kind.
func (w *Writer) AddProof(p Proof) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proofs = append(w.proofs, p)
}

// SetMeta keeps a key and value of the caller's.
func (w *Writer) SetMeta(key, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meta[key] = value
}

// writeMeta fills the meta tables and creates the views.
func (w *Writer) writeMeta(ctx context.Context) error {
	w.meta["format_version"] = strconv.Itoa(FormatVersion)
	w.meta["engine_version"] = w.opts.Engine
	meta := w.inserter(ctx, "_retable_meta", 2)
	for _, k := range slices.Sorted(maps.Keys(w.meta)) {
		meta.add(k, w.meta[k])
	}
	files := w.inserter(ctx, "_retable_files", 11)
	slices.SortStableFunc(w.files, func(a, b File) int { return cmp.Compare(a.ID, b.ID) })
	for _, f := range w.files {
		files.add(f.ID, f.Path, f.SHA256, f.Bytes, f.Kind, f.Encoding, f.DocType, f.Status, f.Error, toJSON(f.Warnings), f.Rows)
	}
	proofs := w.inserter(ctx, "_retable_proof", 3)
	for _, p := range w.proofs {
		proofs.add(p.Kind, p.Complete, toJSON(p.Report))
	}
	spans := w.inserter(ctx, "_retable_spans", 4)
	for _, s := range w.spans {
		spans.add(s.table, s.file, s.first, s.rows)
	}
	tables := w.inserter(ctx, "_retable_tables", 9)
	columns := w.inserter(ctx, "_retable_columns", 18)
	views := w.viewNames()
	for i, t := range w.tables {
		v := newView(t, views[i])
		s := t.schema
		tables.add(t.id, s.Name, t.sqlName, v.name, s.Kind, s.Path, s.Parent, t.rows, len(s.Columns))
		for i := range s.Columns {
			sqlColumn := any("_extra")
			if i < len(t.columns) {
				sqlColumn = t.columns[i]
			}
			columns.column(t.id, i, &s.Columns[i], sqlColumn, v.column(i))
		}
		if err := w.conn.exec(ctx, v.sql()); err != nil {
			return fmt.Errorf("view of table %s: %w", s.Name, err)
		}
	}
	for _, in := range []*inserter{meta, files, proofs, spans, tables, columns} {
		if in.err != nil {
			return fmt.Errorf("fill %s: %w", in.table, in.err)
		}
	}
	return nil
}

// inserter fills one meta table and keeps its first error.
type inserter struct {
	ctx   context.Context
	table string
	stmt  *stmt
	err   error
}

func (w *Writer) inserter(ctx context.Context, name string, columns int) *inserter {
	sql := "INSERT INTO " + name + " VALUES (?"
	for range columns - 1 {
		sql += ",?"
	}
	in := &inserter{ctx: ctx, table: name}
	if in.stmt, in.err = w.conn.prepare(sql + ")"); in.err == nil {
		w.stmts.PushBack(&cachedStmt{stmt: in.stmt})
	}
	return in
}

func (in *inserter) add(values ...any) {
	if in.err == nil {
		in.err = in.ctx.Err()
	}
	if in.err == nil {
		in.err = in.stmt.run(named(values))
	}
}

func (in *inserter) column(tableID, position int, c *table.Column, sqlColumn, viewColumn any) {
	values := []any{
		tableID, position, c.Name, sqlColumn, viewColumn, c.XPath, c.Path,
		c.Type.String(), formNames[c.Form], roleNames[c.Role],
	}
	if s := c.Stats; s != nil {
		values = append(values, s.Values, s.Nulls, s.Empty, s.Distinct, s.Min, s.Max, s.Longest, toJSON(s.Examples))
	} else {
		values = append(values, nil, nil, nil, nil, nil, nil, nil, nil)
	}
	in.add(values...)
}

var (
	formNames = [...]string{"scalar", "list", "json", "xml"}
	roleNames = [...]string{"data", "bookkeeping"}
)

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// appendJSON appends s as a JSON string.
func appendJSON(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return append(dst, '"', '"')
	}
	return append(dst, b...)
}
