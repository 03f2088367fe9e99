//go:build unix

package e2e

import (
	"context"
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
	for _, workers := range []int{1, 4, 16} {
		m.claims(ctx, workers, 300*workers)
	}
	for name, user := range map[string]string{"1,000": owner, "200,000": crowded} {
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
				var j *retable.Job
				err := m.st.Update(ctx, func(tx retable.Tx) (err error) {
					j, err = tx.Jobs().Claim(ctx, me, []retable.JobKind{retable.JobScan, retable.JobConvert, retable.JobCompare, retable.JobIndex}, 15*time.Second, retable.MillisOf(time.Now()))
					return err
				})
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
