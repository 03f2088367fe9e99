package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// minKey is what a key for HMAC-SHA-256 must have: 256 bits.
const minKey = 32

// check finds what is right by itself but not together.
func (c *Config) check(faults *Faults) {
	wrong := func(name, problem string) {
		f := c.field(name)
		faults.add(f.Env(), f.Value(), f.Origin, problem)
	}
	c.checkPlaces(wrong)
	c.checkKeys(wrong)
	c.checkModels(wrong)
	if c.served {
		c.checkServer(wrong)
		c.checkServices(wrong)
	}
}

func (c *Config) checkPlaces(wrong func(name, problem string)) {
	p := &c.Place
	if (p.S3AccessKey == "") != (p.S3SecretKey == "") {
		wrong("s3_secret_key", "set RET_S3_ACCESS_KEY and RET_S3_SECRET_KEY together")
	}
	if c.Retention.BackupAt.On && c.Retention.BackupAt == c.Retention.CleanupAt {
		wrong("backup_at", "choose another time than that of RET_CLEANUP_AT: the backup shall come first")
	}
	if c.Jobs.Poll >= c.Jobs.Lease {
		wrong("job_poll", "it must be shorter than RET_JOB_LEASE")
	}
}

func (c *Config) checkKeys(wrong func(name, problem string)) {
	a := &c.Auth
	if a.JWTKey != "" && a.JWTKeys != "" {
		wrong("jwt_key", "set either this or RET_JWT_KEYS, not both")
		return
	}
	if own := a.JWTKey != "" || a.JWTKeys != ""; !c.Place.Postgres() && own != (a.SealKey != "") {
		wrong("seal_key", "set it together with RET_JWT_KEY, or neither: then both are made in the data root")
	}
	keys, err := a.Keys()
	if err != nil {
		wrong("jwt_keys", err.Error())
	}
	for _, k := range keys {
		if problem := keyProblem(a.JWTAlgorithm, k.Key.Reveal()); problem != "" {
			name := "jwt_keys"
			if a.JWTKey != "" {
				name = "jwt_key"
			}
			wrong(name, fmt.Sprintf("the key with the id %q %s", k.ID, problem))
		}
	}
	if a.SealKey != "" && len(a.SealKey) < minKey {
		wrong("seal_key", fmt.Sprintf("the key has %d bytes and needs 32 or more: make one with `openssl rand -base64 48`", len(a.SealKey)))
	}
}

func keyProblem(algorithm, key string) string {
	switch {
	case algorithm == "HS256" && len(key) < minKey:
		return fmt.Sprintf("has %d bytes and HS256 needs 32 or more: make one with `openssl rand -base64 48`", len(key))
	case algorithm != "HS256" && !strings.Contains(key, "PRIVATE KEY-----"):
		return "is no PEM private key, which " + algorithm + " needs"
	}
	return ""
}

// SigningKey is a key for access tokens.
type SigningKey struct {
	ID  string // kid
	Key Secret
}

// Keys returns the keys for access tokens, the one that signs first; none if
// none is set. The key of jwt_key has the id "1".
func (a *Auth) Keys() ([]SigningKey, error) {
	if a.JWTKeys == "" {
		if a.JWTKey == "" {
			return nil, nil
		}
		return []SigningKey{{"1", a.JWTKey}}, nil
	}
	var keys []SigningKey
	for _, item := range strings.Split(a.JWTKeys.Reveal(), ",") {
		id, key, ok := strings.Cut(strings.TrimSpace(item), ":")
		switch {
		case !ok || id == "" || key == "":
			return nil, errors.New("write ID:KEY,ID:KEY")
		case slices.ContainsFunc(keys, func(k SigningKey) bool { return k.ID == id }):
			return nil, fmt.Errorf("the id %q stands twice", id)
		}
		keys = append(keys, SigningKey{id, Secret(key)})
	}
	return keys, nil
}

func (c *Config) checkModels(wrong func(name, problem string)) {
	m := &c.Models
	needed := func(provider string, set bool, name string) {
		if m.Provider == provider && !set {
			wrong(name, "it is needed with RET_MODEL_PROVIDER="+provider)
		}
	}
	needed("ollama", m.Ollama != "", "ollama_url")
	needed("openai", m.OpenAIKey != "" || m.OpenAIURL != c.field("openai_url").Default, "openai_key")
	needed("azure", m.AzureEndpoint != "", "azure_endpoint")
	if m.AzureEndpoint != "" {
		if m.AzureKey == "" {
			wrong("azure_key", "it is needed with RET_AZURE_ENDPOINT")
		}
		if m.AzureChat == "" && m.AzureEmbed == "" {
			wrong("azure_deployment", "name a deployment here or in RET_AZURE_EMBED_DEPLOYMENT")
		}
	}
	if m.OpenAILocal && !m.openAIHere() {
		wrong("openai_local", "RET_OPENAI_URL is another machine, or may be one: write it like http://127.0.0.1:8080/v1")
	}
	if !m.CloudAllowed() && (m.Provider == "openai" && m.OpenAIURL == c.field("openai_url").Default || m.Provider == "azure") {
		wrong("cloud_models", "RET_MODEL_PROVIDER="+m.Provider+" is such a model: choose another provider, or allow it")
	}
}

func (c *Config) checkServer(wrong func(name, problem string)) {
	s := &c.Server
	if (s.TLSCert == "") != (s.TLSKey == "") {
		wrong("tls_cert", "set RET_TLS_CERT and RET_TLS_KEY together")
	}
	if s.TLSCert != "" && len(s.ACMEDomains) > 0 {
		wrong("acme_domains", "choose between a certificate from files (RET_TLS_CERT) and one by ACME")
	}
	if u, err := url.Parse(s.ACMEDirectory); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		wrong("acme_directory", "a certificate authority is asked over https")
	}
	if c.Jobs.Role.API() && !s.TLS() && !s.Loopback() && !s.AllowHTTP && len(s.TrustedProxies) == 0 {
		wrong("address", "plain HTTP beyond this machine is refused: set RET_TLS_CERT and RET_TLS_KEY, RET_ACME_DOMAINS, "+
			"RET_TRUSTED_PROXIES for a proxy that does TLS, or RET_ALLOW_HTTP=true if you know why")
	}
	if s.MaxStreams >= s.MaxConnections {
		wrong("max_streams", "it must be smaller than RET_MAX_CONNECTIONS")
	}
	if c.Auth.CookieSecure == "never" && (s.TLS() || !s.Loopback()) {
		wrong("cookie_secure", "never is allowed over plain HTTP on this machine only")
	}
}

func (c *Config) checkServices(wrong func(name, problem string)) {
	a, n, r := &c.Auth, &c.Notify, &c.Rates
	if c.Place.Postgres() && c.Jobs.Role.API() {
		if a.JWTKey == "" && a.JWTKeys == "" {
			wrong("jwt_key", "it is needed with PostgreSQL, since all replicas share it: make one with `openssl rand -base64 48`")
		}
		if a.SealKey == "" {
			wrong("seal_key", "it is needed with PostgreSQL, since all replicas share it: make one with `openssl rand -base64 48`")
		}
	}
	if r.Limiter == LimiterRedis && r.Redis == "" {
		wrong("redis", "it is needed with RET_LIMITER=redis")
	}
	if r.Limiter == LimiterPostgres && !c.Place.Postgres() {
		wrong("limiter", "postgres needs a PostgreSQL URL in RET_DATABASE")
	}
	if n.Notifier == "smtp" && n.SMTP == "" {
		wrong("smtp", "it is needed with RET_NOTIFIER=smtp")
	}
	if n.Notifier == "smtp" && !strings.Contains(n.MailFrom, "@") {
		wrong("mail_from", "write an address such as retable@example.org; it is needed with RET_NOTIFIER=smtp")
	}
	if n.Notifier == "webhook" && n.Webhook == "" {
		wrong("webhook", "it is needed with RET_NOTIFIER=webhook")
	}
	if (a.OIDCIssuer == "") != (a.OIDCClientID == "") {
		wrong("oidc_issuer", "set RET_OIDC_ISSUER and RET_OIDC_CLIENT_ID together")
	}
	if (a.OIDCRoleClaim == "") != (a.OIDCAdminValue == "") {
		wrong("oidc_role_claim", "set RET_OIDC_ROLE_CLAIM and RET_OIDC_ADMIN_VALUE together")
	}
}
