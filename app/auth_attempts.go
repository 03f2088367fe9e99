package app

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"retable/internal/auth"
	"retable/internal/limit"
	"retable/internal/retable"
)

// attempts counts the log-ins that are being checked at this moment, so that
// guessing in parallel doesn't get around the waits.
type attempts struct {
	mu      sync.Mutex
	running map[string]int
}

// maxAttempts may be checked at once of one account; after failures one.
const maxAttempts = 16

func newAttempts() *attempts { return &attempts{running: map[string]int{}} }

// enter takes a place, unless all are taken.
func (a *attempts) enter(key string, places int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running[key] >= places {
		return false
	}
	a.running[key]++
	return true
}

func (a *attempts) leave(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running[key]--; a.running[key] <= 0 {
		delete(a.running, key)
	}
}

// attempt is one try to prove who one is, by a password or a code.
type attempt struct {
	a       *Accounts
	user    *retable.User // nil: there is none of that name
	keys    [3]string     // account, account from this address, address
	waits   [3]auth.Backoff
	entered string
}

// begin looks up the account and refuses the attempt while it has to wait.
// Known and unknown names take the same way. done must be called.
func (a *Accounts) begin(ctx context.Context, username string) (*attempt, error) {
	t := &attempt{a: a, waits: [3]auth.Backoff{auth.AccountBackoff(), auth.PairBackoff(), auth.AddressBackoff()}}
	client := clientFrom(ctx)
	addr, _ := netip.ParseAddr(client.Addr)
	var wait time.Duration
	places := maxAttempts
	err := a.store.View(ctx, func(tx retable.Tx) error {
		u, err := userByName(ctx, tx, username)
		if err != nil {
			return err
		}
		t.user = u
		account := a.keys.Hash("unknown user", strings.ToLower(username)) // it may be a password in the wrong field
		if u != nil {
			account = u.ID
		}
		bucket := limit.Bucket(addr)
		t.keys = [3]string{"account " + account, "account " + account + " from " + bucket, "address " + bucket}
		wait, places, err = t.wait(ctx, tx, client)
		return err
	})
	if err != nil {
		return nil, err
	}
	if wait == 0 && a.attempts.enter(t.keys[0], places) {
		t.entered = t.keys[0]
		return t, nil
	}
	return nil, a.refuse(ctx, "auth.login", auditDenied, t.user, &retable.Error{
		Code: retable.RateLimited, Reason: "too_many_attempts", RetryAfter: max(wait, time.Second),
		Detail: "Too many attempts to log in; wait " + limit.RetryAfter(wait) + " s.",
	}, nil)
}

// wait returns how long the attempt has to wait, and how many may run at once.
// Failures from elsewhere don't hold up an address from which the owner has
// logged in before: strangers must not shut them out.
func (t *attempt) wait(ctx context.Context, tx retable.Tx, client Client) (time.Duration, int, error) {
	now := t.a.clock.Now()
	var waits [3]time.Duration
	places := maxAttempts
	for i, key := range t.keys {
		n, latest, err := tx.Throttle().Failures(ctx, key)
		if err != nil {
			return 0, 0, err
		}
		if n >= t.waits[i].Free && i < 2 {
			places = 1
		}
		waits[i] = t.waits[i].Wait(n, latest, now)
	}
	rest := max(waits[1], waits[2])
	if waits[0] > rest && t.user != nil {
		familiar, err := isFamiliar(ctx, tx, t.user.ID, client.Addr)
		if err != nil || familiar {
			return rest, places, err
		}
	}
	return max(waits[0], rest), places, nil
}

// isFamiliar tells whether the user has logged in from the address before.
func isFamiliar(ctx context.Context, tx retable.Tx, userID, addr string) (bool, error) {
	l, err := tx.Logins().List(ctx, userID, false, retable.Page{Limit: 100})
	if err != nil {
		return false, err
	}
	for i := range l.Items {
		if l.Items[i].IP == addr {
			return true, nil
		}
	}
	return false, nil
}

// done gives the place back.
func (t *attempt) done() { t.a.attempts.leave(t.entered) }

// fail counts a failure and returns why.
func (t *attempt) fail(ctx context.Context, action string, why *retable.Error) error {
	now := t.a.clock.Now()
	cause := map[string]any{"reason": why.Reason}
	if t.user == nil {
		cause["reason"] = "unknown_user"
	}
	err := t.a.update(ctx, func(tx retable.Tx) error {
		for i, key := range t.keys {
			if err := tx.Throttle().Fail(ctx, key, now, t.waits[i].Keep); err != nil {
				return err
			}
		}
		return t.a.record(ctx, tx, action, auditFailed, t.user, cause)
	})
	if err != nil {
		return err
	}
	t.a.observe(action, auditFailed)
	return why
}

// forgive forgets the failures of the account. Those of the address stay:
// whoever owns one account could try others without end.
func (t *attempt) forgive(ctx context.Context, tx retable.Tx) error {
	for _, key := range t.keys[:2] {
		if err := tx.Throttle().Reset(ctx, key); err != nil {
			return err
		}
	}
	return nil
}
