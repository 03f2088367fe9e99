package app

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"retable/internal/auth"
	"retable/internal/retable"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		res := b.login("Anna") // names are compared without case
		if res.TokenType != "bearer" || res.ExpiresIn != 900 || res.RefreshToken != "" || len(res.Cookie.Token) != 64 || res.Cookie.MaxAge != 604800 {
			t.Errorf("got %+v", res)
		}
		p, err := b.Authenticate(b.from("192.0.2.7"), res.AccessToken)
		if err != nil || p.UserID != b.anna.ID || p.Username != "anna" || p.Role != retable.RoleUser || p.LoginID == "" || p.TokenID != "" || p.Scopes != nil || p.Addr != "192.0.2.7" || p.Agent != "test" {
			t.Errorf("got %+v, %v", p, err)
		}
		for name, req := range map[string]LoginRequest{
			"a wrong password":          {Username: "anna", Password: "wrong wrong wrong"},
			"an unknown user":           {Username: "nobody", Password: goodPassword},
			"no password":               {Username: "anna"},
			"no user":                   {Password: goodPassword},
			"a name of nonsense":        {Username: "an\x00na\n", Password: goodPassword},
			"a password that goes on":   {Username: "anna", Password: strings.Repeat("x", 10_000)},
			"the person at the machine": {Username: retable.LocalUser},
		} {
			_, err := b.Login(b.from("192.0.2.3"), req)
			if !errors.Is(err, errCredentials) {
				t.Errorf("%s: got %v, want the same refusal for all", name, err)
			}
		}
		b.wantAudited("auth.login ok", "auth.login failed")
		l, err := b.ListAudit(b.machine(), ListAuditRequest{AuditQuery: AuditQuery{Outcome: "failed"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range l.Items {
			if strings.Contains(string(e.Detail)+e.Actor+e.Target, "nobody") || strings.Contains(string(e.Detail), "wrong wrong") {
				t.Errorf("the log holds what was typed: %+v", e)
			}
			if e.Addr != "192.0.2.3" {
				t.Errorf("the log lacks the address: %+v", e)
			}
		}
	})
}

// Known and unknown names: the same number of hashes, whatever the refusal.
func TestLogInsOfUnknownUsersDoTheSameWork(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	noPassword, err := b.CreateUser(b.machine(), CreateUserRequest{Username: "sso"})
	if err != nil || noPassword.HasPassword {
		t.Fatal(err)
	}
	for _, name := range []string{"anna", "nobody", "sso", "not a name\n", ""} {
		before, entries := b.hasher.Work(), len(b.audited())
		if _, err := b.Login(b.from("192.0.2.3"), LoginRequest{Username: name, Password: "wrong wrong wrong"}); !errors.Is(err, errCredentials) {
			t.Errorf("%q: got %v", name, err)
		}
		if n := b.hasher.Work() - before; n != 1 {
			t.Errorf("%q: got %d hashes, want 1", name, n)
		}
		if n := len(b.audited()) - entries; n != 1 {
			t.Errorf("%q: got %d audit entries, want 1", name, n)
		}
	}
}

func TestAccountsThatMayNotLogIn(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	no, yes := false, true
	for reason, change := range map[string]func(){
		"account_inactive": func() {
			if err := b.put(UpdateUserRequest{UserID: b.anna.ID, IsActive: &no, IsLocked: &no}); err != nil {
				t.Fatal(err)
			}
		},
		"account_locked": func() {
			if err := b.put(UpdateUserRequest{UserID: b.anna.ID, IsActive: &yes, IsLocked: &yes}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		change()
		_, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword})
		wantReason(t, "the right password", err, reason)
		_, err = b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: "wrong wrong wrong"})
		wantReason(t, reason+": a wrong password tells nothing", err, "wrong_credentials")
	}
}

func TestBcryptIsUpgraded(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	old, err := bcrypt.GenerateFromPassword([]byte(goodPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	hash := func(set string) (got string) {
		err := b.store.Update(t.Context(), func(tx retable.Tx) error {
			u, err := tx.Users().Get(t.Context(), b.anna.ID)
			if err != nil {
				return err
			}
			got = u.PasswordHash
			if set == "" {
				return nil
			}
			u.PasswordHash = set
			return tx.Users().Update(t.Context(), u)
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	hash(string(old))
	if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: "wrong wrong wrong"}); err == nil || hash("") != string(old) {
		t.Errorf("a wrong password: got %v, or the hash changed", err)
	}
	b.login("anna")
	if got := hash(""); !strings.HasPrefix(got, "$argon2id$") {
		t.Errorf("after a log-in the hash is %.10s", got)
	}
	b.login("anna")
	hash("$scrypt$what")
	if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword}); !retable.Is(err, retable.Internal) {
		t.Errorf("a hash of an unknown kind: got %v, want a fault", err)
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		try := func(addr, name, password string) error {
			_, err := b.Login(b.from(addr), LoginRequest{Username: name, Password: password})
			return err
		}
		b.login("anna") // from 192.0.2.1: familiar from now on
		for i := range 6 {
			wantReason(t, "a guess", try("198.51.100.9", "anna", "wrong wrong wrong"), "wrong_credentials")
			_ = i
		}
		err := try("198.51.100.9", "anna", goodPassword)
		wantReason(t, "the seventh, even if right", err, "too_many_attempts")
		var e *retable.Error
		if !errors.As(err, &e) || e.Code != retable.RateLimited || e.RetryAfter < time.Second {
			t.Errorf("got %+v, want RateLimited with RetryAfter", e)
		}
		wantReason(t, "from elsewhere", try("203.0.113.77", "anna", goodPassword), "too_many_attempts")
		if err := try("192.0.2.1", "anna", goodPassword); err != nil {
			t.Errorf("the owner at a familiar address is shut out by strangers: %v", err)
		}
		// That was a success: the account is free again, the guesser's address counts on.
		if err := try("203.0.113.77", "anna", goodPassword); err != nil {
			t.Errorf("after a success: %v", err)
		}

		for i := range 40 { // other names, the same address
			wait := try("198.51.100.9", "user"+strings.Repeat("x", i), "wrong wrong wrong")
			if i > 20 && reasonOf(wait) != "too_many_attempts" {
				t.Fatalf("guess %d over many names: got %v", i, wait)
			}
		}
		wantReason(t, "one network of IPv6", try("2001:db8::1", "nobody", "x"), "wrong_credentials")

		// Whoever waits can always try again.
		b.clock.Move(15 * time.Minute)
		if err := try("198.51.100.9", "anna", goodPassword); err != nil {
			t.Errorf("after the longest wait: %v", err)
		}
	})
}

func TestParallelGuessesAreBounded(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	var checked, refused atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			_, err := b.Login(b.from("198.51.100.9"), LoginRequest{Username: "anna", Password: "wrong wrong wrong"})
			switch reasonOf(err) {
			case "wrong_credentials":
				checked.Add(1)
			case "too_many_attempts":
				refused.Add(1)
			default:
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if n := checked.Load(); n > maxAttempts+6 || n < 1 || n+refused.Load() != 100 {
		t.Errorf("got %d of 100 guesses checked, want at most %d", n, maxAttempts+6)
	}
	if len(b.attempts.running) != 0 {
		t.Errorf("places were not given back: %v", b.attempts.running)
	}
}

func TestBusyHasherIsNoFailedAttempt(t *testing.T) {
	t.Parallel()
	busy, err := auth.NewHasher(auth.HasherConfig{Cost: auth.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}, Parallel: 1, Queue: 1, Wait: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	b := newAccountsBench(t, "sqlite", func(d *AccountsDeps) { d.Hasher = busy })
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			_, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword})
			if err != nil && !retable.Is(err, retable.Busy) {
				t.Errorf("got %v, want Busy at worst", err)
			}
		})
	}
	wg.Wait()
	b.login("anna")
}

func TestPrincipalCache(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	other := b.replica()
	l := b.login("anna")
	b.as(l.AccessToken)
	if _, err := other.Authenticate(t.Context(), l.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ForceLogout(b.machine(), ForceLogoutRequest{UserID: b.anna.ID}); err != nil {
		t.Fatal(err)
	}
	_, err := b.Authenticate(t.Context(), l.AccessToken)
	wantReason(t, "in the process that ended it", err, "login_ended")
	b.clock.Move(time.Second)
	_, err = other.Authenticate(t.Context(), l.AccessToken)
	wantReason(t, "in another one a second later", err, "login_ended")

	l = b.login("anna")
	role := retable.RoleOps
	b.as(l.AccessToken)
	if err := b.put(UpdateUserRequest{UserID: b.anna.ID, Role: &role}); err != nil {
		t.Fatal(err)
	}
	if p, err := b.Authenticate(t.Context(), l.AccessToken); err != nil || p.Role != retable.RoleOps {
		t.Errorf("after a change of role: got %+v, %v", p, err)
	}
	b.clock.Move(16 * time.Minute)
	_, err = b.Authenticate(t.Context(), l.AccessToken)
	wantReason(t, "after 16 minutes", err, "token_expired")
}

// What is read before an end must not be remembered after it.
func TestPrincipalCacheHoldsNothingStale(t *testing.T) {
	t.Parallel()
	clock := &standingClock{now: time.Now()}
	c := newCallers(clock.Now, time.Second)
	loads := 0
	load := func(during func()) retable.Principal {
		p, err := c.get(t.Context(), "k", func(ctx context.Context) (retable.Principal, error) {
			loads++
			during()
			return retable.Principal{UserID: "u", LoginID: "k"}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	load(func() { c.dropUser("u") }) // ended while it was read
	load(func() {})
	load(func() { t.Error("a remembered caller was read again") })
	clock.Move(time.Second)
	load(func() {})
	clock.Move(-time.Hour) // a clock set back keeps nobody in
	load(func() {})
	c.dropLogin("k")
	load(func() {})
	if loads != 5 {
		t.Errorf("got %d reads, want 5", loads)
	}
	never := newCallers(clock.Now, -1)
	for range 2 {
		if _, err := never.get(t.Context(), "k", func(context.Context) (retable.Principal, error) { loads++; return retable.Principal{}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if loads != 7 {
		t.Errorf("a cache that is off remembers")
	}
	for i := range maxCallers + 1 {
		if _, err := c.get(t.Context(), strings.Repeat("x", i%7)+string(rune(i+1000)), func(context.Context) (retable.Principal, error) { return retable.Principal{}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.known) > maxCallers {
		t.Errorf("got %d remembered, want at most %d", len(c.known), maxCallers)
	}
}

func TestBearersOfOtherKinds(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	l := b.login("anna")
	foreign, err := auth.NewAccessTokens(b.keys, auth.AccessConfig{}).Issue(b.admin.ID, mustClaims(t, b, l.AccessToken).LoginID)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := auth.NewAccessTokens(b.keys, auth.AccessConfig{}).Issue(b.anna.ID, retable.NewID())
	if err != nil {
		t.Fatal(err)
	}
	for name, bearer := range map[string]string{
		"nothing": "", "a refresh token": l.Cookie.Token, "a made-up personal token": auth.NewAccessToken(), "another user's log-in": foreign, "a log-in that is gone": gone,
		"changed": l.AccessToken[:len(l.AccessToken)-2] + "xx",
	} {
		if p, err := b.Authenticate(t.Context(), bearer); !retable.Is(err, retable.Unauthorized) {
			t.Errorf("%s: got %+v, %v", name, p, err)
		}
	}
}

func mustClaims(t *testing.T, b *accountsBench, bearer string) auth.Claims {
	t.Helper()
	c, err := b.access.Verify(bearer)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLogoutAndListOfLogIns(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		one, two, three := b.login("anna"), b.login("anna"), b.login("anna")
		ctx := b.as(one.AccessToken)
		l, err := b.ListLogins(ctx, PageQuery{})
		if err != nil || len(l.Items) != 3 {
			t.Fatalf("got %+v, %v", l, err)
		}
		current := 0
		for _, s := range l.Items {
			if s.Current {
				current++
			}
			if s.IP != "192.0.2.1" || s.UserAgent != "test" || s.CreatedAt == "" || s.ExpiresAt == "" {
				t.Errorf("got %+v", s)
			}
		}
		if current != 1 {
			t.Errorf("got %d current log-ins", current)
		}

		for name, token := range map[string]string{"nothing": "", "nobody's": auth.NewRefreshToken(), "two": two.Cookie.Token, "two again": two.Cookie.Token} {
			if res, err := b.Logout(t.Context(), RefreshRequest{token}); err != nil || !res.Success {
				t.Errorf("logout of %s: got %+v, %v", name, res, err)
			}
		}
		_, err = b.Authenticate(t.Context(), two.AccessToken)
		wantReason(t, "after logging out", err, "login_ended")

		theirs := b.login("root")
		for name, id := range map[string]string{"nonsense": "../x", "unknown": retable.NewID(), "another's": mustClaims(t, b, theirs.AccessToken).LoginID} {
			if _, err := b.EndLogin(ctx, LoginRef{id}); !retable.Is(err, retable.NotFound) {
				t.Errorf("ending %s: got %v, want NotFound", name, err)
			}
		}
		if _, err := b.EndLogin(ctx, LoginRef{mustClaims(t, b, three.AccessToken).LoginID}); err != nil {
			t.Error(err)
		}
		_, err = b.Authenticate(t.Context(), three.AccessToken)
		wantReason(t, "ended from the list", err, "login_ended")

		four := b.login("anna")
		if _, err := b.EndLogins(ctx, EndLoginsRequest{KeepCurrent: true}); err != nil {
			t.Fatal(err)
		}
		_, err = b.Authenticate(t.Context(), four.AccessToken)
		wantReason(t, "the others", err, "login_ended")
		b.as(one.AccessToken)
		if _, err := b.EndLogins(ctx, EndLoginsRequest{}); err != nil {
			t.Fatal(err)
		}
		_, err = b.Authenticate(t.Context(), one.AccessToken)
		wantReason(t, "all", err, "login_ended")
		b.wantAudited("auth.logout ok", "auth.end_login ok", "auth.end_logins ok")
	})
}

func TestMeAndLoginOptions(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	me, err := b.Me(b.asUser("anna"), None{})
	if err != nil || me.ID != b.anna.ID || me.Username != "anna" || me.Role != retable.RoleUser || me.Email != "anna@example.org" || !me.HasPassword ||
		me.TOTP || len(me.Scopes) != 4 || me.Teams == nil || me.LastLoginAt == "" {
		t.Errorf("got %+v, %v", me, err)
	}
	if me, err := b.Me(b.machine(), None{}); err != nil || !me.Local {
		t.Errorf("at the machine: got %+v, %v", me, err)
	}
	if _, err := b.Me(t.Context(), None{}); !retable.Is(err, retable.Unauthorized) {
		t.Errorf("nobody: got %v", err)
	}
	if o, err := b.LoginOptions(t.Context(), None{}); err != nil || !o.Password || o.OIDC || o.SetupNeeded {
		t.Errorf("got %+v, %v", o, err)
	}
	if _, err := b.ListLogins(t.Context(), PageQuery{}); !retable.Is(err, retable.Unauthorized) {
		t.Errorf("nobody's log-ins: got %v", err)
	}
}
