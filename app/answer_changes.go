package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	"retable/internal/diff"
	"retable/internal/diff/report"
	"retable/internal/index"
	"retable/internal/rag"
	"retable/internal/retable"
)

// latestComparison is the newest finished comparison in which the session is
// the later delivery, with its summary; nil if there is none.
func (s *Service) latestComparison(ctx context.Context, sessionID string) (*retable.Comparison, *report.Summary, error) {
	var c *retable.Comparison
	err := s.store.View(ctx, func(tx retable.Tx) (err error) {
		c, err = latestIn(ctx, tx, sessionID)
		return err
	})
	if err != nil || c == nil {
		return nil, nil, err
	}
	var sum report.Summary
	if err := json.Unmarshal(c.Summary, &sum); err != nil {
		return nil, nil, retable.Fault(err, "reading what a comparison found")
	}
	return c, &sum, nil
}

func latestIn(ctx context.Context, tx retable.Tx, sessionID string) (*retable.Comparison, error) {
	l, err := tx.Comparisons().List(ctx, retable.ComparisonFilter{SessionID: sessionID}, retable.Page{Limit: 50})
	if err != nil {
		return nil, err
	}
	for i := range l.Items {
		if x := &l.Items[i]; x.RightID == sessionID && x.State == retable.JobSuccess {
			return x, nil
		}
	}
	return nil, nil
}

// latestOf is the id of the latest comparison, "" if there is none.
func (s *Service) latestOf(ctx context.Context, sessionID string) (id string, err error) {
	err = s.store.View(ctx, func(tx retable.Tx) error {
		c, err := latestIn(ctx, tx, sessionID)
		if c != nil {
			id = c.ID
		}
		return err
	})
	return id, err
}

// changeCards are the cards that an index gets of the comparison.
func (s *Service) changeCards(ctx context.Context, sessionID string) ([]index.Change, error) {
	c, sum, err := s.latestComparison(ctx, sessionID)
	if err != nil || c == nil {
		return nil, err
	}
	out := index.Change{
		Comparison: c.ID, Left: sum.Left.Name, Right: sum.Right.Name, Added: sum.Totals.RowsAdded, Removed: sum.Totals.RowsRemoved,
		Changed: sum.Totals.RowsChanged, Same: sum.Totals.RowsMatched - sum.Totals.RowsChanged,
	}
	for i := range sum.Tables {
		t := &sum.Tables[i]
		x := index.TableChange{Name: t.Name, State: stateOf(t), Added: t.RowsAdded, Removed: t.RowsRemoved, Changed: t.RowsChanged}
		for _, col := range t.Columns {
			cc := index.ColumnChange{Name: col.Left, Changed: col.Changed}
			switch col.How {
			case "added":
				cc.Name, cc.State = col.Right, "added"
			case "removed":
				cc.State = "removed"
			case "renamed":
				cc.State, cc.Example = "renamed", col.Left+" -> "+col.Right
			}
			x.Columns = append(x.Columns, cc)
		}
		out.Tables = append(out.Tables, x)
	}
	return []index.Change{out}, nil
}

// changeSource tells the router what changed since the delivery before.
type changeSource struct {
	s *Service
	p *retable.Principal
}

// The bounds of what is read of a comparison for an answer.
const (
	changeExamples = 5       // per table
	changeLines    = 200_000 // of the report
)

// Changes implements rag.ChangeSource.
func (x *changeSource) Changes(ctx context.Context, sessionID string) (*rag.Changes, error) {
	c, sum, err := x.s.latestComparison(ctx, sessionID)
	if err != nil || c == nil {
		return nil, err
	}
	err = x.s.store.View(ctx, func(tx retable.Tx) error {
		return may(ctx, tx, x.p, retable.ResourceComparison, c.ID, c.OwnerID, false)
	})
	if retable.Is(err, retable.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return x.changes(ctx, c, sum)
}

// changes is what a comparison found, with examples.
func (x *changeSource) changes(ctx context.Context, c *retable.Comparison, sum *report.Summary) (*rag.Changes, error) {
	out := &rag.Changes{Before: sum.Left.Name, After: sum.Right.Name, ComparisonID: c.ID, SessionID: c.RightID}
	at := map[string]int{}
	for i := range sum.Tables {
		t := &sum.Tables[i]
		at[t.Name] = len(out.Tables)
		out.Tables = append(out.Tables, rag.TableChanges{Table: t.Name, Added: t.RowsAdded, Removed: t.RowsRemoved, Changed: t.RowsChanged, Same: t.RowsMatched - t.RowsChanged})
		for _, col := range t.Columns {
			switch col.How {
			case "added":
				out.ColumnsAdded = append(out.ColumnsAdded, t.Name+"."+col.Right)
			case "removed":
				out.ColumnsGone = append(out.ColumnsGone, t.Name+"."+col.Left)
			}
		}
	}
	for _, f := range sum.Files {
		switch {
		case f.Left == "":
			out.FilesAdded = append(out.FilesAdded, f.Right)
		case f.Right == "":
			out.FilesGone = append(out.FilesGone, f.Left)
		}
	}
	return out, x.examples(ctx, c, out, at)
}

// examples reads the first changes of each table from the JSON Lines report.
func (x *changeSource) examples(ctx context.Context, c *retable.Comparison, out *rag.Changes, at map[string]int) error {
	var a *retable.Artifact
	err := x.s.store.View(ctx, func(tx retable.Tx) (err error) {
		a, err = newest(ctx, tx, retable.ArtifactFilter{ComparisonID: c.ID, Kind: retable.ArtifactReport, Format: "jsonl"})
		return err
	})
	if err != nil || a == nil {
		return err
	}
	r, err := x.s.blobs.Open(ctx, a.Key)
	if err != nil {
		return ignoreMissing(err)
	}
	defer r.Close()
	lines := bufio.NewReaderSize(r, 64<<10)
	for n := 0; n < changeLines; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return explained(ctx, err, "reading the changes")
		}
		if !bytes.Contains(line, []byte(`"op":"row_`)) && !bytes.Contains(line, []byte(`"op":"cell`)) {
			continue
		}
		var ch diff.Change
		if json.Unmarshal(line, &ch) != nil || ch.Class == diff.FormatOnly {
			continue // the first and last line are of another form
		}
		if i, ok := at[ch.Table]; ok && len(out.Tables[i].Examples) < changeExamples {
			out.Tables[i].Examples = append(out.Tables[i].Examples, exampleOf(&ch))
		}
	}
	return nil
}

func exampleOf(c *diff.Change) rag.Change {
	var key []string
	for _, v := range c.Key {
		key = append(key, v.Value)
	}
	out := rag.Change{Key: strings.Join(key, " / "), Column: c.Column, Old: shortened(c.Old), New: shortened(c.New), Kind: "changed"}
	switch {
	case c.RowA < 0:
		out.Kind = "added"
	case c.RowB < 0:
		out.Kind = "removed"
	}
	if c.RowB >= 0 {
		out.Row = c.RowB + 1
	}
	return out
}

// stateOf says in a word what happened to a table.
func stateOf(t *report.Table) string {
	switch {
	case t.OnlyLeft:
		return "removed"
	case t.OnlyRight:
		return "added"
	case t.Same:
		return "same"
	}
	return "changed"
}
