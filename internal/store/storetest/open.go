// Package storetest tests a store: a conformance suite that runs against both
// engines, and real databases for the tests of other packages. Open gives a
// migrated store, Postgres the URL of an empty PostgreSQL database.
package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"retable/internal/store"
)

// Engines are the names of the engines that Open knows.
func Engines() []string { return []string{store.SQLite, store.Postgres} }

// Open returns a fresh, migrated store of the engine, which is closed when the
// test ends. Options may change its configuration before it is opened.
func Open(t testing.TB, engine string, options ...func(*store.Config)) *store.Store {
	t.Helper()
	cfg := Config(t, engine)
	for _, change := range options {
		change(&cfg)
	}
	return OpenConfig(t, cfg)
}

// OpenConfig opens a store and closes it when the test ends.
func OpenConfig(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// Config returns the configuration of a fresh, migrated database that several
// stores may open at once.
func Config(t testing.TB, engine string) store.Config {
	t.Helper()
	if engine == store.Postgres {
		return store.Config{URL: migratedPostgres(t)}
	}
	path := filepath.Join(t.TempDir(), "retable.db")
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return store.Config{Path: path, NoSync: true}
}

// sqliteTemplate is the content of a migrated database, made once per process.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) { //nolint:gochecknoglobals // once per test binary
	dir, err := os.MkdirTemp("", "retable-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if _, err := store.Migrate(context.Background(), store.Config{Path: path, NoSync: true}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
