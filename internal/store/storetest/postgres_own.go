package storetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"retable/internal/store"
)

// Own is a PostgreSQL server of one test, which stops it and starts it again.
// Unlike that of Postgres it writes as it does in earnest: what it has committed
// survives an immediate stop.
type Own struct {
	bin, dir string
	port     int
}

// OwnPostgres starts a server that ends with the test and listens on the
// addresses of this machine.
func OwnPostgres(t testing.TB) *Own {
	t.Helper()
	bin, err := binaries()
	if errors.Is(err, errNotInstalled) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	o := &Own{bin: bin}
	if err == nil {
		err = o.create(t.Context())
	}
	if err == nil {
		t.Cleanup(func() {
			_ = o.Stop("immediate") // it may be stopped
			if err := os.RemoveAll(o.dir); err != nil {
				t.Error(err)
			}
		})
		err = o.Start()
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return o
}

func (o *Own) create(ctx context.Context) (err error) {
	if o.dir, err = os.MkdirTemp(shortTemp(), "retable-own-"); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		return err
	}
	if o.port, err = strconv.Atoi(port); err != nil {
		return err
	}
	if err := o.run("initdb", "-D", o.data(), "-U", "retable", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"); err != nil {
		return err
	}
	hba, err := os.OpenFile(filepath.Join(o.data(), "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = hba.WriteString("host all all 10.0.0.0/8 trust\n") //nolint:dupword // databases, then users
	return errors.Join(err, hba.Close())
}

func (o *Own) data() string { return filepath.Join(o.dir, "data") }

// run runs one of PostgreSQL's programs as the user that it runs as.
func (o *Own) run(name string, args ...string) error {
	who, err := otherUser(o.dir)
	if err != nil {
		return err
	}
	said, err := os.Create(filepath.Join(o.dir, name+".log")) // no pipe: the server would keep it open
	if err != nil {
		return err
	}
	defer said.Close()
	cmd := exec.Command(filepath.Join(o.bin, name), args...)
	cmd.Dir, cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = o.dir, who, said, said
	if err := cmd.Run(); err != nil {
		text, rerr := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w\n%s", name, errors.Join(err, rerr), text)
	}
	return nil
}

// Start starts the server, again after Stop, and waits until it answers.
func (o *Own) Start() error {
	return o.run("pg_ctl", "-D", o.data(), "-l", filepath.Join(o.dir, "log"), "-w", "-t", "120",
		"-o", fmt.Sprintf("-k %s -h '*' -p %d -c max_connections=200", o.dir, o.port), "start")
}

// Stop stops it: fast (connections are ended) or immediate (as by a crash).
func (o *Own) Stop(mode string) error {
	return o.run("pg_ctl", "-D", o.data(), "-m", mode, "-w", "-t", "120", "stop")
}

// URL is its address at one of the machine's.
func (o *Own) URL(host string) string {
	return fmt.Sprintf("postgres://retable@%s/postgres", net.JoinHostPort(host, strconv.Itoa(o.port)))
}

// Migrated brings its schema up to date.
func (o *Own) Migrated(ctx context.Context) error {
	_, err := store.Migrate(ctx, store.Config{URL: o.URL("127.0.0.1")})
	return err
}
