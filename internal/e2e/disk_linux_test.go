package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a disk of that size, or skips the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a disk can't be mounted here (%v); the format package fills one by fault injection", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	input := records(t, 20<<20)
	disk := smallDisk(t, "4m")
	tests := map[string][]string{
		"csv":        {"-o", filepath.Join(disk, "out")},
		"relational": {"-o", filepath.Join(disk, "out"), "--mode", "relational"},
		"zip":        {"-o", filepath.Join(disk, "out.zip"), "--mode", "relational"},
		"parquet":    {"-o", filepath.Join(disk, "out"), "-f", "parquet", "--compress", "none"},
		"xlsx":       {"-o", filepath.Join(disk, "out"), "-f", "xlsx"},
		"sqlite":     {"-o", filepath.Join(disk, "out"), "-f", "sqlite"},
		"one pass":   {"-o", filepath.Join(disk, "out"), "--one-pass"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), program(t), append([]string{"convert", input, "-q"}, args...)...).CombinedOutput()
			wantExit(t, err, 2)
			for _, want := range []string{"retable: ", "no space left on device", "the disk is full: free some space or choose another output folder"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("the message lacks %q: %s", want, out)
				}
			}
			if left := listing(t, disk); len(left) > 0 {
				t.Errorf("it left %q", left)
			}
		})
	}
}

// TestFullScratch: a stream is kept in the temporary folder, which may be
// full, too.
func TestFullScratch(t *testing.T) {
	input := records(t, 20<<20)
	scratch, dir := smallDisk(t, "4m"), t.TempDir()
	cmd := exec.CommandContext(t.Context(), program(t), "convert", "-", "-q", "-o", filepath.Join(dir, "out"))
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch)
	f, err := os.Open(input)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd.Stdin = struct{ *slow }{&slow{f}}
	out, err := cmd.CombinedOutput()
	wantExit(t, err, 2)
	if !strings.Contains(string(out), "no space left on device") || !strings.Contains(string(out), "scratch") {
		t.Errorf("got the message %s", out)
	}
	if left := append(listing(t, scratch), listing(t, dir)...); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
}

func wantExit(t *testing.T, err error, code int) {
	t.Helper()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != code {
		t.Errorf("got %v, want exit code %d", err, code)
	}
}

// TestFilesOfOthers runs the program as a user who may not read one of the
// files, and not write where the output should go.
func TestFilesOfOthers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can run the program as somebody else")
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // others may not enter it
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "retable")
	content, err := os.ReadFile(program(t))
	if err != nil {
		t.Fatal(err)
	}
	for path, file := range map[string]struct {
		content string
		mode    os.FileMode
	}{
		binary:                                  {string(content), 0o755},
		filepath.Join(dir, "in", "good.xml"):    {"<a><b>1</b><b>2</b></a>", 0o644},
		filepath.Join(dir, "in", "private.xml"): {"<a><b>3</b></a>", 0o600},
		filepath.Join(dir, "mine", "x"):         {"", 0o644},
		filepath.Join(dir, "theirs", "x"):       {"", 0o644},
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(file.content), file.mode), os.Chmod(path, file.mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, "theirs"), 0o777)); err != nil {
		t.Fatal(err)
	}
	nobody := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}

	out, err := nobody("convert", "in", "-q", "-o", "theirs/out")
	wantExit(t, err, 1)
	for _, want := range []string{`"private.xml"`, "permission denied"} {
		if !strings.Contains(out, want) {
			t.Errorf("the message lacks %q: %s", want, out)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "theirs", "out", "a~b.csv")); err != nil || strings.Count(string(got), "\n") != 3 {
		t.Errorf("the good file: got %q, %v", got, err)
	}
	out, err = nobody("convert", "in/private.xml", "-o", "theirs/none")
	wantExit(t, err, 2)
	if !strings.Contains(out, "permission denied") {
		t.Errorf("got the message %s", out)
	}
	out, err = nobody("convert", "in/good.xml", "-o", "mine/out")
	wantExit(t, err, 2)
	if !strings.Contains(out, "this user may not write in "+dir+"/mine: change its permissions or choose another output folder") {
		t.Errorf("got the message %s", out)
	}
}
