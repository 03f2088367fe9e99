package app

import (
	"context"
	"encoding/json"

	"retable/internal/diff/report"
	"retable/internal/rag"
	"retable/internal/retable"
)

// WhatChangedRequest asks what a comparison found, or the newest one in which a
// session is the later delivery.
type WhatChangedRequest struct {
	ComparisonID string `json:"comparison_id,omitempty"`
	SessionID    string `json:"session_id,omitempty"`
}

// WhatChanged is what came, went and changed between two deliveries, table by
// table, with examples.
type WhatChanged struct {
	ComparisonID   string         `json:"comparison_id"`
	Before         string         `json:"before"`
	After          string         `json:"after"`
	Similarity     float64        `json:"similarity"` // 0 to 1
	Changes        int64          `json:"changes"`
	Tables         []ChangedTable `json:"tables"`
	FilesAdded     []string       `json:"files_added,omitempty"`
	FilesRemoved   []string       `json:"files_removed,omitempty"`
	ColumnsAdded   []string       `json:"columns_added,omitempty"` // table.column
	ColumnsRemoved []string       `json:"columns_removed,omitempty"`
}

// ChangedTable counts the rows of one table.
type ChangedTable struct {
	Table    string       `json:"table"`
	Added    int64        `json:"added"`
	Removed  int64        `json:"removed"`
	Changed  int64        `json:"changed"`
	Same     int64        `json:"same"`
	Examples []ChangedRow `json:"examples,omitempty"`
}

// ChangedRow is one row that came, went or changed.
type ChangedRow struct {
	Kind   string `json:"kind" enum:"added,removed,changed"`
	Key    string `json:"key"`           // what the row is known by
	Row    int64  `json:"row,omitempty"` // in the later delivery
	Column string `json:"column,omitempty"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

// WhatChanged tells what a comparison found. One that isn't over yet is a
// Conflict; a session that was never compared is NotFound.
func (s *Service) WhatChanged(ctx context.Context, req WhatChangedRequest) (*WhatChanged, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	c, err := s.comparisonFor(ctx, p, req)
	if err != nil {
		return nil, err
	}
	if c.State != retable.JobSuccess {
		return nil, unfinished(c)
	}
	var sum report.Summary
	if err := json.Unmarshal(c.Summary, &sum); err != nil {
		return nil, retable.Fault(err, "reading what a comparison found")
	}
	found, err := (&changeSource{s, p}).changes(ctx, c, &sum)
	if err != nil {
		return nil, err
	}
	out := whatChanged(found)
	out.Similarity, out.Changes = c.Similarity, c.Changes
	return out, nil
}

// comparisonFor finds the comparison that is meant, if the caller may see it.
func (s *Service) comparisonFor(ctx context.Context, p *retable.Principal, req WhatChangedRequest) (c *retable.Comparison, err error) {
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if req.ComparisonID != "" {
			c, err = comparison(ctx, tx, p, req.ComparisonID, false)
			return err
		}
		if _, err := session(ctx, tx, p, req.SessionID, false); err != nil {
			return err
		}
		l, err := tx.Comparisons().List(ctx, retable.ComparisonFilter{Visible: p.UserID, SessionID: req.SessionID}, retable.Page{Limit: 50})
		if err != nil {
			return err
		}
		for i := range l.Items {
			if x := &l.Items[i]; x.RightID == req.SessionID && x.State == retable.JobSuccess {
				c = x
				return nil
			}
		}
		return &retable.Error{Code: retable.NotFound, Reason: "not_compared", Detail: "Nobody has compared this session with an earlier delivery yet: compare the two first."}
	})
	return c, err
}

func unfinished(c *retable.Comparison) error {
	e := &retable.Error{Code: retable.Conflict, Reason: "not_compared", Detail: "The comparison is still being made; ask again in a moment."}
	switch c.State {
	case retable.JobFailed:
		e.Detail = "The comparison failed: " + c.Error
	case retable.JobCancelled:
		e.Detail = "The comparison was cancelled: compare again."
	}
	return e
}

func whatChanged(found *rag.Changes) *WhatChanged {
	out := &WhatChanged{
		ComparisonID: found.ComparisonID, Before: found.Before, After: found.After, Tables: []ChangedTable{},
		FilesAdded: found.FilesAdded, FilesRemoved: found.FilesGone, ColumnsAdded: found.ColumnsAdded, ColumnsRemoved: found.ColumnsGone,
	}
	for _, t := range found.Tables {
		x := ChangedTable{Table: t.Table, Added: t.Added, Removed: t.Removed, Changed: t.Changed, Same: t.Same}
		for _, e := range t.Examples {
			x.Examples = append(x.Examples, ChangedRow{Kind: e.Kind, Key: e.Key, Row: e.Row, Column: e.Column, Old: e.Old, New: e.New})
		}
		out.Tables = append(out.Tables, x)
	}
	return out
}
