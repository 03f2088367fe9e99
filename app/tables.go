package app

import (
	"context"

	"retable/internal/retable"
)

// TableDTO is one table of a session as it travels.
type TableDTO struct {
	ID      int64  `json:"id"` // its place, from 1
	Name    string `json:"name"`
	View    string `json:"view"` // its name in SQL
	Kind    string `json:"kind"`
	Path    string `json:"path"`
	Parent  string `json:"parent,omitempty"`
	Rows    int64  `json:"rows"`
	Columns int64  `json:"columns"`
}

// TableList are a session's tables.
type TableList struct {
	Tables []TableDTO `json:"tables"`
}

// ListTables lists a session's tables.
func (s *Service) ListTables(ctx context.Context, req SessionRef) (*TableList, error) {
	out := &TableList{Tables: []TableDTO{}}
	_, err := s.viewSession(ctx, req.SessionID, func(tx retable.Tx, x *retable.Session) error {
		l, err := tx.Inventory().Tables(ctx, x.ID)
		for i := range l {
			t := &l[i]
			out.Tables = append(out.Tables, TableDTO{t.ID, t.Name, t.View, t.Kind, t.Path, t.Parent, t.Rows, t.Columns})
		}
		return err
	})
	return out, err
}
