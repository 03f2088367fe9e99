package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"retable/internal/diff/report"
	"retable/internal/retable"
)

// ResultsRequest chooses a part of a comparison's result. The page is that of
// files, of tables and of changes alike.
type ResultsRequest struct {
	JobID  int64  `json:"job_id"`
	Offset int64  `json:"offset,omitempty" minimum:"0"`
	Limit  int64  `json:"limit,omitempty" minimum:"0" maximum:"1000" doc:"Files, tables and changes per page; 100 if absent"`
	Search string `json:"search,omitempty" maxLength:"500" doc:"Part of a path or of a table's name: of files and tables"`
	Only   string `json:"only,omitempty" enum:"changed,same,added,removed" doc:"Of files and tables"`
	Table  string `json:"table,omitempty" doc:"Changes of this table alone: its name on either side, or its number"`
	Op     string `json:"op,omitempty" doc:"Changes of this op alone: changed, added, removed, moved, format_only; several by commas"`
}

// Results has the pairs of files, the tables with what changed in them, and
// the changed rows.
type Results struct {
	JobID        int64             `json:"job_id"`
	ComparisonID string            `json:"comparison_id"`
	Status       string            `json:"status" enum:"QUEUED,RUNNING,SUCCESS,FAILED,CANCELLED"`
	Progress     float64           `json:"progress"`
	Message      string            `json:"message"`
	Error        string            `json:"error,omitempty"`
	Similarity   float64           `json:"similarity"`
	Same         bool              `json:"same"`
	Totals       json.RawMessage   `json:"totals,omitempty"`
	FilesTotal   int64             `json:"files_total"`
	Files        []json.RawMessage `json:"files"`
	TablesTotal  int64             `json:"tables_total"`
	Tables       []json.RawMessage `json:"tables"`
	ChangesTotal int64             `json:"changes_total"`
	Changes      []Delta           `json:"changes"`
	Notice       string            `json:"notice,omitempty"` // why there are no changes here, and what to do
	Next         int64             `json:"next_offset,omitempty"`
}

// Delta is a changed row with the values that differ; of an added or removed
// one, those that it has.
type Delta struct {
	Table  string       `json:"table"`
	Number int64        `json:"number"` // of the table
	Op     string       `json:"op" enum:"changed,added,removed,moved,format_only"`
	RowA   int64        `json:"row_a,omitempty"` // from 1
	RowB   int64        `json:"row_b,omitempty"`
	FileA  string       `json:"file_a,omitempty"`
	FileB  string       `json:"file_b,omitempty"`
	LineA  int64        `json:"line_a,omitempty"`
	LineB  int64        `json:"line_b,omitempty"`
	Key    []DeltaValue `json:"key,omitempty"`
	Cells  []DeltaCell  `json:"cells"`
}

// DeltaValue is a named value.
type DeltaValue struct {
	Column string  `json:"column"`
	Value  *string `json:"value"`
}

// DeltaCell is a value that differs. Column is its name on the left if it is there.
type DeltaCell struct {
	Column     string  `json:"column"`
	Old        *string `json:"old"`
	New        *string `json:"new"`
	FormatOnly bool    `json:"format_only,omitempty"`
}

func (r *ResultsRequest) size() int64 {
	if r.Limit == 0 {
		return 100
	}
	return r.Limit
}

// ComparisonResults pages through what a comparison's job has found.
func (s *Service) ComparisonResults(ctx context.Context, req ResultsRequest) (*Results, error) {
	if req.Offset < 0 || req.Limit < 0 || req.Limit > 1000 {
		return nil, retable.Errorf(retable.Unprocessable, "A page has 1 to 1,000 entries from an offset of 0 or more.")
	}
	j, c, err := s.comparisonOf(ctx, req.JobID)
	if err != nil {
		return nil, err
	}
	out := &Results{
		JobID: j.ID, ComparisonID: c.ID, Status: string(j.State), Progress: j.Progress, Message: j.Message, Error: j.Error,
		Files: []json.RawMessage{}, Tables: []json.RawMessage{}, Changes: []Delta{},
	}
	if j.State != retable.JobSuccess {
		return out, nil
	}
	if err := out.summarise(c.Summary, &req); err != nil {
		return nil, err
	}
	if err := s.deltas(ctx, out, &req); err != nil {
		return nil, explained(ctx, err, "reading the changes")
	}
	if end := req.Offset + req.size(); end < max(out.FilesTotal, out.TablesTotal, out.ChangesTotal) {
		out.Next = end
	}
	return out, nil
}

// comparisonOf finds a job and its comparison, which the caller may see.
func (s *Service) comparisonOf(ctx context.Context, jobID int64) (j *retable.Job, c *retable.Comparison, err error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, nil, err
	}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if c, err = tx.Comparisons().ByJob(ctx, jobID); err != nil {
			return err
		}
		if c, err = comparison(ctx, tx, p, c.ID, false); err != nil {
			if retable.Is(err, retable.NotFound) {
				return retable.Errorf(retable.NotFound, "There is no comparison of job %d.", jobID) // its id is not for everybody
			}
			return err
		}
		j, err = tx.Jobs().Get(ctx, jobID)
		return err
	})
	return j, c, err
}

// summarise takes the page's part of the summary.
func (out *Results) summarise(raw json.RawMessage, req *ResultsRequest) (err error) {
	var summary struct {
		Same       bool              `json:"same"`
		Similarity float64           `json:"similarity"`
		Totals     json.RawMessage   `json:"totals"`
		Files      []json.RawMessage `json:"files"`
		Tables     []json.RawMessage `json:"tables"`
	}
	if err := json.Unmarshal(raw, &summary); err != nil {
		return retable.Fault(err, "reading the comparison's summary")
	}
	out.Same, out.Similarity, out.Totals = summary.Same, summary.Similarity, summary.Totals
	if out.Files, out.FilesTotal, err = resultsPage(summary.Files, req); err != nil {
		return err
	}
	out.Tables, out.TablesTotal, err = resultsPage(summary.Tables, req)
	return err
}

func resultsPage(all []json.RawMessage, req *ResultsRequest) (items []json.RawMessage, total int64, err error) {
	items = []json.RawMessage{}
	for _, raw := range all {
		var e resultEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, 0, retable.Fault(err, "reading the comparison's summary")
		}
		if !e.fits(req) {
			continue
		}
		if total >= req.Offset && int64(len(items)) < req.size() {
			items = append(items, raw)
		}
		total++
	}
	return items, total, nil
}

// resultEntry is what a filter looks at, of a file or of a table.
type resultEntry struct {
	Left, Right, Name string
	RightName         string `json:"right_name"`
	Same              bool   `json:"same"`
	OnlyLeft          bool   `json:"only_left"`
	OnlyRight         bool   `json:"only_right"`
}

func (e *resultEntry) fits(req *ResultsRequest) bool {
	if req.Search != "" && !strings.Contains(strings.ToLower(strings.Join([]string{e.Left, e.Right, e.Name, e.RightName}, "\n")), strings.ToLower(req.Search)) {
		return false
	}
	removed := e.OnlyLeft || e.Name == "" && e.Right == ""
	added := e.OnlyRight || e.Name == "" && e.Left == ""
	switch req.Only {
	case "same":
		return e.Same
	case "added":
		return added
	case "removed":
		return removed
	case "changed":
		return !e.Same && !added && !removed
	}
	return true
}

// deltas takes the page's part of the changes, table by table. Where there are
// none to be had, a notice says so, unless somebody asked for them.
func (s *Service) deltas(ctx context.Context, out *Results, req *ResultsRequest) error {
	ops, err := rowOps(req.Op)
	if err != nil {
		return err
	}
	find := func(tx retable.Tx, p *retable.Principal) (*retable.Comparison, error) {
		return comparison(ctx, tx, p, out.ComparisonID, false)
	}
	err = s.withDiffRows(ctx, find, func(d *diffRows) error {
		known := false
		for n := int64(1); n <= int64(d.listing.Tables()); n++ {
			t, err := d.table(n)
			if err != nil {
				return err
			}
			if !t.called(req.Table) {
				continue
			}
			known = true
			if err := t.deltas(ctx, out, req, ops); err != nil {
				return err
			}
		}
		if !known && req.Table != "" {
			return retable.Errorf(retable.NotFound, "The comparison has no table %s.", req.Table)
		}
		return nil
	})
	var known *retable.Error
	if errors.As(err, &known) && known.Reason == "compare_again" && req.Table == "" && req.Op == "" {
		out.Notice = known.Detail
		return nil
	}
	return err
}

// called tells whether a name, or a number, means the table.
func (t *diffTable) called(name string) bool {
	sum := t.listed.Summary()
	return name == "" || name == sum.Name || name == sum.Right || name == strconv.FormatInt(t.number, 10)
}

// deltas adds the table's part of the page.
func (t *diffTable) deltas(ctx context.Context, out *Results, req *ResultsRequest, ops []report.RowOp) error {
	q := DiffQuery{OnlyChanges: true, Ops: req.Op}
	count := t.listed.Changed()
	if len(ops) > 0 {
		count = 0
		for _, op := range report.RowOps() {
			if op != report.RowSame && slices.Contains(ops, op) {
				count += t.listed.Count(op)
			}
		}
	}
	from := max(req.Offset-out.ChangesTotal, 0)
	out.ChangesTotal += count
	n := min(req.size()-int64(len(out.Changes)), count-from)
	if n <= 0 {
		return nil
	}
	l, err := t.list(ctx, q)
	if err != nil {
		return err
	}
	defer l.close()
	rows, err := t.page(ctx, l, from, n, defaultMaxCell)
	if err != nil {
		return err
	}
	for i := range rows {
		out.Changes = append(out.Changes, t.delta(&rows[i]))
	}
	return nil
}

// delta is a row without what is the same.
func (t *diffTable) delta(r *DiffRow) Delta {
	d := Delta{
		Table: t.listed.Summary().Name, Number: t.number, Op: r.Op, RowA: r.RIDA, RowB: r.RIDB, FileA: r.FileA, FileB: r.FileB,
		LineA: r.lineA, LineB: r.lineB, Cells: []DeltaCell{},
	}
	at := func(cells []*string, i int) *string {
		if cells == nil {
			return nil
		}
		return cells[i]
	}
	for i, c := range t.listed.Columns() {
		name := c.Left
		if name == "" {
			name = c.Right
		}
		old, now := at(r.Old, i), at(r.New, i)
		if c.Key {
			value := old
			if r.RIDA == 0 {
				value = now
			}
			d.Key = append(d.Key, DeltaValue{name, value})
		}
		switch mark := r.Marks[i]; {
		case mark == 'c' || mark == 'f', (mark == 'a' || mark == 'r') && (old != nil || now != nil):
			d.Cells = append(d.Cells, DeltaCell{name, old, now, mark == 'f'})
		}
	}
	return d
}
