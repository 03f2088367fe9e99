package app

import (
	"context"
	"strings"
	"testing"

	"retable/internal/config"
	"retable/internal/retable"
	"retable/internal/store/storetest"
)

func TestLinksAreShownAtTheMachineAlone(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		made, err := b.CreateUser(b.machine(), CreateUserRequest{Username: "cleo", Show: true})
		if err != nil || made.Link == nil || made.DeliveredBy != "" || b.mail.kinds() != "" {
			t.Fatalf("got %+v, sent %q, %v", made, b.mail.kinds(), err)
		}
		again, err := b.MakePasswordLink(b.machine(), UsernameRef{"cleo"})
		if err != nil {
			t.Fatal(err)
		}
		_, token, _ := strings.Cut(made.Link.Link, "#token=")
		_, err = b.ConfirmPasswordReset(b.from("192.0.2.1"), PasswordResetConfirmation{Token: token, NewPassword: otherPassword})
		wantReason(t, "an earlier link", err, "link_invalid")
		_, token, _ = strings.Cut(again.Link, "#token=")
		if _, err = b.ConfirmPasswordReset(b.from("192.0.2.1"), PasswordResetConfirmation{Token: token, NewPassword: otherPassword}); err != nil {
			t.Error(err)
		}
		found, err := b.FindUser(b.machine(), UsernameRef{"CLEO"})
		if err != nil || !found.HasPassword || found.ID != made.ID {
			t.Errorf("got %+v, %v", found, err)
		}
		b.wantAudited("user.password_link ok")

		for name, do := range map[string]func(context.Context) error{
			"a new user's link": func(ctx context.Context) error {
				_, err := b.CreateUser(ctx, CreateUserRequest{Username: "dora", Show: true})
				return err
			},
			"a link": func(ctx context.Context) error { _, err := b.MakePasswordLink(ctx, UsernameRef{"anna"}); return err },
		} {
			for _, who := range []string{"root", "anna"} {
				if err := do(b.asUser(who)); !retable.Is(err, retable.Forbidden) {
					t.Errorf("%s for %s: got %v", name, who, err)
				}
			}
			if err := do(t.Context()); !retable.Is(err, retable.Unauthorized) {
				t.Errorf("%s for nobody: got %v", name, err)
			}
		}
		for name, want := range map[string]retable.Code{"nobody": retable.NotFound, retable.LocalUser: retable.NotFound, "no name": retable.NotFound} {
			if _, err := b.FindUser(b.machine(), UsernameRef{name}); !retable.Is(err, want) {
				t.Errorf("%q: got %v", name, err)
			}
			if _, err := b.MakePasswordLink(b.machine(), UsernameRef{name}); !retable.Is(err, want) {
				t.Errorf("a link for %q: got %v", name, err)
			}
		}
		if _, err := b.FindUser(b.asUser("anna"), UsernameRef{"root"}); !retable.Is(err, retable.Forbidden) {
			t.Errorf("found by a user: got %v", err)
		}
	})
}

// openRoot opens a data root that works on jobs.
func openRoot(t *testing.T) (*Instance, context.Context) {
	t.Helper()
	cfg, err := config.Load(config.Source{Environ: []string{"RET_RUNTIME_ROOT=" + t.TempDir(), "RET_JOB_POLL=20ms", "HOME=" + t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	in, err := Open(t.Context(), OpenRequest{Config: cfg, Door: "cli", Version: "test", Run: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ctx, err := in.AsLocal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return in, ctx
}

func TestTheDemonstrationIsSharedWithItsTeam(t *testing.T) {
	t.Parallel()
	in, ctx := openRoot(t)
	seeded, err := in.Seed(ctx, None{})
	if err != nil {
		t.Fatal(err)
	}
	if len(seeded.Users) != 3 || len(seeded.Sessions) != 2 {
		t.Fatalf("got %+v", seeded)
	}
	for {
		j, err := in.WaitJob(ctx, seeded.JobID, 10_000_000_000)
		if err != nil {
			t.Fatal(err)
		}
		if retable.JobState(j.Status).Over() {
			if j.Status != string(retable.JobSuccess) {
				t.Fatalf("got %+v", j)
			}
			break
		}
	}
	for _, u := range seeded.Users {
		as := retable.WithPrincipal(context.Background(), &retable.Principal{UserID: u.ID, Username: u.Username, Role: retable.RoleUser, Teams: []string{seeded.TeamID}})
		l, err := in.ListSessions(as, ListSessionsRequest{})
		if err != nil || l.Total != 2 {
			t.Errorf("%s sees %+v, %v", u.Username, l, err)
		}
		c, err := in.GetComparison(as, ComparisonRef{seeded.ComparisonID})
		if err != nil || c.Changes == 0 {
			t.Errorf("%s sees %+v, %v", u.Username, c, err)
		}
	}
	again, err := in.Seed(ctx, None{})
	if err != nil || again.TeamID != seeded.TeamID || again.ComparisonID != seeded.ComparisonID || !again.Sessions[0].Existing || again.Users[0].ID != seeded.Users[0].ID {
		t.Errorf("again it is %+v, %v", again, err)
	}
	admin := retable.WithPrincipal(context.Background(), &retable.Principal{UserID: seeded.Users[0].ID, Username: "demo-admin", Role: retable.RoleAdmin})
	if _, err := in.Seed(admin, None{}); !retable.Is(err, retable.Forbidden) {
		t.Errorf("seeded from afar: %v", err)
	}
}

func TestThePersonAtTheMachineAdministersReplicasToo(t *testing.T) {
	t.Parallel()
	c := &replicas{left: map[*Instance]bool{}, settings: []string{
		"RET_DATABASE=" + storetest.Postgres(t), "RET_BLOBS=" + t.TempDir(), "RET_JWT_KEY=" + strings.Repeat("k", 40), "RET_SEAL_KEY=" + strings.Repeat("s", 40),
	}}
	in := c.open(t)
	ctx, err := in.AsLocal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.CreateUser(ctx, CreateUserRequest{Username: "first", Show: true}); err != nil {
		t.Error(err)
	}
	u, err := in.FindUser(ctx, UsernameRef{"first"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.LockUser(ctx, UserRef{u.ID}); err != nil {
		t.Error(err)
	}
	if head, err := in.VerifyAudit(ctx, AuditHead{}); err != nil || head.Entries < 2 {
		t.Errorf("got %+v, %v", head, err)
	}
}
