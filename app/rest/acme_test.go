package rest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"
)

// authority is a certificate authority that speaks ACME (RFC 8555) and proves
// who holds a domain by TLS-ALPN-01 (RFC 8737). Domains resolve to target.
type authority struct {
	*httptest.Server
	t    *testing.T
	root *x509.Certificate
	key  *ecdsa.PrivateKey

	mu      sync.Mutex
	nonces  map[string]bool
	account *ecdsa.PublicKey
	target  string // host:port of whoever asks for certificates
	domain  string // of the one order that is under way
	proved  bool
	chain   []byte
	issued  int
	lasting []time.Duration // of the certificates to come; then 90 days
	log     []string
}

func newAuthority(t *testing.T, lasting ...time.Duration) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour * 9999), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca := &authority{t: t, key: key, nonces: map[string]bool{}, lasting: lasting}
	if ca.root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	ca.Server = httptest.NewServer(mux)
	t.Cleanup(ca.Close)
	mux.HandleFunc("GET /directory", func(w http.ResponseWriter, _ *http.Request) {
		ca.answer(w, 200, map[string]any{"newNonce": ca.URL + "/nonce", "newAccount": ca.URL + "/account", "newOrder": ca.URL + "/order", "revokeCert": ca.URL + "/revoke", "keyChange": ca.URL + "/key"})
	})
	mux.HandleFunc("HEAD /nonce", func(w http.ResponseWriter, _ *http.Request) { ca.answer(w, 200, nil) })
	for path, step := range map[string]func(payload []byte, w http.ResponseWriter) (int, any){
		"/account": ca.register, "/order": ca.order, "/order/1": ca.state, "/authz": ca.authorization, "/challenge": ca.challenge, "/finalize": ca.finalize, "/cert": ca.certificate,
	} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			payload, err := ca.signed(r)
			if err != nil {
				ca.answer(w, 400, map[string]any{"type": "urn:ietf:params:acme:error:malformed", "detail": err.Error()})
				return
			}
			ca.mu.Lock()
			ca.log = append(ca.log, path)
			ca.mu.Unlock()
			status, body := step(payload, w)
			ca.answer(w, status, body)
		})
	}
	return ca
}

// answer sends JSON and the next nonce.
func (ca *authority) answer(w http.ResponseWriter, status int, body any) {
	nonce := rand.Text()
	ca.mu.Lock()
	ca.nonces[nonce] = true
	ca.mu.Unlock()
	w.Header().Set("Replay-Nonce", nonce)
	if raw, ok := body.([]byte); ok {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.WriteHeader(status)
		if _, err := w.Write(raw); err != nil {
			ca.t.Error(err)
		}
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		if err := json.NewEncoder(w).Encode(body); err != nil {
			ca.t.Error(err)
		}
	}
}

// signed verifies a request's JWS and returns what it says.
func (ca *authority) signed(r *http.Request) ([]byte, error) {
	b64 := base64.RawURLEncoding.DecodeString
	var jws struct{ Protected, Payload, Signature string }
	var head struct {
		Alg, Nonce, URL string
		JWK             struct{ X, Y string }
	}
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(raw, &jws)
	}
	if err != nil {
		return nil, err
	}
	if raw, err = b64(jws.Protected); err == nil {
		err = json.Unmarshal(raw, &head)
	}
	if err != nil {
		return nil, err
	}
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if !ca.nonces[head.Nonce] || head.Alg != "ES256" || head.URL != ca.URL+r.URL.Path {
		return nil, fmt.Errorf("nonce, algorithm or address: %+v", head)
	}
	delete(ca.nonces, head.Nonce)
	if head.JWK.X != "" {
		x, xerr := b64(head.JWK.X)
		y, yerr := b64(head.JWK.Y)
		if xerr != nil || yerr != nil {
			return nil, fmt.Errorf("key: %v, %v", xerr, yerr)
		}
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil {
			return nil, err
		}
		ca.account = key
	}
	sig, err := b64(jws.Signature)
	sum := sha256.Sum256([]byte(jws.Protected + "." + jws.Payload))
	if err != nil || len(sig) != 64 || ca.account == nil || !ecdsa.Verify(ca.account, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return nil, fmt.Errorf("the signature is wrong (%v)", err)
	}
	return b64(jws.Payload)
}

func (ca *authority) register(_ []byte, w http.ResponseWriter) (int, any) {
	w.Header().Set("Location", ca.URL+"/account/1")
	return 201, map[string]any{"status": "valid"}
}

func (ca *authority) order(payload []byte, w http.ResponseWriter) (int, any) {
	var req struct {
		Identifiers []struct{ Value string }
	}
	if err := json.Unmarshal(payload, &req); err != nil || len(req.Identifiers) != 1 {
		return 400, map[string]any{"detail": "one domain, please"}
	}
	ca.mu.Lock()
	ca.domain, ca.proved, ca.chain = req.Identifiers[0].Value, false, nil
	ca.mu.Unlock()
	w.Header().Set("Location", ca.URL+"/order/1")
	_, body := ca.state(nil, w)
	return 201, body
}

func (ca *authority) state([]byte, http.ResponseWriter) (int, any) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	out := map[string]any{"status": "pending", "identifiers": []any{map[string]any{"type": "dns", "value": ca.domain}}, "authorizations": []string{ca.URL + "/authz"}, "finalize": ca.URL + "/finalize"}
	switch {
	case ca.chain != nil:
		out["status"], out["certificate"] = "valid", ca.URL+"/cert"
	case ca.proved:
		out["status"] = "ready"
	}
	return 200, out
}

const challengeToken = "the-token"

func (ca *authority) authorization([]byte, http.ResponseWriter) (int, any) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	status := "pending"
	if ca.proved {
		status = "valid"
	}
	return 200, map[string]any{"status": status, "identifier": map[string]any{"type": "dns", "value": ca.domain}, "challenges": []any{
		map[string]any{"type": "tls-alpn-01", "url": ca.URL + "/challenge", "token": challengeToken, "status": status},
	}}
}

// challenge looks at the domain's server: the handshake must show a certificate
// with the hash of token and account.
func (ca *authority) challenge([]byte, http.ResponseWriter) (int, any) {
	ca.mu.Lock()
	domain, target, account := ca.domain, ca.target, ca.account
	ca.mu.Unlock()
	print, err := acme.JWKThumbprint(account)
	if err != nil {
		return 500, nil
	}
	dialer := &tls.Dialer{Config: &tls.Config{ServerName: domain, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", target)
	if err != nil {
		ca.t.Errorf("the challenge: %v", err)
		return 400, map[string]any{"detail": err.Error()}
	}
	defer conn.Close()
	shown := conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
	sum := sha256.Sum256([]byte(challengeToken + "." + print))
	want, err := asn1.Marshal(sum[:])
	if err != nil {
		return 500, nil
	}
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, x := range shown.Extensions {
		if x.Id.String() == "1.3.6.1.5.5.7.1.31" && x.Critical && string(x.Value) == string(want) && len(shown.DNSNames) == 1 && shown.DNSNames[0] == domain {
			ca.proved = true
		}
	}
	if !ca.proved {
		ca.t.Errorf("the challenge's certificate proves nothing: %v", shown.Extensions)
	}
	return 200, map[string]any{"type": "tls-alpn-01", "url": ca.URL + "/challenge", "token": challengeToken, "status": "processing"}
}

func (ca *authority) finalize(payload []byte, w http.ResponseWriter) (int, any) {
	var req struct{ CSR string }
	var csr *x509.CertificateRequest
	err := json.Unmarshal(payload, &req)
	if err == nil {
		var raw []byte
		if raw, err = base64.RawURLEncoding.DecodeString(req.CSR); err == nil {
			csr, err = x509.ParseCertificateRequest(raw)
		}
	}
	ca.mu.Lock()
	if err != nil || csr.CheckSignature() != nil || !ca.proved || len(csr.DNSNames) != 1 || csr.DNSNames[0] != ca.domain {
		ca.mu.Unlock()
		return 403, map[string]any{"type": "urn:ietf:params:acme:error:badCSR", "detail": fmt.Sprint(err)}
	}
	life := 90 * 24 * time.Hour
	if ca.issued < len(ca.lasting) {
		life = ca.lasting[ca.issued]
	}
	ca.issued++
	// Most of its time is over: it is due for renewal at once if little is left.
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(int64(100 + ca.issued)), DNSNames: csr.DNSNames, NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(life), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca.root, csr.PublicKey, ca.key)
	if err != nil {
		ca.t.Error(err)
	}
	ca.chain = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.root.Raw})...)
	ca.mu.Unlock()
	w.Header().Set("Location", ca.URL+"/order/1")
	return ca.state(nil, w)
}

func (ca *authority) certificate([]byte, http.ResponseWriter) (int, any) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return 200, ca.chain
}

func (ca *authority) orders() (n int) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, path := range ca.log {
		if path == "/order" {
			n++
		}
	}
	return n
}

// serve starts a server that gets its certificates here.
func (ca *authority) serve(t *testing.T, root string) *running {
	t.Helper()
	ca.mu.Lock()
	defer ca.mu.Unlock()
	r := serveFor(t, load(t, "RET_RUNTIME_ROOT="+root, "RET_ACME_DOMAINS=retable.example", "RET_ACME_DIRECTORY="+ca.URL+"/directory"))
	ca.target = r.addr
	return r
}

// shake does a handshake as a client that trusts the authority and returns the
// certificate's number.
func (ca *authority) shake(domain, address string) (serial int64, err error) {
	roots := x509.NewCertPool()
	roots.AddCert(ca.root)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: domain}}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.Int64(), nil
}

// A certificate is got by proof, kept for its owner alone, renewed in time
// and taken up again at the next start.
func TestCertificatesComeByACME(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, 10*time.Minute) // the first is due at once
	root := t.TempDir()
	r := ca.serve(t, root)
	if _, err := ca.shake("evil.example", r.addr); err == nil || ca.orders() != 0 {
		t.Errorf("a domain that isn't ours: %v, %d orders", err, ca.orders())
	}
	if serial, err := ca.shake("retable.example", r.addr); err != nil || serial < 101 {
		t.Fatalf("got the certificate %d, %v", serial, err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		serial, err := ca.shake("retable.example", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		if serial == 102 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the certificate %d isn't renewed", serial)
		}
	}
	keptForTheOwner(t, filepath.Join(root, "acme"), "retable.example", "acme_account")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = ca.serve(t, root)
	if serial, err := ca.shake("retable.example", r.addr); err != nil || serial != 102 || ca.orders() != 2 {
		t.Errorf("after a restart: certificate %d, %v, %d orders", serial, err, ca.orders())
	}
}

// keptForTheOwner looks at a folder of secrets, which must hold files of the names.
func keptForTheOwner(t *testing.T, dir string, names ...string) {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all = append(all, d.Name())
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the rights %v", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(strings.Join(all, " "), name) {
			t.Errorf("there is no %s among %v", name, all)
		}
	}
}
