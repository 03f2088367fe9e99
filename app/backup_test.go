package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"retable/internal/config"
	"retable/internal/retable"
)

// rootAt are the settings of a data root.
func rootAt(t *testing.T, root string) *config.Config {
	t.Helper()
	cfg, err := config.Load(config.Source{Environ: []string{"HOME=" + t.TempDir(), "RET_RUNTIME_ROOT=" + root, "RET_CLEANUP_AT=off", "RET_JOB_POLL=20ms"}, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// backedRoot is a data root with two sessions and their comparison, that works.
func backedRoot(t *testing.T) (*Instance, context.Context) {
	t.Helper()
	in, err := Open(context.Background(), OpenRequest{Config: rootAt(t, filepath.Join(t.TempDir(), "root")), Door: "cli", Version: "test", Run: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ctx, err := in.AsLocal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s := &served{Service: in.Service, ctx: ctx}
	a, b := s.take(t, ctx, "orders_2026-01.zip", someOrders(t, 10, "1")), s.take(t, ctx, "orders_2026-02.zip", someOrders(t, 11, "2"))
	c, err := s.Compare(ctx, CompareSessionsRequest{LeftID: a.SessionID, RightID: b.SessionID})
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, ctx, c.JobID, retable.JobSuccess)
	return in, ctx
}

// rows hashes every row of every table of a database.
func rows(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	var tables []string
	list, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	for list.Next() {
		var name string
		if err := list.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	list.Close() // the one connection is needed
	out := map[string]string{}
	for _, name := range tables {
		out[name] = rowsOf(t, db, name)
	}
	return out
}

// rowsOf counts and hashes the rows of one table, in any order.
func rowsOf(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	r, err := db.Query("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for r.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := r.Scan(values...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, v := range values {
			line += fmt.Sprintf("%v|", *v.(*any))
		}
		lines = append(lines, line)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d rows, %x", len(lines), sha256.Sum256([]byte(strings.Join(lines, "\n"))))
}

// files hashes the files below a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") { // a hash that is kept beside
			return err
		}
		content, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, dir)] = fmt.Sprintf("%x", sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func equalMaps(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("there are no %s to compare", what)
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s %s: got %q, want %q", what, name, got[name], w)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s %s is too much", what, name)
		}
	}
}

func TestARestoredRootIsTheOneThatWasBackedUp(t *testing.T) {
	t.Parallel()
	in, ctx := backedRoot(t)
	dir := filepath.Join(t.TempDir(), "backup")
	if err := in.Backup(ctx, dir, true); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"blobs", "retable.db"}) {
		t.Errorf("the backup holds %q", got)
	}
	if err := in.Backup(ctx, dir, true); !retable.Is(err, retable.Conflict) {
		t.Errorf("a backup over a backup gives %v", err)
	}
	wantRows, wantFiles := rows(t, in.Store.SQL()), files(t, filepath.Join(in.cfg.DataRoot, "sessions"))
	comparisons := files(t, filepath.Join(in.cfg.DataRoot, "comparisons"))

	fresh := filepath.Join(t.TempDir(), "fresh")
	n, err := Restore(ctx, rootAt(t, fresh), dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(wantFiles) + len(comparisons); n != want {
		t.Errorf("%d files were verified of %d", n, want)
	}
	equalMaps(t, "file", files(t, filepath.Join(fresh, "sessions")), wantFiles)
	equalMaps(t, "file", files(t, filepath.Join(fresh, "comparisons")), comparisons)
	again, err := Open(context.Background(), OpenRequest{Config: rootAt(t, fresh), Door: "cli", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(context.Background())
	equalMaps(t, "table", rows(t, again.Store.SQL()), wantRows)
	if err := again.Store.IntegrityCheck(ctx); err != nil {
		t.Error(err)
	}
	if _, err := Restore(ctx, rootAt(t, fresh), dir); !retable.Is(err, retable.Conflict) {
		t.Errorf("restoring over what is there gives %v", err)
	}
}

func TestADamagedBackupIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	in, ctx := backedRoot(t)
	good := filepath.Join(t.TempDir(), "backup")
	if err := in.Backup(ctx, good, true); err != nil {
		t.Fatal(err)
	}
	one := func(dir string) string { // any stored file
		all := files(t, filepath.Join(dir, "blobs", "sessions"))
		for name := range all {
			return filepath.Join(dir, "blobs", "sessions", name)
		}
		return ""
	}
	flip := func(path string, at func(size int) int) error {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		i := at(len(content))
		for k := i; k < min(i+512, len(content)); k++ {
			content[k] ^= 0x5a
		}
		return os.WriteFile(path, content, 0o600)
	}
	middle := func(n int) int { return n / 2 }
	for name, c := range map[string]struct {
		damage func(dir string) error
		says   string
	}{
		"a stored file has changed": {func(dir string) error { return flip(one(dir), middle) }, "is damaged: its SHA-256 is another"},
		"a stored file is cut":      {func(dir string) error { return os.Truncate(one(dir), 3) }, "is damaged: its SHA-256 is another"},
		"a stored file is missing":  {func(dir string) error { return os.Remove(one(dir)) }, "the database alone, or it is damaged"},
		"pages of the database": {func(dir string) error {
			return flip(filepath.Join(dir, "retable.db"), func(int) int { return 4096 * 3 })
		}, "damaged"},
		"the database's head":           {func(dir string) error { return flip(filepath.Join(dir, "retable.db"), func(int) int { return 0 }) }, "damaged"},
		"the database is cut":           {func(dir string) error { return os.Truncate(filepath.Join(dir, "retable.db"), 10_000) }, "damaged"},
		"the database is missing":       {func(dir string) error { return os.Remove(filepath.Join(dir, "retable.db")) }, "is no backup of Retable"},
		"a backup of the database only": {func(dir string) error { return os.RemoveAll(filepath.Join(dir, "blobs")) }, "the database alone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, root := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "root")
			if err := errors.Join(os.CopyFS(dir, os.DirFS(good)), c.damage(dir)); err != nil {
				t.Fatal(err)
			}
			_, err := Restore(context.Background(), rootAt(t, root), dir)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if left := names(t, root); len(left) > 0 {
				t.Errorf("the root holds %q", left)
			}
		})
	}
}

// TestABackupWhileSessionsComeAndGo is whole: all that its database refers to is
// in it.
func TestABackupWhileSessionsComeAndGo(t *testing.T) {
	t.Parallel()
	in, ctx := backedRoot(t)
	s := &served{Service: in.Service, ctx: ctx}
	stop, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			got, err := s.ReceiveBundle(ctx, ReceiveRequest{Name: "x.xml", Bytes: -1, Body: bytes.NewReader(tiny(i))})
			if err == nil {
				_, err = s.WaitJob(ctx, got.JobID, time.Minute)
			}
			if err == nil {
				_, err = s.DeleteSession(ctx, SessionRef{got.SessionID})
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for i := range 5 {
		dir := filepath.Join(t.TempDir(), "backup")
		err := in.Backup(ctx, dir, true)
		if retable.Is(err, retable.NotFound) {
			t.Logf("backup %d: three times in a row something was deleted meanwhile", i)
			if left := names(t, filepath.Dir(dir)); len(left) > 0 {
				t.Errorf("it left %q", left)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(ctx, rootAt(t, filepath.Join(t.TempDir(), "root")), dir); err != nil {
			t.Errorf("backup %d: %v", i, err)
		}
	}
	close(stop)
	<-gone
}

func TestADamagedStoreIsNotBackedUpInSilence(t *testing.T) {
	t.Parallel()
	in, ctx := backedRoot(t)
	all := files(t, filepath.Join(in.cfg.DataRoot, "sessions"))
	var name string
	for n := range all {
		name = n
	}
	f, err := os.OpenFile(filepath.Join(in.cfg.DataRoot, "sessions", name), os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt([]byte("rust"), 0)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if err := in.Backup(ctx, dir, true); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("got %v", err)
	}
	if left := names(t, filepath.Dir(dir)); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
	if err := in.Backup(ctx, dir, false); err != nil {
		t.Errorf("the database alone: %v", err)
	}
}

// TestABackupThatWasKilledIsClearedAway: its folder is there under its hidden
// name; the next one takes its place. Two at once are refused.
func TestABackupThatWasKilledIsClearedAway(t *testing.T) {
	t.Parallel()
	in, ctx := backedRoot(t)
	dir := filepath.Join(t.TempDir(), "backup")
	if err := errors.Join(os.MkdirAll(filepath.Join(dir+partSuffix, "blobs"), 0o700), os.WriteFile(filepath.Join(dir+partSuffix, "retable.db"), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	held, err := beginFolder(dir+partSuffix, "other")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Backup(ctx, dir, true); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "is being written by another process") {
		t.Errorf("a second one at once gives %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := in.Backup(ctx, dir, true); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(dir)); !slices.Equal(got, []string{"backup"}) {
		t.Errorf("there are %q", got)
	}
}

// TestScratchOfTheDeadIsSwept: what lies in a folder whose process is gone goes
// when the next one opens the root; a living one's stays.
func TestScratchOfTheDeadIsSwept(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	dead := filepath.Join(parent, runPrefix+"dead")
	if err := errors.Join(os.Mkdir(dead, 0o700), os.WriteFile(filepath.Join(dead, "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	first, err := openScratch(parent, "first")
	if err != nil {
		t.Fatal(err)
	}
	second, err := openScratch(parent, "second")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Base(first.path), filepath.Base(second.path)}
	slices.Sort(want)
	if got := names(t, parent); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	for _, c := range []io.Closer{closer(first.close), closer(second.close)} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, parent); len(got) > 0 {
		t.Errorf("at the end there are %q", got)
	}
}

type closer func() error

func (c closer) Close() error { return c() }
