package app

import (
	"context"

	"retable/internal/auth"
	"retable/internal/retable"
)

// Me is who the caller is.
type Me struct {
	ID          string          `json:"id"`
	Username    string          `json:"username"`
	Email       string          `json:"email,omitempty"`
	Role        retable.Role    `json:"role" enum:"admin,ops,user"`
	Teams       []string        `json:"teams"`
	Scopes      []retable.Scope `json:"scopes"` // of an access token; all of them for a log-in
	LoginID     string          `json:"login_id,omitempty"`
	Local       bool            `json:"local,omitempty"` // the person at this machine
	HasPassword bool            `json:"has_password"`
	TOTP        bool            `json:"totp_enabled"`
	Codes       int             `json:"recovery_codes_left"`
	CreatedAt   string          `json:"created_at,omitempty"`
	LastLoginAt string          `json:"last_login_at,omitempty"`
}

// Me tells who the caller is.
func (a *Accounts) Me(ctx context.Context, _ None) (*Me, error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, err
	}
	me := meOf(p)
	if err := a.store.View(ctx, func(tx retable.Tx) error { return readMe(ctx, tx, me) }); err != nil {
		return nil, err
	}
	return me, nil
}

// meOf is what a caller's principal tells of them.
func meOf(p *retable.Principal) *Me {
	me := &Me{ID: p.UserID, Username: p.Username, Role: p.Role, Teams: p.Teams, Scopes: p.Scopes, LoginID: p.LoginID, Local: p.Local}
	if me.Teams == nil {
		me.Teams = []string{}
	}
	if me.Scopes == nil {
		me.Scopes = allScopes()
	}
	return me
}

// readMe adds what the store knows.
func readMe(ctx context.Context, tx retable.Tx, me *Me) error {
	u, err := tx.Users().Get(ctx, me.ID)
	if retable.Is(err, retable.NotFound) && me.Local {
		return nil // the machine's person may have no account yet
	}
	if err != nil {
		return err
	}
	me.Email, me.HasPassword = u.Email, u.PasswordHash != ""
	me.CreatedAt, me.LastLoginAt = u.CreatedAt.String(), u.LastLoginAt.String()
	if me.TOTP, err = hasTOTP(ctx, tx, u.ID); err != nil || !me.TOTP {
		return err
	}
	me.Codes, err = tx.Credentials().RecoveryCodesLeft(ctx, u.ID)
	return err
}

func allScopes() []retable.Scope {
	return []retable.Scope{retable.ScopeRead, retable.ScopeWrite, retable.ScopeAsk, retable.ScopeAdmin}
}

// LoginOptions are the ways to log in here.
type LoginOptions struct {
	Password    bool   `json:"password"`
	OIDC        bool   `json:"oidc"`
	OIDCName    string `json:"oidc_name,omitempty"`    // what the button says
	SetupNeeded bool   `json:"setup_needed,omitempty"` // there is no user yet: follow the set-up link
}

// LoginOptions tells the ways to log in; nobody needs to be for that.
func (a *Accounts) LoginOptions(ctx context.Context, _ None) (*LoginOptions, error) {
	o := &LoginOptions{Password: true, OIDC: a.oidc != nil}
	if o.OIDC {
		o.OIDCName = a.cfg.OIDCName
	}
	var err error
	o.SetupNeeded, err = a.SetupNeeded(ctx)
	return o, err
}

// Logout ends the log-in that the token belongs to, also if it is spent. An
// unknown token is no log-in: that is a success too.
func (a *Accounts) Logout(ctx context.Context, req RefreshRequest) (*Success, error) {
	if !auth.LooksLikeRefresh(req.Token) {
		return done(), nil
	}
	hashes := a.keys.Hashes(auth.ForRefresh, req.Token)
	var id string
	err := a.update(ctx, func(tx retable.Tx) error {
		id = ""
		l, _, _, err := byRefresh(ctx, tx, hashes)
		switch {
		case retable.Is(err, retable.NotFound):
			return nil
		case err != nil:
			return err
		case l.RevokedAt != 0:
			return nil
		}
		id = l.ID
		return a.endLogin(ctx, tx, l, "logged out", "auth.logout")
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropLogin(id)
	return done(), nil
}

func (a *Accounts) endLogin(ctx context.Context, tx retable.Tx, l *retable.Login, reason, action string) error {
	if err := tx.Logins().Revoke(ctx, l.ID, reason, a.clock.Now()); err != nil {
		return err
	}
	u, err := tx.Users().Get(ctx, l.UserID)
	if err != nil {
		return err
	}
	return a.record(ctx, tx, action, auditOK, u, map[string]any{"login_id": l.ID})
}

// LoginSession is one of a user's log-ins.
type LoginSession struct {
	ID         string `json:"id"`
	IP         string `json:"ip"`
	UserAgent  string `json:"user_agent"`
	CreatedAt  string `json:"created_at"`
	LastUsedAt string `json:"last_used_at"`
	ExpiresAt  string `json:"expires_at"`
	Current    bool   `json:"current"` // the one that asks
}

// ListLogins gives the caller's log-ins that are still good, the newest first.
func (a *Accounts) ListLogins(ctx context.Context, req PageQuery) (*List[LoginSession], error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, err
	}
	var l retable.List[retable.Login]
	err = a.store.View(ctx, func(tx retable.Tx) (err error) {
		l, err = tx.Logins().List(ctx, p.UserID, true, req.page())
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(l, func(l *retable.Login) LoginSession {
		return LoginSession{
			ID: l.ID, IP: l.IP, UserAgent: l.UserAgent, CreatedAt: l.CreatedAt.String(), LastUsedAt: l.LastUsedAt.String(),
			ExpiresAt: l.ExpiresAt.String(), Current: l.ID == p.LoginID,
		}
	}), nil
}

// LoginRef names a log-in.
type LoginRef struct {
	ID string `json:"id"`
}

// EndLogin ends one of the caller's log-ins.
func (a *Accounts) EndLogin(ctx context.Context, req LoginRef) (*Success, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	if !retable.ValidID(req.ID) {
		return nil, retable.Missing("log-in", req.ID)
	}
	err = a.update(ctx, func(tx retable.Tx) error {
		l, err := tx.Logins().Get(ctx, req.ID)
		if err != nil {
			return err
		}
		if l.UserID != p.UserID {
			return retable.Missing("log-in", req.ID)
		}
		return a.endLogin(ctx, tx, l, "ended by the user", "auth.end_login")
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropLogin(req.ID)
	return done(), nil
}

// EndLoginsRequest says which of one's log-ins to end.
type EndLoginsRequest struct {
	KeepCurrent bool `json:"keep_current,omitempty"`
}

// EndLogins ends the caller's log-ins, all or all others.
func (a *Accounts) EndLogins(ctx context.Context, req EndLoginsRequest) (*Success, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	keep := ""
	if req.KeepCurrent {
		keep = p.LoginID
	}
	err = a.update(ctx, func(tx retable.Tx) error {
		u, err := tx.Users().Get(ctx, p.UserID)
		if err != nil {
			return err
		}
		n, err := a.revokeLogins(ctx, tx, p.UserID, keep, "ended by the user")
		if err != nil {
			return err
		}
		return a.record(ctx, tx, "auth.end_logins", auditOK, u, map[string]any{"ended": n})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(p.UserID)
	return done(), nil
}

// revokeLogins ends a user's log-ins but the one to keep ("" for all).
func (a *Accounts) revokeLogins(ctx context.Context, tx retable.Tx, userID, keep, reason string) (int64, error) {
	now := a.clock.Now()
	if keep == "" {
		return tx.Logins().RevokeAll(ctx, userID, reason, now)
	}
	var n int64
	page := retable.Page{Limit: 500}
	for {
		l, err := tx.Logins().List(ctx, userID, true, page)
		if err != nil {
			return n, err
		}
		for i := range l.Items {
			if l.Items[i].ID == keep {
				continue
			}
			if err := tx.Logins().Revoke(ctx, l.Items[i].ID, reason, now); err != nil {
				return n, err
			}
			n++
		}
		if page.Cursor = l.Next; page.Cursor == "" {
			return n, nil
		}
	}
}
