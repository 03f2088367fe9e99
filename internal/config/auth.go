package config

import "time"

// Auth says how people log in.
type Auth struct {
	JWTKey            Secret
	JWTKeys           Secret // kid:key,kid:key; the first signs
	JWTAlgorithm      string // HS256, RS256, EdDSA
	SealKey           Secret
	AccessTTL         time.Duration
	RefreshTTL        time.Duration
	RefreshGrace      time.Duration
	RefreshInBody     bool
	CookieSameSite    string // strict, lax
	CookieSecure      string // auto, always, never
	PasswordMin       int
	ResetTTL          time.Duration
	OIDCIssuer        string
	OIDCClientID      string
	OIDCClientSecret  Secret
	OIDCName          string
	OIDCScopes        []string
	OIDCCreateUsers   bool
	OIDCRoleClaim     string
	OIDCAdminValue    string
	OIDCAllowedEmails []string
}

func (a *Auth) fields() []Field {
	return []Field{
		{Name: "jwt_key", value: secret(&a.JWTKey), Help: "Key that signs access tokens: at least 32 bytes for HS256, else a PEM private key. Made by itself on one machine, needed on PostgreSQL."},
		{Name: "jwt_keys", value: secret(&a.JWTKeys), Help: "Several keys for a rotation, instead of jwt_key: ID:KEY,ID:KEY. The first signs, all are accepted."},
		{Name: "jwt_algorithm", value: choice(&a.JWTAlgorithm, "HS256", "RS256", "EdDSA"), Default: "HS256", Help: "How access tokens are signed."},
		{Name: "seal_key", value: secret(&a.SealKey), Help: "Key of at least 32 bytes that seals second factors and hashes refresh tokens in the database. For a rotation several, NEW,OLD: the first seals, all open. Made by itself on one machine, needed on PostgreSQL."},
		{Name: "access_ttl", value: duration(&a.AccessTTL, time.Minute, day), Default: "15m", Help: "How long an access token works."},
		{Name: "refresh_ttl", value: duration(&a.RefreshTTL, time.Hour, 365*day), Default: "7d", Help: "How long a log-in lasts without use."},
		{Name: "refresh_grace", value: duration(&a.RefreshGrace, 0, 10*time.Second), Default: "0s", Help: "Time in which a refresh token that was just used is a mistake of two tabs rather than theft."},
		{Name: "refresh_in_body", value: boolean(&a.RefreshInBody), Default: "false", Help: "Also give the refresh token in the body, for clients that are no browsers and can't keep cookies."},
		{Name: "cookie_samesite", value: choice(&a.CookieSameSite, "strict", "lax"), Default: "strict", Help: "SameSite of the refresh cookie."},
		{Name: "cookie_secure", value: choice(&a.CookieSecure, "auto", "always", "never"), Default: "auto", Help: "Secure of the refresh cookie; auto leaves it out only on plain HTTP over loopback."},
		{Name: "password_min", value: integer(&a.PasswordMin, 8, 64), Default: "12", Help: "Characters that a password must have."},
		{Name: "reset_ttl", value: duration(&a.ResetTTL, time.Minute, day), Default: "30m", Help: "How long a link to set a password works."},
		{Name: "oidc_issuer", value: link(&a.OIDCIssuer, "https", "http"), Help: "OpenID Connect provider to log in with."},
		{Name: "oidc_client_id", value: text(&a.OIDCClientID), Help: "Our id at the provider."},
		{Name: "oidc_client_secret", value: secret(&a.OIDCClientSecret), Help: "Our secret at the provider; none for a public client (PKCE is always used)."},
		{Name: "oidc_name", value: text(&a.OIDCName), Default: "Single sign-on", Help: "What the log-in button says."},
		{Name: "oidc_scopes", value: list(&a.OIDCScopes, nil), Default: "openid,profile,email", Help: "Scopes to ask for."},
		{Name: "oidc_create_users", value: boolean(&a.OIDCCreateUsers), Default: "false", Help: "Make an account at the first log-in; else an administrator makes it first."},
		{Name: "oidc_role_claim", value: text(&a.OIDCRoleClaim), Help: "Claim that holds groups or roles; without it roles are set here."},
		{Name: "oidc_admin_value", value: text(&a.OIDCAdminValue), Help: "Value of that claim that makes an administrator."},
		{Name: "oidc_allowed_emails", value: list(&a.OIDCAllowedEmails, nil), Help: "Addresses or @domains that may log in; empty allows all that the provider does."},
	}
}
