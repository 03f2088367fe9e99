package app

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"retable/internal/auth"
	"retable/internal/config"
	"retable/internal/retable"
)

// modelClient carries a served process's calls of models: an administrator may
// choose their address at run time, and must not reach into the network behind
// the server by it. A window and a command run with their person's own rights.
func modelClient(cfg *config.Config, door string) *http.Client {
	if door != "server" {
		return nil
	}
	t := &modelTransport{guard: auth.NewGuard(cfg.Notify.AllowPrivate, cfg.Notify.AllowNetworks), named: map[string]bool{}, plain: http.DefaultTransport, proxy: http.ProxyFromEnvironment}
	guarded := t.guard.Transport()
	guarded.ResponseHeaderTimeout = 0 // a model may think for minutes; the caller's deadlines hold
	t.guarded = guarded
	t.name(cfg.Models.Ollama)
	if cfg.Models.Ollama == "" {
		t.name("http://127.0.0.1:11434") // where it listens if nobody says otherwise
	}
	if cfg.Models.OpenAILocal {
		t.name(cfg.Models.OpenAIURL)
	}
	return &http.Client{Transport: t}
}

// modelTransport lets through what the settings of the process name, and of
// the rest what is public or allowed.
type modelTransport struct {
	guard          *auth.Guard
	named          map[string]bool // host:port
	plain, guarded http.RoundTripper
	proxy          func(*http.Request) (*url.URL, error)
}

func (t *modelTransport) name(address string) {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		t.named[strings.ToLower(u.Host)] = true
	}
}

// RoundTrip implements http.RoundTripper.
func (t *modelTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Hostname()
	res, err := t.carry(req, host)
	var denied *auth.DeniedError
	if errors.As(err, &denied) {
		return nil, &retable.Error{Code: retable.Unprocessable, Reason: "address_denied", Err: err,
			Detail: fmt.Sprintf("Models at %s can't be used: %s is not a public address. Who runs the server can allow its network (RET_ALLOW_NETWORKS) or name it (RET_OLLAMA_URL).", host, denied.Addr)}
	}
	return res, err
}

func (t *modelTransport) carry(req *http.Request, host string) (*http.Response, error) {
	if t.named[strings.ToLower(req.URL.Host)] {
		return t.plain.RoundTrip(req)
	}
	if p, err := t.proxy(req); err != nil || p == nil {
		return t.guarded.RoundTrip(req)
	}
	// A proxy resolves names itself, and decides what they may reach; addresses
	// are looked at here.
	if addr, err := netip.ParseAddr(host); err == nil {
		if err := t.guard.Check(addr); err != nil {
			if req.Body != nil {
				err = errors.Join(err, req.Body.Close())
			}
			return nil, err
		}
	}
	return t.plain.RoundTrip(req)
}

// CloseIdleConnections lets http.Client reach through.
func (t *modelTransport) CloseIdleConnections() {
	for _, r := range []http.RoundTripper{t.plain, t.guarded} {
		if c, ok := r.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}
