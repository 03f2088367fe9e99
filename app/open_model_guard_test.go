package app

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"retable/internal/auth"
	"retable/internal/config"
	"retable/internal/llm"
	"retable/internal/retable"
)

func modelSettings(t *testing.T, settings ...string) *config.Config {
	t.Helper()
	cfg, err := config.Load(config.Source{Environ: append([]string{"RET_RUNTIME_ROOT=" + t.TempDir(), "HOME=" + t.TempDir()}, settings...), Served: true})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// What an administrator may set must not lead into the network behind the
// server; what the process was started with may.
func TestModelsAreCalledWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(secret.Close)
	_, port, err := net.SplitHostPort(secret.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	get := func(c *http.Client, address string) error {
		res, err := c.Get(address)
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
	served := modelClient(modelSettings(t), "server")
	for name, address := range map[string]string{
		"an address":                       secret.URL,
		"a name that means this machine":   "http://localhost:" + port,
		"IPv4 in IPv6":                     "http://[::ffff:127.0.0.1]:" + port,
		"the address that means any":       "http://0.0.0.0:" + port,
		"a private network":                "http://10.0.0.1/v1",
		"the metadata service of a cloud":  "http://169.254.169.254/latest/meta-data/",
		"a link-local address with a zone": "http://[fe80::1%25lo]:" + port,
	} {
		err := get(served, address)
		var own *retable.Error
		if !errors.As(err, &own) || own.Reason != "address_denied" || !strings.Contains(own.Detail, "RET_ALLOW_NETWORKS") {
			t.Errorf("%s: got %v, want it denied", name, err)
		}
	}
	for _, address := range []string{"http://2130706433:" + port, "http://127.1:" + port, "http://0x7f000001:" + port} { // not every resolver takes these
		if get(served, address) == nil {
			t.Errorf("%s was reached", address)
		}
	}
	if n := hits.Load(); n != 0 {
		t.Fatalf("the server behind was reached %d times", n)
	}
	for name, settings := range map[string][]string{
		"an allowed network":    {"RET_ALLOW_NETWORKS=127.0.0.0/8"},
		"all private ones":      {"RET_ALLOW_PRIVATE=true"},
		"Ollama, by setting":    {"RET_OLLAMA_URL=" + secret.URL},
		"a local OpenAI server": {"RET_OPENAI_URL=" + secret.URL, "RET_OPENAI_LOCAL=true"},
	} {
		if err := get(modelClient(modelSettings(t, settings...), "server"), secret.URL); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if modelClient(modelSettings(t), "desktop") != nil || modelClient(modelSettings(t), "cli") != nil {
		t.Error("a person at this machine is kept from their own network")
	}
	if n := hits.Load(); n != 4 {
		t.Errorf("reached %d times, want 4", n)
	}
}

// A proxy resolves names; addresses are still looked at.
func TestModelsBehindAProxy(t *testing.T) {
	t.Parallel()
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.URL.String()) }))
	t.Cleanup(proxy.Close)
	through, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	plain := &http.Transport{Proxy: http.ProxyURL(through)}
	t.Cleanup(plain.CloseIdleConnections)
	c := &http.Client{Transport: &modelTransport{guard: auth.NewGuard(false, nil), plain: plain, guarded: plain, proxy: plain.Proxy}}
	res, err := c.Get("http://models.example/v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if res, err := c.Post("http://169.254.169.254/x", "text/plain", strings.NewReader("x")); err == nil {
		_ = res.Body.Close()
		t.Error("the proxy was asked for a private address")
	}
	if len(asked) != 1 || asked[0] != "http://models.example/v1" {
		t.Errorf("the proxy was asked for %v", asked)
	}
}

// Who may choose the address must not get the key by it.
func TestAKeyStaysWithItsAddress(t *testing.T) {
	t.Parallel()
	given := llm.Config{
		Ollama: llm.OllamaConfig{URL: "http://ollama.example", Key: "secret"},
		OpenAI: llm.OpenAIConfig{URL: "https://api.openai.com/v1", Key: "secret", Local: true},
		Azure:  llm.AzureConfig{URL: "https://a.openai.azure.com", Key: "secret"},
	}
	keys := func(c llm.Config) map[string]llm.Secret {
		return map[string]llm.Secret{"ollama": c.Ollama.Key, "openai": c.OpenAI.Key, "azure": c.Azure.Key}
	}
	own := map[string]string{"ollama": given.Ollama.URL, "openai": given.OpenAI.URL, "azure": given.Azure.URL}
	for provider, address := range own {
		c := given
		overrideModels(&c, ProviderSettings{Provider: provider, BaseURL: address, ChatModel: "m"}, "")
		if got := keys(c)[provider].Reveal(); got != "secret" {
			t.Errorf("%s at its own address has the key %q", provider, got)
		}
		c = given
		overrideModels(&c, ProviderSettings{Provider: provider, BaseURL: "https://evil.example", ChatModel: "m"}, "")
		if got := keys(c)[provider].Reveal(); got != "" {
			t.Errorf("%s at another address is sent the key", provider)
		}
	}
	c := given
	overrideModels(&c, ProviderSettings{Provider: "openai", BaseURL: "https://other.example", ChatModel: "m"}, "of the keyring")
	if c.OpenAI.Key.Reveal() != "of the keyring" || c.OpenAI.Local {
		t.Errorf("got %+v", c.OpenAI)
	}
}
