package app

import (
	"context"
	"slices"
	"testing"
	"time"

	"retable/internal/config"
	"retable/internal/retable"
)

// jobsOf counts the jobs of a kind.
func (s *served) jobsOf(t *testing.T, kind retable.JobKind) int64 {
	t.Helper()
	var n int64
	err := s.store.View(s.ctx, func(tx retable.Tx) error {
		l, err := tx.Jobs().List(s.ctx, retable.JobFilter{Kind: kind}, retable.Page{Limit: 1})
		n = l.Total
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// dueNow looks at the schedules, and waits for what they ask for.
func (s *served) dueNow(t *testing.T) {
	t.Helper()
	if err := s.due(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.system.Hint()
	soon(t, "what was due is done", func() bool {
		l, err := s.ListJobs(s.ctx, ListJobsRequest{Active: true, All: true})
		if err != nil {
			t.Fatal(err)
		}
		return l.Total == 0
	})
}

// nightly is a service whose clock a test moves, with a backup at half past two.
func nightly(t *testing.T, keep time.Duration) (*served, *handClock) {
	t.Helper()
	clock := &handClock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	at := config.Clock{On: true, Hour: 2, Minute: 30}
	s := serve(t, func(c *ServiceConfig, d *ServiceDeps) {
		c.Backup, d.Clock = BackupPlan{At: at, KeepFor: keep}, clock.now
	})
	return s, clock
}

func TestNightlyBackupsAreMadeOnceANightAndRetired(t *testing.T) {
	t.Parallel()
	s, clock := nightly(t, 7*day)
	for range 12 {
		s.dueNow(t)
		s.dueNow(t) // once is enough
		clock.add(day)
	}
	if n := s.jobsOf(t, retable.JobBackup); n != 12 {
		t.Errorf("12 nights gave %d backups", n)
	}
	got := names(t, s.root+"/backups")
	if len(got) != 8 || got[0] != "retable-2026-03-05-120000" || got[7] != "retable-2026-03-12-120000" {
		t.Errorf("kept for 7 days are %q", got)
	}
	clock.add(100 * day) // off for long: the newest stays until there is a newer one
	if got := names(t, s.root+"/backups"); len(got) != 8 {
		t.Errorf("there are %q", got)
	}
	s.dueNow(t)
	if got := names(t, s.root+"/backups"); len(got) != 1 {
		t.Errorf("after the next backup there are %q", got)
	}
}

func TestOnlyBackupsAreRetired(t *testing.T) {
	t.Parallel()
	s, clock := nightly(t, day)
	s.dueNow(t)
	others := []string{"retable-mine", "notes", "retable-2020-01-01-000000.zip"}
	source := databaseOf(t, s)
	for _, name := range others {
		if err := copyAtomically(source, s.root+"/backups/"+name); err != nil {
			t.Fatal(err)
		}
	}
	clock.add(3 * day)
	s.dueNow(t)
	got := names(t, s.root+"/backups")
	slices.Sort(others)
	if len(got) != 4 {
		t.Errorf("there are %q", got)
	}
	for _, name := range others {
		if !slices.Contains(got, name) {
			t.Errorf("%s is gone", name)
		}
	}
}

// databaseOf is a file that is there.
func databaseOf(t *testing.T, s *served) string {
	t.Helper()
	return s.root + "/backups/" + names(t, s.root+"/backups")[0] + "/retable.db"
}

// TestAClockThatJumps: forwards it costs nothing; backwards, what was planned by
// the wrong clock doesn't keep the right one waiting.
func TestAClockThatJumps(t *testing.T) {
	t.Parallel()
	s, clock := nightly(t, 7*day)
	got := s.take(t, s.ctx, "a.zip", someOrders(t, 4, "1"))
	s.dueNow(t)
	clock.add(4 * 365 * day) // the battery of the clock is empty
	s.dueNow(t)
	ahead := s.take(t, s.ctx, "b.zip", someOrders(t, 5, "1"))
	clock.add(-4 * 365 * day) // it is set right
	before := s.jobsOf(t, retable.JobBackup)
	clock.add(day)
	s.dueNow(t)
	if n := s.jobsOf(t, retable.JobBackup); n != before+1 {
		t.Errorf("after the clock was set right %d backups were made", n-before)
	}
	s.dueNow(t)
	if n := s.jobsOf(t, retable.JobBackup); n != before+1 {
		t.Errorf("and again: %d", n-before)
	}
	for _, id := range []string{got.SessionID, ahead.SessionID, s.take(t, s.ctx, "c.zip", someOrders(t, 6, "1")).SessionID} {
		if x, err := s.GetSession(s.ctx, SessionRef{id}); err != nil || x.State != "READY" {
			t.Errorf("got %+v, %v", x, err)
		}
	}
}

// TestSessionsWhoseJobIsGoneAreMended: the table has given up on a job whose
// worker died too often; its session doesn't stay "being converted" for ever.
func TestSessionsWhoseJobIsGoneAreMended(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	id := s.take(t, s.ctx, "a.zip", someOrders(t, 4, "1")).SessionID
	err := s.store.Update(s.ctx, func(tx retable.Tx) error {
		x, err := tx.Sessions().Get(s.ctx, id)
		if err == nil {
			x.State = retable.SessionConverting
			err = tx.Sessions().Update(s.ctx, x)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.dueNow(t)
	if x, err := s.GetSession(s.ctx, SessionRef{id}); err != nil || x.State != "READY" || x.Error == "" {
		t.Errorf("got %+v, %v", x, err)
	}
}
