package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// A page of a list takes as many statements with one item as with fifty: no
// list asks for each of its items.
func TestListsTakeTheSameStatementsHoweverLong(t *testing.T) {
	t.Parallel()
	few, many := counted(t, 1), counted(t, 50)
	for name, list := range lists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, n := few.statements(t, list)
			if n != 1 {
				t.Fatalf("got %d items, want 1", n)
			}
			fifty, n := many.statements(t, list)
			if n != 50 {
				t.Fatalf("got %d items, want 50", n)
			}
			if one != fifty || one > 10 {
				t.Errorf("1 item takes %d statements, 50 take %d; want the same, 10 at most", one, fifty)
			}
		})
	}
}

// Who has nothing, and with whom nothing is shared, is told so by three: is
// anything shared, how many are there, which are they.
func TestAnEmptyListOfSessionsTakesThreeStatements(t *testing.T) {
	t.Parallel()
	s := counted(t, 1)
	_, nobody := s.addUser(t, "bert", retable.RoleUser)
	var n atomic.Int64
	l, err := s.ListSessions(context.WithValue(nobody, countedKey{}, &n), ListSessionsRequest{})
	if err != nil || len(l.Items) != 0 || n.Load() != 3 {
		t.Errorf("got %d sessions by %d statements, %v; want none by 3", len(l.Items), n.Load(), err)
	}
}

// countedKey is where a context keeps the count of the statements run under it.
type countedKey struct{}

// countedService is a service with n of everything that is listed.
type countedService struct{ *served }

// statements are how many a list takes, and how many items it has.
func (s countedService) statements(t *testing.T, list func(context.Context, *served) (int, error)) (statements int64, items int) {
	t.Helper()
	var n atomic.Int64
	items, err := list(context.WithValue(s.ctx, countedKey{}, &n), s.served)
	if err != nil {
		t.Fatal(err)
	}
	return n.Load(), items
}

// lists are all lists whose items lie in the store.
func lists() map[string]func(context.Context, *served) (int, error) {
	return map[string]func(context.Context, *served) (int, error){
		"sessions": func(ctx context.Context, s *served) (int, error) {
			return items(s.ListSessions(ctx, ListSessionsRequest{}))
		},
		"jobs": func(ctx context.Context, s *served) (int, error) { return items(s.ListJobs(ctx, ListJobsRequest{})) },
		"comparisons": func(ctx context.Context, s *served) (int, error) {
			return items(s.ListComparisons(ctx, ListComparisonsRequest{}))
		},
		"chats": func(ctx context.Context, s *served) (int, error) { return items(s.ListChats(ctx, ListChatsRequest{})) },
		"errors": func(ctx context.Context, s *served) (int, error) {
			return items(s.ErrorEvents(ctx, ErrorEventsRequest{}))
		},
		"log-ins": func(ctx context.Context, s *served) (int, error) {
			return items(s.AdminLogins(ctx, AdminLoginsRequest{}))
		},
		"notices": func(ctx context.Context, s *served) (int, error) { return items(s.ListNotices(ctx, NoticesRequest{})) },
		"users": func(ctx context.Context, s *served) (int, error) {
			return items(s.accounts().ListUsers(ctx, ListUsersRequest{Role: retable.RoleUser}))
		},
		"audit": func(ctx context.Context, s *served) (int, error) {
			return items(s.accounts().ListAudit(ctx, ListAuditRequest{}))
		},
		"collections": func(ctx context.Context, s *served) (int, error) {
			l, err := s.ListCollections(ctx, None{})
			return len(l.Collections), err
		},
		"watched folders": func(ctx context.Context, s *served) (int, error) {
			l, err := s.ListWatches(ctx, None{})
			return len(l.Watches), err
		},
		"teams": func(ctx context.Context, s *served) (int, error) {
			l, err := s.ListTeams(ctx, None{})
			return len(l.Teams), err
		},
		"shares": func(ctx context.Context, s *served) (int, error) {
			first, err := s.ListCollections(ctx, None{})
			if err != nil {
				return 0, err
			}
			l, err := s.ListShares(ctx, ResourceRef{"collection", first.Collections[len(first.Collections)-1].ID})
			return len(l.Shares), err
		},
	}
}

func items[T any](l *List[T], err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return len(l.Items), nil
}

// accounts are the part of the service that lists users.
func (s *served) accounts() *Accounts { return &Accounts{store: s.store} }

// counted makes a service that counts, with n of everything. Each collection
// holds a session that is indexed; each comparison waits for its job.
func counted(t *testing.T, n int) countedService {
	t.Helper()
	s := idle(t, func(_ *ServiceConfig, d *ServiceDeps) {
		d.Store = storetest.Open(t, store.SQLite, func(c *store.Config) {
			c.Slow = 1
			c.Hooks.Slow = func(ctx context.Context, _ string, _ time.Duration) {
				if n, ok := ctx.Value(countedKey{}).(*atomic.Int64); ok {
					n.Add(1)
				}
			}
		})
	})
	err := s.store.Update(s.ctx, func(tx retable.Tx) error {
		for i := range n {
			if err := s.addOneOfEach(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return countedService{s}
}

// addOneOfEach adds the i-th of everything.
func (s *served) addOneOfEach(tx retable.Tx, i int) error {
	ctx, me := s.ctx, s.user.ID
	u := &retable.User{ID: retable.NewID(), Username: fmt.Sprint("user", i), Role: retable.RoleUser, Active: true}
	x := &retable.Session{ID: retable.NewID(), OwnerID: me, Name: fmt.Sprint("s", i), State: retable.SessionReady, SHA256: "the same"}
	c := &retable.Comparison{ID: retable.NewID(), OwnerID: me, LeftID: x.ID, RightID: x.ID, State: retable.JobQueued}
	set := &retable.Collection{ID: retable.NewID(), OwnerID: me, Name: fmt.Sprint("c", i), Sessions: []string{x.ID}}
	var j *retable.Job
	steps := []func() error{
		func() error { return tx.Users().Create(ctx, u) },
		func() error { return tx.Sessions().Create(ctx, x) },
		func() error { return tx.Comparisons().Create(ctx, c) },
		func() (err error) {
			j, _, err = tx.Jobs().Enqueue(ctx, retable.JobSpec{Kind: retable.JobCompare, OwnerID: me, ComparisonID: c.ID}, 1)
			c.JobID = j.ID
			return err
		},
		func() error { return tx.Comparisons().Update(ctx, c) },
		func() error { return tx.Collections().Put(ctx, set) },
		func() error {
			return tx.Artifacts().Add(ctx, &retable.Artifact{ID: retable.NewID(), SessionID: x.ID, JobID: j.ID, Kind: retable.ArtifactIndex, Key: "k/" + x.ID})
		},
		func() error {
			return tx.Chats().Create(ctx, &retable.Chat{ID: retable.NewID(), OwnerID: me, CollectionID: set.ID})
		},
		func() error {
			return tx.Watches().Create(ctx, &retable.Watch{ID: retable.NewID(), OwnerID: me, Dir: fmt.Sprint("/in/", i), State: "watching", Options: json.RawMessage("{}")})
		},
		func() error {
			return tx.ErrorEvents().Add(ctx, &retable.ErrorEvent{ID: retable.NewID(), UserID: u.ID, Code: retable.Internal})
		},
		func() error {
			return tx.Logins().Create(ctx, &retable.Login{ID: retable.NewID(), UserID: u.ID, RefreshHash: fmt.Sprint("h", i), ExpiresAt: 1 << 50})
		},
		func() error {
			return tx.Notices().Add(ctx, &retable.Notice{ID: retable.NewID(), UserID: me, Kind: "k"})
		},
		func() error { return tx.Audit().Append(ctx, &retable.AuditEntry{Action: "a", ActorID: u.ID}) },
		func() error {
			return tx.Sharing().CreateTeam(ctx, &retable.Team{ID: retable.NewID(), Name: fmt.Sprint("t", i), Members: []string{u.ID}})
		},
		func() error { return s.shareAll(tx, u.ID) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// shareAll shares every collection with a user, so that each has as many shares
// as there are users.
func (s *served) shareAll(tx retable.Tx, userID string) error {
	l, err := tx.Collections().List(s.ctx, s.user.ID)
	for i := 0; err == nil && i < len(l); i++ {
		err = tx.Sharing().Share(s.ctx, &retable.Share{Resource: retable.ResourceCollection, ResourceID: l[i].ID, UserID: userID})
	}
	return err
}
