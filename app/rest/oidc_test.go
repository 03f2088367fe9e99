package rest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"retable/app"
	"retable/internal/retable"
)

// idProvider is an OpenID provider at which bea is always logged in.
type idProvider struct {
	*httptest.Server
	mu    sync.Mutex
	codes map[string]url.Values // what each code was asked for with
}

func newIDProvider(t *testing.T) *idProvider {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &idProvider{codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	say := func(w http.ResponseWriter, status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"EdDSA"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"keys": []any{map[string]any{"kty": "OKP", "crv": "Ed25519", "kid": "1", "use": "sig", "alg": "EdDSA", "x": base64.RawURLEncoding.EncodeToString(public)}}})
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		code := retable.NewID()
		p.mu.Lock()
		p.codes[code] = q
		p.mu.Unlock()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		q, known := p.codes[r.FormValue("code")]
		delete(p.codes, r.FormValue("code"))
		p.mu.Unlock()
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !known || q.Get("code_challenge_method") != "S256" || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
			say(w, 400, map[string]any{"error": "invalid_grant"})
			return
		}
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
			"iss": p.URL, "aud": "retable", "sub": "s-bea", "nonce": q.Get("nonce"), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
			"preferred_username": "dora", "email": "dora@example.org", "email_verified": true,
		})
		token.Header["kid"] = "1"
		raw, err := token.SignedString(private)
		if err != nil {
			t.Error(err)
		}
		say(w, 200, map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": raw})
	})
	return p
}

// A browser logs in by the provider: it is sent there, comes back with a code
// and its own cookie, and has a log-in of its own then.
func TestABrowserLogsInByOpenID(t *testing.T) {
	t.Parallel()
	p := newIDProvider(t)
	// The server's own address is known only when it listens; tests call it there.
	b := start(t, "RET_OIDC_ISSUER="+p.URL, "RET_OIDC_CLIENT_ID=retable", "RET_OIDC_CLIENT_SECRET=s", "RET_PUBLIC_URL=http://retable.test", "RET_ALLOW_PRIVATE=true")
	ctx, err := b.in.AsLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.in.CreateUser(ctx, app.CreateUserRequest{Username: "dora", Email: "dora@example.org", Role: retable.RoleUser}); err != nil {
		t.Fatal(err)
	}
	// begin is a browser that goes to the provider and is on its way back.
	begin := func() (browser *http.Client, back *url.URL) {
		t.Helper()
		browser = newClient(t)
		get := func(address string) *url.URL {
			t.Helper()
			res, err := browser.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			to, err := res.Location()
			if err != nil {
				t.Fatalf("%s: %s, %v", address, res.Status, err)
			}
			return to
		}
		back = get(get(b.base + "/api/auth/oidc/start?return_to=/sessions").String())
		if back.Host != "retable.test" || back.Path != "/api/auth/oidc/callback" {
			t.Fatalf("the provider sends back to %s", back)
		}
		back.Scheme, back.Host = "http", strings.TrimPrefix(b.base, "http://")
		return browser, back
	}
	arrive := func(browser *http.Client, back *url.URL) (where string, in bool) {
		t.Helper()
		res, err := browser.Get(back.String())
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		for _, c := range res.Cookies() {
			if c.Name == refreshCookie && c.Value != "" {
				in = true
				if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode && c.SameSite != http.SameSiteLaxMode {
					t.Errorf("the cookie is %v", c)
				}
			}
		}
		return res.Header.Get("Location"), in
	}
	browser, back := begin()
	if where, in := arrive(browser, back); !in || !strings.HasSuffix(where, "/sessions") {
		t.Fatalf("sent to %q, logged in: %v", where, in)
	}
	req, err := http.NewRequest("POST", b.base+"/api/auth/refresh", nil)
	if err != nil {
		t.Fatal(err)
	}
	token := b.do(browser, req).want(200).text("access_token")
	if me := b.as("").with("Authorization", "Bearer "+token).call("GET", "/api/auth/me", nil).want(200); me.text("username") != "dora" {
		t.Errorf("logged in as %s", me.body)
	}
	if _, in := arrive(browser, back); in {
		t.Error("the same answer logged in twice")
	}

	_, stolen := begin()
	other, own := begin()
	if _, in := arrive(other, stolen); in {
		t.Error("another browser was logged in by the answer for the first (login CSRF)")
	}
	if _, in := arrive(newClient(t), own); in {
		t.Error("a browser without its cookie was logged in")
	}
	browser, back = begin()
	q := back.Query()
	q.Set("state", "forged")
	back.RawQuery = q.Encode()
	if _, in := arrive(browser, back); in {
		t.Error("a forged state was taken")
	}
	browser, back = begin()
	q = back.Query()
	q.Set("code", "guess")
	back.RawQuery = q.Encode()
	if _, in := arrive(browser, back); in {
		t.Error("a made-up code was taken")
	}
}
