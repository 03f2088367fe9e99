package auth

import (
	"encoding/base64"
	"hash/crc32"
	"math/big"
	"strings"
)

// NewRefreshToken returns 48 random bytes in base64url: 64 characters.
func NewRefreshToken() string { return base64.RawURLEncoding.EncodeToString(randomBytes(48)) }

// LooksLikeRefresh tells whether a text has the form of a refresh token.
func LooksLikeRefresh(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 48
}

// NewLinkToken returns the secret of a link that works once: 32 random bytes
// in base64url.
func NewLinkToken() string { return base64.RawURLEncoding.EncodeToString(randomBytes(32)) }

// LooksLikeLink tells whether a text has the form of a link's secret.
func LooksLikeLink(s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 32
}

// AccessPrefix begins every personal access token, so that people and secret
// scanners know one when they see it.
const AccessPrefix = "ret_"

const (
	accessRandom = 40 // characters of base62: 238 bits
	accessCheck  = 6
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewAccessToken returns a personal access token: the prefix, 40 random
// characters, and six that check them.
func NewAccessToken() string {
	var b strings.Builder
	for b.Len() < accessRandom {
		for _, c := range randomBytes(accessRandom) {
			if c < 248 && b.Len() < accessRandom { // 248 = 4 * 62: no character is likelier than another
				b.WriteByte(base62[c%62])
			}
		}
	}
	return AccessPrefix + b.String() + checkOf(b.String())
}

// IsAccessToken tells by prefix, form and check whether a text can be a
// personal access token. Most typing errors and made-up ones end here, before
// anything is looked up.
func IsAccessToken(s string) bool {
	rest, ok := strings.CutPrefix(s, AccessPrefix)
	if !ok || len(rest) != accessRandom+accessCheck {
		return false
	}
	return checkOf(rest[:accessRandom]) == rest[accessRandom:]
}

// checkOf is the CRC-32 of the text in six characters of base62.
func checkOf(s string) string {
	text := new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(s)))).Text(62)
	return strings.Repeat("0", accessCheck-len(text)) + text
}

// recoveryAlphabet leaves out what is mistaken for something else: i, l, o, u.
const recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewRecoveryCodes returns ten codes of 120 bits in four groups: strong enough
// to be kept as an HMAC (ASVS 5.0, 6.5.2 asks for 112 bits).
func NewRecoveryCodes() []string {
	codes := make([]string, 10)
	for i := range codes {
		var b strings.Builder
		for j, c := range randomBytes(24) {
			if j > 0 && j%6 == 0 {
				b.WriteByte('-')
			}
			b.WriteByte(recoveryAlphabet[c%32])
		}
		codes[i] = b.String()
	}
	return codes
}

// NormalRecoveryCode undoes what typing does to a code: case, blanks, dashes,
// and letters that look like digits.
func NormalRecoveryCode(s string) string {
	if len(s) > 100 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '\t', '\n', '\r':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, strings.ToLower(s))
}
