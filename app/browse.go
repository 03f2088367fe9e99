package app

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// TableRef names a table of a session by its place, from 1.
type TableRef struct {
	SessionID string `json:"session_id"`
	TableID   int64  `json:"table_id"`
}

// ColumnDTO is one column of a table as it travels.
type ColumnDTO struct {
	ID       int64    `json:"id"` // its place, from 1
	Name     string   `json:"name"`
	View     string   `json:"view,omitempty"`
	XPath    string   `json:"xpath"`
	Type     string   `json:"type" enum:"any,boolean,integer,number,date,datetime,time,string"`
	Form     string   `json:"form" enum:"scalar,list,json,xml"`
	Role     string   `json:"role" enum:"data,bookkeeping"`
	Nulls    int64    `json:"nulls"`
	Distinct int64    `json:"distinct"`
	Min      string   `json:"min,omitempty"`
	Max      string   `json:"max,omitempty"`
	Longest  int      `json:"longest,omitempty"`
	Examples []string `json:"examples,omitempty"`
}

// ColumnList are a table's columns.
type ColumnList struct {
	Columns []ColumnDTO `json:"columns"`
}

// withTable opens a table of a session that the caller may see.
func (s *Service) withTable(ctx context.Context, ref TableRef, fn func(db *tabledb.DB, name string) error) error {
	return s.withDB(ctx, ref.SessionID, func(db *tabledb.DB, _ *retable.Artifact) error {
		name, err := tableName(db, ref.TableID)
		if err != nil {
			return err
		}
		return fn(db, name)
	})
}

// withDB opens the tables of a session that the caller may see.
func (s *Service) withDB(ctx context.Context, sessionID string, fn func(db *tabledb.DB, a *retable.Artifact) error) error {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return err
	}
	var a *retable.Artifact
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if _, err := session(ctx, tx, p, sessionID, false); err != nil {
			return err
		}
		a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: sessionID, Kind: retable.ArtifactTables})
		return err
	})
	if err != nil {
		return err
	}
	if a == nil {
		return notConverted()
	}
	return s.databases.use(ctx, s.blobs, a.Key, func(db *tabledb.DB) error { return fn(db, a) })
}

// ListColumns lists a table's columns.
func (s *Service) ListColumns(ctx context.Context, req TableRef) (*ColumnList, error) {
	out := &ColumnList{Columns: []ColumnDTO{}}
	err := s.withTable(ctx, req, func(db *tabledb.DB, name string) (err error) {
		out.Columns, err = columnsOf(ctx, db, name)
		return err
	})
	return out, err
}

func columnsOf(ctx context.Context, db *tabledb.DB, name string) ([]ColumnDTO, error) {
	schema, err := db.Schema(ctx, name)
	if err != nil {
		return nil, explained(ctx, err, "reading the columns")
	}
	views, err := db.ViewColumns(ctx, name)
	if err != nil {
		return nil, explained(ctx, err, "reading the columns")
	}
	out := make([]ColumnDTO, len(schema.Columns))
	for i := range schema.Columns {
		c := &schema.Columns[i]
		d := ColumnDTO{ID: int64(i) + 1, Name: c.Name, View: views[i], XPath: c.XPath, Type: c.Type.String(), Form: formName(c.Form), Role: "data"}
		if c.Role == table.Bookkeeping {
			d.Role = "bookkeeping"
		}
		if st := c.Stats; st != nil {
			d.Nulls, d.Distinct, d.Longest, d.Min, d.Max = int64(st.Nulls), int64(st.Distinct), st.Longest, shortened(st.Min), shortened(st.Max)
			for _, e := range st.Examples {
				d.Examples = append(d.Examples, shortened(e))
			}
		}
		out[i] = d
	}
	return out, nil
}

func formName(f table.Form) string { return [...]string{"scalar", "list", "json", "xml"}[f] }

// DictionaryEntry is a column with its table.
type DictionaryEntry struct {
	ColumnDTO
	Table   string `json:"table"`
	TableID int64  `json:"table_id"`
}

// Dictionary is every column of a session.
type Dictionary struct {
	Columns []DictionaryEntry `json:"columns"`
}

// GetDictionary describes every column of a session.
func (s *Service) GetDictionary(ctx context.Context, req SessionRef) (*Dictionary, error) {
	out := &Dictionary{Columns: []DictionaryEntry{}}
	err := s.withDB(ctx, req.SessionID, func(db *tabledb.DB, _ *retable.Artifact) error {
		for i, t := range db.Tables() {
			columns, err := columnsOf(ctx, db, t.Name)
			if err != nil {
				return err
			}
			for _, c := range columns {
				out.Columns = append(out.Columns, DictionaryEntry{c, t.Name, int64(i) + 1})
			}
		}
		return nil
	})
	return out, err
}

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

// GetInventory returns what the scan found, without the list of files.
func (s *Service) GetInventory(ctx context.Context, req SessionRef) (*SessionInventory, error) {
	var a *retable.Artifact
	_, err := s.viewSession(ctx, req.SessionID, func(tx retable.Tx, x *retable.Session) (err error) {
		a, err = newest(ctx, tx, retable.ArtifactFilter{SessionID: x.ID, Kind: retable.ArtifactProfile})
		return err
	})
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, &retable.Error{Code: retable.Conflict, Reason: "not_scanned", Detail: "This session has not been scanned yet; wait for its job, or retry it."}
	}
	r, err := s.blobs.Open(ctx, a.Key)
	if err != nil {
		return nil, err
	}
	var out SessionInventory
	err = json.NewDecoder(r).Decode(&out)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, retable.Fault(err, "reading the inventory")
	}
	return &out, nil
}

// SourceFileDTO is a file of a session as it travels.
type SourceFileDTO struct {
	ID       int64    `json:"id"`
	Path     string   `json:"path"`
	Status   string   `json:"status" enum:"ok,partial,refused,skipped"`
	Kind     string   `json:"kind,omitempty"`
	Bytes    int64    `json:"bytes"`
	SHA256   string   `json:"sha256,omitempty"`
	Encoding string   `json:"encoding,omitempty"`
	Rows     int64    `json:"rows"`
	Values   int64    `json:"values"`
	Code     string   `json:"code,omitempty"`
	Error    string   `json:"error,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// ListFilesRequest chooses files of a session.
type ListFilesRequest struct {
	SessionID string `json:"session_id"`
	Search    string `json:"search,omitempty"`
	Status    string `json:"status,omitempty"`
	Kind      string `json:"kind,omitempty"`
	PageQuery
}

// ListFiles lists a session's files, by their order in the bundle.
func (s *Service) ListFiles(ctx context.Context, req ListFilesRequest) (*List[SourceFileDTO], error) {
	var out *List[SourceFileDTO]
	_, err := s.viewSession(ctx, req.SessionID, func(tx retable.Tx, x *retable.Session) error {
		l, err := tx.Inventory().Files(ctx, x.ID, retable.FileFilter{Search: req.Search, Status: req.Status, Kind: req.Kind}, req.page())
		out = listOf(l, func(f *retable.SourceFile) SourceFileDTO {
			return SourceFileDTO{f.ID, f.Path, f.Status, f.Kind, f.Bytes, f.SHA256, f.Encoding, f.Rows, f.Values, f.Code, f.Error, f.Warnings}
		})
		return err
	})
	return out, err
}
