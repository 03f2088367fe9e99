package app

import (
	"bytes"
	"strings"
	"testing"

	"retable/internal/retable"
)

// TestAComparisonEndsWithItsJob: however its job ends before it has begun, the
// comparison says so, and can be made again.
func TestAComparisonEndsWithItsJob(t *testing.T) {
	t.Parallel()
	s := idle(t, nil)
	var sides []string
	var jobs []int64
	for i, name := range []string{"a.zip", "b.zip"} {
		content := someOrders(t, 4+i, "1")
		got, err := s.ReceiveBundle(s.ctx, ReceiveRequest{Name: name, Bytes: int64(len(content)), Body: bytes.NewReader(content), Convert: true})
		if err != nil {
			t.Fatal(err)
		}
		sides, jobs = append(sides, got.SessionID), append(jobs, got.JobID)
	}
	ask := func() *CompareStarted {
		t.Helper()
		got, err := s.Compare(s.ctx, CompareSessionsRequest{LeftID: sides[0], RightID: sides[1]})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	is := func(id string, state retable.JobState, words string) {
		t.Helper()
		c, err := s.GetComparison(s.ctx, ComparisonRef{id})
		if err != nil {
			t.Fatal(err)
		}
		if c.State != string(state) || !strings.Contains(c.Error, words) {
			t.Errorf("the comparison is %s: %q; want %s: %q", c.State, c.Error, state, words)
		}
	}
	first := ask()
	is(first.ComparisonID, retable.JobQueued, "")
	if same := ask(); *same != *first {
		t.Errorf("asked twice, got %+v and %+v", first, same)
	}
	if _, err := s.CancelJob(s.ctx, JobRef{first.JobID}); err != nil {
		t.Fatal(err)
	}
	is(first.ComparisonID, retable.JobCancelled, "")

	second := ask()
	if second.ComparisonID == first.ComparisonID || second.JobID == first.JobID {
		t.Errorf("what was cancelled was taken for one that is under way: %+v", second)
	}
	if _, err := s.CancelJob(s.ctx, JobRef{jobs[1]}); err != nil { // what it waits for
		t.Fatal(err)
	}
	is(second.ComparisonID, retable.JobCancelled, "waited for, was cancelled")
	if third := ask(); third.ComparisonID == second.ComparisonID {
		t.Errorf("got %+v", third)
	}
}
