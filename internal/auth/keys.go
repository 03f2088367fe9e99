package auth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"retable/internal/retable"
)

// The algorithms that access tokens are signed with.
const (
	HS256 = "HS256" // HMAC-SHA-256, 256 bits or more
	EdDSA = "EdDSA" // Ed25519
	RS256 = "RS256" // RSA of 2048 bits or more with SHA-256
)

// minSecret is the least length of a key in bytes: 256 bits.
const minSecret = 32

// KeyUse is what a key is for.
type KeyUse string

// The uses.
const (
	Signing KeyUse = "signing" // access tokens
	Sealing KeyUse = "sealing" // what is stored: hashes of tokens, sealed secrets
)

// KeyInfo describes a key without its secret.
type KeyInfo struct {
	ID        string
	Use       KeyUse
	Algorithm string         // of those that sign
	CreatedAt retable.Millis // 0: not known
	Current   bool           // the one that new things are made with
}

// Ring holds the keys of an installation, of each use the current one first;
// the others still verify and open what was made before a rotation. It is safe
// for concurrent use.
type Ring struct {
	clock retable.Clock
	path  string // of the file; "" if the keys come from settings

	mu      sync.RWMutex
	keys    keySet
	stamp   stamp // of the file when it was read
	checked time.Time
}

// keySet is what a ring holds; neither list is ever empty. It is replaced, not
// changed.
type keySet struct {
	signing []*signingKey
	sealing []*sealingKey
}

// signingKey signs and verifies access tokens.
type signingKey struct {
	id        string
	algorithm string
	secret    []byte // of HS256 the key itself, else PKCS #8
	createdAt retable.Millis
	signs     any // what golang-jwt signs with
	verifies  any // what it verifies with
}

// sealingKey hashes and seals what is stored.
type sealingKey struct {
	id        string
	secret    []byte
	createdAt retable.Millis
	hashing   []byte
	sealing   []byte
}

// newSigning checks the material. Without an id one follows from the secret, so
// that all replicas call a key the same.
func newSigning(id, algorithm string, secret []byte, at retable.Millis) (*signingKey, error) {
	k := &signingKey{id: id, algorithm: algorithm, secret: secret, createdAt: at}
	switch algorithm {
	case HS256:
		if len(secret) < minSecret {
			return nil, tooShort(secret)
		}
		k.signs, k.verifies = secret, secret
	case EdDSA, RS256:
		private, err := x509.ParsePKCS8PrivateKey(secret)
		if err != nil {
			return nil, fmt.Errorf("the private key can't be read as PKCS #8: %w", err)
		}
		if err := k.setPrivate(private); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("keys of the kind %q aren't known; there are %s, %s and %s", algorithm, HS256, EdDSA, RS256)
	}
	if k.id == "" {
		k.id = hex.EncodeToString(derive(secret, "key id", 8))
	}
	return k, nil
}

func (k *signingKey) setPrivate(private any) error {
	signer, ok := private.(crypto.Signer)
	switch p := private.(type) {
	case ed25519.PrivateKey:
		ok = ok && k.algorithm == EdDSA
	case *rsa.PrivateKey:
		ok = ok && k.algorithm == RS256
		if bits := p.N.BitLen(); bits < 2048 {
			return fmt.Errorf("an RSA key of %d bits is too short; RS256 takes at least 2048", bits)
		}
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("a key of the type %T doesn't fit %s", private, k.algorithm)
	}
	k.signs, k.verifies = private, signer.Public()
	return nil
}

// newSealing derives a key for each use, so that no two share one.
func newSealing(secret []byte, at retable.Millis) (*sealingKey, error) {
	if len(secret) < minSecret {
		return nil, tooShort(secret)
	}
	return &sealingKey{
		id: hex.EncodeToString(derive(secret, "key id", 8)), secret: secret, createdAt: at,
		hashing: derive(secret, "hash", 32), sealing: derive(secret, "seal", 32),
	}, nil
}

func tooShort(secret []byte) error {
	return fmt.Errorf("a key of %d bits is too short; it takes at least %d: make one with openssl rand -base64 48", len(secret)*8, minSecret*8)
}

func derive(secret []byte, purpose string, bytes int) []byte {
	out, err := hkdf.Key(sha256.New, secret, nil, "retable "+purpose, bytes)
	if err != nil {
		panic(err) // only lengths that no caller asks for
	}
	return out
}

// generate makes a fresh signing key.
func generate(algorithm string, at retable.Millis) (*signingKey, error) {
	switch algorithm {
	case HS256, "":
		return newSigning("", HS256, randomBytes(minSecret), at)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return newPrivate(EdDSA, private, at)
	case RS256:
		private, err := rsa.GenerateKey(rand.Reader, 3072)
		if err != nil {
			return nil, err
		}
		return newPrivate(RS256, private, at)
	}
	return newSigning("", algorithm, nil, at) // names the fault
}

func newPrivate(algorithm string, private any, at retable.Millis) (*signingKey, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	return newSigning("", algorithm, der, at)
}

// randomBytes never fails: crypto/rand ends the program where there is no
// randomness.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// Secret is a key from a setting.
type Secret struct {
	ID    string // "kid"; one that follows from the value if empty
	Value string // hex, base64, or the bytes as they stand; PEM for EdDSA and RS256
}

// NewRing returns a ring of keys from settings: those that sign access tokens,
// and those that seal, separated by commas; of both the current one first.
// algorithm is that of all signing keys; HS256 if empty.
func NewRing(algorithm string, signing []Secret, sealing string, clock retable.Clock) (*Ring, error) {
	if algorithm == "" {
		algorithm = HS256
	}
	var set keySet
	for _, s := range signing {
		secret := secretOf(s.Value)
		if algorithm != HS256 {
			block, _ := pem.Decode([]byte(s.Value))
			if block == nil {
				return nil, fmt.Errorf("a key for %s is not PEM", algorithm)
			}
			secret = block.Bytes
		}
		k, err := newSigning(s.ID, algorithm, secret, 0)
		if err != nil {
			return nil, err
		}
		set.signing = append(set.signing, k)
	}
	for _, s := range splitKeys(sealing) {
		k, err := newSealing(secretOf(s), 0)
		if err != nil {
			return nil, err
		}
		set.sealing = append(set.sealing, k)
	}
	return &Ring{clock: clock, keys: set}, set.check()
}

// check refuses a set that lacks a use or holds a key twice.
func (s keySet) check() error {
	if len(s.signing) == 0 || len(s.sealing) == 0 {
		return errors.New("a key is missing: one must sign, and one must seal")
	}
	seen := map[string]bool{}
	for _, k := range s.infos() {
		if seen[k.ID] {
			return fmt.Errorf("the key %s stands there twice", k.ID)
		}
		seen[k.ID] = true
	}
	return nil
}

// splitKeys splits at commas, if every part is long enough to be a key: one
// that contains a comma stays whole.
func splitKeys(s string) []string {
	parts := strings.Split(s, ",")
	for i, p := range parts {
		if parts[i] = strings.TrimSpace(p); len(parts[i]) < minSecret {
			return []string{strings.TrimSpace(s)}
		}
	}
	return parts
}

// secretOf decodes hex and base64 where that leaves enough.
func secretOf(s string) []byte {
	s = strings.TrimSpace(s)
	if b, err := hex.DecodeString(s); err == nil && len(b) >= minSecret {
		return b
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(s); err == nil && len(b) >= minSecret {
			return b
		}
	}
	return []byte(s)
}

// set returns the keys as they are now.
func (r *Ring) set() keySet {
	r.refresh()
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys
}

// signer returns the key that signs.
func (r *Ring) signer() *signingKey { return r.set().signing[0] }

// verifier returns the signing key with the id, nil if there is none.
func (r *Ring) verifier(id string) *signingKey {
	for _, k := range r.set().signing {
		if k.id == id {
			return k
		}
	}
	return nil
}

// sealer returns the key that seals.
func (r *Ring) sealer() *sealingKey { return r.set().sealing[0] }

// opener returns the sealing key with the id, nil if there is none.
func (r *Ring) opener(id string) *sealingKey {
	for _, k := range r.set().sealing {
		if k.id == id {
			return k
		}
	}
	return nil
}

// Keys describes the keys, of each use the current one first.
func (r *Ring) Keys() []KeyInfo { return r.set().infos() }

func (s keySet) infos() []KeyInfo {
	var all []KeyInfo
	for i, k := range s.signing {
		all = append(all, k.info(i == 0))
	}
	for i, k := range s.sealing {
		all = append(all, k.info(i == 0))
	}
	return all
}

func (k *signingKey) info(current bool) KeyInfo {
	return KeyInfo{ID: k.id, Use: Signing, Algorithm: k.algorithm, CreatedAt: k.createdAt, Current: current}
}

func (k *sealingKey) info(current bool) KeyInfo {
	return KeyInfo{ID: k.id, Use: Sealing, CreatedAt: k.createdAt, Current: current}
}
