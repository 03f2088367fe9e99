package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"retable/internal/blob/blobtest"
	"retable/internal/config"
	"retable/internal/retable"
	"retable/internal/store/storetest"
)

// replicas are instances over one PostgreSQL and one S3, each with a disk of
// its own.
type replicas struct {
	settings []string
	ctx      context.Context // of the first administrator
	all      []*Instance
	left     map[*Instance]bool // those that were closed before the test's end
}

const clusterSoon = 2 * time.Minute // nothing here waits longer than that

// cluster starts as many replicas that answer and work.
func cluster(t *testing.T, n int) *replicas {
	t.Helper()
	s3 := blobtest.S3(t)
	c := &replicas{left: map[*Instance]bool{}, settings: []string{
		"RET_DATABASE=" + storetest.Postgres(t), "RET_BLOBS=" + s3.Place("cluster"), "RET_S3_ACCESS_KEY=" + blobtest.AccessKey, "RET_S3_SECRET_KEY=" + blobtest.SecretKey,
		"RET_JWT_KEY=" + strings.Repeat("k", 40), "RET_SEAL_KEY=" + strings.Repeat("s", 40), "RET_DATABASE_MAX=6", "RET_JOB_WORKERS=1", "RET_JOB_POLL=100ms", "RET_JOB_LEASE=5s",
	}}
	for range n {
		c.all = append(c.all, c.open(t))
	}
	u := &retable.User{ID: retable.NewID(), Username: "ada", Role: retable.RoleAdmin, Active: true, CreatedAt: 1, UpdatedAt: 1}
	if err := c.all[0].Store.Update(t.Context(), func(tx retable.Tx) error { return tx.Users().Create(t.Context(), u) }); err != nil {
		t.Fatal(err)
	}
	c.ctx = retable.WithPrincipal(t.Context(), &retable.Principal{UserID: u.ID, Username: "ada", Role: retable.RoleAdmin, Local: true})
	return c
}

// open opens one more replica, with settings of its own.
func (c *replicas) open(t *testing.T, settings ...string) *Instance {
	t.Helper()
	env := append(append([]string{"RET_RUNTIME_ROOT=" + t.TempDir(), "HOME=" + t.TempDir()}, c.settings...), settings...)
	cfg, err := config.Load(config.Source{Environ: env, Served: true})
	if err != nil {
		t.Fatal(err)
	}
	in, err := Open(context.Background(), OpenRequest{Config: cfg, Door: "server", Version: "test", Run: cfg.Jobs.Role.Worker()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.leave(t, in) })
	return in
}

// leave closes a replica in good order.
func (c *replicas) leave(t *testing.T, in *Instance) {
	t.Helper()
	if c.left[in] {
		return
	}
	c.left[in] = true
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := in.Close(ctx); err != nil {
		t.Error(err)
	}
}

// receive brings a bundle through a replica and waits for its tables at another.
func (c *replicas) receive(t *testing.T, from, at *Instance, orders int) string {
	t.Helper()
	content := someOrders(t, orders, "10.50")
	got, err := from.ReceiveBundle(c.ctx, ReceiveRequest{Name: "orders.zip", Bytes: int64(len(content)), Body: bytes.NewReader(content), Convert: true})
	if err != nil {
		t.Fatal(err)
	}
	c.over(t, at, got.JobID)
	return got.SessionID
}

// over waits at a replica until a job has succeeded.
func (c *replicas) over(t *testing.T, at *Instance, id int64) {
	t.Helper()
	j, err := at.WaitJob(c.ctx, id, clusterSoon)
	if err != nil || j.Status != string(retable.JobSuccess) {
		t.Fatalf("the job ended as %+v, %v", j, err)
	}
}

func TestWhatOneReplicaDoesAnotherTells(t *testing.T) {
	t.Parallel()
	c := cluster(t, 2)
	here, there := c.all[0], c.all[1]
	asking := c.open(t, "RET_ROLE=api") // works on nothing itself
	id := c.receive(t, here, asking, 40)

	t.Run("events and progress", func(t *testing.T) {
		events, err := asking.Listen(c.ctx)
		if err != nil {
			t.Fatal(err)
		}
		started, err := there.IndexSession(c.ctx, IndexRequest{SessionID: id, Collection: "orders"})
		if err != nil {
			t.Fatal(err)
		}
		ended := false
		for limit := time.After(clusterSoon); !ended; {
			select {
			case e := <-events:
				ended = e.Kind == retable.EventJob && e.JobID == started.JobID && e.State == string(retable.JobSuccess)
			case <-limit:
				t.Fatal("nobody told of the job's end")
			}
		}
	})
	t.Run("a ticket works once, wherever", func(t *testing.T) {
		link, err := here.DownloadTicket(c.ctx, DownloadRequest{SessionID: id})
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(link.URL, "/api/tickets/")
		d, err := asking.Redeem(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := asking.OpenDownload(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, b)
		if err != nil || n != d.Bytes || b.Close() != nil {
			t.Errorf("read %d of %d bytes, %v", n, d.Bytes, err)
		}
		for _, in := range []*Instance{here, there, asking} {
			if _, err := in.Redeem(t.Context(), name); !retable.Is(err, retable.NotFound) {
				t.Errorf("a second time: %v", err)
			}
		}
	})
	t.Run("a view is made again by its id", func(t *testing.T) {
		table := TableRef{SessionID: id, TableID: 1}
		v, err := here.CreateView(c.ctx, ViewRequest{TableRef: table, Filter: []GridFilter{{Column: "_line", Op: "not null"}}})
		if err != nil {
			columns, _ := here.ListColumns(c.ctx, table)
			raw, _ := json.Marshal(columns)
			t.Fatalf("%v; columns: %s", err, raw)
		}
		want, err := here.GetRows(c.ctx, RowsRequest{TableRef: table, View: v.ViewID, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		got, err := asking.GetRows(c.ctx, RowsRequest{TableRef: table, View: v.ViewID, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if !bytes.Equal(a, b) || got.Total != v.Rows {
			t.Errorf("here\n%s\nthere\n%s", a, b)
		}
		if _, err := asking.GetRows(c.ctx, RowsRequest{TableRef: table, View: strings.Repeat("0", 32), Limit: 1}); !retable.Is(err, retable.NotFound) {
			t.Errorf("a view that nobody has made: %v", err)
		}
		if _, err := asking.GetRows(c.ctx, RowsRequest{TableRef: TableRef{SessionID: id, TableID: 2}, View: v.ViewID, Limit: 1}); err == nil {
			t.Error("a view of one table was read of another")
		}
	})
	t.Run("what one converted another compares", func(t *testing.T) {
		content := someOrders(t, 40, "11")
		got, err := there.ReceiveBundle(c.ctx, ReceiveRequest{Name: "later.zip", Bytes: int64(len(content)), Body: bytes.NewReader(content), Convert: true})
		if err != nil {
			t.Fatal(err)
		}
		c.over(t, here, got.JobID)
		compared, err := asking.Compare(c.ctx, CompareSessionsRequest{LeftID: id, RightID: got.SessionID})
		if err != nil {
			t.Fatal(err)
		}
		c.over(t, there, compared.JobID)
		comparison, err := asking.GetComparison(c.ctx, ComparisonRef{compared.ComparisonID})
		if err != nil {
			t.Fatal(err)
		}
		if raw, _ := json.Marshal(comparison); !strings.Contains(string(raw), `"changes":1`) {
			t.Errorf("got %s", raw)
		}
	})
	t.Run("an index is asked where it was not made", func(t *testing.T) {
		a, err := asking.Ask(c.ctx, AskRequest{SessionID: id, Question: "How many orders are there?"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if raw, _ := json.Marshal(a); !strings.Contains(string(raw), "40") {
			t.Errorf("got %s", raw)
		}
	})
	t.Run("changed settings hold everywhere", func(t *testing.T) {
		provider := "ollama"
		if _, err := here.UpdateSettings(c.ctx, settingsTo(provider)); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(clusterSoon); ; time.Sleep(20 * time.Millisecond) {
			if r := asking.models.current(); r != nil && len(r.Providers()) > 0 {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("the other replica still has no model")
			}
		}
	})
}

// settingsTo chooses a provider of models.
func settingsTo(provider string) (req UpdateSettingsRequest) {
	raw := `{"model": {"provider": "` + provider + `", "base_url": "http://127.0.0.1:9", "chat_model": "m", "embed_model": "", "api_version": ""}}`
	if err := json.Unmarshal([]byte(raw), &req); err != nil {
		panic(err)
	}
	return req
}

func TestAWorkerThatLeavesHandsItsJobsBackAtOnce(t *testing.T) {
	t.Parallel()
	c := cluster(t, 1)
	leaving := c.all[0]
	content := someOrders(t, 4000, "1")
	got, err := leaving.ReceiveBundle(c.ctx, ReceiveRequest{Name: "orders.zip", Bytes: int64(len(content)), Body: bytes.NewReader(content), Convert: true})
	if err != nil {
		t.Fatal(err)
	}
	asking := c.open(t, "RET_ROLE=api")
	for deadline := time.Now().Add(clusterSoon); ; time.Sleep(5 * time.Millisecond) {
		j, err := asking.GetJob(c.ctx, JobRef{got.JobID})
		if err != nil {
			t.Fatal(err)
		}
		if j.Status != string(retable.JobQueued) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody began")
		}
	}
	c.leave(t, leaving)
	j, err := asking.GetJob(c.ctx, JobRef{got.JobID})
	if err != nil || j.Status == string(retable.JobRunning) {
		t.Fatalf("it is still held: %+v, %v", j, err)
	}
	c.open(t)
	c.over(t, asking, got.JobID)
}

func TestIndexesOnDiskHaveALimit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, name := range []string{"old", "new", "kept"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "part"), make([]byte, 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := trimFolders(dir, 2500, map[string]bool{filepath.Join(dir, "old"): true}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || left[0].Name() != "kept" || left[1].Name() != "old" {
		t.Errorf("left: %v, %v", left, err)
	}
}
