package auth

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/url"
	"strings"
	"time"

	"retable/internal/retable"
)

// The ways to protect the connection to a mail server.
const (
	StartTLS = "starttls" // begin in plain and refuse to go on without TLS
	TLS      = "tls"      // TLS from the first byte, usually port 465
	PlainTLS = "none"     // no TLS: only for a server on this machine
)

// SMTPConfig names a mail server. Administrators set it, so any address will do.
type SMTPConfig struct {
	Addr     string // host:port
	From     string // "Retable <retable@example.org>"
	Username string // "" doesn't log in
	Password string
	Security string // StartTLS if empty
	Timeout  time.Duration
	Roots    *tls.Config // certificates to trust instead of the system's; may be nil
}

// ParseSMTP reads an address such as smtp://user:password@host:587 (STARTTLS)
// or smtps://host:465 (TLS). smtp://localhost:25?security=none sends in plain to
// this machine.
func ParseSMTP(address, from string) (SMTPConfig, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
		return SMTPConfig{}, errors.New("the mail server is no address; write smtp://user:password@host:587") // the cause repeats the password
	}
	cfg := SMTPConfig{From: from, Username: u.User.Username(), Security: u.Query().Get("security")}
	cfg.Password, _ = u.User.Password()
	port := u.Port()
	if u.Scheme == "smtps" {
		cfg.Security = TLS
		port = cmp.Or(port, "465")
	}
	cfg.Addr = net.JoinHostPort(u.Hostname(), cmp.Or(port, "587"))
	return cfg, nil
}

// SMTP sends notifications by mail.
type SMTP struct {
	cfg   SMTPConfig
	host  string
	from  *mail.Address
	clock retable.Clock
}

var _ Notifier = (*SMTP)(nil)

// NewSMTP checks the configuration; it doesn't connect.
func NewSMTP(cfg SMTPConfig, clock retable.Clock) (*SMTP, error) {
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("the mail server %q is no address; write host:port", cfg.Addr)
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("the sender %q is no mail address; write Retable <retable@example.org>", cfg.From)
	}
	switch cfg.Security {
	case "":
		cfg.Security = StartTLS
	case StartTLS, TLS:
	case PlainTLS:
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("mail to %s would go unencrypted, with links that open accounts; use %s or %s", host, StartTLS, TLS)
		}
	default:
		return nil, fmt.Errorf("mail security %q isn't known; there are %s, %s and %s", cfg.Security, StartTLS, TLS, PlainTLS)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	return &SMTP{cfg: cfg, host: host, from: from, clock: clock}, nil
}

// Name is "smtp".
func (*SMTP) Name() string { return "smtp" }

// Notify sends a mail.
func (s *SMTP) Notify(ctx context.Context, n *Notification) error {
	if n.Email == "" {
		return ErrNoAddress
	}
	to, err := mail.ParseAddress(n.Email)
	if err != nil {
		return fmt.Errorf("%w: the user's mail address can't be read", ErrNoAddress)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	if err := s.send(ctx, to, s.message(to, n)); err != nil {
		return fmt.Errorf("mail by %s: %w", s.cfg.Addr, err)
	}
	return nil
}

// message words the mail. Addresses and subject are encoded, so that no line
// break of theirs becomes a header.
func (s *SMTP) message(to *mail.Address, n *Notification) []byte {
	var b bytes.Buffer
	_, domain, _ := strings.Cut(s.from.Address, "@")
	for _, h := range [][2]string{
		{"From", s.from.String()},
		{"To", to.String()},
		{"Subject", mime.QEncoding.Encode("utf-8", oneLine(n.Subject))},
		{"Date", s.clock().UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + retable.NewID() + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	text := n.Text
	if n.Link != "" {
		text += "\n\n" + n.Link + "\n\nThe link works once, until " + n.Expires.Time().Format("2006-01-02 15:04") + " UTC."
	}
	w := quotedprintable.NewWriter(&b)
	_, err := w.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"))
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (s *SMTP) send(ctx context.Context, to *mail.Address, message []byte) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // net/smtp knows no context
	defer stop()
	if s.cfg.Security == TLS {
		conn = tls.Client(conn, s.tls())
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return err
	}
	defer c.Close()
	if s.cfg.Security == StartTLS {
		if err := c.StartTLS(s.tls()); err != nil {
			return fmt.Errorf("the server offers no TLS: %w", err)
		}
	}
	if s.cfg.Username != "" {
		if err := c.Auth(smtp.PlainAuth("", s.cfg.Username, s.cfg.Password, s.host)); err != nil {
			return err
		}
	}
	if err := errors.Join(c.Mail(s.from.Address), c.Rcpt(to.Address)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(message); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

func (s *SMTP) tls() *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.cfg.Roots != nil {
		cfg.RootCAs = s.cfg.Roots.RootCAs
	}
	cfg.ServerName = s.host
	return cfg
}
