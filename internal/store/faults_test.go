package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// reasonOf is the word by which programs know the refusal.
func reasonOf(err error) string {
	var typed *retable.Error
	if errors.As(err, &typed) {
		return typed.Reason
	}
	return ""
}

func set(ctx context.Context, s *store.Store, key string) error {
	return s.Update(ctx, func(tx retable.Tx) error { return tx.Settings().Set(ctx, key, []byte(`1`), 1) })
}

func has(ctx context.Context, s *store.Store, key string) error {
	return s.View(ctx, func(tx retable.Tx) error { _, err := tx.Settings().Get(ctx, key); return err })
}

// counted is a configuration that counts faults.
type counted struct {
	mu     sync.Mutex
	faults map[string]int
}

func (c *counted) hook(cfg *store.Config) {
	c.faults = map[string]int{}
	cfg.Hooks.Error = func(_ context.Context, fault string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.faults[fault]++
	}
}

func TestALockedDatabaseSaysSoAndLosesNothing(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.SQLite)
	cfg.BusyTimeout = 50 * time.Millisecond
	var faults counted
	faults.hook(&cfg)
	s, other := storetest.OpenConfig(t, cfg), storetest.OpenConfig(t, cfg)
	tx, err := other.SQL().BeginTx(t.Context(), nil) // takes the lock of writers
	if err != nil {
		t.Fatal(err)
	}
	if err := set(t.Context(), s, "a"); reasonOf(err) != "database_locked" || retable.CodeOf(err) != retable.Unavailable {
		t.Errorf("got %v", err)
	}
	if faults.faults["locked"] == 0 {
		t.Errorf("counted %v", faults.faults)
	}
	if err := has(t.Context(), s, "a"); !retable.Is(err, retable.NotFound) {
		t.Errorf("reading while another writes: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := set(t.Context(), s, "a"); err != nil {
		t.Error(err)
	}
}

func TestAFullDatabaseSaysSoAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.SQLite)
	if err := set(t.Context(), s, "before"); err != nil {
		t.Fatal(err)
	}
	// The limit of pages gives the same result code as a full disk.
	if _, err := s.SQL().ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx retable.Tx) error {
		return tx.Settings().Set(t.Context(), "large", []byte(`"`+strings.Repeat("x", 1<<20)+`"`), 1)
	})
	if reasonOf(err) != "database_full" || retable.CodeOf(err) != retable.Unavailable {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(has(t.Context(), s, "before"), s.IntegrityCheck(t.Context())); err != nil {
		t.Error(err)
	}
	if _, err := s.SQL().ExecContext(t.Context(), "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := set(t.Context(), s, "after"); err != nil {
		t.Error(err)
	}
}

func TestAReadOnlyDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.SQLite)
	if _, err := s.SQL().ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := set(t.Context(), s, "a"); reasonOf(err) != "database_readonly" {
		t.Errorf("got %v", err)
	}
	_, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "no", "such", "folder", "x.db"), Migrate: true})
	if reasonOf(err) != "root_failed" {
		t.Errorf("got %v", err)
	}
	_, err = store.Open(t.Context(), store.Config{Path: t.TempDir(), Migrate: true}) // a folder
	if reasonOf(err) != "root_failed" {
		t.Errorf("got %v", err)
	}
}

func TestTheDatabaseIsForItsOwnersEyes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("rights are inherited from the folder there")
	}
	dir := t.TempDir()
	s := storetest.OpenConfig(t, store.Config{Path: filepath.Join(dir, "retable.db"), Migrate: true})
	if err := errors.Join(set(t.Context(), s, "a"), s.Backup(t.Context(), filepath.Join(dir, "copy.db"))); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 4 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", file.Name(), mode)
		}
	}
}

// A file that may only be read, met by someone whom rights bind.
func TestAFileThatMayOnlyBeReadSaysSo(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("rights don't bind root")
	}
	cfg := storetest.Config(t, store.SQLite)
	if err := os.Chmod(cfg.Path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), cfg); reasonOf(err) != "database_readonly" {
		t.Errorf("got %v", err)
	}
}

func TestADamagedDatabaseNamesTheCure(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.SQLite)
	s := storetest.OpenConfig(t, cfg)
	for i := range 200 {
		if err := set(t.Context(), s, fmt.Sprintf("%d-%s", i, strings.Repeat("k", 200))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.IntegrityCheck(t.Context()); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := errors.Join(s.Backup(t.Context(), backup), s.Close()); err != nil {
		t.Fatal(err)
	}

	damage(t, cfg.Path)
	s, err := store.Open(t.Context(), cfg)
	if err == nil { // the pages that opening reads may be whole
		checked := s.IntegrityCheck(t.Context())
		copied := s.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db"))
		read := s.View(t.Context(), func(tx retable.Tx) error { _, err := tx.Settings().All(t.Context()); return err })
		_ = s.Close()
		for what, err := range map[string]error{"check": checked, "backup": copied, "read": read} {
			if reasonOf(err) != "database_damaged" || !strings.Contains(err.Error(), "retable admin restore") {
				t.Errorf("%s: got %v", what, err)
			}
		}
	} else if reasonOf(err) != "database_damaged" {
		t.Errorf("got %v", err)
	}

	if err := os.WriteFile(cfg.Path, []byte(strings.Repeat("this is no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), cfg); reasonOf(err) != "database_damaged" {
		t.Errorf("got %v", err)
	}
	restored := storetest.OpenConfig(t, store.Config{Path: backup})
	if err := restored.IntegrityCheck(t.Context()); err != nil {
		t.Error(err)
	}
}

// damage overwrites every page but the first ones that opening needs.
func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for at := len(content) / 2; at+page <= len(content); at += page {
		copy(content[at:at+page], strings.Repeat("\xde\xad", page/2))
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAPostgresThatIsDownSaysSo(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://x:secret@127.0.0.1:1/none?connect_timeout=2", "postgres://x:secret@/none?host=" + t.TempDir(),
	} {
		_, err := store.Open(t.Context(), store.Config{URL: url})
		if reasonOf(err) != "database_down" || retable.CodeOf(err) != retable.Unavailable {
			t.Errorf("got %v", err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is told: %v", err)
		}
	}
	_, err := store.Open(t.Context(), store.Config{URL: "postgres://x:secret@host:port/x"})
	if !retable.Is(err, retable.Invalid) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	if _, err := store.Open(t.Context(), store.Config{}); !retable.Is(err, retable.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestAPostgresDatabaseThatIsNotThereOrTooReadOnlySaysSo(t *testing.T) {
	t.Parallel()
	cfg := storetest.Config(t, store.Postgres)
	s := storetest.OpenConfig(t, cfg)
	if _, err := store.Open(t.Context(), store.Config{URL: strings.Replace(cfg.URL, "/t", "/none", 1)}); reasonOf(err) != "database_down" {
		t.Errorf("got %v", err)
	}
	readOnly := storetest.OpenConfig(t, store.Config{URL: cfg.URL + "&default_transaction_read_only=on"})
	if err := set(t.Context(), readOnly, "a"); reasonOf(err) != "database_readonly" {
		t.Errorf("got %v", err)
	}
	// A connection that is cut in the middle: the error says so, the next try works.
	err := s.Update(t.Context(), func(tx retable.Tx) error {
		if err := tx.Settings().Set(t.Context(), "a", []byte(`1`), 1); err != nil {
			return err
		}
		_, err := readOnly.SQL().ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		if err != nil {
			return err
		}
		_, err = tx.Settings().Get(t.Context(), "a")
		return err
	})
	if reasonOf(err) != "database_down" {
		t.Errorf("got %v", err)
	}
	if err := has(t.Context(), s, "a"); !retable.Is(err, retable.NotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.IntegrityCheck(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Backup(t.Context(), filepath.Join(t.TempDir(), "x")); !retable.Is(err, retable.Unsupported) {
		t.Errorf("got %v", err)
	}
}

// Two transactions that lock two rows in opposite order can't both go on: one
// is undone by the database and runs again.
func TestPassingConflictsAreRetried(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	retries := 0
	s := storetest.Open(t, store.Postgres, func(cfg *store.Config) {
		cfg.Hooks.Retry = func(context.Context, int) {
			mu.Lock()
			defer mu.Unlock()
			retries++
		}
	})
	for _, key := range []string{"a", "b"} {
		if err := set(t.Context(), s, key); err != nil {
			t.Fatal(err)
		}
	}
	var met, all sync.WaitGroup
	met.Add(2)
	errs := make([]error, 2)
	for i, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		all.Go(func() {
			first := true
			errs[i] = s.Update(t.Context(), func(tx retable.Tx) error {
				if err := tx.Settings().Set(t.Context(), order[0], fmt.Appendf(nil, "%d", i+10), 2); err != nil {
					return err
				}
				if first { // both hold their first row now
					first = false
					met.Done()
					met.Wait()
				}
				// The function makes something else of the error: it runs again all the same.
				if err := tx.Settings().Set(t.Context(), order[1], fmt.Appendf(nil, "%d", i+10), 2); err != nil {
					return errors.New("a word of its own")
				}
				return nil
			})
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if retries == 0 {
		t.Error("nothing was retried")
	}
}

func TestAnIgnoredErrorDoesNotCommitHalf(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.Postgres)
	err := s.Update(t.Context(), func(tx retable.Tx) error {
		if err := tx.Settings().Set(t.Context(), "half", []byte(`1`), 1); err != nil {
			return err
		}
		_ = tx.Sessions().Create(t.Context(), &retable.Session{ID: "s", OwnerID: "o", State: "NONSENSE"}) // breaks a check
		return nil
	})
	if !retable.Is(err, retable.Internal) {
		t.Errorf("got %v", err)
	}
	if err := has(t.Context(), s, "half"); !retable.Is(err, retable.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestSlowStatementsAreToldWithoutTheirValues(t *testing.T) {
	t.Parallel()
	var statements recorder
	s := storetest.Open(t, store.SQLite, statements.record)
	if err := set(t.Context(), s, "secret-key"); err != nil {
		t.Fatal(err)
	}
	if len(statements.seen) == 0 {
		t.Error("nothing was told")
	}
	for statement := range statements.seen {
		if strings.Contains(statement, "secret") {
			t.Errorf("a value is told: %s", statement)
		}
	}
	quick := storetest.Open(t, store.SQLite, statements.record, func(cfg *store.Config) { cfg.Slow = time.Hour })
	before := len(statements.seen)
	if err := errors.Join(set(t.Context(), quick, "b"), has(t.Context(), quick, "b")); err != nil || len(statements.seen) != before {
		t.Errorf("quick statements are told: %v", err)
	}
}

func TestTheAuditLogOnlyGrows(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		s := storetest.Open(t, engine)
		add := func() error {
			return s.Update(t.Context(), func(tx retable.Tx) error {
				return tx.Audit().Append(t.Context(), &retable.AuditEntry{At: 1, Actor: "anna", Action: "user.lock", Outcome: "ok"})
			})
		}
		if err := errors.Join(add(), add(), add(), add()); err != nil {
			t.Fatal(err)
		}
		change, remove := "UPDATE audit_log SET actor = 'bert' WHERE seq = 2", "DELETE FROM audit_log WHERE seq = 3"
		for _, statement := range []string{change, remove} {
			if _, err := s.SQL().ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: got %v", statement, err)
			}
		}
		verify := func() (err error) {
			view := s.View(t.Context(), func(tx retable.Tx) error {
				_, err = store.VerifyAudit(t.Context(), tx.Audit(), nil)
				return nil
			})
			return errors.Join(view, err)
		}
		if err := verify(); err != nil {
			t.Fatal(err)
		}
		// Who takes the guard away is still found out.
		guards := map[string][]string{
			store.SQLite:   {"DROP TRIGGER audit_log_no_update", "DROP TRIGGER audit_log_no_delete"},
			store.Postgres: {"DROP TRIGGER audit_log_append_only ON audit_log"},
		}
		for _, statement := range guards[engine] {
			if _, err := s.SQL().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct{ tamper, says string }{
			{remove, "Entry 3 of the audit log is missing"},
			{change, "Entry 2 of the audit log was changed"},
			{"UPDATE audit_log SET prev_hash = 'x' WHERE seq = 2", "Entry 2 of the audit log does not follow"},
		} {
			if _, err := s.SQL().ExecContext(t.Context(), c.tamper); err != nil {
				t.Fatal(err)
			}
			if err := verify(); reasonOf(err) != "audit_broken" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("after %s: got %v", c.tamper, err)
			}
		}
	})
}

func TestABackupIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.SQLite)
	if err := set(t.Context(), s, "a"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "it's a ?#%backup.db")
	if err := os.WriteFile(path+".part", []byte("left over"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	copied := storetest.OpenConfig(t, store.Config{Path: path})
	if err := errors.Join(has(t.Context(), copied, "a"), copied.IntegrityCheck(t.Context())); err != nil {
		t.Error(err)
	}
	if err := s.Backup(t.Context(), path); !retable.Is(err, retable.Conflict) {
		t.Errorf("an existing file: got %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "none", "x.db")); reasonOf(err) != "backup_failed" {
		t.Errorf("no folder: got %v", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "b.db.part", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "b.db")); reasonOf(err) != "backup_failed" {
		t.Errorf("a folder in the way: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, filepath.Join(dir, "c.db")); err == nil {
		t.Error("a backup was made after the end of its context")
	}
	for _, name := range []string{"c.db", "c.db.part"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there: %v", name, err)
		}
	}
}

func TestABackupUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, store.SQLite)
	stop := make(chan struct{})
	var writer sync.WaitGroup
	var wrote int
	writer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := set(t.Context(), s, fmt.Sprint(wrote)); err != nil {
				t.Error(err)
				return
			}
			wrote++
		}
	})
	path := filepath.Join(t.TempDir(), "backup.db")
	err := s.Backup(t.Context(), path)
	close(stop)
	writer.Wait()
	if err != nil {
		t.Fatal(err)
	}
	copied := storetest.OpenConfig(t, store.Config{Path: path})
	err = copied.View(t.Context(), func(tx retable.Tx) error {
		all, err := tx.Settings().All(t.Context())
		for i := range len(all) { // a prefix of what was written: a point in time
			if _, ok := all[fmt.Sprint(i)]; !ok {
				t.Errorf("%d of %d is missing", i, len(all))
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestClosingTwiceIsHarmless(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		s := storetest.Open(t, engine)
		_, stop := s.Wake()
		stop()
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		if err := s.Health(t.Context()); err == nil {
			t.Error("a closed store is healthy")
		}
	})
}
