package app

import (
	"context"
	"encoding/json"
	"sort"

	"retable/internal/retable"
)

// ComparisonRecord is a comparison of two sessions as it travels.
type ComparisonRecord struct {
	ID         string          `json:"id"`
	OwnerID    string          `json:"owner_id"`
	LeftID     string          `json:"left_session_id"`
	RightID    string          `json:"right_session_id"`
	LeftName   string          `json:"left_name"`
	RightName  string          `json:"right_name"`
	JobID      int64           `json:"job_id"`
	State      string          `json:"state" enum:"QUEUED,RUNNING,SUCCESS,FAILED,CANCELLED"`
	Similarity float64         `json:"similarity"`
	Changes    int64           `json:"changes"`
	Options    CompareSettings `json:"options"`
	Error      string          `json:"error,omitempty"`
	Shared     bool            `json:"shared"`
	CreatedAt  string          `json:"created_at"`
	UpdatedAt  string          `json:"updated_at"`
	Summary    json.RawMessage `json:"summary,omitempty"`
}

// ComparisonRef names a comparison.
type ComparisonRef struct {
	ComparisonID string `json:"comparison_id"`
}

// CompareSessionsRequest asks what has changed from the left session to the
// right one.
type CompareSessionsRequest struct {
	LeftID  string           `json:"left_session_id"`
	RightID string           `json:"right_session_id"`
	Options *CompareSettings `json:"options,omitempty"`
}

// CompareStarted says which job compares.
type CompareStarted struct {
	JobID        int64  `json:"job_id"`
	ComparisonID string `json:"comparison_id"`
}

// Compare enqueues a comparison. With the same sessions, options and pins it
// is the one that is there, if its rows can still be shown. Sessions without tables, or with tables of another
// version of the program, are converted first.
func (s *Service) Compare(ctx context.Context, req CompareSessionsRequest) (*CompareStarted, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	if req.LeftID == req.RightID {
		return nil, &retable.Error{Code: retable.Unprocessable, Detail: "Both sides are the same session: choose two.", Fields: []retable.FieldError{{Field: "right_session_id", Message: "is the left one"}}}
	}
	opts := CompareSettings{}
	if req.Options != nil {
		opts = *req.Options
		opts.Output, opts.Reports = "", nil // folders of this machine are not the caller's to name
	}
	var out *CompareStarted
	err = s.store.Update(ctx, func(tx retable.Tx) (err error) {
		out, err = s.startComparison(ctx, tx, p, req.LeftID, req.RightID, opts, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.system.Hint()
	return out, nil
}

// startComparison records a comparison and enqueues its job and what that one
// waits for. After are further jobs to wait for.
func (s *Service) startComparison(ctx context.Context, tx retable.Tx, p *retable.Principal, leftID, rightID string, opts CompareSettings, after []int64) (*CompareStarted, error) {
	left, err := session(ctx, tx, p, leftID, false)
	if err != nil {
		return nil, err
	}
	right, err := session(ctx, tx, p, rightID, false)
	if err != nil {
		return nil, err
	}
	pins, err := tx.Comparisons().Pins(ctx, leftID, rightID)
	if err != nil {
		return nil, err
	}
	for i := range pins {
		pins[i].CreatedAt = 0
	}
	hash := hashOf("compare", opts, pins, left.SHA256, left.Options, right.SHA256, right.Options, s.cfg.Version)
	if c, err := tx.Comparisons().Find(ctx, leftID, rightID, hash); err == nil {
		if good, err := stillGood(ctx, tx, c); err != nil || good {
			return &CompareStarted{c.JobID, c.ID}, err
		}
	} else if !retable.Is(err, retable.NotFound) {
		return nil, err
	}
	for _, x := range []*retable.Session{left, right} {
		job, err := s.ensureTables(ctx, tx, x)
		if err != nil {
			return nil, err
		}
		if job != 0 {
			after = append(after, job)
		}
	}
	raw, err := encoded(opts)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	c := &retable.Comparison{
		ID: retable.NewID(), OwnerID: p.UserID, LeftID: leftID, RightID: rightID, Options: raw, OptionsHash: hash,
		State: retable.JobQueued, CreatedAt: now, UpdatedAt: now,
	}
	if err := tx.Comparisons().Create(ctx, c); err != nil {
		return nil, err
	}
	j, err := s.enqueue(ctx, tx, retable.JobSpec{Kind: retable.JobCompare, OwnerID: p.UserID, ComparisonID: c.ID, DedupeKey: "compare:" + c.ID, After: after})
	if err != nil {
		return nil, err
	}
	c.JobID = j.ID
	if err := tx.Comparisons().Update(ctx, c); err != nil {
		return nil, err
	}
	return &CompareStarted{j.ID, c.ID}, s.audit(ctx, tx, "comparison.create", c.ID, map[string]any{"left": leftID, "right": rightID})
}

// ensureTables enqueues a session's conversion if its tables are missing or of
// another engine, or finds the one under way; 0 if the tables are there.
func (s *Service) ensureTables(ctx context.Context, tx retable.Tx, x *retable.Session) (int64, error) {
	if x.State == retable.SessionDeleting {
		return 0, retable.Errorf(retable.Conflict, "%s is being deleted.", x.Name)
	}
	active, err := tx.Jobs().List(ctx, retable.JobFilter{SessionID: x.ID, Kind: retable.JobConvert, Active: true}, retable.Page{Limit: 1})
	if err != nil {
		return 0, err
	}
	if len(active.Items) > 0 {
		return active.Items[0].ID, nil
	}
	// Only now: what was read before may be from before a conversion that has
	// ended since, and is no longer active for that reason.
	if x, err = tx.Sessions().Get(ctx, x.ID); err != nil {
		return 0, err
	}
	if x.State == retable.SessionReady && x.Engine == s.cfg.Version {
		return 0, nil
	}
	opts, err := optionsOf(x)
	if err != nil {
		return 0, err
	}
	j, err := s.enqueueConvert(ctx, tx, x.ID, opts, nil)
	if err != nil {
		return 0, err
	}
	return j.ID, nil
}

// ComparisonList is a part of the comparisons.
type ComparisonList = List[ComparisonRecord]

// ListComparisonsRequest chooses comparisons.
type ListComparisonsRequest struct {
	SessionID string `json:"session_id,omitempty"`
	PageQuery
}

// ListComparisons lists the comparisons that the caller may see, newest first.
func (s *Service) ListComparisons(ctx context.Context, req ListComparisonsRequest) (*ComparisonList, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out *ComparisonList
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Comparisons().List(ctx, retable.ComparisonFilter{Visible: p.UserID, SessionID: req.SessionID}, req.page())
		if err != nil {
			return err
		}
		items, err := comparisonDTOs(ctx, tx, l.Items, p)
		for i := range items {
			items[i].Summary = nil
		}
		out = &ComparisonList{Items: items, Next: l.Next, Total: l.Total}
		return err
	})
	return out, err
}

// GetComparison returns a comparison with its summary.
func (s *Service) GetComparison(ctx context.Context, req ComparisonRef) (*ComparisonRecord, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out ComparisonRecord
	err = s.store.View(ctx, func(tx retable.Tx) error {
		c, err := comparison(ctx, tx, p, req.ComparisonID, false)
		if err != nil {
			return err
		}
		one, err := comparisonDTOs(ctx, tx, []retable.Comparison{*c}, p)
		if err == nil {
			out = one[0]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// comparison reads a comparison that the caller may see, or change.
func comparison(ctx context.Context, tx retable.Tx, p *retable.Principal, id string, write bool) (*retable.Comparison, error) {
	if !retable.ValidID(id) {
		return nil, retable.Missing("comparison", id)
	}
	c, err := tx.Comparisons().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return c, may(ctx, tx, p, retable.ResourceComparison, id, c.OwnerID, write)
}

// comparisonDTOs makes what travels, with the names of the sessions and the end
// of the jobs.
func comparisonDTOs(ctx context.Context, tx retable.Tx, l []retable.Comparison, p *retable.Principal) ([]ComparisonRecord, error) {
	out := make([]ComparisonRecord, len(l))
	names, err := tx.Comparisons().Names(ctx, idsOf(l, func(c *retable.Comparison) string { return c.ID }))
	if err != nil {
		return nil, err
	}
	jobs, err := tx.Jobs().Some(ctx, idsOf(l, waitingFor))
	if err != nil {
		return nil, err
	}
	for i := range l {
		c := &l[i]
		out[i] = ComparisonRecord{
			ID: c.ID, OwnerID: c.OwnerID, LeftID: c.LeftID, RightID: c.RightID, LeftName: names[c.ID][0], RightName: names[c.ID][1],
			JobID: c.JobID, State: string(c.State), Similarity: c.Similarity, Changes: c.Changes, Error: c.Error,
			Shared: c.OwnerID != p.UserID, CreatedAt: c.CreatedAt.String(), UpdatedAt: c.UpdatedAt.String(), Summary: c.Summary,
		}
		if waitingFor(c) != 0 {
			endOf(jobs, &out[i])
		}
		if len(c.Options) == 0 {
			continue
		}
		if err := json.Unmarshal(c.Options, &out[i].Options); err != nil {
			return nil, retable.Fault(err, "reading the options of a comparison")
		}
	}
	return out, nil
}

// waitingFor is the job that a comparison isn't over without; 0 if it is.
func waitingFor(c *retable.Comparison) int64 {
	if c.State.Over() {
		return 0
	}
	return c.JobID
}

// endOf says how a comparison ended whose job never ran to its end: it was
// cancelled in the queue, what it waited for failed, or its workers died.
func endOf(jobs map[int64]retable.Job, d *ComparisonRecord) {
	j, there := jobs[d.JobID]
	switch {
	case !there:
		d.State, d.Error = string(retable.JobFailed), "Its job is gone; compare again."
	case j.State.Over() && j.State != retable.JobSuccess:
		d.State, d.Error = string(j.State), j.Error
	}
}

// DeleteComparison removes a comparison and its reports.
func (s *Service) DeleteComparison(ctx context.Context, req ComparisonRef) (*Success, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	if err := s.deleteComparison(ctx, p, req.ComparisonID); err != nil {
		return nil, err
	}
	return done(), nil
}

func (s *Service) deleteComparison(ctx context.Context, p *retable.Principal, id string) error {
	var keys []string
	err := s.store.Update(ctx, func(tx retable.Tx) error {
		c, err := comparison(ctx, tx, p, id, true)
		if err != nil {
			return err
		}
		if j, err := tx.Jobs().Get(ctx, c.JobID); err == nil && !j.State.Over() {
			return retable.Errorf(retable.Conflict, "The comparison is being made: cancel its job first.")
		} else if err != nil && !retable.Is(err, retable.NotFound) {
			return err
		}
		arts, err := tx.Artifacts().Find(ctx, retable.ArtifactFilter{ComparisonID: c.ID})
		if err != nil {
			return err
		}
		keys = keys[:0]
		for i := range arts {
			keys = append(keys, arts[i].Key)
		}
		if err := tx.Comparisons().Delete(ctx, c.ID); err != nil {
			return err
		}
		return s.audit(ctx, tx, "comparison.delete", c.ID, nil)
	})
	if err != nil {
		return err
	}
	s.dropBlobs(ctx, keys)
	return nil
}

// Suggestion is a pair of sessions that look like deliveries of one series.
type Suggestion struct {
	Left   Session `json:"left"`
	Right  Session `json:"right"`
	Reason string  `json:"reason"`
}

// Suggestions are pairs to compare.
type Suggestions struct {
	Suggestions []Suggestion `json:"suggestions"`
}

// SuggestRequest asks for pairs, or for the counterparts of one session.
type SuggestRequest struct {
	SessionID string `json:"session_id,omitempty"`
}

// SuggestComparisons pairs the caller's ready sessions whose names differ only
// in dates and numbers, the newest first.
func (s *Service) SuggestComparisons(ctx context.Context, req SuggestRequest) (*Suggestions, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	out := &Suggestions{Suggestions: []Suggestion{}}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		f := retable.SessionFilter{Visible: p.UserID, State: retable.SessionReady}
		if req.SessionID != "" {
			x, err := session(ctx, tx, p, req.SessionID, false)
			if err != nil {
				return err
			}
			f.Pattern = x.Pattern
		}
		l, err := tx.Sessions().List(ctx, f, retable.Page{Limit: 500})
		if err != nil {
			return err
		}
		series := map[string][]*retable.Session{}
		for i := range l.Items {
			series[l.Items[i].Pattern] = append(series[l.Items[i].Pattern], &l.Items[i])
		}
		for pattern, xs := range series {
			sort.SliceStable(xs, func(i, k int) bool { return deliveredBefore(xs[k], xs[i]) })
			for i := 1; i < len(xs); i++ {
				right, left := xs[i-1], xs[i]
				if req.SessionID != "" && left.ID != req.SessionID && right.ID != req.SessionID || left.SHA256 == right.SHA256 {
					continue
				}
				out.Suggestions = append(out.Suggestions, Suggestion{sessionDTO(left, p), sessionDTO(right, p), "Two deliveries of " + pattern + ", one after the other"})
			}
		}
		return nil
	})
	sort.SliceStable(out.Suggestions, func(i, k int) bool {
		return out.Suggestions[i].Right.CreatedAt > out.Suggestions[k].Right.CreatedAt
	})
	out.Suggestions = out.Suggestions[:min(len(out.Suggestions), 10)]
	return out, err
}

// deliveredBefore orders the deliveries of a series: by name, whose dates and
// numbers tell it, then by arrival.
func deliveredBefore(a, b *retable.Session) bool {
	if x, y := seriesOrder(a.Name), seriesOrder(b.Name); x != y {
		return x < y
	}
	return a.CreatedAt < b.CreatedAt
}
