package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"retable/internal/auth"
	"retable/internal/retable"
)

// setupKey is the setting that holds the hashes of the set-up links.
const setupKey = "auth.setup"

// setupSecrets are the links that are good: each replica that starts makes one,
// and must not void those that others have printed.
type setupSecrets struct {
	Links []setupSecret `json:"links"`
}

type setupSecret struct {
	Hash      string         `json:"hash"`
	ExpiresAt retable.Millis `json:"expires_at"`
}

// maxSetupLinks are good at once; the oldest go first.
const maxSetupLinks = 16

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
// already. Links that other starts have printed stay good until one is used.
func (a *Accounts) SetupLink(ctx context.Context) (string, error) {
	token, link := auth.NewLinkToken(), ""
	err := a.update(ctx, func(tx retable.Tx) error {
		link = ""
		n, err := tx.Users().Count(ctx)
		if err != nil || n > 0 {
			return err
		}
		now := a.clock.Now()
		// Counting locks a row: of replicas that start at once each adds to what
		// the other has written.
		if err := tx.Throttle().Fail(ctx, setupKey, now, a.cfg.SetupTTL); err != nil {
			return err
		}
		all, err := setupLinks(ctx, tx)
		if err != nil {
			return err
		}
		all.add(setupSecret{a.keys.Hash(auth.ForSetup, token), now.Add(a.cfg.SetupTTL)}, now)
		value, err := json.Marshal(all)
		if err != nil {
			return retable.Fault(err, "making the set-up link")
		}
		if err := tx.Settings().Set(ctx, setupKey, value, now); err != nil {
			return err
		}
		link = a.PublicURL() + "/setup#token=" + token
		return a.record(ctx, tx, "auth.setup_link", auditOK, nil, nil)
	})
	return link, err
}

// setupLinks reads the links that were made, expired ones too.
func setupLinks(ctx context.Context, tx retable.Tx) (all setupSecrets, err error) {
	raw, err := tx.Settings().Get(ctx, setupKey)
	if retable.Is(err, retable.NotFound) {
		return all, nil
	}
	if err == nil && json.Unmarshal(raw, &all) != nil {
		err = retable.Fault(errors.New("the setting is no list of links"), "reading the set-up links")
	}
	return all, err
}

// add adds a link and leaves out those that are over.
func (s *setupSecrets) add(link setupSecret, now retable.Millis) {
	s.Links = append(slices.DeleteFunc(s.Links, func(l setupSecret) bool { return l.ExpiresAt <= now }), link)
	s.Links = s.Links[max(0, len(s.Links)-maxSetupLinks):]
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

// checkSetup refuses a link that isn't one of the present ones, and any if
// there is a user.
func (a *Accounts) checkSetup(ctx context.Context, tx retable.Tx, token string) error {
	n, err := tx.Users().Count(ctx)
	if err != nil {
		return err
	}
	all, err := setupLinks(ctx, tx)
	if err != nil {
		return err
	}
	if n > 0 {
		return errLink
	}
	for _, hash := range a.keys.Hashes(auth.ForSetup, token) {
		for _, l := range all.Links {
			if l.ExpiresAt > a.clock.Now() && auth.Same(l.Hash, hash) {
				return nil
			}
		}
	}
	return errLink
}

func ptr[T any](v T) *T { return &v }
