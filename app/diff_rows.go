package app

import (
	"context"

	"retable/internal/diff/report"
	"retable/internal/retable"
	"retable/internal/table"
)

// DiffQuery chooses rows of a table of a comparison.
type DiffQuery struct {
	OnlyChanges bool   `json:"only_changes,omitempty" doc:"Only rows whose op isn't same"`
	Ops         string `json:"ops,omitempty" maxLength:"100" doc:"same, changed, added, removed, moved, format_only; several by commas"`
	Column      string `json:"column,omitempty" doc:"Only rows whose value differs in this column, named as on either side"`
	Search      string `json:"search,omitempty" maxLength:"500" doc:"Only rows in which a value of either side contains the text, ignoring case"`
}

// DiffRowsRequest asks for a page.
type DiffRowsRequest struct {
	DiffTableRef
	DiffQuery
	Offset  int64 `json:"offset" minimum:"0"`
	Limit   int64 `json:"limit" minimum:"1" maximum:"1000"`
	MaxCell int   `json:"max_cell,omitempty" minimum:"0" maximum:"100000"`
}

// DiffRow is a row of a diff's grid: values in the order of its columns.
// Numbers of rows count from 1. Marks has a letter per column: . same,
// c changed, f in spelling only, a only on the right, r only on the left.
type DiffRow struct {
	Op    string    `json:"op" enum:"same,changed,added,removed,moved,format_only"`
	RIDA  int64     `json:"rid_a,omitempty"`
	RIDB  int64     `json:"rid_b,omitempty"`
	FileA string    `json:"file_a,omitempty"`
	FileB string    `json:"file_b,omitempty"`
	Old   []*string `json:"old,omitempty"`
	New   []*string `json:"new,omitempty"`
	Marks string    `json:"marks"`

	lineA, lineB int64
}

// DiffPage is a page of rows.
type DiffPage struct {
	Offset int64     `json:"offset"`
	Total  int64     `json:"total"`
	Rows   []DiffRow `json:"rows"`
}

// GetDiffRows reads a page of a table's rows side by side: in the order of the
// right side, removed ones behind the last row before them on the left that is
// still there.
func (s *Service) GetDiffRows(ctx context.Context, req DiffRowsRequest) (*DiffPage, error) {
	if req.Limit == 0 {
		req.Limit = defaultPageRows
	}
	if req.Limit < 1 || req.Limit > 1000 || req.Offset < 0 {
		return nil, retable.Errorf(retable.Unprocessable, "A page has 1 to 1,000 rows from an offset of 0 or more.")
	}
	if req.MaxCell <= 0 {
		req.MaxCell = defaultMaxCell
	}
	out := &DiffPage{Offset: req.Offset}
	err := s.withDiffTable(ctx, req.DiffTableRef, func(t *diffTable) error {
		l, err := t.list(ctx, req.DiffQuery)
		if err != nil {
			return err
		}
		defer l.close()
		out.Total = l.total
		out.Rows, err = t.page(ctx, l, req.Offset, req.Limit, req.MaxCell)
		return err
	})
	if err != nil {
		return nil, explained(ctx, err, "reading the rows of a comparison")
	}
	return out, nil
}

// page reads rows of a list with their values.
func (t *diffTable) page(ctx context.Context, l *diffList, offset, limit int64, most int) ([]DiffRow, error) {
	places, err := l.places(offset, limit)
	if err != nil {
		return nil, err
	}
	rows := make([]DiffRow, len(places))
	var rids, at [2][]int64
	for i, place := range places {
		r, err := l.cursor.At(place)
		if err != nil {
			return nil, err
		}
		rows[i] = DiffRow{Op: string(r.Op), RIDA: r.A, RIDB: r.B, Marks: t.listed.Marks(r)}
		if r.A > 0 && r.Op != report.RowSame {
			rids[0], at[0] = append(rids[0], r.A), append(at[0], int64(i))
		}
		if r.B > 0 {
			rids[1], at[1] = append(rids[1], r.B), append(at[1], int64(i))
		}
	}
	for i, side := range t.sides() {
		err := side.read(ctx, t.s, rids[i], func(k int, row *table.Row, places []int, path string) error {
			to := &rows[at[i][k]]
			cells := cellsAt(row, places, most)
			if i == 0 {
				to.Old, to.FileA, to.lineA = cells, path, row.Pos.Line
			} else {
				to.New, to.FileB, to.lineB = cells, path, row.Pos.Line
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// cellsAt copies values, cut to what is shown; nil where there is none.
func cellsAt(row *table.Row, places []int, most int) []*string {
	out := make([]*string, len(places))
	for i, p := range places {
		if p < 0 {
			continue
		}
		if b, ok := row.Value(p); ok {
			text, _ := cutRunes(b, most)
			out[i] = &text
		}
	}
	return out
}

// FindChangeRequest asks for the next change.
type FindChangeRequest struct {
	DiffTableRef
	DiffQuery
	From      int64  `json:"from" minimum:"-1" doc:"A row's index in the same list; -1 stands before the first"`
	Direction string `json:"direction" enum:"next,previous"`
}

// FoundChange is a row's index in its list.
type FoundChange struct {
	Index int64 `json:"index"`
}

// FindChange finds the next row after an index, or the last one before it,
// whose op isn't same.
func (s *Service) FindChange(ctx context.Context, req FindChangeRequest) (*FoundChange, error) {
	if req.Direction != "next" && req.Direction != "previous" {
		return nil, retable.Errorf(retable.Unprocessable, "The direction is next or previous, not %q.", req.Direction)
	}
	var out *FoundChange
	err := s.withDiffTable(ctx, req.DiffTableRef, func(t *diffTable) error {
		l, err := t.list(ctx, req.DiffQuery)
		if err != nil {
			return err
		}
		defer l.close()
		find, end := l.next, "There is no change after this row."
		if req.Direction == "previous" {
			find, end = l.previous, "There is no change before this row."
		}
		i, ok, err := find(req.From)
		if err == nil && !ok {
			err = retable.Errorf(retable.NotFound, "%s", end)
		}
		out = &FoundChange{i}
		return err
	})
	if err != nil {
		return nil, explained(ctx, err, "finding a change")
	}
	return out, nil
}
