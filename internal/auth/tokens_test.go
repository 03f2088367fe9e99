package auth

import (
	"bytes"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"retable/internal/retable"
)

func TestTokenForms(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		refresh, link, access := NewRefreshToken(), NewLinkToken(), NewAccessToken()
		if len(refresh) != 64 || !LooksLikeRefresh(refresh) || LooksLikeLink(refresh) {
			t.Fatalf("refresh token %q", refresh)
		}
		if len(link) != 43 || !LooksLikeLink(link) || LooksLikeRefresh(link) {
			t.Fatalf("link token %q", link)
		}
		if !strings.HasPrefix(access, "ret_") || len(access) != 50 || !IsAccessToken(access) {
			t.Fatalf("access token %q", access)
		}
		for _, s := range []string{refresh, link, access} {
			if seen[s] {
				t.Fatalf("%q came twice", s)
			}
			seen[s] = true
		}
	}
	token := NewAccessToken()
	for i := 4; i < len(token); i++ {
		typo := []byte(token)
		if typo[i] == 'a' {
			typo[i] = 'b'
		} else {
			typo[i] = 'a'
		}
		if IsAccessToken(string(typo)) {
			t.Errorf("a typing error at %d went unseen", i)
		}
	}
	for _, s := range []string{"", "ret_", token[:49], token + "x", "xxx_" + token[4:], "ret_" + strings.Repeat("ä", 23)} {
		if IsAccessToken(s) || LooksLikeRefresh(s) || LooksLikeLink(s) {
			t.Errorf("%q passed", s)
		}
	}
}

func TestHashesAreApart(t *testing.T) {
	t.Parallel()
	a := testRing(t, time.Now)
	b, err := NewRing(HS256, []Secret{{"1", testKey}}, strings.Repeat("t", 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	h := a.Hash(ForRefresh, "token")
	if len(h) != 64 || h != a.Hash(ForRefresh, "token") || !Same(h, a.Hash(ForRefresh, "token")) {
		t.Errorf("got %q", h)
	}
	for name, other := range map[string]string{
		"another purpose": a.Hash(ForReset, "token"), "another token": a.Hash(ForRefresh, "tokem"), "another key": b.Hash(ForRefresh, "token"), "nothing": "",
	} {
		if Same(h, other) {
			t.Errorf("%s has the same hash", name)
		}
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	codes := NewRecoveryCodes()
	seen := map[string]bool{}
	for _, c := range codes {
		if len(c) != 27 || strings.Count(c, "-") != 3 || seen[c] {
			t.Errorf("got %q", c)
		}
		seen[c] = true
		if NormalRecoveryCode(strings.ToUpper(strings.ReplaceAll(c, "-", " "))) != NormalRecoveryCode(c) {
			t.Errorf("%q typed in another way isn't the same", c)
		}
	}
	if len(codes) != 10 {
		t.Errorf("got %d codes, want 10", len(codes))
	}
	if NormalRecoveryCode("OIL-0") != "0110" || NormalRecoveryCode(strings.Repeat("a", 101)) != "" {
		t.Error("codes aren't normalised")
	}
}

func TestTOTP(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	f := NewTOTP(testRing(t, clock.Now), "")
	user := retable.NewID()
	e, err := f.Enrol(user, "anna:b")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Retable:anna b" || u.Query().Get("issuer") != "Retable" || u.Query().Get("secret") != e.Secret {
		t.Errorf("got %s, %v", e.URL, err)
	}
	if img, err := png.Decode(bytes.NewReader(e.PNG)); err != nil || img.Bounds().Dx() != 256 {
		t.Errorf("the QR code: %v", err)
	}
	if strings.Contains(e.Sealed, e.Secret) {
		t.Error("the secret is stored in plain")
	}
	code := func(d time.Duration) string {
		c, err := totp.GenerateCode(e.Secret, clock.Now().Add(d))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	now := clock.Now().Unix() / 30
	for name, c := range map[string]struct {
		code string
		last int64
		step int64
		ok   bool
	}{
		"the present code":           {code(0), 0, now, true},
		"with a blank":               {code(0)[:3] + " " + code(0)[3:], 0, now, true},
		"that of the step before":    {code(-30 * time.Second), 0, now - 1, true},
		"that of the step after":     {code(30 * time.Second), 0, now + 1, true},
		"of two steps ago":           {code(-60 * time.Second), 0, 0, false},
		"of two steps ahead":         {code(60 * time.Second), 0, 0, false},
		"a step that was used":       {code(0), now, 0, false},
		"a step before the last one": {code(-30 * time.Second), now, 0, false},
		"empty":                      {"", 0, 0, false},
		"too long":                   {code(0) + "0", 0, 0, false},
	} {
		step, ok, err := f.Check(e.Sealed, user, c.code, c.last)
		if err != nil || ok != c.ok || step != c.step {
			t.Errorf("%s: got %t at %d, %v; want %t at %d", name, ok, step, err, c.ok, c.step)
		}
	}
	if _, ok, err := f.Check(e.Sealed, retable.NewID(), code(0), 0); ok || err == nil {
		t.Error("another user's factor was read")
	}
	if _, _, err := f.Reseal(e.Sealed, "another"); err != nil {
		t.Errorf("sealed by the present key: got %v, want it left alone", err)
	}
}

func TestResealing(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	ring := fileRing(t, clock.Now)
	f := NewTOTP(ring, "Retable")
	e, err := f.Enrol("u", "anna")
	if err != nil {
		t.Fatal(err)
	}
	old := ring.sealer().id
	if _, err := ring.Rotate(Sealing, ""); err != nil {
		t.Fatal(err)
	}
	fresh, changed, err := f.Reseal(e.Sealed, "u")
	if err != nil || !changed || fresh == e.Sealed {
		t.Fatalf("got changed %t, %v", changed, err)
	}
	if _, _, err := f.Reseal(e.Sealed, "v"); err == nil {
		t.Error("another user's factor was sealed anew")
	}
	if _, _, err := f.Reseal(strings.Replace(ring.Seal(ForTOTP, "u", []byte("!")), ring.sealer().id, old, 1), "u"); err == nil {
		t.Error("a factor of nonsense was sealed anew")
	}
	if err := ring.Retire(old); err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(e.Secret, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := f.Check(fresh, "u", code, 0); err != nil || !ok {
		t.Errorf("after the old key went: got %t, %v", ok, err)
	}
	if _, _, err := f.Check(e.Sealed, "u", code, 0); err == nil {
		t.Error("the old form still opens")
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := Backoff{Free: 3, Base: time.Second, Max: 10 * time.Second}
	for failures, want := range map[int]time.Duration{
		0: 0, 3: 0, 4: time.Second, 5: 2 * time.Second, 6: 4 * time.Second, 7: 8 * time.Second, 8: 10 * time.Second, 1000: 10 * time.Second,
	} {
		if got := b.Wait(failures, 5000, 5000); got != want {
			t.Errorf("after %d failures: got %s, want %s", failures, got, want)
		}
	}
	if got := b.Wait(7, 5000, 9000); got != 4*time.Second {
		t.Errorf("four seconds later: got %s, want 4s", got)
	}
	if got := b.Wait(7, 5000, 4000); got != 8*time.Second {
		t.Errorf("with a clock set back: got %s, want 8s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SampledFrom([]Backoff{AccountBackoff(), PairBackoff(), AddressBackoff()}).Draw(t, "backoff")
		n := rapid.IntRange(0, 1<<30).Draw(t, "failures")
		latest := retable.Millis(rapid.Int64Range(1, 1<<40).Draw(t, "latest"))
		if wait := b.Wait(n, latest, latest); wait < 0 || wait > b.Max || wait < b.Wait(max(0, n-1), latest, latest) {
			t.Fatalf("after %d failures: got %s", n, wait)
		}
		if b.Wait(n, latest, latest.Add(b.Max)) != 0 {
			t.Fatal("somebody is locked out for good")
		}
	})
}
