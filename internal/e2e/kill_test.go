//go:build unix

package e2e

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"
)

// created is what differs between two runs of one conversion.
var created = regexp.MustCompile(`"created": ?"[^"]*"`)

// fingerprint tells whether two output folders are the same.
func fingerprint(t *testing.T, dir string) string {
	t.Helper()
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %x\n", d.Name(), sha256.Sum256(created.ReplaceAll(content, nil)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// conversion starts `retable convert` with its scratch files in a folder of
// its own.
func conversion(t *testing.T, input, output, scratch string, flags ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), append([]string{"convert", input, "-q", "-o", output}, flags...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch)
	return cmd
}

func TestKilledConversionLeavesAllOrNothing(t *testing.T) {
	size, kills := int64(60<<20), 20
	if testing.Short() {
		size, kills = 12<<20, 5
	}
	input := records(t, size)
	flags := []string{"-f", "csv,jsonl", "--mode", "relational"}
	scratch := t.TempDir()
	reference := filepath.Join(t.TempDir(), "out")
	program(t) // building it takes longer than running it
	began := time.Now()
	if out, err := conversion(t, input, reference, scratch, flags...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	takes, want := time.Since(began), fingerprint(t, reference)

	whole := 0
	for i := range kills {
		dir := t.TempDir()
		output := filepath.Join(dir, "out")
		cmd := conversion(t, input, output, scratch, flags...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Spread over the whole run, with chance in it.
		time.Sleep(time.Duration((float64(i) + rand.Float64()) / float64(kills) * float64(takes) * 1.1))
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if _, err := os.Stat(output); err == nil {
			whole++
			if got := fingerprint(t, output); got != want {
				t.Errorf("kill %d: the output is there, but not what it should be: %q", i+1, listing(t, output))
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		// The next run sweeps what the killed one left, and does its work.
		next := conversion(t, input, output, scratch, append(flags, "--overwrite")...)
		if i%5 != 0 {
			small := filepath.Join(t.TempDir(), "small.xml")
			if err := os.WriteFile(small, []byte("<a><b>1</b><b>2</b></a>"), 0o600); err != nil {
				t.Fatal(err)
			}
			next = conversion(t, small, output, scratch, "--overwrite")
		}
		if out, err := next.CombinedOutput(); err != nil {
			t.Fatalf("kill %d: the next run: %v: %s", i+1, err, out)
		}
		if left := listing(t, dir); !slices.Equal(left, []string{"out"}) {
			t.Errorf("kill %d: after the next run there is %q", i+1, left)
		}
	}
	if left := listing(t, scratch); len(left) > 0 {
		t.Errorf("the scratch folder holds %q", left)
	}
	t.Logf("%d kills over %v, %d of them after the end", kills, takes.Round(time.Millisecond), whole)
}

func TestKilledWhileOverwritingKeepsOneOfBoth(t *testing.T) {
	input := records(t, 6<<20)
	dir, scratch := t.TempDir(), t.TempDir()
	output := filepath.Join(dir, "out")
	small := filepath.Join(t.TempDir(), "small.xml")
	if err := os.WriteFile(small, []byte("<a><b>1</b><b>2</b></a>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := conversion(t, input, output, scratch).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	large := fingerprint(t, output)
	other := filepath.Join(t.TempDir(), "out")
	began := time.Now()
	if out, err := conversion(t, small, other, scratch).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	takes, little := time.Since(began), fingerprint(t, other)
	for i := range 20 {
		cmd := conversion(t, small, output, scratch, "--overwrite")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Float64() * float64(takes) * 1.2))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		// Between two renames the old folder has a hidden name; any next run puts it back.
		if out, err := conversion(t, small, filepath.Join(dir, "else"), scratch, "--overwrite").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if got := fingerprint(t, output); got != large && got != little {
			t.Fatalf("kill %d: the output is neither the old nor the new one: %q", i+1, listing(t, output))
		}
		if left := listing(t, dir); !slices.Equal(left, []string{"else", "out"}) {
			t.Errorf("kill %d: after the next run there is %q", i+1, left)
		}
	}
}

func TestInterruptedConversionLeavesNothing(t *testing.T) {
	size := int64(60 << 20)
	if testing.Short() {
		size = 24 << 20
	}
	input := records(t, size)
	tests := map[string]func(t *testing.T, output, scratch string) *exec.Cmd{
		"flat":       func(t *testing.T, o, s string) *exec.Cmd { return conversion(t, input, o, s, "-f", "csv,jsonl,tsv") },
		"relational": func(t *testing.T, o, s string) *exec.Cmd { return conversion(t, input, o, s, "--mode", "relational") },
		"into a zip": func(t *testing.T, o, s string) *exec.Cmd { return conversion(t, input, o+".zip", s) },
		"sets": func(t *testing.T, o, s string) *exec.Cmd {
			return conversion(t, input, o, s, "-f", "sqlite,parquet,xlsx")
		},
		"one pass": func(t *testing.T, o, s string) *exec.Cmd {
			return conversion(t, input, o, s, "--one-pass", "-f", "csv,jsonl")
		},
		"large stdin": func(t *testing.T, o, s string) *exec.Cmd { return fed(t, input, conversion(t, "-", o, s)) },
		"silent stdin": func(t *testing.T, o, s string) *exec.Cmd {
			cmd := conversion(t, "-", o, s)
			_, err := cmd.StdinPipe() // nothing comes, and no end
			if err != nil {
				t.Fatal(err)
			}
			return cmd
		},
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			for _, after := range []time.Duration{60 * time.Millisecond, 200 * time.Millisecond} {
				for !interrupt(t, start, after) { // it wasn't up yet
					after *= 2
				}
			}
		})
	}
}

// interrupt interrupts a conversion and reports false if the program had not
// come so far as to hear it: the system ended it then. Either way nothing may
// be left.
func interrupt(t *testing.T, start func(t *testing.T, output, scratch string) *exec.Cmd, after time.Duration) bool {
	t.Helper()
	dir, scratch := t.TempDir(), t.TempDir()
	cmd := start(t, filepath.Join(dir, "out"), scratch)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		_ = cmd.Wait()
		return true // it has ended before it could be interrupted
	}
	began := time.Now()
	err := cmd.Wait()
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v to end", took)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return true // it was faster than the signal
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	up := !ok || !status.Signaled() || status.Signal() != syscall.SIGINT
	if up {
		if exit.ExitCode() != 130 {
			t.Errorf("got exit code %d, want 130: %s", exit.ExitCode(), errs.String())
		}
		if got := errs.String(); got != "retable: interrupted, nothing was written\n" {
			t.Errorf("got the message %q", got)
		}
	}
	if left := listing(t, dir); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
	if left := listing(t, scratch); len(left) > 0 {
		t.Errorf("it left %q in the scratch folder", left)
	}
	return up
}

// fed gives a command a pipe with the file's content.
func fed(t *testing.T, file string, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	cmd.Stdin = struct{ *slow }{&slow{f}} // no *os.File: it goes through a pipe
	cmd.WaitDelay = 100 * time.Millisecond
	return cmd
}

// slow reads at the pace of a network.
type slow struct{ f *os.File }

func (s *slow) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.f.Read(p[:min(len(p), 64<<10)])
}
