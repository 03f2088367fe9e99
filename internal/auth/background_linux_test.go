package auth

import (
	"runtime"
	"syscall"
	"testing"
)

// priority is the calling thread's as the kernel tells it: 20 is the usual one,
// 10 is nice 10.
func priority(t *testing.T) int {
	t.Helper()
	p, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestHashingStandsBackForTheRest(t *testing.T) {
	t.Parallel()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := priority(t)
	var within int
	inBackground(func() { within = priority(t) })
	if want := max(before-backgroundNice, 1); within != want {
		t.Errorf("hashing ran at %d, want %d", within, want)
	}
	if after := priority(t); after != before {
		t.Errorf("the caller went on at %d, not %d", after, before)
	}
}

func TestAPanicWithinHashingIsTheCallers(t *testing.T) {
	t.Parallel()
	defer func() {
		if r := recover(); r != "broken" {
			t.Errorf("got %v", r)
		}
	}()
	inBackground(func() { panic("broken") })
}
