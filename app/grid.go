package app

import (
	"context"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// GridFilter keeps rows whose column compares so.
type GridFilter struct {
	Column string   `json:"column"`
	Op     string   `json:"op" enum:"=,!=,<,<=,>,>=,contains,starts,null,not null,empty,in"`
	Value  string   `json:"value,omitempty"`
	Values []string `json:"values,omitempty"`
	Fold   bool     `json:"fold,omitempty"`
}

// GridSort orders by a column.
type GridSort struct {
	Column string `json:"column"`
	Desc   bool   `json:"desc,omitempty"`
}

// ViewRequest asks for rows in an order.
type ViewRequest struct {
	TableRef
	Sort   []GridSort   `json:"sort"`
	Filter []GridFilter `json:"filter"`
	Search string       `json:"search,omitempty" maxLength:"500"`
}

// ViewInfo is a view that was made.
type ViewInfo struct {
	ViewID string `json:"view_id"`
	Rows   int64  `json:"rows"`
}

// CreateView sorts and filters a table once, so that its pages are read by
// position. Ending ctx ends it; the same view again is the one that is there.
func (s *Service) CreateView(ctx context.Context, req ViewRequest) (*ViewInfo, error) {
	var out *ViewInfo
	err := s.withDB(ctx, req.SessionID, func(db *tabledb.DB, a *retable.Artifact) error {
		spec := tabledb.ViewSpec{Search: strings.TrimSpace(req.Search)}
		for _, f := range req.Filter {
			spec.Filter = append(spec.Filter, tabledb.Filter{Column: f.Column, Op: tabledb.Op(f.Op), Value: f.Value, Values: f.Values, Fold: f.Fold})
		}
		for _, o := range req.Sort {
			spec.Sort = append(spec.Sort, tabledb.Sort{Column: o.Column, Desc: o.Desc})
		}
		id, rows, err := s.makeView(ctx, db, req.SessionID, a.SHA256, req.TableID, spec)
		out = &ViewInfo{id, rows}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// RowsRequest asks for a page of a table, or of a view of it.
type RowsRequest struct {
	TableRef
	View    string `json:"view,omitempty"`
	Offset  int64  `json:"offset" minimum:"0"`
	Limit   int64  `json:"limit" minimum:"1" maximum:"1000"`
	Columns string `json:"columns,omitempty"` // ids, separated by commas; all if empty
	MaxCell int    `json:"max_cell,omitempty" minimum:"0" maximum:"100000"`
}

// GridRow is a row of a page; Cut are the places of values that were cut.
type GridRow struct {
	RID   int64     `json:"rid"`
	Cells []*string `json:"cells"`
	Cut   []int     `json:"cut,omitempty"`
}

// defaultPageRows has a page whose size nobody asked for.
const defaultPageRows = 100

// RowsPage is a page of rows.
type RowsPage struct {
	Offset  int64     `json:"offset"`
	Total   int64     `json:"total"`
	Columns []int64   `json:"columns"`
	Rows    []GridRow `json:"rows"`
}

// defaultMaxCell is how many characters of a cell a page shows.
const defaultMaxCell = 500

// GetRows reads a page by position.
func (s *Service) GetRows(ctx context.Context, req RowsRequest) (*RowsPage, error) {
	if req.Limit == 0 {
		req.Limit = defaultPageRows
	}
	if req.Limit < 1 || req.Limit > 1000 || req.Offset < 0 {
		return nil, retable.Errorf(retable.Unprocessable, "A page has 1 to 1,000 rows from an offset of 0 or more.")
	}
	if req.MaxCell <= 0 {
		req.MaxCell = defaultMaxCell
	}
	out := &RowsPage{Offset: req.Offset, Rows: []GridRow{}}
	err := s.withTable(ctx, req.TableRef, func(db *tabledb.DB, name string) error {
		schema, err := db.Schema(ctx, name)
		if err != nil {
			return explained(ctx, err, "reading the rows")
		}
		ids, err := columnIDs(req.Columns, len(schema.Columns))
		if err != nil {
			return err
		}
		out.Columns = ids
		chosen, names, err := chooseColumns(schema, ids)
		if err != nil {
			return err
		}
		n := len(chosen.Columns)
		add := func(rid int64, row *table.Row) {
			out.Rows = append(out.Rows, gridRow(rid, row, n, req.MaxCell))
		}
		if req.View != "" {
			return s.viewRows(ctx, db, req, names, out, add)
		}
		info, err := db.Table(name)
		if err != nil {
			return explained(ctx, err, "reading the rows")
		}
		out.Total = info.Rows
		return plainRows(ctx, db, name, names, req, add)
	})
	if err != nil {
		return nil, explained(ctx, err, "reading the rows")
	}
	return out, nil
}

func (s *Service) viewRows(ctx context.Context, db *tabledb.DB, req RowsRequest, names []string, out *RowsPage, add func(int64, *table.Row)) error {
	v, err := s.openView(ctx, db, req.SessionID, req.TableID, req.View)
	if err != nil {
		return err
	}
	defer v.Close()
	out.Total = v.Len()
	return v.Rows(ctx, req.Offset, req.Limit, names, func(rid int64, row *table.Row) error {
		add(rid, row)
		return nil
	})
}

func plainRows(ctx context.Context, db *tabledb.DB, name string, names []string, req RowsRequest, add func(int64, *table.Row)) error {
	r, err := db.Reader(ctx, name, tabledb.ReadOptions{Columns: names, Offset: req.Offset, Limit: req.Limit})
	if err != nil {
		return err
	}
	defer r.Close()
	var row table.Row
	for rid := req.Offset + 1; ; rid++ {
		if err := r.Read(&row); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		add(rid, &row)
	}
}

// gridRow copies a row, its cells cut to what is shown.
func gridRow(rid int64, row *table.Row, n, most int) GridRow {
	g := GridRow{RID: rid, Cells: make([]*string, n)}
	for i := range n {
		b, ok := row.Value(i)
		if !ok {
			continue
		}
		text, cut := cutRunes(b, most)
		g.Cells[i] = &text
		if cut {
			g.Cut = append(g.Cut, i)
		}
	}
	return g
}

// cutRunes is the beginning of a value, so many characters at most.
func cutRunes(b []byte, most int) (string, bool) {
	if len(b) <= most {
		return string(b), false
	}
	at := 0
	for range most {
		if at >= len(b) {
			return string(b), false
		}
		_, size := utf8.DecodeRune(b[at:])
		at += size
	}
	return string(b[:at]), at < len(b)
}

// columnIDs reads a list of places; all if it is empty.
func columnIDs(list string, n int) ([]int64, error) {
	var out []int64
	if list == "" {
		for i := range n {
			out = append(out, int64(i)+1)
		}
		return out, nil
	}
	for _, part := range strings.Split(list, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil || id < 1 || id > int64(n) {
			return nil, retable.Errorf(retable.Unprocessable, "There is no column %q: columns are numbered from 1 to %d.", part, n)
		}
		out = append(out, id)
	}
	return out, nil
}

// PositionRequest asks where a row stands in a view.
type PositionRequest struct {
	TableRef
	View string `json:"view,omitempty"`
	RID  int64  `json:"rid"`
}

// Position is a row's place in a listing, from 0.
type Position struct {
	Position int64 `json:"position"`
}

// GetPosition finds a row in a view.
func (s *Service) GetPosition(ctx context.Context, req PositionRequest) (*Position, error) {
	out := &Position{Position: req.RID - 1}
	err := s.withTable(ctx, req.TableRef, func(db *tabledb.DB, name string) error {
		info, err := db.Table(name)
		if err != nil {
			return err
		}
		if req.RID < 1 || req.RID > info.Rows {
			return retable.Errorf(retable.NotFound, "There is no row %d: the table has %d.", req.RID, info.Rows)
		}
		if req.View == "" {
			return nil
		}
		v, err := s.openView(ctx, db, req.SessionID, req.TableID, req.View)
		if err != nil {
			return err
		}
		defer v.Close()
		for at := int64(0); at < v.Len(); at += 100_000 {
			rids, err := v.Rids(at, 100_000)
			if err != nil {
				return err
			}
			for i, rid := range rids {
				if rid == req.RID {
					out.Position = at + int64(i)
					return nil
				}
			}
		}
		return retable.Errorf(retable.NotFound, "Row %d is not among those that the filter lets through.", req.RID)
	})
	if err != nil {
		return nil, explained(ctx, err, "finding the row")
	}
	return out, nil
}

// CellRequest asks for a part of one value.
type CellRequest struct {
	TableRef
	RID      int64 `json:"rid"`
	ColumnID int64 `json:"column_id"`
	Offset   int   `json:"offset,omitempty" minimum:"0"`
	Limit    int   `json:"limit,omitempty" minimum:"0" maximum:"1048576"`
}

// Cell is a part of a value, in characters. Null is a missing value.
type Cell struct {
	Value  *string `json:"value"`
	Length int     `json:"length"`
	Offset int     `json:"offset"`
}

// GetCell reads a value that a page has cut.
func (s *Service) GetCell(ctx context.Context, req CellRequest) (*Cell, error) {
	if req.Limit <= 0 {
		req.Limit = 64 << 10
	}
	out := &Cell{Offset: req.Offset}
	err := s.withTable(ctx, req.TableRef, func(db *tabledb.DB, name string) error {
		row, at, err := oneRow(ctx, db, name, req.RID, req.ColumnID)
		if err != nil {
			return err
		}
		b, ok := row.Value(at)
		if !ok {
			return nil
		}
		runes := []rune(string(b))
		out.Length = len(runes)
		from := min(req.Offset, len(runes))
		text := string(runes[from:min(from+req.Limit, len(runes))])
		out.Value = &text
		return nil
	})
	if err != nil {
		return nil, explained(ctx, err, "reading the value")
	}
	return out, nil
}

// oneRow reads a row and finds a column in it by its place.
func oneRow(ctx context.Context, db *tabledb.DB, name string, rid, column int64) (*table.Row, int, error) {
	info, err := db.Table(name)
	if err != nil {
		return nil, 0, err
	}
	if rid < 1 || rid > info.Rows {
		return nil, 0, retable.Errorf(retable.NotFound, "There is no row %d: the table has %d.", rid, info.Rows)
	}
	schema, err := db.Schema(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	if column < 1 || column > int64(len(schema.Columns)) {
		return nil, 0, retable.Errorf(retable.NotFound, "There is no column %d: the table has %d.", column, len(schema.Columns))
	}
	var row table.Row
	return &row, int(column) - 1, db.Row(ctx, name, rid, &row)
}
