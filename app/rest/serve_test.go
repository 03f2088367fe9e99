package rest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"retable/internal/config"
	"retable/internal/retable"
)

// running is a server as `retable serve` runs it.
type running struct {
	addr string
	out  *lines
	stop func() error
}

func serveFor(t *testing.T, cfg *config.Config) *running {
	t.Helper()
	r := &running{out: &lines{}}
	ctx, cancel := context.WithCancel(context.Background())
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- Serve(ctx, ServeOptions{
			Config: cfg, Version: "test", Front: someFront(), Log: slog.New(slog.DiscardHandler), Out: r.out, Listening: func(a net.Addr) { addr <- a },
		})
	}()
	var last error
	done := false
	r.stop = func() error {
		cancel()
		if !done {
			done, last = true, <-ended
		}
		return last
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	select {
	case a := <-addr:
		r.addr = a.String()
	case err := <-ended:
		t.Fatalf("the server ended: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the server doesn't listen")
	}
	return r
}

func TestServeStartsAnnouncesAndStops(t *testing.T) {
	t.Parallel()
	cfg := load(t, "RET_METRICS_ADDRESS=127.0.0.1:0")
	r := serveFor(t, cfg)
	out := r.out.String()
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+/setup#token=\S+`).FindString(out)
	if !strings.Contains(out, "listens on http://"+r.addr) || link == "" {
		t.Fatalf("it said %s", out)
	}
	figures := regexp.MustCompile(`http://\S+/metrics`).FindString(out)
	client := newClient(t)
	if res, err := client.Get(figures); err != nil || res.StatusCode != 200 {
		t.Errorf("the metrics: %v %v", res, err)
	} else {
		res.Body.Close()
	}
	_, token, _ := strings.Cut(link, "#token=")
	res, err := client.Post("http://"+r.addr+"/api/auth/setup", "application/json", strings.NewReader(`{"token":"`+token+`","username":"first","password":"`+password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !bytes.Contains(body, []byte("access_token")) {
		t.Fatalf("set-up: %d %s %v", res.StatusCode, body, err)
	}
	res.Body.Close()
	var tokens tokenResponse
	if err := json.Unmarshal(body, &tokens); err != nil {
		t.Fatal(err)
	}
	if link := welcomed(t, client, "http://"+r.addr, tokens.AccessToken); !strings.HasPrefix(link, "http://"+r.addr+"/reset#token=") {
		t.Errorf("a new user's link leads to %q", link) // the port was chosen by the system
	}
	res, err = client.Post("http://"+r.addr+"/api/auth/setup", "application/json", strings.NewReader(`{"token":"`+token+`","username":"second","password":"`+password+`"}`))
	if err != nil || res.StatusCode != 422 {
		t.Fatalf("the link works twice: %v %v", res.StatusCode, err)
	}
	res.Body.Close()
	client.CloseIdleConnections()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	again := serveFor(t, cfg)
	if strings.Contains(again.out.String(), "setup#") {
		t.Error("a set-up link though there is a user")
	}
}

// welcomed makes a user and returns the link by which they set their password.
func welcomed(t *testing.T, client *http.Client, base, token string) string {
	t.Helper()
	req, err := http.NewRequest("POST", base+"/api/admin/users", strings.NewReader(`{"username":"dora"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var made userCreated
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || res.StatusCode != 200 {
		t.Fatalf("got %d %v", res.StatusCode, err)
	}
	return made.SetupURL
}

func TestLinksLeadToWherePeopleReachTheServer(t *testing.T) {
	t.Parallel()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[string]string{
		"":                               "http://10.1.2.3:8000",
		"RET_PUBLIC_URL=https://a.test/": "https://a.test",
	} {
		s := &Server{cfg: Config{}}
		if settings != "" {
			s.cfg.Server.PublicURL = strings.TrimPrefix(settings, "RET_PUBLIC_URL=")
		}
		if got := s.address(&net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 8000}); got != want {
			t.Errorf("%q: got %s, want %s", settings, got, want)
		}
	}
	for _, all := range []net.IP{net.IPv4zero, net.IPv6unspecified} {
		if got := (&Server{}).address(&net.TCPAddr{IP: all, Port: 80}); got != "http://"+net.JoinHostPort(name, "80") {
			t.Errorf("all addresses: got %s", got)
		}
	}
	acme := &Server{}
	acme.cfg.Server.ACMEDomains = []string{"retable.example.org"}
	if got := acme.address(&net.TCPAddr{IP: net.IPv4zero, Port: 443}); got != "https://retable.example.org" {
		t.Errorf("with ACME: got %s", got)
	}
}

func TestServeSpeaksTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := writeCert(t, cert, key)
	r := serveFor(t, load(t, "RET_TLS_CERT="+cert, "RET_TLS_KEY="+key))
	if !strings.Contains(r.out.String(), "https://") {
		t.Errorf("it said %s", r.out.String())
	}
	roots := x509.NewCertPool()
	roots.AddCert(first)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + r.addr + "/health")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
	res, err = client.Post("https://"+r.addr+"/api/auth/login", "application/json", strings.NewReader(`{"username":"x","password":"y"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	f := &certFile{cert: cert, key: key, failed: func(err error) { t.Log(err) }}
	before, err := f.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	writeCert(t, cert, key)
	if err := os.Chtimes(cert, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	f.checked = time.Time{}
	after, err := f.get(nil)
	if err != nil || bytes.Equal(before.Certificate[0], after.Certificate[0]) {
		t.Errorf("a certificate that changed isn't read again: %v", err)
	}
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.checked = time.Time{}
	if kept, err := f.get(nil); err != nil || !bytes.Equal(kept.Certificate[0], after.Certificate[0]) {
		t.Errorf("a broken certificate replaces a good one: %v", err)
	}
}

func writeCert(t *testing.T, cert, key string) *x509.Certificate {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: kder}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestServeRefusesWhatIsUnsafe(t *testing.T) {
	t.Parallel()
	cfg := load(t)
	cfg.Server.Address = "0.0.0.0:0"
	if err := Serve(context.Background(), ServeOptions{Config: cfg, Version: "test"}); !retable.Is(err, retable.Invalid) {
		t.Errorf("plain HTTP beyond loopback: %v", err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg = load(t)
	cfg.Server.Address = taken.Addr().String()
	if err := Serve(context.Background(), ServeOptions{Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler)}); !retable.Is(err, retable.Unavailable) || !strings.Contains(err.Error(), "RET_ADDRESS") {
		t.Errorf("an address that is taken: %v", err)
	}
	cfg = load(t)
	cfg.Server.TLSCert, cfg.Server.TLSKey = "/nowhere/cert.pem", "/nowhere/key.pem"
	if err := Serve(context.Background(), ServeOptions{Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler)}); !retable.Is(err, retable.Invalid) {
		t.Errorf("a certificate that isn't there: %v", err)
	}
}
