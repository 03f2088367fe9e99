package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMemoryDoesNotGrowWithTheInput: 100 MB become a CSV file within 32 MB of
// the conversion's own. How much of the program's file the system keeps mapped
// beside that (28 MB, or twice that where it takes huge pages) is its affair: it
// is shared, and given back when memory is short. See docs/performance.md.
func TestMemoryDoesNotGrowWithTheInput(t *testing.T) {
	if testing.Short() {
		t.Skip("makes and converts 100 MB")
	}
	const most = 32 << 10 // kB
	cmd := conversion(t, records(t, 100<<20), filepath.Join(t.TempDir(), "out"), t.TempDir(), "-w", "2")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	own, all := 0, 0
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			if own == 0 || own > most {
				t.Errorf("it took %d kB of its own at its peak, more than %d", own, most)
			}
			t.Logf("%d kB of its own at its peak, %d kB with what is mapped of the program's file", own, all)
			return
		case <-time.After(2 * time.Millisecond):
			status := memory(cmd.Process.Pid)
			own, all = max(own, status["RssAnon"]), max(all, status["VmHWM"])
		}
	}
}

// memory is what the system says of a process' memory, in kB; nothing where it
// has ended. (The usage that Wait reports begins with what this process had.)
func memory(pid int) map[string]int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil
	}
	out := map[string]int{}
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		var kb int
		if n, err := fmt.Sscanf(strings.TrimSpace(rest), "%d kB", &kb); err == nil && n == 1 {
			out[name] = kb
		}
	}
	return out
}
