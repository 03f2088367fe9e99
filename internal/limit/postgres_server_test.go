package limit

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// startPostgres starts a server of the test's own, reached by a socket.
func startPostgres(t *testing.T) string {
	t.Helper()
	initdb, pgctl := need(t, "initdb"), need(t, "pg_ctl")
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("there is no user postgres to start the server as")
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.SysProcAttr, cmd.Dir = attr, dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	data := filepath.Join(dir, "data")
	run(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
	run(pgctl, "-D", data, "-w", "-t", "60", "-l", filepath.Join(dir, "log"),
		"-o", "-c listen_addresses='' -c fsync=off -c max_connections=200 -k "+dir, "start")
	t.Cleanup(func() { run(pgctl, "-D", data, "-w", "-m", "immediate", "stop") })
	return "host=" + dir + " user=postgres dbname=postgres sslmode=disable"
}
