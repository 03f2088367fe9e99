package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"retable/internal/diff/report"
	"retable/internal/retable"
	"retable/internal/table"
	"retable/internal/tabledb"
)

// DiffTableRef names a table of a comparison by its place in the summary, from 1.
type DiffTableRef struct {
	ComparisonID string `json:"comparison_id"`
	Number       int64  `json:"number" minimum:"1"`
}

// DiffColumn is a column of a diff's grid.
type DiffColumn = report.GridColumn

// DiffTable is a table of a comparison with what a grid needs.
type DiffTable struct {
	ComparedTable
	Number       int64        `json:"number"`
	LeftTableID  int64        `json:"left_table_id,omitempty"` // within the sessions, for sources
	RightTableID int64        `json:"right_table_id,omitempty"`
	GridColumns  []DiffColumn `json:"grid_columns"`
}

// GetDiffTable describes a table of a comparison.
func (s *Service) GetDiffTable(ctx context.Context, req DiffTableRef) (*DiffTable, error) {
	var out *DiffTable
	err := s.withDiffTable(ctx, req, func(t *diffTable) error {
		left, right, err := t.ids(ctx)
		out = &DiffTable{*t.listed.Summary(), req.Number, left, right, t.listed.Columns()}
		return err
	})
	return out, err
}

// diffRows is a comparison whose rows are there.
type diffRows struct {
	s           *Service
	comparison  *retable.Comparison
	listing     *report.Listing
	content     string            // hash of the listing
	left, right *retable.Artifact // the tables
}

// diffTable is one of its tables, opened.
type diffTable struct {
	*diffRows
	number int64
	listed *report.ListedTable
}

// withDiffRows opens the rows of a comparison that the caller may see. Find
// reads it.
func (s *Service) withDiffRows(ctx context.Context, find func(tx retable.Tx, p *retable.Principal) (*retable.Comparison, error), fn func(d *diffRows) error) error {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return err
	}
	d := &diffRows{s: s}
	var rows *retable.Artifact
	err = s.store.View(ctx, func(tx retable.Tx) (err error) {
		if d.comparison, err = find(tx, p); err != nil {
			return err
		}
		if rows, err = newest(ctx, tx, retable.ArtifactFilter{ComparisonID: d.comparison.ID, Kind: retable.ArtifactChanges}); err != nil {
			return err
		}
		d.left, d.right, err = sidesOf(ctx, tx, d.comparison)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.check(rows); err != nil {
		return err
	}
	d.content = rows.SHA256
	return s.withBlob(ctx, rows.Key, func(path string) (err error) {
		if d.listing, err = report.OpenListing(path); err != nil {
			return retable.Fault(err, "opening the rows of a comparison")
		}
		defer func() { err = errors.Join(err, d.listing.Close()) }()
		return fn(d)
	})
}

// check refuses comparisons whose rows can't be shown, and says what to do.
func (d *diffRows) check(rows *retable.Artifact) error {
	again := func(detail string) error {
		return &retable.Error{Code: retable.Conflict, Reason: "compare_again", Detail: detail}
	}
	switch state := d.comparison.State; {
	case state == retable.JobFailed || state == retable.JobCancelled:
		return again("This comparison did not succeed, so it has no rows: compare the two sessions again.")
	case state != retable.JobSuccess:
		return &retable.Error{Code: retable.Conflict, Reason: "not_compared", Detail: "The comparison is still being made: wait for its job."}
	case rows == nil:
		return again("This comparison was made before rows were kept for paging: compare the two sessions again. Its reports can still be downloaded.")
	case d.left == nil || d.right == nil || rows.OptionsHash != listingOf(d.left, d.right):
		return again("A session was converted anew after this comparison: compare the two sessions again. Its reports can still be downloaded.")
	}
	return nil
}

func (s *Service) withDiffTable(ctx context.Context, ref DiffTableRef, fn func(t *diffTable) error) error {
	find := func(tx retable.Tx, p *retable.Principal) (*retable.Comparison, error) {
		return comparison(ctx, tx, p, ref.ComparisonID, false)
	}
	return s.withDiffRows(ctx, find, func(d *diffRows) error {
		t, err := d.table(ref.Number)
		if err != nil {
			return err
		}
		return fn(t)
	})
}

// table opens a table by its number, from 1.
func (d *diffRows) table(number int64) (*diffTable, error) {
	if number < 1 || number > int64(d.listing.Tables()) {
		return nil, retable.Errorf(retable.NotFound, "There is no table %d: the comparison has %d.", number, d.listing.Tables())
	}
	t, err := d.listing.Table(int(number) - 1)
	if err != nil {
		return nil, retable.Fault(err, "reading the rows of a comparison")
	}
	return &diffTable{d, number, t}, nil
}

// diffSide is one side of a table of a comparison.
type diffSide struct {
	tables  *retable.Artifact
	name    string   // "" if the side lacks the table
	columns []string // of the grid; "" where the side lacks it
}

// sides are left and right.
func (t *diffTable) sides() [2]diffSide {
	sum := t.listed.Summary()
	left, right := diffSide{tables: t.left, name: sum.Name}, diffSide{tables: t.right, name: cmp.Or(sum.Right, sum.Name)}
	if sum.OnlyRight {
		left.name = ""
	}
	if sum.OnlyLeft {
		right.name = ""
	}
	for _, c := range t.listed.Columns() {
		left.columns, right.columns = append(left.columns, c.Left), append(right.columns, c.Right)
	}
	return [2]diffSide{left, right}
}

// ids are the table's places in the two sessions, 0 where it isn't.
func (t *diffTable) ids(ctx context.Context) (left, right int64, err error) {
	var ids [2]int64
	for i, side := range t.sides() {
		if side.name == "" {
			continue
		}
		err := t.s.databases.use(ctx, t.s.blobs, side.tables.Key, func(db *tabledb.DB) error {
			ids[i] = tableID(db, side.name)
			return nil
		})
		if err != nil {
			return 0, 0, explained(ctx, err, "opening the tables of a comparison")
		}
	}
	return ids[0], ids[1], nil
}

// tableID is a table's place, from 1.
func tableID(db *tabledb.DB, name string) int64 {
	return int64(slices.IndexFunc(db.Tables(), func(x tabledb.Info) bool { return x.Name == name })) + 1
}

// read reads rows of the side by their numbers: values by the grid's columns,
// and where each stands.
func (d diffSide) read(ctx context.Context, s *Service, rids []int64, each func(i int, row *table.Row, places []int, path string) error) error {
	if len(rids) == 0 || d.name == "" {
		return nil
	}
	return s.databases.use(ctx, s.blobs, d.tables.Key, func(db *tabledb.DB) error {
		schema, err := db.Schema(ctx, d.name)
		if err != nil {
			return err
		}
		var names []string
		places := make([]int, len(d.columns)) // in what is read; -1: not there
		for i, c := range d.columns {
			places[i] = -1
			if c != "" && schema.Index(c) >= 0 {
				places[i] = len(names)
				names = append(names, c)
			}
		}
		paths := map[int64]string{}
		return db.RowsAt(ctx, d.name, rids, names, func(i int, row *table.Row) error {
			file := int64(row.Pos.File) + 1
			path, ok := paths[file]
			if !ok {
				found, err := db.FilePaths(ctx, []int64{file})
				if err != nil {
					return err
				}
				path = found[file]
				paths[file] = path
			}
			return each(i, row, places, path)
		})
	})
}
