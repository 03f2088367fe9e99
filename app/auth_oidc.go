package app

import (
	"context"
	"slices"
	"strings"

	"retable/internal/auth"
	"retable/internal/retable"
)

// BeginOIDCRequest begins a log-in by the provider.
type BeginOIDCRequest struct {
	ReturnTo string `json:"return_to,omitempty" maxLength:"2000"` // page of this server
	Link     bool   `json:"link,omitempty"`                       // tie the provider's account to the caller's
}

// OIDCBegun is where to send the browser. The sealed value travels by a cookie
// of its own, which lasts ten minutes.
type OIDCBegun struct {
	URL    string `json:"url"`
	Sealed string `json:"-"`
}

var errNoOIDC = &retable.Error{Code: retable.NotFound, Reason: "openid_off", Detail: "Logging in by a provider is not set up here."}

// BeginOIDC begins a log-in by the provider, or the tying of an account there
// to the caller's.
func (a *Accounts) BeginOIDC(ctx context.Context, req BeginOIDCRequest) (*OIDCBegun, error) {
	if a.oidc == nil {
		return nil, errNoOIDC
	}
	intent := auth.OIDCIntent{ReturnTo: req.ReturnTo}
	if req.Link {
		p, err := a.asPerson(ctx)
		if err != nil {
			return nil, err
		}
		if err := a.recently(ctx, p); err != nil {
			return nil, err
		}
		intent.LinkUserID = p.UserID
	}
	url, sealed, err := a.oidc.Begin(ctx, intent)
	if err != nil {
		return nil, err
	}
	return &OIDCBegun{url, sealed}, nil
}

// FinishOIDCRequest is the provider's answer, with the sealed value of the cookie.
type FinishOIDCRequest struct {
	State  string `json:"state"`
	Code   string `json:"code"`
	Sealed string `json:"-"`
}

// OIDCResult is a log-in, and the page to go on with.
type OIDCResult struct {
	LoginResult
	ReturnTo string `json:"return_to,omitempty"`
}

var errNoAccount = &retable.Error{Code: retable.Forbidden, Reason: "no_account", Detail: "The provider knows you, but there is no account for you here; ask an administrator."}

// FinishOIDC takes the provider's answer and begins a log-in. Which user it is:
// the one that the provider's account is tied to; else, who asked to tie it;
// else an account that an administrator made for it; else, if that is set, a
// new one. A second factor is the provider's business.
func (a *Accounts) FinishOIDC(ctx context.Context, req FinishOIDCRequest) (*OIDCResult, error) {
	if a.oidc == nil {
		return nil, errNoOIDC
	}
	who, err := a.oidc.Finish(ctx, req.Sealed, req.State, req.Code)
	if err != nil {
		a.observe("auth.login", auditFailed)
		return nil, err
	}
	if !a.mayEnter(who) {
		return nil, a.refuse(ctx, "auth.login", auditDenied, nil, errNoAccount, map[string]any{"by": "openid", "subject": who.Subject})
	}
	var l *retable.Login
	var token string
	var refused *retable.Error
	var u *retable.User
	err = a.update(ctx, func(tx retable.Tx) error {
		refused = nil
		if u, err = a.userOfOIDC(ctx, tx, who); err != nil {
			return err
		}
		if refused = standing(u); refused != nil {
			return nil //nolint:nilerr // the refusal is told when it has been written down
		}
		if err := a.roleOfOIDC(ctx, tx, u, who); err != nil {
			return err
		}
		if l, token, err = a.startLogin(ctx, tx, u); err != nil {
			return err
		}
		return a.record(ctx, tx, "auth.login", auditOK, u, map[string]any{"login_id": l.ID, "by": "openid"})
	})
	if retable.Is(err, retable.Forbidden) || retable.Is(err, retable.Conflict) {
		a.observe("auth.login", auditDenied)
	}
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, a.refuse(ctx, "auth.login", auditDenied, u, refused, map[string]any{"by": "openid"})
	}
	a.callers.dropUser(u.ID) // the role may have changed
	a.observe("auth.login", auditOK)
	res, err := a.loginResult(l, token)
	if err != nil {
		return nil, err
	}
	return &OIDCResult{*res, who.ReturnTo}, nil
}

// mayEnter tells whether the provider's account is one of those that may log in.
func (a *Accounts) mayEnter(who auth.OIDCAccount) bool {
	if len(a.cfg.OIDCAllowedEmails) == 0 {
		return true
	}
	email := strings.ToLower(who.Email)
	return who.EmailVerified && slices.ContainsFunc(a.cfg.OIDCAllowedEmails, func(allowed string) bool {
		allowed = strings.ToLower(allowed)
		return email == allowed || strings.HasPrefix(allowed, "@") && strings.HasSuffix(email, allowed)
	})
}

// userOfOIDC finds, ties or makes the user of a provider's account.
func (a *Accounts) userOfOIDC(ctx context.Context, tx retable.Tx, who auth.OIDCAccount) (*retable.User, error) {
	known, err := tx.Credentials().Identity(ctx, who.Issuer, who.Subject)
	switch {
	case err == nil && who.LinkUserID != "" && known.UserID != who.LinkUserID:
		return nil, &retable.Error{Code: retable.Conflict, Reason: "identity_taken", Detail: "That account of the provider is tied to another user here."}
	case err == nil:
		return tx.Users().Get(ctx, known.UserID)
	case !retable.Is(err, retable.NotFound):
		return nil, err
	}
	var u *retable.User
	if who.LinkUserID != "" {
		u, err = tx.Users().Get(ctx, who.LinkUserID)
	} else {
		u, err = madeFor(ctx, tx, who)
	}
	if err == nil && u == nil {
		u, err = a.newOIDCUser(ctx, tx, who)
	}
	if err != nil {
		return nil, err
	}
	if err := tx.Credentials().LinkIdentity(ctx, &retable.Identity{
		Issuer: who.Issuer, Subject: who.Subject, UserID: u.ID, Email: who.Email, CreatedAt: a.clock.Now(),
	}); err != nil {
		return nil, err
	}
	return u, a.record(ctx, tx, "user.link_identity", auditOK, u, map[string]any{"issuer": who.Issuer, "subject": who.Subject})
}

// madeFor finds an account that an administrator made for somebody of the
// provider: it has no password and isn't tied yet, it bears the name or the
// address, and the provider has verified the address that the account has. An
// account with a password is tied only by its owner, from within.
func madeFor(ctx context.Context, tx retable.Tx, who auth.OIDCAccount) (*retable.User, error) {
	if !who.EmailVerified || who.Email == "" {
		return nil, nil
	}
	for _, name := range []string{who.Email, who.Username} {
		u, err := userByName(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		if u == nil || u.PasswordHash != "" {
			continue
		}
		if !strings.EqualFold(u.Email, who.Email) && !(u.Email == "" && strings.EqualFold(u.Username, who.Email)) {
			continue
		}
		ties, err := tx.Credentials().Identities(ctx, u.ID)
		if err != nil {
			return nil, err
		}
		if len(ties) == 0 {
			return u, nil
		}
	}
	return nil, nil
}

// newOIDCUser makes an account, if that is allowed and its name is free: an
// account of that name belongs to somebody else.
func (a *Accounts) newOIDCUser(ctx context.Context, tx retable.Tx, who auth.OIDCAccount) (*retable.User, error) {
	if !a.cfg.OIDCCreateUsers {
		return nil, errNoAccount
	}
	name := who.Username
	if !usernameForm(name) {
		name = who.Email
	}
	now := a.clock.Now()
	u := &retable.User{ID: retable.NewID(), Username: name, Role: retable.RoleUser, Active: true, CreatedAt: now, UpdatedAt: now}
	if who.EmailVerified {
		u.Email = who.Email
	}
	if err := checkUser(u); err != nil {
		return nil, &retable.Error{Code: retable.Forbidden, Reason: "no_account", Err: err, Detail: "The provider gives you no name that can be used here; ask an administrator."}
	}
	if err := tx.Users().Create(ctx, u); err != nil {
		if retable.Is(err, retable.Conflict) {
			return nil, &retable.Error{
				Code: retable.Conflict, Reason: "name_taken", Err: err,
				Detail: "There is another account with your name here. If it is yours, log in to it by password and tie the two; else ask an administrator.",
			}
		}
		return nil, err
	}
	return u, a.record(ctx, tx, "user.create", auditOK, u, map[string]any{"role": u.Role, "by": "openid"})
}

// roleOfOIDC makes an administrator of whom the provider calls one, and takes
// that back when it no longer does; the last administrator stays one.
func (a *Accounts) roleOfOIDC(ctx context.Context, tx retable.Tx, u *retable.User, who auth.OIDCAccount) error {
	if a.cfg.OIDCAdminValue == "" {
		return nil
	}
	before := u.Role
	switch called := slices.Contains(who.Roles, a.cfg.OIDCAdminValue); {
	case called:
		u.Role = retable.RoleAdmin
	case u.Role == retable.RoleAdmin:
		n, err := tx.Users().CountAdmins(ctx)
		if err != nil || n <= 1 {
			return err
		}
		u.Role = retable.RoleUser
	}
	if u.Role == before {
		return nil
	}
	u.UpdatedAt = a.clock.Now()
	if err := tx.Users().Update(ctx, u); err != nil {
		return err
	}
	return a.record(ctx, tx, "user.update", auditOK, u, map[string]any{"role": u.Role, "by": "openid"})
}
