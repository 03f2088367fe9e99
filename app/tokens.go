package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// AccessToken is a personal access token without its secret.
type AccessToken struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Scopes     []retable.Scope `json:"scopes"`
	CreatedAt  string          `json:"created_at"`
	ExpiresAt  string          `json:"expires_at,omitempty"` // absent: never
	LastUsedAt string          `json:"last_used_at,omitempty"`
	Expired    bool            `json:"expired,omitempty"`
}

func (a *Accounts) tokenOf(t *retable.AccessToken) AccessToken {
	return AccessToken{
		ID: t.ID, Name: t.Name, Scopes: t.Scopes, CreatedAt: t.CreatedAt.String(), ExpiresAt: t.ExpiresAt.String(), LastUsedAt: t.LastUsedAt.String(),
		Expired: t.ExpiresAt != 0 && t.ExpiresAt <= a.clock.Now(),
	}
}

// CreateTokenRequest makes a personal access token.
type CreateTokenRequest struct {
	Name          string          `json:"name" minLength:"1" maxLength:"100"`
	Scopes        []retable.Scope `json:"scopes" minItems:"1" enum:"read,write,ask,admin"`
	ExpiresInDays int             `json:"expires_in_days,omitempty" minimum:"0" maximum:"365"` // 0: 90
	NeverExpires  bool            `json:"never_expires,omitempty"`
}

// CreatedToken is a token with its secret, which is shown this once.
type CreatedToken struct {
	AccessToken
	Token string `json:"token"`
}

// maxTokens is how many tokens a user may have.
const maxTokens = 50

// CreateToken makes a personal access token of the caller's. A token can't make
// another one.
func (a *Accounts) CreateToken(ctx context.Context, req CreateTokenRequest) (*CreatedToken, error) {
	p, err := a.asPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkToken(p, &req); err != nil {
		return nil, err
	}
	now, secret := a.clock.Now(), auth.NewAccessToken()
	t := &retable.AccessToken{
		ID: retable.NewID(), UserID: p.UserID, Name: strings.TrimSpace(req.Name), TokenHash: a.keys.Hash(auth.ForAccess, secret), Scopes: req.Scopes, CreatedAt: now,
	}
	if !req.NeverExpires {
		t.ExpiresAt = now.Add(time.Duration(req.ExpiresInDays) * 24 * time.Hour)
	}
	var u *retable.User
	err = a.update(ctx, func(tx retable.Tx) error {
		if u, err = tx.Users().Get(ctx, p.UserID); err != nil {
			return err
		}
		have, err := tx.Credentials().Tokens(ctx, p.UserID)
		if err != nil {
			return err
		}
		if n := len(slices.DeleteFunc(have, func(t retable.AccessToken) bool { return t.RevokedAt != 0 })); n >= maxTokens {
			return &retable.Error{Code: retable.Conflict, Reason: "too_many_tokens", Detail: "You have 50 access tokens already; revoke one that you don't need."}
		}
		if err := tx.Credentials().CreateToken(ctx, t); err != nil {
			return err
		}
		return a.record(ctx, tx, "token.create", auditOK, u, map[string]any{"token_id": t.ID, "name": t.Name, "scopes": t.Scopes, "expires_at": t.ExpiresAt.String()})
	})
	if err != nil {
		return nil, err
	}
	a.warn(ctx, u, "token_created", "A new access token", "An access token named "+t.Name+" was made for your account in Retable. If it wasn't you, tell an administrator.")
	return &CreatedToken{AccessToken: a.tokenOf(t), Token: secret}, nil
}

// checkToken refuses nonsense and fills in defaults.
func checkToken(p *retable.Principal, req *CreateTokenRequest) error {
	wrong := func(field, message string) error {
		return &retable.Error{Code: retable.Unprocessable, Detail: message, Fields: []retable.FieldError{{Field: field, Message: message}}}
	}
	slices.Sort(req.Scopes)
	req.Scopes = slices.Compact(req.Scopes)
	for _, s := range req.Scopes {
		if !slices.Contains(allScopes(), s) {
			return wrong("scopes", "There are the scopes read, write, ask and admin.")
		}
	}
	switch name := strings.TrimSpace(req.Name); {
	case name == "" || len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return wrong("name", "Give the token a name of 1 to 100 characters, such as what it is for.")
	case len(req.Scopes) == 0:
		return wrong("scopes", "Choose what the token is good for: read, write, ask, admin.")
	case slices.Contains(req.Scopes, retable.ScopeAdmin) && !p.IsOps():
		return &retable.Error{Code: retable.Forbidden, Detail: "Your role has no rights beyond your own things, so a token of yours can't have the scope admin."}
	case req.ExpiresInDays < 0 || req.ExpiresInDays > 365:
		return wrong("expires_in_days", "A token lasts 1 to 365 days, or never expires.")
	case req.NeverExpires && req.ExpiresInDays != 0:
		return wrong("expires_in_days", "Either the token expires after so many days or never.")
	}
	if req.ExpiresInDays == 0 {
		req.ExpiresInDays = 90
	}
	return nil
}

// ListTokens gives the caller's tokens that aren't revoked, the newest first.
func (a *Accounts) ListTokens(ctx context.Context, _ None) (*List[AccessToken], error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, err
	}
	var all []retable.AccessToken
	err = a.store.View(ctx, func(tx retable.Tx) (err error) {
		all, err = tx.Credentials().Tokens(ctx, p.UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(t retable.AccessToken) bool { return t.RevokedAt != 0 })
	return listOf(retable.List[retable.AccessToken]{Items: all, Total: int64(len(all))}, a.tokenOf), nil
}

// TokenRef names an access token.
type TokenRef struct {
	ID string `json:"id"`
}

// RevokeToken ends one of the caller's tokens. A token may end itself, no other.
func (a *Accounts) RevokeToken(ctx context.Context, req TokenRef) (*Success, error) {
	p, err := retable.PrincipalFrom(ctx)
	if err != nil {
		return nil, err
	}
	if p.TokenID == "" || p.TokenID != req.ID {
		if p, err = a.asPerson(ctx); err != nil {
			return nil, err
		}
	}
	if !retable.ValidID(req.ID) {
		return nil, retable.Missing("access token", req.ID)
	}
	err = a.update(ctx, func(tx retable.Tx) error {
		u, err := tx.Users().Get(ctx, p.UserID)
		if err != nil {
			return err
		}
		if err := tx.Credentials().RevokeToken(ctx, p.UserID, req.ID, a.clock.Now()); err != nil {
			return err
		}
		return a.record(ctx, tx, "token.revoke", auditOK, u, map[string]any{"token_id": req.ID})
	})
	if err != nil {
		return nil, err
	}
	a.callers.dropUser(p.UserID)
	return done(), nil
}

// revokeTokens ends all tokens of a user.
func (a *Accounts) revokeTokens(ctx context.Context, tx retable.Tx, userID string) error {
	tokens, err := tx.Credentials().Tokens(ctx, userID)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.RevokedAt != 0 {
			continue
		}
		if err := tx.Credentials().RevokeToken(ctx, userID, t.ID, a.clock.Now()); err != nil {
			return err
		}
	}
	return nil
}
