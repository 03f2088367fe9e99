package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMemoryDoesNotGrowWithTheInput: 100 MB become a CSV file within 32 MB,
// the program itself included.
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
	peak := 0
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			if peak > most {
				t.Errorf("it took %d kB at its peak, more than %d", peak, most)
			}
			t.Logf("%d kB at its peak", peak)
			return
		case <-time.After(2 * time.Millisecond):
			peak = max(peak, peakMemory(cmd.Process.Pid))
		}
	}
}

// peakMemory is the most that a process has had in memory so far, in kB. (The
// usage that Wait reports begins with what this process had.)
func peakMemory(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	peak := 0
	_, _ = fmt.Sscan(after, &peak) // 0 where it has ended
	return peak
}
