package app

import (
	"context"

	"retable/internal/retable"
)

// UsernameRef names a user as people do.
type UsernameRef struct {
	Username string `json:"username"`
}

// FindUser gives the user of a name, for the command line.
func (a *Accounts) FindUser(ctx context.Context, req UsernameRef) (*User, error) {
	if _, err := a.asAdmin(ctx); err != nil {
		return nil, err
	}
	var u *retable.User
	err := a.store.View(ctx, func(tx retable.Tx) (err error) {
		u, err = userByName(ctx, tx, req.Username)
		if err == nil && u == nil {
			err = retable.Missing("user", req.Username)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return ptr(userOf(u)), nil
}

// PasswordLink is a link by which a user sets their password, once.
type PasswordLink struct {
	Username  string `json:"username"`
	Link      string `json:"link"`
	ExpiresAt string `json:"expires_at"`
}

// MakePasswordLink makes a link to set a user's password, for the person at
// this machine to pass on: nothing is sent. Earlier links are void; the present
// password stays until the link is used.
func (a *Accounts) MakePasswordLink(ctx context.Context, req UsernameRef) (*PasswordLink, error) {
	if err := a.atMachine(ctx); err != nil {
		return nil, err
	}
	var out *PasswordLink
	err := a.update(ctx, func(tx retable.Tx) error {
		u, err := userByName(ctx, tx, req.Username)
		if err != nil {
			return err
		}
		if u == nil {
			return retable.Missing("user", req.Username)
		}
		n, err := a.resetLink(ctx, tx, u, "welcome", a.cfg.WelcomeTTL)
		if err != nil {
			return err
		}
		out = &PasswordLink{u.Username, n.Link, n.Expires.String()}
		return a.record(ctx, tx, "user.password_link", auditOK, u, nil)
	})
	return out, err
}

// atMachine refuses everybody but the person at this machine: a link that is
// shown rather than sent is as good as a password.
func (a *Accounts) atMachine(ctx context.Context) error {
	p, err := a.asAdmin(ctx)
	if err == nil && !p.Local {
		err = retable.Errorf(retable.Forbidden, "Links are shown at the machine itself; others get them sent.")
	}
	return err
}
