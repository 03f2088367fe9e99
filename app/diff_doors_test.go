package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

// twoDeliveries compares two small deliveries.
func (s *served) twoDeliveries(t *testing.T) (left, right *Received, c *CompareStarted) {
	t.Helper()
	left = s.take(t, s.ctx, "orders-1.zip", someOrders(t, 12, "10.50"))
	right = s.take(t, s.ctx, "orders-2.zip", someOrders(t, 14, "99"))
	return left, right, s.compareAll(t, s.ctx, left.SessionID, right.SessionID, nil)
}

func TestOnlyWhoMaySeeAComparisonSeesItsRows(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	_, _, c := s.twoDeliveries(t)
	_, bob := s.addUser(t, "bob", retable.RoleUser)
	ref := DiffTableRef{c.ComparisonID, 1}
	ask := map[string]func() error{
		"GetDiffTable": func() error { _, err := s.GetDiffTable(bob, ref); return err },
		"GetDiffRows":  func() error { _, err := s.GetDiffRows(bob, DiffRowsRequest{DiffTableRef: ref, Limit: 1}); return err },
		"FindChange": func() error {
			_, err := s.FindChange(bob, FindChangeRequest{DiffTableRef: ref, From: -1, Direction: "next"})
			if retable.Is(err, retable.NotFound) && strings.Contains(err.Error(), "no change") {
				return nil
			}
			return err
		},
		"ComparisonResults": func() error { _, err := s.ComparisonResults(bob, ResultsRequest{JobID: c.JobID}); return err },
	}
	for name, call := range ask {
		if err := call(); !retable.Is(err, retable.NotFound) {
			t.Errorf("%s tells a stranger %v", name, err)
		}
	}
	if _, err := s.PutShare(s.ctx, ShareRequest{ResourceRef: ResourceRef{Resource: "comparison", ResourceID: c.ComparisonID}, Username: "bob"}); err != nil {
		t.Fatal(err)
	}
	for name, call := range ask {
		if err := call(); err != nil {
			t.Errorf("%s tells whom it was shared with %v", name, err)
		}
	}
}

// TestRowsThatCantBeShownSayWhatToDo: of a comparison of an earlier version,
// of sessions that were converted anew, and of one under way.
func TestRowsThatCantBeShownSayWhatToDo(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	left, right, c := s.twoDeliveries(t)
	ref := DiffTableRef{c.ComparisonID, 1}
	refusedWith := func(reason string) {
		t.Helper()
		_, err := s.GetDiffRows(s.ctx, DiffRowsRequest{DiffTableRef: ref, Limit: 1})
		e, ok := err.(*retable.Error)
		if !ok || e.Code != retable.Conflict || e.Reason != reason || reason == "compare_again" && !strings.Contains(e.Detail, "compare the two sessions again") {
			t.Errorf("got %v, not %s", err, reason)
		}
	}
	// Converted anew, into other tables.
	err := s.store.Update(s.ctx, func(tx retable.Tx) error {
		a, err := newest(s.ctx, tx, retable.ArtifactFilter{SessionID: left.SessionID, Kind: retable.ArtifactTables})
		if err != nil {
			return err
		}
		if err := tx.Artifacts().Delete(s.ctx, a.ID); err != nil {
			return err
		}
		a.ID, a.SHA256 = retable.NewID(), strings.Repeat("0", 64)
		return tx.Artifacts().Add(s.ctx, a)
	})
	if err != nil {
		t.Fatal(err)
	}
	refusedWith("compare_again")
	if r, err := s.ComparisonResults(s.ctx, ResultsRequest{JobID: c.JobID}); err != nil || r.Notice == "" || len(r.Tables) == 0 {
		t.Errorf("the results are %+v, %v", r, err)
	}
	if _, err := s.ComparisonResults(s.ctx, ResultsRequest{JobID: c.JobID, Table: "1"}); !retable.Is(err, retable.Conflict) {
		t.Errorf("changes of a table give %v", err)
	}
	// Compared again, it is another one, with rows.
	again := s.compareAll(t, s.ctx, left.SessionID, right.SessionID, nil)
	if again.ComparisonID == c.ComparisonID {
		t.Fatal("the comparison that has no rows is taken again")
	}
	ref.ComparisonID = again.ComparisonID
	if p := s.diffPage(t, s.ctx, ref, DiffQuery{}, 0, 1); len(p.Rows) != 1 {
		t.Errorf("got %+v", p)
	}
	// Made before rows were kept.
	err = s.store.Update(s.ctx, func(tx retable.Tx) error {
		a, err := newest(s.ctx, tx, retable.ArtifactFilter{ComparisonID: again.ComparisonID, Kind: retable.ArtifactChanges})
		if err != nil {
			return err
		}
		return tx.Artifacts().Delete(s.ctx, a.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	refusedWith("compare_again")
	third := s.compareAll(t, s.ctx, left.SessionID, right.SessionID, nil)
	if third.ComparisonID == again.ComparisonID {
		t.Error("the comparison that has no rows is taken again")
	}
	for state, reason := range map[retable.JobState]string{retable.JobRunning: "not_compared", retable.JobFailed: "compare_again"} {
		err := s.store.Update(s.ctx, func(tx retable.Tx) error {
			x, err := tx.Comparisons().Get(s.ctx, third.ComparisonID)
			if err != nil {
				return err
			}
			x.State = state
			return tx.Comparisons().Update(s.ctx, x)
		})
		if err != nil {
			t.Fatal(err)
		}
		ref.ComparisonID = third.ComparisonID
		refusedWith(reason)
	}
}

func TestResultsArePagedAndFiltered(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	_, _, c := s.twoDeliveries(t)
	whole, err := s.ComparisonResults(s.ctx, ResultsRequest{JobID: c.JobID, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	// Two orders with two items each more, a price changed.
	if whole.ChangesTotal != 7 || len(whole.Changes) != 7 || whole.FilesTotal != 2 || whole.Next != 0 || whole.Same || whole.Notice != "" {
		t.Fatalf("got %+v", whole)
	}
	var paged []Delta
	for at := int64(0); ; {
		p, err := s.ComparisonResults(s.ctx, ResultsRequest{JobID: c.JobID, Limit: 2, Offset: at})
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, p.Changes...)
		if at = p.Next; at == 0 {
			break
		}
	}
	if fmt.Sprintf("%+v", deltaTexts(paged)) != fmt.Sprintf("%+v", deltaTexts(whole.Changes)) {
		t.Errorf("pages are\n%v\nnot\n%v", deltaTexts(paged), deltaTexts(whole.Changes))
	}
	changed, err := s.ComparisonResults(s.ctx, ResultsRequest{JobID: c.JobID, Op: "changed"})
	if err != nil || changed.ChangesTotal != 1 || len(changed.Changes) != 1 {
		t.Fatalf("got %+v, %v", changed, err)
	}
	d := changed.Changes[0]
	if !strings.HasSuffix(d.Table, "Item") || len(d.Cells) != 1 || *d.Cells[0].Old != "10.50" || *d.Cells[0].New != "99" || d.LineA == 0 || d.FileA != "orders-0.xml" {
		t.Errorf("got %+v", d)
	}
	one, err := s.ComparisonResults(s.ctx, ResultsRequest{JobID: c.JobID, Table: d.Table, Op: "added,changed"})
	if err != nil || one.ChangesTotal != 5 || slices.ContainsFunc(one.Changes, func(x Delta) bool { return x.Table != d.Table }) {
		t.Errorf("got %+v, %v", one, err)
	}
	for _, bad := range []struct {
		ResultsRequest
		want retable.Code
	}{
		{ResultsRequest{JobID: c.JobID, Table: "nothing"}, retable.NotFound},
		{ResultsRequest{JobID: c.JobID, Op: "gone"}, retable.Unprocessable},
		{ResultsRequest{JobID: c.JobID, Limit: 1001}, retable.Unprocessable},
		{ResultsRequest{JobID: 99999}, retable.NotFound},
	} {
		if _, err := s.ComparisonResults(s.ctx, bad.ResultsRequest); !retable.Is(err, bad.want) {
			t.Errorf("%+v gives %v", bad.ResultsRequest, err)
		}
	}
}

func deltaTexts(all []Delta) []string {
	var out []string
	for _, d := range all {
		out = append(out, fmt.Sprint(d.Table, d.Op, d.RowA, d.RowB, len(d.Cells)))
	}
	return out
}

// TestManyChangesOpenAtOnce tells how long the first pages of a comparison with
// very many changes take; nothing depends on it.
func TestManyChangesOpenAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a big comparison")
	}
	s := serve(t, nil)
	n := 110_000
	var left, right []item
	for i := range n {
		id := fmt.Sprintf("k%06d", i)
		left = append(left, item{id, i % 2, []string{fmt.Sprintf("name %d", i), "10", "n"}})
		price := "11"
		if i%11 == 0 {
			price = "10"
		}
		right = append(right, item{id, i % 2, []string{fmt.Sprintf("name %d", i), price, "n"}})
	}
	a := s.take(t, s.ctx, "items-1.zip", itemsBundle(t, left, "Note"))
	b := s.take(t, s.ctx, "items-2.zip", itemsBundle(t, right, "Note"))
	began := time.Now()
	c := s.compareAll(t, s.ctx, a.SessionID, b.SessionID, nil)
	t.Logf("compared in %v", time.Since(began))
	x := s.numberOf(t, s.ctx, c.ComparisonID, "Items~Item")
	if x.RowsChanged != 100_000 {
		t.Fatalf("%d rows changed", x.RowsChanged)
	}
	ref := DiffTableRef{c.ComparisonID, x.Number}
	for _, q := range []struct {
		what string
		DiffQuery
		offset, total int64
	}{
		{"the first page", DiffQuery{}, 0, int64(n)},
		{"a page in the middle", DiffQuery{}, int64(n) / 2, int64(n)},
		{"the first changes", DiffQuery{OnlyChanges: true}, 0, 100_000},
		{"changes in the middle", DiffQuery{OnlyChanges: true}, 50_000, 100_000},
		{"changes of a column, first time", DiffQuery{Column: "Price"}, 0, 100_000},
		{"changes of a column, next time", DiffQuery{Column: "Price"}, 50_000, 100_000},
		{"a search, first time", DiffQuery{Search: "NAME 1"}, 0, 21_111},
		{"a search, next time", DiffQuery{Search: "NAME 1"}, 10_000, 21_111},
	} {
		began := time.Now()
		if _, err := s.GetDiffTable(s.ctx, ref); err != nil {
			t.Fatal(err)
		}
		p := s.diffPage(t, s.ctx, ref, q.DiffQuery, q.offset, 200)
		t.Logf("%s: %v", q.what, time.Since(began))
		if p.Total != q.total || len(p.Rows) != 200 {
			t.Errorf("%s: %d of %d", q.what, len(p.Rows), p.Total)
		}
	}
}
