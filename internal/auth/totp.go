package auth

import (
	"bytes"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// stepSeconds is the length of a time step.
const stepSeconds = 30

// TOTP makes and checks the time-based second factor: SHA-1, six digits, 30
// seconds, which is what all authenticator apps take. Source: RFC 6238.
type TOTP struct {
	ring   *Ring
	issuer string
}

// NewTOTP returns the mechanism; issuer is the name that apps show.
func NewTOTP(ring *Ring, issuer string) *TOTP {
	if issuer == "" {
		issuer = "Retable"
	}
	return &TOTP{ring, issuer}
}

// Enrolment is a fresh second factor: what the person gets to see once, and
// what is stored.
type Enrolment struct {
	Secret string // base32, for typing
	URL    string // otpauth://
	PNG    []byte // the URL as a QR code, 256 pixels wide
	Sealed string // to be stored
}

// Enrol makes a second factor for a user.
func (t *TOTP) Enrol(userID, username string) (*Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: t.issuer, AccountName: strings.ReplaceAll(username, ":", " "), SecretSize: 20})
	if err != nil {
		return nil, fmt.Errorf("make a second factor: %w", err)
	}
	img, err := key.Image(256, 256)
	if err != nil {
		return nil, fmt.Errorf("draw the QR code: %w", err)
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return nil, fmt.Errorf("draw the QR code: %w", err)
	}
	return &Enrolment{
		Secret: key.Secret(), URL: key.URL(), PNG: buf.Bytes(),
		Sealed: t.ring.Seal(ForTOTP, userID, []byte(key.Secret())),
	}, nil
}

// Check reports whether a code is right: that of the present step or of one
// beside it, and of a step after the last one that was used. All three are
// always compared. The step returned is to be stored as used.
func (t *TOTP) Check(sealed, userID, code string, lastStep int64) (step int64, right bool, err error) {
	secret, err := t.ring.Unseal(ForTOTP, userID, sealed)
	if err != nil {
		return 0, false, fmt.Errorf("read a second factor: %w", err)
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := t.ring.clock().Unix() / stepSeconds
	for s := now - 1; s <= now+1; s++ {
		want, err := totp.GenerateCodeCustom(string(secret), time.Unix(s*stepSeconds, 0), totp.ValidateOpts{
			Period: stepSeconds, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil {
			return 0, false, fmt.Errorf("compute a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > lastStep {
			step, right = s, true
		}
	}
	return step, right, nil
}

// Reseal returns a stored secret sealed by the current key; changed is false
// if it was already.
func (t *TOTP) Reseal(sealed, userID string) (fresh string, changed bool, err error) {
	if t.ring.SealedByCurrent(sealed) {
		return sealed, false, nil
	}
	secret, err := t.ring.Unseal(ForTOTP, userID, sealed)
	if err != nil {
		return "", false, fmt.Errorf("read a second factor: %w", err)
	}
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(string(secret)); err != nil {
		return "", false, fmt.Errorf("read a second factor: %w", err)
	}
	return t.ring.Seal(ForTOTP, userID, secret), true, nil
}
