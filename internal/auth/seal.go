package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"retable/internal/retable"
)

// Purpose keeps what is made for one use from being taken for another.
type Purpose string

// The purposes.
const (
	ForRefresh  Purpose = "refresh token"
	ForAccess   Purpose = "personal access token"
	ForReset    Purpose = "password reset"
	ForSetup    Purpose = "set-up link"
	ForRecovery Purpose = "recovery code"
	ForTOTP     Purpose = "totp secret"
	ForTicket   Purpose = "download ticket"
	ForOIDC     Purpose = "openid log-in"
	ForNotice   Purpose = "link in a notice"
)

// Hash returns what is stored of a secret: hex HMAC-SHA-256 under the current key.
func (r *Ring) Hash(p Purpose, secret string) string { return r.sealer().hash(p, secret) }

// Hashes returns what may be stored of it under any key, the current one first.
func (r *Ring) Hashes(p Purpose, secret string) []string {
	var all []string
	for _, k := range r.set().sealing {
		all = append(all, k.hash(p, secret))
	}
	return all
}

func (k *sealingKey) hash(p Purpose, secret string) string {
	mac := hmac.New(sha256.New, k.hashing)
	mac.Write([]byte(p))
	mac.Write([]byte{0})
	mac.Write([]byte(secret))
	return hex.EncodeToString(mac.Sum(nil))
}

// Same compares two hashes in constant time.
func Same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// errSealed names no cause: whoever made up a value learns nothing from it.
var errSealed = errors.New("the sealed value is not valid")

// Seal encrypts and authenticates a value (XChaCha20-Poly1305) for one purpose
// and owner. The result is safe in URLs and cookies: key id, dot, base64url.
func (r *Ring) Seal(p Purpose, owner string, value []byte) string {
	k := r.sealer()
	aead, err := chacha20poly1305.NewX(k.sealing)
	if err != nil {
		panic(err) // only for keys that aren't 32 bytes
	}
	nonce := randomBytes(aead.NonceSize())
	return k.id + "." + base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, value, bound(p, owner)))
}

// Unseal returns the value that was sealed for the purpose and owner.
func (r *Ring) Unseal(p Purpose, owner, sealed string) ([]byte, error) {
	id, text, _ := strings.Cut(sealed, ".")
	k := r.opener(id)
	if k == nil {
		return nil, errSealed
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errSealed
	}
	aead, err := chacha20poly1305.NewX(k.sealing)
	if err != nil {
		panic(err) // only for keys that aren't 32 bytes
	}
	if len(raw) < aead.NonceSize() {
		return nil, errSealed
	}
	value, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], bound(p, owner))
	if err != nil {
		return nil, errSealed
	}
	return value, nil
}

// SealedByCurrent reports whether a value needs no sealing anew.
func (r *Ring) SealedByCurrent(sealed string) bool {
	return strings.HasPrefix(sealed, r.sealer().id+".")
}

func bound(p Purpose, owner string) []byte { return []byte(string(p) + "\x00" + owner) }

// passing is a sealed value that ends by itself.
type passing[T any] struct {
	Value   T              `json:"v"`
	Expires retable.Millis `json:"e"`
}

// sealFor seals a value that is good for a while.
func sealFor[T any](r *Ring, p Purpose, value T, ttl time.Duration) (string, error) {
	data, err := json.Marshal(passing[T]{value, r.clock.Now().Add(ttl)})
	if err != nil {
		return "", err
	}
	return r.Seal(p, "", data), nil
}

// unsealFor returns the value if its time isn't over.
func unsealFor[T any](r *Ring, p Purpose, sealed string) (T, error) {
	var v passing[T]
	data, err := r.Unseal(p, "", sealed)
	if err != nil {
		return v.Value, err
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v.Value, errSealed
	}
	if r.clock.Now() >= v.Expires {
		return v.Value, errors.New("the sealed value has expired")
	}
	return v.Value, nil
}
