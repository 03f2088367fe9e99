package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// Accounts is the part of the service that knows who somebody is: log-ins,
// passwords, second factors, access tokens, users, the audit log. It is safe
// for concurrent use.
type Accounts struct {
	store     retable.Store
	keys      *auth.Ring
	hasher    *auth.Hasher
	policy    *auth.Policy
	access    *auth.AccessTokens
	totp      *auth.TOTP
	oidc      *auth.OIDC
	notifiers []auth.Notifier // ways to a person
	toAdmins  auth.Notifier   // where none of them leads
	verify    func(ctx context.Context, log retable.Audit, expect *AuditHead) (AuditHead, error)
	observe   func(action, outcome string)
	cfg       AccountSettings
	clock     retable.Clock
	log       *slog.Logger

	reached   atomic.Pointer[string] // where the server turned out to listen
	callers   *callers
	rotations *rotations
	attempts  *attempts
	errands   *errands
}

// AccountSettings say how accounts behave. Zero members mean their defaults.
type AccountSettings struct {
	PublicURL    string        // of the server, for links
	AccessTTL    time.Duration // of access tokens; 15 minutes
	RefreshTTL   time.Duration // of a log-in that isn't used; 7 days
	LoginTTL     time.Duration // of any log-in; 90 days
	RefreshGrace time.Duration // in which a spent refresh token is a mistake rather than theft; none
	ResetTTL     time.Duration // of a link to set a password; 30 minutes
	WelcomeTTL   time.Duration // of the first link of a new account; 3 days
	SetupTTL     time.Duration // of the link for the first administrator; 1 day
	CallerTTL    time.Duration // for which who asks is remembered; 1 s, below 0 never

	OIDCName          string   // what the log-in button says
	OIDCCreateUsers   bool     // make an account at the first log-in
	OIDCAdminValue    string   // role of the provider that makes an administrator
	OIDCAllowedEmails []string // addresses and @domains; empty allows all
}

func (s AccountSettings) withDefaults() AccountSettings {
	or := func(d *time.Duration, fallback time.Duration) {
		if *d == 0 {
			*d = fallback
		}
	}
	or(&s.AccessTTL, 15*time.Minute)
	or(&s.RefreshTTL, 7*24*time.Hour)
	or(&s.LoginTTL, 90*24*time.Hour)
	or(&s.ResetTTL, 30*time.Minute)
	or(&s.WelcomeTTL, 3*24*time.Hour)
	or(&s.SetupTTL, 24*time.Hour)
	or(&s.CallerTTL, time.Second)
	if s.OIDCName == "" {
		s.OIDCName = "Single sign-on"
	}
	return s
}

// AccountsDeps are what Accounts work with.
type AccountsDeps struct {
	Store       retable.Store
	Keys        *auth.Ring
	Hasher      *auth.Hasher
	Policy      *auth.Policy
	Notifiers   []auth.Notifier // tried in order; notices for administrators come last by themselves
	OIDC        *auth.OIDC      // nil: no provider
	VerifyAudit func(ctx context.Context, log retable.Audit, expect *AuditHead) (AuditHead, error)
	Observe     func(action, outcome string) // counts what happens; may be nil
	Settings    AccountSettings
	Clock       retable.Clock
	Log         *slog.Logger
}

// NewAccounts returns accounts that answer. Close ends them.
func NewAccounts(d AccountsDeps) *Accounts {
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Observe == nil {
		d.Observe = func(string, string) {}
	}
	cfg := d.Settings.withDefaults()
	a := &Accounts{
		store: d.Store, keys: d.Keys, hasher: d.Hasher, policy: d.Policy, oidc: d.OIDC, notifiers: d.Notifiers,
		access: auth.NewAccessTokens(d.Keys, auth.AccessConfig{TTL: cfg.AccessTTL}), totp: auth.NewTOTP(d.Keys, ""),
		verify: d.VerifyAudit, observe: d.Observe, cfg: cfg, clock: d.Clock, log: d.Log,
		callers: newCallers(d.Clock, cfg.CallerTTL), rotations: newRotations(d.Clock), attempts: newAttempts(), errands: newErrands(),
	}
	a.toAdmins = auth.NewNoticeNotifier(d.Keys, func(ctx context.Context, n *retable.Notice) error {
		return a.store.Update(ctx, func(tx retable.Tx) error { return tx.Notices().Add(ctx, n) })
	})
	return a
}

// ReachedAt says under which address people reach the server, once it listens:
// the system may have chosen the port. Links in messages lead there.
func (a *Accounts) ReachedAt(url string) { a.reached.Store(&url) }

// PublicURL is the address in links.
func (a *Accounts) PublicURL() string {
	if url := a.reached.Load(); url != nil {
		return *url
	}
	return a.cfg.PublicURL
}

// Close waits for the messages that are on their way, as long as the context
// lets it.
func (a *Accounts) Close(ctx context.Context) error { return a.errands.close(ctx) }

// Client is where a request comes from.
type Client struct {
	Addr  string // address
	Agent string // user agent
}

type clientKey struct{}

// WithClient returns a context that carries where a request comes from, for
// those that nobody is logged in for yet.
func WithClient(ctx context.Context, c Client) context.Context {
	c.Agent = cut(c.Agent, 300)
	return context.WithValue(ctx, clientKey{}, c)
}

func clientFrom(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	if p, err := retable.PrincipalFrom(ctx); err == nil && c.Addr == "" {
		c = Client{p.Addr, p.Agent}
	}
	return c
}

// cut shortens a text to n bytes, at the beginning of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// asAdmin returns the caller if they are an administrator.
func (a *Accounts) asAdmin(ctx context.Context) (*retable.Principal, error) {
	p, err := retable.PrincipalFrom(ctx)
	switch {
	case err != nil:
		return nil, err
	case !p.IsAdmin():
		return nil, &retable.Error{Code: retable.Forbidden, Detail: "This is for administrators."}
	}
	return p, nil
}

// asPerson returns the caller if they logged in themselves: an access token may
// not change how its owner logs in, nor make more tokens.
func (a *Accounts) asPerson(ctx context.Context) (*retable.Principal, error) {
	p, err := retable.PrincipalFrom(ctx)
	switch {
	case err != nil:
		return nil, err
	case p.LoginID == "":
		return nil, &retable.Error{Code: retable.Forbidden, Reason: "log_in_required", Detail: "This needs a log-in by a person; an access token won't do."}
	}
	return p, nil
}

// update runs fn in a transaction, and again if a row changed under its hands.
func (a *Accounts) update(ctx context.Context, fn func(tx retable.Tx) error) error {
	var err error
	for range 10 {
		if err = a.store.Update(ctx, fn); !errors.Is(err, retable.ErrStale) {
			return err
		}
	}
	return err
}

// Outcomes of audited actions.
const (
	auditOK     = "ok"
	auditDenied = "denied" // not allowed
	auditFailed = "failed" // not able, as by a wrong password

	auditThrottled = "throttled" // only observed: the log says denied, and why
)

// record writes an audit entry. It comes last in its transaction: entries wait
// for each other. about is the user that the action is done to or by.
func (a *Accounts) record(ctx context.Context, tx retable.Tx, action, outcome string, about *retable.User, detail map[string]any) error {
	c := clientFrom(ctx)
	e := &retable.AuditEntry{At: a.clock.Now(), Action: action, Outcome: outcome, Addr: c.Addr, CorrelationID: retable.CorrelationFrom(ctx)}
	if p, err := retable.PrincipalFrom(ctx); err == nil {
		e.ActorID, e.Actor = p.UserID, p.Username
	} else if about != nil {
		e.ActorID, e.Actor = about.ID, about.Username
	}
	if about != nil {
		e.Target = about.ID
		if about.Username != e.Actor {
			detail = plus(detail, "username", about.Username)
		}
	}
	if len(detail) > 0 {
		raw, err := json.Marshal(detail)
		if err != nil {
			return retable.Fault(err, "writing the audit log")
		}
		e.Detail = raw
	}
	return tx.Audit().Append(ctx, e)
}

func plus(m map[string]any, key string, value any) map[string]any {
	out := map[string]any{key: value}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// refuse records a refusal in a transaction of its own and returns the reason
// for it; if it can't be recorded, that is the error.
func (a *Accounts) refuse(ctx context.Context, action, outcome string, about *retable.User, why *retable.Error, detail map[string]any) error {
	if err := a.update(ctx, func(tx retable.Tx) error {
		return a.record(ctx, tx, action, outcome, about, plus(detail, "reason", why.Reason))
	}); err != nil {
		return err
	}
	if why.Code == retable.RateLimited {
		outcome = auditThrottled
	}
	a.observe(action, outcome)
	return why
}
