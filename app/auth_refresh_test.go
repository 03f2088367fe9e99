package app

import (
	"context"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"retable/internal/auth"

	"retable/internal/retable"
)

// refreshed counts what parallel refreshes gave.
type refreshed struct {
	mu      sync.Mutex
	winners []*RefreshResult
	reasons map[string]int
}

// storm refreshes with one token n times at once: all have arrived before any
// goes on.
func storm(ctx context.Context, token string, n int, replicas ...*Accounts) *refreshed {
	r := &refreshed{reasons: map[string]int{}}
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		a := replicas[i%len(replicas)]
		ctx := a.Arrived(ctx)
		wg.Go(func() {
			<-start
			res, err := a.Refresh(ctx, RefreshRequest{token})
			r.mu.Lock()
			defer r.mu.Unlock()
			if err != nil {
				r.reasons[reasonOf(err)+errText(err)]++
				return
			}
			r.winners = append(r.winners, res)
		})
	}
	close(start)
	wg.Wait()
	return r
}

// errText is the text of an error without a reason: none is expected.
func errText(err error) string {
	if reasonOf(err) != "" {
		return ""
	}
	return err.Error()
}

func TestFiftyParallelRefreshesHaveOneWinner(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		token := b.login("anna").Cookie.Token
		for round := range 3 {
			r := storm(b.from("192.0.2.1"), token, 50, b.Accounts)
			if len(r.winners) != 1 || r.reasons["refresh_raced"] != 49 {
				t.Fatalf("round %d: got %d winners and %v, want one and 49 refresh_raced", round, len(r.winners), r.reasons)
			}
			token = r.winners[0].Cookie.Token
			b.as(r.winners[0].AccessToken)
		}
	})
}

// Requests that are on their way at the same time are no theft; one that comes
// when the answer is there is, in whatever order all of it happens.
func TestRotationProperty(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		n := 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			if n > 25 && engine == "postgres" || n > 60 {
				return // each takes dozens of transactions
			}
			l, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword})
			if err != nil {
				t.Fatal(err)
			}
			token := l.Cookie.Token
			var spent []string
			for range rapid.IntRange(1, 4).Draw(t, "rotations") {
				width := rapid.IntRange(1, 8).Draw(t, "at once")
				r := storm(b.from("192.0.2.1"), token, width, b.Accounts)
				if len(r.winners) != 1 || r.reasons["refresh_raced"] != width-1 {
					t.Fatalf("got %d winners and %v of %d", len(r.winners), r.reasons, width)
				}
				spent, token = append(spent, token), r.winners[0].Cookie.Token
			}
			if !rapid.Bool().Draw(t, "stolen") {
				return
			}
			old := rapid.SampledFrom(spent).Draw(t, "which")
			width := rapid.IntRange(1, 8).Draw(t, "thieves")
			r := storm(b.from("198.51.100.9"), old, width, b.Accounts)
			if len(r.winners) != 0 || r.reasons["refresh_reused"] != 1 || r.reasons["refresh_invalid"] != width-1 {
				t.Fatalf("a spent token gave %d winners and %v of %d", len(r.winners), r.reasons, width)
			}
			if _, err := b.Refresh(b.from("192.0.2.1"), RefreshRequest{token}); reasonOf(err) != "refresh_invalid" {
				t.Fatalf("the good token after the theft: %v", err)
			}
			if _, err := b.UnlockUser(b.machine(), UserRef{b.anna.ID}); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func TestStolenRefreshToken(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		first, other := b.login("anna"), b.login("anna")
		pat, err := b.CreateToken(b.as(first.AccessToken), CreateTokenRequest{Name: "by the thief", Scopes: []retable.Scope{retable.ScopeRead}})
		if err != nil {
			t.Fatal(err)
		}
		next, err := b.Refresh(b.from("192.0.2.1"), RefreshRequest{first.Cookie.Token})
		if err != nil {
			t.Fatal(err)
		}
		if next.TokenType != "bearer" || next.Cookie.MaxAge != 604800 || next.Cookie.Token == first.Cookie.Token {
			t.Errorf("got %+v", next)
		}

		_, err = b.Refresh(b.from("198.51.100.9"), RefreshRequest{first.Cookie.Token})
		wantReason(t, "a spent token", err, "refresh_reused")
		for name, bearer := range map[string]string{
			"the access token of before": first.AccessToken, "that of after": next.AccessToken, "that of another log-in": other.AccessToken, "the personal token": pat.Token,
		} {
			if _, err := b.Authenticate(t.Context(), bearer); !retable.Is(err, retable.Unauthorized) {
				t.Errorf("%s still works at once: %v", name, err)
			}
		}
		_, err = b.Refresh(t.Context(), RefreshRequest{other.Cookie.Token})
		wantReason(t, "another log-in", err, "refresh_invalid")
		_, err = b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword})
		wantReason(t, "a log-in by the old password", err, "reset_required")
		b.wantAudited("auth.refresh_reuse denied", "auth.login denied")
		notices, err := b.ListNotifications(b.machine(), ListNotificationsRequest{})
		if err != nil || len(notices.Items) != 1 || notices.Items[0].Kind != "token_reuse" {
			t.Errorf("administrators were told %+v, %v", notices, err)
		}

		// The owner sets a new password; the stolen token harms nobody any more.
		if err := b.sendReset(b.from("192.0.2.1"), "anna"); err != nil {
			t.Fatal(err)
		}
		if _, err := b.ConfirmPasswordReset(b.from("192.0.2.1"), PasswordResetConfirmation{b.mail.last(t), otherPassword}); err != nil {
			t.Fatal(err)
		}
		_, err = b.Refresh(b.from("198.51.100.9"), RefreshRequest{first.Cookie.Token})
		wantReason(t, "the spent token later", err, "refresh_invalid")
		if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: otherPassword}); err != nil {
			t.Errorf("the owner's log-in by the new password: %v", err)
		}
	})
}

func TestRefreshOverReplicas(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine, func(d *AccountsDeps) { d.Clock = time.Now })
		other := b.replica()
		token := b.login("anna").Cookie.Token
		if engine == "postgres" { // replicas share it; two processes on SQLite don't serve
			for round := range 5 {
				r := storm(b.from("192.0.2.1"), token, 50, b.Accounts, other)
				if len(r.winners) != 1 || r.reasons["refresh_raced"] != 49 {
					t.Fatalf("round %d: got %d winners and %v, want one and 49 refresh_raced", round, len(r.winners), r.reasons)
				}
				token = r.winners[0].Cookie.Token
			}
		}
		next, err := b.Refresh(t.Context(), RefreshRequest{token})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond) // times are in milliseconds
		_, err = other.Refresh(t.Context(), RefreshRequest{token})
		wantReason(t, "the spent token at another replica", err, "refresh_reused")
		_, err = b.Refresh(t.Context(), RefreshRequest{next.Cookie.Token})
		wantReason(t, "the good token afterwards", err, "refresh_invalid")
	})
}

func TestRefreshGrace(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite", func(d *AccountsDeps) { d.Settings.RefreshGrace = 10 * time.Second })
	token := b.login("anna").Cookie.Token
	if _, err := b.Refresh(t.Context(), RefreshRequest{token}); err != nil {
		t.Fatal(err)
	}
	b.clock.Move(9 * time.Second)
	_, err := b.Refresh(t.Context(), RefreshRequest{token})
	wantReason(t, "within the grace", err, "refresh_raced")
	b.clock.Move(time.Second)
	_, err = b.Refresh(t.Context(), RefreshRequest{token})
	wantReason(t, "after it", err, "refresh_reused")
}

func TestRefreshEnds(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine, func(d *AccountsDeps) { d.Settings.LoginTTL = 10 * 24 * time.Hour })
		refresh := func(token string) (*RefreshResult, error) {
			return b.Refresh(b.from("192.0.2.1"), RefreshRequest{token})
		}
		for name, token := range map[string]string{"nothing": "", "nonsense": "x", "a token of nobody": auth.NewRefreshToken()} {
			_, err := refresh(token)
			wantReason(t, name, err, "refresh_invalid")
		}

		token := b.login("anna").Cookie.Token
		b.clock.Move(7*24*time.Hour - time.Second)
		next, err := refresh(token)
		if err != nil {
			t.Fatalf("in its last second: %v", err)
		}
		if next.Cookie.MaxAge > 3*24*3600+1 {
			t.Errorf("the log-in lasts %d s more, beyond its longest life", next.Cookie.MaxAge)
		}
		b.clock.Move(3*24*time.Hour + time.Second)
		_, err = refresh(next.Cookie.Token)
		wantReason(t, "after the longest life", err, "refresh_invalid")

		for name, end := range map[string]func() error{
			"locked":      func() error { _, err := b.LockUser(b.machine(), UserRef{b.anna.ID}); return err },
			"deactivated": func() error { return b.put(UpdateUserRequest{UserID: b.anna.ID, IsActive: new(bool)}) },
			"forced": func() error {
				_, err := b.ForceLogout(b.machine(), ForceLogoutRequest{UserID: b.anna.ID})
				return err
			},
		} {
			yes := true
			if err := b.put(UpdateUserRequest{UserID: b.anna.ID, IsActive: &yes, IsLocked: new(bool)}); err != nil {
				t.Fatal(err)
			}
			l := b.login("anna")
			b.as(l.AccessToken)
			if err := end(); err != nil {
				t.Fatal(err)
			}
			_, err := refresh(l.Cookie.Token)
			wantReason(t, name, err, "refresh_invalid")
			_, err = b.Authenticate(t.Context(), l.AccessToken)
			wantReason(t, name+": the access token", err, "login_ended")
		}
	})
}

func (b *accountsBench) put(req UpdateUserRequest) error {
	_, err := b.UpdateUser(b.machine(), req)
	return err
}

func TestRefreshSurvivesKeyRotation(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	l := b.login("anna")
	if _, err := b.RotateKeys(b.machine(), RotateKeysRequest{Algorithm: "EdDSA", Sealing: true}); err != nil {
		t.Fatal(err)
	}
	b.as(l.AccessToken)
	next, err := b.Refresh(t.Context(), RefreshRequest{l.Cookie.Token})
	if err != nil {
		t.Fatal(err)
	}
	b.as(next.AccessToken)
	_, err = b.Refresh(t.Context(), RefreshRequest{l.Cookie.Token})
	wantReason(t, "a token spent before the rotation", err, "refresh_reused")
}

func TestRotationsAreForgotten(t *testing.T) {
	t.Parallel()
	clock := &standingClock{now: time.Now()}
	r := newRotations(clock.Now)
	for _, hash := range []string{"a", "b", "c"} {
		a := r.arrive()
		r.begin(hash, a)
		r.begin(hash, a) // a transaction that runs again
		if hash != "b" {
			r.committed(a)
		}
		r.leave(a)
	}
	if len(r.known) != 2 {
		t.Errorf("got %d remembered, want the two that were committed", len(r.known))
	}
	clock.Move(2 * time.Minute)
	r.leave(r.arrive())
	if len(r.known) != 0 {
		t.Errorf("got %d remembered after two minutes", len(r.known))
	}
}
