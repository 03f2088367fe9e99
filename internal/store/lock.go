package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"retable/internal/retable"
)

// RunnerLock is the right to run jobs and to migrate in an embedded data root.
// Everybody may open the database and enqueue; one process works off. The
// operating system frees the lock when its holder ends, however it ends.
type RunnerLock struct {
	file *os.File
}

// runnerFile is the locked file in the data root. It stays when nobody holds it.
const runnerFile = "runner.lock"

// LockRunner takes the right for a door ("desktop", "serve" ...), at once or
// not at all: Conflict with reason "runner_busy" that names the holder's
// process and door.
func LockRunner(root, door string) (*RunnerLock, error) {
	path := filepath.Join(root, runnerFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, rootFailed(err, root)
	}
	held, err := tryLock(file)
	switch {
	case err != nil:
		return nil, errors.Join(rootFailed(err, root), file.Close())
	case !held:
		pid, by := holder(path)
		return nil, errors.Join(heldBy(root, pid, by), file.Close())
	}
	if err := note(file, fmt.Sprintf("%d %s\n", os.Getpid(), door)); err != nil {
		return nil, errors.Join(rootFailed(err, root), file.Close())
	}
	return &RunnerLock{file}, nil
}

// Migrating is the door of one who holds the right only to bring the schema up
// to date.
const Migrating = "migrating"

// AwaitRunner is LockRunner for one who will run jobs: who holds the right only
// to migrate gives it back in a moment, and is waited for.
func AwaitRunner(ctx context.Context, root, door string) (lock *RunnerLock, err error) {
	ctx, cancel := context.WithTimeout(ctx, migrateWait)
	defer cancel()
	unnamed := 0
	werr := untilTrue(ctx, func() (bool, error) {
		lock, err = LockRunner(root, door)
		if !retable.Is(err, retable.Conflict) {
			return true, nil
		}
		pid, by := holder(filepath.Join(root, runnerFile))
		if pid == 0 { // just taken, or just given back
			unnamed++
		}
		return pid != 0 && by != Migrating || unnamed > 20, nil
	})
	return lock, errors.Join(err, werr)
}

// Close gives the right back. Twice is harmless.
func (l *RunnerLock) Close() error {
	if l == nil || l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return errors.Join(note(file, ""), file.Close()) // closing frees the lock
}

// note replaces the file's content. The file itself stays: who waits for it
// would otherwise lock one that is no longer there.
func note(file *os.File, text string) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// holder reads who holds the lock; 0 and "" if that can't be read (yet).
func holder(path string) (pid int, door string) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, ""
	}
	number, door, _ := strings.Cut(strings.TrimSpace(string(content)), " ")
	pid, err = strconv.Atoi(number)
	if err != nil {
		return 0, ""
	}
	return pid, door
}

func heldBy(root string, pid int, door string) error {
	who := "another process"
	if pid > 0 {
		who = fmt.Sprintf("process %d (%s)", pid, door)
	}
	return &retable.Error{Code: retable.Conflict, Reason: "runner_busy", Detail: fmt.Sprintf(
		"Jobs of the data folder %q are run by %s. Use that one, or stop it first.", root, who)}
}

func rootFailed(err error, root string) error {
	return &retable.Error{Code: retable.Unavailable, Reason: "root_failed", Err: err, Detail: fmt.Sprintf(
		"The data folder %q can't be used. Check that it is there and may be written.", root)}
}

// migrateWait is how long a process waits for another that migrates.
const migrateWait = 10 * time.Minute

// lockMigrations makes sure that one process migrates: by a session's lock on
// PostgreSQL, by a locked file beside the database on SQLite.
func (s *Store) lockMigrations(ctx context.Context) (release func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, migrateWait)
	defer cancel()
	if s.d.name == Postgres {
		return s.lockSession(ctx)
	}
	file, err := os.OpenFile(s.cfg.Path+".migrate.lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, rootFailed(err, filepath.Dir(s.cfg.Path))
	}
	err = untilTrue(ctx, func() (bool, error) { return tryLock(file) })
	if err != nil {
		return nil, errors.Join(rootFailed(err, filepath.Dir(s.cfg.Path)), file.Close())
	}
	return file.Close, nil
}

// lockSession holds the lock on a connection of its own.
func (s *Store) lockSession(ctx context.Context) (release func() error, err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, s.d.explain(err, "waiting to migrate")
	}
	err = untilTrue(ctx, func() (locked bool, err error) {
		err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", lockMigrate).Scan(&locked)
		return locked, err
	})
	if err != nil {
		return nil, s.d.explain(errors.Join(err, conn.Close()), "waiting to migrate")
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lockMigrate)
		return s.d.explain(errors.Join(err, conn.Close()), "finishing a migration")
	}, nil
}

// untilTrue asks again and again until the answer is yes or ctx ends.
func untilTrue(ctx context.Context, ask func() (bool, error)) error {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
	}
}
