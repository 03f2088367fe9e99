package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"retable/internal/obs"
	"retable/internal/retable"
)

// withTLS puts TLS over a listener: from files, by ACME, or not at all.
func (s *Server) withTLS(ctx context.Context, ln net.Listener) (net.Listener, error) {
	c := &s.cfg.Server
	switch {
	case c.TLSCert != "":
		f := &certFile{cert: c.TLSCert, key: c.TLSKey, failed: func(err error) {
			s.log.Error("the certificate could not be read again; the old one stays", obs.Err(err))
		}}
		if _, err := f.get(nil); err != nil {
			return nil, &retable.Error{Code: retable.Invalid, Detail: "The certificate can't be used (RET_TLS_CERT, RET_TLS_KEY): " + err.Error() + ".", Err: err}
		}
		return tls.NewListener(ln, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.get, NextProtos: []string{"http/1.1"}}), nil
	case len(c.ACMEDomains) > 0:
		m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(c.ACMEDomains...), Cache: autocert.DirCache(c.ACMECache), Email: c.ACMEEmail}
		if c.ACMEDirectory != "" {
			m.Client = &acme.Client{DirectoryURL: c.ACMEDirectory}
		}
		s.answerChallenges(ctx, m)
		t := m.TLSConfig()
		t.MinVersion = tls.VersionTLS12
		t.NextProtos = []string{"http/1.1", "acme-tls/1"} // HTTP/2 isn't spoken here
		return tls.NewListener(ln, t), nil
	}
	return ln, nil
}

// answerChallenges listens on port 80, where it can: for the certificate
// authority, and to send people to TLS. Without it the TLS challenge remains.
func (s *Server) answerChallenges(ctx context.Context, m *autocert.Manager) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", ":80")
	if err != nil {
		s.log.Warn("port 80 is not ours; certificates are asked for by the TLS challenge alone", obs.Err(err))
		return
	}
	srv := &http.Server{Handler: m.HTTPHandler(nil), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the listener on port 80 ended", obs.Err(err))
		}
	}()
	context.AfterFunc(s.base, func() {
		if err := srv.Close(); err != nil {
			s.log.Warn("the listener on port 80 could not be closed", obs.Err(err))
		}
	})
}

// certFile is a certificate from files, which are read again when they change.
type certFile struct {
	cert, key string
	failed    func(error)

	mu      sync.Mutex
	now     *tls.Certificate
	stamp   [2]time.Time
	checked time.Time
}

const certCheck = 10 * time.Second

// get returns the certificate for a handshake.
func (f *certFile) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now != nil && time.Since(f.checked) < certCheck {
		return f.now, nil
	}
	f.checked = time.Now()
	stamp, err := f.stamps()
	if err == nil && f.now != nil && stamp == f.stamp {
		return f.now, nil
	}
	var fresh tls.Certificate
	if err == nil {
		fresh, err = tls.LoadX509KeyPair(f.cert, f.key)
	}
	switch {
	case err != nil && f.now == nil:
		return nil, err
	case err != nil:
		f.failed(err)
		return f.now, nil
	}
	f.now, f.stamp = &fresh, stamp
	return f.now, nil
}

func (f *certFile) stamps() (s [2]time.Time, err error) {
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return s, err
		}
		s[i] = info.ModTime()
	}
	return s, nil
}
