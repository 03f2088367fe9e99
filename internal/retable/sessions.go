package retable

import (
	"context"
	"encoding/json"
)

// SessionState is how far a session has come. docs/states.md draws who moves it.
type SessionState string

// The states. A job that failed leaves FAILED with Session.Error; the same
// command again starts from there.
const (
	SessionReceived   SessionState = "RECEIVED"   // the original is stored
	SessionScanning   SessionState = "SCANNING"   // its inventory is being made
	SessionScanned    SessionState = "SCANNED"    // what is in it is known
	SessionConverting SessionState = "CONVERTING" // tables are being made
	SessionReady      SessionState = "READY"      // tables.sqlite stands
	SessionFailed     SessionState = "FAILED"     // the last step could not be done
	SessionDeleting   SessionState = "DELETING"   // it is going; nobody may start anything
)

// Session is one delivery: the bundle, what was found in it, and the tables
// made from it.
type Session struct {
	ID        string
	OwnerID   string
	Name      string // of the bundle
	State     SessionState
	Partial   bool // something of the bundle could not be read whole
	Error     string
	Form      string // zip, tar, file, directory ...
	SHA256    string // of the original
	Bytes     int64  // of the original
	Stored    int64  // of the original and all artifacts: what counts to the quota
	XMLCount  int64
	Tables    int64
	Rows      int64
	Values    int64 // accounted for by the proof
	Proved    bool
	Options   json.RawMessage // the conversion's
	Engine    string          // version that made the tables
	Pattern   string          // the name without dates and numbers: deliveries of one series share it
	WatchID   string          // of the watched folder it came from
	Pinned    bool            // retention leaves it alone
	CreatedAt Millis
	UpdatedAt Millis
	UsedAt    Millis
	Version   int64
}

// SessionFilter chooses sessions. With Visible only what that user owns or is
// shared with; "" is everybody's.
type SessionFilter struct {
	Visible string
	OwnerID string
	State   SessionState
	Search  string // part of the name
	Pattern string
	SHA256  string
	WatchID string
	Before  Millis // used before
	Pinned  *bool
}

// Sessions keeps sessions.
type Sessions interface {
	Create(ctx context.Context, s *Session) error
	Get(ctx context.Context, id string) (*Session, error)
	// Update writes the session if its version is still the one that was read,
	// and raises it: ErrStale.
	Update(ctx context.Context, s *Session) error
	Touch(ctx context.Context, id string, at Millis) error
	List(ctx context.Context, f SessionFilter, p Page) (List[Session], error)
	// Names gives the names of those of the sessions that are there, by id.
	Names(ctx context.Context, ids []string) (map[string]string, error)
	// Twins gives, for those of the sessions whose owner had the same content
	// before, the id of the first session of it.
	Twins(ctx context.Context, ids []string) (map[string]string, error)
	// Delete removes the session and all that hangs on it. ErrReferenced while a
	// comparison or a job that is not over needs it.
	Delete(ctx context.Context, id string) error
	// References names what keeps the session from being deleted.
	References(ctx context.Context, id string) ([]string, error)
	// Totals sums up all sessions, by reading through them.
	Totals(ctx context.Context) (SessionTotals, error)
}

// SessionTotals are sums over all sessions.
type SessionTotals struct {
	Sessions, Rows, Stored int64
}

// UploadState is how far an upload has come.
type UploadState string

// The states of an upload.
const (
	UploadOpen      UploadState = "OPEN"
	UploadComplete  UploadState = "COMPLETE"
	UploadAborted   UploadState = "ABORTED"
	UploadExpired   UploadState = "EXPIRED"
	UploadVerifying UploadState = "VERIFYING" // parts are being put together
)

// Upload is a resumable upload: parts of PartBytes each, the last one shorter.
type Upload struct {
	ID        string
	UserID    string
	Filename  string
	Bytes     int64
	PartBytes int64
	SHA256    string // expected of the whole; "" if not announced
	State     UploadState
	SessionID string // made at completion
	Options   json.RawMessage
	Handle    string // of the blob store's multipart upload
	CreatedAt Millis
	UpdatedAt Millis
	ExpiresAt Millis
}

// UploadPart is a part that has arrived. Numbers count from 1.
type UploadPart struct {
	UploadID string
	Number   int
	Bytes    int64
	SHA256   string
	ETag     string
	At       Millis
}

// Uploads keeps uploads.
type Uploads interface {
	Create(ctx context.Context, u *Upload) error
	Get(ctx context.Context, id string) (*Upload, error)
	Update(ctx context.Context, u *Upload) error
	// Move changes the state if it is from: ErrStale.
	Move(ctx context.Context, id string, from, to UploadState, at Millis) error
	PutPart(ctx context.Context, p *UploadPart) error
	Parts(ctx context.Context, id string) ([]UploadPart, error)
	Expired(ctx context.Context, before Millis, limit int) ([]Upload, error)
	// Pending is what a user's open uploads will take.
	Pending(ctx context.Context, userID string) (bytes int64, err error)
}

// ArtifactKind is what an artifact holds.
type ArtifactKind string

// The kinds.
const (
	ArtifactOriginal   ArtifactKind = "original"   // the bundle as it came
	ArtifactTables     ArtifactKind = "tables"     // tables.sqlite
	ArtifactExport     ArtifactKind = "export"     // a zip of tables in a format
	ArtifactLegacy     ArtifactKind = "legacy"     // tables that an installation before has made: they can't be made again
	ArtifactReport     ArtifactKind = "report"     // of a comparison
	ArtifactChanges    ArtifactKind = "changes"    // of a comparison, for paging
	ArtifactIndex      ArtifactKind = "index"      // full text and vectors
	ArtifactProfile    ArtifactKind = "profile"    // the scan's inventory
	ArtifactUploadPart ArtifactKind = "uploadpart" // of an upload under way
)

// Artifact is an immutable blob that belongs to a session or a comparison.
type Artifact struct {
	ID           string
	SessionID    string
	ComparisonID string
	JobID        int64
	Kind         ArtifactKind
	Format       string // csv, html ...
	OptionsHash  string // same session, kind, format, options and engine: the same artifact
	Engine       string
	Name         string // to download as
	MediaType    string
	Key          string // of the blob
	SHA256       string
	Bytes        int64
	CreatedAt    Millis
}

// ArtifactFilter chooses artifacts; empty members don't matter.
type ArtifactFilter struct {
	SessionID, ComparisonID     string
	Kind                        ArtifactKind
	Format, OptionsHash, Engine string
	SHA256                      string
	Before                      Millis // created before; 0: whenever
	Limit                       int    // 0: all
}

// Artifacts keeps artifacts.
type Artifacts interface {
	// Add records an artifact and adds its size to the session's.
	Add(ctx context.Context, a *Artifact) error
	Get(ctx context.Context, id string) (*Artifact, error)
	Find(ctx context.Context, f ArtifactFilter) ([]Artifact, error) // newest first
	// Newest gives each session's newest artifact of the kind, by session.
	Newest(ctx context.Context, sessions []string, kind ArtifactKind) (map[string]Artifact, error)
	Delete(ctx context.Context, id string) error
	// HasKey reports whether any artifact refers to the blob.
	HasKey(ctx context.Context, key string) (bool, error)
	// HasKeys returns those of the blobs that artifacts refer to.
	HasKeys(ctx context.Context, keys []string) (map[string]bool, error)
}

// SourceFile is one XML file of a session, as the inventory shows it.
type SourceFile struct {
	SessionID string
	ID        int64 // the _file_id of its rows
	Path      string
	Status    string // ok, partial, refused, skipped
	Kind      string // expanded name of the root
	Bytes     int64
	SHA256    string
	Encoding  string
	Rows      int64
	Values    int64
	Code      string
	Error     string
	Warnings  []string
}

// TableInfo is one table of a session.
type TableInfo struct {
	SessionID string
	ID        int64 // its place, from 1
	Name      string
	View      string // its name in SQL
	Kind      string
	Path      string
	Parent    string
	Rows      int64
	Columns   int64
}

// ColumnInfo is one column of a session's table.
type ColumnInfo struct {
	SessionID string
	TableID   int64
	ID        int64 // its place, from 1
	Name      string
	View      string // its name in SQL
	XPath     string
	Type      string
	Nulls     int64
	Distinct  int64
	Min, Max  string
	Examples  []string
}

// FileFilter chooses files of a session; empty members don't matter.
type FileFilter struct {
	Search string // part of the path
	Status string
	Kind   string
}

// Inventory keeps what was found in sessions. Set replaces all of one session.
type Inventory interface {
	SetFiles(ctx context.Context, sessionID string, files []SourceFile) error
	SetTables(ctx context.Context, sessionID string, tables []TableInfo, columns []ColumnInfo) error
	Files(ctx context.Context, sessionID string, f FileFilter, p Page) (List[SourceFile], error) // by id
	Tables(ctx context.Context, sessionID string) ([]TableInfo, error)
	Columns(ctx context.Context, sessionID string, tableID int64) ([]ColumnInfo, error)
}
