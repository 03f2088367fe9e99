package store_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// The test binary runs itself as another process when this is set: the name of
// a helper and its arguments, separated by line feeds.
const helperVariable = "RET_STORE_TEST_HELPER"

func TestMain(m *testing.M) {
	if words := os.Getenv(helperVariable); words != "" {
		name, args, _ := strings.Cut(words, "\n")
		if err := helpers[name](strings.Split(args, "\n")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// helpers are what another process can be asked to do.
var helpers = map[string]func(args []string) error{
	"lock": holdLock,
	"work": workOnce,
}

// process is another process; it ends with the test.
type process struct {
	*exec.Cmd
	t     *testing.T
	in    io.WriteCloser
	lines *bufio.Scanner
}

// another starts a helper in a process of its own.
func another(t *testing.T, name string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), helperVariable+"="+name+"\n"+strings.Join(args, "\n"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &process{cmd, t, in, bufio.NewScanner(out)}
}

// says reads the next line and checks how it begins.
func (p *process) says(want string) {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatalf("the other process ended (%v) before it said %q", p.lines.Err(), want)
	}
	if got := p.lines.Text(); !strings.HasPrefix(got, want) {
		p.t.Fatalf("the other process said %q, want %q", got, want)
	}
}

// tell sends a line.
func (p *process) tell(line string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		p.t.Fatal(err)
	}
}

// waitForLine blocks a helper until the test says something.
func waitForLine() {
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}
