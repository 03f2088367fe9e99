//go:build unix

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// onTerminal runs the program with stderr on a terminal of that width and
// returns what was drawn there.
func onTerminal(t *testing.T, columns uint16, stdin *os.File, args ...string) string {
	t.Helper()
	terminal, end, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer terminal.Close()
	if err := pty.Setsize(end, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	cmd.Stderr = end
	if stdin != nil {
		cmd.Stdin = stdin
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := end.Close(); err != nil {
		t.Fatal(err)
	}
	var drawn bytes.Buffer
	_, _ = drawn.ReadFrom(terminal) // ends with EIO when the program does
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, drawn.String())
	}
	return drawn.String()
}

func TestProgressOnATerminal(t *testing.T) {
	size := int64(200 << 20)
	if testing.Short() {
		size = 60 << 20
	}
	input := records(t, size)
	args := []string{"convert", input, "-w", "1", "--mode", "relational", "-f", "csv,jsonl", "-o", filepath.Join(t.TempDir(), "out")}
	drawn := onTerminal(t, 100, nil, args...)
	for _, want := range []string{
		`\rscan      +\d+ % of \d+(\.\d)? MB`,
		`\rconvert   +\d+ % of \d+(\.\d)? MB  \d+(\.\d)? MB/s  \d+s left`,
		`\r +\r$`, // cleared at the end
	} {
		if !regexp.MustCompile(want).MatchString(drawn) {
			t.Errorf("nothing like %s was drawn: %.2000q", want, drawn)
		}
	}
	if lines := strings.Split(drawn, "\r"); len(lines) < 5 {
		t.Errorf("only %d lines were drawn", len(lines))
	}
	if strings.ContainsAny(drawn, "\n\x1b") {
		t.Errorf("the line was left: %.500q", drawn)
	}

	t.Run("a narrow one is not overrun", func(t *testing.T) {
		drawn := onTerminal(t, 20, nil, append(args, "--overwrite")...)
		for line := range strings.SplitSeq(drawn, "\r") {
			if len(line) > 19 {
				t.Errorf("%q takes %d of 20 columns", line, len(line))
			}
		}
	})
	t.Run("quiet and json draw nothing", func(t *testing.T) {
		for _, flag := range []string{"-q", "--json"} {
			if drawn := onTerminal(t, 80, nil, append(args, "--overwrite", flag)...); drawn != "" {
				t.Errorf("%s: %.500q was drawn", flag, drawn)
			}
		}
	})
	t.Run("a stream has no total", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer w.Close()
			if f, err := os.Open(input); err == nil {
				defer f.Close()
				_, _ = f.WriteTo(w)
			}
		}()
		drawn := onTerminal(t, 100, r, "scan", "-", "-w", "1")
		if !regexp.MustCompile(`\r(scan|read)      ?\d+(\.\d)? [kM]B`).MatchString(drawn) {
			t.Errorf("nothing was drawn of the stream: %.500q", drawn)
		}
		if strings.Contains(drawn, "%") || strings.Contains(drawn, "left") {
			t.Errorf("a share of an unknown total was drawn: %.500q", drawn)
		}
	})
	t.Run("a pipe gets nothing", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), program(t), append(args, "--overwrite")...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 {
			t.Errorf("got %v and %.500q", err, errs.String())
		}
	})
}
