//go:build !unix

package bench

import (
	"os"
	"time"
)

// cpuSeconds falls back on the clock, where the system doesn't tell.
func cpuSeconds() float64 { return float64(time.Now().UnixNano()) / 1e9 }

// usageOf is the CPU time in seconds; peak memory is not known here.
func usageOf(state *os.ProcessState) (cpu float64, rss int64) {
	return (state.UserTime() + state.SystemTime()).Seconds(), 0
}

// residentPeak is not known here.
func residentPeak() int64 { return 0 }
