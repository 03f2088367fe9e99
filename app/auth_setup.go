package app

import (
	"context"
	"encoding/json"

	"retable/internal/auth"
	"retable/internal/retable"
)

// setupKey is the setting that holds the hash of the set-up link.
const setupKey = "auth.setup"

type setupSecret struct {
	Hash      string         `json:"hash"`
	ExpiresAt retable.Millis `json:"expires_at"`
}

// SetupNeeded reports whether there is no user yet.
func (a *Accounts) SetupNeeded(ctx context.Context) (bool, error) {
	var n int64
	err := a.store.View(ctx, func(tx retable.Tx) (err error) {
		n, err = tx.Users().Count(ctx)
		return err
	})
	return n == 0, err
}

// SetupLink makes the link by which the first administrator sets up their
// account, for whoever starts the server to print: "" if there is a user
// already. An earlier link is void.
func (a *Accounts) SetupLink(ctx context.Context) (string, error) {
	token, link := auth.NewLinkToken(), ""
	err := a.update(ctx, func(tx retable.Tx) error {
		link = ""
		n, err := tx.Users().Count(ctx)
		if err != nil || n > 0 {
			return err
		}
		now := a.clock.Now()
		value, err := json.Marshal(setupSecret{a.keys.Hash(auth.ForSetup, token), now.Add(a.cfg.SetupTTL)})
		if err != nil {
			return retable.Fault(err, "making the set-up link")
		}
		if err := tx.Settings().Set(ctx, setupKey, value, now); err != nil {
			return err
		}
		link = a.cfg.PublicURL + "/setup#token=" + token
		return a.record(ctx, tx, "auth.setup_link", auditOK, nil, nil)
	})
	return link, err
}

// SetupRequest makes the first administrator.
type SetupRequest struct {
	Token    string `json:"token" maxLength:"200"`
	Username string `json:"username" maxLength:"64"`
	Password string `json:"password" maxLength:"1024"`
	Email    string `json:"email,omitempty" maxLength:"320"`
}

// CompleteSetup makes the first administrator by the set-up link. What the
// person at this machine has worked on becomes theirs.
func (a *Accounts) CompleteSetup(ctx context.Context, req SetupRequest) (*User, error) {
	if !auth.LooksLikeLink(req.Token) {
		return nil, errLink
	}
	if err := a.store.View(ctx, func(tx retable.Tx) error { return a.checkSetup(ctx, tx, req.Token) }); err != nil {
		return nil, err // before any work is done for a stranger
	}
	u, err := a.newUser(ctx, CreateUserRequest{Username: req.Username, Password: req.Password, Email: req.Email, Role: retable.RoleAdmin})
	if err != nil {
		return nil, err
	}
	err = a.update(ctx, func(tx retable.Tx) error {
		if err := a.checkSetup(ctx, tx, req.Token); err != nil {
			return err
		}
		if err := tx.Settings().Set(ctx, setupKey, json.RawMessage("null"), a.clock.Now()); err != nil {
			return err
		}
		adopted, err := a.createUser(ctx, tx, u)
		if err != nil {
			return err
		}
		return a.record(ctx, tx, "auth.setup", auditOK, u, map[string]any{"adopted": adopted})
	})
	if err != nil {
		return nil, err
	}
	return ptr(userOf(u)), nil
}

// checkSetup refuses a link that isn't the present one, and any if there is a
// user.
func (a *Accounts) checkSetup(ctx context.Context, tx retable.Tx, token string) error {
	n, err := tx.Users().Count(ctx)
	if err != nil {
		return err
	}
	raw, err := tx.Settings().Get(ctx, setupKey)
	if retable.Is(err, retable.NotFound) || n > 0 {
		return errLink
	}
	if err != nil {
		return err
	}
	var s *setupSecret
	if err := json.Unmarshal(raw, &s); err != nil {
		return retable.Fault(err, "reading the set-up link")
	}
	if s == nil || s.ExpiresAt <= a.clock.Now() {
		return errLink
	}
	for _, hash := range a.keys.Hashes(auth.ForSetup, token) {
		if auth.Same(s.Hash, hash) {
			return nil
		}
	}
	return errLink
}

func ptr[T any](v T) *T { return &v }
