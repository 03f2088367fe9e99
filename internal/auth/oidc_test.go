package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"retable/internal/retable"
)

// provider is an OpenID provider that says what a test wants.
type provider struct {
	*httptest.Server
	t     *testing.T
	key   *rsa.PrivateKey
	clock *fakeClock

	mu        sync.Mutex
	challenge string         // of the authorization request
	nonce     string         //
	claims    map[string]any // changes to the ID token; nil removes
	alg       jwt.SigningMethod
	signWith  any
	status    int // of the token endpoint
	used      bool
	kid       string  // of the key
	tokenKid  *string // what tokens call it instead
}

func newProvider(t *testing.T, clock *fakeClock) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, clock: clock, alg: jwt.SigningMethodRS256, signWith: key, kid: "p"}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		b64 := base64.RawURLEncoding.EncodeToString
		p.mu.Lock()
		key, kid := p.key, p.kid
		p.mu.Unlock()
		p.json(w, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("/token", p.token)
	return p
}

func (p *provider) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

// token exchanges the code, once, for whoever knows the PKCE verifier.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	user, password, basic := r.BasicAuth()
	if p.status != 0 || r.FormValue("code") != "the-code" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge || p.used ||
		!basic || user != "retable" || password != "client-secret" {
		w.WriteHeader(max(p.status, http.StatusBadRequest))
		p.json(w, map[string]any{"error": "invalid_grant"})
		return
	}
	p.used = true
	claims := jwt.MapClaims{
		"iss": p.URL, "sub": "subject-1", "aud": "retable", "nonce": p.nonce, "iat": p.clock.Now().Unix(), "exp": p.clock.Now().Add(time.Minute).Unix(),
		"preferred_username": "anna", "name": "Anna", "email": "anna@example.org", "email_verified": true, "groups": []string{"staff", "data"},
	}
	for k, v := range p.claims {
		if v == nil {
			delete(claims, k)
		} else {
			claims[k] = v
		}
	}
	t := jwt.NewWithClaims(p.alg, claims)
	t.Header["kid"] = p.kid
	if p.tokenKid != nil {
		t.Header["kid"] = *p.tokenKid
	}
	raw, err := t.SignedString(p.signWith)
	if err != nil {
		p.t.Error(err)
	}
	p.json(w, map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": raw, "expires_in": 60})
}

// visit is the browser at the provider: it reads the request and gets a code.
func (p *provider) visit(address string) (state string) {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	for key, want := range map[string]string{
		"response_type": "code", "client_id": "retable", "code_challenge_method": "S256", "redirect_uri": "https://retable.example/api/auth/oidc/callback",
	} {
		if q.Get(key) != want {
			p.t.Errorf("the request has %s=%q, want %q", key, q.Get(key), want)
		}
	}
	if !strings.Contains(q.Get("scope"), "openid") {
		p.t.Errorf("the request has the scope %q", q.Get("scope"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.challenge, p.nonce, p.used = q.Get("code_challenge"), q.Get("nonce"), false
	return q.Get("state")
}

func newTestOIDC(t *testing.T, p *provider, clock *fakeClock) *OIDC {
	t.Helper()
	o, err := NewOIDC(OIDCConfig{
		Issuer: p.URL, ClientID: "retable", ClientSecret: "client-secret", RedirectURL: "https://retable.example/api/auth/oidc/callback", RoleClaim: "groups",
		Scopes: []string{"profile", "email"},
	}, testRing(t, clock.Now), NewGuard(true, nil).Client(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOIDC(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	p := newProvider(t, clock)
	o := newTestOIDC(t, p, clock)
	begin := func(t *testing.T) (state, sealed string) {
		t.Helper()
		address, sealed, err := o.Begin(t.Context(), OIDCIntent{ReturnTo: "/sessions?x=1", LinkUserID: "u"})
		if err != nil {
			t.Fatal(err)
		}
		return p.visit(address), sealed
	}

	state, sealed := begin(t)
	got, err := o.Finish(t.Context(), sealed, state, "the-code")
	if err != nil {
		t.Fatal(err)
	}
	if got.Issuer != p.URL || got.Subject != "subject-1" || got.Username != "anna" || got.Email != "anna@example.org" || !got.EmailVerified ||
		got.ReturnTo != "/sessions?x=1" || got.LinkUserID != "u" || strings.Join(got.Roles, ",") != "staff,data" {
		t.Errorf("got %+v", got)
	}
	if _, err := o.Finish(t.Context(), sealed, state, "the-code"); reasonOf(err) != "openid_refused" {
		t.Errorf("the same answer again: got %v", err)
	}

	state, sealed = begin(t)
	_, otherSealed, err := o.Begin(t.Context(), OIDCIntent{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ sealed, state, code string }{
		"another state":                      {sealed, "forged", "the-code"},
		"no state":                           {sealed, "", "the-code"},
		"the value of another log-in":        {otherSealed, state, "the-code"},
		"no value":                           {"", state, "the-code"},
		"no code":                            {sealed, state, ""},
		"another code":                       {sealed, state, "guess"},
		"a value that was sealed for others": {o.ring.Seal(ForTicket, "", []byte("{}")), state, "the-code"},
	} {
		if got, err := o.Finish(t.Context(), c.sealed, c.state, c.code); reasonOf(err) != "openid_refused" {
			t.Errorf("%s: got %+v, %v; want it refused", name, got, err)
		}
	}
	clock.Move(OIDCTTL)
	if _, err := o.Finish(t.Context(), sealed, state, "the-code"); reasonOf(err) != "openid_refused" {
		t.Errorf("after ten minutes: got %v", err)
	}
}

func TestOIDCVerifiesTheIDToken(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	p := newProvider(t, clock)
	o := newTestOIDC(t, p, clock)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	past := clock.Now().Add(-time.Hour).Unix()
	for name, c := range map[string]struct {
		claims   map[string]any
		alg      jwt.SigningMethod
		signWith any
	}{
		"another nonce":          {claims: map[string]any{"nonce": "x"}},
		"no nonce":               {claims: map[string]any{"nonce": nil}},
		"another issuer":         {claims: map[string]any{"iss": "https://evil.example"}},
		"another audience":       {claims: map[string]any{"aud": "other"}},
		"expired":                {claims: map[string]any{"exp": past}},
		"another key":            {signWith: other},
		"alg none":               {alg: jwt.SigningMethodNone, signWith: jwt.UnsafeAllowNoneSignatureType},
		"HMAC with a secret":     {alg: jwt.SigningMethodHS256, signWith: []byte("client-secret")},
		"a wrong at_hash":        {claims: map[string]any{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
		"an e-mail of odd types": {claims: map[string]any{"email": []int{1}}},
	} {
		address, sealed, err := o.Begin(t.Context(), OIDCIntent{})
		if err != nil {
			t.Fatal(err)
		}
		state := p.visit(address)
		p.mu.Lock()
		p.claims, p.alg, p.signWith = c.claims, jwt.SigningMethod(jwt.SigningMethodRS256), p.key
		if c.alg != nil {
			p.alg = c.alg
		}
		if c.signWith != nil {
			p.signWith = c.signWith
		}
		p.mu.Unlock()
		if got, err := o.Finish(t.Context(), sealed, state, "the-code"); reasonOf(err) != "openid_refused" {
			t.Errorf("%s: got %+v, %v; want it refused", name, got, err)
		}
	}
	for _, groups := range []any{"staff", 7, []any{"staff", 7}, nil} {
		address, sealed, err := o.Begin(t.Context(), OIDCIntent{})
		if err != nil {
			t.Fatal(err)
		}
		state := p.visit(address)
		p.mu.Lock()
		p.claims, p.alg, p.signWith = map[string]any{"groups": groups}, jwt.SigningMethodRS256, p.key
		p.mu.Unlock()
		got, err := o.Finish(t.Context(), sealed, state, "the-code")
		if err != nil || len(got.Roles) > 1 {
			t.Errorf("groups %v: got %v, %v", groups, got.Roles, err)
		}
	}
}

// A provider changes its keys from time to time; nobody here is told.
func TestOIDCFollowsTheProvidersKeys(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	p := newProvider(t, clock)
	o := newTestOIDC(t, p, clock)
	login := func() error {
		t.Helper()
		address, sealed, err := o.Begin(t.Context(), OIDCIntent{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.Finish(t.Context(), sealed, p.visit(address), "the-code")
		return err
	}
	if err := login(); err != nil {
		t.Fatal(err)
	}
	fresh, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	old := p.key
	p.key, p.signWith, p.kid = fresh, fresh, "q"
	p.mu.Unlock()
	if err := login(); err != nil {
		t.Errorf("after the provider's key was changed: %v", err)
	}
	for _, kid := range []string{"p", "q", ""} {
		p.mu.Lock()
		p.signWith = old
		p.mu.Unlock()
		p.setKid(kid)
		if err := login(); reasonOf(err) != "openid_refused" {
			t.Errorf("signed by the old key, called %q: got %v", kid, err)
		}
		p.setKid("q")
	}
}

// setKid names the key in tokens; the keys' address goes on with "q".
func (p *provider) setKid(kid string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokenKid = &kid
}

// PKCE: who steals the code can't exchange it without the verifier, which
// stands sealed in the browser that began.
func TestOIDCCodesAreOfUseToTheirBrowserAlone(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	p := newProvider(t, clock)
	o := newTestOIDC(t, p, clock)
	victim, sealed, err := o.Begin(t.Context(), OIDCIntent{})
	if err != nil {
		t.Fatal(err)
	}
	thief, thiefSealed, err := o.Begin(t.Context(), OIDCIntent{})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(thief)
	if err != nil {
		t.Fatal(err)
	}
	state := p.visit(victim) // the code belongs to the victim's challenge
	if _, err := o.Finish(t.Context(), thiefSealed, parsed.Query().Get("state"), "the-code"); reasonOf(err) != "openid_refused" {
		t.Errorf("the thief's browser with the victim's code: got %v", err)
	}
	if _, err := o.Finish(t.Context(), sealed, state, "the-code"); err != nil {
		t.Errorf("the victim's own browser: %v", err)
	}
}

func TestOIDCWithoutProvider(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	p := newProvider(t, clock)
	o := newTestOIDC(t, p, clock)
	p.Close()
	_, _, err := o.Begin(t.Context(), OIDCIntent{})
	if !retable.Is(err, retable.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
	p = newProvider(t, clock)
	o = newTestOIDC(t, p, clock)
	address, sealed, err := o.Begin(t.Context(), OIDCIntent{})
	if err != nil {
		t.Fatal(err)
	}
	state := p.visit(address)
	p.Close()
	if _, err := o.Finish(t.Context(), sealed, state, "the-code"); !retable.Is(err, retable.Unavailable) {
		t.Errorf("the provider went away: got %v, want Unavailable", err)
	}
	guarded, err := NewOIDC(OIDCConfig{Issuer: p.URL, ClientID: "x", RedirectURL: p.URL}, testRing(t, clock.Now), NewGuard(false, nil).Client(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var denied *DeniedError
	if _, _, err := guarded.Begin(t.Context(), OIDCIntent{}); !errors.As(err, &denied) {
		t.Errorf("a provider at a private address: got %v, want it denied", err)
	}
}

func TestOIDCConfig(t *testing.T) {
	t.Parallel()
	good := map[string]string{"issuer": "https://id.example", "client": "x", "redirect": "https://retable.example/cb"}
	for name, change := range map[string]map[string]string{
		"no issuer": {"issuer": ""}, "an issuer that is no URL": {"issuer": "id.example"}, "no client": {"client": ""}, "no redirect": {"redirect": ""},
	} {
		c := maps.Clone(good)
		maps.Copy(c, change)
		if _, err := NewOIDC(OIDCConfig{Issuer: c["issuer"], ClientID: c["client"], RedirectURL: c["redirect"]}, testRing(t, time.Now), http.DefaultClient); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	o, err := NewOIDC(OIDCConfig{Issuer: "https://id.example", ClientID: "x", RedirectURL: "https://retable.example/cb"}, testRing(t, time.Now), http.DefaultClient)
	if err != nil || len(o.cfg.Scopes) != 3 {
		t.Errorf("got %v, %v", o, err)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "x", "/a\nb"} {
		if _, _, err := o.Begin(t.Context(), OIDCIntent{ReturnTo: to}); !retable.Is(err, retable.Invalid) {
			t.Errorf("returning to %q: got %v, want Invalid", to, err)
		}
	}
}
