package app

import (
	"context"
	"sync"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// Authenticate returns who a bearer token speaks for: an access token of a
// log-in, or a personal one. The log-in, the token and the user must be good
// now. In a data root of one machine who was good within the last second still
// is, unless this process ended it. Errors are Unauthorized.
func (a *Accounts) Authenticate(ctx context.Context, bearer string) (*retable.Principal, error) {
	var p retable.Principal
	var err error
	if auth.IsAccessToken(bearer) {
		p, err = a.byToken(ctx, bearer)
	} else {
		p, err = a.byLogin(ctx, bearer)
	}
	if err != nil {
		return nil, err
	}
	client := clientFrom(ctx)
	p.Addr, p.Agent = client.Addr, client.Agent
	return &p, nil
}

// The ways in which a bearer is refused.
var (
	errEnded = &retable.Error{Code: retable.Unauthorized, Reason: "login_ended", Detail: "This log-in has ended; log in again."}
	errToken = &retable.Error{Code: retable.Unauthorized, Reason: "token_invalid", Detail: "The access token is not valid (any more); make a new one."}
)

func (a *Accounts) byLogin(ctx context.Context, bearer string) (retable.Principal, error) {
	claims, err := a.access.Verify(bearer)
	if err != nil {
		return retable.Principal{}, err
	}
	return a.callers.get(ctx, claims.LoginID, func(ctx context.Context) (retable.Principal, error) {
		var p retable.Principal
		err := a.store.View(ctx, func(tx retable.Tx) error {
			l, err := tx.Logins().Get(ctx, claims.LoginID)
			if retable.Is(err, retable.NotFound) || err == nil && (l.UserID != claims.UserID || l.RevokedAt != 0 || l.ExpiresAt <= a.clock.Now()) {
				return errEnded
			}
			if err != nil {
				return err
			}
			p, err = principalOf(ctx, tx, l.UserID, errEnded)
			p.LoginID = l.ID
			return err
		})
		return p, err
	})
}

// principalOf reads a user that is in good standing.
func principalOf(ctx context.Context, tx retable.Tx, userID string, otherwise *retable.Error) (retable.Principal, error) {
	u, err := tx.Users().Get(ctx, userID)
	if retable.Is(err, retable.NotFound) || err == nil && standing(u) != nil {
		return retable.Principal{}, otherwise
	}
	if err != nil {
		return retable.Principal{}, err
	}
	teams, err := tx.Sharing().Teams(ctx, u.ID)
	if err != nil {
		return retable.Principal{}, err
	}
	p := retable.Principal{UserID: u.ID, Username: u.Username, Role: u.Role}
	for i := range teams {
		p.Teams = append(p.Teams, teams[i].ID)
	}
	return p, nil
}

func (a *Accounts) byToken(ctx context.Context, bearer string) (retable.Principal, error) {
	hashes := a.keys.Hashes(auth.ForAccess, bearer)
	return a.callers.get(ctx, hashes[0], func(ctx context.Context) (retable.Principal, error) {
		var p retable.Principal
		var t *retable.AccessToken
		err := a.store.View(ctx, func(tx retable.Tx) (err error) {
			if t, err = tokenByHash(ctx, tx, hashes); err != nil {
				return err
			}
			if t.RevokedAt != 0 || t.ExpiresAt != 0 && t.ExpiresAt <= a.clock.Now() {
				return errToken
			}
			p, err = principalOf(ctx, tx, t.UserID, errToken)
			p.TokenID, p.Scopes = t.ID, t.Scopes
			if p.Scopes == nil {
				p.Scopes = []retable.Scope{} // nil would be all
			}
			return err
		})
		if err != nil {
			return p, err
		}
		a.touchToken(ctx, t)
		return p, nil
	})
}

func tokenByHash(ctx context.Context, tx retable.Tx, hashes []string) (*retable.AccessToken, error) {
	for _, hash := range hashes {
		t, err := tx.Credentials().TokenByHash(ctx, hash)
		switch {
		case retable.Is(err, retable.NotFound):
		case err != nil:
			return nil, err
		case auth.Same(t.TokenHash, hash):
			return t, nil
		}
	}
	return nil, errToken
}

// touchToken notes that a token was used, at most once a minute. What can't be
// noted doesn't stop its user.
func (a *Accounts) touchToken(ctx context.Context, t *retable.AccessToken) {
	now := a.clock.Now()
	if now-t.LastUsedAt < 60_000 {
		return
	}
	if err := a.store.Update(ctx, func(tx retable.Tx) error { return tx.Credentials().TouchToken(ctx, t.ID, now) }); err != nil {
		a.log.WarnContext(ctx, "the use of an access token was not noted", "token_id", t.ID, "err", err)
	}
}

// callers remembers for a moment who asked, so that not every request asks the
// store. What this process ends is forgotten at once; what another one ends,
// when the moment is over.
type callers struct {
	clock retable.Clock
	ttl   time.Duration
	mu    sync.Mutex
	known map[string]caller // by log-in id or token hash
	epoch int64             // raised whenever something is forgotten
}

type caller struct {
	p     retable.Principal
	until time.Time
}

// maxCallers bounds the memory.
const maxCallers = 10_000

func newCallers(clock retable.Clock, ttl time.Duration) *callers {
	return &callers{clock: clock, ttl: ttl, known: map[string]caller{}}
}

// get returns the remembered caller, or loads and remembers them. What was read
// before something was forgotten is not remembered after it.
func (c *callers) get(ctx context.Context, key string, load func(context.Context) (retable.Principal, error)) (retable.Principal, error) {
	now := c.clock()
	c.mu.Lock()
	k, ok := c.known[key]
	epoch := c.epoch
	c.mu.Unlock()
	if ok && now.Before(k.until) && k.until.Sub(now) <= c.ttl {
		return k.p, nil
	}
	p, err := load(ctx)
	if err != nil || c.ttl <= 0 {
		return p, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch == epoch {
		if len(c.known) >= maxCallers {
			clear(c.known)
		}
		c.known[key] = caller{p, now.Add(c.ttl)}
	}
	return p, nil
}

func (c *callers) dropLogin(id string) {
	c.drop(func(p *retable.Principal) bool { return p.LoginID == id })
}

func (c *callers) dropUser(id string) {
	c.drop(func(p *retable.Principal) bool { return p.UserID == id })
}

func (c *callers) drop(which func(*retable.Principal) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for key, k := range c.known {
		if which(&k.p) {
			delete(c.known, key)
		}
	}
}
