package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"retable/internal/retable"
)

func TestRingFromSettings(t *testing.T) {
	t.Parallel()
	raw := randomBytes(32)
	seal := strings.Repeat("s", 32)
	one := func(value string) []Secret { return []Secret{{"1", value}} }
	for name, value := range map[string]string{
		"hex": hex.EncodeToString(raw), "base64": base64.StdEncoding.EncodeToString(raw),
		"base64url": base64.RawURLEncoding.EncodeToString(raw), "with a line break": hex.EncodeToString(raw) + "\n",
	} {
		r, err := NewRing("", one(value), seal, time.Now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := r.signer(); string(got.secret) != string(raw) || got.id != "1" {
			t.Errorf("%s: the key isn't the one that was written", name)
		}
	}
	r, err := NewRing("", []Secret{{"", testKey}, {"old", strings.Repeat("o", 40)}}, seal+", "+strings.Repeat("t", 33), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	keys := r.Keys()
	if len(keys) != 4 || !keys[0].Current || keys[1].Current || keys[1].ID != "old" || !keys[2].Current || keys[3].Current || len(keys[0].ID) != 16 {
		t.Errorf("got %+v", keys)
	}
	comma := strings.Repeat("x", 30) + ",y" + strings.Repeat("z", 10)
	if r, err = NewRing("", one(testKey), comma, time.Now); err != nil || string(r.sealer().secret) != comma {
		t.Errorf("a key that contains a comma: %v", err)
	}
	for name, c := range map[string]struct {
		algorithm string
		signing   []Secret
		seal      string
	}{
		"no signing key":     {HS256, nil, seal},
		"no sealing key":     {HS256, one(testKey), ""},
		"a short key":        {HS256, one("0123456789012345678901234567890"), seal},
		"a short seal":       {HS256, one(testKey), "short"},
		"the same key twice": {HS256, []Secret{{"1", testKey}, {"1", testKey + "x"}}, seal},
		"one key, two uses":  {HS256, []Secret{{"", testKey}}, testKey},
		"an unknown kind":    {"none", one(testKey), seal},
		"no PEM":             {EdDSA, one(testKey), seal},
		"PEM of nothing":     {RS256, one(pemOf([]byte("nothing"))), seal},
	} {
		if _, err := NewRing(c.algorithm, c.signing, c.seal, time.Now); err == nil {
			t.Errorf("%s: got no error", name)
		} else if strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: the message holds the key: %v", name, err)
		}
	}
	if _, err := r.Rotate(Signing, ""); !retable.Is(err, retable.Conflict) {
		t.Errorf("keys of settings: got %v, want Conflict", err)
	}
}

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestPrivateKeys(t *testing.T) {
	t.Parallel()
	seal := strings.Repeat("s", 32)
	for _, algorithm := range []string{EdDSA, RS256} {
		k, err := generate(algorithm, 0)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewRing(algorithm, []Secret{{"k", pemOf(k.secret)}}, seal, newFakeClock().Now)
		if err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		tokens := NewAccessTokens(r, AccessConfig{})
		user, login := retable.NewID(), retable.NewID()
		token, err := tokens.Issue(user, login)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := tokens.Verify(token); err != nil || c.UserID != user || c.LoginID != login {
			t.Errorf("%s: got %+v, %v", algorithm, c, err)
		}
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed, err := generate(EdDSA, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, private := range map[string]any{"RSA of 1024 bits": weak, "a curve": curve, "Ed25519 for RS256": ed.signs} {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewRing(RS256, []Secret{{"k", pemOf(der)}}, seal, time.Now); err == nil {
			t.Errorf("%s was taken for RS256", name)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	path := filepath.Join(t.TempDir(), "deep", "keys.json")
	first, err := OpenRing(path, "", clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
	}
	second, err := OpenRing(path, "", clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if first.signer().id != second.signer().id || first.Hash(ForRefresh, "x") != second.Hash(ForRefresh, "x") {
		t.Error("a second process got other keys")
	}

	old := first.signer().id
	oldHash, sealed := first.Hash(ForRefresh, "x"), first.Seal(ForTOTP, "u", []byte("secret"))
	fresh, err := first.Rotate(Signing, EdDSA)
	if err != nil || fresh.ID == old || fresh.Algorithm != EdDSA || !fresh.Current {
		t.Fatalf("got %+v, %v", fresh, err)
	}
	if _, err := first.Rotate(Sealing, ""); err != nil {
		t.Fatal(err)
	}
	if second.signer().id != old {
		t.Error("the other process looked at the file all the time")
	}
	clock.Move(time.Second)
	if second.signer().id != fresh.ID || second.verifier(old) == nil {
		t.Error("the other process didn't hear of the rotation within a second")
	}
	if got := second.Hashes(ForRefresh, "x"); len(got) != 2 || got[1] != oldHash || got[0] != second.Hash(ForRefresh, "x") || got[0] == got[1] {
		t.Errorf("got hashes %v, want the fresh one and then %s", got, oldHash)
	}
	if got, err := second.Unseal(ForTOTP, "u", sealed); err != nil || string(got) != "secret" {
		t.Errorf("what was sealed before: got %q, %v", got, err)
	}
	if second.SealedByCurrent(sealed) || !second.SealedByCurrent(second.Seal(ForTOTP, "u", nil)) {
		t.Error("SealedByCurrent doesn't tell what should be sealed anew")
	}

	if err := first.Retire(fresh.ID); !retable.Is(err, retable.Conflict) {
		t.Errorf("retiring the key in use: got %v, want Conflict", err)
	}
	if err := first.Retire("nothing"); !retable.Is(err, retable.NotFound) {
		t.Errorf("retiring an unknown key: got %v, want NotFound", err)
	}
	if err := first.Retire(old); err != nil {
		t.Fatal(err)
	}
	for _, k := range first.Keys() {
		if k.Use == Sealing && !k.Current {
			if err := first.Retire(k.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	clock.Move(time.Second)
	if second.verifier(old) != nil || len(second.Keys()) != 2 {
		t.Errorf("retired keys are still there: %+v", second.Keys())
	}
	if _, err := second.Unseal(ForTOTP, "u", sealed); err == nil {
		t.Error("a retired key still opens")
	}
	if _, err := first.Rotate(Signing, "HS1"); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("an unknown algorithm: got %v", err)
	}
	third, err := OpenRing(path, HS256, clock.Now)
	if err != nil || third.signer().algorithm != HS256 {
		t.Errorf("another algorithm by setting: got %v, %v", third.Keys(), err)
	}
}

func TestTwoProcessesMakeOneFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			r, err := OpenRing(path, "", time.Now)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = r.signer().id
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Fatalf("got the keys %v, want one", ids)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBadKeyFiles(t *testing.T) {
	t.Parallel()
	const key = `{"alg":"HS256","secret":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=","created_at":"2026-01-01T00:00:00Z"}`
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"others can read it":    {`{"format":1,"signing":[` + key + `],"sealing":[` + key + `]}`, 0o644},
		"not JSON":              {`keys`, 0o600},
		"another format":        {`{"format":2}`, 0o600},
		"no keys":               {`{"format":1}`, 0o600},
		"a secret of nonsense":  {`{"format":1,"signing":[{"alg":"HS256","secret":"%","created_at":"2026-01-01T00:00:00Z"}]}`, 0o600},
		"a time of nonsense":    {`{"format":1,"sealing":[{"secret":"","created_at":"soon"}]}`, 0o600},
		"a short signing key":   {`{"format":1,"signing":[{"alg":"HS256","secret":"MDE=","created_at":"2026-01-01T00:00:00Z"}]}`, 0o600},
		"a short sealing key":   {`{"format":1,"sealing":[{"secret":"MDE=","created_at":"2026-01-01T00:00:00Z"}]}`, 0o600},
		"one key for both uses": {`{"format":1,"signing":[` + key + `],"sealing":[` + key + `]}`, 0o600},
	} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenRing(path, "", time.Now); err == nil {
			t.Errorf("%s: got no error", name)
		} else if strings.Contains(err.Error(), "MDEy") {
			t.Errorf("%s: the message holds the key: %v", name, err)
		}
	}
	clock := newFakeClock()
	r := fileRing(t, clock.Now)
	want := r.signer().id
	if err := os.WriteFile(r.path, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	clock.Move(2 * time.Second)
	if r.signer().id != want {
		t.Error("a file that can't be read took the keys away")
	}
	if err := os.Remove(r.path); err != nil {
		t.Fatal(err)
	}
	clock.Move(2 * time.Second)
	if r.signer().id != want {
		t.Error("a file that is gone took the keys away")
	}
	if _, err := r.Rotate(Signing, ""); err == nil {
		t.Error("a file that is gone was rotated")
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	r := testRing(t, clock.Now)
	sealed := r.Seal(ForTOTP, "anna", []byte("JBSWY3DP"))
	if strings.Contains(sealed, "JBSWY3DP") || r.Seal(ForTOTP, "anna", []byte("JBSWY3DP")) == sealed {
		t.Error("a sealed value shows what it is or repeats itself")
	}
	if got, err := r.Unseal(ForTOTP, "anna", sealed); err != nil || string(got) != "JBSWY3DP" {
		t.Errorf("got %q, %v", got, err)
	}
	id, text, _ := strings.Cut(sealed, ".")
	for name, open := range map[string]func() ([]byte, error){
		"for another purpose": func() ([]byte, error) { return r.Unseal(ForTicket, "anna", sealed) },
		"of another owner":    func() ([]byte, error) { return r.Unseal(ForTOTP, "bert", sealed) },
		"of another key":      func() ([]byte, error) { return r.Unseal(ForTOTP, "anna", "0000."+text) },
		"changed":             func() ([]byte, error) { return r.Unseal(ForTOTP, "anna", id+"."+flip(text)) },
		"short":               func() ([]byte, error) { return r.Unseal(ForTOTP, "anna", id+".AAAA") },
		"no base64":           func() ([]byte, error) { return r.Unseal(ForTOTP, "anna", id+".%%%") },
		"empty":               func() ([]byte, error) { return r.Unseal(ForTOTP, "anna", "") },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
	passing, err := sealFor(r, ForTicket, "value", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	clock.Move(time.Minute - time.Millisecond)
	if got, err := unsealFor[string](r, ForTicket, passing); err != nil || got != "value" {
		t.Errorf("before its end: got %q, %v", got, err)
	}
	clock.Move(time.Millisecond)
	if _, err := unsealFor[string](r, ForTicket, passing); err == nil {
		t.Error("at its end it is still good")
	}
	if _, err := unsealFor[string](r, ForTicket, r.Seal(ForTicket, "", []byte("no JSON"))); err == nil {
		t.Error("what isn't JSON was read")
	}
}

// flip changes one character in the middle.
func flip(s string) string {
	b := []byte(s)
	i := len(b) / 2
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

func FuzzUnseal(f *testing.F) {
	r, err := NewRing(HS256, []Secret{{"1", testKey}}, strings.Repeat("s", 32), time.Now)
	if err != nil {
		f.Fatal(err)
	}
	const good = "8a8eea2af262709f.YXVWiHlOPvZYJzAj_8vTvQXejbfwDU3O9Cg0ndVJ3iU0EOJQqf36Nes" // each worker must know it
	if got, err := r.Unseal(ForTicket, "", good); err != nil || string(got) != "x" {
		f.Fatalf("got %q, %v", got, err)
	}
	f.Add(good)
	f.Add(".")
	f.Fuzz(func(t *testing.T, sealed string) {
		if _, err := r.Unseal(ForTicket, "", sealed); err == nil && sealed != good {
			t.Errorf("%q was opened", sealed)
		}
	})
}
