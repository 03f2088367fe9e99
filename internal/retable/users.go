package retable

import (
	"context"
	"time"
)

// User is an account. Hashes never leave the services.
type User struct {
	ID           string
	Username     string // unique, compared without case
	Email        string // for notices; may be empty
	Role         Role
	PasswordHash string // argon2id or bcrypt in their own notations; "" can't log in by password
	Active       bool
	Locked       bool // by an administrator
	MustReset    bool // the password has to be set anew before the next log-in
	CreatedAt    Millis
	UpdatedAt    Millis
	LastLoginAt  Millis
	Version      int64
}

// Login is one log-in of a user: a chain of refresh tokens of which the newest
// is good. Its ID is the "sid" of access tokens.
type Login struct {
	ID           string
	UserID       string
	RefreshHash  string // hex HMAC-SHA-256 of the token that is good
	PreviousHash string // of the one before
	RotatedAt    Millis // when the present one was made
	IP           string
	UserAgent    string
	CreatedAt    Millis
	ExpiresAt    Millis
	LastUsedAt   Millis
	RevokedAt    Millis
	RevokeReason string
}

// PasswordReset is a request to set a password without knowing the old one.
type PasswordReset struct {
	ID        string
	UserID    string
	TokenHash string
	CreatedAt Millis
	ExpiresAt Millis
	UsedAt    Millis
}

// AccessToken is a personal access token for scripts.
type AccessToken struct {
	ID         string
	UserID     string
	Name       string
	TokenHash  string
	Scopes     []Scope
	CreatedAt  Millis
	ExpiresAt  Millis // 0: never
	LastUsedAt Millis
	RevokedAt  Millis
}

// TOTPSecret is a user's second factor. LastStep is the last time step whose
// code was accepted: no code works twice.
type TOTPSecret struct {
	UserID      string
	Secret      string // sealed by internal/auth
	CreatedAt   Millis
	ConfirmedAt Millis // 0: not in force yet
	LastStep    int64
}

// Identity ties a user to an account of an OpenID provider.
type Identity struct {
	Issuer, Subject string // together unique
	UserID          string
	Email           string
	CreatedAt       Millis
}

// Team is a group that things are shared with.
type Team struct {
	ID        string
	Name      string
	Members   []string // user ids
	CreatedAt Millis
}

// Quota bounds what a user may keep; 0 is "no limit", a missing quota is the
// default of the settings.
type Quota struct {
	UserID      string
	MaxBytes    int64
	MaxSessions int64
}

// Usage is what a user keeps.
type Usage struct {
	Bytes    int64
	Sessions int64
}

// UserFilter chooses users.
type UserFilter struct {
	Search string // part of the name
	Role   Role
	Active *bool
	Locked *bool
}

// Users keeps accounts.
type Users interface {
	Create(ctx context.Context, u *User) error // ErrTaken
	Get(ctx context.Context, id string) (*User, error)
	ByName(ctx context.Context, username string) (*User, error)
	Update(ctx context.Context, u *User) error // guarded by Version, which it raises: ErrStale
	List(ctx context.Context, f UserFilter, p Page) (List[User], error)
	// Names gives the names of those of the users that are there, by id.
	Names(ctx context.Context, ids []string) (map[string]string, error)
	Count(ctx context.Context) (int64, error) // without LocalUser
	CountAdmins(ctx context.Context) (int64, error)
	Delete(ctx context.Context, id string) error
	// Adopt gives everything that one user owns to another.
	Adopt(ctx context.Context, from, to string) error
}

// Logins keeps log-ins and the hashes of refresh tokens that were used.
type Logins interface {
	Create(ctx context.Context, l *Login) error
	Get(ctx context.Context, id string) (*Login, error)
	// ByRefresh finds the log-in whose present token has the hash, or one whose
	// earlier token had it: then spent is when that was replaced.
	ByRefresh(ctx context.Context, hash string) (l *Login, spent Millis, err error)
	// Rotate replaces the present hash and remembers it as spent. It fails with
	// ErrStale if the present hash is not old any more.
	Rotate(ctx context.Context, id, old, fresh string, at, expires Millis) error
	Touch(ctx context.Context, id string, at Millis) error
	Revoke(ctx context.Context, id, reason string, at Millis) error
	RevokeAll(ctx context.Context, userID, reason string, at Millis) (int64, error)
	List(ctx context.Context, userID string, active bool, p Page) (List[Login], error)
	// Purge removes what expired or was revoked before the time.
	Purge(ctx context.Context, before Millis) (int64, error)
}

// Credentials keeps password resets, access tokens, second factors and
// identities.
type Credentials interface {
	CreateReset(ctx context.Context, r *PasswordReset) error
	// UseReset marks the unused, unexpired reset as used and returns it;
	// NotFound otherwise. Of two at once one succeeds.
	UseReset(ctx context.Context, tokenHash string, at Millis) (*PasswordReset, error)
	DropResets(ctx context.Context, userID string) error

	CreateToken(ctx context.Context, t *AccessToken) error
	TokenByHash(ctx context.Context, hash string) (*AccessToken, error)
	Tokens(ctx context.Context, userID string) ([]AccessToken, error)
	RevokeToken(ctx context.Context, userID, id string, at Millis) error
	TouchToken(ctx context.Context, id string, at Millis) error

	TOTP(ctx context.Context, userID string) (*TOTPSecret, error)
	SetTOTP(ctx context.Context, s *TOTPSecret) error
	DeleteTOTP(ctx context.Context, userID string) error
	// StepTOTP raises LastStep if it is below step; ErrStale if not.
	StepTOTP(ctx context.Context, userID string, step int64) error
	SetRecoveryCodes(ctx context.Context, userID string, hashes []string, at Millis) error
	UseRecoveryCode(ctx context.Context, userID, hash string, at Millis) error // NotFound
	RecoveryCodesLeft(ctx context.Context, userID string) (int, error)

	Identity(ctx context.Context, issuer, subject string) (*Identity, error)
	LinkIdentity(ctx context.Context, i *Identity) error
	Identities(ctx context.Context, userID string) ([]Identity, error)
}

// Resource is a kind of thing that can be shared.
type Resource string

// The shared kinds.
const (
	ResourceSession    Resource = "session"
	ResourceCollection Resource = "collection"
	ResourceComparison Resource = "comparison"
)

// Share lets a user or a team see (or also change) what another user owns.
type Share struct {
	Resource   Resource
	ResourceID string
	UserID     string // one of the two
	TeamID     string
	Write      bool
	CreatedAt  Millis
}

// Sharing keeps teams, shares and quotas.
type Sharing interface {
	CreateTeam(ctx context.Context, t *Team) error // ErrTaken
	UpdateTeam(ctx context.Context, t *Team) error // name and members
	DeleteTeam(ctx context.Context, id string) error
	Team(ctx context.Context, id string) (*Team, error)
	// TeamNames gives the names of those of the teams that are there, by id.
	TeamNames(ctx context.Context, ids []string) (map[string]string, error)
	Teams(ctx context.Context, userID string) ([]Team, error) // "" for all
	Share(ctx context.Context, s *Share) error                // again: replaces
	Unshare(ctx context.Context, s *Share) error
	Shares(ctx context.Context, r Resource, id string) ([]Share, error)
	// Access reports whether a share gives the user access, and to write.
	Access(ctx context.Context, r Resource, id, userID string) (read, write bool, err error)
	Quota(ctx context.Context, userID string) (*Quota, error) // NotFound: the default holds
	SetQuota(ctx context.Context, q *Quota) error
	Usage(ctx context.Context, userID string) (Usage, error)
}

// Throttle counts failed log-ins of a key (account and address).
type Throttle interface {
	// Failures returns how many there were since the last success and when the
	// latest was.
	Failures(ctx context.Context, key string) (n int, latest Millis, err error)
	Fail(ctx context.Context, key string, at Millis, keep time.Duration) error
	Reset(ctx context.Context, key string) error
}
