package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"time"

	"retable/internal/auth"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
	"retable/internal/store"
)

// openAccounts puts accounts together as the settings say.
func openAccounts(_ context.Context, req OpenRequest, st retable.Store) (*Accounts, error) {
	cfg := req.Config
	ring, err := openRing(cfg, req.Clock)
	if err != nil {
		return nil, err
	}
	hasher, err := auth.NewHasher(auth.HasherConfig{})
	if err != nil {
		return nil, err
	}
	guard := auth.NewGuard(cfg.Notify.AllowPrivate, cfg.Notify.AllowNetworks)
	notifiers, err := openNotifiers(cfg, guard, req.Clock)
	if err != nil {
		return nil, err
	}
	d := AccountsDeps{
		Store: st, Keys: ring, Hasher: hasher, Policy: auth.NewPolicy(cfg.Auth.PasswordMin), Notifiers: notifiers,
		VerifyAudit: verifyAudit, Observe: observeLogins(req.Metrics), Settings: accountSettings(cfg), Clock: req.Clock, Log: req.Log,
	}
	if cfg.Auth.OIDCIssuer != "" {
		d.OIDC, err = auth.NewOIDC(auth.OIDCConfig{
			Issuer: cfg.Auth.OIDCIssuer, ClientID: cfg.Auth.OIDCClientID, ClientSecret: cfg.Auth.OIDCClientSecret.Reveal(),
			RedirectURL: publicURL(cfg) + "/api/auth/oidc/callback", Scopes: cfg.Auth.OIDCScopes, RoleClaim: cfg.Auth.OIDCRoleClaim, Timeout: cfg.Notify.RequestTimeout,
		}, ring, guard.Client(cfg.Notify.RequestTimeout))
		if err != nil {
			return nil, err
		}
	}
	return NewAccounts(d), nil
}

// openRing takes the keys of the settings, or those of the data root, which
// are made there when they are missing.
func openRing(cfg *config.Config, clock retable.Clock) (*auth.Ring, error) {
	keys, err := cfg.Auth.Keys()
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 && !cfg.Place.Postgres() {
		return auth.OpenRing(filepath.Join(cfg.Place.RuntimeRoot, "keys.json"), cfg.Auth.JWTAlgorithm, clock)
	}
	if len(keys) == 0 && !cfg.Jobs.Role.API() {
		// Nobody logs in at a pure worker: it needs a ring, but no key of the team's.
		key := func() string { return rand.Text() + rand.Text() }
		return auth.NewRing("HS256", []auth.Secret{{ID: "none", Value: key()}}, key(), clock)
	}
	var signing []auth.Secret
	for _, k := range keys {
		signing = append(signing, auth.Secret{ID: k.ID, Value: k.Key.Reveal()})
	}
	return auth.NewRing(cfg.Auth.JWTAlgorithm, signing, cfg.Auth.SealKey.Reveal(), clock)
}

// openNotifiers are the ways to a person that the settings name.
func openNotifiers(cfg *config.Config, guard *auth.Guard, clock retable.Clock) ([]auth.Notifier, error) {
	switch cfg.Notify.Notifier {
	case "smtp":
		sc, err := auth.ParseSMTP(cfg.Notify.SMTP, cfg.Notify.MailFrom)
		if err != nil {
			return nil, err
		}
		n, err := auth.NewSMTP(sc, clock)
		return []auth.Notifier{n}, err
	case "webhook":
		n, err := auth.NewWebhook(cfg.Notify.Webhook, cfg.Notify.WebhookSecret.Reveal(), guard.Client(cfg.Notify.RequestTimeout), clock)
		return []auth.Notifier{n}, err
	}
	return nil, nil
}

func accountSettings(cfg *config.Config) AccountSettings {
	a := &cfg.Auth
	var remember time.Duration // the default
	if cfg.Place.Postgres() {
		remember = -1 // another replica may end a log-in, and that holds at once
	}
	return AccountSettings{
		CallerTTL: remember,
		PublicURL: publicURL(cfg), AccessTTL: a.AccessTTL, RefreshTTL: a.RefreshTTL, RefreshGrace: a.RefreshGrace, ResetTTL: a.ResetTTL,
		OIDCName: a.OIDCName, OIDCCreateUsers: a.OIDCCreateUsers, OIDCAdminValue: a.OIDCAdminValue, OIDCAllowedEmails: a.OIDCAllowedEmails,
	}
}

// publicURL is how people reach the server.
func publicURL(cfg *config.Config) string {
	if cfg.Server.PublicURL != "" {
		return cfg.Server.PublicURL
	}
	scheme := "http"
	if cfg.Server.TLS() {
		scheme = "https"
	}
	return fmt.Sprintf("%s://%s", scheme, cfg.Server.Address)
}

func verifyAudit(ctx context.Context, log retable.Audit, expect *AuditHead) (AuditHead, error) {
	var from *store.AuditHead
	if expect != nil {
		from = (*store.AuditHead)(expect)
	}
	head, err := store.VerifyAudit(ctx, log, from)
	return AuditHead(head), err
}

// observeLogins counts log-ins, by whichever door they came, and refresh tokens
// that were presented twice.
func observeLogins(m *obs.Metrics) func(action, outcome string) {
	if m == nil {
		return nil
	}
	return func(action, outcome string) {
		switch action {
		case "auth.login":
			m.Login(outcome)
		case "auth.refresh_reuse":
			m.Login("reuse")
		}
	}
}
