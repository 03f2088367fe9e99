package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

// empty is the configuration of a database without a schema.
func empty(t *testing.T, engine string) store.Config {
	t.Helper()
	if engine == store.Postgres {
		return store.Config{URL: storetest.Postgres(t)}
	}
	return store.Config{Path: filepath.Join(t.TempDir(), "retable.db"), NoSync: true}
}

// onBoth runs a test for each engine.
func onBoth(t *testing.T, test func(t *testing.T, engine string)) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

// newest is the version of the newest migration.
func newest(t *testing.T) int64 {
	t.Helper()
	files, err := store.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	last := names[len(names)-1]
	n, err := strconv.ParseInt(last[:5], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func schema(t *testing.T, cfg store.Config) []string {
	t.Helper()
	s := openAnyway(t, cfg)
	query := "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
	if s.Engine() == store.Postgres {
		query = `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = 'public'
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
			UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
			UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
			UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`
	}
	rows, err := s.SQL().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(line, "schema_version") {
			lines = append(lines, line)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// openAnyway opens a database whatever its schema is.
func openAnyway(t *testing.T, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.OpenUnchecked(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestMigrationsGoUpAndDownAndUpAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		cfg := empty(t, engine)
		latest := newest(t)
		var first []string
		for round := range 2 {
			report, err := store.Migrate(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if report.From != 0 || report.To != latest || int64(len(report.Applied)) != latest {
				t.Fatalf("got %+v", report)
			}
			got := schema(t, cfg)
			if round == 0 {
				first = got
			} else if !slices.Equal(got, first) {
				t.Errorf("the schema is another after going down and up:\n%s\nbefore:\n%s", strings.Join(got, "\n"), strings.Join(first, "\n"))
			}
			if report, err = store.Migrate(t.Context(), cfg); err != nil || len(report.Applied) != 0 || report.Backup != "" {
				t.Errorf("migrating again: %+v, %v", report, err)
			}
			// One by one, so that each way down is taken by itself.
			for to := latest - 1; to >= 0; to-- {
				report, err := store.Rollback(t.Context(), cfg, to)
				if err != nil {
					t.Fatalf("down to %d: %v", to, err)
				}
				if report.From != to+1 || report.To != to || len(report.Applied) != 1 {
					t.Errorf("got %+v", report)
				}
				if (report.Backup != "") != (engine == store.SQLite) {
					t.Errorf("backup %q", report.Backup)
				}
			}
			if left := schema(t, cfg); len(left) > 0 {
				t.Errorf("going down left %q", left)
			}
		}
		for _, to := range []int64{-1, 0, 5} {
			if _, err := store.Rollback(t.Context(), cfg, to); !retable.Is(err, retable.Unprocessable) {
				t.Errorf("rolling back to %d: got %v", to, err)
			}
		}
	})
}

func TestStatusTellsWhatIsAppliedAndPending(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		cfg := empty(t, engine)
		check := func(applied int64) {
			t.Helper()
			list, err := store.Status(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(list)) != newest(t) {
				t.Fatalf("%d migrations, want %d", len(list), newest(t))
			}
			for i, m := range list {
				if m.Version != int64(i+1) || (m.AppliedAt > 0) != (m.Version <= applied) || m.Name == "" {
					t.Errorf("got %+v, want %d applied", m, applied)
				}
			}
		}
		check(0)
		if _, err := store.Migrate(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		check(newest(t))
		if _, err := store.Rollback(t.Context(), cfg, 3); err != nil {
			t.Fatal(err)
		}
		check(3)
	})
}

func TestAnotherSchemaIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		cfg := empty(t, engine)
		refused := func(reason string) {
			t.Helper()
			s, err := store.Open(t.Context(), cfg)
			if err == nil {
				_ = s.Close()
			}
			var typed *retable.Error
			if !errors.As(err, &typed) || typed.Code != retable.Conflict || typed.Reason != reason {
				t.Errorf("got %v, want %s", err, reason)
			}
		}
		refused("schema_older")
		if _, err := store.Migrate(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Rollback(t.Context(), cfg, 4); err != nil {
			t.Fatal(err)
		}
		refused("schema_older")
		cfg.Migrate = true
		s := storetest.OpenConfig(t, cfg)
		if err := s.Health(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := s.SQL().ExecContext(t.Context(), "INSERT INTO schema_version (version_id, is_applied) VALUES (999, TRUE)"); err != nil {
			t.Fatal(err)
		}
		// Newer, but not contracted: this program works on it, and has nothing to migrate.
		again := storetest.OpenConfig(t, cfg)
		if err := errors.Join(s.Health(t.Context()), again.Health(t.Context())); err != nil {
			t.Error(err)
		}
		if _, err := store.Rollback(t.Context(), cfg, 4); !retable.Is(err, retable.Conflict) {
			t.Errorf("an old program takes back what it doesn't know: %v", err)
		}
		if _, err := s.SQL().ExecContext(t.Context(), "INSERT INTO schema_floor (version) VALUES (998)"); err != nil {
			t.Fatal(err)
		}
		refused("schema_newer") // with Migrate too
		if err := s.Health(t.Context()); !retable.Is(err, retable.Conflict) {
			t.Errorf("healthy: %v", err)
		}
		list, err := store.Status(t.Context(), cfg)
		if err != nil || list[len(list)-1].Version != 999 {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}

func TestManyProcessesMayMigrateAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		cfg := empty(t, engine)
		cfg.Migrate, cfg.MaxConns = true, 3
		errs := make([]error, 8)
		var applied sync.Map
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				mine := cfg
				mine.OnProgress = func(p store.Progress) {
					if _, twice := applied.LoadOrStore(p.Name, i); twice {
						errs[i] = fmt.Errorf("%s was applied twice", p.Name)
					}
				}
				s, err := store.Open(t.Context(), mine)
				if err == nil {
					err = errors.Join(s.Health(t.Context()), s.Close())
				}
				errs[i] = errors.Join(errs[i], err)
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	})
}

// numbers is a plan: a table with rows, a column added later, and a backfill
// that fills it.
func numbers(rows int, batch func(context.Context, store.Querier, string, int) (string, int64, error)) (fs.FS, store.Backfill) {
	files := fstest.MapFS{
		"00001_backfills.sql": {Data: []byte(`-- +goose Up
CREATE TABLE backfills (name TEXT PRIMARY KEY, position TEXT NOT NULL, done BIGINT NOT NULL, total BIGINT NOT NULL,
	started_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, finished_at BIGINT NOT NULL);
CREATE TABLE numbers (id BIGINT PRIMARY KEY);
-- +goose Down
DROP TABLE numbers;
DROP TABLE backfills;
`)},
		"00002_squares.sql": {Data: []byte(`-- Squares are filled in by a backfill.
-- backfill: squares
-- +goose Up
ALTER TABLE numbers ADD COLUMN square BIGINT;
-- +goose Down
ALTER TABLE numbers DROP COLUMN square;
`)},
		"00003_squares_needed.sql": {Data: []byte(`-- +goose Up
CREATE TABLE proof AS SELECT count(*) AS missing FROM numbers WHERE square IS NULL;
-- +goose Down
DROP TABLE proof;
`)},
	}
	return files, store.Backfill{
		Name: "squares", Size: 10, Batch: batch,
		Total: func(ctx context.Context, q store.Querier) (n int64, err error) {
			err = q.QueryRowContext(ctx, "SELECT count(*) FROM numbers").Scan(&n)
			return n, err
		},
	}
}

// fillSquares is an honest batch.
func fillSquares(ctx context.Context, q store.Querier, from string, size int) (next string, rows int64, err error) {
	start := int64(0)
	if from != "" {
		if start, err = strconv.ParseInt(from, 10, 64); err != nil {
			return "", 0, err
		}
	}
	result, err := q.ExecContext(ctx, "UPDATE numbers SET square = COALESCE(square, 0) + id * id WHERE id > $1 AND id <= $2", start, start+int64(size))
	if err != nil {
		return "", 0, err
	}
	if rows, err = result.RowsAffected(); err != nil || rows < int64(size) {
		return "", rows, err
	}
	return strconv.FormatInt(start+int64(size), 10), rows, nil
}

func TestBackfillsRunInBatchesAndGoOnWhereTheyWere(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		const rows = 95
		calls, stopAt := 0, 4
		stop := errors.New("the power went")
		files, squares := numbers(rows, func(ctx context.Context, q store.Querier, from string, size int) (string, int64, error) {
			next, n, err := fillSquares(ctx, q, from, size)
			if calls++; err == nil && calls == stopAt {
				err = stop // after the rows were written: the batch must be undone
			}
			return next, n, err
		})
		base := empty(t, engine)
		old := store.WithPlan(base, fstest.MapFS{"00001_backfills.sql": files.(fstest.MapFS)["00001_backfills.sql"]})
		old.Migrate = true
		s := storetest.OpenConfig(t, old)
		for i := range rows {
			if _, err := s.SQL().ExecContext(t.Context(), "INSERT INTO numbers (id) VALUES ($1)", i+1); err != nil {
				t.Fatal(err)
			}
		}

		var seen []store.Progress
		cfg := store.WithPlan(base, files, squares)
		cfg.OnProgress = func(p store.Progress) { seen = append(seen, p) }
		report, err := store.Migrate(t.Context(), cfg)
		if !errors.Is(err, stop) {
			t.Fatalf("got %v, want the interruption", err)
		}
		if engine == store.SQLite {
			checkBackup(t, report.Backup, rows)
		}
		if _, err := store.Open(t.Context(), cfg); !retable.Is(err, retable.Conflict) {
			t.Errorf("a store with an unfinished backfill opened: %v", err)
		}
		// Also where the migration that needs the data is not there yet.
		two := fstest.MapFS{}
		for name, file := range files.(fstest.MapFS) {
			if name < "00003" {
				two[name] = file
			}
		}
		_, err = store.Open(t.Context(), store.WithPlan(base, two, squares))
		if reasonOf(err) != "schema_older" || !strings.Contains(err.Error(), "squares") {
			t.Errorf("got %v", err)
		}
		list, err := store.Status(t.Context(), cfg)
		if err != nil || list[1].Backfills[0].Done != 30 || list[1].Backfills[0].Total != rows || list[1].Backfills[0].FinishedAt != 0 {
			t.Errorf("got %+v, %v", list, err)
		}

		report, err = store.Migrate(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if report.Backup != "" || !slices.Equal(report.Applied, []string{"00003_squares_needed.sql"}) {
			t.Errorf("got %+v", report)
		}
		last := seen[len(seen)-2] // the one after it is migration 3
		if last.Backfill != "squares" || last.Done != rows || last.Total != rows {
			t.Errorf("the last progress was %+v", last)
		}
		var wrong, missing int
		row := s.SQL().QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM numbers WHERE square <> id * id OR square IS NULL), (SELECT missing FROM proof)")
		if err := row.Scan(&wrong, &missing); err != nil || wrong != 0 || missing != 0 {
			t.Errorf("%d squares are wrong, %d were missing when they were needed: %v", wrong, missing, err)
		}

		// Down and up again fills again.
		calls, stopAt = 0, -1
		if _, err := store.Rollback(t.Context(), cfg, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Migrate(t.Context(), cfg); err != nil || calls != 10 {
			t.Errorf("%d batches, %v", calls, err)
		}
	})
}

// checkBackup opens a backup and counts its rows.
func checkBackup(t *testing.T, path string, rows int) {
	t.Helper()
	if path == "" {
		t.Fatal("no backup was made")
	}
	var n int
	if err := openAnyway(t, store.Config{Path: path}).SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM numbers").Scan(&n); err != nil || n != rows {
		t.Errorf("the backup has %d rows, %v", n, err)
	}
}

func TestAMigrationThatFailsLeavesTheOnesBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, engine string) {
		files := fstest.MapFS{
			"00001_good.sql": {Data: []byte("-- +goose Up\nCREATE TABLE good (id BIGINT);\n")},
			"00002_bad.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE half (id BIGINT);\nINSERT INTO nowhere VALUES (1);\n")},
		}
		cfg := store.WithPlan(empty(t, engine), files)
		report, err := store.Migrate(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), "00002_bad.sql") || report.To != 1 {
			t.Fatalf("got %+v, %v", report, err)
		}
		delete(files, "00002_bad.sql")
		s := storetest.OpenConfig(t, cfg)
		var n int
		err = s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM half").Scan(&n)
		if err == nil || errors.Is(err, sql.ErrNoRows) {
			t.Error("half a migration is there")
		}
	})
}

func TestAPlanIsChecked(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"unknown backfill": {"00001_x.sql": {Data: []byte("-- backfill: none\n-- +goose Up\n")}},
		"no number":        {"x.sql": {Data: []byte("-- +goose Up\n")}},
	} {
		cfg := store.WithPlan(empty(t, store.SQLite), files)
		for _, run := range []func() error{
			func() error { _, err := store.Migrate(t.Context(), cfg); return err },
			func() error { _, err := store.Status(t.Context(), cfg); return err },
			func() error { _, err := store.Open(t.Context(), cfg); return err },
		} {
			if err := run(); !retable.Is(err, retable.Internal) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

func TestTheMigrationLockIsOnlyAFile(t *testing.T) {
	t.Parallel()
	cfg := empty(t, store.SQLite)
	if err := os.Mkdir(cfg.Path+".migrate.lock", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Migrate(t.Context(), cfg); !retable.Is(err, retable.Unavailable) {
		t.Errorf("got %v", err)
	}
}
