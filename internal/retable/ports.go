package retable

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"time"
)

// Store is the database. All reading and writing happens in transactions, so
// that a command's rows, its job and its audit entry appear together or not at all.
type Store interface {
	// View runs fn on a consistent snapshot.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn in a transaction that is committed when fn returns nil. On
	// a passing conflict (busy database, serialisation failure) fn runs again, so
	// it must not have effects of its own.
	Update(ctx context.Context, fn func(Tx) error) error
	// Health reports whether the database answers and its schema is current.
	Health(ctx context.Context) error
	// Engine is "sqlite" or "postgres".
	Engine() string
	Close() error
}

// Tx gives the tables within a transaction. It must not be kept.
type Tx interface {
	Users() Users
	Logins() Logins
	Credentials() Credentials
	Sharing() Sharing
	Throttle() Throttle
	Sessions() Sessions
	Uploads() Uploads
	Artifacts() Artifacts
	Inventory() Inventory
	Jobs() Jobs
	ErrorEvents() ErrorEvents
	Comparisons() Comparisons
	Recipes() Recipes
	Collections() Collections
	Chats() Chats
	Audit() Audit
	Settings() Settings
	Watches() Watches
	Notices() Notices
}

// AuditEntry is one line of the audit log. Hash covers the entry and the hash
// of the one before it, so that nothing can be changed or removed unseen.
type AuditEntry struct {
	Seq           int64
	At            Millis
	ActorID       string
	Actor         string // name at that time
	Action        string // "user.lock", "session.delete" ...
	Target        string
	Outcome       string // ok, denied, failed
	Addr          string
	CorrelationID string
	Detail        json.RawMessage
	PrevHash      string
	Hash          string
}

// AuditFilter chooses entries.
type AuditFilter struct {
	ActorID, Action, Target, Outcome string
	After, Before                    Millis
}

// Audit is the append-only audit log.
type Audit interface {
	Append(ctx context.Context, e *AuditEntry) error // fills Seq, PrevHash and Hash
	List(ctx context.Context, f AuditFilter, p Page) (List[AuditEntry], error)
	// Each calls fn for all entries, oldest first.
	Each(ctx context.Context, fn func(*AuditEntry) error) error
}

// Settings keeps what is set at run time.
type Settings interface {
	Get(ctx context.Context, key string) (json.RawMessage, error) // NotFound
	Set(ctx context.Context, key string, value json.RawMessage, at Millis) error
	All(ctx context.Context) (map[string]json.RawMessage, error)
}

// Notice is a message for administrators or for a user, such as "password reset asked".
type Notice struct {
	ID     string
	UserID string // whom it is for; "" for administrators
	Kind   string
	Text   string
	Detail json.RawMessage
	At     Millis
	SeenAt Millis
}

// Notices keeps them.
type Notices interface {
	Add(ctx context.Context, n *Notice) error
	Get(ctx context.Context, id string) (*Notice, error)
	List(ctx context.Context, userID string, unseen bool, p Page) (List[Notice], error)
	Seen(ctx context.Context, id string, at Millis) error
}

// BlobInfo describes a blob.
type BlobInfo struct {
	Key     string
	Bytes   int64
	SHA256  string // hex
	ModTime Millis
}

// BlobReader reads a blob from any place.
type BlobReader interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
	Info() BlobInfo
}

// BlobWriter writes a blob, hashing it. Nothing is there before Commit; after
// Abort, or without Commit, nothing remains.
type BlobWriter interface {
	io.Writer
	// Commit makes the blob lasting and returns what it is. An existing blob of
	// the same key is replaced.
	Commit(ctx context.Context) (BlobInfo, error)
	Abort()
}

// BlobStore keeps immutable blobs under keys such as
// "sessions/<id>/original.zip". Keys are relative paths of safe characters:
// anything else is refused as Invalid, so that nothing lies outside.
type BlobStore interface {
	Create(ctx context.Context, key string) (BlobWriter, error)
	Open(ctx context.Context, key string) (BlobReader, error) // NotFound
	Stat(ctx context.Context, key string) (BlobInfo, error)   // NotFound
	Delete(ctx context.Context, key string) error             // of what isn't there: nil
	DeletePrefix(ctx context.Context, prefix string) error
	List(ctx context.Context, prefix string) iter.Seq2[BlobInfo, error]
	// Local returns the path of a file with the blob's content: the blob itself, or
	// a cached copy that stays until release is called. It must not be changed.
	Local(ctx context.Context, key string) (path string, release func(), err error)
	// Import moves a file of this machine into the store: at once where it can.
	Import(ctx context.Context, key, path string) (BlobInfo, error)
	Health(ctx context.Context) error
	// Free is what may still be stored; -1 if nobody knows.
	Free(ctx context.Context) (int64, error)
}

// Presigner is a blob store that clients can be sent to.
type Presigner interface {
	PresignGet(ctx context.Context, key, filename string, ttl time.Duration) (url string, err error)
	// PresignPut lets a client store exactly so many bytes with this SHA-256 (hex).
	PresignPut(ctx context.Context, key string, bytes int64, sha256 string, ttl time.Duration) (url string, headers map[string]string, err error)
}

// Sweeper is a blob store in which writers that die leave something behind.
type Sweeper interface {
	// Sweep removes what was begun before the time and never committed, and
	// returns how many there were.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// Rate is a limit: so many per time, with a burst.
type Rate struct {
	Count int
	Per   time.Duration
	Burst int // 0: Count
}

// Decision is a limiter's answer.
type Decision struct {
	Allowed    bool
	Limit      int
	Remaining  int
	RetryAfter time.Duration // 0 if allowed
	Reset      time.Duration // until all is free again
}

// Limiter counts atomically over all who share it.
type Limiter interface {
	Allow(ctx context.Context, key string, r Rate, cost int) (Decision, error)
	Close() error
}

// EventKind is what an event tells.
type EventKind string

// The kinds. Progress may be dropped in favour of a later one; facts may not.
const (
	EventJob        EventKind = "job"        // a job changed its state
	EventProgress   EventKind = "progress"   // a job got on
	EventSession    EventKind = "session"    // a session changed
	EventComparison EventKind = "comparison" // a comparison changed
	EventWatch      EventKind = "watch"      // a watched folder changed
	EventNotice     EventKind = "notice"     // a message for a person
	EventResync     EventKind = "resync"     // facts were lost: read everything again
)

// Event tells that something changed. It carries ids, not content: who hears
// of it reads the store.
type Event struct {
	Kind      EventKind
	OwnerID   string
	JobID     int64
	SessionID string
	ID        string // of the comparison, watch, notice
	State     string
	Progress  float64
	Message   string
	Rate      float64 // per second, in the unit of Message's work; 0 if not known
	LeftMS    int64   // milliseconds left; -1 if not known
	At        Millis
}
