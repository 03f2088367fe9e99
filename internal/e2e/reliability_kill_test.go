//go:build unix

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"retable/app"
	"retable/internal/retable"
	"retable/internal/store"
)

// mortal is a kind of job that is killed: how it is asked for, and what it must
// have done in the end.
type mortal struct {
	kind  retable.JobKind
	begin func(t *testing.T, l *look) int64
	// effect describes what the job has done, the same for every run.
	effect func(t *testing.T, l *look, h house, j *retable.Job) string
}

// TestKilledJobsAreDoneOnce kills the program with SIGKILL at random moments of
// each kind of job, starts it again, and looks at what is there: the job's
// effect once, and nothing else.
func TestKilledJobsAreDoneOnce(t *testing.T) {
	kills, size := 3, int64(3<<20)
	switch {
	case soak():
		kills, size = 50, 6<<20
	case testing.Short():
		kills, size = 1, 2<<20
	}
	program(t)
	prepared := prepare(t, size)
	for _, m := range mortals(delivery(t, size, 3)) {
		t.Run(string(m.kind), func(t *testing.T) { m.kill(t, prepared, kills) })
	}
}

// mortals are all kinds of jobs. Sessions are found by their names.
func mortals(third []byte) []mortal {
	return []mortal{
		{retable.JobScan, func(t *testing.T, l *look) int64 {
			return l.bring(t, "third.zip", third, false).JobID
		}, artifactEffect(retable.ArtifactProfile)},
		{retable.JobConvert, func(t *testing.T, l *look) int64 {
			got, err := l.ConvertSession(l.ctx, app.ConvertSessionRequest{SessionID: l.session(t, "unconverted.zip").ID})
			return started(t, got, err)
		}, artifactEffect(retable.ArtifactTables)},
		{retable.JobCompare, func(t *testing.T, l *look) int64 {
			got, err := l.Compare(l.ctx, app.CompareSessionsRequest{LeftID: l.session(t, "first.zip").ID, RightID: l.session(t, "second.zip").ID})
			if err != nil {
				t.Fatal(err)
			}
			return got.JobID
		}, comparisonEffect},
		{retable.JobExport, func(t *testing.T, l *look) int64 {
			got, err := l.ExportTables(l.ctx, app.ExportRequest{SessionID: l.session(t, "first.zip").ID, Format: "jsonl"})
			return started(t, got, err)
		}, artifactEffect(retable.ArtifactExport)},
		{retable.JobIndex, func(t *testing.T, l *look) int64 {
			got, err := l.IndexSession(l.ctx, app.IndexRequest{SessionID: l.session(t, "first.zip").ID, Collection: "all"})
			if err != nil {
				t.Fatal(err)
			}
			return got.JobID
		}, artifactEffect(retable.ArtifactIndex)},
		{retable.JobCleanup, func(t *testing.T, l *look) int64 {
			got, err := l.CleanUp(l.ctx, app.CleanupRequest{UnusedDays: 30})
			return started(t, got, err)
		}, cleanupEffect},
		{retable.JobBackup, func(t *testing.T, l *look) (id int64) {
			l.update(t, func(tx retable.Tx) error {
				j, _, err := tx.Jobs().Enqueue(l.ctx, retable.JobSpec{Kind: retable.JobBackup, DedupeKey: "daily:backup"}, retable.MillisOf(time.Now()))
				if err == nil {
					id = j.ID
				}
				return err
			})
			return id
		}, backupEffect},
	}
}

func started(t *testing.T, got *app.JobStarted, err error) int64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return got.JobID
}

func (l *look) session(t *testing.T, name string) (x retable.Session) {
	t.Helper()
	l.view(t, func(tx retable.Tx) error {
		all, err := tx.Sessions().List(l.ctx, retable.SessionFilter{Search: name}, retable.Page{Limit: 2})
		if err == nil && len(all.Items) != 1 {
			err = fmt.Errorf("%d sessions are called %s", len(all.Items), name)
		}
		if err == nil {
			x = all.Items[0]
		}
		return err
	})
	return x
}

// prepare makes a data root with two converted sessions, one that is only
// scanned, old ones for the clean-up, and enough rows for a backup to take time.
func prepare(t *testing.T, size int64) house {
	t.Helper()
	h := embedded(t.TempDir())
	l := h.look(t, func(r *app.OpenRequest) { r.Run = true })
	for seed, name := range []string{"first.zip", "second.zip"} {
		l.done(t, l.bring(t, name, delivery(t, size, uint64(seed+1)), true).JobID)
	}
	l.done(t, l.bring(t, "unconverted.zip", delivery(t, size, 7), false).JobID)
	old := retable.MillisOf(time.Now().Add(-100 * 24 * time.Hour))
	for i := range 12 {
		name := fmt.Sprintf("old-%d.xml", i)
		got := l.bring(t, name, fmt.Appendf(nil, "<a><b>%d</b></a>", i), false)
		l.done(t, got.JobID)
		// By hand: through the store the time only rises.
		if _, err := l.Store.SQL().ExecContext(l.ctx, "UPDATE sessions SET used_at = $1, pinned = $2 WHERE id = $3", old, i == 0, got.SessionID); err != nil {
			t.Fatal(err)
		}
		age(t, filepath.Join(h.root, "sessions", got.SessionID), old.Time())
	}
	for i := range 20 {
		stray := filepath.Join(h.root, "sessions", retable.NewID(), fmt.Sprintf("stray-%d", i))
		before := time.Now().Add(-48 * time.Hour)
		if err := errors.Join(os.MkdirAll(filepath.Dir(stray), 0o700), os.WriteFile(stray, []byte("x"), 0o600), os.Chtimes(stray, before, before)); err != nil {
			t.Fatal(err)
		}
	}
	ballast := strings.Repeat("x", 8<<10)
	l.update(t, func(tx retable.Tx) error {
		for range 2000 {
			if err := tx.ErrorEvents().Add(l.ctx, &retable.ErrorEvent{ID: retable.NewID(), At: retable.MillisOf(time.Now()), Source: "test", Code: retable.Internal, Stack: ballast}); err != nil {
				return err
			}
		}
		return nil
	})
	l.close(t)
	return h
}

// age makes a folder's files as old as what they belong to: a clean-up leaves
// young ones alone, as they may belong to work under way.
func age(t *testing.T, dir string, at time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// kill runs the job once undisturbed, and then kills it so many times.
func (m *mortal) kill(t *testing.T, prepared house, kills int) {
	want, takes := m.undisturbed(t, prepared)
	var restarts []time.Duration
	late := 0
	for i := range kills {
		root := filepath.Join(t.TempDir(), "root")
		copyTree(t, prepared.root, root)
		h := embedded(root)
		l := h.look(t, nil)
		id := m.begin(t, l)
		w := h.work(t)
		l.until(t, id, "running", running)
		// Spread over the whole run, with chance in it.
		time.Sleep(time.Duration((float64(i) + rand.Float64()) / float64(kills) * float64(takes) * 1.1))
		w.kill()
		killed := l.job(t, id)
		again := h.work(t)
		if killed.State == retable.JobSuccess {
			late++
		} else {
			j := l.until(t, id, "running again", func(j *retable.Job) bool { return running(j) && j.Attempts == 2 })
			restarts = append(restarts, j.StartedAt.Time().Sub(again.began))
		}
		j := l.done(t, id)
		again.stop(t)
		if j.Attempts > 2 {
			t.Errorf("kill %d: it took %d attempts", i+1, j.Attempts)
		}
		if got := m.effect(t, l, h, j); got != want {
			t.Errorf("kill %d: got %s\nwant %s", i+1, got, want)
		}
		l.whole(t, h.root)
		l.close(t)
		m.swept(t, h)
		if t.Failed() {
			t.Fatalf("kill %d of %d; the second process said: %s", i+1, kills, again.said)
		}
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s takes %v; %d kills, %d of them after its end; from start to running again: %s", m.kind, takes.Round(time.Millisecond), kills, late, figures(restarts))
}

// undisturbed is what the job does if nobody kills it, and how long it takes.
func (m *mortal) undisturbed(t *testing.T, prepared house) (string, time.Duration) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	copyTree(t, prepared.root, root)
	h := embedded(root)
	l := h.look(t, nil)
	id := m.begin(t, l)
	w := h.work(t)
	j := l.done(t, id)
	w.stop(t)
	effect := m.effect(t, l, h, j)
	l.whole(t, h.root)
	l.close(t)
	return effect, j.FinishedAt.Time().Sub(j.StartedAt.Time())
}

// swept checks that nothing is left but what a writer of blobs had begun, which
// goes with a clean-up when it is an hour old.
func (m *mortal) swept(t *testing.T, h house) {
	t.Helper()
	for _, name := range h.leftovers(t) {
		if !strings.HasPrefix(name, ".tmp/") {
			t.Errorf("%s is left", name)
		}
	}
	d := blobsOf(t, h.root)
	if _, err := d.Sweep(context.Background(), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if left := h.leftovers(t); len(left) > 0 {
		t.Errorf("after the sweep there is %q", left)
	}
}

// artifactEffect counts the artifacts that the job has made, and tells its
// result without what differs from run to run.
func artifactEffect(kind retable.ArtifactKind) func(*testing.T, *look, house, *retable.Job) string {
	return func(t *testing.T, l *look, _ house, j *retable.Job) string {
		var made []retable.Artifact
		var x *retable.Session
		l.view(t, func(tx retable.Tx) (err error) {
			if x, err = tx.Sessions().Get(l.ctx, j.SessionID); err == nil {
				made, err = tx.Artifacts().Find(l.ctx, retable.ArtifactFilter{SessionID: j.SessionID, Kind: kind})
			}
			return err
		})
		return fmt.Sprintf("%d %s of a session that is %s with %d tables, %d rows, %d values: %s", len(made), kind, x.State, x.Tables, x.Rows, x.Values, resultOf(t, j))
	}
}

// resultOf is a job's result without ids and sizes of files that hold them.
func resultOf(t *testing.T, j *retable.Job) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(j.Result, &all); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"artifact_id", "comparison_id", "bytes"} {
		delete(all, name)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func comparisonEffect(t *testing.T, l *look, _ house, j *retable.Job) string {
	var c *retable.Comparison
	var made []retable.Artifact
	l.view(t, func(tx retable.Tx) (err error) {
		if c, err = tx.Comparisons().Get(l.ctx, j.ComparisonID); err == nil {
			made, err = tx.Artifacts().Find(l.ctx, retable.ArtifactFilter{ComparisonID: c.ID})
		}
		return err
	})
	return fmt.Sprintf("%d artifacts of a comparison that is %s, %v alike with %d changes: %s", len(made), c.State, c.Similarity, c.Changes, resultOf(t, j))
}

// cleanupEffect leaves out what the job says: an attempt that was killed has
// removed its part already.
func cleanupEffect(t *testing.T, l *look, h house, _ *retable.Job) string {
	t.Helper()
	var left retable.List[retable.Session]
	l.view(t, func(tx retable.Tx) (err error) {
		left, err = tx.Sessions().List(l.ctx, retable.SessionFilter{}, retable.Page{Limit: 500})
		return err
	})
	var names []string
	for i := range left.Items {
		names = append(names, left.Items[i].Name)
		if x := &left.Items[i]; strings.HasPrefix(x.Name, "old-") && !x.Pinned {
			t.Errorf("%s is still there", x.Name)
		}
	}
	return fmt.Sprintf("%q remain, %d folders", names, len(listing(t, filepath.Join(h.root, "sessions"))))
}

// backupEffect opens the backup and looks through it.
func backupEffect(t *testing.T, l *look, h house, _ *retable.Job) string {
	t.Helper()
	var all []string
	for _, name := range listing(t, filepath.Join(h.root, "backups")) {
		path := filepath.Join(t.TempDir(), "copy.db")
		content, err := os.ReadFile(filepath.Join(h.root, "backups", name, "retable.db"))
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		st, err := store.Open(l.ctx, store.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		var sessions retable.List[retable.Session]
		err = st.View(l.ctx, func(tx retable.Tx) (err error) {
			sessions, err = tx.Sessions().List(l.ctx, retable.SessionFilter{}, retable.Page{Limit: 1})
			return err
		})
		if err := errors.Join(err, st.IntegrityCheck(l.ctx), st.Close()); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%d sessions in %q", sessions.Total, listing(t, filepath.Join(h.root, "backups", name))))
	}
	return strings.Join(all, ", ")
}
