package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"retable/internal/retable"
)

func raceClaims() []claim {
	return []claim{
		{"of 50 rotations at once exactly one wins", func(e *env) {
			l := e.login(e.user("anna"), "old")
			errs := atOnce(50, func(i int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error {
					return tx.Logins().Rotate(e.ctx, l.ID, "old", fmt.Sprintf("new%d", i), 100, 1000)
				})
			})
			same(e, winners(errs), 1)
			for _, err := range errs {
				if err != nil && !errors.Is(err, retable.ErrStale) {
					e.Errorf("got %v, want ErrStale", err)
				}
			}
		}},
		{"of 20 uses of a reset at once exactly one wins", func(e *env) {
			u := e.user("anna")
			e.do(func(tx retable.Tx) error {
				return tx.Credentials().CreateReset(e.ctx, &retable.PasswordReset{ID: "r", UserID: u.ID, TokenHash: "t", ExpiresAt: 100})
			})
			same(e, winners(atOnce(20, func(int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error { _, err := tx.Credentials().UseReset(e.ctx, "t", 50); return err })
			})), 1)
		}},
		{"of 20 accounts of one name at once exactly one is made", func(e *env) {
			same(e, winners(atOnce(20, func(int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error {
					return tx.Users().Create(e.ctx, &retable.User{ID: retable.NewID(), Username: "anna", Role: retable.RoleUser})
				})
			})), 1)
		}},
		{"of 10 who make the first account at once exactly one does", func(e *env) {
			same(e, winners(atOnce(10, func(i int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error {
					n, err := tx.Users().Count(e.ctx)
					if err != nil {
						return err
					}
					if n > 0 {
						return retable.ErrTaken
					}
					return tx.Users().Create(e.ctx, &retable.User{ID: retable.NewID(), Username: fmt.Sprint(i), Role: retable.RoleAdmin})
				})
			})), 1)
		}},
		{"two who use up a quota at once don't both fit", func(e *env) {
			u := e.user("anna")
			same(e, winners(atOnce(10, func(i int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error {
					usage, err := tx.Sharing().Usage(e.ctx, u.ID)
					if err != nil {
						return err
					}
					if usage.Sessions >= 3 {
						return retable.Errorf(retable.Conflict, "full")
					}
					return tx.Sessions().Create(e.ctx, &retable.Session{ID: retable.NewID(), OwnerID: u.ID, State: retable.SessionReceived})
				})
			})), 3)
		}},
		{"the same job enqueued by 30 at once is one job", func(e *env) {
			ids := make([]int64, 30)
			errs := atOnce(30, func(i int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error {
					job, _, err := tx.Jobs().Enqueue(e.ctx, retable.JobSpec{Kind: retable.JobScan, DedupeKey: "k"}, 1000)
					if err == nil {
						ids[i] = job.ID
					}
					return err
				})
			})
			same(e, errors.Join(errs...), nil)
			same(e, len(slices.Compact(slices.Sorted(slices.Values(ids)))), 1)
		}},
		{"a hundred audit entries at once make one chain", func(e *env) {
			errs := atOnce(100, func(i int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error {
					return tx.Audit().Append(e.ctx, &retable.AuditEntry{At: retable.Millis(i), Action: "a", Outcome: "ok"})
				})
			})
			same(e, errors.Join(errs...), nil)
			head, err := e.verify(nil)
			same(e, err, nil)
			same(e, head.Entries, 100)
		}},
		{"messages of a chat at once get numbers of their own", func(e *env) {
			u := e.user("anna")
			set := &retable.Collection{ID: retable.NewID(), OwnerID: u.ID, Name: "set"}
			chat := &retable.Chat{ID: retable.NewID(), OwnerID: u.ID, CollectionID: set.ID}
			e.do(func(tx retable.Tx) error {
				return errors.Join(tx.Collections().Put(e.ctx, set), tx.Chats().Create(e.ctx, chat))
			})
			errs := atOnce(20, func(int) error {
				return e.store.Update(e.ctx, func(tx retable.Tx) error {
					return tx.Chats().Append(e.ctx, &retable.ChatMessage{ChatID: chat.ID, Role: "user", Text: "x"})
				})
			})
			same(e, errors.Join(errs...), nil)
		}},
		{"a job that fails takes with it what is enqueued at the same time to wait for it", func(e *env) {
			for range 10 {
				a := e.enqueue(retable.JobSpec{})
				l := e.mustClaim("w", 1000, a.ID)
				ids := make([]int64, 4)
				errs := atOnce(5, func(i int) error {
					return e.store.Update(e.ctx, func(tx retable.Tx) error {
						if i == 4 {
							return tx.Jobs().Fail(e.ctx, l, retable.JobError{}, 0, 1001)
						}
						job, _, err := tx.Jobs().Enqueue(e.ctx, retable.JobSpec{Kind: retable.JobIndex, After: []int64{a.ID}}, 1001)
						if err == nil {
							ids[i] = job.ID
						}
						return err
					})
				})
				same(e, errors.Join(errs...), nil)
				for _, id := range ids {
					same(e, e.job(id).State, retable.JobFailed)
				}
			}
		}},
		{"eight workers run every job once, none of a session at once or out of order", func(e *env) {
			jobs := 1000
			if testing.Short() {
				jobs = 200
			}
			newFleet(e, jobs, 20).run(8)
		}},
	}
}

// fleet is many jobs of some sessions, and what workers see of them.
type fleet struct {
	*env
	jobs     int
	sessions []string
	broken   chan struct{} // closed when somebody met an error: all stop
	once     sync.Once
	mu       sync.Mutex
	running  map[string]int64
	last     map[string]int64
	done     map[int64]int
}

func newFleet(e *env, jobs, sessions int) *fleet {
	f := &fleet{env: e, jobs: jobs, broken: make(chan struct{}), running: map[string]int64{}, last: map[string]int64{}, done: map[int64]int{}}
	u := e.user("anna")
	for i := range sessions {
		f.sessions = append(f.sessions, e.session(u, fmt.Sprint(i)).ID)
	}
	return f
}

// run lets workers work while jobs are still coming in from two others.
func (f *fleet) run(workers int) {
	f.Helper()
	errs := atOnce(workers+2, func(i int) (err error) {
		if i >= workers {
			err = f.feed(i - workers)
		} else {
			err = f.work(fmt.Sprintf("w%d", i))
		}
		if err != nil {
			f.once.Do(func() { close(f.broken) })
		}
		return err
	})
	if err := errors.Join(errs...); err != nil {
		f.Fatal(err)
	}
	if len(f.done) != f.jobs {
		f.Errorf("%d of %d jobs were done", len(f.done), f.jobs)
	}
	for id, times := range f.done {
		if times != 1 {
			f.Errorf("job %d was done %d times", id, times)
		}
	}
}

func (f *fleet) feed(part int) error {
	for i := part; i < f.jobs; i += 2 {
		err := f.store.Update(f.ctx, func(tx retable.Tx) error {
			_, _, err := tx.Jobs().Enqueue(f.ctx, retable.JobSpec{Kind: retable.JobConvert, SessionID: f.sessions[i%len(f.sessions)]}, 1000)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) work(name string) error {
	for {
		var job *retable.Job
		err := f.store.Update(f.ctx, func(tx retable.Tx) (err error) {
			job, err = tx.Jobs().Claim(f.ctx, name, nil, time.Hour, 1000)
			return err
		})
		if err != nil {
			return err
		}
		if job == nil {
			f.mu.Lock()
			over := len(f.done) == f.jobs
			f.mu.Unlock()
			if over {
				return nil
			}
			select { // the feeders or other workers are busy
			case <-f.broken:
				return nil
			case <-time.After(2 * time.Millisecond):
			}
			continue
		}
		if err := f.runOne(job); err != nil {
			return err
		}
	}
}

func (f *fleet) runOne(job *retable.Job) error {
	f.mu.Lock()
	if other := f.running[job.SessionID]; other != 0 {
		f.Errorf("jobs %d and %d of one session ran at once", other, job.ID)
	}
	if f.last[job.SessionID] > job.ID {
		f.Errorf("job %d ran after job %d of its session", job.ID, f.last[job.SessionID])
	}
	f.running[job.SessionID], f.last[job.SessionID] = job.ID, job.ID
	f.mu.Unlock()
	err := f.store.Update(f.ctx, func(tx retable.Tx) error {
		// Within, as the next one may be claimed as soon as this is committed.
		if err := tx.Jobs().Succeed(f.ctx, leaseOf(job), nil, "", 1000); err != nil {
			return err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.running[job.SessionID] = 0
		return nil
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done[job.ID]++
	return nil
}
