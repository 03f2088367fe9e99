package e2e

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"retable/app"
	"retable/internal/config"
	"retable/internal/retable"
)

// open opens a house in this process and gives the error instead of ending.
func (h house) open(t *testing.T, run bool) (*app.Instance, error) {
	t.Helper()
	cfg, err := config.Load(config.Source{Environ: append([]string{"HOME=" + h.root}, h.environ...), Dir: t.TempDir(), Served: true})
	if err != nil {
		t.Fatal(err)
	}
	return app.Open(context.Background(), app.OpenRequest{Config: cfg, Door: "cli", Version: "dev", Run: run})
}

// clearly tells whether an error says what is wrong and what to do, and not only
// that something is.
func clearly(t *testing.T, err error, words ...string) {
	t.Helper()
	var known *retable.Error
	if !errors.As(err, &known) {
		t.Errorf("got %v, which is no error for people", err)
		return
	}
	if strings.Contains(known.Detail, "Something went wrong") {
		t.Errorf("got %q, which says nothing", known.Detail)
	}
	for _, w := range words {
		if !strings.Contains(known.Detail, w) {
			t.Errorf("got %q, which lacks %q", known.Detail, w)
		}
	}
}

// TestFullDataRoot fills the disk of a data root while work is done on it. What
// was there stays, what was begun is not there, and with room again the same
// work succeeds.
func TestFullDataRoot(t *testing.T) {
	disk := smallDisk(t, "24m")
	h := embedded(filepath.Join(disk, "root"), "RET_JOB_BACKOFF=10ms")
	if err := os.Mkdir(h.root, 0o700); err != nil {
		t.Fatal(err)
	}
	l := h.look(t, func(r *app.OpenRequest) { r.Run = true })
	first := l.bring(t, "first.zip", delivery(t, 1<<20, 1), true)
	l.done(t, first.JobID)
	second := l.bring(t, "second.zip", delivery(t, 4<<20, 2), false)
	l.done(t, second.JobID)
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast, 1536<<10) // room for rows, not for tables
	started, err := l.ConvertSession(l.ctx, app.ConvertSessionRequest{SessionID: second.SessionID})
	if err == nil {
		j := over(t, l, started.JobID)
		if j.State != retable.JobFailed || !strings.Contains(j.Error, "disk") || strings.Contains(j.Error, "Something went wrong") {
			t.Errorf("the conversion is %s: %q: %s", j.State, j.Error, j.Stack)
		}
	} else {
		clearly(t, err, "full")
	}
	if _, err := l.ReceiveBundle(l.ctx, app.ReceiveRequest{Name: "third.zip", Bytes: -1, Body: strings.NewReader(strings.Repeat("x", 8<<20))}); err == nil {
		t.Error("a bundle was taken that has no room")
	} else {
		clearly(t, err, "full")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	var state retable.SessionState
	l.view(t, func(tx retable.Tx) error {
		x, err := tx.Sessions().Get(l.ctx, first.SessionID)
		if err == nil {
			state = x.State
		}
		return err
	})
	if state != retable.SessionReady {
		t.Errorf("the first session is %s", state)
	}
	again, err := l.ConvertSession(l.ctx, app.ConvertSessionRequest{SessionID: second.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	l.done(t, again.JobID)
	l.whole(t, h.root)
	l.close(t)
	if left := h.leftovers(t); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
}

// fill leaves so many bytes free.
func fill(t *testing.T, path string, free int64) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &st); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, max(0, int64(st.Bavail)*st.Bsize-free)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// over waits until a job is over, however.
func over(t *testing.T, l *look, id int64) *retable.Job {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		if j := l.job(t, id); j.State.Over() {
			return j
		}
		if time.Now().After(deadline) {
			t.Fatalf("job %d isn't over", id)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestReadOnlyDataRoot: a disk that takes no writing is told, and is as before.
func TestReadOnlyDataRoot(t *testing.T) {
	disk := smallDisk(t, "24m")
	h := embedded(filepath.Join(disk, "root"))
	if err := os.Mkdir(h.root, 0o700); err != nil {
		t.Fatal(err)
	}
	l := h.look(t, func(r *app.OpenRequest) { r.Run = true })
	l.done(t, l.bring(t, "first.zip", delivery(t, 1<<20, 1), true).JobID)
	l.close(t)
	if err := syscall.Mount("", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("the disk can't be made read-only: %v", err)
	}
	for _, run := range []bool{true, false} {
		in, err := h.open(t, run)
		if err == nil {
			t.Error("a data root opens whose disk is read-only")
			if err := in.Close(context.Background()); err != nil {
				t.Error(err)
			}
			continue
		}
		clearly(t, err)
		t.Logf("run %v: %v", run, err)
	}
	if err := syscall.Mount("", disk, "tmpfs", syscall.MS_REMOUNT, "size=24m"); err != nil {
		t.Fatal(err)
	}
	l = h.look(t, nil)
	l.whole(t, h.root)
}

// TestDamagedDatabase flips bytes of a page. The program says so, in words, and
// the file stays for whoever repairs it.
func TestDamagedDatabase(t *testing.T) {
	prepared := embedded(t.TempDir())
	l := prepared.look(t, func(r *app.OpenRequest) { r.Run = true })
	l.done(t, l.bring(t, "first.xml", []byte("<a><b>1</b><b>2</b></a>"), true).JobID)
	l.close(t)
	for name, page := range map[string]int64{"the head": 0, "the schema": 100, "another page": 4096 * 2} {
		t.Run(name, func(t *testing.T) {
			h := embedded(filepath.Join(t.TempDir(), "root"))
			copyTree(t, prepared.root, h.root)
			path := filepath.Join(h.root, "retable.db")
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err == nil {
				_, err = f.WriteAt([]byte(strings.Repeat("\xa5", 2000)), page)
				err = errors.Join(err, f.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			in, err := h.open(t, true)
			if err == nil { // the page isn't read at the start; a look through all finds it
				err = in.Store.IntegrityCheck(context.Background())
				if cerr := in.Close(context.Background()); cerr != nil {
					t.Logf("closing: %v", cerr)
				}
			} else if after, rerr := os.ReadFile(path); rerr != nil || string(after) != string(before) {
				t.Errorf("the damaged file was changed: %v", rerr)
			}
			if err == nil {
				t.Fatal("the damage isn't found")
			}
			clearly(t, err, "damaged")
		})
	}
}

// TestLockedDatabase: another process writes for longer than we wait. The error
// says so, nothing is lost, and afterwards the same request succeeds.
func TestLockedDatabase(t *testing.T) {
	h := embedded(t.TempDir())
	l := h.look(t, nil)
	other := sql.OpenDB(&connector{"file:" + filepath.Join(h.root, "retable.db") + "?_txlock=immediate"})
	defer other.Close()
	tx, err := other.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.ReceiveBundle(l.ctx, app.ReceiveRequest{Name: "a.xml", Bytes: 4, Body: strings.NewReader("<a/>")})
	clearly(t, err)
	if !retable.Is(err, retable.Busy) && !retable.Is(err, retable.Unavailable) {
		t.Errorf("got %s: %v", retable.CodeOf(err), err)
	}
	t.Logf("%v", err)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	l.bring(t, "a.xml", []byte("<a/>"), false)
	var n int64
	l.view(t, func(tx retable.Tx) error {
		all, err := tx.Sessions().List(l.ctx, retable.SessionFilter{}, retable.Page{Limit: 1})
		n = all.Total
		return err
	})
	if n != 1 {
		t.Errorf("there are %d sessions", n)
	}
}

// TestASecondRunnerIsRefused by the name of the first, and others may look.
func TestASecondRunnerIsRefused(t *testing.T) {
	h := embedded(t.TempDir())
	w := h.work(t)
	l := h.look(t, nil)
	got := l.bring(t, "a.xml", []byte("<a><b>1</b><b>2</b></a>"), true)
	l.done(t, got.JobID) // the first works for both
	cmd := exec.CommandContext(t.Context(), program(t), "serve")
	cmd.Env, cmd.Dir = append([]string{"HOME=" + h.root}, h.environ...), h.root
	out, err := cmd.CombinedOutput()
	wantExit(t, err, 2)
	if want := fmt.Sprintf("are run by process %d (server)", w.pid()); !strings.Contains(string(out), want) {
		t.Errorf("the message lacks %q: %s", want, out)
	}
	w.stop(t)
}

// connector opens SQLite without the process-wide registry of drivers.
type connector struct{ dsn string }

func (c *connector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.dsn)
}
func (c *connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }
