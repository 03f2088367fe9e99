package auth

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzIDToken lets a provider send anything as ID token: without its
// signature nobody is logged in.
func FuzzIDToken(f *testing.F) {
	clock := newFakeClock()
	var token string
	mux := http.NewServeMux()
	p := httptest.NewServer(mux)
	f.Cleanup(p.Close)
	say := func(path string, text func() string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if _, err := w.Write([]byte(text())); err != nil {
				f.Error(err)
			}
		})
	}
	say("/.well-known/openid-configuration", func() string {
		return `{"issuer":"` + p.URL + `","authorization_endpoint":"` + p.URL + `/a","token_endpoint":"` + p.URL + `/token","jwks_uri":"` + p.URL + `/keys","id_token_signing_alg_values_supported":["RS256"]}`
	})
	say("/keys", func() string { return `{"keys":[]}` })
	say("/token", func() string { return token })
	o, err := NewOIDC(OIDCConfig{Issuer: p.URL, ClientID: "retable", RedirectURL: "https://retable.example/cb"}, testRing(f, clock.Now), NewGuard(true, nil).Client(time.Minute))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{"access_token":"a","token_type":"Bearer","id_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."}`)
	f.Add(`{"access_token":"a","id_token":"eyJhbGciOiJSUzI1NiIsImtpZCI6InAifQ.e30.AA"}`)
	f.Add(`{"access_token":"a","id_token":7}`)
	f.Add(`{"error":"invalid_grant"}`)
	f.Add("access_token=a&id_token=b")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, reply string) {
		token = reply
		address, sealed, err := o.Begin(t.Context(), OIDCIntent{})
		if err != nil {
			t.Fatal(err)
		}
		_, query, _ := strings.Cut(address, "state=")
		state, _, _ := strings.Cut(query, "&")
		if got, err := o.Finish(t.Context(), sealed, state, "code"); err == nil {
			t.Fatalf("%q logs in %+v", reply, got)
		}
	})
}

// FuzzTOTP: no code but the right ones is one, however it is written.
func FuzzTOTP(f *testing.F) {
	clock := newFakeClock()
	ring := testRing(f, clock.Now)
	totp := NewTOTP(ring, "Retable")
	e, err := totp.Enrol("u", "anna")
	if err != nil {
		f.Fatal(err)
	}
	for _, code := range []string{"", "000000", "12 34 56", " 123456", "１２３４５６", "123456\x00", "-12345", "1234567"} {
		f.Add(code, int64(0))
	}
	f.Fuzz(func(t *testing.T, code string, last int64) {
		step, right, err := totp.Check(e.Sealed, "u", code, last)
		if err != nil {
			t.Fatal(err)
		}
		digits := strings.ReplaceAll(strings.TrimSpace(code), " ", "")
		if right && (step <= last || len(digits) != 6 || strings.Trim(digits, "0123456789") != "") {
			t.Fatalf("%q is right at %d after %d", code, step, last)
		}
	})
}

// FuzzMailServer reads addresses of mail servers; an error never repeats the
// password.
func FuzzMailServer(f *testing.F) {
	f.Add("smtps://user:secretpw@mail.example:465", "a@b.example")
	f.Add("smtp://user:secretpw@[::1", "a\r\nBcc: x@y.example")
	f.Fuzz(func(t *testing.T, address, from string) {
		cfg, err := ParseSMTP(address, from)
		if err == nil {
			_, err = NewSMTP(cfg, time.Now)
		}
		if err == nil || len(cfg.Password) <= 7 {
			return
		}
		said := "the mail server is no address; write smtp://user:password@host:587 " + from + " " + cfg.Addr
		if strings.Contains(err.Error(), cfg.Password) && !strings.Contains(said, cfg.Password) {
			t.Fatalf("%q: the message repeats the password: %v", address, err)
		}
	})
}
