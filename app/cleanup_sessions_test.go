package app

import (
	"slices"
	"testing"
	"time"

	"retable/internal/retable"
)

// agedComparison makes a comparison look as if it had been made so long ago.
func (s *served) agedComparison(t *testing.T, id string, age time.Duration) {
	t.Helper()
	if _, err := s.store.SQL().ExecContext(s.ctx, "UPDATE comparisons SET updated_at = $1 WHERE id = $2", s.clock.Now().Add(-age), id); err != nil {
		t.Fatal(err)
	}
}

func (s *served) comparisonIDs(t *testing.T) (ids []string) {
	t.Helper()
	l, err := s.ListComparisons(s.ctx, ListComparisonsRequest{PageQuery: PageQuery{Limit: 500}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.Items {
		ids = append(ids, l.Items[i].ID)
	}
	slices.Sort(ids)
	return ids
}

func TestRetentionTakesComparisonsWithTheirSessions(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.Retention.Unused = 10 * day })
	n := 4
	pair := func(name string) (left, right, id string) {
		n += 2
		left = s.take(t, s.ctx, name+"-1.zip", someOrders(t, n, "1")).SessionID
		right = s.take(t, s.ctx, name+"-2.zip", someOrders(t, n+1, "2")).SessionID
		return left, right, s.compareAll(t, s.ctx, left, right, nil).ComparisonID
	}
	// Both sides and what was found in them: all are old.
	a, b, old := pair("old")
	// Somebody looked at two old deliveries yesterday.
	c, d, young := pair("young")
	// One side is used still: the old one and the comparison go.
	e, f, half := pair("half")
	// One side is pinned: what was found out about it stays.
	g, h, pinned := pair("pinned")
	for _, id := range []string{a, b, c, d, e, g} {
		s.aged(t, id, 11*day, false)
	}
	s.aged(t, f, 9*day, false)
	s.aged(t, h, 11*day, true)
	for _, id := range []string{old, half, pinned} {
		s.agedComparison(t, id, 11*day)
	}
	s.agedComparison(t, young, day)

	preview, err := s.PreviewCleanup(s.ctx, CleanupRequest{UnusedDays: 10})
	if err != nil || preview.Total != 3 || preview.Comparisons != 2 {
		t.Errorf("the dry run says %+v, %v", preview, err)
	}
	s.cleaned(t)
	if got, want := s.sessionNames(t), []string{"half-2.zip", "pinned-1.zip", "pinned-2.zip", "young-1.zip", "young-2.zip"}; !slices.Equal(got, want) {
		t.Errorf("there remain %q, want %q", got, want)
	}
	want := []string{young, pinned}
	slices.Sort(want)
	if got := s.comparisonIDs(t); !slices.Equal(got, want) {
		t.Errorf("of %q there remain %q", []string{old, young, half, pinned}, got)
	}
	for info, err := range s.blobs.List(s.ctx, "comparisons/"+old) {
		t.Errorf("of the comparison is left %s, %v", info.Key, err)
	}
}

func TestAWatchThatComparesHoldsNoMoreThanItsAge(t *testing.T) {
	t.Parallel()
	w := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.Retention.Unused = 10 * day }).watch(t, WatchOptions{Compare: true})
	for i, name := range []string{"orders_2026-01.zip", "orders_2026-02.zip", "orders_2026-03.zip"} {
		w.drop(t, name, someOrders(t, 10+i, "1"))
		w.becomes(t, name, fileDone)
	}
	old := w.comparisonIDs(t)
	if len(old) != 2 {
		t.Fatalf("compared were %q", old)
	}
	for _, id := range old {
		w.agedComparison(t, id, 11*day)
	}
	l, err := w.ListSessions(w.ctx, ListSessionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.Items {
		w.aged(t, l.Items[i].ID, 11*day, false)
	}
	w.cleaned(t)
	if got := w.sessionNames(t); !slices.Equal(got, []string{"orders_2026-03.zip"}) {
		t.Errorf("there remain %q, but should what the next delivery is compared with", got)
	}
	if got := w.comparisonIDs(t); len(got) > 0 {
		t.Errorf("there remain the comparisons %q", got)
	}
	w.drop(t, "orders_2026-04.zip", someOrders(t, 14, "1"))
	w.becomes(t, "orders_2026-04.zip", fileDone)
	if got := w.sessionNames(t); !slices.Equal(got, []string{"orders_2026-03.zip", "orders_2026-04.zip"}) || len(w.comparisonIDs(t)) != 1 {
		t.Errorf("after the next delivery there are %q and %d comparisons", got, len(w.comparisonIDs(t)))
	}
}

func TestARefusalToDeleteNamesTheCure(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	a, b := s.take(t, s.ctx, "a.zip", someOrders(t, 4, "1")).SessionID, s.take(t, s.ctx, "b.zip", someOrders(t, 5, "1")).SessionID
	c := s.compareAll(t, s.ctx, a, b, nil)
	_, err := s.DeleteSession(s.ctx, SessionRef{a})
	if want := `a.zip can't be deleted while others need it: comparison "` + c.ComparisonID + `". Delete its comparisons first, and let its jobs end or cancel them.`; !retable.Is(err, retable.Conflict) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
