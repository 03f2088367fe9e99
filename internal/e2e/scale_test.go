//go:build unix

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"retable/internal/retable"
	"retable/internal/store"
)

// TestManyRows measures what docs/scale.md calculates with, on a database that
// RET_SCALE_DATABASE names and build/cluster/fill.sh has filled. It changes it:
// the jobs that wait in it are done.
func TestManyRows(t *testing.T) {
	url := os.Getenv("RET_SCALE_DATABASE")
	if url == "" {
		t.Skip("RET_SCALE_DATABASE names a database that build/cluster/fill.sh has filled")
	}
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: url, MaxConns: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	m := &measure{t: t, st: st}
	owner := "01a00000-0000-7000-8000-000000000123"
	crowded := "01a00000-0000-7000-8000-000000000001" // 200,000 sessions
	t.Logf("%d jobs, %d sessions", m.count(ctx, "SELECT count(*) FROM jobs"), m.count(ctx, "SELECT count(*) FROM sessions"))
	for _, workers := range []int{1, 4, 16} {
		m.claims(ctx, workers, 300*workers)
	}
	m.behind(ctx, 1000)
	for _, user := range []string{owner, crowded} {
		name := fmt.Sprint(m.count(ctx, "SELECT count(*) FROM sessions WHERE owner_id = $1", user))
		m.time("a page of a user with "+name+" sessions, counted", 20, func() error {
			return st.View(ctx, func(tx retable.Tx) error {
				_, err := tx.Sessions().List(ctx, retable.SessionFilter{Visible: user}, retable.Page{})
				return err
			})
		})
		m.time("what a user with "+name+" sessions has stored", 20, func() error {
			return st.Update(ctx, func(tx retable.Tx) error {
				_, err := tx.Sharing().Usage(ctx, user)
				return err
			})
		})
	}
	m.time("admission: what waits, up to 10,000", 50, func() error {
		return st.View(ctx, func(tx retable.Tx) error {
			_, err := tx.Jobs().Waiting(ctx, 10_000)
			return err
		})
	})
	m.time("figures of the queue", 50, func() error {
		return st.View(ctx, func(tx retable.Tx) error {
			_, err := tx.Jobs().Stats(ctx)
			return err
		})
	})
	m.time("a notification", 300, func() error { return st.Publish(ctx, "scale", []byte(`{"kind":"progress"}`)) })
	m.time("an empty transaction", 300, func() error {
		return st.View(ctx, func(tx retable.Tx) error {
			_, err := tx.Jobs().Get(ctx, 1)
			return ignoreMissing(err)
		})
	})
	m.exec(ctx, "UPDATE jobs SET state = 'CANCELLED', finished_at = updated_at WHERE state = 'QUEUED'")
	m.nothing(ctx, "a claim where nothing waits, rows of the ended not cleared")
	m.exec(ctx, "VACUUM jobs")
	m.nothing(ctx, "a claim where nothing waits")
	m.time("sums over all sessions and jobs", 1, func() error {
		return st.View(ctx, func(tx retable.Tx) error {
			if _, err := tx.Sessions().Totals(ctx); err != nil {
				return err
			}
			_, err := tx.Jobs().Over(ctx)
			return err
		})
	})
}

// allKinds are those that workers take.
var allKinds = []retable.JobKind{retable.JobScan, retable.JobConvert, retable.JobCompare, retable.JobExport, retable.JobIndex}

func (m *measure) claim(ctx context.Context, me string) (j *retable.Job, err error) {
	err = m.st.Update(ctx, func(tx retable.Tx) (err error) {
		j, err = tx.Jobs().Claim(ctx, me, allKinds, 15*time.Second, retable.MillisOf(time.Now()))
		return err
	})
	return j, err
}

// nothing measures claims that find nothing, as idle workers make them.
func (m *measure) nothing(ctx context.Context, what string) {
	m.t.Helper()
	m.time(what, 200, func() error {
		j, err := m.claim(ctx, "scale/idle")
		if j != nil {
			err = errors.Join(err, fmt.Errorf("job %d was there", j.ID))
		}
		return err
	})
}

// behind measures claims that must pass over n jobs at the queue's head, which
// wait for another one of their session.
func (m *measure) behind(ctx context.Context, n int) {
	m.t.Helper()
	m.exec(ctx, `INSERT INTO jobs (kind, state, session_id, max_attempts, tries, run_at, priority, lease_owner, lease_until, correlation_id, trace_parent, created_at, updated_at)
		SELECT 'export', CASE k WHEN 0 THEN 'RUNNING' ELSE 'QUEUED' END, s.id, 3, 3, 0, 1000000, CASE k WHEN 0 THEN 'scale' ELSE '' END,
			CASE k WHEN 0 THEN 9000000000000 ELSE 0 END, 'behind', '', 0, 0
		FROM (SELECT id FROM sessions WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.session_id = sessions.id AND j.state IN ('QUEUED', 'RUNNING')) LIMIT 1) s, generate_series(0, $1) k ORDER BY k`, n)
	m.time(fmt.Sprintf("a claim that passes over %d jobs of a busy session", n), 50, func() error {
		j, err := m.claim(ctx, "scale/behind")
		if err == nil && j == nil {
			err = errors.New("no job")
		}
		return err
	})
	m.exec(ctx, "DELETE FROM jobs WHERE correlation_id = 'behind'")
}

func (m *measure) exec(ctx context.Context, statement string, args ...any) {
	m.t.Helper()
	if _, err := m.st.SQL().ExecContext(ctx, statement, args...); err != nil {
		m.t.Fatal(err)
	}
}

func (m *measure) count(ctx context.Context, query string, args ...any) (n int) {
	m.t.Helper()
	if err := m.st.SQL().QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		m.t.Fatal(err)
	}
	return n
}

func ignoreMissing(err error) error {
	if retable.Is(err, retable.NotFound) {
		return nil
	}
	return err
}

type measure struct {
	t  *testing.T
	st *store.Store
}

// time reports the spread of n runs.
func (m *measure) time(what string, n int, do func() error) {
	m.t.Helper()
	all := make([]time.Duration, n)
	for i := range all {
		began := time.Now()
		if err := do(); err != nil {
			m.t.Fatalf("%s: %v", what, err)
		}
		all[i] = time.Since(began)
	}
	m.tell(what, all, 0)
}

func (m *measure) tell(what string, all []time.Duration, whole time.Duration) {
	slices.Sort(all)
	rate := ""
	if whole > 0 {
		rate = fmt.Sprintf(", %.0f a second", float64(len(all))/whole.Seconds())
	}
	m.t.Logf("%-55s p50 %8v, p99 %8v, of %d%s", what, all[len(all)/2].Round(10*time.Microsecond), all[len(all)*99/100].Round(10*time.Microsecond), len(all), rate)
}

// claims lets workers take and end jobs.
func (m *measure) claims(ctx context.Context, workers, jobs int) {
	m.t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	var claims, ends []time.Duration
	began := time.Now()
	for w := range workers {
		wg.Go(func() {
			me := fmt.Sprintf("scale/%d/%s", w, retable.NewID())
			for range jobs / workers {
				at := time.Now()
				j, err := m.claim(ctx, me)
				claimed := time.Since(at)
				if err != nil || j == nil {
					m.t.Errorf("no job: %v", err)
					return
				}
				at = time.Now()
				err = m.st.Update(ctx, func(tx retable.Tx) error {
					return tx.Jobs().Succeed(ctx, retable.Lease{JobID: j.ID, Owner: me, Attempt: j.Attempts}, nil, "done", retable.MillisOf(time.Now()))
				})
				if err != nil {
					m.t.Error(err)
					return
				}
				mu.Lock()
				claims, ends = append(claims, claimed), append(ends, time.Since(at))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	whole := time.Since(began)
	m.tell(fmt.Sprintf("claims by %d workers", workers), claims, whole)
	m.tell(fmt.Sprintf("ends by %d workers", workers), ends, 0)
}
