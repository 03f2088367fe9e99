package app

import (
	"context"
	"errors"

	"retable/internal/auth"
	"retable/internal/retable"
)

// LoginRequest is a user name and a password; with a second factor also its
// code, or one of the recovery codes.
type LoginRequest struct {
	Username     string `json:"username" maxLength:"200"`
	Password     string `json:"password" maxLength:"1024"`
	TOTPCode     string `json:"totp_code,omitempty" maxLength:"20"`
	RecoveryCode string `json:"recovery_code,omitempty" maxLength:"100"`
}

// LoginResult is the access token. The refresh token travels by its cookie.
type LoginResult struct {
	AccessToken  string        `json:"access_token"`
	TokenType    string        `json:"token_type" enum:"bearer"`
	ExpiresIn    int           `json:"expires_in"`              // seconds
	RefreshToken string        `json:"refresh_token,omitempty"` // by a setting, for clients that keep no cookies
	Cookie       RefreshCookie `json:"-"`
}

// RefreshCookie is what the cookie of a log-in holds.
type RefreshCookie struct {
	Token  string
	MaxAge int // seconds
}

// The ways in which a log-in is refused.
var (
	errCredentials = &retable.Error{Code: retable.Unauthorized, Reason: "wrong_credentials", Detail: "The user name or the password is wrong."}
	errNeedsFactor = &retable.Error{Code: retable.Unauthorized, Reason: "totp_required", Detail: "Enter the code from your authenticator app, or a recovery code."}
	errFactor      = &retable.Error{Code: retable.Unauthorized, Reason: "totp_invalid", Detail: "The code is wrong or was used already; wait for the next one."}
	errInactive    = &retable.Error{Code: retable.Forbidden, Reason: "account_inactive", Detail: "This account is not active; ask an administrator."}
	errLocked      = &retable.Error{Code: retable.Forbidden, Reason: "account_locked", Detail: "This account is locked; ask an administrator."}
	errMustReset   = &retable.Error{Code: retable.Forbidden, Reason: "reset_required", Detail: "The password of this account must be set anew before the next log-in: ask for a link to do it."}
)

// standing returns what keeps a user from working, nil if nothing does.
func standing(u *retable.User) *retable.Error {
	switch {
	case !u.Active:
		return errInactive
	case u.Locked:
		return errLocked
	case u.MustReset:
		return errMustReset
	}
	return nil
}

// Login checks user name, password and second factor and begins a log-in.
func (a *Accounts) Login(ctx context.Context, req LoginRequest) (*LoginResult, error) {
	t, err := a.begin(ctx, req.Username)
	if err != nil {
		return nil, err
	}
	defer t.done()
	fresh, err := t.password(ctx, "auth.login", req.Password)
	if err != nil {
		return nil, err
	}
	if why := standing(t.user); why != nil {
		return nil, a.refuse(ctx, "auth.login", auditDenied, t.user, why, nil)
	}
	return t.login(ctx, req, fresh)
}

// password checks the password of the attempt's account: the same work whether
// there is one or not. It returns a fresh hash if the old one is out of date.
func (t *attempt) password(ctx context.Context, action, password string) (fresh string, err error) {
	var hash string
	if t.user != nil {
		hash = t.user.PasswordHash
	}
	if len(password) > auth.MaxPasswordBytes {
		password = "" // no account has such a one
	}
	right, upgrade, err := t.a.hasher.Verify(ctx, hash, password)
	switch {
	case retable.Is(err, retable.Busy), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		if retable.Is(err, retable.Busy) {
			t.a.observe(action, auditThrottled)
		}
		return "", err
	case err != nil:
		return "", retable.Fault(err, "checking the password")
	case !right:
		return "", t.fail(ctx, action, errCredentials)
	case upgrade:
		return t.a.hasher.Hash(ctx, password)
	}
	return "", nil
}

// login begins the log-in of an account whose password was right, if its second
// factor is too.
func (t *attempt) login(ctx context.Context, req LoginRequest, fresh string) (*LoginResult, error) {
	a := t.a
	var l *retable.Login
	var token string
	err := a.update(ctx, func(tx retable.Tx) error {
		u, err := tx.Users().Get(ctx, t.user.ID)
		if err != nil {
			return err
		}
		if u.PasswordHash != t.user.PasswordHash || standing(u) != nil { // it changed since it was checked
			return errCredentials
		}
		used, err := a.secondFactor(ctx, tx, u, req)
		if err != nil {
			return err
		}
		if fresh != "" {
			u.PasswordHash = fresh
		}
		if err := t.forgive(ctx, tx); err != nil {
			return err
		}
		if l, token, err = a.startLogin(ctx, tx, u); err != nil {
			return err
		}
		return a.record(ctx, tx, "auth.login", auditOK, u, map[string]any{"login_id": l.ID, "second_factor": used, "by": "password"})
	})
	switch {
	case errors.Is(err, errNeedsFactor): // a step on the way, no failure
		a.observe("auth.login", "second_factor")
		return nil, errNeedsFactor
	case errors.Is(err, errFactor):
		return nil, t.fail(ctx, "auth.login", errFactor)
	case errors.Is(err, errCredentials):
		return nil, t.fail(ctx, "auth.login", errCredentials)
	case err != nil:
		return nil, err
	}
	a.observe("auth.login", auditOK)
	return a.loginResult(l, token)
}

// secondFactor checks a user's second factor, if one is in force, and uses up
// its code. It returns which kind was given.
func (a *Accounts) secondFactor(ctx context.Context, tx retable.Tx, u *retable.User, req LoginRequest) (string, error) {
	secret, err := tx.Credentials().TOTP(ctx, u.ID)
	switch {
	case retable.Is(err, retable.NotFound) || err == nil && secret.ConfirmedAt == 0:
		return "none", nil
	case err != nil:
		return "", err
	case req.RecoveryCode != "":
		return "recovery", a.useRecoveryCode(ctx, tx, u.ID, req.RecoveryCode)
	case req.TOTPCode == "":
		return "", errNeedsFactor
	}
	return "totp", a.useCode(ctx, tx, secret, req.TOTPCode)
}

// startLogin writes a fresh log-in of a user.
func (a *Accounts) startLogin(ctx context.Context, tx retable.Tx, u *retable.User) (*retable.Login, string, error) {
	now, client, token := a.clock.Now(), clientFrom(ctx), auth.NewRefreshToken()
	l := &retable.Login{
		ID: retable.NewID(), UserID: u.ID, RefreshHash: a.keys.Hash(auth.ForRefresh, token), RotatedAt: now,
		IP: client.Addr, UserAgent: client.Agent, CreatedAt: now, ExpiresAt: now.Add(min(a.cfg.RefreshTTL, a.cfg.LoginTTL)), LastUsedAt: now,
	}
	u.LastLoginAt, u.UpdatedAt = now, now
	if err := tx.Users().Update(ctx, u); err != nil {
		return nil, "", err
	}
	return l, token, tx.Logins().Create(ctx, l)
}

func (a *Accounts) loginResult(l *retable.Login, token string) (*LoginResult, error) {
	access, err := a.access.Issue(l.UserID, l.ID)
	if err != nil {
		return nil, retable.Fault(err, "signing the access token")
	}
	return &LoginResult{
		AccessToken: access, TokenType: "bearer", ExpiresIn: int(a.access.TTL().Seconds()), Cookie: a.cookie(l, token),
	}, nil
}

// cookie lasts as long as the log-in.
func (a *Accounts) cookie(l *retable.Login, token string) RefreshCookie {
	return RefreshCookie{Token: token, MaxAge: int((l.ExpiresAt - a.clock.Now() + 999) / 1000)}
}
