//go:build unix

package bench

import (
	"os"
	"runtime"
	"syscall"
)

// cpuSeconds is the CPU time this process has used, collector included.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return seconds(u.Utime) + seconds(u.Stime)
}

// residentPeak is the most that was resident of this process, in bytes.
func residentPeak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return maxrss(&u)
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// usageOf is the CPU time in seconds and the peak resident memory in bytes
// of a process that has ended.
func usageOf(state *os.ProcessState) (cpu float64, rss int64) {
	u, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, 0
	}
	return seconds(u.Utime) + seconds(u.Stime), maxrss(u)
}

// maxrss is in bytes on darwin, elsewhere in KiB.
func maxrss(u *syscall.Rusage) int64 {
	rss := int64(u.Maxrss) //nolint:unconvert // it is an int32 on some machines
	if runtime.GOOS != "darwin" {
		rss *= 1024
	}
	return rss
}
