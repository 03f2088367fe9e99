package app

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"retable/actors"
	"retable/internal/blob"
	"retable/internal/event"
	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// served is a service over a store and blobs of its own, that works on jobs.
type served struct {
	*Service
	ctx   context.Context // of the first user
	user  *retable.User
	store *store.Store
	root  string
}

// serve opens a service. Change may be nil.
func serve(t *testing.T, change func(*ServiceConfig, *ServiceDeps)) *served {
	t.Helper()
	s := idle(t, change)
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

// idle opens a service that doesn't work on jobs.
func idle(t *testing.T, change func(*ServiceConfig, *ServiceDeps)) *served {
	t.Helper()
	s := &served{store: storetest.Open(t, store.SQLite), root: t.TempDir()}
	hub := event.New(event.Options{})
	t.Cleanup(hub.Close)
	cfg := ServiceConfig{
		Version: "test", Door: "cli", DataRoot: s.root, Scratch: t.TempDir(), Limits: LocalLimits(), Sweep: 50 * time.Millisecond, Settle: 50 * time.Millisecond,
		Actors: actors.Config{Owner: "test", Slots: 2, Poll: 20 * time.Millisecond, Heartbeat: 50 * time.Millisecond, BackoffMin: time.Millisecond, BackoffMax: 5 * time.Millisecond},
	}
	wake, quiet := s.store.Wake()
	t.Cleanup(quiet)
	deps := ServiceDeps{Store: s.store, Blobs: dirBlobs(t, s.root), Events: hub, Wake: wake, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg, &deps)
		if other, ok := deps.Store.(*store.Store); ok { // else it stands before the one that is there
			s.store = other
		}
	}
	var err error
	if s.Service, err = NewService(cfg, deps); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	s.user, s.ctx = s.addUser(t, "ada", retable.RoleAdmin)
	return s
}

// addUser makes a user and a context in which they act.
func (s *served) addUser(t *testing.T, name string, role retable.Role) (*retable.User, context.Context) {
	t.Helper()
	u := &retable.User{ID: retable.NewID(), Username: name, Role: role, Active: true, CreatedAt: 1, UpdatedAt: 1}
	if err := s.store.Update(context.Background(), func(tx retable.Tx) error { return tx.Users().Create(context.Background(), u) }); err != nil {
		t.Fatal(err)
	}
	p := &retable.Principal{UserID: u.ID, Username: name, Role: role, Local: role == retable.RoleAdmin}
	return u, retable.WithPrincipal(context.Background(), p)
}

// someOrders is a bundle of n orders in two files; price is that of the first.
func someOrders(t *testing.T, n int, price string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for part := range 2 {
		var x strings.Builder
		x.WriteString("<Orders>")
		for i := part; i < n; i += 2 {
			p := "10.50"
			if i == 0 {
				p = price
			}
			fmt.Fprintf(&x, "<Order id=%q><Customer>C%d</Customer><Item sku=\"A\"><Price>%s</Price></Item><Item sku=\"B\"><Price>2</Price></Item></Order>", fmt.Sprintf("O-%04d", i), i%5, p)
		}
		x.WriteString("</Orders>")
		w, err := z.Create(fmt.Sprintf("orders-%d.xml", part))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(x.String())); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// receive takes a bundle in and waits until its jobs are done.
func (s *served) take(t *testing.T, ctx context.Context, name string, content []byte) *Received {
	t.Helper()
	got, err := s.ReceiveBundle(ctx, ReceiveRequest{Name: name, Bytes: int64(len(content)), Body: bytes.NewReader(content), Convert: true})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, ctx, got.JobID, retable.JobSuccess)
	return got
}

func (s *served) await(t *testing.T, ctx context.Context, id int64, want retable.JobState) *Job {
	t.Helper()
	j, err := s.WaitJob(ctx, id, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if j.Status != string(want) {
		t.Fatalf("job %d (%s) is %s: %s %s", id, j.JobType, j.Status, j.Error, j.Stack)
	}
	return j
}

// download reads a ticket's blob.
func (s *served) download(t *testing.T, url string) (*Download, []byte) {
	t.Helper()
	d, err := s.Redeem(context.Background(), strings.TrimPrefix(url, "/api/tickets/"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.OpenDownload(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return d, b.Bytes()
}

// dirBlobs is a store of blobs in a folder.
func dirBlobs(t *testing.T, dir string) retable.BlobStore {
	t.Helper()
	b, err := blob.OpenDir(dir, "cache", "backups")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}
