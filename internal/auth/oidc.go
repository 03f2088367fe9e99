package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"retable/internal/retable"
)

// OIDCConfig names an OpenID provider and this application's registration there.
type OIDCConfig struct {
	Issuer       string // https://accounts.example.org
	ClientID     string
	ClientSecret string
	RedirectURL  string   // of this application: .../api/auth/oidc/callback
	Scopes       []string // openid, profile and email if nil
	RoleClaim    string   // claim with groups or roles; "" reads none
	Timeout      time.Duration
}

// OIDC logs people in by an OpenID provider: authorization code with PKCE,
// state and nonce, kept by the browser in one sealed short-lived value. The
// provider is asked about itself at the first use, so the server starts
// without it. It is safe for concurrent use.
type OIDC struct {
	cfg    OIDCConfig
	ring   *Ring
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
}

// NewOIDC returns the mechanism; client is one of a Guard.
func NewOIDC(cfg OIDCConfig, ring *Ring, client *http.Client) (*OIDC, error) {
	for _, u := range []string{cfg.Issuer, cfg.RedirectURL} {
		if _, err := CheckURL(u); err != nil {
			return nil, fmt.Errorf("openid: %q: %w", u, err)
		}
	}
	if cfg.ClientID == "" {
		return nil, errors.New("openid: the client id is missing; register the application with the provider")
	}
	if cfg.Scopes == nil {
		cfg.Scopes = []string{oidc.ScopeOpenID, "profile", "email"}
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 15 * time.Second
	}
	if !slices.Contains(cfg.Scopes, oidc.ScopeOpenID) {
		cfg.Scopes = append([]string{oidc.ScopeOpenID}, cfg.Scopes...)
	}
	return &OIDC{cfg: cfg, ring: ring, client: client}, nil
}

// OIDCTTL is how long a person may take at the provider.
const OIDCTTL = 10 * time.Minute

// OIDCIntent is what a log-in by a provider is begun for.
type OIDCIntent struct {
	ReturnTo   string `json:"r,omitempty"` // path of this application
	LinkUserID string `json:"l,omitempty"` // tie the provider's account to this user
}

// oidcState is what the sealed value holds.
type oidcState struct {
	OIDCIntent
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
}

// OIDCAccount is who the provider says it is.
type OIDCAccount struct {
	OIDCIntent
	Issuer        string
	Subject       string
	Username      string // preferred_username, may be empty
	Name          string
	Email         string
	EmailVerified bool
	Roles         []string // of the configured claim
}

// Begin returns the provider's address to send the browser to, and the value
// that the browser brings back with the answer.
func (o *OIDC) Begin(ctx context.Context, intent OIDCIntent) (address, sealed string, err error) {
	if intent.ReturnTo != "" && !LocalPath(intent.ReturnTo) {
		return "", "", retable.Errorf(retable.Invalid, "The page to return to must be a path of this server.")
	}
	provider, err := o.discover(ctx)
	if err != nil {
		return "", "", err
	}
	s := oidcState{intent, NewLinkToken(), NewLinkToken(), oauth2.GenerateVerifier()}
	if sealed, err = sealFor(o.ring, ForOIDC, s, OIDCTTL); err != nil {
		return "", "", err
	}
	address = o.oauth(provider).AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier))
	return address, sealed, nil
}

// LocalPath tells whether a text is a path of this server and leads nowhere else.
func LocalPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && strings.HasPrefix(s, "/") &&
		!strings.HasPrefix(s, "//") && !strings.ContainsAny(s, "\\\r\n\t")
}

// Finish takes the provider's answer and returns who it is. The error is
// Unauthorized if anything doesn't fit, Unavailable if the provider can't be
// reached.
func (o *OIDC) Finish(ctx context.Context, sealed, state, code string) (OIDCAccount, error) {
	s, err := unsealFor[oidcState](o.ring, ForOIDC, sealed)
	if err != nil {
		return OIDCAccount{}, refusedOIDC("The log-in took too long or was begun in another browser; begin again.", err)
	}
	if subtle.ConstantTimeCompare([]byte(s.State), []byte(state)) != 1 {
		return OIDCAccount{}, refusedOIDC("The answer doesn't belong to this log-in; begin again.", errors.New("another state"))
	}
	if code == "" {
		return OIDCAccount{}, refusedOIDC("The provider did not log you in; begin again.", errors.New("no code"))
	}
	provider, err := o.discover(ctx)
	if err != nil {
		return OIDCAccount{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, o.client), o.cfg.Timeout)
	defer cancel()
	token, err := o.oauth(provider).Exchange(ctx, code, oauth2.VerifierOption(s.Verifier))
	if err != nil {
		var answered *oauth2.RetrieveError
		if errors.As(err, &answered) {
			return OIDCAccount{}, refusedOIDC("The provider did not accept the log-in; begin again.", err)
		}
		return OIDCAccount{}, unreachableOIDC(err)
	}
	raw, _ := token.Extra("id_token").(string)
	return o.account(ctx, provider, s, raw, token.AccessToken)
}

// account verifies the ID token and reads it.
func (o *OIDC) account(ctx context.Context, provider *oidc.Provider, s oidcState, raw, accessToken string) (OIDCAccount, error) {
	const detail = "The provider's answer can't be verified; begin again."
	id, err := provider.Verifier(&oidc.Config{
		ClientID: o.cfg.ClientID, Now: o.ring.clock,
		SupportedSigningAlgs: []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA},
	}).Verify(ctx, raw)
	if err != nil {
		return OIDCAccount{}, refusedOIDC(detail, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(s.Nonce)) != 1 {
		return OIDCAccount{}, refusedOIDC(detail, errors.New("another nonce"))
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(accessToken); err != nil {
			return OIDCAccount{}, refusedOIDC(detail, err)
		}
	}
	var claims struct {
		Username      string `json:"preferred_username"`
		Name          string `json:"name"`
		Email         string `json:"email"`
		EmailVerified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return OIDCAccount{}, refusedOIDC(detail, err)
	}
	roles, err := o.roles(id)
	if err != nil {
		return OIDCAccount{}, refusedOIDC(detail, err)
	}
	return OIDCAccount{
		OIDCIntent: s.OIDCIntent, Issuer: id.Issuer, Subject: id.Subject,
		Username: claims.Username, Name: claims.Name, Email: claims.Email, EmailVerified: claims.EmailVerified, Roles: roles,
	}, nil
}

// roles reads the configured claim: a text or a list of texts.
func (o *OIDC) roles(id *oidc.IDToken) ([]string, error) {
	if o.cfg.RoleClaim == "" {
		return nil, nil
	}
	var all map[string]any
	if err := id.Claims(&all); err != nil {
		return nil, err
	}
	switch v := all[o.cfg.RoleClaim].(type) {
	case string:
		return []string{v}, nil
	case []any:
		var roles []string
		for _, x := range v {
			if s, ok := x.(string); ok {
				roles = append(roles, s)
			}
		}
		return roles, nil
	}
	return nil, nil
}

// discover asks the provider about itself, once; after a failure again.
func (o *OIDC) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, o.client), o.cfg.Timeout)
	defer cancel()
	p, err := oidc.NewProvider(ctx, o.cfg.Issuer)
	if err != nil {
		return nil, unreachableOIDC(err)
	}
	o.provider = p
	return p, nil
}

func (o *OIDC) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.cfg.ClientID, ClientSecret: o.cfg.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: o.cfg.RedirectURL,
		Scopes: o.cfg.Scopes,
	}
}

func refusedOIDC(detail string, cause error) error {
	return &retable.Error{Code: retable.Unauthorized, Reason: "openid_refused", Detail: detail, Err: cause}
}

func unreachableOIDC(cause error) error {
	return &retable.Error{
		Code: retable.Unavailable, Reason: "openid_unreachable", RetryAfter: 10 * time.Second, Err: cause,
		Detail: "The provider can't be reached at the moment; try again, or log in by password.",
	}
}
