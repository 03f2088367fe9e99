package app

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"retable/internal/obs"
)

func TestLoginsAreCountedByTheirOutcome(t *testing.T) {
	t.Parallel()
	m := obs.NewMetrics("test")
	b := newAccountsBench(t, "sqlite", func(d *AccountsDeps) { d.Observe = observeLogins(m) })
	ctx := b.from("192.0.2.1")
	try := func(password string) (*LoginResult, error) {
		return b.Login(ctx, LoginRequest{Username: "anna", Password: password})
	}
	first, err := try(goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Refresh(ctx, RefreshRequest{first.Cookie.Token}); err != nil {
		t.Fatal(err)
	}
	b.clock.Move(time.Second)
	_, err = b.Refresh(ctx, RefreshRequest{first.Cookie.Token}) // spent: it is in two hands
	wantReason(t, "a spent token", err, "refresh_reused")
	_, err = try(goodPassword)
	wantReason(t, "an account that must be released", err, "reset_required")
	wrong := 0
	for reasonOf(err) != "too_many_attempts" {
		if _, err = try(otherPassword); reasonOf(err) == "wrong_credentials" {
			wrong++
		}
	}
	page := httptest.NewRecorder()
	m.Handler().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for outcome, want := range map[string]int{"ok": 1, "reuse": 1, "denied": 1, "failed": wrong, "throttled": 1} {
		if line := `retable_login_count{outcome="` + outcome + `"} ` + strconv.Itoa(want); !strings.Contains(page.Body.String(), line+"\n") {
			t.Errorf("%s: there is no line %s", outcome, line)
		}
	}
}

func TestNobodyCountsLoginsWithoutMetrics(t *testing.T) {
	t.Parallel()
	if observeLogins(nil) != nil {
		t.Error("there is somebody who counts")
	}
}
