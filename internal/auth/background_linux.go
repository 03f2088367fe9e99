package auth

import (
	"runtime"
	"syscall"
)

// backgroundNice is how far hashing stands back: a tenth of the share of a
// thread that answers requests, while there is one; all that is left, else.
const backgroundNice = 10

// inBackground runs fn on a thread of lower priority, which ends with it. A
// panic of fn is the caller's.
func inBackground(fn func()) {
	ended := make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }()
		runtime.LockOSThread() // and never unlocked: a thread doesn't get its priority back
		standBack()
		fn()
	}()
	if panicked := <-ended; panicked != nil {
		panic(panicked)
	}
}

// standBack lowers the priority of the calling thread: on Linux each has its
// own. Where that can't be done its work is as urgent as the rest.
func standBack() {
	const lowest = 19
	thread := syscall.Gettid()
	usual, err := syscall.Getpriority(syscall.PRIO_PROCESS, thread)
	if err != nil {
		return
	}
	nice := 20 - usual // the system call tells 20 less the value, to have no negative ones
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, thread, min(nice+backgroundNice, lowest))
}
