package retable

import (
	"regexp"
	"time"

	"github.com/google/uuid"
)

// NewID returns a fresh UUIDv7.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// ValidID reports whether s is an identifier in the form that NewID makes: 36
// lower-case characters. What passes can stand in a path or a key.
func ValidID(s string) bool { return idForm.MatchString(s) }

var idForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Millis is a point in time: milliseconds since 1970 in UTC. 0 is "never".
type Millis int64

// MillisOf returns t as Millis; the zero time is 0.
func MillisOf(t time.Time) Millis {
	if t.IsZero() {
		return 0
	}
	return Millis(t.UnixMilli())
}

// Time returns the point in time in UTC; the zero time for 0.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// String returns RFC 3339 in UTC with milliseconds, "" for 0.
func (m Millis) String() string {
	if m == 0 {
		return ""
	}
	return m.Time().Format("2006-01-02T15:04:05.000Z")
}

// Add returns the point d later.
func (m Millis) Add(d time.Duration) Millis { return m + Millis(d.Milliseconds()) }

// Clock tells the time; tests choose it.
type Clock func() time.Time

// Now returns the present as Millis.
func (c Clock) Now() Millis { return MillisOf(c()) }

// Page asks for a part of a list. Lists are newest first unless they say
// otherwise; Cursor is the Next of the part before.
type Page struct {
	Cursor string
	Limit  int // 0 means 50; at most 500
	// Uncounted leaves Total out (-1): who walks through a long list need not
	// have it counted at each step.
	Uncounted bool
}

// Size is the limit in force.
func (p Page) Size() int {
	if p.Limit <= 0 {
		return 50
	}
	return min(p.Limit, 500)
}

// List is one part of a list.
type List[T any] struct {
	Items []T
	Next  string // cursor of the next part; "" at the end
	Total int64  // of all parts
}
