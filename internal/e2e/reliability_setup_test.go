//go:build unix

package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"retable/app"
	"retable/internal/blob"
	"retable/internal/config"
	"retable/internal/retable"
	"retable/internal/sample"
)

// patience is how long a test waits for what must happen. It is no target: on a
// busy machine everything takes longer.
const patience = 3 * time.Minute

// soak reports whether the long forms run (make soak).
func soak() bool { return os.Getenv("RET_SOAK") == "1" }

// house is a place where Retable works: a data root, or a replica's.
type house struct {
	root    string
	environ []string
}

// embedded is a house with SQLite and files in one folder.
func embedded(root string, more ...string) house {
	return house{root, append([]string{
		"RET_RUNTIME_ROOT=" + root, "RET_ROLE=worker", "RET_CLEANUP_AT=off", "RET_BACKUP_AT=off", "RET_JOB_WORKERS=1", "RET_JOB_POLL=100ms",
	}, more...)}
}

// look is a service over the house that works on nothing: it enqueues and reads.
type look struct {
	*app.Instance
	ctx context.Context // of the person at this machine
}

// look opens the house; change may be nil.
func (h house) look(t *testing.T, change func(*app.OpenRequest)) *look {
	t.Helper()
	cfg, err := config.Load(config.Source{Environ: append([]string{"HOME=" + h.root}, h.environ...), Dir: h.root, Served: true})
	if err != nil {
		t.Fatal(err)
	}
	req := app.OpenRequest{Config: cfg, Door: "cli", Version: "dev"}
	if change != nil {
		change(&req)
	}
	in, err := app.Open(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	l := &look{Instance: in}
	t.Cleanup(func() { l.close(t) })
	p := &retable.Principal{}
	err = in.Store.Update(context.Background(), func(tx retable.Tx) error {
		u, err := tx.Users().ByName(context.Background(), retable.LocalUser)
		if retable.Is(err, retable.NotFound) { // a team's database has none
			u = &retable.User{ID: retable.NewID(), Username: retable.LocalUser, Role: retable.RoleAdmin, Active: true, CreatedAt: 1, UpdatedAt: 1}
			err = tx.Users().Create(context.Background(), u)
		}
		if err == nil {
			p = &retable.Principal{UserID: u.ID, Username: u.Username, Role: u.Role, Local: true}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	l.ctx = retable.WithPrincipal(context.Background(), p)
	return l
}

// close may be called twice.
func (l *look) close(t *testing.T) {
	t.Helper()
	if l.Instance == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Error(err)
	}
	l.Instance = nil
}

func (l *look) update(t *testing.T, fn func(retable.Tx) error) {
	t.Helper()
	if err := l.Store.Update(l.ctx, fn); err != nil {
		t.Fatal(err)
	}
}

func (l *look) view(t *testing.T, fn func(retable.Tx) error) {
	t.Helper()
	if err := l.Store.View(l.ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// job reads a job's row.
func (l *look) job(t *testing.T, id int64) *retable.Job {
	t.Helper()
	var j *retable.Job
	l.view(t, func(tx retable.Tx) (err error) {
		j, err = tx.Jobs().Get(l.ctx, id)
		return err
	})
	return j
}

// until waits until the job's row is as asked.
func (l *look) until(t *testing.T, id int64, what string, ok func(*retable.Job) bool) *retable.Job {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		j := l.job(t, id)
		if ok(j) {
			return j
		}
		if time.Now().After(deadline) || j.State == retable.JobFailed || j.State == retable.JobCancelled {
			t.Fatalf("job %d (%s) is %s after %d attempts, not %s: %s %s", id, j.Kind, j.State, j.Attempts, what, j.Error, j.Stack)
		}
		time.Sleep(2 * time.Millisecond) // between two looks
	}
}

func (l *look) done(t *testing.T, id int64) *retable.Job {
	t.Helper()
	return l.until(t, id, "done", func(j *retable.Job) bool { return j.State == retable.JobSuccess })
}

// running is a job whose worker is at it; one that is over has been.
func running(j *retable.Job) bool {
	return j.State == retable.JobRunning || j.State == retable.JobSuccess
}

// bring takes a bundle in.
func (l *look) bring(t *testing.T, name string, content []byte, convert bool) *app.Received {
	t.Helper()
	got, err := l.ReceiveBundle(l.ctx, app.ReceiveRequest{Name: name, Bytes: int64(len(content)), Body: bytes.NewReader(content), Convert: convert})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// worker is a running `retable serve` of the house that works on jobs.
type worker struct {
	cmd   *exec.Cmd
	said  *syncBuffer
	began time.Time
	ended bool
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// work starts the built program.
func (h house) work(t *testing.T) *worker {
	t.Helper()
	w := &worker{cmd: exec.CommandContext(context.Background(), program(t), "serve"), said: &syncBuffer{}}
	w.cmd.Env = append([]string{"HOME=" + h.root, "PATH=" + os.Getenv("PATH")}, h.environ...)
	w.cmd.Dir, w.cmd.Stdout, w.cmd.Stderr = h.root, w.said, w.said
	w.began = time.Now()
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.kill() })
	return w
}

func (w *worker) pid() int { return w.cmd.Process.Pid }

// owns tells whether the job's lease is the worker's.
func (w *worker) owns(j *retable.Job) bool {
	return strings.Contains(j.LeaseOwner, fmt.Sprintf("/%d/", w.pid()))
}

// kill ends the worker as a power failure would.
func (w *worker) kill() {
	if w.ended {
		return
	}
	w.ended = true
	_ = w.cmd.Process.Signal(syscall.SIGKILL) // frozen or not; it may have ended
	_ = w.cmd.Wait()
}

// stop ends the worker in order.
func (w *worker) stop(t *testing.T) {
	t.Helper()
	if w.ended {
		return
	}
	deadline := time.Now().Add(patience)
	for !strings.Contains(w.said.String(), "works on jobs") && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond) // it hears signals when it is up
	}
	w.ended = true
	if err := errors.Join(w.cmd.Process.Signal(syscall.SIGTERM), w.cmd.Wait()); err != nil {
		t.Errorf("the worker ended with %v: %s", err, w.said)
	}
}

// blobsOf opens the house's blobs.
func blobsOf(t *testing.T, dir string) *blob.Dir {
	t.Helper()
	d, err := blob.OpenDir(dir, "retable.db", "retable.db-wal", "retable.db-shm", "keys.json", "runner.lock", "cache", "tmp", "backups")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// whole checks what must hold when nothing works: the database is sound, no job
// is half done, each artifact's file is there with its hash, and no file is
// there that no row knows.
func (l *look) whole(t *testing.T, blobDir string) {
	t.Helper()
	if err := l.Store.IntegrityCheck(l.ctx); err != nil {
		t.Errorf("the database: %v", err)
	}
	var arts []retable.Artifact
	l.view(t, func(tx retable.Tx) (err error) {
		if arts, err = tx.Artifacts().Find(l.ctx, retable.ArtifactFilter{}); err != nil {
			return err
		}
		active, err := tx.Jobs().List(l.ctx, retable.JobFilter{Active: true}, retable.Page{Limit: 10})
		for _, j := range active.Items {
			t.Errorf("job %d (%s) is still %s", j.ID, j.Kind, j.State)
		}
		return err
	})
	known := map[string]bool{}
	for _, a := range arts {
		known[a.Key] = true
		sum := sha256.New()
		f, err := os.Open(filepath.Join(blobDir, filepath.FromSlash(a.Key)))
		if err == nil {
			_, err = io.Copy(sum, f)
			err = errors.Join(err, f.Close())
		}
		if got := fmt.Sprintf("%x", sum.Sum(nil)); err != nil || got != a.SHA256 {
			t.Errorf("%s %s: its file has the hash %s (%v), its row %s", a.Kind, a.Key, got, err, a.SHA256)
		}
	}
	for info, err := range blobsOf(t, blobDir).List(l.ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		if !known[info.Key] && strings.Contains(info.Key, "/") && !strings.Contains(info.Key, "/stray-") {
			t.Errorf("%s is nobody's", info.Key)
		}
	}
}

// leftovers lists files in the house that are of no use: scratch files,
// unfinished blobs and backups.
func (h house) leftovers(t *testing.T) (left []string) {
	t.Helper()
	for _, dir := range []string{"tmp", ".tmp", "backups"} {
		err := filepath.WalkDir(filepath.Join(h.root, dir), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && !d.IsDir() && (dir != "backups" || filepath.Base(path) != "retable.db") {
				left = append(left, strings.TrimPrefix(path, h.root+"/"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return left
}

// copyTree copies a folder.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.Mkdir(target, st.Mode().Perm())
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return errors.Join(os.WriteFile(target, content, st.Mode().Perm()), os.Chtimes(target, st.ModTime(), st.ModTime()))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// delivery is a bundle of customers of that size.
func delivery(t *testing.T, size int64, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("customers.xml")
	if err == nil {
		err = errors.Join(sample.Records(w, size, seed), z.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// figures sums up times.
func figures(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	all = slices.Sorted(slices.Values(all))
	return fmt.Sprintf("median %v, longest %v of %d", all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond), len(all))
}
