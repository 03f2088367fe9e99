package index

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"retable/internal/table"
	"retable/internal/tabledb"
)

// spot is where a chunk stands.
type spot struct {
	n    int64
	id   chunkID
	kind Kind
	// of a row
	shape *shape
	file  tabledb.File
	row   int64 // row id in the table, from 1
	part  int
	// of a card
	tbl, ref, text string
}

// locate finds the place of a chunk by its number.
func (s *Snapshot) locate(ctx context.Context, n int64) (spot, error) {
	if n >= firstCard {
		return s.locateCard(ctx, n)
	}
	var first, segment, block int64
	var parts, occurrence int
	var tbl, path string
	var id []byte
	err := s.words.QueryRowContext(ctx, `SELECT b.n, b.segment, b.block, b.parts, s.tbl, s.file, s.occurrence, substr(b.ids, 1 + 32 * (? - b.n), 32)
		FROM blocks b JOIN segments s USING (segment) WHERE b.n <= ? ORDER BY b.n DESC LIMIT 1`, n, n).
		Scan(&first, &segment, &block, &parts, &tbl, &path, &occurrence, &id)
	if err != nil {
		return spot{}, fmt.Errorf("chunk %d: %w", n, err)
	}
	if len(id) != len(chunkID{}) {
		return spot{}, fmt.Errorf("%w: chunk %d is not in its block", ErrDamaged, n)
	}
	shape, err := s.shape(ctx, tbl)
	if err != nil {
		return spot{}, err
	}
	file, ok := s.files[sourceFile{path, occurrence}]
	if !ok {
		return spot{}, fmt.Errorf("%w: it knows a file %s that the tables lack", ErrRevision, path)
	}
	at := n - first
	row, err := s.rowID(ctx, tbl, file.ID, block*blockRows+at/int64(parts))
	if err != nil {
		return spot{}, err
	}
	return spot{n: n, id: chunkID(id), kind: KindRow, shape: shape, file: file, row: row, part: int(at % int64(parts)), tbl: tbl}, nil
}

func (s *Snapshot) locateCard(ctx context.Context, n int64) (spot, error) {
	p := spot{n: n}
	var id []byte
	var kind string
	err := s.words.QueryRowContext(ctx, "SELECT id, kind, tbl, ref, part, text FROM cards WHERE n = ?", n).
		Scan(&id, &kind, &p.tbl, &p.ref, &p.part, &p.text)
	if err != nil || len(id) != len(p.id) {
		return spot{}, fmt.Errorf("%w: card %d: %w", ErrDamaged, n, err)
	}
	p.id, p.kind = chunkID(id), Kind(kind)
	return p, nil
}

// rowID turns the number of a row among those of its file, from 0, into its
// row id. The spans of the tables say which rows came from which file.
func (s *Snapshot) rowID(ctx context.Context, tbl string, file, ordinal int64) (int64, error) {
	row := int64(0)
	err := each(ctx, s.spans, `SELECT first_rid, s.rows FROM _retable_spans s JOIN _retable_tables t USING (table_id)
		WHERE t.name = ? AND s.file_id = ? ORDER BY first_rid`, []any{tbl, file}, func(scan func(...any) error) error {
		var first, rows int64
		if err := scan(&first, &rows); err != nil || row != 0 {
			return err
		}
		if ordinal < rows {
			row = first + ordinal
		}
		ordinal -= rows
		return nil
	})
	if err == nil && row == 0 {
		err = fmt.Errorf("%w: table %s has fewer rows", ErrRevision, tbl)
	}
	return row, err
}

// shape returns the shape of a table, made once.
func (s *Snapshot) shape(ctx context.Context, tbl string) (*shape, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.shapes[tbl]; have != nil {
		return have, nil
	}
	info, err := s.tables.Table(tbl)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRevision, err)
	}
	schema, err := s.tables.Schema(ctx, tbl)
	if err != nil {
		return nil, err
	}
	made := newShape(info, schema)
	s.shapes[tbl] = made
	return made, nil
}

// read reads the row of a spot.
func (s *Snapshot) read(ctx context.Context, p *spot, row *table.Row) error {
	err := s.tables.Row(ctx, p.tbl, p.row, row)
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrRevision, err)
	}
	return err
}

// textOf makes the text of a chunk again. columns belong to the lines after
// the first; position is the row's place in its file.
func (s *Snapshot) textOf(ctx context.Context, p *spot) (text string, columns []string, position table.Position, err error) {
	if p.kind != KindRow {
		return p.text, nil, position, nil
	}
	var row table.Row
	if err := s.read(ctx, p, &row); err != nil {
		return "", nil, position, err
	}
	text, columns = p.shape.rowText(p.file.Path, &row, p.part)
	return text, columns, row.Pos, nil
}

func (id chunkID) String() string { return hex.EncodeToString(id[:]) }

// openSpans opens the tables' file for the spans.
func openSpans(tables *tabledb.DB) (*sql.DB, error) {
	return openSQLite(tables.Path(), tabledb.ReadParams, 2)
}
