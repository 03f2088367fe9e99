package config

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Server says how the server listens and whom it believes.
type Server struct {
	Address        string
	PublicURL      string
	TLSCert        string
	TLSKey         string
	ACMEDomains    []string
	ACMEEmail      string
	ACMECache      string
	ACMEDirectory  string
	AllowHTTP      bool
	HSTS           time.Duration
	CORSOrigins    []string
	TrustedProxies []netip.Prefix
	DenyIPs        []netip.Prefix
	MaxConnections int
	MaxStreams     int
	ReadTimeout    time.Duration
	IdleTimeout    time.Duration
}

// TLS reports whether the server speaks TLS itself.
func (s *Server) TLS() bool { return s.TLSCert != "" || len(s.ACMEDomains) > 0 }

// Loopback reports whether only this machine can connect.
func (s *Server) Loopback() bool {
	host, _, err := net.SplitHostPort(s.Address)
	return err == nil && loopback(host)
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

func (s *Server) fields() []Field {
	return []Field{
		{Name: "address", value: address(&s.Address), Default: "127.0.0.1:8000", Help: "Where to listen."},
		{Name: "public_url", value: link(&s.PublicURL, "http", "https"), Help: "Address under which people reach the server, for links in messages and for OIDC; by default made from the address."},
		{Name: "tls_cert", value: path(&s.TLSCert), Help: "Certificate chain in PEM; it is read again when it changes."},
		{Name: "tls_key", value: path(&s.TLSKey), Help: "Private key of the certificate in PEM."},
		{Name: "acme_domains", value: list(&s.ACMEDomains, checkDomain), Help: "Domains for which a certificate is fetched by ACME (Let's Encrypt)."},
		{Name: "acme_email", value: text(&s.ACMEEmail), Help: "Where the certificate authority writes to."},
		{Name: "acme_cache", value: path(&s.ACMECache), Help: "Where certificates are kept; by default acme in the data root."},
		{Name: "acme_directory", value: link(&s.ACMEDirectory, "https", "http"), Help: "Directory of another certificate authority that speaks ACME; by default Let's Encrypt's."},
		{Name: "allow_http", value: boolean(&s.AllowHTTP), Default: "false", Help: "Listen without TLS for other machines too: for a proxy on another one that does TLS, never in the open."},
		{Name: "hsts", value: duration(&s.HSTS, 0, maxDuration), Default: "365d", Help: "Time for which browsers are told to use TLS only, sent over TLS; 0 says nothing."},
		{Name: "cors_origins", value: list(&s.CORSOrigins, checkOrigin), Help: "Web pages of other origins that may call the API, such as https://app.example.org. * is refused: calls carry credentials."},
		{Name: "trusted_proxies", value: networks(&s.TrustedProxies), Help: "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses and ranges."},
		{Name: "deny_ips", value: networks(&s.DenyIPs), Help: "Clients that are refused: addresses and ranges."},
		{Name: "max_connections", value: integer(&s.MaxConnections, 16, 10_000_000), Default: "20000", Help: "Connections at once."},
		{Name: "max_streams", value: integer(&s.MaxStreams, 1, 1_000_000), Default: "2000", Help: "Event streams at once."},
		{Name: "read_timeout", value: duration(&s.ReadTimeout, time.Second, time.Hour), Default: "30s", Help: "Time that a request gets to arrive; uploads have their minimum rate instead."},
		{Name: "idle_timeout", value: duration(&s.IdleTimeout, time.Second, time.Hour), Default: "2m", Help: "Time after which an idle connection is closed."},
	}
}

func checkOrigin(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "*":
		return errNoStar
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" || u.RawQuery != "" || strings.Contains(u.Host, "*"):
		return notOrigin(s)
	}
	return nil
}

func checkDomain(s string) error {
	if strings.ContainsAny(s, "/:*@") || !strings.Contains(s, ".") {
		return notDomain(s)
	}
	return nil
}
