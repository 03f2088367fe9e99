package tabledb

import (
	"context"
	"fmt"
	"strings"

	"retable/internal/table"
)

// RowsAt reads rows by their row ids, in the order given, and calls each with
// the place in the list and the row, which is used again. Columns are chosen
// as for a Reader.
func (db *DB) RowsAt(ctx context.Context, name string, rids []int64, columns []string, each func(i int, row *table.Row) error) error {
	l, err := db.layout(ctx, name)
	if err != nil {
		return err
	}
	sel, err := l.selection(columns)
	if err != nil {
		return err
	}
	rows, err := db.cursor(ctx, l)
	if err != nil {
		return fmt.Errorf("read table %s: %w", name, err)
	}
	var row table.Row
	for i, rid := range rids {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := rows.at(rid, sel, &row); err != nil {
			return fmt.Errorf("read table %s: row %d: %w", name, rid, err)
		}
		if err := each(i, &row); err != nil {
			return err
		}
	}
	return nil
}

// FilePaths are the paths of source files by their ids, of those that are known.
func (db *DB) FilePaths(ctx context.Context, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	const most = 500 // parameters of a statement
	for len(ids) > 0 {
		part := ids[:min(len(ids), most)]
		ids = ids[len(part):]
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		query := "SELECT file_id, path FROM _retable_files WHERE file_id IN (?" + strings.Repeat(", ?", len(part)-1) + ")"
		err := db.query(ctx, query, args, func(scan func(...any) error) error {
			var id int64
			var path string
			err := scan(&id, &path)
			out[id] = path
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
