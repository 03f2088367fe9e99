package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"retable/internal/store"
)

// Postgres returns the URL of a fresh, empty PostgreSQL database, which is
// dropped when the test ends. The server is Debian's; it is started once per
// test binary, in a folder of its own and without a port, and ends with the
// process. Where PostgreSQL isn't installed the test is skipped; with CI=true
// it fails.
func Postgres(t testing.TB) string {
	t.Helper()
	return freshDatabase(t, "template1")
}

// migratedPostgres is Postgres with the schema in place.
func migratedPostgres(t testing.TB) string {
	t.Helper()
	c := postgresServer(t)
	if err := c.template(); err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	return freshDatabase(t, templateName)
}

const templateName = "retable_template"

// errNotInstalled: there is no PostgreSQL here.
var errNotInstalled = errors.New("PostgreSQL is not installed (on Debian: apt-get install postgresql)")

func postgresServer(t testing.TB) *cluster {
	t.Helper()
	c, err := theCluster()
	switch {
	case errors.Is(err, errNotInstalled) && os.Getenv("CI") != "true":
		t.Skip(err)
	case err != nil:
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return c
}

func freshDatabase(t testing.TB, template string) string {
	t.Helper()
	c := postgresServer(t)
	name := fmt.Sprintf("t%d", c.count.Add(1))
	// Copying files is four times as fast here as the default, copying through the log.
	if err := c.admin("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.admin("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return c.url(name)
}

// theCluster is the one server of this process.
var theCluster = sync.OnceValues(startCluster) //nolint:gochecknoglobals // once per test binary

// cluster is a running PostgreSQL server.
type cluster struct {
	dir      string // holds data and socket
	stop     *os.File
	count    atomic.Int64
	mu       sync.Mutex // databases are made one at a time
	migrated bool
}

func (c *cluster) url(database string) string {
	return "postgres://retable@/" + database + "?host=" + url.QueryEscape(c.dir)
}

// admin runs a statement outside the tests' databases.
func (c *cluster) admin(statement string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run(statement)
}

func (c *cluster) run(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	connector, err := stdlib.GetDefaultDriver().(*stdlib.Driver).OpenConnector(c.url("postgres"))
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// template makes the migrated database that others are copied from, once.
func (c *cluster) template() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.migrated {
		return nil
	}
	if err := c.run("CREATE DATABASE " + templateName); err != nil {
		return err
	}
	if _, err := store.Migrate(context.Background(), store.Config{URL: c.url(templateName)}); err != nil {
		return err
	}
	c.migrated = true
	return nil
}

// server runs PostgreSQL until its standard input ends, which it does when the
// test binary is gone, however it went; then it removes the folder.
const server = `
"$1/postgres" -D "$2/data" -k "$2" -h "" -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
	-c shared_buffers=32MB -c max_connections=300 -c deadlock_timeout=100ms &
pid=$!
read -r _ || true
kill -INT $pid
wait $pid
rm -rf "$2"
`

func startCluster() (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(shortTemp(), "retable-pg-")
	if err != nil {
		return nil, err
	}
	who, err := otherUser(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "retable", "--auth=trust", "--no-sync",
		"--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
	initdb.Dir, initdb.SysProcAttr = dir, who
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	in, stop, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	cmd := exec.Command("sh", "-c", server, "sh", bin, dir)
	cmd.Dir, cmd.SysProcAttr, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, who, in, log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, stop: stop}
	return c, c.ready()
}

// ready waits until the server answers. Nobody waits for its process: that
// would take a goroutine that never ends.
func (c *cluster) ready() error {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		err := c.run("SELECT 1")
		if err == nil {
			return nil
		}
		if said := c.log(); time.Now().After(deadline) || strings.Contains(said, "database system is shut down") {
			return fmt.Errorf("the server does not answer: %w%s", err, said)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// log is what the server said, for the error of its start.
func (c *cluster) log() string {
	said, err := os.ReadFile(filepath.Join(c.dir, "log"))
	if err != nil {
		return ""
	}
	return "\n" + string(said)
}

// binaries finds the folder of the newest PostgreSQL.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNotInstalled
	}
	slices.SortFunc(found, func(a, b string) int {
		if len(a) != len(b) { // 9 before 15
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return filepath.Dir(found[len(found)-1]), nil
}

// shortTemp is the folder for temporary files, if the path of a socket in it
// isn't too long for the operating system.
func shortTemp() string {
	if dir := os.TempDir(); len(dir) < 60 {
		return dir
	}
	return "/tmp"
}
