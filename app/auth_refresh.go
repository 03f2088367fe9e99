package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// RefreshRequest is what the cookie holds.
type RefreshRequest struct {
	Token string `json:"-"`
}

// RefreshResult is a fresh access token; the fresh refresh token travels by its
// cookie.
type RefreshResult struct {
	AccessToken  string        `json:"access_token"`
	TokenType    string        `json:"token_type" enum:"bearer"`
	RefreshToken string        `json:"refresh_token,omitempty"` // by a setting, for clients that keep no cookies
	Cookie       RefreshCookie `json:"-"`
}

// The ways in which a refresh is refused.
var (
	errRefresh = &retable.Error{Code: retable.Unauthorized, Reason: "refresh_invalid", Detail: "You are not logged in (any more); log in again."}
	errRaced   = &retable.Error{Code: retable.Conflict, Reason: "refresh_raced", Detail: "Another tab has refreshed this log-in at the same moment; use what it got."}
	errReused  = &retable.Error{
		Code: retable.Unauthorized, Reason: "refresh_reused",
		Detail: "This log-in was used in two places, as if it had been stolen. All your log-ins have ended, and the password must be set anew.",
	}
)

// verdict is what became of a refresh.
type verdict struct {
	login *retable.Login // with the fresh token
	token string
	err   *retable.Error // in place of it
	theft *retable.User  // whose log-ins were ended
}

// Refresh takes a refresh token and gives the next one: one of any number that
// come with the same token. A token that was spent before the request arrived
// is in two hands: all log-ins of its user end. One that was spent while the
// request was under way is a Conflict, no more.
func (a *Accounts) Refresh(ctx context.Context, req RefreshRequest) (*RefreshResult, error) {
	if !auth.LooksLikeRefresh(req.Token) {
		return nil, errRefresh
	}
	hashes := a.keys.Hashes(auth.ForRefresh, req.Token)
	arrival := a.rotations.arrival(ctx)
	defer a.rotations.leave(arrival)
	var v verdict
	err := a.update(ctx, func(tx retable.Tx) (err error) {
		v, err = a.rotate(ctx, tx, hashes, arrival)
		return err
	})
	if err != nil {
		return nil, err
	}
	if v.theft != nil {
		a.callers.dropUser(v.theft.ID)
		a.observe("auth.refresh_reuse", auditDenied)
		a.warn(ctx, v.theft, "token_reuse", "Your log-in may have been stolen", errReused.Detail)
	}
	if v.err != nil {
		return nil, v.err
	}
	a.rotations.committed(arrival)
	a.awaitStamp(ctx, v.login.RotatedAt)
	access, err := a.access.Issue(v.login.UserID, v.login.ID)
	if err != nil {
		return nil, retable.Fault(err, "signing the access token")
	}
	return &RefreshResult{AccessToken: access, TokenType: "bearer", Cookie: a.cookie(v.login, v.token)}, nil
}

// rotate decides about a token within a transaction.
func (a *Accounts) rotate(ctx context.Context, tx retable.Tx, hashes []string, arrival *arrival) (verdict, error) {
	l, spent, hash, err := byRefresh(ctx, tx, hashes)
	if retable.Is(err, retable.NotFound) {
		return verdict{err: errRefresh}, nil
	}
	if err != nil {
		return verdict{}, err
	}
	now := a.clock.Now()
	if l.RevokedAt != 0 || l.ExpiresAt <= now {
		return verdict{err: errRefresh}, nil // over: a spent token of it harms nobody
	}
	u, err := tx.Users().Get(ctx, l.UserID)
	if err != nil {
		return verdict{}, err
	}
	if spent == 0 && standing(u) != nil {
		return verdict{err: errRefresh}, nil //nolint:nilerr // the verdict refuses
	}
	if spent == 0 {
		v, err := a.rotateTo(ctx, tx, l, hash, arrival)
		if !errors.Is(err, retable.ErrStale) {
			return v, err
		}
		return verdict{err: errRaced}, nil // it was good when the request had arrived
	}
	if a.rotations.raced(hash, arrival, spent) || a.cfg.RefreshGrace > 0 && now < spent.Add(a.cfg.RefreshGrace) {
		return verdict{err: errRaced}, nil
	}
	first, err := a.revokeStolen(ctx, tx, u, l)
	if !first {
		return verdict{err: errRefresh}, err
	}
	return verdict{err: errReused, theft: u}, err
}

// byRefresh finds the log-in of a token, whose hash may be one under an older key.
func byRefresh(ctx context.Context, tx retable.Tx, hashes []string) (l *retable.Login, spent retable.Millis, hash string, err error) {
	for _, hash = range hashes {
		l, spent, err = tx.Logins().ByRefresh(ctx, hash)
		if !retable.Is(err, retable.NotFound) {
			break
		}
	}
	if err == nil && spent == 0 && !auth.Same(l.RefreshHash, hash) {
		return nil, 0, "", retable.Fault(errors.New("the store found a log-in by a hash that isn't its own"), "looking for the log-in")
	}
	return l, spent, hash, err
}

// rotateTo replaces the token of a log-in by a fresh one.
func (a *Accounts) rotateTo(ctx context.Context, tx retable.Tx, l *retable.Login, hash string, arrival *arrival) (verdict, error) {
	a.rotations.begin(hash, arrival)
	token := auth.NewRefreshToken()
	stamp := a.clock.Now().Add(a.stampAhead())
	expires := min(a.clock.Now().Add(a.cfg.RefreshTTL), l.CreatedAt.Add(a.cfg.LoginTTL))
	if err := tx.Logins().Rotate(ctx, l.ID, hash, a.keys.Hash(auth.ForRefresh, token), stamp, expires); err != nil {
		return verdict{}, err
	}
	l.RotatedAt, l.ExpiresAt = stamp, expires
	return verdict{login: l, token: token}, nil
}

// revokeStolen ends all log-ins of a user whose token was presented twice. The
// access tokens that were made since that log-in began go too: whoever stole it
// may have made them. Of several that present it at once one is the first.
func (a *Accounts) revokeStolen(ctx context.Context, tx retable.Tx, u *retable.User, l *retable.Login) (first bool, err error) {
	now := a.clock.Now()
	ended, err := tx.Logins().RevokeAll(ctx, u.ID, "refresh token reused", now)
	if err != nil || ended == 0 { // another one has ended them since they were read
		return false, err
	}
	tokens, err := tx.Credentials().Tokens(ctx, u.ID)
	if err != nil {
		return false, err
	}
	for _, t := range tokens {
		if t.RevokedAt == 0 && t.CreatedAt >= l.CreatedAt {
			if err := tx.Credentials().RevokeToken(ctx, u.ID, t.ID, now); err != nil {
				return false, err
			}
		}
	}
	u.MustReset, u.UpdatedAt = true, now
	if err := tx.Users().Update(ctx, u); err != nil {
		return false, err
	}
	if err := tx.Notices().Add(ctx, &retable.Notice{
		ID: retable.NewID(), Kind: "token_reuse", At: now,
		Text: "A refresh token of " + u.Username + " was used twice, as if it had been stolen. The user's log-ins have ended, and the password must be set anew.",
	}); err != nil {
		return false, err
	}
	return true, a.record(ctx, tx, "auth.refresh_reuse", auditDenied, u, map[string]any{"login_id": l.ID, "ended": ended, "first_addr": l.IP})
}

// stampAhead is how far the time of a rotation is dated ahead where replicas
// share the database: past its commit, so that on any of them whoever arrived
// before the commit is seen to have arrived before it. Within one process the
// order is known without a clock.
func (a *Accounts) stampAhead() time.Duration {
	if a.store.Engine() == "postgres" {
		return 25 * time.Millisecond
	}
	return 0
}

// awaitStamp holds the answer back until the rotation's time has come: then
// whoever presents the old token after the answer has arrived after it, too.
func (a *Accounts) awaitStamp(ctx context.Context, stamp retable.Millis) {
	rest := time.Duration(stamp-a.clock.Now()) * time.Millisecond
	if rest <= 0 {
		return
	}
	t := time.NewTimer(min(rest, time.Second))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// rotations knows of the rotations of this process which were committed when,
// in an order of its own: exact, whatever the clocks do.
type rotations struct {
	clock retable.Clock
	order atomic.Int64
	mu    sync.Mutex
	known map[string]*rotation // by the hash of the spent token
	swept retable.Millis
}

// rotation is one that is under way or was committed.
type rotation struct {
	running int   // arrivals that try it
	done    int64 // place in the order at which one was committed; 0: none yet
	at      retable.Millis
}

// arrival is a request's place in the order.
type arrival struct {
	place int64
	time  retable.Millis
	tried []string // hashes that it rotates
}

type arrivalKey struct{ r *rotations }

// Arrived returns a context that knows that its request arrived now: for doors
// that let requests wait before they call Refresh, which otherwise takes its
// own beginning for the arrival.
func (a *Accounts) Arrived(ctx context.Context) context.Context {
	return context.WithValue(ctx, arrivalKey{a.rotations}, a.rotations.arrive())
}

// arrival is that of the context, or the present moment.
func (r *rotations) arrival(ctx context.Context) *arrival {
	if a, ok := ctx.Value(arrivalKey{r}).(*arrival); ok {
		return &arrival{place: a.place, time: a.time}
	}
	return r.arrive()
}

func newRotations(clock retable.Clock) *rotations {
	return &rotations{clock: clock, known: map[string]*rotation{}}
}

func (r *rotations) arrive() *arrival {
	return &arrival{place: r.order.Add(1), time: r.clock.Now()}
}

// begin notes that an arrival is about to rotate; again after a retry is once.
func (r *rotations) begin(hash string, a *arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range a.tried {
		if h == hash {
			return
		}
	}
	a.tried = append(a.tried, hash)
	if r.known[hash] == nil {
		r.known[hash] = &rotation{}
	}
	r.known[hash].running++
}

// committed notes that the arrival's rotation stands.
func (r *rotations) committed(a *arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range a.tried {
		r.known[h].done, r.known[h].at = r.order.Add(1), r.clock.Now()
	}
}

// raced tells whether the arrival came before the rotation of the hash was
// committed. Of another process's rotation only the time is known.
func (r *rotations) raced(hash string, a *arrival, spent retable.Millis) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.known[hash]
	switch {
	case k == nil:
		return a.time < spent
	case k.done != 0:
		return a.place < k.done
	}
	return true // its commit is not even reported
}

// remembered is how long a rotation is known: no request is under way longer.
const remembered = retable.Millis(60_000)

// leave takes the arrival back and forgets what is long past.
func (r *rotations) leave(a *arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range a.tried {
		if k := r.known[h]; k != nil {
			if k.running--; k.running == 0 && k.done == 0 {
				delete(r.known, h)
			}
		}
	}
	now := r.clock.Now()
	if now-r.swept < remembered && now >= r.swept {
		return
	}
	r.swept = now
	for h, k := range r.known {
		if k.running == 0 && (now-k.at >= remembered || now < k.at) {
			delete(r.known, h)
		}
	}
}
