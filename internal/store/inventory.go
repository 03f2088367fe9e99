package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"retable/internal/retable"
)

type inventory struct{ *tx }

// batchRows is how many rows one INSERT of the inventory takes.
const batchRows = 200

// insertAll adds rows in batches. args gives the values of one row.
func insertAll[T any](ctx context.Context, t *tx, missing error, table, columns string, items []T, args func(*T) ([]any, error)) error {
	for batch := range slices.Chunk(items, batchRows) {
		var all []any
		var statement strings.Builder
		statement.WriteString("INSERT INTO " + table + " (" + columns + ") VALUES ")
		for i := range batch {
			row, err := args(&batch[i])
			if err != nil {
				return retable.Fault(err, "writing the inventory")
			}
			if i > 0 {
				statement.WriteString(", ")
			}
			statement.WriteString("(" + params(len(all)+1, len(row)) + ")")
			all = append(all, row...)
		}
		twice := retable.Errorf(retable.Unprocessable, "The inventory has two entries of one number in %q.", table)
		if _, err := t.try(ctx, twice, missing, statement.String(), all...); err != nil {
			return err
		}
	}
	return nil
}

const fileColumns = "session_id, id, path, status, kind, bytes, sha256, encoding, row_count, value_count, code, error, warnings"

func (t inventory) SetFiles(ctx context.Context, sessionID string, files []retable.SourceFile) error {
	if _, err := t.exec(ctx, "DELETE FROM files WHERE session_id = $1", sessionID); err != nil {
		return err
	}
	return insertAll(ctx, t.tx, retable.Missing("session", sessionID), "files", fileColumns, files, func(f *retable.SourceFile) ([]any, error) {
		warnings, err := arrayOf(f.Warnings)
		return []any{
			sessionID, f.ID, f.Path, f.Status, f.Kind, f.Bytes, f.SHA256, f.Encoding, f.Rows, f.Values, f.Code, f.Error, warnings,
		}, err
	})
}

const (
	tableColumns  = "session_id, id, name, view_name, kind, path, parent, row_count, column_count"
	columnColumns = "session_id, table_id, id, name, view_name, xpath, type, null_count, distinct_count, min_value, max_value, examples"
)

func (t inventory) SetTables(ctx context.Context, sessionID string, tables []retable.TableInfo, columns []retable.ColumnInfo) error {
	if _, err := t.exec(ctx, "DELETE FROM tables WHERE session_id = $1", sessionID); err != nil { // and their columns
		return err
	}
	err := insertAll(ctx, t.tx, retable.Missing("session", sessionID), "tables", tableColumns, tables, func(i *retable.TableInfo) ([]any, error) {
		return []any{sessionID, i.ID, i.Name, i.View, i.Kind, i.Path, i.Parent, i.Rows, i.Columns}, nil
	})
	if err != nil {
		return err
	}
	noTable := retable.Errorf(retable.Unprocessable, "A column of the inventory belongs to no table.")
	return insertAll(ctx, t.tx, noTable, "columns", columnColumns, columns, func(c *retable.ColumnInfo) ([]any, error) {
		examples, err := arrayOf(c.Examples)
		return []any{
			sessionID, c.TableID, c.ID, c.Name, c.View, c.XPath, c.Type, c.Nulls, c.Distinct, c.Min, c.Max, examples,
		}, err
	})
}

func (t inventory) Files(ctx context.Context, sessionID string, f retable.FileFilter, p retable.Page) (retable.List[retable.SourceFile], error) {
	l := listing[retable.SourceFile]{
		columns: fileColumns, table: "files", key: "id", number: true, rising: true,
		scan: func(row scanner) (f retable.SourceFile, err error) {
			err = row.Scan(&f.SessionID, &f.ID, &f.Path, &f.Status, &f.Kind, &f.Bytes, &f.SHA256, &f.Encoding,
				&f.Rows, &f.Values, &f.Code, &f.Error, array(&f.Warnings))
			return f, err
		},
		cursor: func(f *retable.SourceFile) string { return strconv.FormatInt(f.ID, 10) },
	}
	l.where.and("session_id = ?", sessionID)
	equal(&l.where, "status", f.Status)
	equal(&l.where, "kind", f.Kind)
	if f.Search != "" {
		if err := l.where.contains("lower(path)", f.Search); err != nil {
			return retable.List[retable.SourceFile]{}, err
		}
	}
	return l.page(ctx, t.tx, p)
}

func (t inventory) Tables(ctx context.Context, sessionID string) ([]retable.TableInfo, error) {
	return many(ctx, t.tx, func(row scanner) (i retable.TableInfo, err error) {
		err = row.Scan(&i.SessionID, &i.ID, &i.Name, &i.View, &i.Kind, &i.Path, &i.Parent, &i.Rows, &i.Columns)
		return i, err
	}, "SELECT "+tableColumns+" FROM tables WHERE session_id = $1 ORDER BY id", sessionID)
}

func (t inventory) Columns(ctx context.Context, sessionID string, tableID int64) ([]retable.ColumnInfo, error) {
	return many(ctx, t.tx, func(row scanner) (c retable.ColumnInfo, err error) {
		err = row.Scan(&c.SessionID, &c.TableID, &c.ID, &c.Name, &c.View, &c.XPath, &c.Type, &c.Nulls, &c.Distinct,
			&c.Min, &c.Max, array(&c.Examples))
		return c, err
	}, "SELECT "+columnColumns+" FROM columns WHERE session_id = $1 AND table_id = $2 ORDER BY id", sessionID, tableID)
}
