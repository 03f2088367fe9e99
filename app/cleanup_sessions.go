package app

import (
	"context"

	"retable/internal/retable"
)

// eachDisposable calls fn for every session that retention may remove, with
// its comparisons, which must go first: those that are not pinned, not used
// since, and not needed by anything younger.
func (s *Service) eachDisposable(ctx context.Context, before retable.Millis, fn func(x *retable.Session, compared []string) error) error {
	if before <= 0 {
		return nil // longer ago than time goes back: to the filter that would be no limit
	}
	unpinned := false
	page := retable.Page{Limit: 200, Uncounted: true}
	for {
		var l retable.List[retable.Session]
		free := map[int][]string{}
		err := s.store.View(ctx, func(tx retable.Tx) (err error) {
			clear(free)
			if l, err = tx.Sessions().List(ctx, retable.SessionFilter{Before: before, Pinned: &unpinned}, page); err != nil {
				return err
			}
			for i := range l.Items {
				compared, ok, err := disposable(ctx, tx, &l.Items[i], before)
				if err != nil {
					return err
				}
				if ok {
					free[i] = compared
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := range l.Items {
			compared, ok := free[i]
			if !ok {
				continue
			}
			if err := fn(&l.Items[i], compared); err != nil {
				return err
			}
		}
		if l.Next == "" {
			return nil
		}
		page.Cursor = l.Next
	}
}

// disposable tells whether an unused session may go, and which comparisons go
// with it. A comparison lasts as long as it is young itself, is being made, or
// has a side that is pinned; and a delivery that a watched folder's next one
// will be compared with stays.
func disposable(ctx context.Context, tx retable.Tx, x *retable.Session, before retable.Millis) (compared []string, ok bool, err error) {
	if jobs, err := tx.Jobs().List(ctx, retable.JobFilter{SessionID: x.ID, Active: true}, retable.Page{Limit: 1, Uncounted: true}); err != nil || len(jobs.Items) > 0 {
		return nil, false, err
	}
	if awaited, err := awaitsDelivery(ctx, tx, x); err != nil || awaited {
		return nil, false, err
	}
	page := retable.Page{Limit: 200, Uncounted: true}
	for {
		l, err := tx.Comparisons().List(ctx, retable.ComparisonFilter{SessionID: x.ID}, page)
		if err != nil {
			return nil, false, err
		}
		for i := range l.Items {
			c := &l.Items[i]
			if c.UpdatedAt >= before {
				return nil, false, nil
			}
			if needed, err := neededComparison(ctx, tx, c); err != nil || needed {
				return nil, false, err
			}
			compared = append(compared, c.ID)
		}
		if l.Next == "" {
			return compared, true, nil
		}
		page.Cursor = l.Next
	}
}

// neededComparison tells whether a comparison is being made, or has a side
// that somebody pinned.
func neededComparison(ctx context.Context, tx retable.Tx, c *retable.Comparison) (bool, error) {
	j, err := tx.Jobs().Get(ctx, c.JobID)
	if err == nil && !j.State.Over() {
		return true, nil
	}
	if ignoreMissing(err) != nil { // jobs are forgotten before comparisons
		return false, err
	}
	for _, id := range []string{c.LeftID, c.RightID} {
		if side, err := tx.Sessions().Get(ctx, id); err != nil || side.Pinned {
			return true, err
		}
	}
	return false, nil
}

// awaitsDelivery tells whether a session is the newest of a series in a
// watched folder whose deliveries are compared.
func awaitsDelivery(ctx context.Context, tx retable.Tx, x *retable.Session) (bool, error) {
	if x.WatchID == "" {
		return false, nil
	}
	w, err := tx.Watches().Get(ctx, x.WatchID)
	if err != nil {
		return false, ignoreMissing(err)
	}
	if opts, err := watchOptions(w); err != nil || !opts.Compare {
		return false, err
	}
	l, err := tx.Sessions().List(ctx, retable.SessionFilter{OwnerID: x.OwnerID, Pattern: x.Pattern, WatchID: x.WatchID}, retable.Page{Limit: 100, Uncounted: true})
	for i := range l.Items {
		y := &l.Items[i]
		if y.State != retable.SessionFailed && y.State != retable.SessionDeleting && deliveredBefore(x, y) {
			return false, err
		}
	}
	return err == nil, err
}

// shrink removes the longest unused sessions until the rest fits.
func (s *Service) shrink(ctx context.Context, limit int64, remove func(x *retable.Session, compared []string) error) error {
	total := int64(0)
	err := s.store.View(ctx, func(tx retable.Tx) error {
		sums, err := tx.Sessions().Totals(ctx)
		total = sums.Stored
		return err
	})
	if err != nil || total <= limit {
		return err
	}
	var all []retable.Session
	comparisons := map[string][]string{}
	err = s.eachDisposable(ctx, s.clock.Now(), func(x *retable.Session, compared []string) error {
		all = append(all, retable.Session{ID: x.ID, UsedAt: x.UsedAt, Stored: x.Stored})
		comparisons[x.ID] = compared
		return nil
	})
	if err != nil {
		return err
	}
	sortByUse(all)
	for i := range all {
		if total <= limit {
			return nil
		}
		if err := remove(&all[i], comparisons[all[i].ID]); err != nil {
			return err
		}
		total -= all[i].Stored
	}
	return nil
}
