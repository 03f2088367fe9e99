package auth

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"retable/internal/retable"
)

// AccessConfig says what access tokens carry.
type AccessConfig struct {
	Issuer   string        // "iss"; "retable" if empty
	Audience string        // "aud"; "retable" if empty
	TTL      time.Duration // 15 minutes if 0
}

// leeway is what clocks of replicas may differ by.
const leeway = 5 * time.Second

// maxToken bounds what is looked at: no token of ours is nearly as long.
const maxToken = 4096

// AccessTokens issues and verifies the short-lived tokens of log-ins: signed
// JWTs with sub, sid, iss, aud, iat, nbf, exp and jti, and the key's id in the
// header. They say who; whether that log-in is still good, the store says.
type AccessTokens struct {
	ring   *Ring
	cfg    AccessConfig
	parser *jwt.Parser
}

// Claims are what a verified access token says.
type Claims struct {
	UserID  string         // sub
	LoginID string         // sid
	ID      string         // jti
	Expires retable.Millis // exp
}

type accessClaims struct {
	jwt.RegisteredClaims
	LoginID string `json:"sid"`
}

// NewAccessTokens returns an issuer over the ring and its clock.
func NewAccessTokens(ring *Ring, cfg AccessConfig) *AccessTokens {
	if cfg.Issuer == "" {
		cfg.Issuer = "retable"
	}
	if cfg.Audience == "" {
		cfg.Audience = "retable"
	}
	if cfg.TTL <= 0 {
		cfg.TTL = 15 * time.Minute
	}
	return &AccessTokens{ring: ring, cfg: cfg, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{HS256, EdDSA, RS256}), // "none" isn't one
		jwt.WithIssuer(cfg.Issuer), jwt.WithAudience(cfg.Audience),
		jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(), jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway), jwt.WithTimeFunc(ring.clock), jwt.WithStrictDecoding(),
	)}
}

// TTL is how long a token is good.
func (a *AccessTokens) TTL() time.Duration { return a.cfg.TTL }

// Issue returns a token for a log-in of a user.
func (a *AccessTokens) Issue(userID, loginID string) (string, error) {
	k := a.ring.signer()
	now := a.ring.clock()
	t := jwt.NewWithClaims(jwt.GetSigningMethod(k.algorithm), accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: a.cfg.Issuer, Audience: jwt.ClaimStrings{a.cfg.Audience}, Subject: userID, ID: retable.NewID(),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(a.cfg.TTL)),
		},
		LoginID: loginID,
	})
	t.Header["kid"] = k.id
	return t.SignedString(k.signs)
}

// Verify checks form, key, algorithm, signature and times of a token. The error
// is Unauthorized, with the reason "token_expired" or "token_invalid".
func (a *AccessTokens) Verify(token string) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, invalidToken(errors.New("too long"))
	}
	var c accessClaims
	_, err := a.parser.ParseWithClaims(token, &c, a.keyOf)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Claims{}, &retable.Error{Code: retable.Unauthorized, Reason: "token_expired", Err: err, Detail: "The access token has expired; refresh it."}
	case err != nil:
		return Claims{}, invalidToken(err)
	case !retable.ValidID(c.Subject) || !retable.ValidID(c.LoginID) || c.ID == "":
		return Claims{}, invalidToken(errors.New("sub, sid or jti is missing"))
	}
	return Claims{UserID: c.Subject, LoginID: c.LoginID, ID: c.ID, Expires: retable.MillisOf(c.ExpiresAt.Time)}, nil
}

// keyOf finds the key by its id. The algorithm must be the key's own, so that
// no public key is ever taken for the secret of an HMAC.
func (a *AccessTokens) keyOf(t *jwt.Token) (any, error) {
	id, _ := t.Header["kid"].(string)
	k := a.ring.verifier(id)
	if k == nil {
		return nil, errors.New("the key is not known")
	}
	if t.Method.Alg() != k.algorithm {
		return nil, errors.New("the algorithm is not the key's")
	}
	return k.verifies, nil
}

func invalidToken(cause error) error {
	return &retable.Error{Code: retable.Unauthorized, Reason: "token_invalid", Err: cause, Detail: "The access token is not valid; log in again."}
}
