package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

// forge signs whatever header and claims by HMAC.
func forge(key []byte, header, claims map[string]any) string {
	part := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	text := part(header) + "." + part(claims)
	if key == nil {
		return text + "."
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	ring := testRing(t, clock.Now)
	a := NewAccessTokens(ring, AccessConfig{})
	user, login := retable.NewID(), retable.NewID()
	token, err := a.Issue(user, login)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Verify(token)
	if err != nil || c.UserID != user || c.LoginID != login || c.ID == "" || c.Expires != retable.MillisOf(clock.Now().Add(15*time.Minute)) {
		t.Fatalf("got %+v, %v", c, err)
	}
	if a.TTL() != 15*time.Minute {
		t.Errorf("got a life of %s, want 15m", a.TTL())
	}
	clock.Move(15*time.Minute + leeway - time.Second)
	if _, err := a.Verify(token); err != nil {
		t.Errorf("within the leeway: %v", err)
	}
	clock.Move(time.Second)
	if _, err := a.Verify(token); reasonOf(err) != "token_expired" {
		t.Errorf("after its end: got %v", err)
	}
}

func reasonOf(err error) string {
	var e *retable.Error
	if errors.As(err, &e) && e.Code == retable.Unauthorized {
		return e.Reason
	}
	return ""
}

func TestForgedAccessTokens(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	now := clock.Now().Unix()
	ring := testRing(t, clock.Now)
	a := NewAccessTokens(ring, AccessConfig{})
	key := []byte(testKey)
	header := func(change map[string]any) map[string]any {
		return with(map[string]any{"alg": HS256, "typ": "JWT", "kid": "1"}, change)
	}
	claims := func(change map[string]any) map[string]any {
		return with(map[string]any{
			"sub": retable.NewID(), "sid": retable.NewID(), "jti": "j", "iss": "retable", "aud": "retable",
			"iat": now, "nbf": now, "exp": now + 600,
		}, change)
	}
	if _, err := a.Verify(forge(key, header(nil), claims(nil))); err != nil {
		t.Fatalf("the forge makes no good tokens: %v", err) // or else the cases below prove nothing
	}

	ed, err := generate(EdDSA, 0)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(ed.verifies)
	if err != nil {
		t.Fatal(err)
	}
	edRing, err := NewRing(EdDSA, []Secret{{"1", pemOf(ed.secret)}}, strings.Repeat("s", 32), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewAccessTokens(edRing, AccessConfig{}).Verify(forge(public, header(nil), claims(nil))); err == nil {
		t.Error("a public key was taken for the secret of an HMAC")
	}

	good := forge(key, header(nil), claims(nil))
	parts := strings.Split(good, ".")
	for name, token := range map[string]string{
		"alg none":                        forge(nil, header(map[string]any{"alg": "none"}), claims(nil)),
		"alg None":                        forge(nil, header(map[string]any{"alg": "None"}), claims(nil)),
		"alg none with a signature":       forge(key, header(map[string]any{"alg": "none"}), claims(nil)),
		"alg HS512":                       forge(key, header(map[string]any{"alg": "HS512"}), claims(nil)),
		"alg of another kind":             forge(key, header(map[string]any{"alg": EdDSA}), claims(nil)),
		"no alg":                          forge(key, header(map[string]any{"alg": nil}), claims(nil)),
		"another key":                     forge([]byte(strings.Repeat("x", 32)), header(nil), claims(nil)),
		"an empty key":                    forge([]byte{}, header(nil), claims(nil)),
		"an unknown kid":                  forge(key, header(map[string]any{"kid": "2"}), claims(nil)),
		"no kid":                          forge(key, header(map[string]any{"kid": nil}), claims(nil)),
		"a kid that is no text":           forge(key, header(map[string]any{"kid": 1}), claims(nil)),
		"a kid that is a path":            forge(key, header(map[string]any{"kid": "../../dev/null"}), claims(nil)),
		"the signature is cut":            parts[0] + "." + parts[1] + ".",
		"no signature":                    parts[0] + "." + parts[1],
		"claims of another token":         parts[0] + "." + strings.Split(forge(key, header(nil), claims(map[string]any{"sub": "admin"})), ".")[1] + "." + parts[2],
		"a changed signature":             parts[0] + "." + parts[1] + "." + flip(parts[2]),
		"expired":                         forge(key, header(nil), claims(map[string]any{"exp": now - 6})),
		"no exp":                          forge(key, header(nil), claims(map[string]any{"exp": nil})),
		"exp that is a text":              forge(key, header(nil), claims(map[string]any{"exp": "never"})),
		"nbf in the future":               forge(key, header(nil), claims(map[string]any{"nbf": now + 60})),
		"no nbf":                          forge(key, header(nil), claims(map[string]any{"nbf": nil})),
		"iat in the future":               forge(key, header(nil), claims(map[string]any{"iat": now + 60})),
		"another issuer":                  forge(key, header(nil), claims(map[string]any{"iss": "other"})),
		"no issuer":                       forge(key, header(nil), claims(map[string]any{"iss": nil})),
		"another audience":                forge(key, header(nil), claims(map[string]any{"aud": []string{"other"}})),
		"no audience":                     forge(key, header(nil), claims(map[string]any{"aud": nil})),
		"no sub":                          forge(key, header(nil), claims(map[string]any{"sub": nil})),
		"sub that is no id":               forge(key, header(nil), claims(map[string]any{"sub": "1 OR 1=1"})),
		"no sid":                          forge(key, header(nil), claims(map[string]any{"sid": nil})),
		"sid that is no text":             forge(key, header(nil), claims(map[string]any{"sid": []int{1}})),
		"no jti":                          forge(key, header(nil), claims(map[string]any{"jti": nil})),
		"empty":                           "",
		"dots":                            "..",
		"long":                            strings.Repeat("a", 1<<20),
		"a refresh token":                 NewRefreshToken(),
		"padding":                         parts[0] + "=." + parts[1] + "." + parts[2],
		"critical headers nobody handles": forge(key, header(map[string]any{"crit": []string{"x"}, "alg": "none"}), claims(nil)),
	} {
		c, err := a.Verify(token)
		want := "token_invalid"
		if name == "expired" {
			want = "token_expired"
		}
		if reasonOf(err) != want {
			t.Errorf("%s: got %+v, %v; want it refused as %s", name, c, err, want)
		}
	}
}

// with changes a map; nil removes.
func with(m, change map[string]any) map[string]any {
	m = maps.Clone(m)
	for k, v := range change {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = v
		}
	}
	return m
}

func TestKeyRotationKeepsLogIns(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	ring := fileRing(t, clock.Now)
	a := NewAccessTokens(ring, AccessConfig{Issuer: "https://retable.example", Audience: "team", TTL: time.Hour})
	before, err := a.Issue(retable.NewID(), retable.NewID())
	if err != nil {
		t.Fatal(err)
	}
	old := ring.signer().id
	if _, err := ring.Rotate(Signing, ""); err != nil {
		t.Fatal(err)
	}
	after, err := a.Issue(retable.NewID(), retable.NewID())
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"before": before, "after": after} {
		if _, err := a.Verify(token); err != nil {
			t.Errorf("a token from %s the rotation: %v", name, err)
		}
	}
	if err := ring.Retire(old); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Verify(before); reasonOf(err) != "token_invalid" {
		t.Errorf("a token of a retired key: got %v", err)
	}
	if _, err := a.Verify(after); err != nil {
		t.Errorf("a token of the present key: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	clock := newFakeClock()
	ring, err := NewRing(HS256, []Secret{{"1", testKey}}, strings.Repeat("s", 32), clock.Now)
	if err != nil {
		f.Fatal(err)
	}
	a := NewAccessTokens(ring, AccessConfig{})
	now := clock.Now().Unix()
	good := forge([]byte(testKey), map[string]any{"alg": HS256, "kid": "1"}, map[string]any{ // each worker must know it
		"sub": "019aaaaa-0000-7000-8000-000000000001", "sid": "019aaaaa-0000-7000-8000-000000000002", "jti": "j",
		"iss": "retable", "aud": "retable", "iat": now, "nbf": now, "exp": now + 600,
	})
	if _, err := a.Verify(good); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(forge(nil, map[string]any{"alg": "none"}, map[string]any{"exp": 1}))
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := a.Verify(token); err == nil && token != good {
			t.Errorf("%q was accepted", token)
		}
	})
}
