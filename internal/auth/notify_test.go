package auth

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"retable/internal/retable"
)

func testNotification() *Notification {
	return &Notification{
		Kind: "password_reset", UserID: retable.NewID(), Username: "anna", Email: "Anna Ü <anna@example.org>", Subject: "Set your password\r\nBcc: x@example.org",
		Text: "Somebody asked for a link to set your password. Grüße.", Link: "https://retable.example/reset#token=abc",
		Expires: retable.MillisOf(time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)),
	}
}

// mailServer speaks enough SMTP for one mail per connection.
type mailServer struct {
	addr  string
	roots *tls.Config
	mails chan string
}

func startMail(t *testing.T, security string) *mailServer {
	t.Helper()
	https := httptest.NewUnstartedServer(nil) // it brings a certificate for 127.0.0.1
	https.StartTLS()
	t.Cleanup(https.Close)
	pool := x509.NewCertPool()
	pool.AddCert(https.Certificate())
	serverTLS := &tls.Config{Certificates: https.TLS.Certificates}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if security == TLS {
		l = tls.NewListener(l, serverTLS)
	}
	s := &mailServer{addr: l.Addr().String(), roots: &tls.Config{RootCAs: pool}, mails: make(chan string, 10)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.serve(c, security, serverTLS)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return s
}

func (s *mailServer) serve(c net.Conn, security string, cfg *tls.Config) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 test")
	var log strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		switch verb {
		case "EHLO":
			if security == StartTLS {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go")
			c = tls.Server(c, cfg)
			r = bufio.NewReader(c)
			log.WriteString("TLS\n")
		case "AUTH":
			log.WriteString(line)
			if strings.Contains(line, "AHUAd3Jvbmc=") { // \0u\0wrong
				say("535 no")
				return
			}
			say("235 ok")
		case "DATA":
			say("354 go")
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				log.WriteString(line)
			}
			say("250 ok")
		case "QUIT":
			say("221 bye")
			s.mails <- log.String()
			return
		default:
			log.WriteString(line)
			say("250 ok")
		}
	}
}

func TestSMTP(t *testing.T) {
	t.Parallel()
	for _, security := range []string{StartTLS, TLS, PlainTLS} {
		t.Run(security, func(t *testing.T) {
			t.Parallel()
			server := startMail(t, security)
			s, err := NewSMTP(SMTPConfig{
				Addr: server.addr, From: "Retable <retable@example.org>", Username: "u", Password: "p", Security: security, Roots: server.roots,
			}, newFakeClock().Now)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Notify(t.Context(), testNotification()); err != nil {
				t.Fatal(err)
			}
			log := <-server.mails
			_, message, _ := strings.Cut(log, "From: ")
			m, err := mail.ReadMessage(strings.NewReader("From: " + message))
			if err != nil {
				t.Fatalf("%v: %s", err, log)
			}
			if to, err := mail.ParseAddress(m.Header.Get("To")); err != nil || to.Address != "anna@example.org" || to.Name != "Anna Ü" {
				t.Errorf("got To %v, %v", to, err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != "Set your password Bcc: x@example.org" || m.Header.Get("Bcc") != "" {
				t.Errorf("got subject %q, Bcc %q, %v: a line break became a header", subject, m.Header.Get("Bcc"), err)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || !strings.Contains(string(body), "Grüße.") || !strings.Contains(string(body), "https://retable.example/reset#token=abc") ||
				!strings.Contains(string(body), "until 2026-11-25 09:30 UTC") {
				t.Errorf("got the body %q, %v", body, err)
			}
			if encrypted := strings.HasPrefix(log, "TLS\n"); (security == StartTLS) != encrypted {
				t.Errorf("STARTTLS used: %t", encrypted)
			}
			if !strings.Contains(log, "MAIL FROM:<retable@example.org>") || !strings.Contains(log, "RCPT TO:<anna@example.org>") || !strings.Contains(log, "AUTH PLAIN") {
				t.Errorf("got the dialogue %q", log)
			}
		})
	}
}

func TestSMTPFaults(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	for name, c := range map[string]SMTPConfig{
		"no port":                 {Addr: "mail.example.org", From: "a@b.c"},
		"no sender":               {Addr: "mail.example.org:25", From: "retable"},
		"unknown security":        {Addr: "mail.example.org:25", From: "a@b.c", Security: "maybe"},
		"plain to another server": {Addr: "mail.example.org:25", From: "a@b.c", Security: PlainTLS},
		"plain to a private one":  {Addr: "10.0.0.1:25", From: "a@b.c", Security: PlainTLS},
	} {
		if _, err := NewSMTP(c, clock.Now); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	server := startMail(t, PlainTLS)
	notify := func(c SMTPConfig, n *Notification) error {
		c.Addr, c.From, c.Timeout = server.addr, "a@b.c", time.Minute
		s, err := NewSMTP(c, clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		return s.Notify(t.Context(), n)
	}
	if err := notify(SMTPConfig{}, testNotification()); err == nil || !strings.Contains(err.Error(), "no TLS") {
		t.Errorf("a server without STARTTLS: got %v", err)
	}
	if err := notify(SMTPConfig{Security: PlainTLS, Username: "u", Password: "wrong"}, testNotification()); err == nil {
		t.Error("a wrong password went unseen")
	}
	if err := notify(SMTPConfig{Security: TLS}, testNotification()); err == nil {
		t.Error("TLS to a plain server went unseen")
	}
	for _, address := range []string{"", "no address"} {
		n := testNotification()
		n.Email = address
		if err := notify(SMTPConfig{Security: PlainTLS}, n); !errors.Is(err, ErrNoAddress) {
			t.Errorf("mail to %q: got %v, want ErrNoAddress", address, err)
		}
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts and never speaks
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s, err := NewSMTP(SMTPConfig{Addr: silent.Addr().String(), From: "a@b.c", Timeout: 50 * time.Millisecond}, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Notify(t.Context(), testNotification()); err == nil {
		t.Error("a silent server went unseen")
	}
}

func TestParseSMTP(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]SMTPConfig{
		"smtp://u%40x:p%3A@mail.example.org":      {Addr: "mail.example.org:587", Username: "u@x", Password: "p:"},
		"smtps://mail.example.org":                {Addr: "mail.example.org:465", Security: TLS},
		"smtp://localhost:25?security=none":       {Addr: "localhost:25", Security: PlainTLS},
		"smtps://[2001:db8::1]:2465?security=tls": {Addr: "[2001:db8::1]:2465", Security: TLS},
	} {
		want.From = "a@b.c"
		if got, err := ParseSMTP(address, "a@b.c"); err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", address, got, err, want)
		}
	}
	for _, address := range []string{"", "mail.example.org:25", "http://x", "smtp://", "smtp://u:secret@%zz"} {
		if _, err := ParseSMTP(address, ""); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v", address, err)
		}
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	status := http.StatusAccepted
	var got webhookBody
	var header http.Header
	var w *Webhook
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &got) != nil {
			t.Errorf("%v: %s", err, body)
		}
		header = r.Header
		if header.Get("X-Retable-Signature") != "sha256="+w.sign(header.Get("X-Retable-Timestamp"), body) {
			t.Error("the signature isn't that of timestamp and body")
		}
		rw.WriteHeader(status)
	}))
	defer server.Close()
	var err error
	w, err = NewWebhook(server.URL+"/hook", "shared", NewGuard(true, nil).Client(time.Minute), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	n := testNotification()
	ctx := retable.WithCorrelation(t.Context(), "corr-1")
	if err := w.Notify(ctx, n); err != nil {
		t.Fatal(err)
	}
	if got.Kind != n.Kind || got.Link != n.Link || got.UserID != n.UserID || got.Expires != "2026-11-25T09:30:00.000Z" || got.ID == "" || header.Get("X-Correlation-ID") != "corr-1" {
		t.Errorf("got %+v with %v", got, header)
	}
	status = http.StatusInternalServerError
	if err := w.Notify(ctx, n); err == nil {
		t.Error("a receiver that failed went unseen")
	}
	guarded, err := NewWebhook(server.URL, "", NewGuard(false, nil).Client(time.Minute), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	var denied *DeniedError
	if err := guarded.Notify(ctx, n); !errors.As(err, &denied) {
		t.Errorf("a private address: got %v, want it denied", err)
	}
	if _, err := NewWebhook("ftp://x", "", nil, clock.Now); err == nil {
		t.Error("an address of another scheme passed")
	}
}

// named is a notifier that answers what it is told.
type named struct {
	name string
	err  error
	got  *int
}

func (n named) Name() string                                { return n.name }
func (n named) Notify(context.Context, *Notification) error { *n.got++; return n.err }

func TestNotifyAll(t *testing.T) {
	t.Parallel()
	got := 0
	by, err := NotifyAll(t.Context(), []Notifier{named{"a", ErrNoAddress, &got}, named{"b", errors.New("down"), &got}, named{"c", nil, &got}, named{"d", nil, &got}}, testNotification())
	if err != nil || by != "c" || got != 3 {
		t.Errorf("got %q, %v after %d", by, err, got)
	}
	if _, err := NotifyAll(t.Context(), []Notifier{named{"a", errors.New("down"), &got}}, testNotification()); err == nil {
		t.Error("a failure went unseen")
	}
	if _, err := NotifyAll(t.Context(), nil, testNotification()); !errors.Is(err, ErrNoAddress) {
		t.Errorf("no notifiers: got %v", err)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	ring := fileRing(t, clock.Now)
	var notice *retable.Notice
	n := NewNoticeNotifier(ring, func(_ context.Context, n *retable.Notice) error { notice = n; return nil })
	sent := testNotification()
	sent.Expires = retable.MillisOf(clock.Now().Add(time.Hour))
	if by, err := NotifyAll(t.Context(), []Notifier{n}, sent); err != nil || by != "admin" {
		t.Fatalf("got %q, %v", by, err)
	}
	if strings.Contains(string(notice.Detail)+notice.Text, "token=abc") {
		t.Error("the link stands in the store in plain")
	}
	d, err := ring.OpenNotice(notice)
	if err != nil || d.Link != sent.Link || d.Username != "anna" {
		t.Errorf("got %+v, %v", d, err)
	}
	stolen := *notice
	stolen.Detail = json.RawMessage(strings.Replace(string(notice.Detail), sent.UserID, retable.NewID(), 1))
	if d, err := ring.OpenNotice(&stolen); err != nil || d.Link != "" {
		t.Errorf("a notice that was moved to another user: got %+v, %v", d, err)
	}
	clock.Move(time.Hour)
	if d, err := ring.OpenNotice(notice); err != nil || d.Link != "" {
		t.Errorf("after its end: got %+v, %v", d, err)
	}
	if d, err := ring.OpenNotice(&retable.Notice{}); err != nil || d != (NoticeDetail{}) {
		t.Errorf("a notice without detail: got %+v, %v", d, err)
	}
	if _, err := ring.OpenNotice(&retable.Notice{Detail: json.RawMessage("[]")}); err == nil {
		t.Error("a detail of nonsense was read")
	}
}
