package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		l := b.login("anna")
		for _, name := range []string{"anna", "nobody", "not a name\n", ""} {
			before := b.hasher.Work()
			res, err := b.RequestPasswordReset(b.from("192.0.2.1"), PasswordResetRequest{name})
			if err != nil || !res.Success || b.hasher.Work() != before {
				t.Errorf("%q: got %+v, %v", name, res, err)
			}
		}
		drained(t, b.Accounts)
		b.Accounts = b.replica()
		if b.mail.kinds() != "password_reset" || b.mail.sent[0].Email != "anna@example.org" || !strings.HasPrefix(b.mail.sent[0].Link, "https://retable.example/reset#token=") {
			t.Fatalf("got mail %+v", b.mail.sent)
		}
		b.wantAudited("auth.request_reset ok", "auth.request_reset denied")

		token := b.mail.last(t)
		confirm := func(token, password string) error {
			_, err := b.ConfirmPasswordReset(b.from("192.0.2.1"), PasswordResetConfirmation{token, password})
			return err
		}
		wantReason(t, "a weak password", confirm(token, "short"), "weak_password")
		before := b.hasher.Work()
		wantReason(t, "nonsense", confirm("x", otherPassword), "link_invalid")
		wantReason(t, "a made-up link", confirm(auth.NewLinkToken(), otherPassword), "link_invalid")
		if b.hasher.Work() != before {
			t.Error("a stranger's link made us compute a hash")
		}
		if err := confirm(token, otherPassword); err != nil {
			t.Fatalf("the link after a refused password: %v", err)
		}
		wantReason(t, "the link again", confirm(token, otherPassword), "link_invalid")
		_, err := b.Authenticate(t.Context(), l.AccessToken)
		wantReason(t, "a log-in of before", err, "login_ended")
		_, err = b.Refresh(t.Context(), RefreshRequest{l.Cookie.Token})
		wantReason(t, "its refresh token", err, "refresh_invalid")
		_, err = b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword})
		wantReason(t, "the old password", err, "wrong_credentials")
		if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: otherPassword}); err != nil {
			t.Error(err)
		}
		b.wantAudited("auth.confirm_reset ok")
	})
}

func TestResetLinksEnd(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	ask := func() string {
		t.Helper()
		if err := b.sendReset(b.from("192.0.2.1"), "anna"); err != nil {
			t.Fatal(err)
		}
		return b.mail.last(t)
	}
	confirm := func(token string) error {
		_, err := b.ConfirmPasswordReset(t.Context(), PasswordResetConfirmation{token, otherPassword})
		return err
	}
	first := ask()
	second := ask()
	wantReason(t, "an earlier link", confirm(first), "link_invalid")
	b.clock.Move(30 * time.Minute)
	wantReason(t, "after half an hour", confirm(second), "link_invalid")
	third := ask()
	if fourth := ask(); fourth != third {
		t.Error("a fourth link within the hour was sent")
	}
	if _, err := b.LockUser(b.machine(), UserRef{b.anna.ID}); err != nil {
		t.Fatal(err)
	}
	wantReason(t, "of a locked account", confirm(third), "link_invalid")
	b.clock.Move(2 * time.Hour)
	sent := len(b.mail.sent)
	if err := b.sendReset(t.Context(), "anna"); err != nil || len(b.mail.sent) != sent {
		t.Errorf("a locked account got a link: %v", err)
	}
}

func TestOneOfManyConfirmations(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		if err := b.sendReset(t.Context(), "anna"); err != nil {
			t.Fatal(err)
		}
		token := b.mail.last(t)
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				_, err := b.ConfirmPasswordReset(t.Context(), PasswordResetConfirmation{token, otherPassword})
				switch {
				case err == nil:
					won.Add(1)
				case reasonOf(err) != "link_invalid":
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d of ten used the link", won.Load())
		}
	})
}

func TestLinksReachAdministratorsAtLast(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	b.mail.err = errors.New("the mail server is down")
	if err := b.sendReset(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	l, err := b.ListNotifications(b.asUser("root"), ListNotificationsRequest{Unseen: true})
	if err != nil || len(l.Items) != 1 {
		t.Fatalf("got %+v, %v", l, err)
	}
	n := l.Items[0]
	_, token, _ := strings.Cut(n.Link, "#token=")
	if n.Kind != "password_reset" || n.Username != "anna" || n.UserID != b.anna.ID || token == "" || n.Expires == "" {
		t.Errorf("got %+v", n)
	}
	err = b.store.View(t.Context(), func(tx retable.Tx) error {
		raw, err := tx.Notices().List(t.Context(), "", false, retable.Page{})
		if err == nil && strings.Contains(string(raw.Items[0].Detail)+raw.Items[0].Text, token) {
			t.Error("the database holds the link in plain")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]string{"nonsense": "x", "unknown": retable.NewID()} {
		if _, err := b.SeeNotification(b.machine(), NotificationRef{id}); !retable.Is(err, retable.NotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := b.SeeNotification(b.machine(), NotificationRef{n.ID}); err != nil {
		t.Fatal(err)
	}
	if l, err = b.ListNotifications(b.machine(), ListNotificationsRequest{Unseen: true}); err != nil || len(l.Items) != 0 {
		t.Errorf("seen ones come again: %+v, %v", l, err)
	}
	if _, err := b.ConfirmPasswordReset(t.Context(), PasswordResetConfirmation{token, otherPassword}); err != nil {
		t.Error(err)
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		mine, other := b.login("anna"), b.login("anna")
		ctx := WithClient(b.as(mine.AccessToken), Client{Addr: "192.0.2.1"})
		change := func(ctx context.Context, current, fresh string) error {
			_, err := b.ChangePassword(ctx, ChangePasswordRequest{current, fresh})
			return err
		}
		wantReason(t, "a weak one", change(ctx, goodPassword, "short"), "weak_password")
		wantReason(t, "the same", change(ctx, goodPassword, goodPassword), "same_password")
		wantReason(t, "a wrong one", change(ctx, "wrong wrong wrong", otherPassword), "wrong_credentials")
		if err := change(b.machine(), goodPassword, otherPassword); !retable.Is(err, retable.Forbidden) {
			t.Errorf("the person at the machine: got %v", err)
		}
		if err := change(ctx, goodPassword, otherPassword); err != nil {
			t.Fatal(err)
		}
		b.as(mine.AccessToken)
		_, err := b.Authenticate(t.Context(), other.AccessToken)
		wantReason(t, "the other log-in", err, "login_ended")
		if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: otherPassword}); err != nil {
			t.Error(err)
		}
		b.wantAudited("auth.change_password ok", "auth.change_password failed")
	})
}

func TestSetup(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		if link, err := b.SetupLink(t.Context()); err != nil || link != "" {
			t.Errorf("with users: got %q, %v; want no link", link, err)
		}
		// A data root that only the desktop has used so far.
		local := &retable.User{ID: retable.NewID(), Username: retable.LocalUser, Role: retable.RoleAdmin, Active: true, CreatedAt: b.clock0(), UpdatedAt: b.clock0()}
		session := &retable.Session{ID: retable.NewID(), OwnerID: local.ID, Name: "d.zip", State: retable.SessionReady, CreatedAt: b.clock0(), UpdatedAt: b.clock0(), UsedAt: b.clock0()}
		err := b.store.Update(t.Context(), func(tx retable.Tx) error {
			return errors.Join(tx.Users().Delete(t.Context(), b.admin.ID), tx.Users().Delete(t.Context(), b.anna.ID),
				tx.Users().Create(t.Context(), local), tx.Sessions().Create(t.Context(), session))
		})
		if err != nil {
			t.Fatal(err)
		}
		if o, err := b.LoginOptions(t.Context(), None{}); err != nil || !o.SetupNeeded {
			t.Errorf("got %+v, %v", o, err)
		}
		old, err := b.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		link, err := b.SetupLink(t.Context())
		if err != nil || !strings.HasPrefix(link, "https://retable.example/setup#token=") {
			t.Fatalf("got %q, %v", link, err)
		}
		token := func(link string) string { _, s, _ := strings.Cut(link, "#token="); return s }
		setup := func(token, name, password string) error {
			_, err := b.CompleteSetup(t.Context(), SetupRequest{Token: token, Username: name, Password: password})
			return err
		}
		before := b.hasher.Work()
		wantReason(t, "nonsense", setup("x", "chef", goodPassword), "link_invalid")
		wantReason(t, "a made-up link", setup(auth.NewLinkToken(), "chef", goodPassword), "link_invalid")
		if b.hasher.Work() != before {
			t.Error("a stranger's link made us compute a hash")
		}
		wantReason(t, "a weak password", setup(token(link), "chef", "chef"), "weak_password")
		wantReason(t, "a weak password by an earlier link", setup(token(old), "chef", "chef"), "weak_password") // which another replica may have printed
		if err := setup(token(link), retable.LocalUser, goodPassword); !retable.Is(err, retable.Unprocessable) {
			t.Errorf("the local user's name: got %v", err)
		}
		raw := b.setting(setupKey)
		if strings.Contains(raw, token(link)) {
			t.Error("the settings hold the link in plain")
		}

		var won atomic.Int64
		var wg sync.WaitGroup
		for _, name := range []string{"chef", "rival", "third"} {
			wg.Go(func() {
				if err := setup(token(link), name, goodPassword); err == nil {
					won.Add(1)
				} else if reasonOf(err) != "link_invalid" {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d of three at once became the first administrator", won.Load())
		}
		wantReason(t, "the link again", setup(token(link), "later", goodPassword), "link_invalid")
		wantReason(t, "the other link", setup(token(old), "later", goodPassword), "link_invalid")
		l, err := b.ListUsers(b.machine(), ListUsersRequest{Role: retable.RoleAdmin})
		if err != nil {
			t.Fatal(err)
		}
		if l.Total != 1 {
			t.Fatalf("got %d administrators, want the one: the person at this machine is no account", l.Total)
		}
		first := l.Items[0]
		err = b.store.View(t.Context(), func(tx retable.Tx) error {
			s, err := tx.Sessions().Get(t.Context(), session.ID)
			if err == nil && s.OwnerID != first.ID {
				t.Errorf("what the local user owned belongs to %s, want %s", s.OwnerID, first.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		b.wantAudited("auth.setup_link ok", "auth.setup ok")
	})
}

func (b *accountsBench) clock0() retable.Millis { return retable.MillisOf(b.clock.Now()) }

func (b *accountsBench) setting(key string) (value string) {
	b.t.Helper()
	err := b.store.View(b.t.Context(), func(tx retable.Tx) error {
		raw, err := tx.Settings().Get(b.t.Context(), key)
		value = string(raw)
		return err
	})
	if err != nil || !json.Valid([]byte(value)) {
		b.t.Fatalf("%q: %v", value, err)
	}
	return value
}

func TestSetupLinkExpires(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	err := b.store.Update(t.Context(), func(tx retable.Tx) error {
		return errors.Join(tx.Users().Delete(t.Context(), b.admin.ID), tx.Users().Delete(t.Context(), b.anna.ID))
	})
	if err != nil {
		t.Fatal(err)
	}
	link, err := b.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "#token=")
	b.clock.Move(23 * time.Hour)
	for range maxSetupLinks + 3 { // starting over and over
		if link, err = b.SetupLink(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(b.setting(setupKey), "hash"); n != maxSetupLinks {
		t.Errorf("%d links are kept", n)
	}
	b.clock.Move(time.Hour)
	_, err = b.CompleteSetup(t.Context(), SetupRequest{Token: token, Username: "chef", Password: goodPassword})
	wantReason(t, "after a day", err, "link_invalid")
	_, token, _ = strings.Cut(link, "#token=")
	if _, err = b.CompleteSetup(t.Context(), SetupRequest{Token: token, Username: "chef", Password: goodPassword}); err != nil {
		t.Errorf("the latest link: %v", err)
	}
}

func TestReplicasThatStartAtOnceKeepEachOthersLinks(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		err := b.store.Update(t.Context(), func(tx retable.Tx) error {
			return errors.Join(tx.Users().Delete(t.Context(), b.admin.ID), tx.Users().Delete(t.Context(), b.anna.ID))
		})
		if err != nil {
			t.Fatal(err)
		}
		links := make([]string, 8)
		var wg sync.WaitGroup
		for i := range links {
			wg.Go(func() {
				link, err := b.SetupLink(t.Context())
				if err != nil {
					t.Error(err)
				}
				links[i] = link
			})
		}
		wg.Wait()
		for _, link := range links {
			_, token, _ := strings.Cut(link, "#token=")
			_, err := b.CompleteSetup(t.Context(), SetupRequest{Token: token, Username: "chef", Password: "chef"})
			wantReason(t, "a weak password by a good link", err, "weak_password")
		}
	})
}

func TestErrands(t *testing.T) {
	t.Parallel()
	e := newErrands()
	hold := make(chan struct{})
	var ran atomic.Int64
	sent := 0
	for e.send(func(context.Context) { <-hold; ran.Add(1) }) {
		sent++
	}
	if sent < errandQueue || sent > errandQueue+errandWorkers {
		t.Errorf("got %d queued, want about %d and then a refusal", sent, errandQueue)
	}
	close(hold)
	if err := e.close(t.Context()); err != nil || ran.Load() != int64(sent) {
		t.Errorf("got %d of %d done at the end, %v", ran.Load(), sent, err)
	}
	if e.send(func(context.Context) {}) {
		t.Error("an errand was taken after the end")
	}
	if err := e.close(t.Context()); err != nil {
		t.Errorf("closing twice: %v", err)
	}

	e = newErrands()
	e.send(func(ctx context.Context) { <-ctx.Done() }) // it hangs
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an end that is cut short: got %v", err)
	}
}
