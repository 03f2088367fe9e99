package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
	"retable/internal/store"
	"retable/internal/store/storetest"
)

func holdLock(args []string) error {
	lock, err := store.LockRunner(args[0], "serve")
	if err != nil {
		return err
	}
	fmt.Println("held")
	waitForLine()
	return lock.Close()
}

func TestOneProcessRunsTheJobsOfARoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	other := another(t, "lock", root)
	other.says("held")
	_, err := store.LockRunner(root, "desktop")
	var refused *retable.Error
	if !errors.As(err, &refused) || refused.Code != retable.Conflict || refused.Reason != "runner_busy" {
		t.Fatalf("got %v, want a conflict", err)
	}
	for _, want := range []string{fmt.Sprintf("process %d (serve)", other.Process.Pid), root} {
		if !strings.Contains(refused.Detail, want) {
			t.Errorf("%q doesn't name %q", refused.Detail, want)
		}
	}

	// Others may open the database and enqueue all the same.
	cfg := storetest.Config(t, store.SQLite)
	s := storetest.OpenConfig(t, cfg)
	if err := set(t.Context(), s, "a"); err != nil {
		t.Error(err)
	}

	// kill -9 frees the lock.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	lock := lockSoon(t, root)
	if _, err := store.LockRunner(root, "watch"); !retable.Is(err, retable.Conflict) {
		t.Errorf("a second lock in the same process: %v", err)
	}
	if err := errors.Join(lock.Close(), lock.Close()); err != nil {
		t.Error(err)
	}
	if content, err := os.ReadFile(filepath.Join(root, "runner.lock")); err != nil || len(content) > 0 {
		t.Errorf("the file says %q, %v", content, err)
	}
	again := lockSoon(t, root)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// lockSoon takes the lock that a process has just left.
func lockSoon(t *testing.T, root string) *store.RunnerLock {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		lock, err := store.LockRunner(root, "watch")
		if err == nil {
			return lock
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestALockWhoseHolderCantBeReadIsStillALock(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	lock, err := store.LockRunner(root, "serve")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := os.WriteFile(filepath.Join(root, "runner.lock"), []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.LockRunner(root, "x"); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("got %v", err)
	}
	if _, err := store.LockRunner(filepath.Join(root, "none"), "x"); !retable.Is(err, retable.Unavailable) {
		t.Errorf("no folder: got %v", err)
	}
	var none *store.RunnerLock
	if err := none.Close(); err != nil {
		t.Error(err)
	}
}

// TestARunnerWaitsForWhoOnlyMigrates, and not for another runner.
func TestARunnerWaitsForWhoOnlyMigrates(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first, err := store.LockRunner(root, store.Migrating)
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		lock *store.RunnerLock
		err  error
	}
	got := make(chan result, 1)
	go func() {
		lock, err := store.AwaitRunner(t.Context(), root, "serve")
		got <- result{lock, err}
	}()
	select {
	case r := <-got:
		t.Fatalf("it didn't wait: %v", r.err)
	case <-time.After(150 * time.Millisecond): // it may have begun by now
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if r.err != nil {
		t.Fatal(r.err)
	}
	defer r.lock.Close()
	if _, err := store.AwaitRunner(t.Context(), root, "watch"); !retable.Is(err, retable.Conflict) || !strings.Contains(err.Error(), "(serve)") {
		t.Errorf("a second runner gets %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.AwaitRunner(ctx, root, "watch"); !retable.Is(err, retable.Conflict) {
		t.Errorf("without time it gets %v", err)
	}
}
