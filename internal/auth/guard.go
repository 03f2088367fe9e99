package auth

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Guard keeps requests to addresses that people or settings named from
// reaching into the network behind the server (SSRF): webhooks, OpenID
// providers, models, S3. It looks at the address that a name was resolved to,
// at the moment of connecting, so neither a redirect nor a name that changes
// its address gets around it.
type Guard struct {
	all      bool
	allowed  []netip.Prefix
	resolver *net.Resolver // nil: the system's
}

// NewGuard returns a guard that lets public addresses through and the given
// networks. With private and no networks it lets everything through that is a
// host at all.
func NewGuard(private bool, allowed []netip.Prefix) *Guard {
	return &Guard{all: private && len(allowed) == 0, allowed: allowed}
}

// DeniedError says that an address may not be connected to.
type DeniedError struct{ Addr netip.Addr }

func (e *DeniedError) Error() string {
	return fmt.Sprintf("%s is not a public address; allow its network if it is meant", e.Addr)
}

// special are the networks that aren't the public internet and that netip has
// no word for. Source: IANA special-purpose address registries.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' NAT
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), // documentation
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"), // reserved, broadcast
	netip.MustParsePrefix("::/96"),       // IPv4-compatible
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // Teredo, ORCHID ...
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("3fff::/20"), // documentation
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"), // site-local
}

// Check refuses an address that isn't public and not allowed.
func (g *Guard) Check(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() || addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return &DeniedError{addr}
	}
	if g.all || contains(g.allowed, addr) {
		return nil
	}
	if v4, ok := embedded(addr); ok { // 6to4 and NAT64 lead to the IPv4 address within
		return g.Check(v4)
	}
	if addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() || contains(special, addr) {
		return &DeniedError{addr}
	}
	return nil
}

func contains(list []netip.Prefix, addr netip.Addr) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// embedded returns the IPv4 address that an IPv6 address of a transition
// mechanism stands for.
func embedded(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return netip.Addr{}, false
	}
	b := addr.As16()
	switch {
	case b[0] == 0x20 && b[1] == 0x02: // 2002::/16, 6to4
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case binary.BigEndian.Uint64(b[:8]) == 0x0064ff9b_00000000 && binary.BigEndian.Uint32(b[8:12]) == 0: // 64:ff9b::/96
		return netip.AddrFrom4([4]byte(b[12:16])), true
	}
	return netip.Addr{}, false
}

// DialContext connects if the address allows it.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: g.control, Resolver: g.resolver}
	return d.DialContext(ctx, network, address)
}

// control is called with each address that a name was resolved to, before the
// connection is made.
func (g *Guard) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("connect to %q: %w", address, err)
	}
	return g.Check(ap.Addr())
}

// Transport returns a transport through the guard. It uses no proxy: a proxy
// would resolve names behind the guard's back.
func (g *Guard) Transport() *http.Transport {
	return &http.Transport{
		DialContext: g.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second, MaxIdleConns: 20, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
}

// Client returns a client through the guard; a timeout of 0 is none, for
// streams. It follows five redirects at most and none from https to http.
func (g *Guard) Client(timeout time.Duration) *http.Client {
	return &http.Client{Transport: g.Transport(), Timeout: timeout, CheckRedirect: checkRedirect}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return errors.New("redirected more than five times")
	}
	if _, err := CheckURL(req.URL.String()); err != nil {
		return err
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errors.New("redirected from https to http")
	}
	return nil
}

// CheckURL reads an address to send requests to: http or https, with a host,
// without a user.
func CheckURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("the address is not a URL; write https://host/path") // the cause repeats it, secrets and all
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("the address has the scheme %q; use https or http", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("the address has no host; write https://host/path")
	case u.User != nil:
		return nil, errors.New("the address contains a user; leave it out")
	}
	return u, nil
}
