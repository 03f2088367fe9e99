package auth

import (
	"time"

	"retable/internal/retable"
)

// Backoff says how long a key (an account, an address) has to wait after
// failed log-ins: nothing for the first few, then twice as long each time, up
// to a limit. It never locks: whoever waits can try again, so strangers can't
// shut out the owner of an account for good.
type Backoff struct {
	Free int           // failures without a wait
	Base time.Duration // the first wait
	Max  time.Duration // the longest
	Keep time.Duration // how long failures are remembered
}

// AccountBackoff is for one account, from wherever it is tried.
func AccountBackoff() Backoff {
	return Backoff{Free: 5, Base: time.Second, Max: 30 * time.Second, Keep: time.Hour}
}

// PairBackoff is for one account tried from one address.
func PairBackoff() Backoff {
	return Backoff{Free: 5, Base: time.Second, Max: 15 * time.Minute, Keep: 24 * time.Hour}
}

// AddressBackoff is for one address, whatever account it tries. Many people
// may share it.
func AddressBackoff() Backoff {
	return Backoff{Free: 20, Base: time.Second, Max: 15 * time.Minute, Keep: time.Hour}
}

// Wait returns how long a key must still wait after so many failures, the
// latest of which was then.
func (b Backoff) Wait(failures int, latest, now retable.Millis) time.Duration {
	over := failures - b.Free
	if over <= 0 {
		return 0
	}
	wait := b.Max
	if over <= 30 { // beyond, doubling would overflow
		wait = min(b.Max, b.Base<<(over-1))
	}
	since := time.Duration(now-latest) * time.Millisecond
	if since < 0 { // the clock was set back: no more than the full wait
		since = 0
	}
	return max(0, wait-since)
}
