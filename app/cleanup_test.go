package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

// day is a day.
const day = 24 * time.Hour

// aged makes a session look as if nobody had used it for so long.
func (s *served) aged(t *testing.T, id string, unused time.Duration, pinned bool) {
	t.Helper()
	// By hand: through the store the time only rises.
	if _, err := s.store.SQL().ExecContext(s.ctx, "UPDATE sessions SET used_at = $1, pinned = $2 WHERE id = $3", s.clock.Now().Add(-unused), pinned, id); err != nil {
		t.Fatal(err)
	}
}

// stray puts a blob there that no row knows.
func (s *served) stray(t *testing.T, key string, age time.Duration) {
	t.Helper()
	w, err := s.blobs.Create(s.ctx, key)
	if err == nil {
		_, err = w.Write([]byte("x"))
	}
	if err == nil {
		_, err = w.Commit(s.ctx)
	}
	at := time.Now().Add(-age)
	if err = errors.Join(err, os.Chtimes(filepath.Join(s.root, key), at, at)); err != nil {
		t.Fatal(err)
	}
}

// cleaned runs the clean-up of the policy.
func (s *served) cleaned(t *testing.T) *Job {
	t.Helper()
	var id int64
	err := s.store.Update(s.ctx, func(tx retable.Tx) error {
		j, _, err := tx.Jobs().Enqueue(s.ctx, retable.JobSpec{Kind: retable.JobCleanup}, s.clock.Now())
		if err == nil {
			id = j.ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.system.Hint()
	return s.await(t, s.ctx, id, retable.JobSuccess)
}

func (s *served) sessionNames(t *testing.T) (all []string) {
	t.Helper()
	l, err := s.ListSessions(s.ctx, ListSessionsRequest{PageQuery: PageQuery{Limit: 500}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.Items {
		all = append(all, l.Items[i].Name)
	}
	slices.Sort(all)
	return all
}

func TestCleanUpRemovesWhatTheDryRunSays(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	take := func(name string, n int) string { return s.take(t, s.ctx, name, someOrders(t, n, "1")).SessionID }
	s.aged(t, take("old.zip", 4), 40*day, false)
	s.aged(t, take("pinned.zip", 5), 40*day, true)
	left, right := take("left.zip", 6), take("right.zip", 7)
	c, err := s.Compare(s.ctx, CompareSessionsRequest{LeftID: left, RightID: right})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, s.ctx, c.JobID, retable.JobSuccess)
	s.aged(t, left, 40*day, false)
	s.aged(t, right, 40*day, false)
	s.aged(t, take("young.zip", 8), 20*day, false)

	p, err := s.PreviewCleanup(s.ctx, CleanupRequest{UnusedDays: 30})
	if err != nil || p.Total != 1 || len(p.Sessions) != 1 || p.Sessions[0].Name != "old.zip" || p.Sessions[0].Owner != "ada" || p.Bytes != p.Sessions[0].Bytes || p.Bytes == 0 {
		t.Fatalf("the dry run says %+v, %v", p, err)
	}
	if got := s.sessionNames(t); len(got) != 5 {
		t.Fatalf("after the dry run there are %q", got)
	}
	started, err := s.CleanUp(s.ctx, CleanupRequest{UnusedDays: 30})
	if err != nil {
		t.Fatal(err)
	}
	j := s.await(t, s.ctx, started.JobID, retable.JobSuccess)
	if want := fmt.Sprintf(`{"bytes":%d,"orphans":0,"sessions":1}`, p.Bytes); string(j.Result) != want {
		t.Errorf("it did %s, the dry run said %s", j.Result, want)
	}
	if got := s.sessionNames(t); !slices.Equal(got, []string{"left.zip", "pinned.zip", "right.zip", "young.zip"}) {
		t.Errorf("there remain %q", got)
	}
	if got := blobsWithoutRows(t, s); len(got) > 0 {
		t.Errorf("nobody's are %q", got)
	}
	if _, err := s.DeleteSession(s.ctx, SessionRef{left}); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "comparison") {
		t.Errorf("deleting what a comparison needs gives %v", err)
	}
}

func TestALimitBeforeAllTimeRemovesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	s.take(t, s.ctx, "a.zip", someOrders(t, 4, "1"))
	p, err := s.PreviewCleanup(s.ctx, CleanupRequest{UnusedDays: 36_500})
	if err != nil || p.Total != 0 {
		t.Errorf("the dry run says %+v, %v", p, err)
	}
	started, err := s.CleanUp(s.ctx, CleanupRequest{UnusedDays: 36_500})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, s.ctx, started.JobID, retable.JobSuccess)
	if got := s.sessionNames(t); len(got) != 1 {
		t.Errorf("there remain %q", got)
	}
}

func TestRetentionByAge(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *ServiceConfig, _ *ServiceDeps) { c.Retention.Unused = 10 * day })
	s.aged(t, s.take(t, s.ctx, "old.zip", someOrders(t, 4, "1")).SessionID, 11*day, false)
	s.aged(t, s.take(t, s.ctx, "pinned.zip", someOrders(t, 5, "1")).SessionID, 11*day, true)
	s.aged(t, s.take(t, s.ctx, "young.zip", someOrders(t, 6, "1")).SessionID, 9*day, false)
	s.cleaned(t)
	if got := s.sessionNames(t); !slices.Equal(got, []string{"pinned.zip", "young.zip"}) {
		t.Errorf("there remain %q", got)
	}
}

func TestRetentionBySizeRemovesTheLongestUnusedFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	var last *Session
	for i, name := range []string{"longest.zip", "pinned.zip", "middle.zip", "newest.zip"} {
		id := s.take(t, s.ctx, name, someOrders(t, 10+i, "1")).SessionID
		s.aged(t, id, time.Duration(10-i)*day, name == "pinned.zip")
		var err error
		if last, err = s.GetSession(s.ctx, SessionRef{id}); err != nil {
			t.Fatal(err)
		}
	}
	stats, err := s.Stats(s.ctx, None{})
	if err != nil {
		t.Fatal(err)
	}
	total := stats.StoredBytes
	// Room for all but a byte: one must go. Then room for the pinned one and the newest.
	s.cfg.Retention.MaxBytes = total - 1
	s.cleaned(t)
	if got := s.sessionNames(t); !slices.Equal(got, []string{"middle.zip", "newest.zip", "pinned.zip"}) {
		t.Errorf("there remain %q", got)
	}
	s.cfg.Retention.MaxBytes = last.Stored
	s.cleaned(t)
	if got := s.sessionNames(t); !slices.Equal(got, []string{"pinned.zip"}) {
		t.Errorf("with room for one, and that is pinned, there remain %q", got)
	}
}

func TestOrphansAreSweptWhenTheyAreOld(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 4, "1"))
	old, young := retable.NewID(), retable.NewID()
	for _, folder := range []string{"sessions", "comparisons", "uploads"} {
		s.stray(t, folder+"/"+old+"/x", 2*time.Hour)
		s.stray(t, folder+"/"+young+"/x", time.Minute)
	}
	s.stray(t, "sessions/"+got.SessionID+"/99-1/tables.sqlite", 2*time.Hour)
	gone := filepath.Join(s.cacheDir("indexes"), retable.NewID()+"-0123456789abcdef")
	kept := filepath.Join(s.cacheDir("indexes"), got.SessionID+"-0123456789abcdef")
	for _, dir := range []string{gone, kept} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	j := s.cleaned(t)
	if !strings.Contains(j.Message, "4 orphans") {
		t.Errorf("got %q", j.Message)
	}
	left := blobsWithoutRows(t, s)
	slices.Sort(left)
	if want := []string{"comparisons/" + young + "/x", "sessions/" + young + "/x", "uploads/" + young + "/x"}; !slices.Equal(left, want) {
		t.Errorf("there remain %q", left)
	}
	if _, err := os.Stat(gone); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the index of a session that is gone is still cached: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("the index of a session that is there is gone: %v", err)
	}
	if x, err := s.GetSession(s.ctx, SessionRef{got.SessionID}); err != nil || x.State != "READY" {
		t.Errorf("the session is %+v, %v", x, err)
	}
}

func TestExportsAreForgottenWhenTheyAreOld(t *testing.T) {
	t.Parallel()
	clock := &handClock{t: time.Now()}
	s := serve(t, func(c *ServiceConfig, d *ServiceDeps) { c.Retention.Artifacts, d.Clock = 30*day, clock.now })
	id := s.take(t, s.ctx, "a.zip", someOrders(t, 4, "1")).SessionID
	kinds := func() (all []string) {
		l, err := s.ListArtifacts(s.ctx, SessionRef{id})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range l.Artifacts {
			all = append(all, a.Kind)
		}
		slices.Sort(all)
		return all
	}
	export := func() {
		started, err := s.ExportTables(s.ctx, ExportRequest{SessionID: id, Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		s.await(t, s.ctx, started.JobID, retable.JobSuccess)
	}
	export()
	clock.add(29 * day)
	s.cleaned(t)
	if got := kinds(); !slices.Contains(got, "export") {
		t.Errorf("after 29 days there are %q", got)
	}
	clock.add(2 * day)
	s.cleaned(t)
	if got := kinds(); !slices.Equal(got, []string{"original", "profile", "tables"}) {
		t.Errorf("after 31 days there are %q", got)
	}
	if got := blobsWithoutRows(t, s); len(got) > 0 {
		t.Errorf("nobody's are %q", got)
	}
	export() // it can be made again
}
