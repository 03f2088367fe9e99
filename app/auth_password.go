package app

import (
	"context"
	"errors"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// PasswordResetRequest asks for a link to set a password.
type PasswordResetRequest struct {
	Username string `json:"username" maxLength:"200"`
}

// maxResets is how many links an account gets in an hour: nobody's mailbox is
// flooded by a stranger.
const maxResets = 3

// RequestPasswordReset sends a link to the user of that name, if there is one.
// The answer is the same in either case and comes at the same time: all of it
// is done afterwards.
func (a *Accounts) RequestPasswordReset(ctx context.Context, req PasswordResetRequest) (*Success, error) {
	a.later(ctx, "auth.request_reset", func(ctx context.Context) error { return a.sendReset(ctx, req.Username) })
	return done(), nil
}

func (a *Accounts) sendReset(ctx context.Context, username string) error {
	var n *auth.Notification
	err := a.update(ctx, func(tx retable.Tx) error {
		n = nil
		u, err := userByName(ctx, tx, username)
		if err != nil {
			return err
		}
		if u == nil || !u.Active || u.Locked {
			return a.record(ctx, tx, "auth.request_reset", auditDenied, u, nil)
		}
		key := "reset " + u.ID
		asked, _, err := tx.Throttle().Failures(ctx, key)
		if err != nil {
			return err
		}
		if asked >= maxResets {
			return a.record(ctx, tx, "auth.request_reset", auditDenied, u, map[string]any{"reason": "too_many"})
		}
		if err := tx.Throttle().Fail(ctx, key, a.clock.Now(), time.Hour); err != nil {
			return err
		}
		n, err = a.resetLink(ctx, tx, u, "password_reset", a.cfg.ResetTTL)
		if err != nil {
			return err
		}
		return a.record(ctx, tx, "auth.request_reset", auditOK, u, nil)
	})
	if err != nil || n == nil {
		return err
	}
	_, err = a.deliver(ctx, n)
	return err
}

// resetLink makes a link to set a user's password; earlier ones are void. The
// secret stands behind a #, so that no server's log holds it.
func (a *Accounts) resetLink(ctx context.Context, tx retable.Tx, u *retable.User, kind string, ttl time.Duration) (*auth.Notification, error) {
	if err := tx.Credentials().DropResets(ctx, u.ID); err != nil {
		return nil, err
	}
	now, token := a.clock.Now(), auth.NewLinkToken()
	r := &retable.PasswordReset{
		ID: retable.NewID(), UserID: u.ID, TokenHash: a.keys.Hash(auth.ForReset, token), CreatedAt: now, ExpiresAt: now.Add(ttl),
	}
	if err := tx.Credentials().CreateReset(ctx, r); err != nil {
		return nil, err
	}
	n := &auth.Notification{
		Kind: kind, UserID: u.ID, Username: u.Username, Email: u.Email, Expires: r.ExpiresAt,
		Link: a.PublicURL() + "/reset#token=" + token,
	}
	switch kind {
	case "welcome":
		n.Subject = "Your account in Retable"
		n.Text = "There is an account for you in Retable, with the user name " + u.Username + ". Set your password by this link."
	case "password_reset_forced":
		n.Subject = "Set your password in Retable anew"
		n.Text = "An administrator asks you to set your password anew. Your log-ins have ended."
	default:
		n.Subject = "Set your password in Retable"
		n.Text = "Somebody asked for a link to set the password of your account. If it wasn't you, do nothing: the old password stays."
	}
	return n, nil
}

// PasswordResetConfirmation sets a password by a link.
type PasswordResetConfirmation struct {
	Token       string `json:"token" maxLength:"200"`
	NewPassword string `json:"new_password" maxLength:"1024"`
}

var errLink = &retable.Error{Code: retable.Unprocessable, Reason: "link_invalid", Detail: "The link has been used or has expired; ask for a new one."}

// ConfirmPasswordReset sets the password and ends all log-ins. The link works
// once; a password that is refused doesn't use it up.
func (a *Accounts) ConfirmPasswordReset(ctx context.Context, req PasswordResetConfirmation) (*Success, error) {
	if !auth.LooksLikeLink(req.Token) {
		return nil, errLink
	}
	if err := a.policy.Check(req.NewPassword, ""); err != nil {
		return nil, onField(err, "new_password")
	}
	if err := a.tryReset(ctx, req.Token); err != nil {
		return nil, err
	}
	hash, err := a.hasher.Hash(ctx, req.NewPassword)
	if err != nil {
		return nil, err
	}
	var u *retable.User
	err = a.update(ctx, func(tx retable.Tx) error {
		r, err := a.useReset(ctx, tx, req.Token)
		if err != nil {
			return err
		}
		if u, err = tx.Users().Get(ctx, r.UserID); err != nil {
			return err
		}
		if !u.Active || u.Locked {
			return errLink
		}
		if err := a.policy.Check(req.NewPassword, u.Username); err != nil {
			return onField(err, "new_password")
		}
		n, err := a.setPassword(ctx, tx, u, hash, "", "the password was set anew")
		if err != nil {
			return err
		}
		return a.record(ctx, tx, "auth.confirm_reset", auditOK, u, map[string]any{"ended": n})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(u.ID)
	a.warn(ctx, u, "password_changed", "Your password was changed", "The password of your account in Retable was set anew, and all log-ins have ended. If it wasn't you, tell an administrator.")
	return done(), nil
}

// errTried takes back what tryReset has tried.
var errTried = errors.New("it was only a trial")

// tryReset refuses a link that is not good, before any hash is computed for a
// stranger.
func (a *Accounts) tryReset(ctx context.Context, token string) error {
	err := a.update(ctx, func(tx retable.Tx) error {
		if _, err := a.useReset(ctx, tx, token); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

func (a *Accounts) useReset(ctx context.Context, tx retable.Tx, token string) (*retable.PasswordReset, error) {
	for _, hash := range a.keys.Hashes(auth.ForReset, token) {
		r, err := tx.Credentials().UseReset(ctx, hash, a.clock.Now())
		if !retable.Is(err, retable.NotFound) {
			return r, err
		}
	}
	return nil, errLink
}

// onField names the field of the request that an error is about.
func onField(e *retable.Error, field string) *retable.Error {
	c := *e
	c.Fields = []retable.FieldError{{Field: field, Message: e.Detail}}
	return &c
}

// setPassword gives a user a password, releases the account and ends its
// log-ins but the one to keep. Whoever waited because of failures needs no more.
func (a *Accounts) setPassword(ctx context.Context, tx retable.Tx, u *retable.User, hash, keep, reason string) (int64, error) {
	u.PasswordHash, u.MustReset, u.UpdatedAt = hash, false, a.clock.Now()
	if err := tx.Users().Update(ctx, u); err != nil {
		return 0, err
	}
	if err := tx.Credentials().DropResets(ctx, u.ID); err != nil {
		return 0, err
	}
	if err := tx.Throttle().Reset(ctx, "account "+u.ID); err != nil {
		return 0, err
	}
	return a.revokeLogins(ctx, tx, u.ID, keep, reason)
}

// ChangePasswordRequest changes one's own password.
type ChangePasswordRequest struct {
	CurrentPassword string `json:"current_password" maxLength:"1024"`
	NewPassword     string `json:"new_password" maxLength:"1024"`
}

// ChangePassword sets the caller's password and ends their other log-ins.
func (a *Accounts) ChangePassword(ctx context.Context, req ChangePasswordRequest) (*Success, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.policy.Check(req.NewPassword, p.Username); err != nil {
		return nil, onField(err, "new_password")
	}
	if req.NewPassword == req.CurrentPassword {
		return nil, onField(&retable.Error{Code: retable.Unprocessable, Reason: "same_password", Detail: "The new password is the old one; use another."}, "new_password")
	}
	if err := a.reauthenticate(ctx, p, "auth.change_password", req.CurrentPassword); err != nil {
		return nil, err
	}
	hash, err := a.hasher.Hash(ctx, req.NewPassword)
	if err != nil {
		return nil, err
	}
	var u *retable.User
	err = a.update(ctx, func(tx retable.Tx) (err error) {
		if u, err = tx.Users().Get(ctx, p.UserID); err != nil {
			return err
		}
		n, err := a.setPassword(ctx, tx, u, hash, p.LoginID, "the password was changed")
		if err != nil {
			return err
		}
		return a.record(ctx, tx, "auth.change_password", auditOK, u, map[string]any{"ended": n})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(p.UserID)
	a.warn(ctx, u, "password_changed", "Your password was changed", "The password of your account in Retable was changed, and your other log-ins have ended. If it wasn't you, tell an administrator.")
	return done(), nil
}

// recentLogin is how long a log-in counts as a fresh proof of who one is, for
// accounts without a password.
const recentLogin = 10 * time.Minute

// reauthenticate asks the caller to prove again who they are before they change
// how they log in: by the password, or by a log-in of just now.
func (a *Accounts) reauthenticate(ctx context.Context, p *retable.Principal, action, password string) error {
	t, err := a.begin(ctx, p.Username)
	if err != nil {
		return err
	}
	defer t.done()
	if t.user == nil || t.user.ID != p.UserID {
		return errEnded
	}
	if t.user.PasswordHash == "" {
		return a.recently(ctx, p)
	}
	if _, err := t.password(ctx, action, password); err != nil {
		return err
	}
	return a.update(ctx, func(tx retable.Tx) error { return t.forgive(ctx, tx) })
}

func (a *Accounts) recently(ctx context.Context, p *retable.Principal) error {
	return a.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Logins().Get(ctx, p.LoginID)
		if err != nil {
			return err
		}
		if a.clock.Now() > l.CreatedAt.Add(recentLogin) {
			return &retable.Error{Code: retable.Forbidden, Reason: "log_in_again", Detail: "Log out and in again first; for this you must have logged in within the last ten minutes."}
		}
		return nil
	})
}
