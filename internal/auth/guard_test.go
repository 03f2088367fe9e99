package auth

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestGuardKnowsAddresses(t *testing.T) {
	t.Parallel()
	g := NewGuard(false, []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd00:1::/32")})
	for _, addr := range []string{
		"8.8.8.8", "93.184.216.34", "2606:4700::1111", "172.32.0.1", "100.128.0.1", "2002:0808:0808::1", "64:ff9b::8.8.8.8", "10.20.30.40", "fd00:1::5",
	} {
		if err := g.Check(netip.MustParseAddr(addr)); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, addr := range []string{
		"127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3",
		"192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.170", "192.88.99.1",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "100::1", "3fff::1", "5f00::1",
		"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "2002:7f00:0001::1", "2002:a9fe:a9fe::1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1",
	} {
		err := g.Check(netip.MustParseAddr(addr))
		var denied *DeniedError
		if !errors.As(err, &denied) || !strings.Contains(err.Error(), "is not a public address") {
			t.Errorf("%s: got %v, want it denied", addr, err)
		}
	}
	if g.Check(netip.Addr{}) == nil {
		t.Error("no address passed")
	}
	if named := NewGuard(true, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}); named.Check(netip.MustParseAddr("192.168.0.1")) == nil {
		t.Error("networks that are named don't stand in place of all")
	}
	all := NewGuard(true, nil)
	if all.Check(netip.MustParseAddr("10.0.0.1")) != nil || all.Check(netip.MustParseAddr("224.0.0.1")) == nil {
		t.Error("a guard that lets private ones through should do that, but no multicast")
	}
}

func TestGuardHoldsWhereConnectionsAreMade(t *testing.T) {
	t.Parallel()
	hits := 0
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
	defer secret.Close()
	_, port, err := net.SplitHostPort(secret.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := NewGuard(false, nil).Client(time.Minute)
	for name, address := range map[string]string{
		"an address":                       secret.URL,
		"a name that means this machine":   "http://localhost:" + port,
		"an address in decimal":            "http://2130706433:" + port,
		"IPv4 in IPv6":                     "http://[::ffff:127.0.0.1]:" + port,
		"the address that means any":       "http://0.0.0.0:" + port,
		"the metadata service of a cloud":  "http://169.254.169.254/latest/meta-data/",
		"a short form of this machine's":   "http://127.1:" + port,
		"a name below localhost":           "http://x.localhost:" + port,
		"a private address over https":     "https://10.0.0.1/",
		"a link-local address with a zone": "http://[fe80::1%25lo]:" + port,
	} {
		res, err := client.Get(address)
		if err == nil {
			_ = res.Body.Close()
			t.Errorf("%s: got %s, want an error", name, res.Status)
		}
	}
	if hits != 0 {
		t.Errorf("the server behind was reached %d times", hits)
	}
}

// The front is an allowed server; what it redirects to is not.
func TestGuardHoldsOnRedirects(t *testing.T) {
	t.Parallel()
	reached := false
	secret := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("there is no second loopback address: %v", err)
	}
	_ = secret.Listener.Close()
	secret.Listener = l
	secret.Start()
	defer secret.Close()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := secret.URL
		if r.URL.Path == "/loop" {
			to = "/loop"
		}
		if r.URL.Path == "/scheme" {
			to = "ftp://example.org/"
		}
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}))
	defer front.Close()
	client := NewGuard(false, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}).Client(time.Minute)
	for path, want := range map[string]string{"/": "is not a public address", "/loop": "more than five times", "/scheme": "scheme"} {
		res, err := client.Get(front.URL + path)
		if err == nil {
			_ = res.Body.Close()
			t.Errorf("%s: got %s, want an error", path, res.Status)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if reached {
		t.Error("a redirect led to a private address")
	}
	down := &http.Request{URL: &url.URL{Scheme: "http", Host: "example.org"}}
	if checkRedirect(down, []*http.Request{{URL: &url.URL{Scheme: "https", Host: "example.org"}}}) == nil {
		t.Error("a redirect from https to http was followed")
	}
}

// names answers questions for the addresses of names, each list in turn.
type names struct {
	mu      sync.Mutex
	answers map[string][][]netip.Addr // by name with a dot at the end; the last one stays
}

func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		b := make([]byte, 512)
		for {
			size, from, err := l.ReadFrom(b)
			if err != nil {
				return // closed
			}
			if _, err := l.WriteTo(n.answer(b[:size]), from); err != nil {
				return
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", l.LocalAddr().String())
	}}
}

// answer makes a DNS message (RFC 1035) of a question's.
func (n *names) answer(q []byte) []byte {
	end := 12
	name := ""
	for end < len(q) && q[end] != 0 {
		name += string(q[end+1:end+1+int(q[end])]) + "."
		end += 1 + int(q[end])
	}
	kind := binary.BigEndian.Uint16(q[end+1:])
	end += 5
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []netip.Addr
	if list := n.answers[name]; len(list) > 0 && kind == 1 {
		all = list[0]
		if len(list) > 1 {
			n.answers[name] = list[1:]
		}
	}
	out := append(bytes.Clone(q[:2]), 0x81, 0x80, 0, 1, 0, byte(len(all)), 0, 0, 0, 0)
	out = append(out, q[12:end]...)
	for _, a := range all {
		v4 := a.As4()
		out = append(append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), v4[:]...)
	}
	return out
}

// What counts is the address a name has when the connection is made: a name of
// a private address is refused, and so is one whose address has changed since.
func TestGuardHoldsForNames(t *testing.T) {
	t.Parallel()
	reached := atomic.Int64{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	_ = open.Listener.Close()
	open.Listener = l
	open.Start()
	defer open.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	at := func(list ...string) (out []netip.Addr) {
		for _, a := range list {
			out = append(out, netip.MustParseAddr(a))
		}
		return out
	}
	n := &names{answers: map[string][][]netip.Addr{
		"loopback.test.": {at("127.0.0.1")}, "metadata.test.": {at("169.254.169.254")}, "inner.test.": {at("10.0.0.1")}, "several.test.": {at("10.0.0.1", "127.0.0.1")},
		"rebinding.test.": {at("127.0.0.1"), at("127.0.0.3")},
	}}
	g := NewGuard(false, nil)
	g.resolver = n.resolver(t)
	client := g.Client(time.Minute)
	for _, name := range []string{"loopback.test", "metadata.test", "inner.test", "several.test"} {
		res, err := client.Get("http://" + name + ":" + port)
		var denied *DeniedError
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.As(err, &denied) {
			t.Errorf("%s: got %v, want it denied", name, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("reached %d times", n)
	}
	some := NewGuard(false, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")})
	some.resolver = g.resolver
	client = some.Client(time.Minute)
	client.Transport.(*http.Transport).DisableKeepAlives = true
	for i, want := range []bool{true, false} { // the second time its address is another
		res, err := client.Get("http://rebinding.test:" + port)
		if err == nil {
			_ = res.Body.Close()
		}
		if (err == nil) != want {
			t.Errorf("call %d: got %v", i, err)
		}
	}
}

func TestGuardDialRefusesOddAddresses(t *testing.T) {
	t.Parallel()
	g := NewGuard(true, nil)
	if err := g.control("unix", "/run/x.sock", nil); err == nil {
		t.Error("a socket passed as an address")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.DialContext(ctx, "tcp", "127.0.0.1:1"); err == nil {
		t.Error("dialled under an ended context")
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	if u, err := CheckURL("https://hooks.example.org/x?y=z"); err != nil || u.Host != "hooks.example.org" {
		t.Errorf("got %v, %v", u, err)
	}
	for _, raw := range []string{"", "hooks.example.org", "//x", "file:///etc/passwd", "gopher://x/", "https://", "https:///x", "http://user:pw@x/", "http://%zz", "javascript:alert(1)"} {
		if _, err := CheckURL(raw); err == nil {
			t.Errorf("%q passed", raw)
		} else if strings.Contains(err.Error(), "pw") {
			t.Errorf("the message holds the password: %v", err)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	f.Add("https://a@b/")
	f.Add("http://[::1]:80/")
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := CheckURL(raw)
		if err == nil && (u.User != nil || u.Hostname() == "" || !strings.HasPrefix(u.Scheme, "http")) {
			t.Errorf("%q passed as %v", raw, u)
		}
	})
}
