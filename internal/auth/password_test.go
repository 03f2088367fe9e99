package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"retable/internal/retable"
)

func TestHash(t *testing.T) {
	t.Parallel()
	h, err := NewHasher(HasherConfig{})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %s, want Argon2id of 19 MiB, t=2, p=1", hash)
	}
	again, err := h.Hash(t.Context(), "correct horse battery")
	if err != nil || again == hash {
		t.Errorf("two hashes of one password are the same: no salt (%v)", err)
	}
	for password, want := range map[string]bool{"correct horse battery": true, "Correct horse battery": false, "": false, "correct horse battery ": false} {
		right, upgrade, err := h.Verify(t.Context(), hash, password)
		if err != nil || right != want || upgrade {
			t.Errorf("Verify(%q): got %t, upgrade %t, %v; want %t", password, right, upgrade, err, want)
		}
	}
}

// The reference implementation's own vector: argon2 -id -t 2 -m 16 -p 1 of
// "password" with salt "somesalt".
func TestForeignHashes(t *testing.T) {
	t.Parallel()
	h := cheap(t, HasherConfig{})
	old, err := bcrypt.GenerateFromPassword([]byte("imported password"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		hash, password string
		right, upgrade bool
	}{
		"argon2's own vector":  {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", true, true},
		"bcrypt":               {string(old), "imported password", true, true},
		"bcrypt, wrong":        {string(old), "another password", false, true},
		"bcrypt as PHP has it": {"$2y$" + string(old[4:]), "imported password", true, true},
	} {
		right, upgrade, err := h.Verify(t.Context(), c.hash, c.password)
		if err != nil || right != c.right || upgrade != c.upgrade {
			t.Errorf("%s: got %t, upgrade %t, %v; want %t, %t", name, right, upgrade, err, c.right, c.upgrade)
		}
	}
	for name, hash := range map[string]string{
		"plain text":            "secret",
		"argon2i":               "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"an old version":        "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"a cost of gigabytes":   "$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"no passes":             "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"a tail behind costs":   "$argon2id$v=19$m=64,t=1,p=1x$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
		"an empty hash":         "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
		"a short salt":          "$argon2id$v=19$m=64,t=1,p=1$c29t$AAAAAAAAAAAAAAAAAAAAAA",
		"bcrypt of cost 31":     "$2a$31$" + string(old[7:]),
		"bcrypt that is cut":    "$2a$04$abc",
		"bcrypt of a new kind":  "$2z$04$" + string(old[7:]),
		"something else in PHC": "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
	} {
		if right, _, err := h.Verify(t.Context(), hash, "secret"); right || err == nil {
			t.Errorf("%s: got %t, %v; want an error", name, right, err)
		}
	}
	if _, err := NewHasher(HasherConfig{Cost: Cost{MemoryKiB: 1, Passes: 1, Lanes: 1}}); err == nil {
		t.Error("a hasher without memory was made")
	}
}

// Not the time is compared, which a loaded machine makes noise of, but the
// work: one hash of the same cost, whether the account exists or not.
func TestUnknownUsersTakeTheSameWork(t *testing.T) {
	t.Parallel()
	h := cheap(t, HasherConfig{})
	known, err := h.Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	for name, hash := range map[string]string{"a known account": known, "an unknown account": ""} {
		before := h.Work()
		if right, _, err := h.Verify(t.Context(), hash, "a wrong password"); err != nil || right {
			t.Errorf("%s: got %t, %v", name, right, err)
		}
		if done := h.Work() - before; done != 1 {
			t.Errorf("%s: got %d hashes computed, want 1", name, done)
		}
	}
	nobody, err := parsePHC(h.nobody)
	if err != nil || nobody.cost != h.cost || len(nobody.hash) != hashBytes {
		t.Errorf("nobody's hash has the cost %+v, %v; want %+v", nobody.cost, err, h.cost)
	}
	if right, _, err := h.Verify(t.Context(), "", ""); err != nil || right {
		t.Errorf("an empty password opens nobody's account: %t, %v", right, err)
	}
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	h := cheap(t, HasherConfig{Parallel: 1, Queue: 1, Wait: time.Hour})
	leave, err := h.enter(t.Context()) // somebody hashes
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() {
		_, err := h.Hash(ctx, "x")
		second <- err
	}()
	for h.Waiting() == 0 { // until the second is in the queue
		time.Sleep(time.Millisecond)
	}
	_, _, err = h.Verify(t.Context(), "", "x")
	var busy *retable.Error
	if !errors.As(err, &busy) || busy.Code != retable.Busy || busy.RetryAfter <= 0 {
		t.Errorf("the third: got %v, want Busy with RetryAfter", err)
	}
	if h.Refused() != 1 {
		t.Errorf("got %d refused, want 1", h.Refused())
	}
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the second gave up: got %v, want its context's error", err)
	}
	leave()
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("afterwards: %v", err)
	}

	h = cheap(t, HasherConfig{Parallel: 1, Queue: 1, Wait: time.Millisecond})
	if _, err := h.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Hash(t.Context(), "x"); !retable.Is(err, retable.Busy) {
		t.Errorf("patience ends: got %v, want Busy", err)
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	p := NewPolicy(0)
	for _, good := range []string{
		"correct horse battery staple", "ich mag lila Kekse sehr", "aaaaaaaabbbbccdeZZ", "пароль который длинный", "𝕡𝕒𝕤𝕤𝕨𝕠𝕣𝕕-ok!",
		strings.Repeat("long enough ", 20), "dragon 7391046528 x", "no upper no digits",
	} {
		if err := p.Check(good, "anna"); err != nil {
			t.Errorf("%q was refused: %v", good, err)
		}
	}
	for name, bad := range map[string]string{
		"short":                        "Xk3!9zQ",
		"eleven characters":            "gfRt5 kwLp1",
		"short in characters":          "ééééééééééé",
		"not text":                     "\xff\xfe\xfd0123456789",
		"too long":                     strings.Repeat("word ", 300),
		"common":                       "1qaz2wsx3edc",
		"common in capitals":           "PROFESSIONAL",
		"common with digits":           "password12345",
		"common with digits and signs": "!!Sunshine2024",
		"common, repeated":             "dragondragondragon",
		"repeated with digits":         "monkeymonkey99",
		"one character":                "aaaaaaaaaaaaaa",
		"two characters":               "abababababababab",
		"the alphabet":                 "cdefghijklmnop",
		"backwards":                    "ponmlkjihgfedc",
		"digits in a row":              "3456789012345",
		"a row of the keyboard":        "ertyuiopasdf",
		"the user name":                "Annabella.Schmidt",
		"the user name with digits":    "annabella.schmidt2024",
	} {
		err := p.Check(bad, "annabella.schmidt")
		if err == nil || err.Code != retable.Unprocessable || len(err.Fields) != 1 || err.Reason != "weak_password" {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
		if err != nil && len(bad) > 3 && strings.Contains(err.Detail, bad) {
			t.Errorf("%s: the message repeats the password: %s", name, err.Detail)
		}
	}
	if err := p.Check("maximilianmaximilian", "maximilian@example.org"); err == nil {
		t.Error("the repeated name in front of the @ passed")
	}
	if err := NewPolicy(20).Check("nineteen characters", ""); err == nil {
		t.Error("a policy of 20 took 19")
	}
	if n := len(p.common); n < 10_000 {
		t.Errorf("got %d common passwords, want 10,000 and more", n)
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			return
		}
		again, err := parsePHC(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q doesn't survive: %v", s, err)
		}
	})
}

func FuzzPolicy(f *testing.F) {
	p := NewPolicy(0)
	f.Add("correct horse battery staple", "anna")
	f.Add("ああああああああああああ", "あ@x")
	f.Fuzz(func(t *testing.T, password, username string) {
		if p.Check(password, username) == nil && len(password) < MinPassword {
			t.Errorf("%q is too short and passed", password)
		}
	})
}
