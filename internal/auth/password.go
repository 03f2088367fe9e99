package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"retable/internal/retable"
)

// Cost is what one Argon2id hash takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultCost is 19 MiB, two passes, one lane. Source: OWASP Password Storage
// Cheat Sheet.
func DefaultCost() Cost { return Cost{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1} }

// HasherConfig bounds what hashing may take of the machine. Zero members mean
// their defaults.
type HasherConfig struct {
	Cost     Cost
	Parallel int           // hashes at once; one per processor that the process may use
	Queue    int           // callers that may wait; eight per hash
	Wait     time.Duration // how long one waits; 5 s
}

// Hasher makes and checks password hashes. It is safe for concurrent use. Only
// so many run at once: log-ins must not starve the rest of the server, and each
// takes 19 MiB.
type Hasher struct {
	cost    Cost
	queue   int64
	wait    time.Duration
	slots   chan struct{}
	waiting atomic.Int64
	work    atomic.Int64
	refused atomic.Int64
	nobody  string // the hash of a password that nobody has
}

// NewHasher returns a hasher.
func NewHasher(cfg HasherConfig) (*Hasher, error) {
	if cfg.Cost == (Cost{}) {
		cfg.Cost = DefaultCost()
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = runtime.GOMAXPROCS(0) // NumCPU, or what a container is given of it
	}
	if cfg.Queue <= 0 {
		cfg.Queue = 8 * cfg.Parallel
	}
	if cfg.Wait <= 0 {
		cfg.Wait = 5 * time.Second
	}
	if err := cfg.Cost.check(); err != nil {
		return nil, err
	}
	h := &Hasher{cost: cfg.Cost, queue: int64(cfg.Queue), wait: cfg.Wait, slots: make(chan struct{}, cfg.Parallel)}
	h.nobody = phc{cfg.Cost, randomBytes(saltBytes), randomBytes(hashBytes)}.String()
	return h, nil
}

// Work returns how many hashes were computed: checks of a known and of an
// unknown account count the same.
func (h *Hasher) Work() int64 { return h.work.Load() }

// Waiting returns how many callers wait for a slot.
func (h *Hasher) Waiting() int64 { return h.waiting.Load() }

// Refused returns how many callers were sent away as Busy.
func (h *Hasher) Refused() int64 { return h.refused.Load() }

// Hash returns the Argon2id hash of a password in PHC notation. Busy: too many
// are waiting.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := randomBytes(saltBytes)
	return phc{h.cost, salt, h.argon2id(h.cost, password, salt, hashBytes)}.String(), nil
}

// Verify reports whether the password is the one that was hashed, and whether
// its hash should be made anew: it is bcrypt, or of another cost. An empty
// hash, of an account without a password or of none at all, takes the same
// work and is never right.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (right, upgrade bool, err error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	known := hash != ""
	if !known {
		hash = h.nobody
	}
	if isBcrypt(hash) {
		return h.verifyBcrypt(hash, password)
	}
	p, err := parsePHC(hash)
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(p.hash, h.argon2id(p.cost, password, p.salt, len(p.hash))) == 1
	return right && known, p.cost != h.cost || len(p.hash) != hashBytes, nil
}

func (h *Hasher) argon2id(c Cost, password string, salt []byte, n int) []byte {
	h.work.Add(1)
	var hash []byte
	inBackground(func() { hash = argon2.IDKey([]byte(password), salt, c.Passes, c.MemoryKiB, c.Lanes, uint32(n)) }) // #nosec G115 -- n is at most 64
	return hash
}

// enter waits for a slot.
func (h *Hasher) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-h.slots }
	select {
	case h.slots <- struct{}{}:
		return leave, nil
	default:
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > h.queue {
		return nil, h.busy()
	}
	patience := time.NewTimer(h.wait)
	defer patience.Stop()
	select {
	case h.slots <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, h.busy()
	}
}

func (h *Hasher) busy() error {
	h.refused.Add(1)
	return &retable.Error{
		Code: retable.Busy, Reason: "too_many_logins", RetryAfter: 2 * time.Second,
		Detail: "Too many people are logging in at this moment; try again in two seconds.",
	}
}

func isBcrypt(hash string) bool {
	return strings.HasPrefix(hash, "$2a$") || strings.HasPrefix(hash, "$2b$") || strings.HasPrefix(hash, "$2y$")
}

// maxBcryptCost keeps an imported hash from holding a slot for minutes.
const maxBcryptCost = 16

func (h *Hasher) verifyBcrypt(hash, password string) (right, upgrade bool, err error) {
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return false, false, fmt.Errorf("a bcrypt hash can't be read: %w", err)
	}
	if cost > maxBcryptCost {
		return false, false, fmt.Errorf("a bcrypt hash of cost %d takes too long; at most %d", cost, maxBcryptCost)
	}
	h.work.Add(1)
	err = bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, true, nil
	}
	return err == nil, true, err
}

const (
	saltBytes = 16
	hashBytes = 32
)

// phc is an Argon2id hash in the notation of the password hashing competition:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash, base64 without padding.
type phc struct {
	cost       Cost
	salt, hash []byte
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.cost.MemoryKiB, p.cost.Passes, p.cost.Lanes,
		b64.EncodeToString(p.salt), b64.EncodeToString(p.hash))
}

func parsePHC(s string) (phc, error) {
	var p phc
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errors.New("a password hash is neither Argon2id (v=19) nor bcrypt")
	}
	if _, err := fmt.Sscanf(parts[3]+"\n", "m=%d,t=%d,p=%d\n", &p.cost.MemoryKiB, &p.cost.Passes, &p.cost.Lanes); err != nil {
		return p, errors.New("a password hash has no costs that can be read")
	}
	var err, err2 error
	p.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	p.hash, err2 = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err != nil || err2 != nil || len(p.salt) < 8 || len(p.salt) > 64 || len(p.hash) < 16 || len(p.hash) > 64 {
		return p, errors.New("a password hash has no salt or hash that can be read")
	}
	return p, p.cost.check()
}

// check bounds what an imported hash may cost.
func (c Cost) check() error {
	if c.MemoryKiB < 8*uint32(c.Lanes) || c.MemoryKiB > 256*1024 || c.Passes < 1 || c.Passes > 16 || c.Lanes < 1 || c.Lanes > 16 {
		return fmt.Errorf("an Argon2id cost of m=%d,t=%d,p=%d is out of bounds: at most 256 MiB, 16 passes, 16 lanes", c.MemoryKiB, c.Passes, c.Lanes)
	}
	return nil
}
