package app

import (
	"strings"
	"testing"
	"time"

	"retable/internal/auth"
	"retable/internal/retable"
)

func TestPersonalAccessTokens(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, engine string) {
		b := newAccountsBench(t, engine)
		ctx := b.asUser("anna")
		made, err := b.CreateToken(ctx, CreateTokenRequest{Name: " nightly ", Scopes: []retable.Scope{"write", "read", "read"}})
		if err != nil || made.Name != "nightly" || len(made.Scopes) != 2 || !auth.IsAccessToken(made.Token) || made.ExpiresAt == "" || made.Expired {
			t.Fatalf("got %+v, %v", made, err)
		}
		p, err := b.Authenticate(b.from("192.0.2.5"), made.Token)
		if err != nil || p.UserID != b.anna.ID || p.TokenID != made.ID || p.LoginID != "" || !p.Has(retable.ScopeRead) || p.Has(retable.ScopeAsk) || p.Addr != "192.0.2.5" {
			t.Errorf("got %+v, %v", p, err)
		}
		l, err := b.ListTokens(b.as(made.Token), None{})
		if err != nil || len(l.Items) != 1 || l.Items[0].LastUsedAt == "" {
			t.Errorf("got %+v, %v", l, err)
		}
		if _, err := b.Refresh(t.Context(), RefreshRequest{made.Token}); reasonOf(err) != "refresh_invalid" {
			t.Errorf("a personal token refreshes: %v", err)
		}

		b.clock.Move(90 * 24 * time.Hour)
		_, err = b.Authenticate(t.Context(), made.Token)
		wantReason(t, "after its life", err, "token_invalid")
		ctx = b.asUser("anna")
		if l, err := b.ListTokens(ctx, None{}); err != nil || !l.Items[0].Expired {
			t.Errorf("got %+v, %v", l, err)
		}

		never, err := b.CreateToken(ctx, CreateTokenRequest{Name: "forever", Scopes: []retable.Scope{"read"}, NeverExpires: true})
		if err != nil || never.ExpiresAt != "" {
			t.Fatalf("got %+v, %v", never, err)
		}
		pctx := b.as(never.Token)
		if _, err := b.RevokeToken(pctx, TokenRef{made.ID}); !retable.Is(err, retable.Forbidden) {
			t.Errorf("a token ends another: %v", err)
		}
		theirs, err := b.CreateToken(b.asUser("root"), CreateTokenRequest{Name: "theirs", Scopes: []retable.Scope{"admin"}})
		if err != nil {
			t.Fatal(err)
		}
		for name, id := range map[string]string{"nonsense": "x", "unknown": retable.NewID(), "another's": theirs.ID} {
			if _, err := b.RevokeToken(ctx, TokenRef{id}); !retable.Is(err, retable.NotFound) {
				t.Errorf("ending %s: got %v", name, err)
			}
		}
		if _, err := b.RevokeToken(pctx, TokenRef{never.ID}); err != nil {
			t.Errorf("a token ends itself: %v", err)
		}
		_, err = b.Authenticate(t.Context(), never.Token)
		wantReason(t, "after that", err, "token_invalid")

		// What happens to the user happens to the token.
		b.as(theirs.Token)
		second := b.user("second", retable.RoleAdmin)
		if _, err := b.LockUser(b.asUser("second"), UserRef{b.admin.ID}); err != nil {
			t.Fatal(err)
		}
		_, err = b.Authenticate(t.Context(), theirs.Token)
		wantReason(t, "of a locked user", err, "token_invalid")
		if _, err := b.UnlockUser(b.asUser("second"), UserRef{b.admin.ID}); err != nil {
			t.Fatal(err)
		}
		b.as(theirs.Token)
		if _, err := b.ForceLogout(b.asUser("second"), ForceLogoutRequest{UserID: b.admin.ID}); err != nil {
			t.Fatal(err)
		}
		b.as(theirs.Token) // a forced logout leaves scripts alone, unless told otherwise
		if _, err := b.ForceLogout(b.asUser("second"), ForceLogoutRequest{UserID: b.admin.ID, Tokens: true}); err != nil {
			t.Fatal(err)
		}
		_, err = b.Authenticate(t.Context(), theirs.Token)
		wantReason(t, "after the tokens were ended too", err, "token_invalid")
		b.wantAudited("token.create ok", "token.revoke ok", "user.force_logout ok")
		_ = second
	})
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	b := newAccountsBench(t, "sqlite")
	ctx := b.asUser("anna")
	for name, c := range map[string]struct {
		req  CreateTokenRequest
		code retable.Code
	}{
		"no name":          {CreateTokenRequest{Name: " ", Scopes: []retable.Scope{"read"}}, retable.Unprocessable},
		"a long name":      {CreateTokenRequest{Name: strings.Repeat("x", 101), Scopes: []retable.Scope{"read"}}, retable.Unprocessable},
		"a name of lines":  {CreateTokenRequest{Name: "a\nb", Scopes: []retable.Scope{"read"}}, retable.Unprocessable},
		"no scope":         {CreateTokenRequest{Name: "x"}, retable.Unprocessable},
		"an unknown scope": {CreateTokenRequest{Name: "x", Scopes: []retable.Scope{"all"}}, retable.Unprocessable},
		"a long life":      {CreateTokenRequest{Name: "x", Scopes: []retable.Scope{"read"}, ExpiresInDays: 366}, retable.Unprocessable},
		"no life":          {CreateTokenRequest{Name: "x", Scopes: []retable.Scope{"read"}, ExpiresInDays: -1}, retable.Unprocessable},
		"both":             {CreateTokenRequest{Name: "x", Scopes: []retable.Scope{"read"}, ExpiresInDays: 1, NeverExpires: true}, retable.Unprocessable},
		"more than I may":  {CreateTokenRequest{Name: "x", Scopes: []retable.Scope{"admin"}}, retable.Forbidden},
	} {
		if _, err := b.CreateToken(ctx, c.req); !retable.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
	for range maxTokens {
		if _, err := b.CreateToken(ctx, CreateTokenRequest{Name: "x", Scopes: []retable.Scope{"read"}}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.CreateToken(ctx, CreateTokenRequest{Name: "x", Scopes: []retable.Scope{"read"}})
	wantReason(t, "the 51st", err, "too_many_tokens")
}
