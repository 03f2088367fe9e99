package app

import (
	"context"

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
