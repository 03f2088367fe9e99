package bench

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// watchMemory looks at a process and those it started every two milliseconds
// until the function it returns is called, which tells the most that one of
// them had resident and the most that was its own, in bytes.
//
// The system's own figure for a process that has ended, ru_maxrss, is no less
// than what its parent held when it was started. What /proc tells is of the
// program alone: VmHWM never falls, so only growth in the last two
// milliseconds is missed; RssAnon can have peaks between two looks.
func watchMemory(pid int) (stop func() (resident, own int64)) {
	quit, done := make(chan struct{}), make(chan [2]int64, 1)
	var most [2]int64
	look(strconv.Itoa(pid), &most) // however short it lives
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				look(strconv.Itoa(pid), &most)
			case <-quit:
				done <- most
				return
			}
		}
	}()
	return func() (resident, own int64) {
		close(quit)
		most := <-done
		return most[0], most[1]
	}
}

// look takes what a process and its children have, if it is more.
func look(pid string, most *[2]int64) {
	proc := "/proc/" + pid
	status, err := os.ReadFile(proc + "/status")
	if err != nil {
		return // it has ended
	}
	most[0] = max(most[0], statusBytes(status, "VmHWM:"))
	most[1] = max(most[1], statusBytes(status, "RssAnon:"))
	children, err := os.ReadFile(proc + "/task/" + pid + "/children")
	if err != nil {
		return // ended, or a kernel that doesn't list them
	}
	for child := range bytes.FieldsSeq(children) {
		look(string(child), most)
	}
}

// statusBytes is a size in /proc/PID/status, 0 if it isn't there.
func statusBytes(status []byte, name string) int64 {
	_, rest, _ := bytes.Cut(status, []byte("\n"+name))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	kB, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(line, []byte("kB")))), 10, 64)
	if err != nil {
		return 0
	}
	return kB << 10
}
