package retable

import (
	"context"
	"encoding/json"
)

// Comparison is what changed from one session to another, under options.
type Comparison struct {
	ID          string
	OwnerID     string
	LeftID      string // sessions
	RightID     string
	JobID       int64
	Options     json.RawMessage
	OptionsHash string // of the options, the pins and both sessions' tables
	State       JobState
	Similarity  float64 // exact, 0..1
	Changes     int64   // without those of spelling alone
	Summary     json.RawMessage
	Error       string
	CreatedAt   Millis
	UpdatedAt   Millis
}

// Pin is a person's word on a pair of files: they belong together, or don't. A
// side that is empty has no counterpart.
type Pin struct {
	LeftID, RightID     string // sessions
	LeftPath, RightPath string
	Apart               bool
	CreatedAt           Millis
}

// ComparisonFilter chooses comparisons.
type ComparisonFilter struct {
	Visible   string // owned by or shared with
	SessionID string // on either side
}

// Comparisons keeps comparisons and pins.
type Comparisons interface {
	Create(ctx context.Context, c *Comparison) error
	Get(ctx context.Context, id string) (*Comparison, error)
	ByJob(ctx context.Context, jobID int64) (*Comparison, error)
	// Find returns the newest of the two sessions with these options, NotFound if
	// there is none.
	Find(ctx context.Context, left, right, optionsHash string) (*Comparison, error)
	Update(ctx context.Context, c *Comparison) error
	List(ctx context.Context, f ComparisonFilter, p Page) (List[Comparison], error)
	// Names gives the names of the two sessions of each comparison that is there,
	// left and right, by the comparison's id.
	Names(ctx context.Context, ids []string) (map[string][2]string, error)
	Delete(ctx context.Context, id string) error
	Pin(ctx context.Context, p *Pin) error
	Unpin(ctx context.Context, p *Pin) error
	Pins(ctx context.Context, left, right string) ([]Pin, error)
}

// Recipe is a saved choice per kind of document.
type Recipe struct {
	ID        string
	OwnerID   string
	Purpose   string // "convert" or "compare"
	Kind      string // of the documents; "" for all
	Name      string // unique per owner and purpose
	Body      json.RawMessage
	CreatedAt Millis
	UpdatedAt Millis
}

// Recipes keeps recipes.
type Recipes interface {
	Put(ctx context.Context, r *Recipe) error // by ID; ErrTaken for a name in use
	Get(ctx context.Context, id string) (*Recipe, error)
	List(ctx context.Context, ownerID, purpose, kind string) ([]Recipe, error)
	Delete(ctx context.Context, id string) error
}

// Watch is a folder whose bundles are converted by themselves.
type Watch struct {
	ID        string
	OwnerID   string
	Dir       string // absolute
	Options   json.RawMessage
	Active    bool
	State     string // watching, missing, failed
	Error     string
	SweptAt   Millis
	CreatedAt Millis
	UpdatedAt Millis
}

// WatchedFile is what became of a file in a watched folder.
type WatchedFile struct {
	WatchID   string
	Path      string // below the folder
	Bytes     int64
	ModTime   Millis
	SHA256    string
	State     string // waiting, queued, done, failed, repeated
	SessionID string
	JobID     int64
	Error     string
	SeenAt    Millis
	UpdatedAt Millis
}

// Watches keeps watched folders.
type Watches interface {
	Create(ctx context.Context, w *Watch) error // ErrTaken: the folder is watched already
	Get(ctx context.Context, id string) (*Watch, error)
	Update(ctx context.Context, w *Watch) error
	List(ctx context.Context, ownerID string) ([]Watch, error) // "" for all
	Delete(ctx context.Context, id string) error
	PutFile(ctx context.Context, f *WatchedFile) error // by watch and path
	File(ctx context.Context, watchID, path string) (*WatchedFile, error)
	FileByHash(ctx context.Context, watchID, sha256 string) (*WatchedFile, error)
	Files(ctx context.Context, watchID, state string, p Page) (List[WatchedFile], error)
	// Counts gives how many files of each folder are in which state.
	Counts(ctx context.Context, watches []string) (map[string]map[string]int64, error)
}
