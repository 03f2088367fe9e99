package limit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"retable/internal/retable"
)

// cell is a rate in the algorithm's terms. A key has one number, the
// theoretical arrival time (TAT): the moment at which all is free again. Each
// unit of cost moves it by step; it may lie at most window ahead of now.
//
// Source: ITU-T I.371, "generic cell rate algorithm", virtual scheduling.
type cell struct {
	step   time.Duration
	window time.Duration
	burst  int
}

// tick is the resolution that all backends share.
const tick = time.Microsecond

// newCell checks the rate. It refuses what could never be allowed and what is
// finer than a microsecond.
func newCell(r retable.Rate, cost int) (cell, error) {
	burst := r.Burst
	if burst == 0 {
		burst = r.Count
	}
	switch {
	case r.Count <= 0 || r.Per <= 0 || burst < 0:
		return cell{}, retable.Errorf(retable.Invalid, "A limit of %d per %s with a burst of %d is none; all three must be positive.", r.Count, r.Per, r.Burst)
	case cost < 0 || cost > burst:
		return cell{}, retable.Errorf(retable.Invalid, "A cost of %d never fits a burst of %d; raise the burst.", cost, burst)
	}
	step := (r.Per / time.Duration(r.Count)).Truncate(tick)
	if step < tick {
		return cell{}, retable.Errorf(retable.Invalid, "A limit of %d per %s is finer than one per microsecond; use fewer.", r.Count, r.Per)
	}
	if burst > int(maxWindow/step) {
		return cell{}, retable.Errorf(retable.Invalid, "A burst of %d at one per %s takes more than %s to refill; use less.", burst, step, maxWindow)
	}
	return cell{step: step, window: step * time.Duration(burst), burst: burst}, nil
}

// maxWindow keeps sums of times within all backends' numbers.
const maxWindow = 366 * 24 * time.Hour

// arrive decides about a call: ahead is how far the TAT lies ahead of now
// (negative: behind). It returns how far it lies ahead afterwards.
//
// The TAT of a key is never more than window ahead, unless the clock was set
// back; then it is drawn back to that, so a jump costs one window at most.
func (c cell) arrive(ahead time.Duration, cost int) (after time.Duration, d retable.Decision) {
	ahead = min(max(ahead, 0), c.window)
	next := ahead + c.step*time.Duration(cost)
	if next <= c.window {
		return next, c.decision(true, next, 0)
	}
	return ahead, c.decision(false, ahead, next-c.window)
}

// decision words the state of a key.
func (c cell) decision(allowed bool, ahead, retry time.Duration) retable.Decision {
	return retable.Decision{
		Allowed: allowed, Limit: c.burst, Remaining: int((c.window - ahead) / c.step),
		RetryAfter: retry, Reset: ahead,
	}
}

// ParseRate reads "100/min", "5/10s" or "100/min burst 20". Units are s, m,
// min, h, d and whatever time.ParseDuration takes.
func ParseRate(text string) (retable.Rate, error) {
	var r retable.Rate
	rate, burst, hasBurst := strings.Cut(strings.TrimSpace(text), " burst ")
	count, per, ok := strings.Cut(rate, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if !ok || err != nil {
		return r, rateFault(text)
	}
	r.Count = n
	if r.Per, err = parsePer(strings.TrimSpace(per)); err != nil {
		return r, rateFault(text)
	}
	if hasBurst {
		if r.Burst, err = strconv.Atoi(strings.TrimSpace(burst)); err != nil || r.Burst < 1 {
			return r, rateFault(text)
		}
	}
	if _, err := newCell(r, 1); err != nil {
		return r, fmt.Errorf("rate %q: %w", text, err)
	}
	return r, nil
}

func rateFault(text string) error {
	return fmt.Errorf("rate %q: write it like 100/min, 5/10s or 100/min burst 20", text)
}

func parsePer(s string) (time.Duration, error) {
	switch s {
	case "s", "sec", "second":
		return time.Second, nil
	case "m", "min", "minute":
		return time.Minute, nil
	case "h", "hour":
		return time.Hour, nil
	case "d", "day":
		return 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}

// outcome words what a backend answered: ahead is where the TAT lies now.
func (c cell) outcome(allowed bool, ahead, spend time.Duration) retable.Decision {
	if allowed {
		return c.decision(true, ahead, 0)
	}
	return c.decision(false, ahead, ahead+spend-c.window)
}

// shortKey bounds what a backend has to keep as a key, and keeps from it what
// isn't text.
func shortKey(key string) string {
	if len(key) <= maxKey && utf8.ValidString(key) && !strings.ContainsRune(key, 0) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(sum[:])
}

const maxKey = 200
