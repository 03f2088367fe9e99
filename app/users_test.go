package app

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"retable/internal/retable"
)

func TestUserAdministration(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		root := b.asUser("root")
		u, err := b.CreateUser(root, CreateUserRequest{Username: "bert", Email: "bert@example.org"})
		if err != nil || u.Role != retable.RoleUser || !u.IsActive || u.IsLocked || u.HasPassword || u.DeliveredBy != "smtp" || b.mail.kinds() != "welcome" {
			t.Fatalf("got %+v, %v; mail %s", u, err, b.mail.kinds())
		}
		if _, err := b.ConfirmPasswordReset(t.Context(), PasswordResetConfirmation{b.mail.last(t), goodPassword}); err != nil {
			t.Fatalf("the link of the welcome: %v", err)
		}
		b.login("bert")

		for name, req := range map[string]CreateUserRequest{
			"no name":              {Username: ""},
			"a name of nonsense":   {Username: "a b"},
			"a name with a path":   {Username: "../x"},
			"a long name":          {Username: strings.Repeat("x", 65)},
			"a kept name":          {Username: "local"},
			"an unknown role":      {Username: "x", Role: "god"},
			"no mail address":      {Username: "x", Email: "x"},
			"a mail with a name":   {Username: "x", Email: "X <x@example.org>"},
			"a weak password":      {Username: "x", Password: "x"},
			"the name as password": {Username: "maximilian.m", Password: "maximilian.m"},
		} {
			if _, err := b.CreateUser(root, req); !retable.Is(err, retable.Unprocessable) {
				t.Errorf("%s: got %v, want Unprocessable", name, err)
			}
		}
		if _, err := b.CreateUser(root, CreateUserRequest{Username: "BERT"}); reasonOf(err) != "taken" {
			t.Errorf("a taken name in capitals: got %v", err)
		}

		l, err := b.ListUsers(root, ListUsersRequest{Search: "er"})
		if err != nil || l.Total != 1 || l.Items[0].Username != "bert" {
			t.Errorf("got %+v, %v", l, err)
		}
		got, err := b.GetUser(root, UserRef{u.ID})
		if err != nil || got.Username != "bert" || !got.HasPassword || got.LastLoginAt == "" {
			t.Errorf("got %+v, %v", got, err)
		}
		for name, id := range map[string]string{"nonsense": "1 OR 1=1", "unknown": retable.NewID()} {
			if _, err := b.GetUser(root, UserRef{id}); !retable.Is(err, retable.NotFound) {
				t.Errorf("%s: got %v", name, err)
			}
		}

		role, mail, bad := retable.RoleOps, "b@example.org", retable.Role("god")
		got, err = b.UpdateUser(root, UpdateUserRequest{UserID: u.ID, Role: &role, Email: &mail})
		if err != nil || got.Role != retable.RoleOps || got.Email != mail || !got.IsActive {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := b.UpdateUser(root, UpdateUserRequest{UserID: u.ID, Role: &bad}); !retable.Is(err, retable.Unprocessable) {
			t.Errorf("an unknown role: got %v", err)
		}

		forced, err := b.ForcePasswordReset(root, UserRef{u.ID})
		if err != nil || !forced.Success || forced.DeliveredBy != "smtp" {
			t.Fatalf("got %+v, %v", forced, err)
		}
		_, err = b.Login(b.from("192.0.2.1"), LoginRequest{Username: "bert", Password: goodPassword})
		wantReason(t, "until it is set anew", err, "reset_required")
		if got, err := b.UnlockUser(root, UserRef{u.ID}); err != nil || got.MustReset {
			t.Errorf("released by an administrator: got %+v, %v", got, err)
		}
		b.login("bert")
		b.wantAudited("user.create ok", "user.update ok", "user.force_password_reset ok", "user.unlock ok")
	})
}

func TestAnAdministratorRemains(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		no, yes, user := false, true, retable.RoleUser
		root := b.asUser("root")
		change := func(ctx context.Context, req UpdateUserRequest) error {
			req.UserID = b.admin.ID
			_, err := b.UpdateUser(ctx, req)
			return err
		}
		for name, req := range map[string]UpdateUserRequest{"role": {Role: &user}, "active": {IsActive: &no}, "locked": {IsLocked: &yes}} {
			wantReason(t, "one's own "+name, change(root, req), "self")
			wantReason(t, "the last one's "+name, change(b.machine(), req), "last_admin")
		}
		_, err := b.DeleteUser(root, DeleteUserRequest{UserID: b.admin.ID})
		wantReason(t, "removing oneself", err, "self")
		_, err = b.DeleteUser(b.machine(), DeleteUserRequest{UserID: b.admin.ID})
		wantReason(t, "removing the last one", err, "last_admin")
		b.login("root")

		// Two administrators who demote each other at once: one remains.
		second := b.user("second", retable.RoleAdmin)
		ctx1, ctx2 := b.asUser("root"), b.asUser("second")
		var failed atomic.Int64
		var wg sync.WaitGroup
		for _, c := range []struct {
			ctx context.Context
			id  string
		}{{ctx1, second.ID}, {ctx2, b.admin.ID}} {
			wg.Go(func() {
				if _, err := b.UpdateUser(c.ctx, UpdateUserRequest{UserID: c.id, Role: &user}); reasonOf(err) == "last_admin" {
					failed.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if failed.Load() != 1 {
			t.Errorf("%d of two demotions were refused, want one", failed.Load())
		}
	})
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		l := b.login("anna")
		s := &retable.Session{ID: retable.NewID(), OwnerID: b.anna.ID, Name: "d.zip", State: retable.SessionReady, CreatedAt: b.clock0(), UpdatedAt: b.clock0(), UsedAt: b.clock0()}
		if err := b.store.Update(t.Context(), func(tx retable.Tx) error { return tx.Sessions().Create(t.Context(), s) }); err != nil {
			t.Fatal(err)
		}
		_, err := b.DeleteUser(b.machine(), DeleteUserRequest{UserID: b.anna.ID})
		wantReason(t, "while she owns a session", err, "referenced")
		if _, err := b.DeleteUser(b.machine(), DeleteUserRequest{UserID: b.anna.ID, TransferTo: retable.NewID()}); !retable.Is(err, retable.NotFound) {
			t.Errorf("to an unknown user: got %v", err)
		}
		b.as(l.AccessToken)
		if _, err := b.DeleteUser(b.machine(), DeleteUserRequest{UserID: b.anna.ID, TransferTo: b.admin.ID}); err != nil {
			t.Fatal(err)
		}
		_, err = b.Authenticate(t.Context(), l.AccessToken)
		wantReason(t, "her access token", err, "login_ended")
		_, err = b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: goodPassword})
		wantReason(t, "her log-in", err, "wrong_credentials")
		b.wantAudited("user.delete ok")
	})
}

func TestSetPasswordAtTheMachine(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	l := b.login("anna")
	if _, err := b.LockUser(b.machine(), UserRef{b.admin.ID}); reasonOf(err) != "last_admin" {
		t.Errorf("got %v", err)
	}
	if _, err := b.SetPassword(b.machine(), SetPasswordRequest{"anna", otherPassword}); err != nil {
		t.Fatal(err)
	}
	_, err := b.Authenticate(t.Context(), l.AccessToken)
	wantReason(t, "the log-in of before", err, "login_ended")
	if _, err := b.Login(b.from("192.0.2.1"), LoginRequest{Username: "anna", Password: otherPassword}); err != nil {
		t.Error(err)
	}
	if _, err := b.SetPassword(b.machine(), SetPasswordRequest{"nobody", otherPassword}); !retable.Is(err, retable.NotFound) {
		t.Errorf("an unknown user: got %v", err)
	}
	if _, err := b.SetPassword(b.machine(), SetPasswordRequest{"anna", "short"}); reasonOf(err) != "weak_password" {
		t.Errorf("a weak one: got %v", err)
	}
	if _, err := b.SetPassword(b.asUser("root"), SetPasswordRequest{"anna", goodPassword}); !retable.Is(err, retable.Forbidden) {
		t.Errorf("over the network: got %v", err)
	}
}

// Every use case of administrators is refused to everybody else, before it
// does anything.
func TestOnlyAdministratorsAdministrate(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	b.user("oscar", retable.RoleOps)
	pat, err := b.CreateToken(b.asUser("root"), CreateTokenRequest{Name: "reads", Scopes: []retable.Scope{retable.ScopeRead, retable.ScopeWrite}})
	if err != nil {
		t.Fatal(err)
	}
	callers := map[string]context.Context{
		"nobody": t.Context(), "a user": b.asUser("anna"), "ops": b.asUser("oscar"), "an administrator's token without the scope": b.as(pat.Token),
	}
	entries := len(b.audited())
	for _, use := range []string{
		"ListUsers", "GetUser", "CreateUser", "UpdateUser", "LockUser", "UnlockUser", "ForceLogout", "ForcePasswordReset", "SetPassword", "DeleteUser",
		"ResetTOTP", "ListAudit", "VerifyAudit", "ListNotifications", "SeeNotification", "ListKeys", "RotateKeys", "RetireKey",
	} {
		m := reflect.ValueOf(b.Accounts).MethodByName(use)
		for name, ctx := range callers {
			out := m.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.Zero(m.Type().In(1))})
			err, _ := out[1].Interface().(error)
			want := retable.Forbidden
			if name == "nobody" {
				want = retable.Unauthorized
			}
			if !retable.Is(err, want) {
				t.Errorf("%s as %s: got %v, want %s", use, name, err, want)
			}
		}
	}
	for name, ctx := range callers {
		if err := b.ExportAudit(ctx, ExportAuditRequest{}, &strings.Builder{}); err == nil {
			t.Errorf("ExportAudit as %s: got no error", name)
		}
	}
	if n := len(b.audited()); n != entries {
		t.Errorf("%d entries were written", n-entries)
	}

	persons := map[string]context.Context{"nobody": t.Context(), "an access token": b.as(pat.Token), "the person at the machine": b.machine()}
	for _, use := range []string{"ChangePassword", "EnrolTOTP", "ConfirmTOTP", "DisableTOTP", "NewRecoveryCodes", "CreateToken", "RevokeToken", "EndLogin", "EndLogins"} {
		m := reflect.ValueOf(b.Accounts).MethodByName(use)
		for name, ctx := range persons {
			out := m.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.Zero(m.Type().In(1))})
			if err, _ := out[1].Interface().(error); !retable.Is(err, retable.Forbidden) && !retable.Is(err, retable.Unauthorized) {
				t.Errorf("%s as %s: got %v", use, name, err)
			}
		}
	}
}
