package app

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"retable/internal/auth"
	"retable/internal/retable"
)

// openID is a provider that knows one person at a time.
type openID struct {
	*httptest.Server
	mu     sync.Mutex
	nonce  string
	person map[string]any
}

func newOpenID(t *testing.T) *openID {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &openID{}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	answer := func(path string, body func() map[string]any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(body()); err != nil {
				t.Error(err)
			}
		})
	}
	answer("/.well-known/openid-configuration", func() map[string]any {
		return map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"EdDSA"},
		}
	})
	answer("/keys", func() map[string]any {
		return map[string]any{"keys": []any{map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "1", "use": "sig", "alg": "EdDSA", "x": base64.RawURLEncoding.EncodeToString(public)}}}
	})
	answer("/token", func() map[string]any {
		p.mu.Lock()
		defer p.mu.Unlock()
		claims := jwt.MapClaims{"iss": p.URL, "aud": "retable", "nonce": p.nonce, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
		for k, v := range p.person {
			claims[k] = v
		}
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
		token.Header["kid"] = "1"
		raw, err := token.SignedString(private)
		if err != nil {
			t.Error(err)
		}
		return map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": raw}
	})
	return p
}

// single is a bench with the provider.
func single(t *testing.T, engine string, p *openID, settings func(*AccountSettings)) *accountsBench {
	t.Helper()
	return newAccountsBench(t, engine, func(d *AccountsDeps) {
		o, err := auth.NewOIDC(auth.OIDCConfig{
			Issuer: p.URL, ClientID: "retable", RedirectURL: "https://retable.example/api/auth/oidc/callback", RoleClaim: "groups",
		}, d.Keys, auth.NewGuard(true, nil).Client(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		d.OIDC = o
		if settings != nil {
			settings(&d.Settings)
		}
	})
}

// visit goes to the provider as a person and comes back.
func (b *accountsBench) visit(ctx context.Context, p *openID, person map[string]any, req BeginOIDCRequest) (*OIDCResult, error) {
	b.t.Helper()
	begun, err := b.BeginOIDC(ctx, req)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(begun.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	p.mu.Lock()
	p.nonce, p.person = u.Query().Get("nonce"), person
	p.mu.Unlock()
	return b.FinishOIDC(b.from("192.0.2.1"), FinishOIDCRequest{State: u.Query().Get("state"), Code: "c", Sealed: begun.Sealed})
}

func person(sub, name, email string, verified bool, groups ...string) map[string]any {
	return map[string]any{"sub": sub, "preferred_username": name, "email": email, "email_verified": verified, "groups": groups}
}

func TestOpenIDLogIn(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		p := newOpenID(t)
		b := single(t, engine, p, nil)
		none := b.from("192.0.2.1")
		if o, err := b.LoginOptions(t.Context(), None{}); err != nil || !o.OIDC || o.OIDCName != "Single sign-on" {
			t.Errorf("got %+v, %v", o, err)
		}

		_, err := b.visit(none, p, person("s1", "stranger", "stranger@example.org", true), BeginOIDCRequest{})
		wantReason(t, "a stranger", err, "no_account")
		_, err = b.visit(none, p, person("s2", "anna", "anna@example.org", true), BeginOIDCRequest{})
		wantReason(t, "somebody with the name and address of an account with a password", err, "no_account")

		// An account made for somebody of the provider, by address and by name.
		if _, err := b.CreateUser(b.machine(), CreateUserRequest{Username: "carla", Email: "Carla@example.org"}); err != nil {
			t.Fatal(err)
		}
		_, err = b.visit(none, p, person("s3", "carla", "carla@evil.example", true), BeginOIDCRequest{})
		wantReason(t, "her name with another address", err, "no_account")
		_, err = b.visit(none, p, person("s3", "carla", "carla@example.org", false), BeginOIDCRequest{})
		wantReason(t, "her address, not verified", err, "no_account")
		res, err := b.visit(none, p, person("s3", "carla", "carla@example.org", true), BeginOIDCRequest{ReturnTo: "/sessions"})
		if err != nil || res.ReturnTo != "/sessions" || res.Cookie.Token == "" {
			t.Fatalf("got %+v, %v", res, err)
		}
		if p, err := b.Authenticate(t.Context(), res.AccessToken); err != nil || p.Username != "carla" {
			t.Errorf("got %+v, %v", p, err)
		}
		if _, err := b.visit(none, p, person("s3", "renamed", "new@example.org", false), BeginOIDCRequest{}); err != nil {
			t.Errorf("once tied, the subject alone counts: %v", err)
		}
		_, err = b.visit(none, p, person("s4", "carla", "carla@example.org", true), BeginOIDCRequest{})
		wantReason(t, "another account of the provider with her address", err, "no_account")

		// The owner of an account with a password ties it from within.
		anna := b.asUser("anna")
		if _, err := b.visit(anna, p, person("s2", "anna", "anna@example.org", true), BeginOIDCRequest{Link: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.visit(none, p, person("s2", "anna", "anna@example.org", true), BeginOIDCRequest{}); err != nil {
			t.Errorf("after tying: %v", err)
		}
		_, err = b.visit(anna, p, person("s3", "carla", "carla@example.org", true), BeginOIDCRequest{Link: true})
		wantReason(t, "tying what is another's", err, "identity_taken")
		if _, err := b.visit(none, p, nil, BeginOIDCRequest{Link: true}); !retable.Is(err, retable.Unauthorized) {
			t.Errorf("tying without a log-in: got %v", err)
		}
		b.clock.Move(14 * time.Minute)
		_, err = b.BeginOIDC(anna, BeginOIDCRequest{Link: true})
		wantReason(t, "tying a while after the log-in", err, "log_in_again")

		if _, err := b.LockUser(b.machine(), UserRef{b.anna.ID}); err != nil {
			t.Fatal(err)
		}
		_, err = b.visit(none, p, person("s2", "anna", "anna@example.org", true), BeginOIDCRequest{})
		wantReason(t, "a locked user", err, "account_locked")
		b.wantAudited("user.link_identity ok", "auth.login ok", "auth.login denied")
	})
}

func TestOpenIDMakesUsers(t *testing.T) {
	t.Parallel()
	p := newOpenID(t)
	b := single(t, "sqlite", p, func(s *AccountSettings) {
		s.OIDCCreateUsers, s.OIDCAdminValue, s.OIDCAllowedEmails = true, "chiefs", []string{"@Example.org", "guest@other.example"}
	})
	none := b.from("192.0.2.1")
	in := func(person map[string]any) (*retable.Principal, error) {
		res, err := b.visit(none, p, person, BeginOIDCRequest{})
		if err != nil {
			return nil, err
		}
		return b.Authenticate(t.Context(), res.AccessToken)
	}
	for name, who := range map[string]map[string]any{
		"another domain":   person("x", "x", "x@other.example", true),
		"not verified":     person("x", "x", "x@example.org", false),
		"a domain's tail":  person("x", "x", "x@evil-example.org", true),
		"no address":       {"sub": "x", "preferred_username": "x"},
		"a deeper domain":  person("x", "x", "x@example.org.evil.example", true),
		"an address's end": person("x", "x", "aguest@other.example", true),
	} {
		_, err := in(who)
		wantReason(t, name, err, "no_account")
	}
	got, err := in(person("n1", "dora", "dora@example.org", true))
	if err != nil || got.Username != "dora" || got.Role != retable.RoleUser {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got, err := in(person("n2", "no name!", "emil@example.org", true)); err != nil || got.Username != "emil@example.org" {
		t.Errorf("a name that can't be taken: got %+v, %v", got, err)
	}
	_, err = in(person("n3", "anna", "other@example.org", true))
	wantReason(t, "the name of another account", err, "name_taken")
	_, err = in(person("n4", "local", "local@example.org", true))
	wantReason(t, "a kept name", err, "no_account")

	if got, err = in(person("n1", "dora", "dora@example.org", true, "staff", "chiefs")); err != nil || got.Role != retable.RoleAdmin {
		t.Errorf("called an administrator: got %+v, %v", got, err)
	}
	if got, err = in(person("n1", "dora", "dora@example.org", true, "staff")); err != nil || got.Role != retable.RoleUser {
		t.Errorf("no longer called one: got %+v, %v", got, err)
	}
	// The last administrator stays one, whatever the provider says.
	if _, err := in(person("n1", "dora", "dora@example.org", true, "chiefs")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.DeleteUser(b.machine(), DeleteUserRequest{UserID: b.admin.ID}); err != nil {
		t.Fatal(err)
	}
	if got, err = in(person("n1", "dora", "dora@example.org", true)); err != nil || got.Role != retable.RoleAdmin {
		t.Errorf("the last administrator: got %+v, %v", got, err)
	}

	// Without a password, a fresh log-in proves who changes things.
	res, err := b.visit(none, p, person("n2", "x", "emil@example.org", true), BeginOIDCRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := WithClient(b.as(res.AccessToken), Client{Addr: "192.0.2.1"})
	if _, err := b.EnrolTOTP(ctx, PasswordProof{}); err != nil {
		t.Errorf("just after the log-in: %v", err)
	}
	b.clock.Move(11 * time.Minute)
	_, err = b.EnrolTOTP(ctx, PasswordProof{})
	wantReason(t, "a while after it", err, "log_in_again")
}

func TestOpenIDFaults(t *testing.T) {
	t.Parallel()
	p := newOpenID(t)
	b := single(t, "sqlite", p, nil)
	if _, err := b.FinishOIDC(t.Context(), FinishOIDCRequest{State: "x", Code: "y", Sealed: "z"}); reasonOf(err) != "openid_refused" {
		t.Errorf("a made-up answer: got %v", err)
	}
	if _, err := b.BeginOIDC(t.Context(), BeginOIDCRequest{ReturnTo: "https://evil.example"}); !retable.Is(err, retable.Invalid) {
		t.Errorf("returning elsewhere: got %v", err)
	}
	off := newAccountsBench(t, "sqlite")
	if _, err := off.BeginOIDC(t.Context(), BeginOIDCRequest{}); reasonOf(err) != "openid_off" {
		t.Errorf("got %v", err)
	}
	if _, err := off.FinishOIDC(t.Context(), FinishOIDCRequest{}); reasonOf(err) != "openid_off" {
		t.Errorf("got %v", err)
	}
}
