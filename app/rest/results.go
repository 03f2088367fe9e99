package rest

import (
	"context"
	"encoding/json"
	"strings"

	"retable/app"
	"retable/internal/retable"
)

// resultsRequest chooses a part of a comparison's result.
type resultsRequest struct {
	JobID  int64  `json:"job_id"`
	Format string `json:"format,omitempty" maxLength:"20" doc:"html, xlsx, csv ...: a report instead of JSON"`
	Offset int    `json:"offset,omitempty" minimum:"0"`
	Limit  int    `json:"limit,omitempty" minimum:"0" maximum:"1000" doc:"Files, and tables, per page; 100 if absent"`
	Search string `json:"search,omitempty" maxLength:"500" doc:"Part of a path or of a table's name"`
	Only   string `json:"only,omitempty" enum:"changed,same,added,removed"`
}

// resultsAnswer has the pairs of files and the tables with what changed in them.
type resultsAnswer struct {
	JobID        int64             `json:"job_id"`
	ComparisonID string            `json:"comparison_id"`
	Status       string            `json:"status" enum:"QUEUED,RUNNING,SUCCESS,FAILED,CANCELLED"`
	Progress     float64           `json:"progress"`
	Message      string            `json:"message"`
	Error        string            `json:"error,omitempty"`
	Similarity   float64           `json:"similarity"`
	Same         bool              `json:"same"`
	Totals       json.RawMessage   `json:"totals,omitempty"`
	FilesTotal   int               `json:"files_total"`
	Files        []json.RawMessage `json:"files"`
	TablesTotal  int               `json:"tables_total"`
	Tables       []json.RawMessage `json:"tables"`
	Next         int               `json:"next_offset,omitempty"`
}

// results pages through the summary of a comparison.
func (s *Server) results(ctx context.Context, req *resultsRequest) (*resultsAnswer, error) {
	j, err := s.svc.GetJob(ctx, app.JobRef{JobID: req.JobID})
	if err != nil {
		return nil, err
	}
	if j.ComparisonID == "" {
		return nil, retable.Errorf(retable.NotFound, "Job %d is no comparison.", req.JobID)
	}
	out := &resultsAnswer{
		JobID: j.ID, ComparisonID: j.ComparisonID, Status: j.Status, Progress: j.Progress, Message: j.Message, Error: j.Error,
		Files: []json.RawMessage{}, Tables: []json.RawMessage{},
	}
	if j.Status != string(retable.JobSuccess) {
		return out, nil
	}
	comparison, err := s.svc.GetComparison(ctx, app.ComparisonRef{ComparisonID: j.ComparisonID})
	if err != nil {
		return nil, err
	}
	var summary struct {
		Same       bool              `json:"same"`
		Similarity float64           `json:"similarity"`
		Totals     json.RawMessage   `json:"totals"`
		Files      []json.RawMessage `json:"files"`
		Tables     []json.RawMessage `json:"tables"`
	}
	if err := json.Unmarshal(comparison.Summary, &summary); err != nil {
		return nil, retable.Fault(err, "reading the comparison's summary")
	}
	out.Same, out.Similarity, out.Totals = summary.Same, summary.Similarity, summary.Totals
	var more bool
	if out.Files, out.FilesTotal, more, err = pageOf(summary.Files, req); err != nil {
		return nil, err
	}
	var moreTables bool
	if out.Tables, out.TablesTotal, moreTables, err = pageOf(summary.Tables, req); err != nil {
		return nil, err
	}
	if more || moreTables {
		out.Next = req.Offset + req.size()
	}
	return out, nil
}

func (r *resultsRequest) size() int {
	if r.Limit == 0 {
		return 100
	}
	return r.Limit
}

// resultEntry is what a filter looks at, of a file or of a table.
type resultEntry struct {
	Left, Right, Name string
	RightName         string `json:"right_name"`
	Same              bool   `json:"same"`
	OnlyLeft          bool   `json:"only_left"`
	OnlyRight         bool   `json:"only_right"`
}

func pageOf(all []json.RawMessage, req *resultsRequest) (items []json.RawMessage, total int, more bool, err error) {
	items = []json.RawMessage{}
	for _, raw := range all {
		var e resultEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, 0, false, retable.Fault(err, "reading the comparison's summary")
		}
		if !e.fits(req) {
			continue
		}
		if total >= req.Offset && len(items) < req.size() {
			items = append(items, raw)
		}
		total++
	}
	return items, total, total > req.Offset+len(items) && len(items) > 0, nil
}

func (e *resultEntry) fits(req *resultsRequest) bool {
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
