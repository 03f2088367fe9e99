package rest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// innerServer is a server in the network behind ours, and counts who comes.
func innerServer(t *testing.T) (base, port string, hits *atomic.Int64) {
	t.Helper()
	hits = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return s.URL, port, hits
}

// An administrator of Retable isn't one of the machine: by the settings' route
// nobody reaches what lies behind the server.
func TestSettingsLeadNowhereInside(t *testing.T) {
	t.Parallel()
	inner, port, hits := innerServer(t)
	b := start(t)
	ann := b.as("ann")
	for _, base := range []string{
		inner, "http://localhost:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://0.0.0.0:" + port, "http://2130706433:" + port, "http://127.1:" + port,
		"http://169.254.169.254", "http://10.1.2.3", "http://[fd00::1]",
	} {
		for _, provider := range []string{"ollama", "openai", "azure"} {
			model := map[string]any{"provider": provider, "base_url": base, "chat_model": "m", "embed_model": "", "api_version": ""}
			ann.call("PUT", "/api/settings", map[string]any{"model": model}).want(200)
			state := ann.call("GET", "/api/ai/model", nil).want(200)
			if got := state.text("state"); got == "ready" {
				t.Errorf("%s at %s is ready: %s", provider, base, state.body)
			}
			if provider == "ollama" && base == inner && !strings.Contains(state.text("detail"), "RET_ALLOW_NETWORKS") {
				t.Errorf("nobody says why: %s", state.body)
			}
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the server behind was reached %d times", n)
	}
	b.as("bea").call("PUT", "/api/settings", map[string]any{}).want(403)
}

func TestAWebHookLeadsNowhereInside(t *testing.T) {
	t.Parallel()
	_, port, hits := innerServer(t)
	b := start(t, "RET_NOTIFIER=webhook", "RET_WEBHOOK=http://localhost:"+port+"/hook")
	b.as("").call("POST", "/api/auth/password-reset/request", map[string]any{"username": "bea"}).want(200)
	// The administrators are told instead, once the call was refused.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if b.as("ann").call("GET", "/api/admin/notifications", nil).want(200).text("total") != "0" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody was told of the reset")
		}
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the server behind was reached %d times", n)
	}
}

func TestAnOpenIDProviderIsNotSoughtInside(t *testing.T) {
	t.Parallel()
	inner, _, hits := innerServer(t)
	b := start(t, "RET_OIDC_ISSUER="+inner, "RET_OIDC_CLIENT_ID=retable", "RET_OIDC_CLIENT_SECRET=s", "RET_PUBLIC_URL=http://127.0.0.1:1")
	if r := b.as("").call("GET", "/api/auth/oidc/start", nil); r.status < 300 {
		t.Errorf("got %d: %s", r.status, r.body)
	}
	if n := hits.Load(); n != 0 {
		t.Errorf("the server behind was reached %d times", n)
	}
}
