package app

import (
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

// enrolled puts a second factor in force for a user.
func (b *accountsBench) enrolled(name string) (secret string, codes []string) {
	b.t.Helper()
	ctx := WithClient(b.asUser(name), Client{Addr: "192.0.2.1"})
	e, err := b.EnrolTOTP(ctx, PasswordProof{goodPassword})
	if err != nil {
		b.t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(e.QR, "data:image/png;base64,"))
	if err != nil || !strings.HasPrefix(string(png), "\x89PNG") || !strings.HasPrefix(e.URL, "otpauth://totp/Retable:"+name) {
		b.t.Errorf("got %.60s, %s, %v", e.QR, e.URL, err)
	}
	_, err = b.ConfirmTOTP(ctx, CodeRequest{"000000"})
	wantReason(b.t, "a wrong code", err, "totp_invalid")
	got, err := b.ConfirmTOTP(ctx, CodeRequest{codeAt(b.t, e.Secret, b.clock.Now())})
	if err != nil || len(got.Codes) != 10 {
		b.t.Fatalf("got %+v, %v", got, err)
	}
	return e.Secret, got.Codes
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		b.login("anna")
		secret, codes := b.enrolled("anna")
		login := func(code, recovery string) error {
			_, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword, TOTPCode: code, RecoveryCode: recovery})
			return err
		}
		used := codeAt(t, secret, b.clock.Now())
		wantReason(t, "without a code", login("", ""), "totp_required")
		wantReason(t, "the code that has confirmed it", login(used, ""), "totp_invalid")
		b.clock.Move(time.Minute)
		now := codeAt(t, secret, b.clock.Now())
		_, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: "wrong wrong wrong", TOTPCode: now})
		wantReason(t, "a right code with a wrong password", err, "wrong_credentials")
		if err := login(now, ""); err != nil {
			t.Fatal(err)
		}
		wantReason(t, "the same code again", login(now, ""), "totp_invalid")

		if err := login("", strings.ToUpper(codes[3])); err != nil {
			t.Errorf("a recovery code in capitals: %v", err)
		}
		wantReason(t, "that code again", login("", codes[3]), "totp_invalid")
		wantReason(t, "a made-up code", login("", "aaaaaa-aaaaaa-aaaaaa-aaaaaa"), "totp_invalid")

		b.clock.Move(time.Minute)
		res, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword, TOTPCode: codeAt(t, secret, b.clock.Now())})
		if err != nil {
			t.Fatal(err)
		}
		ctx := WithClient(b.as(res.AccessToken), Client{Addr: "192.0.2.1"})
		if me, err := b.Me(ctx, None{}); err != nil || !me.TOTP || me.Codes != 9 {
			t.Errorf("got %+v, %v", me, err)
		}
		_, err = b.EnrolTOTP(ctx, PasswordProof{goodPassword})
		wantReason(t, "another one", err, "totp_enabled")
		_, err = b.ConfirmTOTP(ctx, CodeRequest{now})
		wantReason(t, "confirming again", err, "totp_enabled")
		fresh, err := b.NewRecoveryCodes(ctx, PasswordProof{goodPassword})
		if err != nil {
			t.Fatal(err)
		}
		wantReason(t, "a code of before", login("", codes[4]), "totp_invalid")
		if err := login("", fresh.Codes[0]); err != nil {
			t.Error(err)
		}

		_, err = b.DisableTOTP(ctx, PasswordProof{"wrong wrong wrong"})
		wantReason(t, "turning it off with a wrong password", err, "wrong_credentials")
		if _, err := b.DisableTOTP(ctx, PasswordProof{goodPassword}); err != nil {
			t.Fatal(err)
		}
		if err := login("", ""); err != nil {
			t.Errorf("after it was turned off: %v", err)
		}
		_, err = b.NewRecoveryCodes(ctx, PasswordProof{goodPassword})
		wantReason(t, "codes without a factor", err, "totp_not_enabled")
		_, err = b.ConfirmTOTP(ctx, CodeRequest{now})
		wantReason(t, "confirming nothing", err, "totp_not_enrolled")
		b.wantAudited("totp.enable ok", "totp.enable failed", "totp.disable ok", "totp.disable failed", "totp.recovery_codes ok")
	})
}

func TestACodeWorksOnce(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		secret, codes := b.enrolled("anna")
		b.clock.Move(time.Minute)
		for _, name := range []string{"a code", "a recovery code"} {
			req := LoginRequest{Username: "anna", Password: goodPassword, RecoveryCode: codes[0]}
			if name == "a code" {
				req.RecoveryCode, req.TOTPCode = "", codeAt(t, secret, b.clock.Now())
			}
			var won atomic.Int64
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					_, err := b.Login(b.from("192.0.2.1"), req)
					switch {
					case err == nil:
						won.Add(1)
					case reasonOf(err) != "totp_invalid" && reasonOf(err) != "too_many_attempts":
						t.Errorf("%s: got %v", name, err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 {
				t.Errorf("%s: %d of five log-ins at once, want one", name, won.Load())
			}
			b.clock.Move(time.Hour)
		}
	})
}

func TestCodesAreThrottled(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	b.enrolled("anna")
	throttled := false
	for range 10 {
		_, err := b.Login(b.from("198.51.100.9"), LoginRequest{Username: "anna", Password: goodPassword, TOTPCode: "123456"})
		throttled = throttled || reasonOf(err) == "too_many_attempts"
	}
	if !throttled {
		t.Error("codes can be guessed without end")
	}
}

func TestLostSecondFactor(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	b.enrolled("anna")
	for name, id := range map[string]string{"nonsense": "x", "unknown": retable.NewID()} {
		if _, err := b.ResetTOTP(b.machine(), UserRef{id}); !retable.Is(err, retable.NotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := b.ResetTOTP(b.asUser("root"), UserRef{b.anna.ID}); err != nil {
		t.Fatal(err)
	}
	b.login("anna")
	b.wantAudited("user.reset_totp ok")
	drained(t, b.Accounts)
	b.Accounts = b.replica()
	if !strings.Contains(b.mail.kinds(), "totp_disabled") {
		t.Errorf("the user wasn't told: %s", b.mail.kinds())
	}
}

func TestKeyRotationKeepsSecondFactors(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	secret, codes := b.enrolled("anna")
	keys, err := b.ListKeys(b.machine(), None{})
	if err != nil || len(keys.Items) != 2 {
		t.Fatalf("got %+v, %v", keys, err)
	}
	rotated, err := b.RotateKeys(b.asUser("root"), RotateKeysRequest{Sealing: true})
	if err != nil || len(rotated.Items) != 4 {
		t.Fatalf("got %+v, %v", rotated, err)
	}
	if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword, RecoveryCode: codes[0]}); err != nil {
		t.Errorf("a recovery code after a rotation: %v", err)
	}
	root := b.asUser("root")
	for _, k := range keys.Items { // the old ones
		if _, err := b.RetireKey(root, KeyRef{k.ID}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = b.Authenticate(t.Context(), b.login("root").AccessToken)
	if err != nil {
		t.Error(err)
	}
	b.clock.Move(time.Minute)
	if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword, TOTPCode: codeAt(t, secret, b.clock.Now())}); err != nil {
		t.Errorf("a second factor after its key was retired: %v", err)
	}
	if _, err := b.RetireKey(b.machine(), KeyRef{rotated.Items[0].ID}); !retable.Is(err, retable.Conflict) {
		t.Errorf("retiring the key in use: got %v", err)
	}
	if _, err := b.RotateKeys(b.machine(), RotateKeysRequest{Algorithm: "none"}); !retable.Is(err, retable.Unprocessable) {
		t.Errorf("an unknown algorithm: got %v", err)
	}
	b.wantAudited("keys.rotate ok", "keys.retire ok")
}

// TestSealingKeysFromSettingsAreRotated goes the way of the runbook, by which
// every replica can open what another seals at each step: OLD; OLD,NEW;
// NEW,OLD; sealed anew; NEW.
func TestSealingKeysFromSettingsAreRotated(t *testing.T) {
	t.Parallel()
	before, after := strings.Repeat("o", 40), strings.Repeat("n", 40)
	var b *accountsBench
	ring := func(sealing string) *auth.Ring {
		r, err := auth.NewRing("", []auth.Secret{{ID: "1", Value: strings.Repeat("k", 40)}}, sealing, func() time.Time { return b.clock.Now() })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	b = &accountsBench{clock: &standingClock{now: time.Now().Truncate(time.Second)}}
	first := ring(before)
	b = newAccountsBench(t, "sqlite", func(d *AccountsDeps) { d.Keys = first })
	secret, _ := b.enrolled("anna")
	works := func(what string) {
		t.Helper()
		b.clock.Move(time.Minute)
		if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword, TOTPCode: codeAt(t, secret, b.clock.Now())}); err != nil {
			t.Errorf("a second factor with %s: %v", what, err)
		}
	}
	for _, sealing := range []string{before + "," + after, after + "," + before} {
		b.deps.Keys = ring(sealing)
		b.Accounts = b.replica()
		works(sealing)
	}
	if _, err := b.RotateKeys(b.machine(), RotateKeysRequest{Sealing: true}); !retable.Is(err, retable.Conflict) {
		t.Errorf("a key was made beside those of the settings: %v", err)
	}
	keys, err := b.RotateKeys(b.machine(), RotateKeysRequest{})
	if err != nil || len(keys.Items) != 3 {
		t.Fatalf("got %+v, %v", keys, err)
	}
	b.wantAudited("keys.reseal ok")
	b.deps.Keys = ring(after)
	b.Accounts = b.replica()
	works("the new key alone")
}
